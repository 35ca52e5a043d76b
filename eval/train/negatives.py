"""Passages that look as if they answered a question and do not: other passages that a search would bring, and its own without the answer.

Knows no model and no training.
"""

from __future__ import annotations

import re
from itertools import pairwise

from eval.train.data import Question, ReadingSet, may_answer
from rag.reading.span_model import Context
from rag.text.terms import terms

_RANKED = 30
_KEPT = 8
_ROWS = 512
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")
_SHORTEST = 150


def hard_negatives(found: ReadingSet) -> list[tuple[int, ...]]:
    """For each question of the set the numbers of at most eight passages, most alike first by the cosine
    of TF-IDF vectors over stems.

    None is the question's own or holds an accepted answer; where only whole sentences are known to answer, other passages may do so in
    other words, so that a few negatives are wrong, as in any collection.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not found.questions:
        return []
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    passages = vectorizer.fit_transform(
        f"{passage.title}\n{passage.text}" for passage in found.passages
    )
    asked = vectorizer.transform(question.text for question in found.questions)
    ranked: list[list[int]] = []
    for first in range(0, len(found.questions), _ROWS):
        alike = (asked[first : first + _ROWS] @ passages.T).toarray()
        some = np.argpartition(-alike, min(_RANKED, alike.shape[1] - 1), axis=1)[:, :_RANKED]
        order = np.lexsort((some, -np.take_along_axis(alike, some, axis=1)), axis=1)
        ranked += np.take_along_axis(some, order, axis=1).tolist()
    return [_kept(found, number, row) for number, row in enumerate(ranked)]


def _kept(found: ReadingSet, number: int, ranked: list[int]) -> tuple[int, ...]:
    question = found.questions[number]
    others = (
        i for i in ranked if i != question.passage and not may_answer(question, found.passages[i])
    )
    return tuple(i for i, _ in zip(others, range(_KEPT), strict=False))


def near_miss(question: Question, passage: Context) -> Context | None:
    """The question's own passage without the sentences that answer; `None` if what is left is short or may still answer."""
    ends = [match.end() for match in _SENTENCE_END.finditer(passage.text)]
    kept = [
        passage.text[start:end]
        for start, end in pairwise([0, *ends, len(passage.text)])
        if all(span.end <= start or end <= span.start for span in question.spans)
    ]
    left = Context(passage.title, "".join(kept).strip())
    return (
        None
        if len(left.text) < _SHORTEST
        or len(left.text) == len(passage.text)
        or may_answer(question, left)
        else left
    )
