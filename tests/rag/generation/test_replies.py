"""Replies piece by piece: statements as soon as they are whole, and what is no reply."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.generation.replies import Plan, ReplyReader, Statement, read_plan
from tests.fakes import stated

TWO = stated((["1.1", "1.2"], 'He said "it {rained}".'), ("2.1", "It snowed in Oslo."))


def read(text: str, size: int) -> tuple[list[Statement], bool | None]:
    reader = ReplyReader()
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    statements = [statement for piece in pieces for statement in reader.feed(piece)]
    return statements, reader.finish()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "```json\n{}\n```",
        "<think>\nIs it {{this}}?\n</think>\n\n{}",
        "Here is the answer:\n{}",
        "\n\n {} I hope that helps {{}}",
    ],
)
def test_statements_come_however_the_reply_is_cut_and_wrapped(size: int, around: str) -> None:
    statements, reply = read(around.format(TWO), size)
    assert statements == [
        Statement(("1.1", "1.2"), 'He said "it {rained}".'),
        Statement(("2.1",), "It snowed in Oslo."),
    ]
    assert reply is True


def test_a_statement_is_there_before_the_next_one_begins() -> None:
    reader = ReplyReader()
    whole = TWO.index("}, {") + 1
    assert reader.feed(TWO[: whole - 1]) == []
    assert len(reader.feed(TWO[whole - 1 : whole])) == 1


def test_ids_with_brackets_and_text_with_breaks_are_tidied() -> None:
    statements, _ = read(stated(("[3.2]", "One\n two  three.")), 5)
    assert statements == [Statement(("3.2",), "One two three.")]


def test_a_model_that_does_not_answer_states_nothing() -> None:
    assert read(stated(("1.1", "It rained."), answered=False), 9) == ([], False)
    assert read(stated(answered=False), 9) == ([], False)


def test_what_is_no_statement_is_empty_and_what_is_no_id_is_skipped() -> None:
    faulty = [
        {"evidence": "1.1", "statement": "a"},
        {"evidence": [1.1], "statement": "b"},
        {"statement": "c"},
        {"evidence": ["1.1"]},
    ]
    statements, _ = read(json.dumps({"answered": True, "statements": faulty}), 6)
    assert [statement.evidence for statement in statements] == [()] * 4
    assert [statement.text for statement in statements] == ["a", "b", "c", ""]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot help with that.",
        "[1, 2]",
        "{",
        TWO[:-3],
        '{"answered": "yes", "statements": []}',
        '{"answered": true}',
        "<think>hm",
    ],
)
def test_anything_else_is_no_reply(text: str) -> None:
    assert read(text, 8)[1] is None


@given(st.text(), st.integers(1, 9))
def test_no_text_breaks_the_reader(text: str, size: int) -> None:
    assert read("{" + text.replace("{", ""), size)[1] is None


def test_plans() -> None:
    assert read_plan(
        '{"question": " Who  won? ", "parts": ["Who won?", " "], "more": true}'
    ) == Plan("Who won?", ("Who won?",), True)
    for text in (
        "",
        '{"question": "a"}',
        '{"question": 1, "parts": []}',
        '{"question": "a", "parts": [1]}',
    ):
        assert read_plan(text) is None
