"""Fits how well a figure counts what a question asks for (`rag.answering.asked.counted`).

Learns from questions of "how many" and "how much" on files like SQuAD's. Right is a figure in the
answer; wrong are those beside it, and those of the passage of another text that comes nearest to
the question in meaning. Half of the questions, by the hash of their ids, is measured with weights
of the other half; what is written is fitted on all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.train.data.files import read_file
from eval.train.data.sets import Question, ReadingSet, digest
from eval.train.weights import LinearModel, fit_logistic, write_weights
from ingest.segment.sentences import sentences
from rag.answering.asked.counted import FITTED, Signs, amounts, asks_amount, signs_of
from rag.embed import Embedder
from rag.errors import UsageError
from rag.model import Article, Block, Candidate
from rag.reading.span_model import Context

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Vectors = NDArray[np.float32]

_STRENGTH = 1.0
_FEWEST, _MOST = 20, 600


class Asked(NamedTuple):
    """The figures that may answer one question, and which of them do."""

    in_even_half: bool
    signs: tuple[Signs, ...]
    right: tuple[bool, ...]


def train_amounts(data: Sequence[Path], out: Path, embedder: Embedder) -> dict[str, float]:
    """Fits the weights and writes them to `out`; at most 600 questions of each file are used.

    :returns: the share of questions of which the figure of the highest odds is right, each half
        with weights of the other; the same for the figure whose clause is nearest in meaning.
    :raises UsageError: if a file cannot be used, or has too few such questions.
    """
    found = [item for path in data for item in _asked(read_file(path, None), embedder)]
    if len(found) < _FEWEST:
        raise UsageError(
            f"{len(found)} questions for an amount are too few to fit anything.",
            hint="Give larger files.",
        )
    figures = _figures(found)
    model = _fit(found)
    plain = {
        "account": {"data": [path.stem for path in data], "questions": len(found), **figures},
        "weights": {
            name: round(float(slope), 4) for name, slope in zip(FITTED, model.slopes, strict=True)
        },
        "bias": round(model.bias, 4),
    }
    write_weights(out, plain)
    return figures


def _asked(found: ReadingSet, embedder: Embedder) -> Iterator[Asked]:
    """The questions for an amount that a figure answers."""
    wanted = [item for item in found.questions if item.spans and not item.inside]
    asked = [item for item in wanted if asks_amount(item.text)]
    asked = sorted(asked, key=lambda item: digest(item.id))[:_MOST]
    if not asked:
        return
    passages = embedder.encode([passage.text for passage in found.passages])
    questions = embedder.encode([question.text for question in asked])
    for question, vector in zip(asked, questions, strict=True):
        other = _nearest_other(found, question, passages @ vector)
        if item := _of_question(question, found.passages, other, embedder):
            yield item


def _nearest_other(found: ReadingSet, question: Question, nearness: Vectors) -> int:
    """The passage of another group that comes nearest to the question; its own if there is none."""
    group = found.groups[question.passage]
    others = (i for i in nearness.argsort()[::-1] if found.groups[i] != group)
    return int(next(others, question.passage))


def _of_question(
    question: Question, passages: Sequence[Context], other: int, embedder: Embedder
) -> Asked | None:
    """The figures of the question's passage and of another; None if no figure answers."""
    own, figures, right = question.passage, [], []
    for passage in dict.fromkeys((own, other)):
        for candidate in _candidates(passages[passage]):
            for number in amounts(candidate):
                start, end = (candidate.sentence.start + at for at in (number.start, number.end))
                figures.append((number, candidate))
                right.append(
                    passage == own
                    and any(start < span.end and span.start < end for span in question.spans)
                )
    if not any(right):
        return None
    signs = signs_of(question.text, figures, embedder)
    return Asked(digest(question.id) % 2 == 0, tuple(signs), tuple(right))


def _candidates(passage: Context) -> list[Candidate]:
    """The sentences of a passage, without a score or short answer."""
    text = " ".join(passage.text.split("\n"))
    blocks = (Block(0, len(text)),)
    article = Article("", "", "", "", "", passage.title, text, blocks)
    return [Candidate(article, sentence, 0.0, None, 1) for sentence in sentences(text, blocks)]


def _fit(found: Sequence[Asked]) -> LinearModel:
    """The model of these questions, each of which counts alike."""
    import numpy as np

    rows = np.concatenate([_rows(item) for item in found])
    labels = [right for item in found for right in item.right]
    weights = [1 / len(item.signs) for item in found for _ in item.signs]
    scale = len(weights) / sum(weights)
    return fit_logistic(rows, labels, [w * scale for w in weights], strength=_STRENGTH)


def _rows(item: Asked) -> Floats:
    """The fitted signs of each figure, (figures, signs)."""
    import numpy as np

    return np.array([signs[: len(FITTED)] for signs in item.signs])


def _figures(found: Sequence[Asked]) -> dict[str, float]:
    """How often the likeliest figure is right, cross-fitted, and that of the nearest clause."""
    by_odds = by_clause = 0
    for half in (True, False):
        model = _fit([item for item in found if item.in_even_half != half])
        for item in (item for item in found if item.in_even_half == half):
            rows = _rows(item)
            by_odds += item.right[int((rows @ model.slopes).argmax())]
            by_clause += item.right[int(rows[:, 0].argmax())]
    return {
        "right_first": round(by_odds / len(found), 3),
        "nearest_clause": round(by_clause / len(found), 3),
    }
