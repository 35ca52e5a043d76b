"""Asks an archive questions and labels the sentences that the reader is given.

An example holds what the reader sees of one question and which of its sentences answer.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from eval.gold.questions import GoldQuestion
from eval.scoring.matching import covers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.reading.features import Evidence
    from rag.reading.span_model import SpanModel
    from rag.store.archive import Archive


class Example(NamedTuple):
    """A question as the reader sees it; `right` has one flag for each row of the evidence."""

    question_id: str
    evidence: Evidence
    right: NDArray[np.bool_]
    answerable: bool


def examples(
    archive: Archive,
    model: SpanModel,
    questions: Sequence[GoldQuestion],
    *,
    held: Container[str] | None = None,
) -> Iterator[Example]:
    """Asks each question.

    :param held: the sources that the archive has, where it lacks some of the questions'.
    """
    from rag import Filters, Query
    from rag.reading.features import gather_evidence
    from rag.retrieval.retrieve import retrieve

    for question in questions:
        query = Query(question.question, Filters(as_of=question.as_of))
        evidence = gather_evidence(model, query.text, retrieve(archive, query).hits)
        quotes = [item.quote for item in question.evidence if held is None or item.source in held]
        answerable = bool(question.answerable and quotes)
        yield Example(question.id, evidence, _right(evidence, quotes), answerable)


def _right(evidence: Evidence, quotes: Sequence[str]) -> NDArray[np.bool_]:
    import numpy as np

    pairs = zip(evidence.hits, evidence.sentences, strict=True)
    texts = (hit.article.text[sentence.start : sentence.end] for hit, sentence in pairs)
    return np.asarray([any(covers(text, quote) for quote in quotes) for text in texts], dtype=bool)


def share_at(found: Sequence[Example], weights: NDArray[np.float64], k: int) -> float:
    """The share of the answerable questions with a right sentence among the first k."""
    import numpy as np

    asked = [example for example in found if example.answerable]
    first = (
        example.right[np.argsort(-(example.evidence.matrix @ weights), kind="stable")[:k]]
        for example in asked
    )
    return sum(bool(right.any()) for right in first) / len(asked)
