"""Tests that a question for a date is answered by the date that is meant."""

from __future__ import annotations

import pytest

from rag.answering.asked.dated import asks_when, dated_first
from rag.model import Candidate, Span
from tests.fakes import entry
from tests.rag.news.readings import Told, reading_of

CRASH = "When did the tram crash in Dell happen?"


def first_of(question: str, *told: Told) -> str:
    candidate = dated_first(question, reading_of(told).candidates)[0]
    assert candidate.answer is not None
    return candidate.article.text[candidate.answer.start : candidate.answer.end]


@pytest.mark.parametrize(
    "other",
    [
        "The tram crash in Dell is believed to be the first since [1959].",
        "The tram crash in Dell came [three days] before the election.",
        "The tram crash in Dell is worse than one in Skarn, which happened in [May].",
    ],
)
def test_a_date_of_something_else_comes_behind(other: str) -> None:
    told = Told("The tram crash in Dell happened on [Tuesday].", score=0.4)
    assert first_of(CRASH, Told(other, score=0.6), told) == "Tuesday"


def test_reports_that_give_one_day_speak_for_each_other() -> None:
    told = (
        Told("The tram crash in Dell happened on [4 May].", score=0.5, published="2024-05-08"),
        Told("The tram in Dell crashed on [7 May].", score=0.4, published="2024-05-08"),
        Told("A tram in Dell crashed on [Tuesday].", score=0.4, published="2024-05-08"),
    )
    assert first_of(CRASH, *told) == "7 May"


def test_the_first_keeps_its_chance_and_none_behind_it_has_more() -> None:
    told = (
        Told("The tram crash in Dell is the first since [1959].", score=0.6),
        Told("The tram crash in Dell happened on [Tuesday].", score=0.4),
    )
    first, second = dated_first(CRASH, reading_of(told).candidates)
    assert first.score == 0.4
    assert second.score <= 0.4


def test_which_day_asks_for_a_date_too() -> None:
    since = Told("The tram crash in Dell is the first since [1959].", score=0.6)
    told = Told("The tram crash in Dell happened on [Tuesday].", score=0.4)
    assert first_of("On which day did the tram crash in Dell happen?", since, told) == "Tuesday"


def test_other_questions_keep_the_order() -> None:
    told = (Told("Ann Orr since [1959].", score=0.6), Told("Bo Tull on [Tuesday].", score=0.4))
    candidates = reading_of(told).candidates
    for question in ("Who crashed?", "Since when is the mill closed?"):
        assert not asks_when(question)
        assert dated_first(question, candidates) == list(candidates)
    assert dated_first(CRASH, ()) == []


def test_the_colon_of_a_clock_time_ends_no_clause() -> None:
    question = "When did the ferry Heron land in Dell?"
    told = (
        Told("The ferry Heron left Skarn, and Dell was calm on [Monday].", score=0.5),
        Told("The ferry Heron landed in Dell at 9:40 on [Tuesday].", score=0.4),
    )
    assert first_of(question, *told) == "Tuesday"


def test_a_year_supports_the_likeliest_day_in_it_and_never_beats_it() -> None:
    day = Told("The ferry Heron sank on [4 May 2021].", score=0.2)
    assert first_of(
        "When did the Heron sink?", Told("The Heron sank in [2021].", score=0.6), day
    ) == ("4 May 2021")
    other = Told("The Heron sank on [6 May 2022].", score=0.45)
    year = Told("The Heron sank in [2021].", score=0.4)
    assert first_of("When did the Heron sink?", year, day, other) == "4 May 2021"


def test_an_unlikely_day_does_not_take_over_the_chance_of_its_year() -> None:
    day = Told("The ferry Heron burnt on [4 May 2021].", score=0.05)
    assert (
        first_of("When did the Heron sink?", Told("It sank in [2021].", score=0.6), day) == "2021"
    )


@pytest.mark.parametrize(
    "other",
    [
        "Ann Orr signed the order to launch the Tarn satellite on [Saturday].",
        "Dell launched the Tarn satellite, officials said on [Saturday].",
        "Dell announced the launch of the Tarn satellite on [Saturday].",
    ],
)
def test_the_date_of_another_act_comes_behind(other: str) -> None:
    told = Told("The Tarn satellite was launched from Dell on [Sunday].", score=0.3)
    question = "When did Dell launch the Tarn satellite?"
    assert first_of(question, Told(other, score=0.8), told) == "Sunday"


@pytest.mark.parametrize(
    "told",
    [
        "Dell is due to launch the Tarn satellite on [Sunday].",
        "The launch of the Tarn satellite by Dell took place on [Sunday].",
        "Dell said that it launched the Tarn satellite on [Sunday].",
    ],
)
def test_a_date_of_what_is_asked_stays(told: str) -> None:
    other = Told("The Tarn satellite was launched from Dell on [Monday].", score=0.3)
    question = "When did Dell launch the Tarn satellite?"
    assert first_of(question, Told(told, score=0.6), other) == "Sunday"


def test_the_sentence_with_the_verb_that_is_asked_gives_the_date() -> None:
    made = entry("heron", "The Heron left Skarn on Monday.", "It reached Dell on Tuesday.")
    text, second = made.article.text, made.sentences[1]
    before, own = (Span(text.find(day), text.find(day) + len(day)) for day in ("Monday", "Tuesday"))
    candidate = Candidate(made.article, second, 0.5, own, 1, answer_before=before)
    (reached,) = dated_first("When did the Heron reach Dell?", [candidate])
    (left,) = dated_first("When did the Heron leave Skarn?", [candidate])
    assert reached.answer_before is None
    assert left.answer_before == before
