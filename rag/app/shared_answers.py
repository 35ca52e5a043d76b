"""Keeps answers beside the archive, so that a link to one shows it to others.

Each lies in a file of its own, `answers/<name>.json`, as an Answer without its passages. The name
follows from the answer, so that sharing it again gives the same link.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import ArchiveError, UsageError

FOLDER = "answers"
_NAME = re.compile(r"[0-9a-f]{16}")
_MOST_BYTES = 1_000_000


def keep_answer(archive_folder: Path, answer: Mapping[str, Any]) -> str:
    """Keeps an answer and returns the name under which it is found.

    :raises UsageError: if the answer is larger than a megabyte.
    :raises ArchiveError: if nothing can be written beside the archive.
    """
    text = json.dumps(answer, ensure_ascii=True, sort_keys=True)
    if len(text) > _MOST_BYTES:
        raise UsageError("This answer is too long for a link.", hint="Save it as a file instead.")
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = archive_folder / FOLDER / f"{name}.json"
    try:
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(text, encoding="ascii")
        unfinished.replace(path)
    except OSError as error:
        raise ArchiveError(
            f"The answer cannot be kept: {error.strerror or error}.",
            hint="Is the archive's disk full or read-only?",
        ) from error
    return name


def kept_answer(archive_folder: Path, name: str) -> dict[str, Any]:
    """Reads an answer that was kept.

    :raises UsageError: if there is none of that name.
    """
    missing = UsageError(
        "The answer of this link is no longer kept.", hint="Ask its question again."
    )
    if not _NAME.fullmatch(name):
        raise missing
    try:
        plain = json.loads((archive_folder / FOLDER / f"{name}.json").read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise missing from error
    if not isinstance(plain, dict) or not isinstance(plain.get("question"), str):
        raise missing
    return plain
