"""Days and months in names are no dates; those that say when are no names."""

from __future__ import annotations

import pytest

from rag.model import PartialDate
from rag.news.event_dates import event_date
from rag.text.dates import dates
from rag.text.names import names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Shops opened early for Black Friday sales.", "Black Friday"),
        ("The Good Friday Agreement was signed.", "Good Friday Agreement"),
        ("He writes for the Sunday Times.", "Sunday Times"),
        ("Sheffield Wednesday lost.", "Sheffield Wednesday"),
        ("He criticised Theresa May.", "Theresa May"),
        ("Mrs May won.", "Mrs May"),
        ("The song was written with June Carter.", "June Carter"),
        ("April Jones went missing.", "April Jones"),
        ("Thousands marched on May Day.", "May Day"),
    ],
)
def test_a_day_or_month_of_a_name_is_no_date(text: str, name: str) -> None:
    assert dates(text) == ()
    assert name in [text[found.start : found.end] for found in names(text)]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("In August Wilson left.", "August"),
        ("President Bush said Tuesday that he would.", "Tuesday"),
        ("He told Reuters Friday that it was over.", "Friday"),
        ("On Monday Mr Blair met them.", "Monday"),
        ("Officials said Friday Ukraine had agreed.", "Friday"),
        ("Japan's December exports rose.", "December"),
        ("The September Democratic convention was held.", "September"),
        ("China’s mid-October Communist Party congress", "October"),
        ("Last May Ferrand resigned.", "Last May"),
        ("They met Theresa on 3 May.", "3 May"),
    ],
)
def test_what_says_when_is_no_name(text: str, date: str) -> None:
    assert [text[found.start : found.end] for found in dates(text)] == [date]


def test_a_person_called_may_tells_no_event_date() -> None:
    published = PartialDate.parse("2019-06-05")
    assert event_date("Theresa May said that she would resign.", published) is None
