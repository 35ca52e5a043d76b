"""Amounts, lists, comparisons, several parts, yes or no: over a small archive, with the reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.answering.amount import different
from rag.answering.asked.counted import best_figures
from rag.answering.asked.parts import split
from rag.answering.asked.sides import sides_of
from rag.answering.compare import _on_measure, _telling
from rag.answering.deciding.statements import statement_of
from rag.answering.deciding.subjects import Above
from rag.answering.deciding.verdicts import verdict_of
from rag.answering.findings import Evidence
from rag.answering.list_items import _is_heading, _said_of_items, enumerates, items_of
from rag.answering.many_parts import _own_drafts, _Read, _resolved
from rag.conversation.turn import Turn
from rag.engine import Engine
from rag.model import Candidate, Hit, Kind, Reading, Span, Status, Verdict
from rag.quotes import ArticleSpan, Draft
from rag.reading.reader import TrainedReader
from rag.retrieval.retrieve import Retrieved
from rag.store.archive import Archive, open_archive
from rag.text.terms import terms
from tests.fakes import HashingEmbedder, entry, fill
from tests.rag.news.readings import Told, reading_of

PAPERS = (
    entry(
        "mill",
        "The Aldwater Paper Group bought the Fennmouth mill on Tuesday for 48 million euros.",
        "The mill lost 7 million euros last year and employs 310 people.",
        "The buyer will not close the mill, its director Lena Ostrom said.",
        title="Paper group buys Fennmouth mill",
    ),
    entry(
        "ferries",
        "Three ferries were taken out of service on Monday after cracks were found.",
        "They are the Heron, the Kittiwake and the Dunlin, the harbour office said.",
        "The Heron carries 420 passengers. The Dunlin carries 260 passengers.",
        title="Cracks stop three ferries",
    ),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder: Path = tmp_path_factory.mktemp("methods") / "archive"
    made = open_archive(folder, create=True, embedder=HashingEmbedder())
    fill(made, *PAPERS)
    return made


@pytest.fixture(scope="module")
def real_archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The same articles with real embeddings."""
    made = open_archive(tmp_path_factory.mktemp("real") / "archive", create=True)
    fill(made, *PAPERS)
    return made


def said(archive: Archive, question: str, kind: Kind) -> list[str]:
    answer = Engine(archive, reader=TrainedReader(), threshold=0.95).ask(question, kind=kind)
    return [claim.text for claim in answer.claims]


def test_an_amount_shows_the_other_figures_of_its_kind(archive: Archive) -> None:
    shown = " ".join(said(archive, "How many passengers do the ferries carry?", Kind.AMOUNT))
    assert "420" in shown
    assert "260" in shown


def amounts_shown(question: str, *told: Told) -> list[str]:
    candidates = reading_of(list(told)).candidates
    figures = best_figures(question, candidates, HashingEmbedder())
    return [item.text for item in different(candidates, figures)]


def test_figures_of_something_else_are_left_out() -> None:
    donors = Told("Some [312] people had come to the hall to donate blood.", score=0.4)
    early = Told("At first [9] people were killed in the Skarn fire.", score=0.3)
    late = Told("In the Skarn fire [14] people were killed.", score=0.3)
    shown = amounts_shown("How many people were killed in the Skarn fire?", donors, early, late)
    assert len(shown) == 2
    assert not any("donate" in text for text in shown)


def test_a_sentence_without_a_figure_hardly_answers_for_an_amount() -> None:
    jobs = Told("The pier saves [jobs].", score=0.7)
    pounds = Told("It saves the town [600,000 pounds].", score=0.6)
    assert amounts_shown("How much does the pier save the town?", jobs, pounds) == [
        "It saves the town 600,000 pounds."
    ]
    assert amounts_shown("How much does the pier save?", jobs) == ["The pier saves jobs."]


def test_a_total_stands_before_what_was_added_to_it() -> None:
    told = Told("Rain hit [900 more] homes, for a total of 4,300 homes flooded.", score=0.8)
    candidates = reading_of([told]).candidates
    question = "How many homes were flooded?"
    first = different(candidates, best_figures(question, candidates, HashingEmbedder()))[0]
    assert first.answer is not None
    assert first.article.text[first.answer.start : first.answer.end] == "4,300"


def test_those_on_board_are_not_the_injured() -> None:
    aboard = Told("[129] people were on board the ferry that hit the bridge.", score=0.8)
    injured = Told("At the bridge [25] people were injured.", score=0.4)
    question = "How many people were injured when the ferry hit the bridge?"
    shown = amounts_shown(question, aboard, injured)
    assert shown[0] == "At the bridge 25 people were injured."


def test_those_who_are_trapped_are_not_the_injured() -> None:
    told = Told("It rolled over, trapping [five] people and injuring another 40.", score=0.8)
    (shown,) = different(
        reading_of([told]).candidates,
        best_figures("How many were injured?", reading_of([told]).candidates, HashingEmbedder()),
    )
    assert shown.answer is not None
    assert shown.article.text[shown.answer.start : shown.answer.end] == "40"


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("How long was the voyage?", "21 days"),
        ("How far did the ship sail?", "900 miles"),
        ("How heavy was the ship?", "40 tonnes"),
        ("How much did Skarn pay for the ship?", "$3m"),
    ],
)
def test_how_far_asks_for_a_length(question: str, figure: str) -> None:
    told = [
        Told("The voyage of the ship lasted [21 days] in May.", score=0.3),
        Told("The ship sailed [900 miles] in May.", score=0.3),
        Told("The ship weighed [40 tonnes] in May.", score=0.3),
        Told("A second ship will sail in [2026].", score=0.5),
        Told("Skarn bought the ship in May for [$3m].", score=0.3),
    ]
    shown = amounts_shown(question, *told)
    assert figure in shown[0]


def test_how_much_time_somebody_spent_is_no_money() -> None:
    days = Told("Tull spent [nine days] in Dell.", score=0.4)
    money = Told("Tull spent [$900] in Dell.", score=0.3)
    shown = amounts_shown("How much time did Tull spend in Dell?", days, money)
    assert shown[0] == "Tull spent nine days in Dell."


