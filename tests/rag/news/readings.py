"""Makes readings of sentences with a marked answer, and the articles that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.model import Candidate, Reading, Span
from rag.store.writer import Entry
from tests.fakes import entry


class Told(NamedTuple):
    """A sentence with its answer in square brackets, and when it was published.

    `odds` are those of the answer in its own passage.
    """

    sentence: str
    published: str | None = None
    score: float = 0.5
    odds: float = 5.0


def entries_of(told: Sequence[Told]) -> list[Entry]:
    """An article for each sentence."""
    return [
        entry(
            f"{number}.txt",
            item.sentence.replace("[", "").replace("]", ""),
            published=item.published,
        )
        for number, item in enumerate(told)
    ]


def reading_of(told: Sequence[Told]) -> Reading:
    """The sentences as candidates, best first."""
    candidates = []
    for made, item in zip(entries_of(told), told, strict=True):
        start, end = item.sentence.find("["), item.sentence.find("]") - 1
        answer = Span(start, end) if start >= 0 else None
        candidate = Candidate(made.article, made.sentences[0], item.score, answer, 1)
        candidates.append(replace(candidate, odds=item.odds))
    return Reading(tuple(sorted(candidates, key=lambda item: -item.score)), 0.1)
