"""Keeps articles, versions, spans and vectors in one SQLite file: the archive's source of truth.

Snapshots stay as they are while a writer goes on. Times are whole seconds since
1970-01-01T00:00:00Z; vectors are named by the hash of the text that they encode.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from rag.errors import ArchiveDamaged, ArchiveMismatch
from rag.model import (
    Article,
    Block,
    BlockKind,
    Chunk,
    Filters,
    PartialDate,
    Precision,
    RawDocument,
    Sentence,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_T = TypeVar("_T")

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (path TEXT PRIMARY KEY, collection TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE raw (
    hash TEXT PRIMARY KEY, media_type TEXT NOT NULL, url TEXT,
    fetched INTEGER, fetched_precision TEXT, data BLOB NOT NULL);
CREATE TABLE articles (
    article_id TEXT PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL,
    source TEXT NOT NULL, raw_hash TEXT NOT NULL);
CREATE INDEX articles_by_source ON articles (source);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL, version TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, url TEXT, author TEXT, publisher TEXT,
    published INTEGER, published_last INTEGER, published_precision TEXT,
    updated INTEGER, updated_precision TEXT, fetched INTEGER, fetched_precision TEXT,
    extractor TEXT NOT NULL, raw_hash TEXT NOT NULL,
    blocks TEXT NOT NULL, sentences TEXT NOT NULL, UNIQUE (article_id, version));
CREATE TABLE validity (
    version_id INTEGER NOT NULL, article_id TEXT NOT NULL,
    valid_from INTEGER NOT NULL, valid_to INTEGER);
CREATE INDEX validity_by_version ON validity (version_id);
CREATE INDEX validity_by_article ON validity (article_id);
CREATE TABLE chunks (
    chunk_id TEXT PRIMARY KEY, version_id INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, input_hash TEXT NOT NULL);
CREATE INDEX chunks_by_version ON chunks (version_id);
CREATE INDEX chunks_by_input ON chunks (input_hash);
CREATE TABLE vectors (
    input_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (input_hash, model)) WITHOUT ROWID;
CREATE TABLE pending (chunk_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_ARTICLE_COLUMNS = (
    "v.id, a.article_id, v.version, a.collection, a.key, a.source, v.title, v.text, v.blocks,"
    " v.sentences, v.url, v.author, v.publisher, v.published, v.published_precision, v.updated,"
    " v.updated_precision, v.fetched, v.fetched_precision, v.extractor"
)
_CHUNK_COLUMNS = 'c.chunk_id, c.version_id, c.start, c."end", c.input_hash'
_CURRENT = "EXISTS (SELECT 1 FROM validity y WHERE y.version_id = v.id AND y.valid_to IS NULL)"
# SQLite takes 32,766 parameters a statement; far fewer keep its parser quick.
_PARAMETERS = 900


class StoredArticle(NamedTuple):
    """A stored version: its row, the article, and all its sentence spans in order."""

    version_id: int
    article: Article
    sentences: tuple[Sentence, ...]


class ChunkRow(NamedTuple):
    """One stored chunk; `input_hash` names the vector of its text."""

    chunk_id: str
    version_id: int
    start: int
    end: int
    input_hash: str

    @property
    def version_key(self) -> str:
        """Names the article's version, as `Chunk.version_key`."""
        return self.chunk_id.rpartition(".")[0]


