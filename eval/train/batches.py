"""Which passages are read together: reading sets in, the batches of a whole training run out, the same for the same seed.

A question's passages are always in one batch, since its loss is over all of them. Knows no network.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from eval.train.data import Question, ReadingSet
from eval.train.negatives import near_miss
from eval.train.swaps import Swaps
from eval.train.windows import drawn_size, window
from rag.reading.span_model import Context

# Batches are cut from so many batches' worth of questions sorted by length, so that little is padded and batches still differ.
_SORTED_TOGETHER = 50
# How often a question that its passage answers is read with a passage that does not answer, too.
_WITH_NEGATIVE = 0.35
# How often that is the question's own without the answer.
_NEAR_MISSES = 0.25
# How often a question is read beside its twin, which asks about something else.
_SWAPPED = 0.12
_SHORT = 50


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

    def groups(self, draw: random.Random) -> Iterator[Group]:
        """The question on a window of its passage: alone, with a silent one, or beside its twin."""
        question, own = window(self.question, self.own, drawn_size(draw), draw)
        chance = draw.random()
        if not question.spans or chance >= _WITH_NEGATIVE + _SWAPPED:
            yield Group(question, (own,))
        elif chance < _WITH_NEGATIVE:
            yield Group(question, (own, *self._negative(own, draw)))
        else:
            twin = self.swaps.swapped(question, own, draw)
            yield from (Group(asked, (own,)) for asked in (question, twin) if asked is not None)

    def _negative(self, own: Context, draw: random.Random) -> tuple[Context, ...]:
        """A passage that does not answer, about as long as the own one; none where there is none."""
        if self.near_miss is not None and draw.random() < _NEAR_MISSES:
            chosen = self.near_miss
        elif self.negatives:
            chosen = draw.choice(self.negatives)
        else:
            return ()
        silent = replace(self.question, spans=())
        return (window(silent, chosen, max(len(own.text.split()), _SHORT), draw)[1],)


class Plan:
    """All batches of a run: `epochs` passes over the questions that are not held out.

    Passages are cut to windows, drawn anew in each pass. A third of the answered questions are read
    with a passage that does not answer, too: a hard negative or, once in four times, their own
    passage without the answer. One in eight is read beside the same question about something else
    (`Swaps`). No batch has more than `size` passages. `epochs` may end within a pass.
    """

    def __init__(
        self,
        sets: Sequence[ReadingSet],
        negatives: Sequence[Sequence[tuple[int, ...]]],
        *,
        epochs: float,
        size: int,
        seed: int,
    ) -> None:
        self._trainable = [
            item for pair in zip(sets, negatives, strict=True) for item in _trainable(*pair)
        ]
        passes = math.ceil(epochs)
        whole = [
            batch
            for epoch in range(passes)
            for batch in self._epoch(random.Random(f"{seed}/{epoch}"), size)
        ]
        self.batches = whole[: round(len(whole) * epochs / passes)]

    def _epoch(self, draw: random.Random, size: int) -> list[list[Group]]:
        groups = [group for item in self._trainable for group in item.groups(draw)]
        draw.shuffle(groups)
        step = _SORTED_TOGETHER * size
        batches = [
            batch
            for i in range(0, len(groups), step)
            for batch in cut(sorted(groups[i : i + step], key=length), size)
        ]
        draw.shuffle(batches)
        return batches


def _trainable(found: ReadingSet, negatives: Sequence[tuple[int, ...]]) -> Iterator[_Trainable]:
    swaps = Swaps(found.questions)
    for question, others in zip(found.questions, negatives, strict=True):
        if not found.held_out(question):
            own = found.passages[question.passage]
            if question.spans:
                yield _Trainable(
                    question,
                    own,
                    tuple(found.passages[i] for i in others),
                    near_miss(question, own),
                    swaps,
                )
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
