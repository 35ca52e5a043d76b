"""Bounds what a document may hold, before a parser makes far more of it than it has bytes."""

from __future__ import annotations

from rag.errors import SourceError


def check_count(data: str | bytes, marks: str, most: int, what: str) -> None:
    """Counts some characters of a text.

    :raises SourceError: if there are more than `most` of them.
    """
    found = sum(
        data.count(mark) if isinstance(data, str) else data.count(mark.encode()) for mark in marks
    )
    if found > most:
        raise SourceError(f"holds more than {most:,} {what}, which no article does")
