"""Fits how the reader weighs what speaks for a sentence, on questions over texts that are no part of any gold set.

In go files in the format of SQuAD; out comes a JSON file of weights with its own account. Only questions that the span model was not
trained on are asked, since it is surer of what it knows. The paragraphs become an archive through the public ways in, and the passages
are those that retrieval really brings. Questions without an answer are those of SQuAD 2.0, those about a fifth of the titles, of which
nothing is ingested, and for each answered question its twin about something else (`eval.train.swaps`). Sentence weights are fitted
listwise (softmax over the sentences of one question; Cao et al., Learning to Rank: From Pairwise Approach to Listwise Approach, ICML
2007), the two chances by logistic regression (Platt 1999).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.gold.datasets import Document, Task, squad
from eval.gold.questions import GoldQuestion, Why
from eval.scoring.matching import covers
from eval.train.data import Question, ReadingSet, digest
from eval.train.files import read_file
from eval.train.swaps import Swaps
from rag.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.reading.features import Evidence
    from rag.reading.reader import Logistic
    from rag.reading.span_model import SpanModel
    from rag.store.archive import Archive

_RIDGE = 1e-3
# The threshold on the chance of none at which this share of the questions that have an answer would be left unanswered.
FALSE_ABSTENTION = 0.10
# How many of the questions that people ask are taken to have no answer in the archive, when confidence is fitted.
_UNANSWERABLE = 0.2
_PARAGRAPHS = 5
# Fewer questions of either kind say nothing.
_FEWEST = 20


class Example(NamedTuple):
    """One question as the reader sees it, and which of its sentences answer: one flag a row of the evidence."""

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
    """Asks the archive each question and labels what comes back; `held` are the sources that the archive has, where it lacks some."""
    import numpy as np

    from rag import Filters, Query
    from rag.model import PartialDate
    from rag.reading.features import gather_evidence
    from rag.retrieval.retrieve import retrieve

    for question in questions:
        filters = Filters(
            as_of=None if question.as_of is None else PartialDate.parse(question.as_of)
        )
        hits = retrieve(archive, Query(question.question, filters)).hits
        evidence = gather_evidence(model, question.question, hits)
        texts = [
            hit.article.text[s.start : s.end]
            for hit, s in zip(evidence.hits, evidence.sentences, strict=True)
        ]
        quotes = [item.quote for item in question.evidence if held is None or item.source in held]
        right = np.asarray(
            [any(covers(text, quote) for quote in quotes) for text in texts], dtype=bool
        )
        yield Example(question.id, evidence, right, bool(question.answerable and quotes))


def unseen(task: Task, found: ReadingSet) -> list[GoldQuestion]:
    """The questions that the span model is not trained on, and after each answered one its twin about something else."""
    kept = {question.id: question for question in found.questions if found.held_out(question)}
    swaps = Swaps(found.questions)
    known_texts = {question.text for question in found.questions}
    asked: list[GoldQuestion] = []
    for question in task.questions:
        if (known := kept.get(question.id)) is None:
            continue
        asked.append(question)
        twin = (
            swaps.swapped(known, found.passages[known.passage], random.Random(question.id))
            if question.answerable
            else None
        )
        # Another paragraph may answer what is asked word for word elsewhere.
        if twin is not None and twin.text not in known_texts:
            asked.append(_unanswerable(question, twin))
    return asked


def _unanswerable(question: GoldQuestion, twin: Question) -> GoldQuestion:
    none: dict[str, Any] = {
        "type": "unanswerable",
        "answerable": False,
        "answers": (),
        "evidence": (),
        "why": Why.FALSE_PREMISE,
    }
    return replace(question, id=twin.id, question=twin.text, **none)


def held_sources(task: Task) -> frozenset[str]:
    """The documents that are ingested."""
    return frozenset(document.source for document in task.documents if not left_out(document))


def left_out(document: Document) -> bool:
    """Whether the document's title is one of the fifth that is not ingested."""
    return digest(f"left out: {document.title}") % 5 == 0


def sample(questions: Sequence[GoldQuestion], most: int) -> list[GoldQuestion]:
    """At most that many questions, spread evenly by the hash of their ids."""
    return sorted(questions, key=lambda question: digest(question.id))[:most]


def fill(archive: Archive, task: Task, folder: Path) -> None:
    """Ingests the documents that are not left out; some paragraphs on end make an article of the length that news has."""
    from ingest import ingest

    path = folder / f"{task.name}.jsonl"
    kept = [document for document in task.documents if not left_out(document)]
    parts = [
        paragraphs[i : i + _PARAGRAPHS]
        for paragraphs in (
            list(group) for _, group in groupby(kept, key=lambda document: document.title)
        )
        for i in range(0, len(paragraphs), _PARAGRAPHS)
    ]
    rows = (
        {
            "id": part[0].source,
            "title": part[0].title,
            "text": "\n\n".join(item.text for item in part),
        }
        for part in parts
    )
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    ingest(archive, [path])


class Prior(NamedTuple):
    """Sentence weights known before, (features,), and the penalty on the square of what is added for each of them. No weight changes its
    sign: what speaks for a sentence may come to count for nothing, and never against it.
    """

    weights: NDArray[np.float64]
    penalties: NDArray[np.float64]


