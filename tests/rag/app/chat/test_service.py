"""The engine behind the page: options as typed, warming, and an answer for each who asks."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rag.answer import Answer
from rag.app.chat.service import MOST_PASSAGES, MOST_QUESTION, AskOptions, Service
from rag.engine import Engine
from rag.errors import ArchiveDamaged, UsageError
from rag.events import Asked, Done, Found
from rag.model import Filters, PartialDate
from rag.store.archive import Archive, open_archive
from tests.fakes import HashingEmbedder, entry, fill

DROWNED = {
    "Aldwater": "18",
    "Fennmouth": "27",
    "Skarn": "34",
    "Tolbridge": "41",
    "Maresfield": "52",
    "Oxhaven": "63",
    "Penrock": "74",
    "Lowick": "85",
}
ANYWHERE = AskOptions()


def asked_about(town: str) -> str:
    return f"How many people drowned in {town}?"


def filled(folder: Path) -> Archive:
    """An archive with a flood in each town, a year apart."""
    archive = open_archive(folder, create=True, embedder=HashingEmbedder())
    towns = enumerate(DROWNED.items())
    fill(archive, *(flood(town, count, 2015 + number) for number, (town, count) in towns))
    return archive


def flood(town: str, count: str, year: int) -> Any:
    text = (
        f"In {town} {count} people drowned in the flood."
        f" Mayor Anna Reyes of {town} thanked the crews."
    )
    return entry(
        f"{town}.txt",
        text,
        title=f"Flood in {town}",
        published=f"{year}-10-03",
        publisher=f"{town} Post",
    )


@pytest.fixture
def archive(tmp_path: Path):
    made = filled(tmp_path / "archive")
    yield made
    made.close()


@pytest.fixture
def service(archive: Archive) -> Service:
    return Service(archive)


def ask(
    service: Service,
    question: str,
    asking: AskOptions = ANYWHERE,
    history: list[dict[str, Any]] | None = None,
) -> Answer:
    *_, last = service.stream(question, asking, history or [])
    assert isinstance(last, Done)
    return last.answer


# ---------------------------------------------------------------- filters as typed


def test_fields_that_are_empty_filter_nothing() -> None:
    assert (
        AskOptions().query("Who?").filters
        == AskOptions("  ", "", " ", " ").query("Who?").filters
        == Filters()
    )
    emptied: Any = [None] * 5
    assert AskOptions(*emptied).query("Who?").filters == Filters()


def test_fields_are_read_as_people_type_them() -> None:
    found = (
        AskOptions(" 2024 ", "2024/10/22", "2024-11", " The Post ", include_undated=True)
        .query("Who?")
        .filters
    )
    dates = [PartialDate.parse(date) for date in ("2024", "2024-10-22", "2024-11")]
    assert found == Filters(
        since=dates[0],
        until=dates[1],
        as_of=dates[2],
        publisher="The Post",
        include_undated=True,
    )


@pytest.mark.parametrize(
    ("asking", "words"),
    [
        (AskOptions(since="last week"), "since: not a date: 'last week'"),
        (AskOptions(until="2024-02-30"), "until: no such date"),
        (AskOptions(as_of="\ud800"), "as_of: not a date: '?'"),
        (
            AskOptions(since="2024", until="2023"),
            "No article can pass the filters: since 2024 is after until 2023.",
        ),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(
    service: Service, asking: AskOptions, words: str
) -> None:
    for use in (lambda: ask(service, "Who?", asking), lambda: service.search("flood", asking)):
        with pytest.raises(UsageError) as caught:
            use()
        assert caught.value.message.startswith(words)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "read"), [(0, 1), (-5, 1), (7, 7), ("7", 7), (7.9, 7), (10**9, MOST_PASSAGES)]
)
def test_the_number_of_passages_is_kept_in_bounds(given: Any, read: int) -> None:
    assert AskOptions(passages=given).query("Who?").k == read


@pytest.mark.parametrize("given", ["many", None, float("inf"), float("nan"), []])
def test_a_number_of_passages_that_is_none_is_refused_in_words(given: Any) -> None:
    with pytest.raises(UsageError, match="The number of passages is not a number"):
        AskOptions(passages=given).query("Who?")


def test_filters_choose_the_articles(service: Service) -> None:
    publishers = [
        hit.article.publisher
        for hit in service.search(
            "people drowned in the flood", AskOptions(since="2017", until="2018")
        ).hits
    ]
    assert sorted(publishers) == ["Skarn Post", "Tolbridge Post"]
    assert [
        hit.article.publisher
        for hit in service.search("flood", AskOptions(publisher=" skarn post ")).hits
    ] == ["Skarn Post"]
    assert len(service.search("flood", AskOptions(passages=3)).hits) == 3


def test_a_publisher_that_is_no_text_has_no_articles(service: Service) -> None:
    assert service.search("flood", AskOptions(publisher="\ud800")).hits == ()


# ---------------------------------------------------------------- questions


@pytest.mark.parametrize("question", ["", "  \n", None])
def test_an_empty_question_is_refused_in_words(service: Service, question: Any) -> None:
    with pytest.raises(UsageError, match="The question is empty") as caught:
        ask(service, question)
    assert "Who won the vote?" in caught.value.hint


def test_a_question_may_be_long_but_not_endless(service: Service) -> None:
    assert ask(service, "flood " * (MOST_QUESTION // 6)).status
    with pytest.raises(
        UsageError, match=r"The question has 2,999 characters; at most 2,000 are read"
    ):
        ask(service, "flood " * 500)


def test_half_a_surrogate_pair_is_asked_without_it(service: Service) -> None:
    assert ask(service, f"{asked_about('Skarn')} \ud800").claims[0].answer.text == "34"


def test_events_come_in_their_order_and_end_with_the_answer(service: Service) -> None:
    kinds = [type(event) for event in service.stream(asked_about("Skarn"), ANYWHERE)]
    assert kinds[:2] == [Asked, Found]
    assert kinds[-1] is Done
    assert kinds.count(Done) == 1


# ---------------------------------------------------------------- turns before


def test_a_follow_up_is_understood_from_the_turns_before(service: Service) -> None:
    first = ask(service, asked_about("Skarn")).to_json()
    second = ask(service, "And in Penrock?", history=[first])
    assert second.question == "And in Penrock?"
    assert second.asked_as == asked_about("Penrock")
    assert second.claims[0].answer.text == "74"


def test_turns_that_failed_are_passed_over(service: Service) -> None:
    first = ask(service, asked_about("Skarn")).to_json()
    failed = {"question": asked_about("Lowick"), "error": {"message": "Out of order."}}
    assert ask(service, "And in Penrock?", history=[first, failed]).asked_as == asked_about(
        "Penrock"
    )
    assert ask(service, "And in Penrock?", history=[failed]).asked_as == "And in Penrock?"


@pytest.mark.parametrize(
    "turn",
    [
        {},
        {"question": None, "claims": "none"},
        {
            "question": "\ud800 Who is \ud800 Owen?",
            "asked_as": "Who is \ud800 Owen?",
            "claims": [{"text": "\ud800", "quotes": [1, None]}],
        },
        {"question": 5, "asked_as": [], "claims": [None, {"answer": {"text": 5}}]},
    ],
)
def test_whatever_a_browser_kept_a_question_is_answered(
    service: Service, turn: dict[str, Any]
) -> None:
    assert ask(service, "And what about him?", history=[turn]).asked_as


# ---------------------------------------------------------------- warming


def warm(service: Service) -> None:
    service.warm()
    assert service.warmed.wait(300)


def test_warming_loads_the_engine(service: Service) -> None:
    assert not service.warmed.is_set()
    warm(service)
    assert service.failed is None


def test_warming_waits_until_it_is_asked_for_and_is_done_once(service: Service) -> None:
    before = set(threading.enumerate())
    service.warm(after_s=60)
    service.warm(after_s=60)
    assert [thread.name for thread in set(threading.enumerate()) - before] == ["byline-warm"]
    assert not service.warmed.wait(0.3)
    warm(service)


def test_warming_that_nobody_asks_for_comes_by_itself(service: Service) -> None:
    service.warm(after_s=0.1)
    assert service.warmed.wait(300)


def test_warming_that_is_cancelled_ends_with_its_step(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []

    def cancelled(*_: object, **__: object) -> Any:
        service.cancel_warming()
        for step in range(3):
            steps.append(step)
            yield Asked("What happened?", False)

    monkeypatch.setattr(Engine, "stream", cancelled)
    warm(service)
    assert steps == [0]


def test_an_archive_that_is_closed_beneath_a_cancelled_warming_is_not_called_damaged(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> Any:
        service.cancel_warming()
        raise ArchiveDamaged("it is closed", hint="")

    monkeypatch.setattr(Engine, "stream", closed)
    warm(service)
    assert service.failed is None


def test_an_empty_archive_warms(tmp_path: Path) -> None:
    service = Service(open_archive(tmp_path / "empty", create=True, embedder=HashingEmbedder()))
    warm(service)
    assert (service.failed, service.listing()) == (None, [])


@pytest.mark.parametrize(
    ("folder", "part"), [("words-1", "lexical index"), ("vectors-1", "vector index")]
)
def test_of_a_damaged_archive_the_doctor_speaks(archive: Archive, folder: str, part: str) -> None:
    archive.close()
    shutil.rmtree(archive.folder / folder)
    service = Service(archive)
    warm(service)
    assert isinstance(service.failed, ArchiveDamaged)
    assert f"{part}:" in service.failed.message
    assert "byline doctor --rebuild" in service.failed.hint


def test_of_a_damaged_record_the_doctor_speaks(archive: Archive) -> None:
    archive.close()
    for name in ("record.sqlite-wal", "record.sqlite-shm"):
        (archive.folder / name).unlink(missing_ok=True)
    (archive.folder / "record.sqlite").write_bytes(b"no database" * 1000)
    service = Service(archive)
    warm(service)
    assert isinstance(service.failed, ArchiveDamaged)
    assert "database:" in service.failed.message


def test_whatever_fails_while_warming_is_said(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(*_: object, **__: object) -> None:
        raise BaseException("a panic")

    monkeypatch.setattr(Engine, "stream", panic)
    warm(service)
    assert service.failed is not None
    assert service.failed.message == "BaseException: a panic"


# ---------------------------------------------------------------- the listing


def test_the_listing_is_read_once_a_revision(service: Service) -> None:
    first = service.listing()
    assert len(first) == len(DROWNED)
    assert service.listing() is first


def test_a_change_renews_the_listing(service: Service, archive: Archive) -> None:
    first = service.listing()
    fill(archive, flood("Newtown", "96", 2024))
    assert len(service.listing()) == len(first) + 1
    with archive.writer() as writer:
        writer.remove([first[0].article_id])
    assert first[0].article_id not in {item.article_id for item in service.listing()}


def test_an_article_that_is_about_to_go_is_not_listed(service: Service) -> None:
    first, *others = service.listing()
    service.removals.add(first.article_id)
    assert service.listing() == others
    assert service.removals.keep(first.article_id)
    assert service.listing() == [first, *others]


# ---------------------------------------------------------------- the opening and the search


def test_articles_are_found_by_the_words_in_their_text(service: Service) -> None:
    found = service.sentences_with("crews oxhaven")
    assert list(found.values()) == ["Mayor Anna Reyes of Oxhaven thanked the crews."]
    assert service.sentences_with("oxhaven fennmouth") == {}
    assert service.sentences_with("(") == service.sentences_with("  ") == {}


def test_filters_count_what_they_leave(service: Service) -> None:
    assert service.passing(Filters()) == len(DROWNED)
    assert service.passing(Filters(since="2020")) == 3
    assert service.passing(Filters(publisher="Oxhaven Post")) == 1


def test_questions_to_begin_with_are_answered_by_the_archive(service: Service) -> None:
    assert service.questions() == []
    found = service.questions(wait=True)
    assert service.questions() == found
    for question in found:
        assert ask(service, question).claims


def test_stories_of_several_papers_are_found_once_for_each_revision(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    said = "The ferry Asta sank off Skarn and 34 people drowned."
    for paper in ("Post", "Ledger", "Times"):
        made = entry(f"{paper}.txt", said, title=paper, publisher=paper, published="2024-05-06")
        fill(archive, made)
    service = Service(archive)
    assert service.stories() == []
    (told,) = service.stories(wait=True)
    assert service.stories()[0] is told
    assert told.outlets == ("Ledger", "Post", "Times")
    service.removals.add(told.articles[0].article_id)
    assert [story.outlets for story in service.stories()] == [("Post", "Times")]
    service.removals.keep(told.articles[0].article_id)
    fill(archive, entry("mill.txt", "The mill was sold.", published="2024-05-07"))
    assert service.stories() == []
    assert [story.articles for story in service.stories(wait=True)] == [told.articles]


def test_an_answer_is_explained_from_the_passages_it_was_read_in(service: Service) -> None:
    answer = ask(service, asked_about("Skarn"))
    assert answer.passages
    (search,) = service.explain(answer, ()).searches
    assert search.passages == answer.passages


# ---------------------------------------------------------------- many at once


def test_each_of_many_gets_their_own_answer(service: Service) -> None:
    towns = list(DROWNED) * 3
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda town: ask(service, asked_about(town)), towns))
    assert [answer.question for answer in answers] == [asked_about(town) for town in towns]
    assert [answer.claims[0].answer.text for answer in answers] == [DROWNED[town] for town in towns]
    assert len({answer.id for answer in answers}) == len(towns)