class CurrentVersion(NamedTuple):
    """The version of an article that is valid now, and since when."""

    version: str
    valid_from: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of an article, ready to be stored, with its raw document and its spans."""

    raw: RawDocument
    raw_hash: str
    article: Article
    sentences: tuple[Sentence, ...]
    chunks: tuple[Chunk, ...]


class Listing(NamedTuple):
    """One line of `byline articles`: the current version of an article.

    `chunks` and `versions` are how many there are.
    """

    article_id: str
    version: str
    source: str
    title: str
    publisher: str | None
    published: PartialDate | None
    url: str | None
    chunks: int
    versions: int


def raw_hash(media_type: str, url: str | None, data: bytes) -> str:
    """Names a raw document by everything that extraction reads of it."""
    digest = hashlib.sha256(f"{media_type}\n{url or ''}\n".encode())
    digest.update(data)
    return digest.hexdigest()


class Database:
    """Opens the file; gives snapshots to read and one transaction at a time to write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, meta: dict[str, Any]) -> Database:
        """Makes the file with its tables; `meta` is stored as JSON values."""
        database = cls(path)
        with database._connect(mode="rwc") as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript("BEGIN IMMEDIATE;" + _SCHEMA)
            rows = {"schema": SCHEMA_VERSION, "revision": 0, "generation": 1, **meta}
            db.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [(key, json.dumps(value)) for key, value in rows.items()],
            )
            db.execute("COMMIT")
        return database

    @contextmanager
    def _connect(self, *, mode: str = "rw") -> Iterator[sqlite3.Connection]:
        """One connection a use, so that threads share no state; `rw` never makes a file."""
        try:
            db = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=30.0,
            )
            try:
                db.execute("PRAGMA synchronous=FULL")
                db.create_function("casefold", 1, _casefold, deterministic=True)
                yield db
            finally:
                db.close()
        except sqlite3.DatabaseError as error:
            raise ArchiveDamaged(
                f"The database {self.path} cannot be used: {error}",
                hint="Is the disk full or the file not ours? Run: byline doctor",
            ) from error

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The database as it stands now, unchanged until the block ends."""
        with self._connect() as db:
            db.execute("BEGIN")
            yield Snapshot(db)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Changes that become visible together when the block ends, or not at all if it raises."""
        with self._connect() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(db)
            except BaseException:
                # A full disk has made SQLite roll back by itself.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def revision(self) -> int:
        """The number of commits so far that changed what a reader sees."""
        with self._connect() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
            return int(json.loads(row[0]))


