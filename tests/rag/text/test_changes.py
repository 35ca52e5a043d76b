"""What a text says has risen or fallen: the nouns that belong to a word of change."""

from __future__ import annotations

import pytest

from rag.text.changes import changes, opposed


@pytest.mark.parametrize(
    ("text", "things", "up"),
    [
        ("Which firms reported lower profits?", {"profit"}, False),
        ("Profits at Skarn jumped 12% in May.", {"profit"}, True),
        ("The mill posted a 5% drop in profits.", {"profit"}, False),
        ("Tull raised its prices.", {"price"}, True),
        ("Fish exports fell in the last three months of 2004.", {"fish", "export"}, False),
    ],
)
def test_the_thing_that_changes(text: str, things: set[str], up: bool) -> None:
    (change,) = changes(text)
    assert things <= change.things
    assert change.up is up


def test_each_clause_has_its_own_change() -> None:
    rise, fall = changes("Sales rose, but the profits of the mill fell.")
    assert ("sale" in rise.things, "profit" in fall.things) == (True, True)
    assert rise.things.isdisjoint(fall.things)


@pytest.mark.parametrize(
    ("asked", "text", "is_opposed"),
    [
        ("Did profits fall?", "Profits rose 3%.", True),
        ("Did profits fall?", "Profits slid 3%.", False),
        ("Did profits fall?", "Wages rose 3%.", None),
        ("Who runs the mill?", "Profits rose 3%.", None),
    ],
)
def test_an_opposite_change(asked: str, text: str, is_opposed: bool | None) -> None:
    assert opposed(asked, text) is is_opposed
