import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.matching import (
    collapse_spaces,
    contains,
    contains_any,
    contains_half,
    coverage,
    covers,
    find_quote,
    realtimeqa_normalise,
    squad_normalise,
    words,
)


def test_words_keep_what_tells_answers_apart() -> None:
    assert words("The U.S.'s re-election fund: $1,412.5bn (£3m)") == (
        "us",
        "re",
        "election",
        "fund",
        "1412.5bn",
        "3m",
    )
    assert not contains("It rose 1.5 million", "15 million")
    assert contains("Norway’s minister — Ms Ek — left", "Norway")
    assert contains("A record 1,200 ships", "1200 ships")


def test_an_answer_of_no_words_stands_nowhere() -> None:
    assert not contains("Why? Nobody knows", "?")
    assert not contains_any("anything", [])


def test_contains_wants_order_and_whole_words() -> None:
    assert contains("The mayor, Ada Holm, resigned", "ada holm")
    assert not contains("Holm, Ada", "Ada Holm")
    assert not contains("Adam left", "Ada")


def test_coverage_counts_repeats() -> None:
    # The quote has four words, "very" twice; the text has three of them.
    assert coverage("very cold water", "very very cold water") == 0.75
    assert coverage("nothing shared", "") == 0.0


def test_half_of_the_words_is_enough() -> None:
    quote = "eleven boats reached Harwick harbour before dawn today"
    assert covers("boats reached harbour today", quote)
    assert not covers("boats reached harbour", quote)


def test_a_passage_needs_half_of_the_quote_unbroken() -> None:
    quote = "eleven boats reached Harwick harbour before dawn"
    assert contains_half("News: eleven boats reached Harwick. More.", quote)
    assert not contains_half(
        "eleven of the boats that reached it left Harwick harbour in haste", quote
    )
    assert not contains_half("anything", "…")


@given(st.text(alphabet="ab c.d'’-,1 "), st.text(alphabet="ab c.d'’-,1 "))
def test_a_text_covers_what_it_contains(text: str, other: str) -> None:
    longer = f"{other} {text} {other}"
    assert 0.0 <= coverage(other, text) <= 1.0
    if words(text):
        assert coverage(text, text) == 1.0
        assert contains(longer, text)
        assert contains_half(longer, text)


def test_collapsed_text_is_blind_to_white_space_and_composition() -> None:
    assert collapse_spaces(" cafe\u0301\n\t au  lait ") == collapse_spaces("caf\u00e9 au lait")


@given(st.text())
def test_squad_normaliser_agrees_with_its_definition(text: str) -> None:
    lowered = "".join(letter for letter in text.lower() if letter not in set(string.punctuation))
    assert squad_normalise(text) == " ".join(re.sub(r"\b(?:the|an|a)\b", " ", lowered).split())


@pytest.mark.parametrize(("text", "expected"), [("The 3人!", "the 3"), ("A-B  c", "ab c")])
def test_realtimeqa_keeps_articles_and_drops_counters(text: str, expected: str) -> None:
    assert realtimeqa_normalise(text) == expected


@given(st.text("bcd ", max_size=14), st.text("bcd ", max_size=14))
def test_half_of_a_quote_is_found_wherever_it_stands(text: str, quote: str) -> None:
    gold, held = quote.split(), text.split()
    size = (len(gold) + 1) // 2
    runs = [gold[at : at + size] for at in range(len(gold) - size + 1)] if gold else []
    assert contains_half(text, quote) == any(
        held[at : at + size] == run for run in runs for at in range(len(held))
    )


def test_a_quote_is_found_whatever_white_space_is_between_its_words() -> None:
    text = "It sank\n  off Harwick, they said."
    found = find_quote(text, "sank off  Harwick")
    assert found is not None
    assert text[found.start : found.end] == "sank\n  off Harwick"
    assert find_quote(text, "sank off Orby") is None
    assert find_quote(text, " ") is None


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("his 11th trip", "11", True),
        ("eleven trips", "11th", True),
        ("$5 million was lost", "$5m", True),
        ("5 million people", "$5m", False),
        ("12 per cent of them", "12%", True),
        ("flight MH370", "370", False),
        ("no one knows", "1", False),
        ("twelve trips", "11", False),
    ],
)
def test_a_number_is_found_in_every_form(text: str, answer: str, found: bool) -> None:
    assert contains(text, answer) is found
