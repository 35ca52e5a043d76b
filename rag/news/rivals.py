"""Judges whether different answers to one question contradict each other, from their sentences.

A logistic model weighs how well each answers, how alike the sentences are around the answers, what
their numbers count, and whether an article has both: one that says "Hebei" and names a village in
it contradicts nobody. `eval.train.rivals` fits it and reports how good it is. English.
"""

from __future__ import annotations

import json
import math
import re
from datetime import timedelta
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rag.errors import ModelError
from rag.model import Article, Reading
from rag.news.event_dates import Days, days_of
from rag.news.figure_parts import parts_told, together
from rag.news.figure_periods import of_other_periods
from rag.news.sides import Side, Statement, sides
from rag.news.time_expressions import time_expressions
from rag.news.values import AnswerValue, Form, counted, counts_same, telling_words
from rag.text.names import names
from rag.text.numbers import number_tokens, numbers
from rag.text.terms import STOP_WORDS, terms
from rag.text.tokens import tokens

RIVALS_FILE = Path(__file__).with_name("rivals.json")
FEATURES = (
    "score",
    "behind",
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
    "same_state",
    "counts_asked",
    "said_asked",
    "days_apart",
)
_ASKS_PLACE = re.compile(r"\bwhere\b", re.IGNORECASE)
_MOST_RIVALS = 5
# An answer with a smaller share of the best one's chance is not shown: it contradicts only what is
# told of the same event.
_SHOWN_SHARE = 0.1
# An ordinal counts on from a toll if it is at most so much larger: a death may go unreported.
_COUNTED_ON = 2
_TIMES = frozenset("second minute hour day week month year decade century".split())
# Events further apart are others.
_SAME_EVENT = timedelta(days=3)
_THAT_WEEK = timedelta(days=14)


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
        for other in compared(question, found)
        if _toll_rose(found[0].best, other.best)
        or (
            _may_contradict(question, found[0].best, other.best)
            and model.chance(features(question, found[0], other)) >= model.threshold
        )
    ]
    return (found[0], *against) if against else ()


def _toll_rose(best: Statement, other: Statement) -> bool:
    """Whether an ordinal counts on from a figure: "two died", and later "a third person died"."""
    one, two = best.value, other.value
    if one.number is None or two.number is None or one.state != two.state or not one.state:
        return False
    before, after = one.number.values[0], two.number.values[0]
    return (
        (before.kind, after.kind) == ("", "th")
        and 0 < after.amount - before.amount <= _COUNTED_ON
        and _day(best) <= _day(other)
        and not _names(best).isdisjoint(_names(other))
    )


def _day(statement: Statement) -> int:
    published = statement.candidate.article.published
    return 0 if published is None else published.first_epoch


def _may_contradict(question: str, best: Statement, other: Statement) -> bool:
    """Whether another answer is likely enough to be shown, or told of the same event.

    Of the same event is what shares a name, and counts the same or answers as much of the question.
    """
    if other.candidate.score >= _SHOWN_SHARE * best.candidate.score:
        return True
    asked = frozenset(terms(question))
    return not _names(best).isdisjoint(_names(other)) and (
        counts_same(best.value, other.value) or _asked(other, asked) >= _asked(best, asked)
    )


def compared(question: str, found: tuple[Side, ...]) -> list[Side]:
    """The sides that can contradict the first one: of another article, and of the same thing.

    An article that gives both values explains them: a side that has none but such contradicts
    nothing, unless a toll has risen.
    """
    if not found:
        return []
    first = found[0].best.value
    return [
        other
        for other in found[1:]
        if (
            not other.articles <= found[0].articles
            or (first.is_least and bounds(first, other.best.value))
        )
        and not _of_other_things(found[0].best, other.best)
        and not is_part_of(question, other, found[0])
        and not is_part_of(question, found[0], other)
        and not _one_has_both(question, found[0].best, other.best)
    ][:_MOST_RIVALS]


def _of_other_things(one: Statement, two: Statement) -> bool:
    """Whether figures count over periods of different length, or people of different fates.

    Of other things are also a figure and words without any ("nine to four", "to close the ward"), a
    length of time and a number of anything else, those who died in events days apart, and a weekday
    of the report and a date long before.
    """
    mine, theirs = one.value, two.value
    if _is_time(mine) != _is_time(theirs) or _tell_other_events(one, two):
        return True
    if _was_long_before(mine, two) or _was_long_before(theirs, one):
        return True
    if mine.form is Form.TEXT and {_figures(mine.text), _figures(theirs.text)} >= {0.0, 1.0}:
        return True
    return of_other_periods(mine.over, theirs.over) or "" != mine.state != theirs.state != ""


def _is_time(value: AnswerValue) -> bool:
    """Whether a figure is a length of time, or an age: "the past two seasons"."""
    return value.number is not None and (
        value.number.unit in _TIMES or value.counted in ("season", "old")
    )


def _tell_other_events(one: Statement, two: Statement) -> bool:
    """Whether what became of people happened on days far apart, as their sentences say.

    A toll that rose is told of a later day by articles of that day; who tells of the earlier day
    when the later one has passed tells of another event.
    """
    if not one.value.state or one.value.state != two.value.state:
        return False
    first, second = _days_told(one), _days_told(two)
    if first is None or second is None:
        return False
    (early, statement), (late, _) = sorted([(first, one), (second, two)], key=lambda pair: pair[0])
    told = statement.candidate.article.published
    is_apart = late.first - early.last > _SAME_EVENT
    return is_apart and told is not None and told.last.date() >= late.first


