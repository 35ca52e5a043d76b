"""Tells what weighed for and against each sentence that a reader has ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.model import Candidate, Hit
from rag.reading.features import SENTENCE_FEATURES, gather_evidence
from rag.reading.subjects import prefer_subject

if TYPE_CHECKING:
    from rag.reading.reader import TrainedReader

# What people are told of, and the features that make it up.
_GROUPS = {
    "reads like an answer": ("span", "share", "before", "after"),
    "has the question's words": ("overlap", "overlap_in_context", "overlap_in_passage", "pairs"),
    "stands in a good passage": ("passage_similarity", "passage_rank"),
    "has the kind of thing asked for": ("kind",),
}
_SUBJECT = "is about the subject asked for"


class Weight(NamedTuple):
    """What one thing adds to a sentence's log odds, beyond what it adds to the mean sentence."""

    name: str
    value: float


class Weighed(NamedTuple):
    """A sentence, and what weighed for and against it; nothing where no weights are known."""

    candidate: Candidate
    weights: tuple[Weight, ...] = ()


def weigh(
    reader: TrainedReader, question: str, hits: Sequence[Hit], candidates: Sequence[Candidate]
) -> tuple[Weighed, ...]:
    """Reads the passages again and tells what weighed in each of the candidates.

    The sum of a sentence's weights is its log odds less those of the mean sentence of the passages.
    What a sentence wins or loses because another says the same of another subject comes last.

    :raises ModelError: if the model cannot be loaded.
    """
    import numpy as np

    if not hits or not candidates:
        return tuple(map(Weighed, candidates))
    evidence = gather_evidence(reader.model, question, hits)
    added = evidence.matrix * np.asarray(reader.combination.sentence)
    scores = added.sum(axis=1)
    moved = prefer_subject(evidence, scores) - scores
    added -= added.mean(axis=0)
    columns = [[SENTENCE_FEATURES.index(name) for name in names] for names in _GROUPS.values()]
    grouped = np.stack([*(added[:, places].sum(axis=1) for places in columns), moved], axis=1)
    rows = {
        (hit.article.article_id, hit.article.version, sentence.start): row
        for hit, sentence, row in zip(
            evidence.hits, evidence.sentences, grouped.tolist(), strict=True
        )
    }

    def weights_of(candidate: Candidate) -> tuple[Weight, ...]:
        article = candidate.article
        row = rows.get((article.article_id, article.version, candidate.sentence.start), ())
        found = tuple(map(Weight, (*_GROUPS, _SUBJECT), row))
        return found if moved.any() else found[:-1]

    return tuple(Weighed(candidate, weights_of(candidate)) for candidate in candidates)
