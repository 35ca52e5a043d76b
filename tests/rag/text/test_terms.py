"""Words and stems that questions and sentences share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.terms import STOP_WORDS, stem, terms, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("met", "Met"),
        ("visits", "visit"),
        ("assassinated", "assassination"),
        ("Café", "cafe"),
        ("trains", "training"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_words_keep_figures_whole_and_end_at_apostrophes() -> None:
    assert words("Berri's 1,200 men won 2.5 points") == [
        "Berri",
        "s",
        "1,200",
        "men",
        "won",
        "2.5",
        "points",
    ]


def test_terms_leave_stop_words_out() -> None:
    assert terms("Who is the mayor of the town?") == ["mayor", "town"]


@given(st.text(max_size=200))
def test_terms_are_never_stop_words_and_keep_their_order(text: str) -> None:
    kept = [word for word in words(text) if word.casefold() not in STOP_WORDS]
    assert terms(text) == [stem(word) for word in kept]
