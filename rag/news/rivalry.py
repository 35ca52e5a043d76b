"""Judges whether two values of one question contradict each other, from their sentences.

A small linear model weighs the evidence; `byline eval news fit` fits it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rag.model import Reading
from rag.news.sides import Side, Statement
from rag.news.values import Form, is_same
from rag.text.names import names
from rag.text.numbers import numbers
from rag.text.terms import terms

WEIGHTS = Path(__file__).with_name("rivalry.json")
FEATURES = (
    "score",
    "behind",
    "context",
    "asked",
    "counted_same",
    "counted_other",
    "ratio",
    "names_shared",
    "names_apart",
    "is_date",
    "is_text",
    "support",
)


class Weights(NamedTuple):
    """A weight for each of FEATURES, the bias, and the chance from which values are rivals."""

    weights: tuple[float, ...]
    bias: float
    threshold: float

    def chance(self, features: tuple[float, ...]) -> float:
        odds = self.bias + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-odds)) if odds > 0 else math.exp(odds) / (1 + math.exp(odds))


def logit(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))


def rivalry(question: str, reading: Reading, best: Side, other: Side) -> tuple[float, ...]:
    """The evidence that another value contradicts the best one, in the order of FEATURES."""
    one, two = best.best, other.best
    asked = frozenset(terms(question))
    mine, theirs = _context(one, asked), _context(two, asked)
    shared_names, both_named = _names(one, two)
    counted = one.value.counted, two.value.counted
    return (
        logit(one.candidate.score),
        math.log(max(two.candidate.score, 1e-6) / max(one.candidate.score, 1e-6)),
        len(mine & theirs) / max(1, min(len(mine), len(theirs))),
        _asked(two, asked) - _asked(one, asked),
        float(counted[0] == counted[1] != ""),
        float("" != counted[0] != counted[1] != ""),
        _ratio(one, two),
        float(shared_names),
        float(both_named and not shared_names),
        float(one.value.form is Form.DATE),
        float(one.value.form is Form.TEXT),
        math.log(len(other.articles) / len(best.articles)),
    )


def _context(statement: Statement, asked: frozenset[str]) -> frozenset[str]:
    """The stems of a sentence around its short answer, without those of the question."""
    candidate = statement.candidate
    assert candidate.answer is not None
    start = candidate.answer.start - candidate.sentence.start
    end = candidate.answer.end - candidate.sentence.start
    around = candidate.text[: max(start, 0)] + " " + candidate.text[end:]
    return frozenset(terms(around)) - asked


def _asked(statement: Statement, asked: frozenset[str]) -> float:
    """The share of the question's stems that the sentence or the article's title has."""
    candidate = statement.candidate
    have = frozenset(terms(f"{candidate.article.title} {candidate.text}"))
    return len(asked & have) / max(1, len(asked))


def _names(one: Statement, two: Statement) -> tuple[bool, bool]:
    """Whether both sentences share a name, apart from their answers, and whether both have one."""
    mine, theirs = (_other_names(statement) for statement in (one, two))
    return bool(mine & theirs), bool(mine and theirs)


def _other_names(statement: Statement) -> frozenset[str]:
    said = statement.value.words
    found = {name.key for name in names(statement.candidate.text)}
    return frozenset(key for key in found if not set(terms(key)) & said)


def _ratio(one: Statement, two: Statement) -> float:
    """How many powers of ten lie between two numbers, at most 3."""
    if one.value.number is None or two.value.number is None:
        return 0.0
    mine, theirs = (abs(float(item.value.number.values[0].amount)) for item in (one, two) if item.value.number)
    return min(3.0, abs(math.log10((mine + 1) / (theirs + 1))))