class Snapshot:
    """Reads one state of the database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.meta: dict[str, Any] = {
            key: json.loads(value) for key, value in db.execute("SELECT key, value FROM meta")
        }
        if self.meta.get("schema") != SCHEMA_VERSION:
            raise ArchiveMismatch(
                f"The archive has schema {self.meta.get('schema')}, "
                f"this Byline reads {SCHEMA_VERSION}.",
                hint="Install the Byline that made it, or ingest the articles into a new archive.",
            )
        self.revision = int(self.meta["revision"])
        self.generation = int(self.meta["generation"])

    # ------------------------------------------------ chunks

    def held(self, chunk_ids: Sequence[str], filters: Filters) -> dict[str, ChunkRow]:
        """The stored ones among the chunks that pass the filters, by id."""
        return self._chunks(chunk_ids, *_qualifies(filters))

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, ChunkRow]:
        """The stored ones among the chunks, superseded ones included, by id."""
        return self._chunks(chunk_ids, "TRUE", [])

    def _chunks(
        self, chunk_ids: Sequence[str], where: str, values: Sequence[Any]
    ) -> dict[str, ChunkRow]:
        found: dict[str, ChunkRow] = {}
        for ids in _slices(chunk_ids):
            rows = self._db.execute(
                f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN versions v ON v.id = c.version_id"
                f" WHERE c.chunk_id IN ({_marks(ids)}) AND {where}",
                [*ids, *values],
            )
            found.update((row[0], ChunkRow(*row)) for row in rows)
        return found

    def holds_chunks(self) -> bool:
        """Whether there is anything for the indexes to find."""
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM chunks)").fetchone()[0])

    def qualifying(self, filters: Filters, *, limit: int | None = None) -> list[ChunkRow]:
        """The chunks that pass the filters, sorted by id; at most `limit` of them."""
        where, values = _qualifies(filters)
        rows = self._db.execute(
            f"SELECT {_CHUNK_COLUMNS} FROM versions v JOIN chunks c ON c.version_id = v.id"
            f" WHERE {where} LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        return sorted(ChunkRow(*row) for row in rows)

    def undated(self, filters: Filters) -> int:
        """How many articles the filters leave out only because their date is unknown."""
        if not filters.by_date or filters.include_undated:
            return 0
        where, values = _qualifies(dataclasses.replace(filters, include_undated=True))
        row = self._db.execute(
            "SELECT count(DISTINCT v.article_id) FROM versions v"
            f" WHERE v.published IS NULL AND {where}",
            values,
        ).fetchone()
        return int(row[0])

    def all_chunks(self) -> Iterator[ChunkRow]:
        """Every chunk, superseded ones included, by id."""
        for row in self._db.execute(f"SELECT {_CHUNK_COLUMNS} FROM chunks c ORDER BY chunk_id"):
            yield ChunkRow(*row)

    def pending(self) -> list[str]:
        """Ids of the chunks that an interrupted writer may have left in an index."""
        return [
            row[0] for row in self._db.execute("SELECT chunk_id FROM pending ORDER BY chunk_id")
        ]

    # ------------------------------------------------ vectors

    def vectors(self, input_hashes: Sequence[str], model: str) -> dict[str, bytes]:
        """The stored float16 vectors among those asked for, by input hash."""
        found: dict[str, bytes] = {}
        for hashes in _slices(input_hashes):
            found.update(
                self._db.execute(
                    "SELECT input_hash, vector FROM vectors"
                    f" WHERE model = ? AND input_hash IN ({_marks(hashes)})",
                    [model, *hashes],
                )
            )
        return found

    # ------------------------------------------------ articles

    def articles(self, version_ids: Iterable[int]) -> dict[int, StoredArticle]:
        """Whole versions with their sentences, by row."""
        found: dict[int, StoredArticle] = {}
        for ids in _slices(sorted(set(version_ids))):
            rows = self._db.execute(
                f"SELECT {_ARTICLE_COLUMNS} FROM versions v JOIN articles a USING (article_id)"
                f" WHERE v.id IN ({_marks(ids)})",
                ids,
            )
            found.update((row[0], _stored_article(row)) for row in rows)
        return found

    def version(self, article_id: str, version: str) -> StoredArticle | None:
        """One version by its names, superseded or not; None if there is none."""
        # Names are hexadecimal; SQLite refuses half a surrogate pair, which JSON can spell.
        if not (article_id + version).isascii():
            return None
        row = self._db.execute(
            f"SELECT {_ARTICLE_COLUMNS} FROM versions v JOIN articles a USING (article_id)"
            " WHERE a.article_id = ? AND v.version = ?",
            (article_id, version),
        ).fetchone()
        return None if row is None else _stored_article(row)

    def raw_hashes(self) -> dict[str, str]:
        """The hash of the raw document of each article's latest version, by article."""
        return dict(self._db.execute("SELECT article_id, raw_hash FROM articles"))

    def version_ids(self, filters: Filters) -> list[int]:
        """The rows of the versions that pass the filters, by source."""
        where, values = _qualifies(filters)
        rows = self._db.execute(
            "SELECT v.id FROM versions v JOIN articles a USING (article_id)"
            f" WHERE {where} ORDER BY a.source, a.article_id",
            values,
        )
        return [row[0] for row in rows]

    def current(self, article_id: str) -> CurrentVersion | None:
        """The current version of an article, None if there is no such article."""
        row = self._db.execute(
            "SELECT v.version, y.valid_from FROM validity y JOIN versions v ON v.id = y.version_id"
            " WHERE y.article_id = ? AND y.valid_to IS NULL",
            (article_id,),
        ).fetchone()
        return None if row is None else CurrentVersion(*row)

    def raw_documents(self) -> Iterator[RawDocument]:
        """The raw document of every article's latest version."""
        for row in self._db.execute(
            "SELECT a.collection, a.key, a.source, r.media_type, r.data, r.url, r.fetched,"
            " r.fetched_precision FROM articles a JOIN raw r ON r.hash = a.raw_hash"
            " ORDER BY a.article_id"
        ):
            collection, key, source, media_type, data, url, fetched, precision = row
            raw = zlib.decompress(data)
            fetched = _date(fetched, precision)
            yield RawDocument(collection, key, source, media_type, raw, url, fetched)

    def listing(self) -> list[Listing]:
        """The current version of every article, by source."""
        rows = self._db.execute(
            "SELECT a.article_id, v.version, a.source, v.title, v.publisher, v.published,"
            " v.published_precision, v.url,"
            " (SELECT count(*) FROM chunks c WHERE c.version_id = v.id),"
            " (SELECT count(*) FROM versions w WHERE w.article_id = a.article_id)"
            " FROM articles a JOIN validity y USING (article_id)"
            " JOIN versions v ON v.id = y.version_id"
            " WHERE y.valid_to IS NULL ORDER BY a.source, a.article_id"
        )
        listings = []
        for article_id, version, source, title, publisher, published, precision, *more in rows:
            date = _date(published, precision)
            listings.append(Listing(article_id, version, source, title, publisher, date, *more))
        return listings

    def publishers(self) -> list[str]:
        """Every publisher that a current article names, sorted."""
        rows = self._db.execute(
            "SELECT DISTINCT v.publisher FROM versions v"
            f" WHERE v.publisher IS NOT NULL AND {_CURRENT} ORDER BY 1"
        )
        return [row[0] for row in rows]

    def roots(self) -> dict[Path, str]:
        """The folders from which articles came, with their collections."""
        rows = self._db.execute("SELECT path, collection FROM roots")
        return {Path(path): collection for path, collection in rows}

    def counts(self) -> dict[str, int]:
        """The number of rows of each table."""
        tables = ("articles", "versions", "chunks", "vectors", "pending")
        count = "SELECT count(*) FROM"
        return {name: int(self._db.execute(f"{count} {name}").fetchone()[0]) for name in tables}

    def integrity_problems(self) -> list[str]:
        """What SQLite's own integrity check finds; empty when the file is sound."""
        found = [str(row[0]) for row in self._db.execute("PRAGMA integrity_check(10)")]
        return [] if found == ["ok"] else found


