"""Tests that a question for a date is answered by the date that is meant."""

from __future__ import annotations

import pytest

from rag.answering.asked.dated import asks_when, dated_first
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
