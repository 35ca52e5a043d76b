"""Finds passages that look as if they answer a question and do not."""

from __future__ import annotations

from itertools import islice

from eval.train.data.sets import Question, ReadingSet, may_answer
from eval.train.data.windows import split_sentences
from rag.reading.span_model import Context
from rag.text.terms import terms

_RANKED = 30
_KEPT = 8
_ROWS = 512
_SHORTEST = 150


def hard_negatives(found: ReadingSet) -> list[tuple[int, ...]]:
    """The indices of at most eight similar passages for each question, most similar first.

    Similarity is the cosine of TF-IDF vectors over stems. A negative is never the question's own
    passage and holds no accepted answer. Where only whole sentences are known to answer, some
    negatives may answer in other words.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not found.questions:
        return []
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    passages = vectorizer.fit_transform(f"{item.title}\n{item.text}" for item in found.passages)
    asked = vectorizer.transform(question.text for question in found.questions)
    ranked: list[list[int]] = []
    for first in range(0, len(found.questions), _ROWS):
        cosines = (asked[first : first + _ROWS] @ passages.T).toarray()
        some = np.argpartition(-cosines, min(_RANKED, cosines.shape[1] - 1), axis=1)[:, :_RANKED]
        order = np.lexsort((some, -np.take_along_axis(cosines, some, axis=1)), axis=1)
        ranked += np.take_along_axis(some, order, axis=1).tolist()
    return [_kept(found, *pair) for pair in zip(found.questions, ranked, strict=True)]


def _kept(found: ReadingSet, question: Question, ranked: list[int]) -> tuple[int, ...]:
    others = (i for i in ranked if i != question.passage)
    silent = (i for i in others if not may_answer(question, found.passages[i]))
    return tuple(islice(silent, _KEPT))


def without_answer(question: Question, passage: Context) -> Context | None:
    """The question's passage without the sentences that answer.

    None where nothing is taken out, or what is left is short or may still answer.
    """
    kept = [
        passage.text[one.start : one.end]
        for one in split_sentences(passage.text)
        if all(span.end <= one.start or one.end <= span.start for span in question.spans)
    ]
    left = Context(passage.title, "".join(kept).strip())
    usable = _SHORTEST <= len(left.text) < len(passage.text) and not may_answer(question, left)
    return left if usable else None
