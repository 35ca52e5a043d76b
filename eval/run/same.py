"""Finds where the answers of two runs differ, apart from ids and timings.

It shows that a change of the code has not changed an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from eval.run.runfile import Run

# What differs between two archives with the same articles, and between any two times.
IGNORED = frozenset({"id", "article_id", "version", "chunk_id", "archive_revision", "timings_ms"})
_TOLERANCE = 1e-6


class Difference(NamedTuple):
    """One value that differs: the question, the place in its Answer, and both values as text."""

    question_id: str
    where: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.question_id}  {self.where}: {self.before} -> {self.after}"


def differences(before: Run, after: Run) -> list[Difference]:
    """Every difference between two runs, question by question.

    Numbers may differ by one millionth, and a key that is missing is the same as null. A question
    that only one run has is a difference.
    """
    old, new = (
        {item.id: {"answer": item.answer, "error": item.error} for item in run.outcomes}
        for run in (before, after)
    )
    return [
        Difference(name, *found)
        for name in sorted(old.keys() | new.keys())
        for found in _differing(old.get(name), new.get(name), "")
    ]


def _differing(old: object, new: object, where: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted((old.keys() | new.keys()) - IGNORED):
            yield from _differing(old.get(key), new.get(key), f"{where}.{key}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _differing(*pair, f"{where}[{index}]")
    elif isinstance(old, list) and isinstance(new, list):
        yield f"{where} (length)", str(len(old)), str(len(new))
    elif not _equal(old, new):
        yield where or "question", _shown(old), _shown(new)


def _equal(old: object, new: object) -> bool:
    if isinstance(old, int | float) and isinstance(new, int | float):
        return abs(old - new) <= _TOLERANCE
    return old == new


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:99]}…"
