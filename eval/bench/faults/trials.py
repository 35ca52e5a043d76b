"""What came of many trials of one kind: how many faults of each sort, and where."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

_SHOWN = 40
# Processes that begin with the libraries loaded.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    ["chromadb", "tantivy", "ingest.pipeline", "rag.app.cli", "rag.app.reports"]
)


class Problem(NamedTuple):
    """One fault: its sort, in which trial it came, and what was seen."""

    sort: str
    trial: str
    seen: str


class Trials(NamedTuple):
    """Trials of one kind; `sorts` are the faults that are looked for."""

    kind: str
    made: int
    sorts: tuple[str, ...]
    problems: list[Problem]


def table(rows: Sequence[Trials]) -> str:
    """The counts as a Markdown table, and the first faults below it."""
    lines = ["| trials | faults |", "| --- | --- |"]
    for row in rows:
        counts = Counter(problem.sort for problem in row.problems)
        faults = ", ".join(f"{counts[sort]} {sort}" for sort in row.sorts)
        lines.append(f"| {row.made:,} {row.kind} | {faults} |")
    problems = [": ".join(problem) for row in rows for problem in row.problems]
    return "\n".join([*lines, *problems[:_SHOWN]])
