"""Gathers what a language model writes from: the passages read for a question, and its quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import NamedTuple, TypeAlias

from rag.answering.findings import Evidence, Finding, PartBegins, Statement
from rag.model import Candidate, Claim, Conflict, Hit, Kind, Notice, Rejected, Verdict
from rag.quotes import ArticleSpan, Draft, version_key

Written: TypeAlias = Claim | Draft | Rejected | Conflict | Notice

_MAX_CANDIDATES = 20
# The chance that a sentence answers, as a share of the best one's, from which on it is shown.
_LEAST_SHARE = 0.02


@dataclass(slots=True)
class FoundPart:
    """What was found for one part of a question; `others` are findings that are no sentences."""

    question: str
    evidence: list[Evidence] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    others: list[Statement | Verdict | Conflict | Notice] = field(default_factory=list)

    def chance(self, claim: Claim) -> float:
        """How likely this part is answered by what the claim quotes."""
        candidates = (item for found in self.evidence for item in found.reading.candidates)
        quoted = (item.score for item in candidates if _is_quoted(span_of(item), claim))
        return max(quoted, default=0.0)

    def position(self, item: Written) -> int:
        """The place of the quote that an item is or stands on; after them all if there is none."""
        for place, draft in enumerate(self.drafts):
            if item == draft or (isinstance(item, Claim) and covers(item, draft)):
                return place
        return len(self.drafts)


# Kinds whose quotes stand in order of time; their confidence is the relevance of the article.
_BY_TOPIC = frozenset({Kind.SPEECH, Kind.BRIEF, Kind.TIMELINE})


class Material(NamedTuple):
    """What was found for a question; one part for a question that has no more.

    `candidates` are the sentences of all passages, best first for each evidence in turn.
    """

    question: str
    kind: Kind
    parts: tuple[FoundPart, ...]
    hits: tuple[Hit, ...]
    candidates: tuple[Candidate, ...]

    @property
    def by_topic(self) -> bool:
        """Whether the quotes cover a topic, in order of time, and are not chosen by a chance."""
        return self.kind in _BY_TOPIC

    @property
    def drafts(self) -> list[Draft]:
        """The quotes that answer without a model; none if the articles do not say."""
        return [draft for part in self.parts for draft in part.drafts]

    @property
    def order(self) -> Iterator[ArticleSpan]:
        """What a model should read, the best first."""
        for draft in self.drafts:
            yield from draft.spans
        best = self.candidates[0].score if self.candidates else 0.0
        for candidate in self.candidates[:_MAX_CANDIDATES]:
            if candidate.score >= _LEAST_SHARE * best:
                yield span_of(candidate)


def gather(question: str, kind: Kind, findings: Iterable[Finding]) -> Material:
    """The material for a question from all that a way of answering finds."""
    parts = _parts(question, findings)
    evidence = [found for part in parts for found in part.evidence]
    hits = {hit.chunk.chunk_id: hit for found in evidence for hit in found.hits}
    in_turn = zip_longest(*(found.reading.candidates for found in evidence))
    candidates = (item for item in chain.from_iterable(in_turn) if item is not None)
    return Material(question, kind, tuple(parts), tuple(hits.values()), tuple(candidates))


def _parts(question: str, findings: Iterable[Finding]) -> list[FoundPart]:
    parts = [FoundPart(question)]
    for finding in findings:
        match finding:
            case PartBegins(part):
                parts.append(FoundPart(part))
            case Evidence():
                parts[-1].evidence.append(finding)
            case Draft():
                parts[-1].drafts.append(finding)
            case _:
                parts[-1].others.append(finding)
    return [part for part in parts if part.evidence or part.others] or parts[:1]


def divided(items: Iterable[Written], material: Material) -> list[list[Written]]:
    """What belongs to each part: its quotes, and the claims that more likely answer it.

    What is said on a topic stands in the order of its quotes.
    """
    parts = material.parts
    shares: list[list[Written]] = [[] for _ in parts]
    for item in items:
        match item:
            case Claim():
                chances = [part.chance(item) for part in parts]
                place = chances.index(max(chances))
            case Draft():
                place = next(i for i, part in enumerate(parts) if item in part.drafts)
            case _:
                place = 0
        shares[place].append(item)
    if material.by_topic:
        for part, share in zip(parts, shares, strict=True):
            share.sort(key=part.position)
    return shares


def covers(claim: Claim, draft: Draft) -> bool:
    """Whether the claim quotes something of what the draft quotes."""
    return any(_is_quoted(span, claim) for span in draft.spans)


def _is_quoted(span: ArticleSpan, claim: Claim) -> bool:
    key = version_key(span.article)
    return any(
        version_key(quote) == key and quote.start < span.end and span.start < quote.end
        for quote in claim.quotes
    )


def span_of(candidate: Candidate) -> ArticleSpan:
    """The sentence of a candidate."""
    return ArticleSpan(candidate.article, candidate.sentence.start, candidate.sentence.end)