@pytest.mark.parametrize(
    ("question", "said", "counts"),
    [
        ("How many jobs did Skarn add?", "Skarn hired for the [11th] month in a row.", False),
        ("How many jobs did Skarn add?", "Skarn added jobs in [2026].", False),
        ("For how many months has Skarn hired?", "Skarn hired for the [11th] month.", True),
        ("How many trips did Tull make?", "Tull is on her [11th trip] to Skarn.", True),
        ("How many trips did Tull make?", "Tull began her [11th] tour of Skarn.", True),
        ("How many boats does Skarn have?", "Skarn has [2026 boats].", True),
        ("How many people came to the vigil?", "About [2000] came to the vigil in Skarn.", True),
    ],
)
def test_an_ordinal_or_a_year_counts_only_what_it_stands_before(question, said, counts) -> None:
    candidates = reading_of([Told(said)]).candidates
    (figure,) = best_figures(question, candidates, HashingEmbedder())
    assert (figure.value is not None) == counts


@pytest.mark.parametrize(
    "flat",
    [
        "The rocket of Dell flew [900 miles].",
        "The rocket of Dell was seen [900 miles away].",
        "The [900 miles] the rocket of Dell flew were enough.",
        "The rocket of Dell flew 1,450 kilometres ([900 miles]) over the sea.",
    ],
)
def test_how_high_asks_for_no_length_along_the_ground(flat: str) -> None:
    high = Told("The rocket of Dell reached a height of [300 miles].", score=0.3)
    shown = amounts_shown("How high did the rocket of Dell fly?", Told(flat, score=0.5), high)
    assert shown[0] == "The rocket of Dell reached a height of 300 miles."


def test_the_affected_are_told_by_any_verb_but_not_by_has() -> None:
    every = Told("Dell has [3 million] customers.", score=0.3)
    stolen = Told("Hackers stole the details of [900] customers of Dell.", score=0.3)
    question = "How many customers were affected by the theft at Dell?"
    assert amounts_shown(question, every, stolen)[0].startswith("Hackers")


def test_an_unlikely_figure_is_a_figure() -> None:
    candidates = reading_of([Told("The mill sold [9] boats.", score=0.5)]).candidates
    figure = best_figures("How high is the tower of Skarn?", candidates, HashingEmbedder())[0]
    assert figure.value is not None


def test_each_figure_has_a_chance_of_its_own() -> None:
    girls = Told("Of [200] taken girls 21 girls are free.", score=0.05)
    free = Told("The rebels freed [21] girls in Dell.", score=0.7)
    candidates = reading_of([girls, free]).candidates
    question = "How many girls did the rebels free in Dell?"
    shown = different(candidates, best_figures(question, candidates, HashingEmbedder()))
    assert shown[0].text == "The rebels freed 21 girls in Dell."
    assert [item.score for item in shown] == sorted((item.score for item in shown), reverse=True)
    assert max(item.score for item in shown) <= 0.7


def test_a_list_takes_the_sentence_that_enumerates(archive: Archive) -> None:
    shown = said(archive, "Which ferries were taken out of service?", Kind.LIST)
    assert any("the Heron, the Kittiwake and the Dunlin" in text for text in shown)


def test_a_comparison_answers_each_side_and_says_which_figure_is_larger(archive: Archive) -> None:
    engine = Engine(archive, reader=TrainedReader(), threshold=0.95)
    question = "Which ferry carries more passengers, the Heron or the Dunlin?"
    answer = engine.ask(question, kind=Kind.COMPARE)
    assert [part.question for part in answer.parts] == ["the Heron", "the Dunlin"]
    assert [part.status for part in answer.parts] == [Status.ANSWERED] * 2
    assert "420" in answer.text
    assert "260" in answer.text
    assert [notice.message for notice in answer.notices] == [
        "Of the figures quoted, 420 for the Heron is more than 260 for the Dunlin."
    ]


@pytest.mark.parametrize(
    ("other", "larger"),
    [
        ("Halden raised its profit by 9% to $33m in May.", "$33m for Halden is more than $21m for"),
        ("Halden raised its profit by 9% in May.", None),
        ("Halden raised its profit from $30m to $33m in May.", None),
    ],
)
def test_the_figure_that_answers_is_compared_with_the_only_like_one(
    tmp_path: Path, other: str, larger: str | None
) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, entry("one", "Norfin made a profit of $21m in May."), entry("two", other))
    engine = Engine(archive, reader=TrainedReader(), threshold=0.95)
    question = "Which firm made a larger profit in May, Norfin or Halden?"
    told = [notice.message for notice in engine.ask(question, kind=Kind.COMPARE).notices]
    assert len(told) == bool(larger)
    assert all(str(larger) in message for message in told)


def test_figures_of_different_things_are_not_compared(archive: Archive) -> None:
    engine = Engine(archive, reader=TrainedReader(), threshold=0.95)
    question = "Which is larger, the loss of the mill or the load of the Heron?"
    answer = engine.ask(question, kind=Kind.COMPARE)
    assert answer.notices == ()


def test_each_part_of_a_question_is_answered(archive: Archive) -> None:
    engine = Engine(archive, reader=TrainedReader(), threshold=0.95)
    answer = engine.ask("Who bought the Fennmouth mill and how much did they pay?")
    assert answer.kind is Kind.MANY_PARTS
    assert [part.question for part in answer.parts] == [
        "Who bought the Fennmouth mill?",
        "How much did they pay?",
    ]
    assert [part.status for part in answer.parts] == [Status.ANSWERED] * 2
    assert "48 million euros" in answer.text


def test_a_denial_says_no(archive: Archive) -> None:
    engine = Engine(archive, reader=TrainedReader(), threshold=0.95)
    answer = engine.ask("Will the Aldwater Paper Group close the mill?", kind=Kind.YES_NO)
    assert "will not close" in answer.text
    if "will not close" in answer.claims[0].text:
        assert answer.verdict is Verdict.NO


@pytest.mark.parametrize(
    ("question", "decided"),
    [
        ("Will the buyer close the mill?", True),
        ("Will the council paint the school?", False),
    ],
)
def test_a_sentence_that_decides_answers_though_the_reader_finds_no_short_answer(
    real_archive: Archive, question: str, decided: bool
) -> None:
    # With this threshold the reader always abstains.
    answer = Engine(real_archive, reader=TrainedReader(), threshold=0.0).ask(
        question, kind=Kind.YES_NO
    )
    assert (answer.status is Status.ANSWERED) is decided
    if decided:
        assert answer.verdict is Verdict.NO


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Did Nissan or Renault sell more cars?", "Nissan", "Renault"),
        ("Compare how far Skarn's Heron and Dell's Dunlin sail", "Skarn's Heron", "Dell's Dunlin"),
        ("How did Two Grey Ferries and The Mill do?", "Two Grey Ferries", "The Mill"),
        ("Which is larger, the old mill or the new one?", "the old mill", "the new one"),
    ],
)
def test_the_sides_of_a_comparison(question: str, first: str, second: str) -> None:
    sides = sides_of(question)
    assert sides is not None
    assert sides[:2] == (first, second)