def _was_long_before(value: AnswerValue, other: Statement) -> bool:
    """Whether a mere weekday, "on Thursday", is weeks after another date that had passed.

    What happened in the week of a report is not what happened long before; but what was to happen
    then may be put off.
    """
    day, told = other.value.day, other.candidate.article.published
    is_weekday = not any(item.year or item.month for item in value.dates)
    if value.form is not Form.DATE or not is_weekday or value.day is None:
        return False
    if day is None or told is None or day.last > told.start:
        return False
    return value.day.start - day.last > _THAT_WEEK


def _days_told(statement: Statement) -> Days | None:
    """The days that the time expression next to a figure names; None without any."""
    number, candidate = statement.value.number, statement.candidate
    found = [item for item in time_expressions(candidate.text) if not item.is_background]
    if number is None or not found:
        return None
    nearest = min(found, key=lambda item: max(number.start - item.end, item.start - number.end))
    return days_of(nearest, candidate.article.published)


def _figures(text: str) -> float:
    """The share of a text's telling words that are numbers."""
    telling = {i for i, token in enumerate(tokens(text)) if token.norm not in STOP_WORDS}
    return len(telling & number_tokens(text)) / max(1, len(telling))


def bounds(one: AnswerValue, two: AnswerValue) -> bool:
    """Whether one figure is "at least" or "more than" so many, and the other is larger."""
    if one.number is None or two.number is None or not (one.is_least or one.number.bound > 0):
        return False
    mine, theirs = one.number.values[0], two.number.values[0]
    return mine.kind == theirs.kind and mine.amount < theirs.amount


def is_part_of(question: str, part: Side, whole: Side) -> bool:
    """Whether all of a side's figures count some of those that the other, larger one counts.

    A figure is a part by its own sentence, or because it makes up the whole with those beside it.
    Where an article with the whole tells a part of that size, a figure is that part unless it
    counts what the question asks for: "12 people, including 10 students" and "10 students died".
    """
    number = whole.best.value.number
    if number is None:
        return False
    size, asked = number.values[0], telling_words(question)
    told = {
        amount for item in whole.statements for amount in parts_told(item.candidate.article.text)
    }

    def is_part(statement: Statement) -> bool:
        own = statement.value.number
        if own is None or own.values[0].kind != size.kind or own.values[0].amount >= size.amount:
            return False
        value, text = statement.value, statement.candidate.text
        if value.is_part or together(text, own) == size.amount:
            return True
        return own.values[0].amount in told and value.counted not in asked

    return all(map(is_part, part.statements))


def _one_has_both(question: str, one: Statement, two: Statement) -> bool:
    """Whether one of two sentences gives both answers: "Baikonur in Kazakhstan".

    Where each does, they agree on a place; but "Tull beat Orr" and "Orr beat Tull" do not agree.
    """
    first, second = _has_words(one, two.value), _has_words(two, one.value)
    return first != second or (first and _ASKS_PLACE.search(question) is not None)


def _has_words(statement: Statement, value: AnswerValue) -> bool:
    """Whether a sentence has at least half of the words that another answer has beyond its own."""
    telling = value.words - statement.value.words
    said = telling & telling_words(statement.candidate.text)
    return value.form is Form.TEXT and bool(telling) and len(said) * 2 >= len(telling)


def features(question: str, best: Side, other: Side) -> tuple[float, ...]:
    """The evidence that another answer contradicts the best one, in the order of FEATURES."""
    one, two = best.best, other.best
    asked = frozenset(terms(question))
    mine, theirs = _context(one, asked), _context(two, asked)
    count_same = counts_same(one.value, two.value)
    counts, nouns = (one.value.counted, two.value.counted), telling_words(question)
    score = min(max(one.candidate.score, 1e-6), 1 - 1e-6)
    return (
        math.log(score / (1 - score)),
        math.log(max(two.candidate.score, 1e-6) / score),
        len(mine & theirs) / max(1, min(len(mine), len(theirs))),
        float(count_same),
        float("" != counts[0] != counts[1] != ""),
        _magnitude(one, two),
        float(not _names(one).isdisjoint(_names(two))),
        float(one.value.form is Form.TEXT),
        math.log(other.reports / best.reports),
        _asked(two, asked),
        len(asked),
        float(_has(two.candidate.article, one.value)),
        float(_has(one.candidate.article, two.value)),
        float(one.value.state == two.value.state != ""),
        0.0 if count_same else float(counts[1] in nouns) - float(counts[0] in nouns),
        _said(two, asked) - _said(one, asked),
        _days_apart(one, two),
    )


def _said(statement: Statement, asked: frozenset[str]) -> float:
    """The share of the question's stems that the sentence itself has."""
    return len(asked & _terms(statement.candidate.text)) / max(1, len(asked))


def _days_apart(one: Statement, two: Statement) -> float:
    """The log of the days between two reports; 0 where one is not known."""
    first, second = one.candidate.article.published, two.candidate.article.published
    if first is None or second is None:
        return 0.0
    return math.log1p(abs((first.start - second.start).days))


def _has(article: Article, value: AnswerValue) -> bool:
    """Whether an article has a value as well: its number, or all the words of its text."""
    match value.form:
        case Form.NUMBER if value.number is not None:
            return (value.number.values[0].amount, value.counted) in _amounts(article.text)
        case Form.TEXT:
            return set(terms(value.text)) <= _terms(f"{article.title}\n{article.text}")
    return False


@lru_cache(maxsize=64)
def _amounts(text: str) -> frozenset[tuple[Fraction, str]]:
    """The amounts of a text, each with the stem of what it counts."""
    return frozenset(
        (value.amount, counted(text, number)) for number in numbers(text) for value in number.values
    )


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
