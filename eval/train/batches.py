"""Which passages are read together: reading sets in, the batches of a whole training run out, the same for the same seed.

A question's passages are always in one batch, since its loss is over all of them. Knows no network.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eval.train.data import Question, ReadingSet
from eval.train.negatives import near_miss
from eval.train.swaps import Swaps
from rag.reading.span_model import Context

# Batches are cut from so many batches' worth of questions sorted by length, so that little is padded and batches still differ.
_SORTED_TOGETHER = 50
# How often the passage that does not answer is the question's own without the answer.
_NEAR_MISSES = 0.25
# How often, from the second pass on, it is read with its own passage alone, and beside it a question with one part swapped.
_SWAPPED = 0.3


class Group(NamedTuple):
    """A question, its own passage first, then those that do not answer."""

    question: Question
    passages: tuple[Context, ...]


class _Trainable(NamedTuple):
    question: Question
    own: Context
    negatives: tuple[Context, ...]
    near_miss: Context | None
    swaps: Swaps

    def groups(self, draw: random.Random, *, first_pass: bool) -> Iterator[Group]:
        """The question, and at times its twin that asks about something else."""
        if not first_pass and self.question.spans and draw.random() < _SWAPPED:
            twin = self.swaps.swapped(self.question, self.own, draw)
            if twin is not None:
                yield from (Group(question, (self.own,)) for question in (self.question, twin))
                return
        yield self._group(draw)

    def _group(self, draw: random.Random) -> Group:
        """With one passage that does not answer, where there is one."""
        if self.near_miss is not None and draw.random() < _NEAR_MISSES:
            return Group(self.question, (self.own, self.near_miss))
        return Group(self.question, (self.own, *draw.sample(self.negatives, min(1, len(self.negatives)))))


class Plan:
    """All batches of a run: `epochs` passes over the questions that are not held out.

    An answered question is read with its own passage and one that does not answer, drawn anew in each pass: a hard negative or, once in
    four times, its own passage without the answer. From the second pass on, three in ten are read with their own passage alone, and so
    is the same question about something else (`Swaps`). One that its passage does not answer is read with that passage alone. No batch
    has more than `size` passages. `epochs` may end within a pass.
    """

    def __init__(
        self, sets: Sequence[ReadingSet], negatives: Sequence[Sequence[tuple[int, ...]]], *, epochs: float, size: int, seed: int
    ) -> None:
        self._trainable = [item for pair in zip(sets, negatives, strict=True) for item in _trainable(*pair)]
        passes = math.ceil(epochs)
        whole = [batch for epoch in range(passes) for batch in self._epoch(epoch, random.Random(f"{seed}/{epoch}"), size)]
        self.batches = whole[: round(len(whole) * epochs / passes)]

    def _epoch(self, epoch: int, draw: random.Random, size: int) -> list[list[Group]]:
        groups = [group for item in self._trainable for group in item.groups(draw, first_pass=epoch == 0)]
        draw.shuffle(groups)
        step = _SORTED_TOGETHER * size // 2
        batches = [batch for i in range(0, len(groups), step) for batch in cut(sorted(groups[i : i + step], key=length), size)]
        draw.shuffle(batches)
        return batches


def _trainable(found: ReadingSet, negatives: Sequence[tuple[int, ...]]) -> Iterator[_Trainable]:
    swaps = Swaps(found.questions)
    for question, others in zip(found.questions, negatives, strict=True):
        if not found.held_out(question):
            own = found.passages[question.passage]
            if question.spans:
                yield _Trainable(question, own, tuple(found.passages[i] for i in others), near_miss(question, own), swaps)
            else:
                yield _Trainable(question, own, (), None, swaps)


def length(group: Group) -> int:
    """Characters of its longest passage."""
    return max(len(passage.title) + len(passage.text) for passage in group.passages)


def cut(groups: Sequence[Group], size: int) -> Iterator[list[Group]]:
    """The groups in order, in batches of at most `size` passages, or of one group that has more."""
    batch: list[Group] = []
    room = size
    for group in groups:
        if batch and len(group.passages) > room:
            yield batch
            batch, room = [], size
        batch.append(group)
        room -= len(group.passages)
    if batch:
        yield batch