@pytest.mark.parametrize(
    ("question", "topics"),
    [
        ("Compare Skarn and Dell tax plans", ("Skarn tax plans", "Dell tax plans")),
        (
            "Compare the Heron's crew with the crew that left Dell",
            ("Heron's crew", "crew that left Dell"),
        ),
        (
            "Compare the tax plans of Skarn and the Dell",
            ("tax plans of Skarn", "tax plans of Dell"),
        ),
        (
            "Compare the growth of Skarn and Dell since 1990",
            ("growth of Skarn since 1990", "growth of Dell since 1990"),
        ),
        ("What is the difference between Asta 2 and Asta 9?", ("Asta 2", "Asta 9")),
        ("How do the Heron and the Dunlin differ?", ("Heron", "Dunlin")),
    ],
)
def test_without_a_measure_each_side_is_a_topic(question: str, topics: tuple[str, str]) -> None:
    sides = sides_of(question)
    assert sides == (*topics, None)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "Compare the death tolls in Skarn and Dell",
            "What were the death tolls in Skarn?",
            "What were the death tolls in Dell?",
        ),
        (
            "Compare the shares of Skarn with those of Dell",
            "What were the shares of Skarn?",
            "What were the shares of Dell?",
        ),
        (
            "Compare the price of oil in May with that in June",
            "What was the price of oil in May?",
            "What was the price in June?",
        ),
        (
            "How do the offers for the Heron line and the Dunlin line differ?",
            "What were the offers for the Heron line?",
            "What were the offers for Dunlin line?",
        ),
        (
            "What is the difference between the first and the second bid that Skarn made for Dell?",
            "What was the first bid that Skarn made for Dell?",
            "What was the second bid that Skarn made for Dell?",
        ),
    ],
)
def test_what_has_a_figure_is_asked_of_each_side(question: str, first: str, second: str) -> None:
    sides = sides_of(question)
    assert sides is not None
    assert sides.questions == (first, second)


def test_a_side_is_told_by_its_names_in_all_their_forms() -> None:
    told = _telling("the French toll", "the Skarn toll")
    assert set(terms("France")) <= told
    assert told.isdisjoint(terms("toll"))


def test_a_sentence_that_says_what_is_asked_stands_beside_a_row() -> None:
    assert _said_of_items("Which towns condemned Skarn's plan?") == set(terms("condemned plan"))


def test_each_topic_of_a_comparison_gets_a_brief(archive: Archive) -> None:
    answer = Engine(archive).ask("Compare the Fennmouth mill with the ferries", kind=Kind.COMPARE)
    assert [part.question for part in answer.parts] == ["Fennmouth mill", "ferries"]
    mill, ferries = ([answer.claims[i].text for i in part.claims] for part in answer.parts)
    assert any("bought the Fennmouth mill" in text for text in mill)
    assert any("ferries were taken out of service" in text for text in ferries)


@pytest.mark.parametrize(
    "question",
    ["Who bought the mill?", "Is there more crime than last year?", "Is Tull older than 50?"],
)
def test_a_question_without_two_sides_has_none(question: str) -> None:
    assert sides_of(question) is None


@pytest.mark.parametrize(
    ("question", "of_first"),
    [
        ("Which ferry was heavier, the Asta or the Brin?", "How heavy was the Asta?"),
        ("Which was more expensive, the Asta or the Brin?", "How expensive was the Asta?"),
        ("Is the Asta more reliable than the Brin?", "How reliable is the Asta?"),
        ("Whose ferry had more cabins, Tull or Crane?", "How many cabins did Tull's ferry have?"),
        ("Is the Asta larger than the Brin?", "How large is the Asta?"),
        ("Has Tull won more races than Crane?", "How many races has Tull won?"),
        (
            "Did the strike in Skarn last longer than that in Holm?",
            "How long did the strike in Skarn last?",
        ),
        ("Who is better, Tull or Crane?", "Who is better, Tull?"),
        ("Which cost more, the Asta or the Brin?", "How much did the Asta cost?"),
        ("Which is worth more, gold or silver?", "How much is gold worth?"),
        ("Which firm made a bigger profit, Norfin or Halden?", "How big a profit did Norfin make?"),
        ("Who has won more long races, Tull or Crane?", "How many long races has Tull won?"),
        (
            "Which town has more small mills, Skarn or Dell?",
            "How many small mills does Skarn have?",
        ),
        ("Which is the larger firm, Norfin or Halden?", "How large is Norfin?"),
        ("Which firm's loss was larger, Norfin's or Halden's?", "How large was Norfin's loss?"),
        ("Which firm's shares fell more, Norfin or Halden?", "How much did Norfin's shares fall?"),
        ("Were more people hurt in Skarn or in Dell?", "How many people were hurt in Skarn?"),
        ("Compare how much Norfin and Halden lost", "How much Norfin lost?"),
        ("Which was larger last year, Norfin or Halden?", "How large was Norfin last year?"),
        (
            "Which was more popular among young voters, Tull or Crane?",
            "How popular was Tull among young voters?",
        ),
        (
            "Which was the larger shipping firm last year, Norfin or Halden?",
            "How large was Norfin last year?",
        ),
        ("What's larger, the Asta or the Brin?", "How large is the Asta?"),
        ("Who’s older, Tull or Crane?", "How old is Tull?"),
        ("Which was more, the fine or the fee?", "How much was the fine?"),
        ("Did more die in Skarn or Dell?", "Did more die in Skarn?"),
        ("Did more see films in Skarn or Dell?", "Did more see films in Skarn?"),
        ("Was more spent by Skarn or Dell?", "Was more spent by Skarn?"),
        ("Was more money spent by Skarn or Dell?", "How much money was spent by Skarn?"),
        (
            "Did more than 20 people die in Skarn or Dell?",
            "Did more than 20 people die in Skarn?",
        ),
        (
            "Were more young people hurt in Skarn or Dell?",
            "How many young people were hurt in Skarn?",
        ),
        ("Which town created more jobs, Skarn or Dell?", "How many jobs did Skarn create?"),
        ("Which town minted more coins, Skarn or Dell?", "Skarn minted how many coins?"),
        ("Who Sold more cars, Tull or Crane?", "How many cars did Tull sell?"),
        (
            "Which had more rain this season, Skarn or Dell?",
            "How much rain this season did Skarn have?",
        ),
    ],
)
def test_a_side_is_asked_for_its_measure(question: str, of_first: str) -> None:
    sides = sides_of(question)
    assert sides is not None
    assert sides.questions[0] == of_first


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("They are Skarn, Aldwater and Fennmouth.", True),
        ("Six towns were flooded, including Skarn.", True),
        ("On Monday, the company said, it would close the mill and the port for good.", False),
        ("The mill closed.", False),
        ("On Monday, the crew came and left.", False),
        ("The first fire, on 5 May, killed a man from Dell and a woman from Skarn.", False),
        ("They ordered canned fish, dried fruit and tea.", True),
        ("They grew peas, rose bushes and beans.", True),
    ],
)
def test_enumerations(text: str, does: bool) -> None:
    assert enumerates(text) is does


