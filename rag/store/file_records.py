"""Remembers files that were read, so that one that has not changed need not be read again.

A record counts only as long as the archive holds just those documents that came of the file: where
one was removed, corrected or read from elsewhere since, there is no record.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class FileDocument(NamedTuple):
    """A document of a file: the id of its article, or why it is none."""

    source: str
    article_id: str | None
    reason: str | None = None


class FileRecord(NamedTuple):
    """A file as it was when its documents were stored.

    `looks` is what the file system says of it, `content` the hash of its bytes. `read_as` stands
    for all else that its documents depend on.
    """

    collection: str
    source: str
    read_as: str
    looks: str
    content: str
    documents: tuple[FileDocument, ...] = ()


class FileRecords:
    """Looks up records, each as the database stands at that moment."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def find(self, collection: str, source: str) -> FileRecord | None:
        """The record of a file; None where there is none that still holds."""
        rows = self._db.execute(
            "SELECT read_as, looks, content, documents, seal FROM files"
            " WHERE collection = ? AND source = ?",
            (collection, source),
        ).fetchall()
        for *described, packed, seal in rows:
            read_as, looks, content = map(_text, described)
            record = FileRecord(collection, source, read_as, looks, content, _unpacked(packed))
            if seal == _seal(record, raw_hashes(self._db, _article_ids(record))):
                return record
        return None


def remember(db: sqlite3.Connection, record: FileRecord) -> None:
    """Stores a record, within the open transaction; its documents are stored by then."""
    documents = json.dumps(record.documents, ensure_ascii=False)
    seal = _seal(record, raw_hashes(db, _article_ids(record)))
    packed = zlib.compress(documents.encode("utf-8", "replace"))
    db.execute(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", (*record[:5], packed, seal)
    )


def forget(db: sqlite3.Connection, article_id: str) -> None:
    """Deletes the record of the file that an article came from, within the open transaction."""
    for collection, key in db.execute(
        "SELECT collection, key FROM articles WHERE article_id = ?", (article_id,)
    ).fetchall():
        db.executemany(
            "DELETE FROM files WHERE collection = ? AND source = ?",
            # An article whose key was altered can still be removed.
            [(collection, name) for name in file_names(key)] if isinstance(key, str) else [],
        )


def file_names(key: str) -> list[str]:
    """Lists what may be the file's name in a key: all of it, or what stands before a "#"."""
    parts = key.split("#")
    return ["#".join(parts[:count]) for count in range(len(parts), 0, -1)]


def raw_hashes(db: sqlite3.Connection, article_ids: Sequence[str]) -> dict[str, str]:
    """The hash of the raw document of each article's latest version, of those stored."""
    return dict(
        db.execute(
            "SELECT article_id, raw_hash FROM articles"
            " WHERE article_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(article_ids)),),
        ).fetchall()
    )


def _article_ids(record: FileRecord) -> list[str]:
    return [item.article_id for item in record.documents if item.article_id is not None]


def _seal(record: FileRecord, hashes: Mapping[str, str]) -> str:
    """A hash over the record and over the documents that the archive holds for it."""
    held = [hashes.get(item.article_id or "") for item in record.documents]
    return hashlib.sha256(json.dumps([record, held]).encode()).hexdigest()


def _text(value: object) -> str:
    """A text column; nothing where it is damaged, which the seal then tells."""
    return value if isinstance(value, str) else ""


def _unpacked(packed: object) -> tuple[FileDocument, ...]:
    """The documents of a record; none where it is damaged, which its seal then tells."""
    try:
        items = json.loads(zlib.decompress(packed)) if isinstance(packed, bytes) else []
        return tuple(FileDocument(*item) for item in items)
    except (ValueError, TypeError, zlib.error):
        return ()