class Transaction(Snapshot):
    """Changes the database; others see the changes when the transaction ends."""

    def set_meta(self, key: str, value: object) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value)),
        )

    def advance(self) -> None:
        """Raises the revision: what readers see has changed."""
        self.set_meta("revision", self.revision + 1)

    def add_root(self, path: Path, collection: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?)", (str(path), collection))

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
            [(name, model, data) for name, data in vectors.items()],
        )

    def add_pending(self, chunk_ids: Iterable[str]) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO pending VALUES (?)", [(chunk_id,) for chunk_id in chunk_ids]
        )

    def clear_pending(self, chunk_ids: Iterable[str]) -> None:
        self._db.executemany(
            "DELETE FROM pending WHERE chunk_id = ?", [(chunk_id,) for chunk_id in chunk_ids]
        )

    def point_to_raw(self, entry: Entry) -> None:
        """Stores the raw document of an article's latest version."""
        raw = entry.raw
        self._db.execute(
            "INSERT OR IGNORE INTO raw VALUES (?, ?, ?, ?, ?, ?)",
            (
                entry.raw_hash,
                raw.media_type,
                raw.url,
                *_date_columns(raw.fetched),
                zlib.compress(raw.data, 6),
            ),
        )
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (article_id) DO UPDATE SET raw_hash = excluded.raw_hash",
            (entry.article.article_id, raw.collection, raw.key, raw.source, entry.raw_hash),
        )

    def put(
        self, entry: Entry, input_hashes: Sequence[str], *, valid_from: int, replace: bool = False
    ) -> None:
        """Stores a version as the current one from `valid_from` on and ends the one before it.

        `input_hashes` name the vectors of the entry's chunks. With `replace` the new version
        takes over the validity of the old one.
        """
        self.point_to_raw(entry)
        version_id = self._version_row(entry)
        article_id = entry.article.article_id
        if replace:
            self._db.execute(
                "UPDATE validity SET version_id = ? WHERE article_id = ? AND valid_to IS NULL",
                (version_id, article_id),
            )
        else:
            self._db.execute(
                "UPDATE validity SET valid_to = ? WHERE article_id = ? AND valid_to IS NULL",
                (valid_from, article_id),
            )
            self._db.execute(
                "INSERT INTO validity VALUES (?, ?, ?, NULL)", (version_id, article_id, valid_from)
            )
        self._db.executemany(
            "INSERT OR IGNORE INTO chunks VALUES (?, ?, ?, ?, ?)",
            [
                (c.chunk_id, version_id, c.start, c.end, hash_)
                for c, hash_ in zip(entry.chunks, input_hashes, strict=True)
            ],
        )

    def _version_row(self, entry: Entry) -> int:
        article = entry.article
        published = article.published
        self._db.execute(
            f"INSERT OR IGNORE INTO versions VALUES (NULL, {_marks(range(18))})",
            (
                article.article_id,
                article.version,
                article.title,
                article.text,
                article.url,
                article.author,
                article.publisher,
                published and published.first_epoch,
                published and published.last_epoch,
                published and str(published.precision),
                *_date_columns(article.updated),
                *_date_columns(article.fetched),
                article.extractor,
                entry.raw_hash,
                _spans_json(article.blocks),
                _spans_json(entry.sentences),
            ),
        )
        row = self._db.execute(
            "SELECT id FROM versions WHERE article_id = ? AND version = ?",
            (article.article_id, article.version),
        ).fetchone()
        return int(row[0])

    def chunk_ids(self, article_id: str) -> list[str]:
        """The chunks of all versions of an article."""
        return self._chunk_ids(article_id, "TRUE")

    def unreachable_chunk_ids(self, article_id: str) -> list[str]:
        """The chunks of versions whose validity was taken over."""
        never_valid = "NOT EXISTS (SELECT 1 FROM validity y WHERE y.version_id = v.id)"
        return self._chunk_ids(article_id, never_valid)

    def _chunk_ids(self, article_id: str, where: str) -> list[str]:
        rows = self._db.execute(
            "SELECT c.chunk_id FROM chunks c JOIN versions v ON v.id = c.version_id"
            f" WHERE v.article_id = ? AND {where} ORDER BY 1",
            (article_id,),
        )
        return [row[0] for row in rows]

    def drop_chunks(self, chunk_ids: Iterable[str]) -> None:
        self._db.executemany(
            "DELETE FROM chunks WHERE chunk_id = ?", [(chunk_id,) for chunk_id in chunk_ids]
        )

    def remove(self, article_id: str) -> None:
        """Deletes an article with all its versions and spans."""
        self.drop_chunks(self.chunk_ids(article_id))
        for table in ("validity", "versions", "articles"):
            self._db.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))

    def sweep(self) -> None:
        """Deletes raw documents and vectors to which nothing refers any more."""
        self._db.execute(
            "DELETE FROM raw WHERE hash NOT IN"
            " (SELECT raw_hash FROM articles UNION SELECT raw_hash FROM versions)"
        )
        self._db.execute(
            "DELETE FROM vectors WHERE input_hash NOT IN (SELECT input_hash FROM chunks)"
        )


