"""Judges whether different answers to one question contradict each other, from their sentences.

A logistic model weighs how well the other answers in its own passage, how alike the sentences are
around the answers, what their numbers count, and whether an article has both: one that says "Hebei"
and names a village in it contradicts nobody. `eval.train.rivals` fits it and reports how good it
is. English.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rag.errors import ModelError
from rag.model import Article, Reading
from rag.news.figure_periods import of_other_periods
from rag.news.sides import Side, Statement, sides
from rag.news.values import AnswerValue, Form
from rag.text.names import names
from rag.text.numbers import numbers
from rag.text.terms import terms

RIVALS_FILE = Path(__file__).with_name("rivals.json")
FEATURES = (
    "context",
    "counted_same",
    "counted_other",
    "magnitude",
    "names_shared",
    "is_text",
    "reports",
    "asked",
    "asked_words",
    "best_in_other",
    "other_in_best",
    "odds",
)
_MOST_RIVALS = 5
_MOST_ODDS = 6.0


class RivalModel(NamedTuple):
    """A weight for each of FEATURES, the bias, and the chance from which answers are rivals."""

    weights: tuple[float, ...]
    bias: float
    threshold: float

    def chance(self, features: tuple[float, ...]) -> float:
        odds = self.bias + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


@cache
def fitted_rivals(path: Path = RIVALS_FILE) -> RivalModel:
    """The weights in that file, by default those of this release.

    :raises ModelError: if they cannot be read, or were fitted for other features.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        weights = tuple(float(plain["weights"][name]) for name in FEATURES)
        return RivalModel(weights, float(plain["bias"]), float(plain["threshold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} holds no weights for this release: {error!r}", hint="Install Byline again."
        ) from error


def rivals(question: str, reading: Reading) -> tuple[Side, ...]:
    """The best answer and those that contradict it; empty where none does."""
    found, model = sides(question, reading), fitted_rivals()
    against = [
        other
        for other in compared(found)
        if model.chance(features(question, found[0], other)) >= model.threshold
    ]
    return (found[0], *against) if against else ()


def compared(found: tuple[Side, ...]) -> list[Side]:
    """The sides that can contradict the first one: of another article and no other period."""
    best = found[0] if found else None
    return [
        other
        for other in found[1:]
        if best is not None
        and len(best.articles | other.articles) > 1
        and not of_other_periods(best.best.value.over, other.best.value.over)
    ][:_MOST_RIVALS]


def features(question: str, best: Side, other: Side) -> tuple[float, ...]:
    """The evidence that another answer contradicts the best one, in the order of FEATURES."""
    one, two = best.best, other.best
    asked = frozenset(terms(question))
    mine, theirs = _context(one, asked), _context(two, asked)
    counts = one.value.counted, two.value.counted
    return (
        len(mine & theirs) / max(1, min(len(mine), len(theirs))),
        float(counts[0] == counts[1] != ""),
        float("" != counts[0] != counts[1] != ""),
        _magnitude(one, two),
        float(not _names(one).isdisjoint(_names(two))),
        float(one.value.form is Form.TEXT),
        math.log(other.reports / best.reports),
        _asked(two, asked),
        len(asked),
        float(_has(two.candidate.article, one.value)),
        float(_has(one.candidate.article, two.value)),
        max(-_MOST_ODDS, min(_MOST_ODDS, two.candidate.odds)),
    )


def _has(article: Article, value: AnswerValue) -> bool:
    """Whether an article has a value as well: its number, or all the words of its text."""
    match value.form:
        case Form.NUMBER if value.number is not None:
            return value.number.values[0].amount in _amounts(article.text)
        case Form.TEXT:
            return set(terms(value.text)) <= _terms(f"{article.title}\n{article.text}")
    return False


@lru_cache(maxsize=64)
def _amounts(text: str) -> frozenset[Fraction]:
    return frozenset(value.amount for number in numbers(text) for value in number.values)


@lru_cache(maxsize=64)
def _terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


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


def _names(statement: Statement) -> frozenset[str]:
    """The names of a sentence, apart from its answer."""
    found = {name.key for name in names(statement.candidate.text)}
    return frozenset(key for key in found if not set(terms(key)) & statement.value.words)


def _magnitude(one: Statement, two: Statement) -> float:
    """How many powers of ten lie between two numbers, at most 3; 0 where they are none."""
    if one.value.number is None or two.value.number is None:
        return 0.0
    mine, theirs = (
        abs(float(number.values[0].amount)) for number in (one.value.number, two.value.number)
    )
    return min(3.0, abs(math.log10((mine + 1) / (theirs + 1))))
