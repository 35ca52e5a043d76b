"""Reads in two steps: one reader reads all passages, a stronger one the best three again.

The second one decides. It reads few passages, so that it may be several times as large at the
cost of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.model import Hit, Reader, Reading
from rag.reading.reader import TrainedReader

_READ_AGAIN = 3


class Cascade:
    """Two readers as one; safe to share between threads if both are."""

    def __init__(self, first: Reader, second: Reader) -> None:
        """:param second: the stronger reader, which reads the best three passages again."""
        self._first, self._second = first, second

    @property
    def threshold(self) -> float:
        """The second reader's threshold."""
        return self._second.threshold

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """The second reader's sentences and chance of none, with the first one's of other passages.

        The first candidate is the second reader's; no score of the first reader is above its score.

        :raises ModelError: if a model cannot be loaded.
        """
        first = self._first.read(question, hits)
        ranks = list(dict.fromkeys(candidate.hit_rank for candidate in first.candidates))
        best = frozenset(ranks[:_READ_AGAIN])
        second = self._second.read(question, [hit for hit in hits if hit.rank in best])
        if not second.candidates:
            return first
        top = second.candidates[0].score
        others = (
            replace(candidate, score=min(candidate.score, top))
            for candidate in first.candidates
            if candidate.hit_rank not in best
        )
        ranked = sorted((*second.candidates, *others), key=lambda candidate: -candidate.score)
        return Reading(tuple(ranked), second.p_none)


def reader_of(name: str | None, second: str | None, *, bf16: bool = True) -> Reader:
    """The reader of these names, with a second one if it is given; see `TrainedReader`."""
    first = TrainedReader(name, bf16=bf16)
    return first if second is None else Cascade(first, TrainedReader(second, bf16=bf16))