def _qualifies(filters: Filters) -> tuple[str, list[Any]]:
    """The filters as an SQL condition over `versions v`, and its values."""
    values: list[Any] = []
    if filters.as_of is None:
        terms = [_CURRENT]
    else:
        at = filters.as_of.last_epoch
        held = "y.valid_from <= ? AND (y.valid_to IS NULL OR y.valid_to > ?)"
        values += [at, at]
        if filters.include_undated:
            # An undated article may have appeared at any time: its first version stands for all
            # time before it was first seen.
            held = (
                f"({held} OR v.published IS NULL AND y.valid_from > ? AND y.valid_from = "
                "(SELECT min(z.valid_from) FROM validity z WHERE z.article_id = y.article_id))"
            )
            values.append(at)
        terms = [f"EXISTS (SELECT 1 FROM validity y WHERE y.version_id = v.id AND {held})"]
    dates = ["v.published IS NOT NULL"]
    if filters.since is not None:
        dates.append("v.published_last >= ?")
        values.append(filters.since.first_epoch)
    if filters.until is not None:
        dates.append("v.published <= ?")
        values.append(filters.until.last_epoch)
    if filters.by_date:
        condition = " AND ".join(dates)
        terms.append(
            f"({condition} OR v.published IS NULL)" if filters.include_undated else condition
        )
    if filters.publisher is not None:
        # SQLite's own NOCASE knows the letters of English only.
        terms.append("casefold(v.publisher) = ?")
        values.append(_casefold(filters.publisher))
    return " AND ".join(terms), values


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _stored_article(row: Sequence[Any]) -> StoredArticle:
    blocks = (Block(start, end, BlockKind(kind)) for start, end, kind in json.loads(row[8]))
    sentences = (Sentence(start, end, BlockKind(kind)) for start, end, kind in json.loads(row[9]))
    article = Article(
        article_id=row[1],
        version=row[2],
        collection=row[3],
        key=row[4],
        source=row[5],
        title=row[6],
        text=row[7],
        blocks=tuple(blocks),
        url=row[10],
        author=row[11],
        publisher=row[12],
        published=_date(row[13], row[14]),
        updated=_date(row[15], row[16]),
        fetched=_date(row[17], row[18]),
        extractor=row[19],
    )
    return StoredArticle(row[0], article, tuple(sentences))


def _spans_json(spans: Sequence[Block | Sentence]) -> str:
    return json.dumps([[s.start, s.end, s.kind] for s in spans], separators=(",", ":"))


def _date(seconds: int | None, precision: str | None) -> PartialDate | None:
    return (
        None
        if seconds is None or precision is None
        else PartialDate.from_epoch(seconds, Precision(precision))
    )


def _date_columns(date: PartialDate | None) -> tuple[int | None, str | None]:
    return (None, None) if date is None else (date.first_epoch, str(date.precision))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _slices(values: Sequence[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _PARAMETERS):
        yield list(values[start : start + _PARAMETERS])


def as_matrix(blobs: Sequence[bytes], dim: int) -> NDArray[np.float32]:
    """Stored float16 vectors as a matrix (n, dim), float32."""
    import numpy as np

    return (
        np.frombuffer(b"".join(blobs), dtype=np.float16).reshape(len(blobs), dim).astype(np.float32)
    )