def items(question: str, *told: Told) -> list[str]:
    found = items_of(question, reading_of(told).candidates, HashingEmbedder())
    return [item.text for item in found]


def test_things_without_names_stay_where_the_likeliest_answers_have_none() -> None:
    found = items(
        "Which living things will the Heron carry?",
        Told("The Heron will carry [beans, moss seeds and snail eggs].", score=0.6),
        Told("The Heron will carry [mice] as well.", score=0.5),
        Told("The Heron is named after a bird of [Skarn].", score=0.1),
    )
    assert found[0].startswith("The Heron will carry beans")


def test_a_number_is_no_thing_without_a_name() -> None:
    found = items(
        "Which teams are looking for a coach?",
        Told("Now [six] teams are looking for a coach.", score=0.7),
        Told("The [Dell Rovers] are looking for a coach.", score=0.4),
    )
    assert found == ["The Dell Rovers are looking for a coach."]


def test_what_a_row_calls_others_is_found_in_its_article() -> None:
    told = (
        "She sang Slow Boat and other Skarners songs at the gala.",
        "She began with the Skarners numbers Grey Tide and Low Bell.",
        "The gala was shown in Dell.",
    )
    article, sentences = (made := entry("gala", *told)).article, made.sentences
    shorts = ("Slow Boat and other Skarners", "Grey Tide and Low Bell", "Dell")
    spans = [Span(at := article.text.find(short), at + len(short)) for short in shorts]
    candidates = [
        Candidate(article, sentence, score, span, 1)
        for sentence, span, score in zip(sentences, spans, (0.7, 0.002, 0.002), strict=True)
    ]
    found = items_of("Which songs did Ann Orr sing at the gala?", candidates, HashingEmbedder())
    assert [item.text for item in found] == list(told[:2])


def test_a_row_of_names_needs_less_of_the_likeliest_chance() -> None:
    told = ("The flash was seen over Dell.", "Reports came from Dell, Skarn, Aldwater and Tarn.")
    made = entry("flash", *told)
    text, sentences = made.article.text, made.sentences
    row = text.find("Dell, Skarn")
    spans = (Span(text.find("Dell"), text.find("Dell") + 4), Span(row, len(text) - 1))
    candidates = [
        Candidate(made.article, sentence, score, span, 1)
        for sentence, span, score in zip(sentences, spans, (0.7, 0.05), strict=True)
    ]
    found = items_of("Which towns saw the flash?", candidates, HashingEmbedder())
    assert [item.text for item in found][-1] == told[1]


def test_a_line_alone_between_sentences_is_a_heading() -> None:
    text = "The port has new rules.\nNew rules: hiding nets\nNets may be hidden.\nThe end came."
    made = entry("port", *text.split("\n"))
    headings = [
        sentence
        for sentence in made.sentences
        if _is_heading(Candidate(made.article, sentence, 0.5, None, 1))
    ]
    assert [made.article.text[item.start : item.end] for item in headings] == [
        "New rules: hiding nets"
    ]


def test_parts_share_what_follows_their_question_words() -> None:
    assert split("When and where was the treaty signed?") == [
        "When was the treaty signed?",
        "Where was the treaty signed?",
    ]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("how many died, how many fled?", ["How many died?", "How many fled?"]),
        (
            "When and where did it sink, and how many drowned?",
            ["When did it sink?", "Where did it sink?", "How many drowned?"],
        ),
        (
            "When the mill burnt down, how many fled, and who paid?",
            ["When the mill burnt down, how many fled?", "When the mill burnt down, who paid?"],
        ),
        ("Can you tell me who paid and how much?", ["Who paid?", "How much?"]),
        (
            "How many girls were freed in June 2016 and how many in May 2017 - which was more?",
            ["How many girls were freed in June 2016?", "How many girls were freed in May 2017?"],
        ),
        (
            "How many were born in Dell in 2019, and how many last year?",
            ["How many were born in Dell in 2019?", "How many were born in Dell last year?"],
        ),
        ("Did Dell - which owns the mill - pay?", ["Did Dell - which owns the mill - pay?"]),
        (
            "Who was hurt in the fire and who in the family survived?",
            ["Who was hurt in the fire?", "Who in the family survived?"],
        ),
        (
            "Who saw Tull on Monday and who last spoke to her?",
            ["Who saw Tull on Monday?", "Who last spoke to her?"],
        ),
        ("Who won and what happened in Dell?", ["Who won?", "What happened in Dell?"]),
        ("Who paid the man, who was ill, and when?", ["Who paid the man, who was ill?", "When?"]),
    ],
)
def test_questions_with_parts_are_split(question: str, parts: list[str]) -> None:
    assert split(question) == parts


@pytest.mark.parametrize(
    ("part", "before", "answered", "alone"),
    [
        (
            "When does it go on sale?",
            "How much is the Nord mini?",
            "It costs £90.",
            "When does the Nord mini go on sale?",
        ),
        (
            "What was his record?",
            "Who coached the Dell Rovers?",
            "The Dell Rovers fired their coach [Luc Ferrand].",
            "What was Luc Ferrand's record?",
        ),
        (
            "How much did they pay?",
            "Who bought the Fennmouth mill?",
            "[Aldwater Paper] bought the Fennmouth mill.",
            "How much did Aldwater Paper pay?",
        ),
        (
            "When did he become mayor?",
            "Who is Luc Ferrand?",
            "Luc Ferrand is [a baker].",
            "When did Luc Ferrand become mayor?",
        ),
        ("How long did it last?", "Why was Agnes Tull banned?", "", None),
        ("When was he found?", "Who hit Mr Bo Tull?", "[Luc Ferrand] hit Mr Bo Tull.", None),
    ],
)
def test_a_pronoun_of_a_part_means_what_the_part_before_says(
    part: str, before: str, answered: str, alone: str | None
) -> None:
    short = answered.partition("[")[2].partition("]")[0]
    told = answered.replace("[", "").replace("]", "")
    turn = Turn(before, (told,) if told else (), (short,) if short else ())
    assert _resolved(part, [turn]) == alone


