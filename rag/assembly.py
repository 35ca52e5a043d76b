"""What happens on the way to an answer, as events; and the answer as it comes together out of them.

In go passages, claims, conflicts and notices, part by part; out comes one Answer. It reads nothing and checks nothing.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.model import (
    Answer,
    Candidate,
    Claim,
    Conflict,
    Filters,
    Hit,
    Notice,
    Part,
    Reading,
    Rejected,
    Status,
    Usage,
)

_MAX_CANDIDATES = 20
_NOT_IN_ARTICLES = "The articles do not say."


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it was understood: a follow-up as it stands alone."""

    question: str
    follow_up: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One of several questions that a question was taken apart into is looked up now."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """The passages that were read."""

    passages: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim whose quotes stand in the record."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Differing:
    """The articles differ, or the answer changed with time."""

    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something the person should know."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Done:
    """The answer as a whole; always the last event."""

    answer: Answer


Event = Asked | Step | Found | Checked | Differing | Noticed | Done


class Assembly:
    """An answer that is coming together. Times run from when it is made."""

    def __init__(self) -> None:
        self._start = self._lap = time.perf_counter()
        self._hits: dict[str, Hit] = {}
        self._candidates: dict[tuple[str, str, int, int], Candidate] = {}
        self._timings: dict[str, float] = {}
        self._conflicts: list[Conflict] = []
        self._rejected: list[Rejected] = []
        self._notices: list[Notice] = []
        self._parts: list[Part] = []
        self._revision = 0
        self._claims: list[Claim] = []
        self.answering: list[int] = []
        """Which claims answer the part that is being looked up."""
        self.mode = "extractive"

    def clock(self, stage: str) -> None:
        """Counts the time since the last call towards a stage."""
        now = time.perf_counter()
        self._timings[stage] = self._timings.get(stage, 0.0) + 1e3 * (now - self._lap)
        self._lap = now

    def read(self, hits: Sequence[Hit], reading: Reading, revision: int) -> None:
        """Adds what was found and read for one part."""
        self._revision = revision
        for hit in hits:
            self._hits.setdefault(hit.chunk.chunk_id, hit)
        for candidate in reading.candidates[:_MAX_CANDIDATES]:
            place = (
                candidate.article.article_id,
                candidate.article.version,
                candidate.sentence.start,
                candidate.sentence.end,
            )
            if place not in self._candidates or self._candidates[place].score < candidate.score:
                self._candidates[place] = candidate

    def mark(self, moment: str) -> None:
        """Keeps how long it took until this happened for the first time."""
        self._timings.setdefault(moment, 1e3 * (time.perf_counter() - self._start))

    def tell(self, item: Claim | Rejected | Conflict | Notice) -> Iterator[Event]:
        """Adds one thing and says it as an event; what was left out is only kept, and what has been said before is not said again."""
        match item:
            case Rejected() if item not in self._rejected:
                self._rejected.append(item)
            case Conflict():
                self._conflicts.append(item)
                yield Differing(item)
            case Claim():
                texts = [claim.text for claim in self._claims]
                if item.text not in texts:
                    self._claims.append(item)
                    yield Checked(item)
                self.answering.append([*texts, item.text].index(item.text))
            case Notice() if item not in self._notices:
                self._notices.append(item)
                yield Noticed(item)

    def part(self, question: str) -> str:
        """Says that the claims told since the last part answer this one, new ones or not; gives back what they say."""
        claims = tuple(dict.fromkeys(self.answering))
        self.answering = []
        self._parts.append(
            Part(question, Status.ANSWERED if claims else Status.NOT_IN_ARTICLES, claims)
        )
        return " ".join(self._claims[i].text for i in claims) or _NOT_IN_ARTICLES

    def answer(self, question: str, asked_as: str, filters: Filters, usage: Usage | None) -> Answer:
        """The answer as it stands now."""
        candidates = sorted(self._candidates.values(), key=lambda item: -item.score)[
            :_MAX_CANDIDATES
        ]
        return Answer(
            id=uuid.uuid4().hex,
            question=question,
            asked_as=asked_as,
            filters=filters,
            status=Status.ANSWERED if self._claims else Status.NOT_IN_ARTICLES,
            mode=self.mode,
            text=" ".join(claim.text for claim in self._claims) or _NOT_IN_ARTICLES,
            confidence=candidates[0].score if candidates else 0.0,
            archive_revision=self._revision,
            claims=tuple(self._claims),
            candidates=tuple(candidates),
            passages=tuple(
                replace(hit, rank=rank) for rank, hit in enumerate(self._hits.values(), start=1)
            ),
            conflicts=tuple(self._conflicts),
            parts=tuple(self._parts) if len(self._parts) > 1 else (),
            rejected=tuple(self._rejected),
            notices=tuple(self._notices),
            usage=usage,
            timings_ms=self._timings,
        )
