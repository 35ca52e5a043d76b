"""Tells a full disk apart from damage, and keeps a little room so that articles can be removed."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.errors import BylineError, DiskFull

RESERVE = "reserve"
# What the removal of one article writes before it frees anything, several times over.
_RESERVE_BYTES = 4 * 2**20
# Indexes written in Rust hand on the words of the operating system and of SQLite.
_FULL = re.compile(r"no space left|disk is full|os error 28\b|quota exceeded", re.IGNORECASE)


@contextmanager
def full_disk_told(place: Path | str) -> Iterator[None]:
    """Maps a write that failed for want of room to DiskFull."""
    try:
        yield
    except Exception as error:
        if isinstance(error, BylineError) or not _is_full(error):
            raise
        raise DiskFull(
            f"The disk that holds {place} is full.",
            hint="Free some room, then run the command again: what was reported is kept.",
        ) from error


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF == sqlite3.SQLITE_FULL or _FULL.search(str(error)) is not None


@contextmanager
def reserve_released(folder: Path) -> Iterator[None]:
    """Gives back the room that was kept for removals, and keeps it again afterwards."""
    with suppress(OSError):
        (folder / RESERVE).unlink(missing_ok=True)
    try:
        yield
    finally:
        keep_reserve(folder)


def keep_reserve(folder: Path) -> None:
    """Keeps room for removals in the archive's folder; on a full disk there is none to keep."""
    path = folder / RESERVE
    if path.exists():
        return
    try:
        path.touch(mode=0o600)
        path.write_bytes(bytes(_RESERVE_BYTES))
    except OSError:
        with suppress(OSError):
            path.unlink(missing_ok=True)