def read_for(part: str, *told: tuple[int, float]) -> _Read:
    """A part that is answered by some paragraphs of one article, each so likely."""
    article = PAPERS[0].article
    drafts = [
        Draft(
            spans=(ArticleSpan(article, article.blocks[i].start, article.blocks[i].end),),
            confidence=chance,
        )
        for i, chance in told
    ]
    evidence = Evidence(part, Retrieved((), 1, 0), Reading((), 0.1))
    return _Read(part, evidence, drafts)


def test_parts_do_not_share_a_sentence_that_answers_one_of_them_better() -> None:
    when = read_for("When?", (0, 0.6), (1, 0.3), (2, 0.2))
    who = read_for("Who?", (1, 0.9), (2, 0.1))
    assert list(_own_drafts(when, [when, who])) == [when.drafts[0], when.drafts[2]]
    assert list(_own_drafts(who, [when, who])) == [who.drafts[0]]


def test_a_part_for_an_amount_is_answered_by_a_figure(real_archive: Archive) -> None:
    engine = Engine(real_archive, reader=TrainedReader(), threshold=0.99)
    answer = engine.ask("Who directs the Fennmouth mill and how many people does it employ?")
    part = answer.parts[1]
    shorts = [answer.claims[i].answer for i in part.claims]
    assert any(short is not None and "310" in short.text for short in shorts)


class NothingFound:
    """Answers nothing, and keeps what it was asked."""

    threshold = 0.5

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        self.asked.append(question)
        return Reading((), 1.0)


@pytest.mark.parametrize(
    ("question", "last_read"),
    [
        (
            "Why was Agnes Tull banned, how long did it last and who paid?",
            "Who paid? (Why was Agnes Tull banned)",
        ),
        ("How long did it last, and why was Agnes Tull banned?", "Why was Agnes Tull banned?"),
        (
            "How long did it last, and who paid for it in the port of Skarn, and when?",
            "When? (How long did it last, Skarn)",
        ),
        (
            "What did Min want, and who did the Minister pay?",
            "Who did the Minister pay? (What did Min want)",
        ),
    ],
)
def test_a_part_is_read_with_the_names_of_the_whole(
    archive: Archive, question: str, last_read: str
) -> None:
    reader = NothingFound()
    Engine(archive, reader=reader).ask(question, kind=Kind.MANY_PARTS)
    assert reader.asked[-1] == last_read


