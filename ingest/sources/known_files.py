"""Tells whether a file is as it was when its documents were stored, without reading it.

The file system tells: size, times and inode. What it says counts only where the file had not been
changed for a while when it was looked at: a change within one tick of its clock leaves no trace.
"""

from __future__ import annotations

import hashlib
import json
import stat
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ingest.extract.article import EXTRACTOR
from ingest.extract.stated import Fields
from rag.store.file_records import FileRecord, FileRecords

# The coarsest clock of a file system in use, that of FAT.
_TICK_NS = 2_000_000_000


class KnownFiles:
    """The files that an archive remembers; `stated` is what the user says of all of them."""

    def __init__(self, records: FileRecords, stated: Fields) -> None:
        self._records = records
        self._stated = stated
        self._release = _release()

    def look(self, path: Path, collection: str, source: str, stated: Fields) -> FileRecord:
        """Looks at a file before it is read; `stated` is what is stated of it alone."""
        read_as = [EXTRACTOR, self._release, dict(self._stated), dict(stated)]
        return FileRecord(
            collection, source, json.dumps(read_as, sort_keys=True), _looks(path), content=""
        )

    def recall(self, path: Path, file: FileRecord) -> FileRecord | None:
        """The record of a file with the same bytes, read in the same way; None where it has none.

        A file that looks otherwise is compared by the hash of its bytes.
        """
        held = self._records.find(file.collection, file.source)
        if held is None or held.read_as != file.read_as:
            return None
        same = held.looks == file.looks or held.content == _content(path)
        return held if same else None

    def settled(self, path: Path, file: FileRecord) -> FileRecord | None:
        """The record of a file that was looked at and then read; None where it may have changed."""
        content = _content(path) if file.looks else ""
        return file._replace(content=content) if content and _looks(path) == file.looks else None


def _looks(path: Path) -> str:
    """What the file system says of a file; nothing where that may not tell the next change."""
    try:
        found = path.stat()
    except OSError:
        return ""
    settled = max(found.st_mtime_ns, found.st_ctime_ns) + _TICK_NS <= time.time_ns()
    if not settled or not stat.S_ISREG(found.st_mode):
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _content(path: Path) -> str:
    """A hash of the bytes of a file; nothing where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _release() -> str:
    try:
        return version("byline")
    except PackageNotFoundError:
        return ""
