"""A question's period is read as it was meant, or not at all; it prefers, and filters rarely."""

from __future__ import annotations

from datetime import date

import pytest

from rag.model import Candidate, Filters, PartialDate, Period, Reading
from rag.news.periods import (
    last_reports,
    period_of,
    preferring_period,
    reports_of,
    strictly,
    too_late,
)
from tests.fakes import entry

TODAY = date(2026, 1, 9)  # a Friday
NEWEST = date(2024, 10, 24)


def read(question: str) -> tuple[str, str, bool] | None:
    period = period_of(question, TODAY, NEWEST)
    if period is None:
        return None
    return str(period.since or ""), str(period.until or ""), period.strict


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What happened in August?", "2024-08", "2024-08"),
        ("What happened in November?", "2023-11", "2023-11"),
        ("Who won in 2004?", "2004", "2004"),
        ("Who was elected mayor on 3 May 2023?", "2023-05-03", "2023-05-03"),
        ("What did he say about the October 7 attack?", "2024-10-07", "2024-10-07"),
        ("What did the council decide yesterday?", "2026-01-08", "2026-01-08"),
        ("What happened on Tuesday?", "2026-01-06", "2026-01-06"),
        ("What happened last month?", "2025-12", "2025-12"),
        ("Who has run the port since March 2024?", "2024-03", ""),
        ("What has happened since the beginning of October?", "2024-10", ""),
        ("Who was arrested after the fire in August?", "2024-08-31", ""),
        ("Who resigned before the election of 5 November?", "", "2024-11-04"),
        ("Who left by September?", "", "2024-09"),
        ("Who ran the port until 3 October?", "", "2024-10-03"),
        ("How many died between 3 and 5 October?", "2024-10-03", "2024-10-05"),
        ("What happened from March to May 2024?", "2024-03-01", "2024-05-31"),
    ],
)
def test_a_date_is_a_preference(question, since, until) -> None:
    assert read(question) == (since, until, False)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("Which articles were published in August?", "2024-08", "2024-08"),
        ("What do reports from last month say about the port?", "2025-12", "2025-12"),
        ("List the stories published since 3 October.", "2024-10-03", ""),
    ],
)
def test_words_of_publication_make_a_filter(question, since, until) -> None:
    assert read(question) == (since, until, True)


@pytest.mark.parametrize(
    "question",
    [
        "Who runs the port?",
        "May the council close the port?",
        "What did Theresa May say?",
        "Who wrote in the Sunday Times?",
        "Who won in the 2004 Olympics?",
        "What happened in March's vote?",
        "What will happen in December?",
        "How did profits in 2004 compare with those in 2003?",
        "What happened in the summer?",
        "What happened on 31 February?",
        "Tell me about “Rocket to fly this month”.",
        'What does "Ferry sinks in May 2024" say?',
    ],
)
def test_no_period_is_made_up(question) -> None:
    assert read(question) is None


def test_without_articles_a_month_counts_from_today() -> None:
    period = period_of("What happened in August?", TODAY, None)
    assert period is not None
    assert str(period.since) == "2025-08"


def _candidate(text: str, score: float, published: str | None) -> Candidate:
    made = entry("a.txt", text, published=published)
    return Candidate(made.article, made.sentences[0], score, None, 1)


def _period(since: str | None, until: str | None) -> Period:
    dates = [None if item is None else PartialDate.parse(item) for item in (since, until)]
    return Period("then", *dates)


def test_sentences_of_another_time_count_less_and_stay() -> None:
    later = _candidate("The port paid 900 pounds.", 0.8, "2024-10-20")
    told = _candidate("The port paid 700 pounds on 3 October 2024.", 0.7, "2024-08-03")
    then = _candidate("The port paid 500 pounds.", 0.5, "2024-09-03")
    undated = _candidate("The port paid 400 pounds.", 0.45, None)
    reading = preferring_period(
        Reading((later, told, then, undated), 0.2), _period("2024-08", "2024-08")
    )
    assert [item.article.text for item in reading.candidates] == [
        item.article.text for item in (then, undated, later, told)
    ]
    assert [round(item.score, 2) for item in reading.candidates] == [0.5, 0.45, 0.4, 0.14]
    assert reading.p_none == 0.2


def test_reports_follow_their_events() -> None:
    period = _period("2024-08", "2024-08")
    assert strictly(Filters(), period) == Filters(since="2024-08", until="2024-08")
    assert reports_of(Filters(), period) == Filters(since="2024-08", until="2024-09-07")
    assert reports_of(Filters(), _period(None, "9999-12")).until is not None


def test_the_last_reports_are_those_of_the_week_before_as_of() -> None:
    assert last_reports(Filters(as_of="2024-10-24")) == Filters(
        as_of="2024-10-24", since="2024-10-17"
    )
    assert last_reports(Filters()) is None
    assert last_reports(Filters(as_of="2024-10-24", since="2024-01")) is None
    assert last_reports(Filters(as_of="2024-10-24", until="2024-01")) is None
    assert last_reports(Filters(as_of="0001-01-02")) is not None


def test_a_period_may_begin_after_the_newest_article() -> None:
    newest = PartialDate.parse("2024-10-24")
    assert too_late(_period("2024-10-25", None), newest)
    assert not too_late(_period("2024-10-24", None), newest)
    assert not too_late(_period(None, "2024-10-25"), newest)
