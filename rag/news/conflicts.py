"""Finds where articles answer a question differently, and whether a later one updates it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from rag.model import Candidate, Conflict, ConflictKind, Hit, Reading, Side
from rag.news.originals import originals
from rag.news.rivals import bounds, rivals
from rag.news.variants import spelled, variants
from rag.quotes import Refusal, Versions, make_quotes
from rag.reading.excerpt import answer_span, span_to_quote
from rag.text.tokens import tokens

_HAS_SEVERAL = re.compile(
    r"\W*(?:and |but |so )?(?:why\b|how come\b|what(?:['’]s| has| have| had| will)? happen)",
    re.IGNORECASE,
)
_MOST_SIDES = 4
_QUOTES_A_SIDE = 2


class Position(NamedTuple):
    """One of several answers to a question, and the best sentence of each article that gives it."""

    value: str
    candidates: tuple[Candidate, ...]
    is_least: bool = False

    @classmethod
    def of(cls, value: str, candidates: Iterable[Candidate]) -> Position:
        """The best sentence of each article."""
        best_of: dict[str, Candidate] = {}
        for candidate in candidates:
            best_of.setdefault(candidate.article.article_id, candidate)
        return cls(value, tuple(best_of.values()))


def make_conflict(
    versions: Versions, question: str, positions: Sequence[Position], hits: Sequence[Hit]
) -> Conflict | None:
    """The different answers to a question, each with its quotes; None where fewer than two."""
    made = [side for item in positions if (side := _side(versions, item, hits)) is not None]
    if len(made) < 2:
        return None
    kind = _kind(positions)
    if kind is ConflictKind.CHANGED:
        made.sort(key=lambda side: side.published.first_epoch if side.published else 0)
    return Conflict(question, kind, tuple(made))


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
    found = rivals(question, reading)
    return tuple(
        Position.of(side.best.value.text, (item.candidate for item in side.statements))._replace(
            is_least=any(bounds(side.best.value, other.best.value) for other in found)
        )
        for side in found
    )


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
    """Changed if no two answers were given on one day and all days are known.

    So is a toll that rises: "at least five" leaves room for seven.
    """
    if any(position.is_least for position in positions):
        return ConflictKind.CHANGED
    spans = [_published(position) for position in positions]
    known = sorted(span for span in spans if span is not None)
    apart = all(one.last < two.first for one, two in itertools.pairwise(known))
    return ConflictKind.CHANGED if apart and len(known) == len(spans) else ConflictKind.DISAGREE


def _published(position: Position) -> _Days | None:
    """The days on which the answer was published; None where one is not known."""
    dates = [item.article.published for item in position.candidates]
    known = [item for item in dates if item is not None]
    if len(known) < len(dates):
        return None
    return _Days(min(item.start for item in known).date(), max(item.last for item in known).date())
