"""Tokens and their offsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.tokens import base, normalized, sentences, tokens


def test_tokens_are_normalised_and_keep_their_offsets() -> None:
    text = "The U.N.’s 11th visit cost $2.5bn."
    found = tokens(text)
    assert [token.norm for token in found[:-1]] == ["the", "un", "11th", "visit", "cost", "$"]
    assert (found[1].possessive, found[1].acronym) == (True, True)
    assert (found[-1].number, found[-1].suffix) == ("2.5", "bn")
    assert all(text[token.start : token.end].startswith(token.text) for token in found)


def test_us_is_not_us() -> None:
    assert [token.norm for token in tokens("US us")] == ["US", "us"]


def test_an_abbreviation_ends_no_sentence() -> None:
    text = "Mr. Smith left. J. Doe stayed at St. Mary's."
    assert [sentence[0].text for sentence in sentences(text)] == ["Mr", "J"]


@pytest.mark.parametrize(
    ("one", "other"), [("struck", "strikes"), ("children", "child"), ("wrote", "writing")]
)
def test_forms_of_a_word_share_a_base(one: str, other: str) -> None:
    assert base(one) == base(other)


@given(st.text(max_size=200))
def test_offsets_hold_in_the_text_as_given(text: str) -> None:
    assert len(normalized(text)) == len(text)
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert len(token.gap) == token.start - end
        end = token.end
