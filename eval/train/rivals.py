"""Fits when different answers to one question contradict each other (`rag.news.rivals`).

Learns from gold questions with several answers, and from others, whose different answers do not
contradict each other. Cross-fitted in two halves by a bit of the hash of the id that is not the
parity: all questions of the development half of RAMDocs have one parity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from eval.gold.questions import GoldQuestion
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.scoring.matching import contains_any
from eval.train.weights import fit_logistic, write_weights
from rag.errors import UsageError
from rag.model import Query, Reader, Reading
from rag.news.rivals import FEATURES, RivalModel, compared, features
from rag.news.sides import Side, sides
from rag.retrieval.retrieve import retrieve

THRESHOLD = 0.5
_STRENGTH = 0.5
_FEWEST = 10
_PASSAGES = 10
# Of a larger set, the questions whose ids have the smallest hashes.
_MOST_QUESTIONS = 400


class ReadQuestion(NamedTuple):
    """A gold question of a set, and what the reader found for it; None where it abstains."""

    set: str
    question: GoldQuestion
    reading: Reading | None

    @property
    def in_first_half(self) -> bool:
        name = self.question.cluster or self.question.id
        return sha256(name.encode()).digest()[0] % 2 == 0

    @property
    def values(self) -> Sequence[Sequence[str]]:
        """The strings of each answer that contradicts the others; empty for other questions."""
        question = self.question
        if question.type in {"conflict", "several"} or question.wrong:
            return [*question.answers, *((wrong,) for wrong in question.wrong)]
        return []


class Pair(NamedTuple):
    """The features of the best answer and another one, and whether they contradict each other."""

    features: tuple[float, ...]
    are_rivals: bool


def read_questions(
    name: str, jobs: Iterable[Job], archives: Archives, reader: Reader
) -> Iterator[ReadQuestion]:
    """Reads the passages that the archives hold for each question, at most 400 of a job."""
    for job in jobs:
        with archives.opened(job) as archive:
            if archive is None:
                continue
            for question in sorted(job.questions, key=_hash)[:_MOST_QUESTIONS]:
                hits = retrieve(archive, Query(question.question, k=_PASSAGES)).hits
                reading = reader.read(question.question, hits)
                abstains = not reading.candidates or reading.p_none > reader.threshold
                yield ReadQuestion(name, question, None if abstains else reading)


def _hash(question: GoldQuestion) -> bytes:
    return sha256(question.id.encode()).digest()


def pairs(read: ReadQuestion) -> list[Pair]:
    """The best answer beside each other one."""
    if read.reading is None:
        return []
    text = read.question.question
    found = sides(text, read.reading)
    said = [_values_of(side, read.values) for side in found[:1]]
    return [
        Pair(
            features(text, found[0], other),
            bool(said[0] and (others := _values_of(other, read.values)) and not said[0] & others),
        )
        for other in compared(text, found)
    ]


def _values_of(side: Side, values: Sequence[Sequence[str]]) -> set[int]:
    """Which gold values the best sentence of a side gives: those of its short answer, if any."""
    candidate = side.best.candidate
    assert candidate.answer is not None
    short = candidate.article.text[candidate.answer.start : candidate.answer.end]
    for text in (short, candidate.text):
        if found := {i for i, strings in enumerate(values) if contains_any(text, strings)}:
            return found
    return set()


def fit(read: Sequence[ReadQuestion]) -> RivalModel:
    """The model of these questions; each set counts alike.

    :raises UsageError: if there are too few pairs of one kind.
    """
    import numpy as np

    found = [(item.set, pair) for item in read for pair in pairs(item)]
    labels = [pair.are_rivals for _, pair in found]
    if min(sum(labels), len(labels) - sum(labels)) < _FEWEST:
        raise UsageError(f"Of {len(labels)} pairs of answers {sum(labels)} are rivals: too few.")
    sizes = Counter(name for name, _ in found)
    weights = [len(found) / len(sizes) / sizes[name] for name, _ in found]
    rows = np.array([pair.features for _, pair in found])
    slopes, bias = fit_logistic(rows, labels, weights, strength=_STRENGTH)
    return RivalModel(tuple(map(float, slopes)), bias, THRESHOLD)


def cross_fitted(read: Sequence[ReadQuestion]) -> dict[str, dict[str, str]]:
    """For each set, of how many questions with and without contradiction one was found."""
    counts: dict[str, Counter[str]] = {item.set: Counter() for item in read}
    for half in (True, False):
        model = fit([item for item in read if item.in_first_half != half])
        for item in (item for item in read if item.in_first_half == half):
            kind = "conflicts" if item.values else "others"
            flagged = any(model.chance(pair.features) >= THRESHOLD for pair in pairs(item))
            counts[item.set][kind] += 1
            counts[item.set][f"{kind} found"] += flagged
    return {
        name: {
            kind: f"{found[f'{kind} found']} of {found[kind]}" for kind in ("conflicts", "others")
        }
        for name, found in counts.items()
    }


def train_rivals(read: Sequence[ReadQuestion], out: Path) -> dict[str, dict[str, str]]:
    """Writes the weights of all questions to `out` and returns the cross-fitted figures."""
    figures, model = cross_fitted(read), fit(read)
    plain = {
        "weights": {name: round(w, 4) for name, w in zip(FEATURES, model.weights, strict=True)},
        "bias": round(model.bias, 4),
        "threshold": model.threshold,
        "account": {"cross-fitted": figures},
    }
    write_weights(out, plain)
    return figures
