"""Cuts passages to windows of whole sentences: a step costs less, and answers stand anywhere.

A question and its passage go in; the same question comes out on a part of the passage that still
holds an answer. Knows no model.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from itertools import pairwise

from eval.train.data import Question
from rag.model import Span
from rag.reading.span_model import Context

SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")
_MOST_WORDS = 160
_LEAST_WORDS = 40
_WHOLE = 0.5


def drawn_size(draw: random.Random) -> int:
    """The most words of a window: every other time as many as are ever read, else fewer."""
    return _MOST_WORDS if draw.random() < _WHOLE else draw.randint(_LEAST_WORDS, _MOST_WORDS)


def window(
    question: Question, passage: Context, size: int, draw: random.Random
) -> tuple[Question, Context]:
    """The question on about `size` words of its passage; one of its answers is kept whole."""
    ends = [match.end() for match in SENTENCE_END.finditer(passage.text)]
    sentences = [
        Span(start, end) for start, end in pairwise([0, *ends, len(passage.text)]) if end > start
    ]
    counts = [len(passage.text[one.start : one.end].split()) for one in sentences]
    if sum(counts) <= size or len(sentences) < 2:
        return question, passage
    kept = draw.choice(question.spans) if question.spans else None
    inside = [
        i
        for i, one in enumerate(sentences)
        if kept and one.start < kept.end and kept.start < one.end
    ]
    held = (inside[0], inside[-1]) if inside else (draw.randrange(len(sentences)),) * 2
    first, last = _grown(counts, held, size, draw)
    start, end = sentences[first].start, sentences[last].end
    text = passage.text[start:end].rstrip()
    spans = (
        Span(span.start - start, span.end - start)
        for span in question.spans
        if start <= span.start and span.end <= end
    )
    return replace(question, spans=tuple(spans)), Context(passage.title, text)


def _grown(
    counts: list[int], held: tuple[int, int], size: int, draw: random.Random
) -> tuple[int, int]:
    """The sentences `held`, first and last, with as many around them as fit, some of them before.

    `counts` has the words of each sentence.
    """
    first, last = held
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
