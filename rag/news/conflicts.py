"""Finds where articles answer a question differently, and whether a later one updates it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from rag.model import Candidate, Conflict, ConflictKind, Hit, Reading, Side
from rag.news.originals import originals
from rag.news.revisions import is_new, is_old
from rag.news.rivals import bounds, rivals
from rag.news.sides import Side as Compared
from rag.news.sides import Statement
from rag.news.values import AnswerValue
from rag.news.variants import spelled, variants
from rag.quotes import Refusal, Versions, make_quotes
from rag.reading.excerpt import answer_span, span_to_quote
from rag.text.numbers import numbers
from rag.text.tokens import tokens

_HAS_SEVERAL = re.compile(
    r"\W*(?:and |but |so )?(?:why\b|how come\b|what(?:['’]s| has| have| had| will)? happen)",
    re.IGNORECASE,
)
_MOST_SIDES = 4
_QUOTES_A_SIDE = 2


class Position(NamedTuple):
    """One of several answers to a question, and the best sentence of each article that gives it.

    `answer` is what the best of them says, where answers were compared by that; `is_old` is set
    where a sentence says that it holds no more, and `new_since` is when one first said that it
    takes the place of another.
    """

    value: str
    candidates: tuple[Candidate, ...]
    answer: AnswerValue | None = None
    is_old: bool = False
    new_since: float | None = None

    @classmethod
    def of(cls, value: str, candidates: Iterable[Candidate]) -> Position:
        """The best sentence of each article."""
        best_of: dict[str, Candidate] = {}
        for candidate in candidates:
            best_of.setdefault(candidate.article.article_id, candidate)
        return cls(value, tuple(best_of.values()))

    def is_updated_by(self, other: Position) -> bool:
        """Whether a sentence says so: that this answer is old, or the other one new.

        A figure that is new takes the place of none that was first reported after it.
        """
        if self.is_old or other.is_old:
            return self.is_old and not other.is_old
        if self.new_since is not None or other.new_since is None:
            return False
        return min(map(_epoch, self.candidates)) <= other.new_since

    def leaves_room_for(self, other: Position) -> bool:
        """Whether both may be true, as "at least five" and "seven" may."""
        if self.answer is None or other.answer is None:
            return False
        return bounds(self.answer, other.answer)


def make_conflict(
    versions: Versions, question: str, positions: Sequence[Position], hits: Sequence[Hit]
) -> Conflict | None:
    """The different answers to a question, each with its quotes; None where fewer than two."""
    kind = _kind(positions)
    if kind is ConflictKind.CHANGED:
        positions = _in_order(positions)
    made = [side for item in positions if (side := _side(versions, item, hits)) is not None]
    return Conflict(question, kind, tuple(made)) if len(made) > 1 else None


def positions_on(question: str, reading: Reading) -> tuple[Position, ...]:
    """The different answers to a question, the best first; none where all articles agree.

    Copies that differ are the surest sign; without any, answers are compared by what they say.
    """
    return (_of_copies(question, reading) or _of_rivals(question, reading))[:_MOST_SIDES]


def _of_copies(question: str, reading: Reading) -> tuple[Position, ...]:
    found: dict[str, list[Candidate]] = {}
    for variant in variants(question, reading):
        if found and variant.said not in found and variant.instead not in found:
            continue
        for words, candidate in (
            (variant.said, variant.candidate),
            (variant.instead, variant.copy),
        ):
            found.setdefault(words, []).append(candidate)
    return tuple(
        Position.of(_value(words, candidates), candidates) for words, candidates in found.items()
    )


def _of_rivals(question: str, reading: Reading) -> tuple[Position, ...]:
    """The answers that contradict the best one; no reason does, and nothing else that happened."""
    if _HAS_SEVERAL.match(question):
        return ()
    return tuple(_position(question, side) for side in rivals(question, reading))


def _position(question: str, side: Compared) -> Position:
    """A side with what its sentences say of its being old or new."""
    new = [
        _epoch(item.candidate) or math.inf
        for item in side.statements
        if is_new(item.candidate.text, item.value)
    ]
    is_past = any(
        is_old(question, item.candidate.text, _start(item), item.value) for item in side.statements
    )
    found = Position.of(_told(side.best), (item.candidate for item in side.statements))
    return found._replace(answer=side.best.value, is_old=is_past, new_since=min(new, default=None))


def _told(statement: Statement) -> str:
    """The short answer; of one with several figures only the one that was compared."""
    number = statement.value.number
    if number is None or len(numbers(statement.value.text)) < 2:
        return statement.value.text
    return statement.candidate.text[number.start : number.end]


def _start(statement: Statement) -> int:
    """Where the short answer begins in its sentence."""
    candidate = statement.candidate
    assert candidate.answer is not None
    return max(candidate.answer.start - candidate.sentence.start, 0)


def _value(words: str, candidates: Sequence[Candidate]) -> str:
    """The first short answer that has these words, or else the words themselves."""
    spans = (answer_span(candidate) for candidate in candidates)
    answers = (span.text for span in spans if span is not None)
    wanted = set(words.split())
    return next(
        (text for text in answers if wanted <= {spelled(token) for token in tokens(text)}), words
    )


def _side(versions: Versions, position: Position, hits: Sequence[Hit]) -> Side | None:
    report_of = originals(item.article for item in position.candidates)
    best_of: dict[str, Candidate] = {}
    for item in position.candidates:
        best_of.setdefault(report_of[item.article.article_id], item)
    spans = [
        span_to_quote(item.article, item.sentence, hits, answer=item.answer)
        for item in list(best_of.values())[:_QUOTES_A_SIDE]
    ]
    quotes = make_quotes(versions, spans, hits)
    if isinstance(quotes, Refusal):
        return None
    dates = [quote.published for quote in quotes if quote.published is not None]
    newest = max(dates, key=lambda date: date.last_epoch, default=None)
    return Side(position.value, quotes, newest)


class _Days(NamedTuple):
    """All days from `first` to `last`."""

    first: date
    last: date


def _kind(positions: Sequence[Position]) -> ConflictKind:
    """Changed if of any two answers one leaves room for the other, updates it, or comes later."""
    changed = all(
        _gives_way(one, two) or _gives_way(two, one) or _are_apart(one, two)
        for one, two in itertools.combinations(positions, 2)
    )
    return ConflictKind.CHANGED if changed else ConflictKind.DISAGREE


def _gives_way(one: Position, two: Position) -> bool:
    """Whether one answer stands before the other whatever their dates are."""
    return one.is_updated_by(two) or (one.leaves_room_for(two) and not two.is_updated_by(one))


def _in_order(positions: Sequence[Position]) -> list[Position]:
    """The answers in the order of time, "at least five" before any figure that it leaves room for.

    "At least five" may be said the day after "seven", and takes nothing of it back. What is old may
    be told long after what took its place.
    """

    def place(position: Position) -> tuple[int, int]:
        after = [other for other in positions if _gives_way(position, other)]
        return min(map(_newest, [position, *after])), -len(after)

    return sorted(positions, key=place)


def _newest(position: Position) -> int:
    """When the newest article with the answer was published, in seconds; 0 if none has a date."""
    return max(map(_epoch, position.candidates), default=0)


def _epoch(candidate: Candidate) -> int:
    """When a candidate's article was published, in seconds; 0 without a date."""
    published = candidate.article.published
    return 0 if published is None else published.first_epoch


def _are_apart(one: Position, two: Position) -> bool:
    """Whether no day can have seen both answers; where a day is not known, it may."""
    mine, theirs = _published(one), _published(two)
    if mine is None or theirs is None:
        return False
    return mine.last < theirs.first or theirs.last < mine.first


def _published(position: Position) -> _Days | None:
    """The days on which the answer was published; None where one is not known."""
    dates = [item.article.published for item in position.candidates]
    known = [item for item in dates if item is not None]
    if len(known) < len(dates):
        return None
    return _Days(min(item.start for item in known).date(), max(item.last for item in known).date())