@pytest.mark.parametrize(
    ("question", "sentence", "verdict"),
    [
        ("Was the captain fined?", "The captain was not fined.", Verdict.NO),
        ("Was the captain fined?", "The captain was fined by the court.", Verdict.YES),
        ("May crews smoke?", "Crews will be fined if they smoke.", Verdict.UNCLEAR),
        ("Was the crew hurt?", "All of the crew were unharmed.", Verdict.NO),
        ("Was the bill rejected?", "The bill was rejected.", Verdict.YES),
        ("Did members reject the bill?", "The members did not reject the bill.", Verdict.NO),
        ("Was the appeal rejected?", "The appeal was accepted.", Verdict.NO),
        ("Did Tull not resign?", "Tull did not resign.", Verdict.YES),
        ("Will taxes rise?", "Taxes will not rise, Mr Tull said.", Verdict.NO),
        ("Did profits rise?", "Profits rose, not sales.", Verdict.YES),
        ("Will the mill close?", "They have not yet decided whether it will.", Verdict.UNCLEAR),
        ("Will the mill close?", "The mill makes newsprint.", Verdict.UNCLEAR),
        ("Did the mill's profits fall?", "The mill's profits rose by 3%.", Verdict.NO),
        ("Did the mill's profits fall?", "Sales rose, but the mill's profits fell.", Verdict.YES),
        ("Did Agnes Tull praise the ferry?", "Ms Tull condemned the ferry.", Verdict.NO),
        ("Did Tull win the race?", "Tull had been expected to win the race.", Verdict.UNCLEAR),
        ("Will Tull pay a fine of $300?", "Tull will pay a fine of $500.", Verdict.NO),
        ("Did Tull sell the mill?", "Tull sold the mill, and no wages were lost.", Verdict.YES),
        ("Has the treaty come into force?", "Brin's refusal to sign it hurts.", Verdict.UNCLEAR),
        ("Were there any survivors?", "There were no survivors.", Verdict.NO),
        ("Is Anna Tull a doctor?", "Anna Tull is not a doctor.", Verdict.NO),
        ("Is Anna Tull a doctor?", "Anna Tull is a doctor.", Verdict.YES),
        ("Is there a cure for the disease?", "There is no cure for the disease.", Verdict.NO),
        ("Is Skarn in Dell?", "Skarn is not in Dell.", Verdict.NO),
        ("Is Tull the mayor of Skarn?", "Tull is no longer the mayor of Skarn.", Verdict.NO),
        ("Was there a second bomb?", "There was no second bomb.", Verdict.NO),
        ("Can students vote by post?", "On 5 May students can vote by post.", Verdict.YES),
        ("Is the mill being built?", "Tull wants to build the mill in May.", Verdict.UNCLEAR),
        ("Was the mill built?", "Tull had planned to build the mill.", Verdict.UNCLEAR),
        ("Did the bank cut rates?", "The bank cut rates in an attempt to help.", Verdict.YES),
        ("Did Tull resign?", "Tull resigned on Monday and hopes to sail.", Verdict.YES),
        ("Did Tull resign after all?", "Tull resigned on Monday.", Verdict.YES),
        ("Was Tull injured?", "Tull is ruled out for six weeks with injured ribs.", Verdict.YES),
        ("Was the forest cleared?", "The clearing of the forest ended in May.", Verdict.YES),
        ("Did Agnes Tull resign?", "She resigned in Dell, Agnes Tull said.", Verdict.YES),
        (
            "Was Agnes Tull injured?",
            "Agnes Tull, who has sailed nine times for Skarn, was injured in Dell.",
            Verdict.YES,
        ),
        ("Did?", "Tull resigned.", Verdict.UNCLEAR),
        ("Will the mill be built?", "Tull plans to build the mill in May.", Verdict.YES),
        ("Was Tull to blame?", "Tull was cleared of all blame on Monday.", Verdict.NO),
        ("Did Tull take bribes?", "Tull was acquitted of taking bribes.", Verdict.NO),
        ("Will Tull close the mill?", "Tull ruled out the closing of the mill.", Verdict.NO),
        (
            "Is Pell Adair hurt?",
            "Agnes Tull was hurt on Monday, meaning Pell Adair has sailed alone.",
            Verdict.UNCLEAR,
        ),
        ("Is Pell Adair hurt?", "Pell Adair, who sailed with Tull, is hurt.", Verdict.YES),
        (
            "Did Tull want a third boat?",
            "Nothing gets in the way of a third boat.",
            Verdict.UNCLEAR,
        ),
        ("Was Agnes Tull hurt?", "Two of the ferry's crew were hurt.", Verdict.UNCLEAR),
        ("Is Ms Tull hurt?", "With Bo Crane hurt, Ms Tull sailed alone.", Verdict.UNCLEAR),
        ("Is Ms Tull hurt?", "Bo Crane said that Ms Tull was hurt.", Verdict.YES),
        ("Were the Dell hostages freed?", "The Dell hostages were freed by Bo Crane.", Verdict.YES),
        ("Were all the hostages freed?", "Six hostages were freed.", Verdict.UNCLEAR),
        ("Were all the hostages freed?", "Every one of the hostages was freed.", Verdict.YES),
        ("Did the bank cut rates?", "The bank will hardly raise rates.", Verdict.UNCLEAR),
        ("Did Tull receive a warning?", "Tull received none, the port said.", Verdict.NO),
        ("Did Dell reject the wall?", "The wall was rejected by Dell last May.", Verdict.YES),
        ("Did Tull sign a contract?", "Tull turned down a contract.", Verdict.UNCLEAR),
        ("Did Tull beat Crane?", "Bo Crane beat Agnes Tull in Dell.", Verdict.NO),
        ("Did Crane beat Tull?", "Bo Crane beat Agnes Tull in Dell.", Verdict.YES),
        ("Did Adair join Crane?", "Mr Adair left Dell to join Crane.", Verdict.YES),
        ("Did Tull approve the plan?", "The plan of Tull was approved by Crane.", Verdict.UNCLEAR),
        ("Did Tull remove Crane?", "Agnes Tull was removed.", Verdict.UNCLEAR),
        ("Was Tull fined?", "The court fined Tull.", Verdict.YES),
        ("Was Tull fined?", "Tull fined the court.", Verdict.UNCLEAR),
        ("Did South Skarn fire?", "North Skarn fired on Monday.", Verdict.UNCLEAR),
        (
            "Did Tull oppose the tax?",
            "Tull sees opposition from Dell.",
            Verdict.UNCLEAR,
        ),
        ("Did Tull and Crane resign?", "Tull and Crane resigned.", Verdict.YES),
        ("Did Tull burn the mill?", "Crane claims that Tull burned the mill.", Verdict.UNCLEAR),
        ("Did Tull burn the mill?", "Tull denied that she burned the mill.", Verdict.UNCLEAR),
        ("Did Tull burn it?", "“It was Agnes Tull who burned the mill,” it said.", Verdict.UNCLEAR),
        ("Did Tull win?", "It was part of Tull's effort to win.", Verdict.UNCLEAR),
        ("Did Tull survive the crash?", "Tull survived an earlier crash.", Verdict.UNCLEAR),
        ("Did it fall below $7?", "It fell below $6 on Monday.", Verdict.UNCLEAR),
        ("Did Tull make a bid for Dell?", "Tull disliked the bid by Dell.", Verdict.UNCLEAR),
        ("Did Tull make a bid for Dell?", "Tull refused to make a bid for Dell.", Verdict.NO),
        ("Did the company make a profit?", "The company made no profit.", Verdict.NO),
        ("Did the company make a profit?", "The company did not make a profit.", Verdict.NO),
        ("Did Dell pass the plan?", "Dell refused by 5 votes to pass the plan.", Verdict.NO),
        ("Did Tull drown?", "Tull nearly drowned in Dell.", Verdict.NO),
        ("Did Tull nearly drown?", "Tull nearly drowned in Dell.", Verdict.YES),
        ("Did Tull sign the treaty?", "Tull spoke rather than sign the treaty.", Verdict.NO),
        ("Did the bank cut jobs?", "The bank will cut jobs in May.", Verdict.UNCLEAR),
        ("Will the bank cut jobs?", "The bank will cut jobs in May.", Verdict.YES),
        ("Did Dell free crews?", "Dell spoke of the eventual freeing of crews.", Verdict.UNCLEAR),
        ("Did Tull beat Crane?", "I don't think Tull beat Crane.", Verdict.UNCLEAR),
        ("Did the bank raise rates?", "Tull voted to raise rates at the bank.", Verdict.UNCLEAR),
        ("Did Tull resign?", "“Why has Tull resigned?”", Verdict.UNCLEAR),
        ("Did Tull survive the fall?", "Tull had a fall in Dell.", Verdict.UNCLEAR),
        ("Is Tull cutting 40 jobs?", "Tull will cut 40 of 90 jobs.", Verdict.YES),
        ("Was the film cut?", "The film was shown uncut in Dell.", Verdict.NO),
        ("Did Tull win game two?", "Tull won game four.", Verdict.UNCLEAR),
        ("Was Tull arrested in Dell?", "Tull was arrested in Skarn.", Verdict.UNCLEAR),
        ("Was Tull arrested in Dell?", "Tull was arrested on Monday.", Verdict.UNCLEAR),
        ("Is the kiln under control?", "The kiln is out of control.", Verdict.NO),
        ("Is Agnes Tull a Quaker?", "Ms Tull, who is a Quaker, spoke.", Verdict.YES),
        ("Has Prince Orm apologised?", "Orm apologised, and he should leave.", Verdict.YES),
        ("Did Tull sell a mill?", "Crane asked how much Tull sold a mill for.", Verdict.UNCLEAR),
        ("Is Tull staying in Dell?", "Tull is leaving Dell in May.", Verdict.NO),
        ("Did Tull overtake Crane?", "Tull surpassed Crane on Monday.", Verdict.YES),
        ("Did Tull win the cup?", "Crane beat Tull and won the cup.", Verdict.NO),
        ("Did Tull win the cup?", "Crane, who beat Tull, won the cup.", Verdict.NO),
        ("Did Tull win the cup?", "Crane defeated Tull to win the cup.", Verdict.NO),
        ("Will the mill close?", "A judge halted the closure of the mill.", Verdict.NO),
        ("Did the mill close?", "A judge halted the closure of the mill.", Verdict.UNCLEAR),
        ("Did Tull resign?", "Tull has yet to comment on her resignation.", Verdict.YES),
        ("Will Tull hold talks?", "There are no plans for Tull to hold talks.", Verdict.NO),
        ("Is SM being sued?", "Crane is suing Skarn Mills (SM) in Dell.", Verdict.YES),
        ("Was Tull arrested?", "Tull was released on bail.", Verdict.UNCLEAR),
        ("Will the mill close?", "Crane called for the closure of the mill.", Verdict.UNCLEAR),
        (
            "Will Skarn buy Dell?",
            "Skarn dismissed reports of a row and will buy Dell.",
            Verdict.YES,
        ),
        ("Did Tull play for Dell?", "Tull played for Dell after missing out on Dell.", Verdict.YES),
        ("Did Skarn beat Dell in 2008?", "Dell beat Skarn in 1994.", Verdict.UNCLEAR),
        ("Did Tull resign?", "Tull remained calm.", Verdict.UNCLEAR),
        ("Did Tull join Dell City?", "Tull left Dell City in May.", Verdict.UNCLEAR),
        ("Did Tull win the cup?", "Tull lost two fans in Dell.", Verdict.UNCLEAR),
        ("Did Tull beat Crane?", "Tull lost 2-1 to Crane.", Verdict.NO),
        ("Did Tull beat Crane?", "Crane lost 2-1 to Tull.", Verdict.YES),
        ("Did Tull apologise?", "Crane demanded that Tull apologise.", Verdict.UNCLEAR),
        ("Is the bridge open?", "The bridge will open in May.", Verdict.UNCLEAR),
        ("Is the mill closing?", "The mill will close in May.", Verdict.YES),
        ("Did anyone drown in Dell?", "Two men drowned in Dell.", Verdict.YES),
        ("Did anyone drown in Dell?", "Nobody drowned in Dell.", Verdict.NO),
        ("Did the boy die?", "When the boy fell, a team killed the bull.", Verdict.UNCLEAR),
        # A title is only a title before a name.
        ("Is Nora Bell a judge?", "Nora Bell was arrested on Monday.", Verdict.UNCLEAR),
        ("Is Nora Bell a judge?", "Nora Bell, a judge, was arrested on Monday.", Verdict.YES),
        ("Did Judge Bell resign?", "Bell resigned on Monday.", Verdict.YES),
        # What is offered, or will be the first to be done, is not done.
        ("Has Dell bought Skarn?", "Dell made an offer on Monday to buy Skarn.", Verdict.UNCLEAR),
        ("Did Dell buy Skarn?", "Dell signed a deal to buy Skarn.", Verdict.UNCLEAR),
        (
            "Has Dell landed on the moon?",
            "Dell will become the first country to land on the moon.",
            Verdict.UNCLEAR,
        ),
        ("Did Dell launch the ship?", "Dell put off the launch of the ship.", Verdict.UNCLEAR),
        # Who does something to a thing, or with it, is not that thing.
        ("Is Bell the head of the bank?", "Bell attacked the head of the bank.", Verdict.UNCLEAR),
        ("Is Bell the head of the bank?", "The head of the bank, Ann Bell, left.", Verdict.YES),
        ("Was Bell a teacher?", "Bell had worked as a teacher.", Verdict.YES),
        ("Was the mayor at the fair?", "The mayor skipped the fair.", Verdict.UNCLEAR),
        ("Are the talks over?", "The talks will resume on Monday.", Verdict.UNCLEAR),
        ("Did Dell make a profit?", "Analysts expect Dell to make a profit.", Verdict.UNCLEAR),
        ("Was the bridge built in 1890?", "The bridge was built in 1887.", Verdict.UNCLEAR),
        ("Was the bridge built in 1890?", "The bridge was built in 1890.", Verdict.YES),
        ("Did Skarn sack staff in 2023?", "Skarn sacked 1500 staff.", Verdict.YES),
        ("Will Dell pay compensation?", "Dell will pay compensation to no one.", Verdict.NO),
        (
            "Has Dell landed in Skarn?",
            "It will be the first ever landing in Skarn.",
            Verdict.UNCLEAR,
        ),
    ],
)
def test_verdicts(question: str, sentence: str, verdict: Verdict) -> None:
    assert verdict_of(statement_of(question), sentence) is verdict


