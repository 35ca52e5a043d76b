"""Cuts passages to windows of whole sentences: training steps cost less, answers stand anywhere."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from itertools import pairwise

from eval.train.data.sets import Question
from rag.model import Span
from rag.reading.span_model import Context

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")
_MOST_WORDS = 160
_LEAST_WORDS = 40
_WHOLE = 0.5


def split_sentences(text: str) -> list[Span]:
    """The sentences of a text, each with the white space behind it."""
    ends = (match.end() for match in _SENTENCE_END.finditer(text))
    return [Span(*pair) for pair in pairwise([0, *ends, len(text)]) if pair[0] < pair[1]]


def drawn_size(draw: random.Random) -> int:
    """The most words of a window: 160 in half of all draws, else 40 to 160."""
    return _MOST_WORDS if draw.random() < _WHOLE else draw.randint(_LEAST_WORDS, _MOST_WORDS)


def window(
    question: Question, passage: Context, size: int, draw: random.Random
) -> tuple[Question, Context]:
    """The question on about `size` words of its passage, which hold one of its answers whole."""
    sentences = split_sentences(passage.text)
    counts = [len(passage.text[one.start : one.end].split()) for one in sentences]
    if sum(counts) <= size or len(sentences) < 2:
        return question, passage
    kept = draw.choice(question.spans) if question.spans else None
    held = [
        i
        for i, one in enumerate(sentences)
        if kept and one.start < kept.end and kept.start < one.end
    ] or [draw.randrange(len(sentences))]
    first, last = _grown(counts, held[0], held[-1], size, draw)
    start, end = sentences[first].start, sentences[last].end
    spans = tuple(
        Span(span.start - start, span.end - start)
        for span in question.spans
        if start <= span.start and span.end <= end
    )
    text = passage.text[start:end].rstrip()
    return replace(question, spans=spans), Context(passage.title, text)


def _grown(
    counts: list[int], first: int, last: int, size: int, draw: random.Random
) -> tuple[int, int]:
    """Adds sentences before `first` and after `last` while they fit into `size` words.

    `counts` has the words of each sentence. How many words come before is drawn.
    """
    room = size - sum(counts[first : last + 1])
    before = draw.random() * room
    while first > 0 and counts[first - 1] <= before:
        first -= 1
        before -= counts[first]
        room -= counts[first]
    while last + 1 < len(counts) and counts[last + 1] <= room:
        last += 1
        room -= counts[last]
    while first > 0 and counts[first - 1] <= room:
        first -= 1
        room -= counts[first]
    return first, last
