"""Pairs of answers are labelled by the gold answers; what they teach is written as weights."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from eval.gold.questions import GoldQuestion
from eval.train.rivals import ReadQuestion, fit, pairs, train_rivals
from rag.errors import UsageError
from rag.news.rivals import FEATURES, fitted_rivals
from tests.rag.news.readings import Told, reading_of

TEXT = "How many members walked out in Fennmouth?"
CONFLICT = GoldQuestion(id="a", question=TEXT, type="conflict", answers=(("640",), ("460",)))
SINGLE = replace(CONFLICT, type="single", answers=(("640",),))
SIDES = (
    Told("In Fennmouth, [640 members] walked out.", score=0.9),
    Told("Only [460 members] walked out in Fennmouth.", score=0.8),
    Told("In Fennmouth, [14 members] were new.", score=0.05),
)


def read(number: int, question: GoldQuestion) -> ReadQuestion:
    told = [item._replace(score=item.score - number / 1000) for item in SIDES]
    return ReadQuestion("set", replace(question, id=str(number)), reading_of(told))


def test_only_answers_with_other_gold_values_are_rivals() -> None:
    assert [pair.are_rivals for pair in pairs(read(0, CONFLICT))] == [True, False]
    assert [pair.are_rivals for pair in pairs(read(0, SINGLE))] == [False, False]
    wrong = replace(SINGLE, wrong=("14",))
    assert [pair.are_rivals for pair in pairs(read(0, wrong))] == [False, True]


def test_a_question_without_an_answer_has_no_pairs() -> None:
    assert pairs(ReadQuestion("set", CONFLICT, None)) == []


def test_weights_are_written_as_they_are_read(tmp_path) -> None:
    out = tmp_path / "rivals.json"
    figures = train_rivals([read(number, CONFLICT) for number in range(40)], out)
    assert figures == {"set": {"conflicts": "40 of 40", "others": "0 of 0"}}
    assert len(fitted_rivals(out).weights) == len(FEATURES)
    assert json.loads(out.read_text())["account"]["cross-fitted"] == figures


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(UsageError):
        fit([read(0, CONFLICT)])
