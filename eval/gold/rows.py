"""Reads files of JSON lines and other text, gzipped where their name ends in `.gz`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import UsageError

T = TypeVar("T")


def read_text(path: Path) -> str:
    """The text of a file in UTF-8.

    :raises UsageError: if it cannot be read.
    """
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def read_rows(path: Path, make: Callable[[dict[str, Any]], T]) -> list[T]:
    """What is made of the JSON object on each line; blank lines are passed over.

    :param make: raises ValueError, KeyError or TypeError for an object of another form.
    :raises UsageError: if the file cannot be read, or a line has no such object.
    """
    made = []
    # Not splitlines: an article may hold U+2028 or U+0085, which JSON leaves as they are.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            try:
                made.append(make(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{path}, line {number}: {error!r}") from error
    return made
