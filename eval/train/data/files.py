"""Reads a training file in whichever of the formats it is."""

from __future__ import annotations

import json
from pathlib import Path

from eval.gold.rows import read_text
from eval.train.data.formats import selqa_set, squad_set
from eval.train.data.gold_questions import gold_set
from eval.train.data.sets import ReadingSet
from eval.train.data.summaries import summary_set
from rag.errors import UsageError


def read_file(path: Path, corpus: Path | None) -> ReadingSet:
    """Reads SQuAD or SelQA (`.json`, `.json.gz`), summaries (`.jsonl.gz`) or gold questions.

    :param corpus: the articles that gold questions (`.jsonl`) ask about.
    :raises UsageError: if the file cannot be read, or is of no such format.
    """
    if path.suffix == ".jsonl":
        if corpus is None:
            raise UsageError(
                f"{path} has questions and no articles.", hint="Name the articles with --corpus."
            )
        return gold_set(path, corpus)
    try:
        if path.name.endswith(".jsonl.gz"):
            return summary_set(path)
        plain = json.loads(read_text(path))
        name = path.name.removesuffix(".gz").removesuffix(".json")
        return selqa_set(name, plain) if isinstance(plain, list) else squad_set(name, plain["data"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(
            f"{path} is neither in the format of SQuAD nor of SelQA: {error!r}"
        ) from error
