"""Reads a training file in whichever of the formats it is."""

from __future__ import annotations

import json
from pathlib import Path

from eval.train.data import ReadingSet, selqa_set, squad_set
from eval.train.gold_reading import gold
from rag.errors import UsageError


def read_file(path: Path, corpus: Path | None) -> ReadingSet:
    """Reads a file in the format of SQuAD or SelQA, or gold questions (`.jsonl`).

    :param corpus: the articles that gold questions ask about.
    :raises UsageError: if the file cannot be read, or is of no such format.
    """
    if path.suffix == ".jsonl":
        if corpus is None:
            raise UsageError(
                f"{path} has questions and no articles.", hint="Name the articles with --corpus."
            )
        return gold(path, corpus)
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(plain, list):
            return selqa_set(path.stem, plain)
        return squad_set(path.stem, plain["data"])
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is neither in the format of SQuAD nor of SelQA: {error!r}"
        ) from error
