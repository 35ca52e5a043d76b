"""Written dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.dates import WEEKDAYS, date_tokens, dates


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("22 October 2024", (2024, 10, 22)),
        ("the 22nd of October", (None, 10, 22)),
        ("October 22, 2024", (2024, 10, 22)),
        ("Oct. 22", (None, 10, 22)),
        ("October 2024", (2024, 10, None)),
        ("in October", (None, 10, None)),
        ("2024-10-22", (2024, 10, 22)),
        ("22/10/2024", (2024, 10, 22)),
        ("10/22/2024", (2024, 10, 22)),
    ],
)
def test_a_date_has_the_parts_that_were_written(
    text: str, parts: tuple[int | None, int | None, int | None]
) -> None:
    (date,) = dates(text)
    assert (date.year, date.month, date.day) == parts


def test_weekdays_and_words() -> None:
    text = "On Tuesday, 22 October, not last Friday or yesterday"
    assert [text[date.start : date.end] for date in dates(text)] == [
        "Tuesday, 22 October",
        "last Friday",
        "yesterday",
    ]
    found = dates(text)
    assert [WEEKDAYS[date.weekday] for date in found if date.weekday is not None] == [
        "Tuesday",
        "Friday",
    ]
    assert found[2].relative == "yesterday"


def test_several_days_share_a_month() -> None:
    assert [(d.day, d.month) for d in dates("10 and 12 October")] == [(10, 10), (12, 10)]


def test_day_and_month_that_cannot_be_told_apart_stay_unclear() -> None:
    assert [(date.month, date.unclear) for date in dates("3/4/2024")] == [(None, "3/4/2024")]


def test_names_and_numbers_are_no_dates() -> None:
    assert dates("Jan Smith ran 12 miles for the Mar family in 2019") == ()
    assert [date.year for date in dates("in 2019", years=True)] == [2019]
    assert date_tokens("on 22 October") == {1, 2}


@given(st.text(max_size=100) | st.text("0123456789/-. OctMay", max_size=30))
def test_offsets_slice_back(text: str) -> None:
    for date in dates(text, years=True):
        assert 0 <= date.start < date.end <= len(text)
