"""The date of an event is resolved against the publication date, or it stays unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model import PartialDate
from rag.news.event_dates import clause_around, event_date

LABELLED = Path(__file__).parents[3] / "eval/gold/event_dates.jsonl"


def dated(sentence: str, published: str | None) -> str | None:
    found = event_date(sentence, None if published is None else PartialDate.parse(published))
    return None if found is None else str(found)


# 24 October 2024 is a Thursday.
@pytest.mark.parametrize(
    ("sentence", "published", "expected"),
    [
        ("The ferry sank on Tuesday.", "2024-10-24", "2024-10-22"),
        ("The ferry will sail on Tuesday.", "2024-10-24", "2024-10-29"),
        ("The ferry sank on 31 July.", "2024-10-24", "2024-07-31"),
        ("The ferry sank on 31 December.", "2024-10-24", "2023-12-31"),
        ("The ferry sank two days ago.", "2024-10-24", "2024-10-22"),
        ("The ferry sank last month.", "2024-10-24", "2024-09"),
        ("The ferry sank in May of last year.", "2024-10-24", "2023-05"),
        ("The ferry sank in 1998.", "2024-10-24", "1998"),
        ("The council approved the plan on 8 October.", "2024-10", "2024-10-08"),
        ("The pier reopens on 4 May, said Lena Voss.", "2026-03-02", "2026-05-04"),
        ("A crew found it on 4 May, said Lena Voss.", "2026-03-02", "2025-05-04"),
    ],
)
def test_dates_count_from_the_publication_date(sentence, published, expected) -> None:
    assert dated(sentence, published) == expected


@pytest.mark.parametrize(
    ("sentence", "published"),
    [
        ("The ferry sank on Tuesday.", None),
        ("The ferry sank on Tuesday.", "2024-10"),
        ("The ferry sank.", "2024-10-24"),
        ("The ferry has been closed since Monday.", "2024-10-24"),
        ("Prices have risen over the last month.", "2024-10-24"),
        ("It left on Monday and sank on Tuesday.", "2024-10-24"),
        ("It carried 90 people, up from 70 in May.", "2024-10-24"),
        ("The ban comes after a fire on Monday.", "2024-10-24"),
        ("The win on Monday takes them to the top.", "2024-10-24"),
        ("Monday's vote ends years of doubt.", "2024-10-24"),
        ("The total is on Monday's level.", "2024-10-24"),
        ("The mayor was expected to resign on Monday.", "2024-10-24"),
    ],
)
def test_what_cannot_be_known_stays_unknown(sentence, published) -> None:
    assert dated(sentence, published) is None


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The park will be opened on Monday.", "2026-03-09"),
        ("The bank will cut its rate on Monday.", "2026-03-09"),
        ("The bank cut its rate on Monday.", "2026-03-02"),
        ("Rovers beat Town 2-1 on Monday and will play the final.", "2026-03-02"),
        ("Orvane faces Tellis in court on Monday and will appeal.", None),
        ("The owners could not be reached on Monday.", "2026-03-02"),
        ("The plan would be dropped on Monday.", None),
        ("Voss revealed his bold new plans late on Monday.", "2026-03-02"),
        ("Voss plans a march on Monday.", "2026-03-09"),
    ],
)
def test_the_verb_of_its_own_clause_tells_when_a_weekday_was(sentence, expected) -> None:
    assert dated(sentence, "2026-03-05") == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The hall burnt down on Friday, July 18.", "2025-07-18"),
        ("The hall will open on Friday, July 18.", "2025-07-18"),
        ("The hall collapsed on Saturday, July 20.", "2024-07-20"),
        ("The hall collapsed on July 18.", None),
        ("The hall collapsed on July 19.", "2024-07-19"),
    ],
)
def test_a_weekday_tells_the_year_of_a_day(sentence, expected) -> None:
    assert dated(sentence, "2025-07-17") == expected


def test_words_between_semicolons_are_a_clause_of_their_own() -> None:
    sentence = "Voss resigned in May; her trial begins on 4 July."
    assert clause_around(sentence, 39, 48) == " her trial begins on 4 July."
    assert clause_around(sentence, 0, 4) == "Voss resigned in May"
    assert clause_around(sentence, 14, 30) == sentence


@pytest.mark.parametrize("published", ["0001-01-01", "9999-12-31", "9999-12-31T23:00:00Z"])
@pytest.mark.parametrize(
    "when", ["300 decades ago", "on 1 March", "on Monday", "last year", "next week", "tomorrow"]
)
def test_days_outside_the_calendar_are_no_error(published, when) -> None:
    dated(f"The lake will dry up {when}.", published)
    dated(f"The lake dried up {when}.", published)


def test_a_long_row_of_words_is_dated_soon() -> None:
    assert dated(f"He revealed {'plans ' * 2000}on Monday.", "2024-10-24") == "2024-10-28"


def test_a_written_year_needs_no_publication_date() -> None:
    assert dated("It opened on 3 June 2019.", None) == "2019-06-03"


def test_near_midnight_in_utc_the_day_of_writing_is_unsure() -> None:
    assert dated("The ferry sank today.", "2024-10-24T12:00:00Z") == "2024-10-24"
    assert dated("The ferry sank today.", "2024-10-24T23:30:00Z") is None


@given(st.dates(min_value=PartialDate.parse("1990-01-01").start.date()))
def test_a_weekday_in_the_past_lies_in_the_week_before(day) -> None:
    published = PartialDate.of(day) if day.year < 2100 else PartialDate.parse("2000-01-05")
    found = event_date("The mill burned down on Wednesday.", published)
    if found is not None:
        assert found.start.weekday() == 2
        assert 0 <= (published.start - found.start).days < 7


def test_labelled_sentences_are_dated_right() -> None:
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    found = [(dated(row["text"], row["published"]), row["event_date"]) for row in rows]
    right = sum(got == expected for got, expected in found)
    wrong = sum(got not in (None, expected) for got, expected in found)
    assert len(rows) == 160
    assert right >= 150
    assert wrong <= 2
