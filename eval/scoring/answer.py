"""Reads Answer JSON, of Byline or another system, into values that can be scored.

Any field may be missing (its metrics are unscored then), none may be malformed, and unknown fields
are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le

from rag.model import Status
from rag.validation import read_json

AnswerJson = Mapping[str, Any]
ReadText = Callable[[str, str], str | None]
"""Gives an article's text by article id and version; `None` where the archive has none."""


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The few words that answer, inside a longer text."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote, candidate or passage, and where it stands, as far as that is given."""

    text: str
    article_id: str | None = None
    version: str | None = None
    source: str | None = None
    start: int | None = None
    end: int | None = None
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    score: float | None = None
    answer: ShortAnswer | None = None


@dataclass(frozen=True, slots=True)
class ScoredClaim:
    """One statement with its quotes and, where the system marks it, its short answer."""

    text: str | None = None
    quotes: tuple[Excerpt, ...] | None = None
    answer: ShortAnswer | None = None

    @property
    def short(self) -> str:
        """The short answer; the whole text for a system that does not mark one."""
        return (self.answer.text if self.answer else self.text) or ""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a conflict: a value, and the quotes that have it."""

    value: str | None = None
    quotes: tuple[Excerpt, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScoredConflict:
    """Values that differ between articles."""

    kind: str | None = None
    sides: tuple[Side, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """What scoring and reports read of an Answer; `None` is what the system does not give."""

    __pydantic_config__: ClassVar = {"allow_inf_nan": False}

    status: Status
    text: str | None = None
    asked_as: str | None = None
    confidence: Annotated[float, Ge(0), Le(1)] | None = None
    claims: tuple[ScoredClaim, ...] | None = None
    candidates: tuple[Excerpt, ...] | None = None
    conflicts: tuple[ScoredConflict, ...] | None = None
    passages: tuple[Excerpt, ...] | None = None
    timings_ms: Mapping[str, float] | None = None

    @property
    def answered(self) -> bool:
        return self.status == Status.ANSWERED

    @property
    def best_claim(self) -> ScoredClaim:
        """The first claim; an empty one when the answer abstained."""
        return self.claims[0] if self.answered and self.claims else ScoredClaim()

    @property
    def shown_quotes(self) -> tuple[Excerpt, ...]:
        """Every quote that a person is shown, once: those of the claims, then of conflicts."""
        sides = (side for conflict in self.conflicts or () for side in conflict.sides or ())
        holders: Iterable[ScoredClaim | Side] = chain(self.claims or (), sides)
        quotes: dict[object, Excerpt] = {}
        for quote in (quote for holder in holders for quote in holder.quotes or ()):
            name = quote.article_id, quote.version, quote.start, quote.text
            quotes.setdefault(name, quote)
        return tuple(quotes.values())


def read_answer(answer: object) -> ScoredAnswer:
    """Reads an Answer from its plain JSON values.

    :raises Malformed: if the answer breaks the contract.
    """
    return read_json(ScoredAnswer, json.dumps(answer, default=str))


def read_back(answer: ScoredAnswer, read: ReadText) -> tuple[bool, ...]:
    """Whether each shown quote stands in the archive, word for word at its offsets.

    A quote without its place cannot be read back.
    """

    def stands(quote: Excerpt) -> bool:
        if quote.article_id is None or quote.version is None:
            return False
        if quote.start is None or quote.end is None:
            return False
        text = read(quote.article_id, quote.version)
        in_order = 0 <= quote.start < quote.end
        return text is not None and in_order and text[quote.start : quote.end] == quote.text

    return tuple(map(stands, answer.shown_quotes))
