"""Collects what is found for the parts of one question and builds the Answer from it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer import Answer
from rag.answering.findings import Statement
from rag.events import Checked, Differing, Event, Noticed
from rag.model import (
    Article,
    Candidate,
    Claim,
    Conflict,
    Filters,
    Hit,
    Kind,
    Notice,
    Part,
    Period,
    Quote,
    Reading,
    Rejected,
    Status,
    Usage,
    Verdict,
    joined_text,
)
from rag.quotes import version_key

_EXTRACTIVE = "extractive"
_MAX_CANDIDATES = 20


class AnswerBuilder:
    """Builds one answer; its clock starts when it is made."""

    def __init__(self) -> None:
        self._started = self._lap = time.perf_counter()
        self._timings: dict[str, float] = {}
        self._hits: dict[str, Hit] = {}
        self._candidates: dict[tuple[str, str, int, int], Candidate] = {}
        self._revision = 0
        self._claims: list[Claim] = []
        self._part, self._part_is_read = "", False
        self._part_claims: list[int] = []
        self._parts: list[Part] = []
        self._conflicts: list[Conflict] = []
        self._rejected: list[Rejected] = []
        self._notices: list[Notice] = []
        self._statement: Statement | None = None
        self._verdict: Verdict | None = None
        self.mode = _EXTRACTIVE
        self.kind: Kind | None = None
        self.period: Period | None = None

    def lap(self, stage: str) -> None:
        """Counts the time since the last call towards a stage."""
        now = time.perf_counter()
        self._timings[stage] = self._timings.get(stage, 0.0) + 1e3 * (now - self._lap)
        self._lap = now

    def mark(self, moment: str) -> None:
        """Records the time from the start until a moment, the first time that it is called."""
        self._timings.setdefault(moment, 1e3 * (time.perf_counter() - self._started))

    def add_reading(self, hits: Sequence[Hit], reading: Reading, revision: int) -> None:
        """Records the passages and candidates of one part, each of them once."""
        self._revision, self._part_is_read = revision, True
        for hit in hits:
            self._hits.setdefault(hit.chunk.chunk_id, hit)
        for candidate in reading.candidates[:_MAX_CANDIDATES]:
            sentence = candidate.sentence
            key = (*version_key(candidate.article), sentence.start, sentence.end)
            if key not in self._candidates or self._candidates[key].score < candidate.score:
                self._candidates[key] = candidate

    def add(self, item: Claim | Rejected | Conflict | Notice) -> Iterator[Event]:
        """Records an item and yields its event.

        A rejected claim is recorded without an event. Duplicates are ignored; a claim that was made
        for an earlier part counts for this part too.
        """
        match item:
            case Claim():
                texts = [claim.text for claim in self._claims]
                self._part_claims.append([*texts, item.text].index(item.text))
                if item.text not in texts:
                    self._claims.append(item)
                    yield Checked(item)
            case Conflict():
                self._conflicts.append(item)
                yield Differing(item)
            case Notice() if item not in self._notices:
                self._notices.append(item)
                yield Noticed(item)
            case Rejected() if item not in self._rejected:
                self._rejected.append(item)

    @property
    def is_answered(self) -> bool:
        """Whether any part has a claim, or Byline has answered in its own words."""
        return bool(self._claims) or self._statement is not None

    @property
    def part_is_answered(self) -> bool:
        """Whether the current part has a claim."""
        return bool(self._part_claims)

    @property
    def hits(self) -> Sequence[Hit]:
        """All passages that were read."""
        return tuple(self._hits.values())

    def quoted_articles(self) -> Iterator[tuple[Article, list[Quote]]]:
        """The articles that claims quote, among those whose passages were read, with the quotes."""
        articles = {version_key(hit.article): hit.article for hit in self._hits.values()}
        quotes: dict[tuple[str, str], list[Quote]] = {}
        for claim in self._claims:
            for quote in claim.quotes:
                quotes.setdefault(version_key(quote), []).append(quote)
        return ((articles[key], found) for key, found in quotes.items() if key in articles)

    def state(self, finding: Statement | Verdict) -> None:
        """Records a statement in Byline's own words, or the verdict."""
        if isinstance(finding, Verdict):
            self._verdict = finding
        else:
            self._statement = finding

    def begin_part(self, question: str) -> None:
        """Begins a part; the one before ends if passages were read for it."""
        if self._part_is_read:
            self.finish_part()
        self._part = question

    def finish_part(self) -> str:
        """Assigns the claims since the part began to it and returns their text."""
        claims = tuple(dict.fromkeys(self._part_claims))
        self._parts.append(Part(self._part, _status(claims), claims))
        self._part, self._part_claims, self._part_is_read = "", [], False
        return _joined([self._claims[i] for i in claims])

    def _confidence(self, candidates: Sequence[Candidate]) -> float:
        """The chance that the best claim is right or, without claims, that the best candidate is.

        What a model states is as sure as the reader is of the articles.
        """
        if self._claims and self.mode == _EXTRACTIVE:
            return max(claim.confidence for claim in self._claims)
        return candidates[0].score if candidates else 0.0

    def build(self, question: str, asked_as: str, filters: Filters, usage: Usage | None) -> Answer:
        """The answer with everything that was added so far."""
        candidates = sorted(self._candidates.values(), key=lambda item: -item.score)
        stated = self._statement
        return Answer(
            id=uuid.uuid4().hex,
            question=question,
            asked_as=asked_as,
            filters=filters,
            status=stated.status if stated else _status(self._claims),
            mode=self.mode,
            text=stated.text if stated else _joined(self._claims, self._notices),
            confidence=self._confidence(candidates),
            archive_revision=stated.revision if stated else self._revision,
            claims=tuple(self._claims),
            candidates=tuple(candidates[:_MAX_CANDIDATES]),
            passages=tuple(
                replace(hit, rank=rank) for rank, hit in enumerate(self._hits.values(), start=1)
            ),
            conflicts=tuple(self._conflicts),
            parts=tuple(self._parts) if len(self._parts) > 1 else (),
            rejected=tuple(self._rejected),
            notices=tuple(self._notices),
            usage=usage,
            timings_ms=self._timings,
            kind=self.kind or Kind.FACT,
            verdict=self._verdict,
            period=self.period,
        )


def _status(claims: Sequence[object]) -> Status:
    return Status.ANSWERED if claims else Status.NOT_IN_ARTICLES


def _joined(claims: Sequence[Claim], notices: Sequence[Notice] = ()) -> str:
    return joined_text([claim.text for claim in claims], notices)
