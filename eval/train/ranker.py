"""Fits how the reader weighs its features, on questions over texts of no gold set.

Only questions that the span model was not trained on are asked, since it is surer of what it has
seen. Their paragraphs are ingested into an archive, and the passages are those that retrieval
brings. Unanswerable are: the unanswerable questions of SQuAD 2.0; questions on a fifth of the
titles, which are not ingested; and a twin of each answered question about something else
(`eval.train.data.swaps`).
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from eval.gold.datasets import Document, Task, squad
from eval.gold.questions import GoldQuestion, Why
from eval.train.data.files import read_file
from eval.train.data.sets import ReadingSet, digest
from eval.train.data.summaries import summary_task
from eval.train.data.swaps import Swaps
from eval.train.examples import Example, examples, share_at
from eval.train.fitting import (
    SENTENCES_KEPT,
    fit_chances,
    fit_sentences,
    outcomes,
    plain_weights,
)
from eval.train.weights import write_weights
from rag.app.progress import Progress
from rag.errors import UsageError
from rag.reading.features import SENTENCE_FEATURES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.store.archive import Archive

# So many paragraphs make an article of the length of news.
_PARAGRAPHS = 5
# The fewest questions of either kind that weights are fitted on.
_FEWEST = 20


def train_ranker(
    data: Sequence[Path], out: Path, *, reader: str | None, most: int, keep_sentences: bool
) -> None:
    """Fits the weights for the span model of that name and writes them to `out`.

    :param most: how many questions of each file are asked at most.
    :param keep_sentences: keeps the sentence weights that `out` has; fits the two chances alone.
    :raises UsageError: if a file cannot be used, or too few of its questions can.
    :raises ModelError: if there is no such model.
    """
    from rag import open_archive
    from rag.reading.loading import reader_sha256, shared_model

    kept = sentence_weights(out) if keep_sentences else None
    model = shared_model(reader, bf16=True)
    sets = [read_file(path, None) for path in data]
    tasks = [_task(path, found) for path, found in zip(data, sets, strict=True)]
    asked = [sample(unseen(*pair), most) for pair in zip(tasks, sets, strict=True)]
    found: list[Example] = []
    with tempfile.TemporaryDirectory() as folder:
        archive = open_archive(Path(folder) / "archive", create=True)
        for task in tasks:
            fill(archive, task, Path(folder))
        with Progress(sum(map(len, asked)), "questions") as progress:
            for task, questions in zip(tasks, asked, strict=True):
                for example in examples(archive, model, questions, held=held_sources(task)):
                    found.append(example)
                    progress.advance()
        archive.close()
    answered = sum(bool(example.right.any()) for example in found)
    if min(answered, len(found) - answered) < _FEWEST:
        raise UsageError(
            f"Of {len(found)} questions that the reader was not trained on {answered} find "
            "their answer: too few to fit anything.",
            hint="Give larger files, with questions that are answered.",
        )
    account = {
        "reader": reader or "the one that ships",
        "sha256": reader_sha256(reader),
        "data": [task.name for task in tasks],
        "questions": len(found),
        "most_a_file": most,
        SENTENCES_KEPT: keep_sentences,
    }
    fit_and_write(found, out, account=account, sentence=kept)


def _task(path: Path, found: ReadingSet) -> Task:
    return summary_task(path, found) if path.name.endswith(".jsonl.gz") else squad(path)


def sentence_weights(out: Path) -> NDArray[np.float64]:
    """Reads the sentence weights of a file: (features,).

    :raises UsageError: if it has none for this release.
    """
    import numpy as np

    try:
        plain = json.loads(out.read_text(encoding="utf-8"))["sentence"]
        return np.asarray([plain[name] for name in SENTENCE_FEATURES], dtype=np.float64)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{out} has no sentence weights to keep: {error!r}",
            hint="Leave out --keep-sentences.",
        ) from error


def unseen(task: Task, found: ReadingSet) -> list[GoldQuestion]:
    """The held-out questions; after each answered one its twin about something else."""
    kept = {question.id: question for question in found.questions if found.held_out(question)}
    swaps = Swaps(found.questions)
    known_texts = {question.text for question in found.questions}
    asked: list[GoldQuestion] = []
    for question in task.questions:
        known = kept.get(question.id)
        if known is None:
            continue
        asked.append(question)
        if question.answerable:
            passage = found.passages[known.passage]
            twin = swaps.swapped(known, passage, random.Random(question.id))
            # Where the twin is itself a question of the set, another paragraph may answer it.
            if twin is not None and twin.text not in known_texts:
                asked.append(_unanswerable(question, twin.id, twin.text))
    return asked


def _unanswerable(question: GoldQuestion, question_id: str, text: str) -> GoldQuestion:
    return replace(
        question,
        id=question_id,
        question=text,
        type="unanswerable",
        answerable=False,
        answers=(),
        evidence=(),
        why=Why.FALSE_PREMISE,
    )


def held_sources(task: Task) -> frozenset[str]:
    """The documents that are ingested."""
    return frozenset(document.source for document in task.documents if not left_out(document))


def left_out(document: Document) -> bool:
    """Whether the document's title, or it itself, is of the fifth that is not ingested."""
    return digest(f"left out: {document.title or document.source}") % 5 == 0


def sample(questions: Sequence[GoldQuestion], most: int) -> list[GoldQuestion]:
    """At most that many questions, spread evenly by the hash of their ids."""
    return sorted(questions, key=lambda question: digest(question.id))[:most]


def fill(archive: Archive, task: Task, folder: Path) -> None:
    """Ingests the documents that are not left out, five paragraphs an article."""
    from ingest import ingest

    kept = [document for document in task.documents if not left_out(document)]
    rows = []
    for title, group in groupby(kept, key=lambda document: document.title):
        paragraphs = list(group)
        # Articles without a title are whole.
        size = _PARAGRAPHS if title else 1
        for i in range(0, len(paragraphs), size):
            part = paragraphs[i : i + size]
            text = "\n\n".join(document.text for document in part)
            rows.append(json.dumps({"id": part[0].source, "title": title, "text": text}))
    path = folder / f"{task.name}.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    ingest(archive, [path])


def fit_and_write(
    found: Sequence[Example],
    out: Path,
    *,
    account: Mapping[str, object],
    sentence: NDArray[np.float64] | None = None,
) -> None:
    """Fits all weights and writes them, with the share of right sentences on the same examples.

    :param sentence: sentence weights that are known already: (features,).
    """
    import numpy as np

    sentence = fit_sentences(found) if sentence is None else sentence
    read = [example for example in found if example.evidence.sentences]
    answered = np.asarray([example.right.any() for example in read])
    chances = fit_chances(outcomes(found, sentence), answered)
    quote_at = {str(k): round(share_at(found, sentence, k), 3) for k in (1, 3, 5)}
    plain = plain_weights(sentence, chances)
    write_weights(out, {"account": {**account, "quote_at": quote_at}} | plain)
