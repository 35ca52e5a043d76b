"""Agreement is counted in reports: a copy adds nothing, and what it says is still compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.answering.topics.articles_on import TopicArticle
from rag.answering.topics.coverage import choices, choose
from rag.model import Article
from rag.news.conflicts import positions_on
from rag.news.originals import originals
from rag.news.rivals import features
from rag.news.sides import sides
from tests.fakes import entry
from tests.rag.news.readings import Told, reading_of

QUESTION = "How many members of the Harbour Union walked out in Fennmouth?"
PLACES = "Aldwater Tolbridge Maresfield Oxhaven Penrock Lowick Skarn Varnley".split()
_AROUND = (
    " while the port of {place} stayed open and its {count} ships were unloaded by night crews"
    " under lamps that the mayor of {place} had lent them for as long as the talks went on."
)


def told(place: str, value: str, *, score: float = 0.5, copy: int = 0) -> Told:
    """A report from a place; copies differ in one number."""
    said = f"In all [{value} members] of the Harbour Union walked out in Fennmouth"
    return Told(said + _AROUND.format(place=place, count=100 + copy), score=score)


def articles(texts: list[str]) -> list[Article]:
    return [entry(f"{i}.txt", text).article for i, text in enumerate(texts)]


def plain(item: Told) -> str:
    return item.sentence.replace("[", "").replace("]", "")


@given(st.lists(st.integers(0, 7), min_size=1, max_size=12))
def test_articles_are_copies_of_the_first_with_their_report(places: list[int]) -> None:
    texts = [plain(told(PLACES[place], "640", copy=i)) * 2 for i, place in enumerate(places)]
    made = articles(texts)
    report_of = originals(made)
    for item, place in zip(made, places, strict=True):
        assert report_of[item.article_id] == made[places.index(place)].article_id


def test_a_copy_of_a_copy_joins_two_reports_into_one() -> None:
    words = [f"word{i}" for i in range(200)]
    first, second = " ".join(words), " ".join([*words[:160], *"abcdefghijklmnopqrst"])
    between = " ".join([*words[:180]])
    one, two, three = articles([first, second, between])
    assert len(set(originals([one, two]).values())) == 2
    assert set(originals([one, two, three]).values()) == {one.article_id}
    assert originals([]) == {}


@given(st.integers(0, 4), st.integers(0, 4))
def test_copies_do_not_count_for_an_answer(of_best: int, of_other: int) -> None:
    def found(of_best: int, of_other: int) -> tuple[float, ...]:
        reports = [told("Skarn", "640", score=0.9), told("Lowick", "460", score=0.8)]
        reports += [told("Skarn", "640", copy=i) for i in range(1, of_best + 1)]
        reports += [told("Lowick", "460", copy=i) for i in range(1, of_other + 1)]
        best, other = sides(QUESTION, reading_of(reports))
        return features(QUESTION, best, other)

    assert found(of_best, of_other) == found(0, 0)


def test_a_copy_with_another_number_is_compared() -> None:
    reading = reading_of([told("Skarn", "640", score=0.9), told("Skarn", "460", score=0.8)])
    (first, second) = sides(QUESTION, reading)
    assert (first.reports, second.reports) == (1, 1)
    assert len(set(originals(item.article for item in reading.candidates).values())) == 1
    assert {item.value for item in positions_on(QUESTION, reading)} == {
        "640 members",
        "460 members",
    }


def test_a_summary_is_the_same_whatever_was_copied() -> None:
    texts = [
        "The ferry Asta sank off Skarn in a storm on Monday with 34 people. Divers searched all"
        " night for the missing crew of the ferry and found three boats.",
        "The owner of the ferry Asta was fined for the storm warning that it ignored. The court"
        " at Skarn heard divers and crew before it ruled on Friday.",
        "A museum in Lowick shows pictures of the ferry that were painted by schools. Its first"
        " visitors praised the colours of the sea in the large hall.",
    ]

    def chosen(texts: list[str]) -> list[str]:
        made = [entry(f"{i}.txt", text) for i, text in enumerate(texts)]
        sources = [TopicArticle(item.article, item.sentences, 0.5, 1) for item in made]
        found = choose(choices(sources), frozenset({"ferri"}), 3)
        return [item.candidate.text for item in found]

    assert chosen([*texts, *(f"{texts[2]} It is free." for _ in range(4))]) == chosen(texts)
