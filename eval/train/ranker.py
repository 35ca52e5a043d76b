"""Fits the weights of the sentence reader, on questions over texts that are no part of any gold set.

In go files in the format of SQuAD; out comes a JSON file of weights with its own account. The paragraphs become an archive through the
public ways in, and the passages are those that retrieval really brings. Of every fifth title nothing is ingested, so that the questions
on it have no answer there. Sentence weights are fitted listwise (softmax over the sentences of one question; Cao et al., Learning to
Rank: From Pairwise Approach to Listwise Approach, ICML 2007), the chance that none answers by logistic regression.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.datasets import Document, Task, squad
from eval.gold import GoldQuestion
from eval.matching import covers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.archive import Archive
    from rag.embed import Embedder
    from rag.model import Span
    from rag.reader import Features

_RIDGE = 1e-3
# The threshold on p_none at which this share of the questions that have an answer would be left unanswered.
_FALSE_ABSTENTION = 0.10


class Example(NamedTuple):
    """One question as the reader sees it, and which of its sentences answer: one flag a row of the features."""

    question_id: str
    features: Features
    right: NDArray[np.bool_]
    answerable: bool


def examples(task: Task, archive: Archive, questions: Sequence[GoldQuestion]) -> Iterator[Example]:
    """Asks the archive each question and labels what comes back."""
    import numpy as np

    from rag import Query
    from rag.reader import sentence_features
    from rag.retrieve import retrieve

    embedder = Remembering(archive.embedder)
    held = {document.source for document in task.documents if not held_out(document)}
    for question in questions:
        hits = retrieve(archive, Query(question.question)).hits
        features = sentence_features(embedder, question.question, hits)
        texts = [hit.article.text[s.start : s.end] for hit, s in zip(features.hits, features.sentences, strict=True)]
        quotes = [item.quote for item in question.evidence if item.source in held]
        right = np.asarray([any(covers(text, quote) for quote in quotes) for text in texts], dtype=bool)
        yield Example(question.id, features, right, bool(question.answerable and quotes))


class Remembering:
    """The archive's embedder, but a passage that comes back for another question is not read again."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.identity, self.dim, self.max_tokens = embedder.name, embedder.identity, embedder.dim, embedder.max_tokens
        self.encode = embedder.encode
        self.count_tokens = embedder.count_tokens
        self._embedder = embedder
        self._known: dict[tuple[str, tuple[Span, ...]], NDArray[np.float32]] = {}

    def encode_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> list[NDArray[np.float32]]:
        """As the embedder's own."""
        keys = [(text, tuple(spans)) for text, spans in zip(texts, parts, strict=True)]
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.encode_parts([text for text, _ in new], [spans for _, spans in new]), strict=True))
        return [self._known[key] for key in keys]


def held_out(document: Document) -> bool:
    """Whether the document's title is one of the fifth that is not ingested."""
    return _digest(document.title) % 5 == 0


def sample(task: Task, most: int) -> list[GoldQuestion]:
    """At most that many of the task's questions, spread evenly by the hash of their ids."""
    return sorted(task.questions, key=lambda question: _digest(question.id))[:most]


def fill(archive: Archive, task: Task, folder: Path) -> None:
    """Ingests the documents that are not held out, each paragraph as an article."""
    from ingest import ingest

    path = folder / f"{task.name}.jsonl"
    rows = (
        {"id": document.source, "title": document.title, "text": document.text} for document in task.documents if not held_out(document)
    )
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    ingest(archive, [path])


def fit_sentences(found: Sequence[Example]) -> NDArray[np.float64]:
    """Sentence weights that make the right sentences of each question likely among all of its own."""
    import numpy as np
    from scipy.optimize import minimize

    usable = [example for example in found if example.right.any()]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, gradient = _RIDGE * float(weights @ weights), 2 * _RIDGE * weights
        for example in usable:
            matrix = example.features.matrix
            scores = matrix @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            mass = float(shares[example.right].sum())
            total -= np.log(mass) / len(usable)
            wanted = np.where(example.right, shares / mass, 0.0)
            gradient = gradient - matrix.T @ (wanted - shares) / len(usable)
        return total, gradient

    start = np.zeros(usable[0].features.matrix.shape[1])
    weights: NDArray[np.float64] = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return weights


class NoneFit(NamedTuple):
    """The chance that none answers: weights, bias and the threshold above which to abstain."""

    weights: NDArray[np.float64]
    bias: float
    threshold: float


def fit_none(found: Sequence[Example], sentence_weights: NDArray[np.float64]) -> NoneFit:
    """Logistic regression of "no sentence answers"; both classes count alike, whatever their share in the data."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from rag.reader import none_features

    read = [example for example in found if len(example.features.sentences)]
    rows = np.stack([none_features(example.features, example.features.matrix @ sentence_weights) for example in read])
    none = np.asarray([not example.right.any() for example in read])
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(rows, none)
    chances = model.predict_proba(rows)[:, 1]
    threshold = float(np.quantile(chances[~none], 1 - _FALSE_ABSTENTION))
    return NoneFit(model.coef_[0], float(model.intercept_[0]), threshold)


def train_ranker(data: Sequence[Path], out: Path, *, most: int) -> None:
    """Fits the sentence reader on at most `most` questions a file and writes its weights to `out`."""
    from rag import open_archive

    found: list[Example] = []
    with tempfile.TemporaryDirectory() as folder:
        archive = open_archive(Path(folder) / "archive", create=True)
        tasks = [squad(path) for path in data]
        for task in tasks:
            fill(archive, task, Path(folder))
        for task in tasks:
            for number, example in enumerate(examples(task, archive, sample(task, most)), start=1):
                found.append(example)
                if number % 100 == 0:
                    print(f"{task.name}: {number} questions read", file=sys.stderr)  # noqa: T201
        archive.close()
    write_weights(found, out, account={"data": [task.name for task in tasks], "questions": len(found), "most_a_file": most})


def write_weights(found: Sequence[Example], out: Path, *, account: dict[str, object]) -> None:
    """Fits both parts and writes them with the reader's own figures on what they were fitted on."""
    from rag.reader import NONE_FEATURES, SENTENCE_FEATURES

    sentence = fit_sentences(found)
    none = fit_none(found, sentence)
    plain = {
        "account": account | {"quote_at": {str(k): round(share_at(found, sentence, k), 3) for k in (1, 3, 5)}},
        "sentence": dict(zip(SENTENCE_FEATURES, (round(float(weight), 4) for weight in sentence), strict=True)),
        "none": dict(zip(NONE_FEATURES, (round(float(weight), 4) for weight in none.weights), strict=True)),
        "none_bias": round(none.bias, 4),
        "threshold": round(none.threshold, 4),
    }
    out.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def share_at(found: Sequence[Example], weights: NDArray[np.float64], k: int) -> float:
    """The share of the answerable questions with a right sentence among the first k."""
    import numpy as np

    asked = [example for example in found if example.answerable]
    first = (example.right[np.argsort(-(example.features.matrix @ weights), kind="stable")[:k]] for example in asked if len(example.right))
    return sum(bool(right.any()) for right in first) / len(asked)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
