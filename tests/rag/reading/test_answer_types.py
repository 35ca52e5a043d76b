"""What an answer looks like, what a question asks for, and that the two are compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.reading.answer_types import (
    KINDS_FILE,
    TRAITS,
    AnswerTypes,
    cues,
    fitted_answer_types,
    traits,
)
from rag.reading.loading import TRAINED

# Which of two answers is of the kind that is asked for. No pattern of ours names that kind in any
# of these questions.
ASKED = [
    ("Who runs the port of Fennmouth?", "Owen Tarrant", "night shifts"),
    ("Which river runs through the town?", "the Thorn", "ruined houses"),
    ("How many people drowned?", "18", "Aldwater"),
    ("When did the dam break?", "26 October", "the old harbour"),
    ("In which year was the bridge built?", "1931", "Owen Tarrant"),
    ("What percentage of the vote did she win?", "41%", "the mayor"),
    ("How long did the strike last?", "three weeks", "Fennmouth"),
    ("Why did the dockers strike?", "because their night shifts were doubled", "1931"),
    ("How much did the repair cost?", "£4.5m", "Ruth Ellery"),
    ("Where was the ferry built?", "Greywick", "seven years"),
]


@pytest.mark.parametrize(("question", "answer", "other"), ASKED)
def test_an_answer_of_the_kind_that_is_asked_for_agrees_more(
    question: str, answer: str, other: str
) -> None:
    wanted = fitted_answer_types().expected(question)
    assert wanted.agreement(answer) > max(0.0, wanted.agreement(other))


@pytest.mark.parametrize(
    ("answer", "begins", "has"),
    [
        ("1931", False, {"digit", "year", "no name", "one word"}),
        ("Owen Tarrant", False, {"names", "names alone", "few words"}),
        ("Dockers", True, {"no name", "one word"}),
        ("Dockers", False, {"one name", "names alone", "one word"}),
        ("NATO", True, {"one name", "names alone", "acronym", "one word"}),
        ("about three per cent", False, {"number word", "percent", "no name", "some words"}),
        (
            "because of rain, fog and wind",
            False,
            {"list", "preposition first", "no name", "some words"},
        ),
        ("", False, {"no name", "one word"}),
    ],
)
def test_traits_are_read_off_the_words(answer: str, begins: bool, has: set[str]) -> None:
    assert {
        name for name, found in zip(TRAITS, traits(answer, begins=begins), strict=True) if found
    } == has


def test_the_words_around_the_question_word_count_apart() -> None:
    found = cues("In which river town did he live?")
    assert {
        "before:in",
        "1:which",
        "2:which river",
        "3:which river town",
        "near:town",
        "nearby:live",
        "any:live",
    } <= found
    assert "near:live" not in found
    assert cues("") == set()


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_question_and_any_answer_can_be_compared(question: str, answer: str) -> None:
    assert abs(fitted_answer_types().expected(question).agreement(answer)) < 200


def test_a_question_of_unknown_words_asks_for_what_is_usual() -> None:
    plain = fitted_answer_types()
    unknown = AnswerTypes(plain.usual, plain.usual, {}, plain.weights[:0])
    assert unknown.expected("Who runs the port?").agreement("Owen Tarrant") == 0.0


@pytest.mark.parametrize(
    "change", [{"traits": ["digit"]}, {"cues": {"any:a": [1]}}, {"bias": None}]
)
def test_weights_of_another_release_are_refused(tmp_path: Path, change: dict[str, object]) -> None:
    plain = json.loads((TRAINED / KINDS_FILE).read_text(encoding="utf-8"))
    (tmp_path / KINDS_FILE).write_text(json.dumps(plain | change), encoding="utf-8")
    with pytest.raises(ModelError, match="no weights for this release"):
        fitted_answer_types(tmp_path)
