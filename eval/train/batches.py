"""Plans the batches of a training run: which passages are read together, the same for a seed.

All passages of a question are in one batch, since the loss is over all of them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from eval.train.data.negatives import without_answer
from eval.train.data.sets import Question, ReadingSet
from eval.train.data.swaps import Swaps
from eval.train.data.windows import drawn_size, window
from rag.reading.span_model import Context

# So many batches' worth of questions are sorted by length together: little padding, mixed batches.
_SORTED_TOGETHER = 50
# How often an answered question is read with a passage that does not answer.
_WITH_NEGATIVE = 0.35
# How often that passage is its own without the answer.
_OWN_WITHOUT_ANSWER = 0.25
# How often a question is read beside the same question about something else.
_SWAPPED = 0.12
_SHORT = 50


class Group(NamedTuple):
    """A question and its passages: its own first, then those that do not answer."""

    question: Question
    passages: tuple[Context, ...]


class _Trainable(NamedTuple):
    """A question with everything that it may be read with."""

    question: Question
    own: Context
    negatives: tuple[Context, ...]
    without_answer: Context | None
    swaps: Swaps

    def groups(self, draw: random.Random) -> Iterator[Group]:
        """The question on a window of its passage: alone, with a negative, or beside its swap."""
        question, own = window(self.question, self.own, drawn_size(draw), draw)
        chance = draw.random()
        if not question.spans or chance >= _WITH_NEGATIVE + _SWAPPED:
            yield Group(question, (own,))
        elif chance < _WITH_NEGATIVE:
            yield Group(question, (own, *self._negative(own, draw)))
        else:
            yield Group(question, (own,))
            swapped = self.swaps.swapped(question, own, draw)
            if swapped is not None:
                yield Group(swapped, (own,))

    def _negative(self, own: Context, draw: random.Random) -> tuple[Context, ...]:
        """A passage that does not answer, about as long as the own one; none if there is none."""
        if self.without_answer is not None and draw.random() < _OWN_WITHOUT_ANSWER:
            chosen = self.without_answer
        elif self.negatives:
            chosen = draw.choice(self.negatives)
        else:
            return ()
        unanswered = replace(self.question, spans=())
        return (window(unanswered, chosen, max(len(own.text.split()), _SHORT), draw)[1],)


class Plan:
    """All batches of `epochs` passes over the questions that are not held out.

    No batch has more than `size` passages. Windows of passages are drawn anew in each pass.
    A third of the answered questions are read with a passage that does not answer, one in eight
    beside the same question about something else. `epochs` may be a fraction.
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
        pairs = zip(sets, negatives, strict=True)
        self._trainable = [item for pair in pairs for item in _trainable(*pair)]
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
        if found.held_out(question):
            continue
        own = found.passages[question.passage]
        if question.spans:
            similar = tuple(found.passages[i] for i in others)
            yield _Trainable(question, own, similar, without_answer(question, own), swaps)
        else:
            yield _Trainable(question, own, (), None, swaps)


def length(group: Group) -> int:
    """The characters of the group's longest passage."""
    return max(len(passage.title) + len(passage.text) for passage in group.passages)


def cut(groups: Sequence[Group], size: int) -> Iterator[list[Group]]:
    """Batches of at most `size` passages, in order; a group that has more is a batch of its own."""
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
