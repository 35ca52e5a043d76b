"""The newest of several reports counts most where they answer differently."""

from __future__ import annotations

import pytest

from rag.news.newer import preferring_newer
from tests.rag.news.readings import Told, reading_of

QUESTION = "How many people died in the fire at Skarn mill?"
OLD = Told("The fire at Skarn mill killed [12 people].", "2024-10-01", 0.6)
NEW = Told("The death toll of the fire at Skarn mill rose to [14 people].", "2024-10-03", 0.4)


def first(*told: Told, question: str = QUESTION) -> str:
    return preferring_newer(question, reading_of(told)).candidates[0].text


def test_the_newest_number_comes_first() -> None:
    assert "14" in first(OLD, NEW)


@pytest.mark.parametrize(
    "newer",
    [
        NEW._replace(score=0.2),  # too unlikely
        NEW._replace(published=None),  # perhaps older
        NEW._replace(published="2024-10"),  # perhaps of the same day
        NEW._replace(published="2024-10-01"),
        NEW._replace(published="2024-09-30"),
        Told("A dozen died in the fire at Skarn mill, [12 people].", "2024-10-03", 0.4),
    ],
)
def test_what_is_not_newer_likely_and_different_changes_nothing(newer: Told) -> None:
    reading = reading_of([OLD, newer])
    assert preferring_newer(QUESTION, reading) == reading


def test_a_value_that_is_repeated_later_stays() -> None:
    again = OLD._replace(published="2024-10-04", score=0.1)
    assert "12" in first(OLD, NEW, again)


def test_the_newest_name_comes_first() -> None:
    old = Told("[Agnes Tull] runs the mill at Skarn.", "2024-10-01", 0.6)
    new = Told("[Luc Ferrand] has run the mill at Skarn since Monday.", "2024-10-03", 0.5)
    assert "Ferrand" in first(old, new, question="Who runs the mill at Skarn?")