def fit_sentences(found: Sequence[Example], prior: Prior | None = None) -> NDArray[np.float64]:
    """Sentence weights that make the right sentences of each question likely among all of its own, and do not go far from the prior, by
    default from nothing.
    """
    import numpy as np
    from scipy.optimize import minimize

    usable = [example for example in found if example.right.any()]
    if prior is None:
        features = usable[0].evidence.matrix.shape[1]
        prior = Prior(np.zeros(features), np.full(features, _RIDGE))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        added = weights - prior.weights
        total, gradient = float(prior.penalties @ added**2), 2 * prior.penalties * added
        for example in usable:
            matrix = example.evidence.matrix
            scores = matrix @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            mass = float(shares[example.right].sum())
            total -= np.log(mass) / len(usable)
            wanted = np.where(example.right, shares / mass, 0.0)
            gradient = gradient - matrix.T @ (wanted - shares) / len(usable)
        return total, gradient

    bounds = [(0 if known > 0 else None, 0 if known < 0 else None) for known in prior.weights]
    weights: NDArray[np.float64] = minimize(
        loss, prior.weights, jac=True, bounds=bounds, method="L-BFGS-B"
    ).x
    return weights


def fit_chances(
    found: Sequence[Example], sentence_weights: NDArray[np.float64]
) -> tuple[Logistic, Logistic, float]:
    """The chance that no sentence answers, the chance that the best one does, and the threshold on the former."""
    import numpy as np

    from rag.reading.features import question_features

    read = [example for example in found if example.evidence.sentences]
    scores = [example.evidence.matrix @ sentence_weights for example in read]
    rows = np.stack(
        [
            question_features(example.evidence, own)
            for example, own in zip(read, scores, strict=True)
        ]
    )
    answered = np.asarray([example.right.any() for example in read])
    first_right = np.asarray(
        [example.right[own.argmax()] for example, own in zip(read, scores, strict=True)]
    )
    # As if so many of all questions had no answer, whatever their share in the data.
    weights = np.where(
        answered, (1 - _UNANSWERABLE) / answered.mean(), _UNANSWERABLE / (1 - answered.mean())
    )
    none = _logistic(rows, ~answered, weights)
    threshold = float(
        np.quantile([none.chance(row) for row in rows[answered]], 1 - FALSE_ABSTENTION)
    )
    return none, _logistic(rows, first_right, weights), threshold


def _logistic(
    rows: NDArray[np.float64], labels: NDArray[np.bool_], weights: NDArray[np.float64]
) -> Logistic:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from rag.reading.reader import Logistic

    # Scaled, so that the penalty means the same for each; the weights are given back for features as they are.
    scaler, model = StandardScaler(), LogisticRegression(C=1.0, max_iter=1000)
    make_pipeline(scaler, model).fit(rows, labels, logisticregression__sample_weight=weights)
    slopes = model.coef_[0] / scaler.scale_
    return Logistic(tuple(slopes.tolist()), float(model.intercept_[0] - slopes @ scaler.mean_))


def train_ranker(data: Sequence[Path], out: Path, *, reader: str | None, most: int) -> None:
    """Fits the weights for the span model of that name, on at most `most` questions a file, and writes them to `out`.

    :raises UsageError: if a file cannot be used, or too few of its questions can.
    :raises ModelError: if there is no such model.
    """
    from rag import open_archive
    from rag.reading.loading import reader_sha256, shared_model

    out.parent.mkdir(parents=True, exist_ok=True)
    model = shared_model(reader, bf16=True)
    found: list[Example] = []
    with tempfile.TemporaryDirectory() as folder:
        archive = open_archive(Path(folder) / "archive", create=True)
        tasks = [squad(path) for path in data]
        for task in tasks:
            fill(archive, task, Path(folder))
        for task, path in zip(tasks, data, strict=True):
            for number, example in enumerate(
                examples(
                    archive,
                    model,
                    sample(unseen(task, read_file(path, None)), most),
                    held=held_sources(task),
                ),
                start=1,
            ):
                found.append(example)
                if number % 100 == 0:
                    print(f"{task.name}: {number} questions read", file=sys.stderr)  # noqa: T201
        archive.close()
    answered = sum(bool(example.right.any()) for example in found)
    if min(answered, len(found) - answered) < _FEWEST:
        raise UsageError(
            f"Of {len(found)} questions that the reader was not trained on {answered} find their answer: too few to fit anything.",
            hint="Give larger files, with questions that are answered.",
        )
    told = {"data": [task.name for task in tasks], "questions": len(found), "most_a_file": most}
    write_weights(
        found,
        out,
        account={"reader": reader or "the one that ships", "sha256": reader_sha256(reader)} | told,
    )


def write_weights(found: Sequence[Example], out: Path, *, account: Mapping[str, object]) -> None:
    """Fits all parts and writes them with the reader's own figures on what they were fitted on."""
    from rag.reading.features import QUESTION_FEATURES, SENTENCE_FEATURES

    sentence = fit_sentences(found)
    none, right, threshold = fit_chances(found, sentence)
    plain = {
        "account": {
            **account,
            "quote_at": {str(k): round(share_at(found, sentence, k), 3) for k in (1, 3, 5)},
        },
        "sentence": named(SENTENCE_FEATURES, sentence.tolist()),
        "none": named((*QUESTION_FEATURES, "bias"), (*none.weights, none.bias)),
        "right": named((*QUESTION_FEATURES, "bias"), (*right.weights, right.bias)),
        "threshold": round(threshold, 4),
    }
    write_json(out, plain)


def write_json(out: Path, plain: Mapping[str, object]) -> None:
    """Writes the weights; the file is whole at any time."""
    new = out.with_suffix(".new")
    new.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    new.replace(out)


def named(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    """Weights as JSON has them."""
    return {name: round(value, 4) for name, value in zip(names, values, strict=True)}


def share_at(found: Sequence[Example], weights: NDArray[np.float64], k: int) -> float:
    """The share of the answerable questions with a right sentence among the first k."""
    import numpy as np

    asked = [example for example in found if example.answerable]
    first = (
        example.right[np.argsort(-(example.evidence.matrix @ weights), kind="stable")[:k]]
        for example in asked
        if len(example.right)
    )
    return sum(bool(right.any()) for right in first) / len(asked)
