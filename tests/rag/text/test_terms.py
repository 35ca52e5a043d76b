"""Words and stems that questions and sentences share."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product

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


def test_threads_stem_at_the_same_time() -> None:
    ends = ("ations", "fulness", "ing", "ibility", "ously", "edly", "izers", "ements")
    made = ["".join(parts) for parts in product("bdklprst", "aeo", ("nd", "rt", "st"), ends)]
    expected = [stem.__wrapped__(word) for word in made]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: [stem.__wrapped__(word) for word in made], range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert found == [expected] * 8