# For each question sentences that say yes to it, and sentences that leave it open.
ANSWERED = {
    "Was Tull arrested?": [
        "Police in Skarn arrested the singer Anna Tull on Monday.",
        "Police arrested Tull's wife and Tull.",
        "Police arrested Tull, said Crane.",
        "The arrest of Anna Tull shocked Dell.",
    ],
    "Did Tull win the cup?": [
        "Tull beat Crane and won the cup.",
        "Tull, who beat Crane, won the cup.",
        "Tull, not Crane, won the cup.",
        "Orr said Tull beat Crane and won the cup.",
        "Crane met Tull, who won the cup.",
        "Three players, including Tull, won the cup.",
    ],
    "Did Tull make a bid for Dell?": ["Tull made a bid for Dell."],
    "Did the company make a profit?": ["The company made a profit of $5m."],
    "Did Tull beat Dell to win the cup?": ["Tull beat Dell to win the cup."],
    "Did the deputy mayor of Dell resign?": ["The deputy mayor of Dell resigned."],
    "Was Tull ordered to quit?": ["Tull was ordered to quit."],
}
LEFT_OPEN = {
    "Was Tull arrested?": [
        "Police arrested Tull's brother.",
        "Police arrested the wife of Tull.",
        "Police arrested two guards near Tull.",
        "Police arrested Crane, Tull said.",
        "Police arrested Crane, who sued Tull.",
        "The arrest of the brother of Tull shocked Dell.",
    ],
    "Was Tull elected director?": [
        "Members elected Crane to succeed Tull as director.",
        "Members elected Crane director in place of Tull.",
    ],
    "Did Tull win the cup?": [
        "Crane outran Tull and won the cup.",
        "Crane, not Tull, won the cup.",
        "Crane, unlike Tull, won the cup.",
        "Instead of Tull, Crane won the cup.",
        "Tull said Crane beat Orr and won the cup.",
        "Tull met Crane, who won the cup.",
    ],
    "Did the Senate pass the bill?": ["The House, not the Senate, passed the bill."],
    "Did the company win the case?": ["Crane sued the company and won the case."],
    "Did Tull take the lead?": ["Crane took the lead before Tull."],
    "Did Tull quit?": ["Tull was told to quit.", "Crane asked Tull to quit."],
    "Did the mayor of Dell resign?": ["The deputy mayor of Dell resigned."],
    "Is Tull the mayor?": ["Tull, the former Dell mayor, resigned."],
    "Did Tull make a bid for Dell?": [
        "Dell rejected a bid by Tull.",
        "The board refused a bid from Tull for Dell.",
        "Crane rejected Tull's bid for Dell.",
        "Tull heard a bid for Dell.",
        "Crane made a bid for Dell, Tull said.",
        "Tull met Crane, who made a bid for Dell.",
    ],
}


