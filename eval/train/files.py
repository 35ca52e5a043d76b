"""Reads a training file in whichever of the formats it is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from eval.train.data import ReadingSet, selqa_set, squad_set
from eval.train.gold_reading import gold
from eval.train.summaries import summaries
from rag.errors import UsageError


def read_file(path: Path, corpus: Path | None) -> ReadingSet:
    """Reads a file in the format of SQuAD or SelQA, articles with summaries (`.jsonl.gz`), or gold
    questions (`.jsonl`); `.json.gz` is read as it is.

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
        if path.name.endswith(".jsonl.gz"):
            return summaries(path)
        read = path.read_bytes()
        text = (gzip.decompress(read) if path.suffix == ".gz" else read).decode("utf-8")
        plain, name = json.loads(text), path.name.removesuffix(".gz").removesuffix(".json")
        return selqa_set(name, plain) if isinstance(plain, list) else squad_set(name, plain["data"])
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is neither in the format of SQuAD nor of SelQA: {error!r}"
        ) from error
