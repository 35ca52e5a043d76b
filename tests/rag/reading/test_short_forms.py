"""Short forms of names: which an article explains, and how a question is put to a passage."""

from __future__ import annotations

import pytest

from rag.reading.short_forms import ShortForm, both_forms, short_forms

AIRWAYS = ShortForm("BA", "British Airways")


@pytest.mark.parametrize(
    ("question", "article", "expected"),
    [
        ("Why are BA's profits down?", "British Airways lost money. BA blames fuel.", [AIRWAYS]),
        ("Why are BA's profits down?", "British Airways (BA) lost money.", [AIRWAYS]),
        ("Did British Airways lose money?", "British Airways (BA) lost money.", [AIRWAYS]),
        ("Did British Airways lose money?", "British Airways lost money.", []),
        ("Why are BA's profits down?", "Profits of BA are down.", []),
        (
            "Did the Bank of Holm act?",
            "The Bank of Holm (BH) did nothing.",
            [ShortForm("BH", "Bank of Holm")],
        ),
        ("What does IT cost?", "In Turin, IT costs more.", []),
        ("Who met the UN?", "The united nationals met the UN.", []),
    ],
)
def test_an_article_explains_a_short_form_if_it_has_the_name_too(
    question: str, article: str, expected: list[ShortForm]
) -> None:
    assert short_forms(question, article) == expected


@pytest.mark.parametrize(
    ("question", "passage", "expected"),
    [
        ("Why are BA's profits down?", "British Airways lost.", "Why are British Airways's"),
        ("Why did British Airways lose?", "BA lost.", "Why did BA lose?"),
        ("Why are BA's profits down?", "British Airways (BA) lost.", "Why are BA's profits down?"),
        ("Why are BA's profits down?", "Fuel is dear.", "Why are BA's profits down?"),
    ],
)
def test_a_question_is_put_in_the_form_that_the_passage_has(
    question: str, passage: str, expected: str
) -> None:
    assert AIRWAYS.said_in(question, passage).startswith(expected)


def test_a_text_gains_the_other_form_of_its_names() -> None:
    assert both_forms("BA lost.", [AIRWAYS]) == "BA lost. British Airways"
    assert both_forms("British Airways lost.", [AIRWAYS]) == "British Airways lost. BA"
    assert both_forms("British Airways (BA) lost.", [AIRWAYS]) == "British Airways (BA) lost."
    assert both_forms("BAE lost.", [AIRWAYS]) == "BAE lost."