@pytest.mark.parametrize(
    ("question", "sentence"),
    [(question, sentence) for question, told in ANSWERED.items() for sentence in told],
)
def test_what_is_said_of_the_subject_says_yes(question: str, sentence: str) -> None:
    assert verdict_of(statement_of(question), sentence) is Verdict.YES


@pytest.mark.parametrize(
    ("question", "sentence"),
    [(question, sentence) for question, told in LEFT_OPEN.items() for sentence in told],
)
def test_what_is_said_of_others_leaves_it_open(question: str, sentence: str) -> None:
    assert verdict_of(statement_of(question), sentence) is Verdict.UNCLEAR


def test_names_may_stand_above_a_sentence() -> None:
    asked, above = (
        statement_of("Did Agnes Tull leave Dell?"),
        Above("A mayor", "Agnes Tull of Dell"),
    )
    assert verdict_of(asked, "She left on Monday.") is Verdict.UNCLEAR
    assert verdict_of(asked, "She left on Monday.", above=above) is Verdict.YES
    assert verdict_of(asked, "She left Skarn on Monday.", above=above) is Verdict.UNCLEAR
    asked, above = statement_of("Did Tull land in Dell?"), Above("Tull flies to Dell")
    assert verdict_of(asked, "Tull landed on Monday.", above=above) is Verdict.YES
    assert verdict_of(asked, "Tull landed in Skarn.", above=above) is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Was Agnes Tull's cousin shot?", "Agnes Tull's cousin was shot"),
        ("Was the captain of the Heron fined?", "the captain of the Heron was fined"),
        ("Has the ship Asta been sold?", "the ship Asta has been sold"),
        ("Is the mill going to close?", "the mill is going to close"),
    ],
)
def test_the_auxiliary_stands_before_the_predicate(question: str, said: str) -> None:
    assert statement_of(question).text == said


@pytest.mark.parametrize(
    ("question", "predicate"),
    [
        ("Did the ferry company's owners welcome the plan?", "welcome"),
        ("Did the Skarn hostages get released in May?", "released"),
        ("Was the captain of the Heron fined?", "fined"),
        ("Is Agnes Tull fit to sail?", "fit"),
        ("Could the captain be banned?", "banned"),
        ("Does Agnes Tull have a criminal record?", "record"),
        ("Did the board take the owners to court?", ""),
        ("Was the attacker of the mill seized by police?", "seized"),
        ("Would the rule apply to ferries?", "apply"),
        ("Did the Skarn tram driver escape arrest?", "escape"),
        ("Did tin overtake copper?", "overtake"),
        ("Did they get the boat back under control?", "control"),
    ],
)
def test_the_predicate_of_a_question(question: str, predicate: str) -> None:
    assert statement_of(question).predicate == predicate


def test_the_sentence_that_decides_stands_first(archive: Archive) -> None:
    engine = Engine(archive, reader=TrainedReader(), threshold=0.95)
    answer = engine.ask("Did the Aldwater Paper Group buy the Fennmouth mill?", kind=Kind.YES_NO)
    assert "bought the Fennmouth mill" in answer.claims[0].text
    assert answer.verdict is Verdict.YES


PROFITS = (
    entry("glass", "The Skarn glass works reported a fall in profits of 9% on Monday."),
    entry("paper", "The Aldwater paper mill reported a rise in profits of 4% on Monday."),
    entry("wool", "The Fennmouth wool mill saw its profits slide to 3 million euros last year."),
)


def test_the_lines_below_a_sentence_with_a_colon_are_the_items(tmp_path: Path) -> None:
    archive = open_archive(tmp_path, create=True, embedder=HashingEmbedder())
    rooms = ("a floor for children, with a slide", "a recording studio", "a repair workshop")
    told = ("The library opened on Monday.", "Readers will find three new rooms:", *rooms)
    after = "A slide, for those who never saw one, is steep. It is new, too."
    fill(archive, entry("library", *told, after, title="The library has new rooms"))
    shown = said(archive, "Which rooms are new in the library?", Kind.LIST)
    assert [text for text in shown if text in rooms] == list(rooms)
    assert not any(text.startswith(("Readers", "A slide")) for text in shown)


def test_a_list_of_falls_has_no_rises(tmp_path: Path) -> None:
    with open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder()) as made:
        fill(made, *PROFITS)
        fallen = " ".join(said(made, "Which mills and works reported lower profits?", Kind.LIST))
        risen = " ".join(said(made, "Which mills and works reported higher profits?", Kind.LIST))
    assert "Skarn" in fallen
    assert "Aldwater" not in fallen
    assert "Aldwater" in risen
    assert "Skarn" not in risen


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "Compare rates of Bank of Skarn and Dell Reserve",
            "rates of Bank of Skarn",
            "rates of Dell Reserve",
        ),
        ("Compare the Bank of Skarn and the Bank of Dell", "Bank of Skarn", "Bank of Dell"),
        ("How do shares of Skarn compare with those of Dell?", "shares of Skarn", "shares of Dell"),
    ],
)
def test_a_name_with_of_is_one_name(question: str, first: str, second: str) -> None:
    sides = sides_of(question)
    assert sides is not None
    assert sides[:2] == (first, second)


def test_a_second_sentence_of_a_side_is_on_the_measure() -> None:
    told = [
        Told("Shares of Skarn fell [4%] on Monday.", score=0.9),
        Told("Shares of Skarn stood at [300 crowns].", score=0.8),
        Told("Skarn was down [2%].", score=0.7),
        Told("Skarn has hired [sailors].", score=0.6),
    ]
    shown = _on_measure(reading_of(told).candidates, frozenset(terms("shares")))
    assert [item.text for item in shown] == [
        item.sentence.replace("[", "").replace("]", "") for item in told[:3]
    ]
