"""Decides which questions are asked of which articles: one job for each archive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from eval.gold import datasets
from eval.gold.questions import GoldQuestion, folder_sources, load_gold
from rag.errors import UsageError

# Data sets that bring their own articles.
_WITH_ARTICLES: dict[str, Callable[[Path], list[datasets.Task]]] = {
    "rgb": datasets.rgb_conflicts,
    "ramdocs": datasets.ramdocs,
    "squad": lambda path: [datasets.squad(path)],
}
DATASETS = ("gold", "realtimeqa", *_WITH_ARTICLES)
DOCUMENTS = "documents.jsonl"


class Job(NamedTuple):
    """Questions, and the file or folder of articles they are asked of; `None` without articles."""

    name: str
    corpus: Path | None
    questions: tuple[GoldQuestion, ...]


def jobs_of(dataset: str, gold: Path, corpus: Path | None, folder: Path) -> list[Job]:
    """The jobs of a data set; documents that it brings along are written below `folder`.

    :param dataset: `gold` or `realtimeqa` (both in the gold schema), `rgb`, `ramdocs` or `squad`.
    :raises GoldError: if the gold file has faults.
    :raises UsageError: if the data set is unknown, its corpus is missing, or a corpus was given
        though the data set brings its own.
    """
    if dataset == "gold":
        sources = None if corpus is None else folder_sources(corpus)
        return [Job(gold.stem, corpus, tuple(load_gold(gold, sources=sources)))]
    if dataset == "realtimeqa":
        if corpus is None:
            raise UsageError(
                "realtimeqa needs its articles", hint="name articles.jsonl.gz with --corpus"
            )
        articles = corpus / "articles.jsonl.gz" if corpus.is_dir() else corpus
        return [job_of(datasets.realtimeqa(gold, articles), folder)]
    if dataset not in DATASETS:
        known = ", ".join(DATASETS)
        raise UsageError(f"there is no dataset {dataset!r}", hint=f"use one of {known}")
    if corpus is not None:
        raise UsageError(f"{dataset} brings its own articles", hint="leave --corpus out")
    return [job_of(task, folder) for task in _WITH_ARTICLES[dataset](gold)]


def job_of(task: datasets.Task, folder: Path) -> Job:
    """Writes the documents of a task as a table below `folder`.

    Evidence is renamed to the sources that the rows get when they are ingested.
    """
    table = folder / task.name / DOCUMENTS
    table.parent.mkdir(parents=True, exist_ok=True)
    rows = (
        json.dumps({"id": document.source, **document.row()}, ensure_ascii=False) + "\n"
        for document in task.documents
    )
    table.write_text("".join(rows), encoding="utf-8")
    return Job(task.name, table, tuple(map(_with_rows_as_sources, task.questions)))


def _with_rows_as_sources(question: GoldQuestion) -> GoldQuestion:
    evidence = (replace(item, source=f"{DOCUMENTS}#{item.source}") for item in question.evidence)
    return replace(question, evidence=tuple(evidence))
