"""The record: articles, versions, spans and vectors in one SQLite file; the only source of truth of an archive.

In go articles with their spans, and vectors by the hash of the text they encode; out come snapshots that stay as they are while
a writer goes on. It does not know how text becomes a vector, nor that indexes are made from it. Times are whole seconds since
1970-01-01T00:00:00Z.
"""

from __future__ import annotations

import dataclasses
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
CREATE TABLE raw (hash TEXT PRIMARY KEY, media_type TEXT NOT NULL, url TEXT, fetched INTEGER, fetched_precision TEXT, data BLOB NOT NULL);
CREATE TABLE articles (
    article_id TEXT PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL, source TEXT NOT NULL, raw_hash TEXT NOT NULL);
CREATE INDEX articles_by_source ON articles (source);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL, version TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    url TEXT, author TEXT, publisher TEXT,
    published INTEGER, published_last INTEGER, published_precision TEXT, updated INTEGER, updated_precision TEXT,
    fetched INTEGER, fetched_precision TEXT, extractor TEXT NOT NULL, raw_hash TEXT NOT NULL,
    blocks TEXT NOT NULL, sentences TEXT NOT NULL, UNIQUE (article_id, version));
CREATE TABLE validity (version_id INTEGER NOT NULL, article_id TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER);
CREATE INDEX validity_by_version ON validity (version_id);
CREATE INDEX validity_by_article ON validity (article_id);
CREATE TABLE chunks (
    chunk_id TEXT PRIMARY KEY, version_id INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, input_hash TEXT NOT NULL);
CREATE INDEX chunks_by_version ON chunks (version_id);
CREATE INDEX chunks_by_input ON chunks (input_hash);
CREATE TABLE vectors (input_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (input_hash, model)) WITHOUT ROWID;
CREATE TABLE pending (chunk_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_ARTICLE_COLUMNS = (
    "v.id, a.article_id, v.version, a.collection, a.key, a.source, v.title, v.text, v.blocks, v.sentences, v.url, v.author, v.publisher,"
    " v.published, v.published_precision, v.updated, v.updated_precision, v.fetched, v.fetched_precision, v.extractor"
)
# SQLite takes 32,766 parameters a statement; far fewer keep its parser quick.
_PARAMETERS = 900


class StoredArticle(NamedTuple):
    """A version as it stands in the record: its row, the article and all its sentence spans in order."""

    version_id: int
    article: Article
    sentences: tuple[Sentence, ...]


class ChunkRow(NamedTuple):
    """One chunk of the record; `input_hash` names the vector of its text."""

    chunk_id: str
    version_id: int
    start: int
    end: int
    input_hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of an article, ready to be stored: what it was made from, and its spans."""

    raw: RawDocument
    raw_hash: str
    article: Article
    sentences: tuple[Sentence, ...]
    chunks: tuple[Chunk, ...]


class Listing(NamedTuple):
    """One line of `byline articles`: the current version of an article."""

    article_id: str
    version: str
    source: str
    title: str
    publisher: str | None
    published: PartialDate | None
    url: str | None
    chunks: int
    versions: int


class Record:
    """Opens the file; hands out snapshots to read from and one transaction at a time to write in."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, meta: dict[str, Any]) -> Record:
        """Makes the file with its tables; `meta` is kept as JSON values beside `revision` 0 and `generation` 1."""
        record = cls(path)
        with record._connect(mode="rwc") as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript("BEGIN IMMEDIATE;" + _SCHEMA)
            rows = {"schema": SCHEMA_VERSION, "revision": 0, "generation": 1, **meta}
            db.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [(key, json.dumps(value)) for key, value in rows.items()],
            )
            db.execute("COMMIT")
        return record

    @contextmanager
    def _connect(self, *, mode: str = "rw") -> Iterator[sqlite3.Connection]:
        """A connection of its own for each use: no state is shared between threads or questions. `rw` never makes a file."""
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
                f"The record {self.path} cannot be used: {error}",
                hint="Is the disk full or the file not ours? Run: byline doctor",
            ) from error

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The record as it stands now, unchanged until the block ends, whatever a writer does meanwhile."""
        with self._connect() as db:
            db.execute("BEGIN")
            yield Snapshot(db)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Changes that all become visible when the block ends, or none if it raises. Takes SQLite's own write lock."""
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
            return int(
                json.loads(
                    db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0]
                )
            )


class Snapshot:
    """Reads one state of the record."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.meta: dict[str, Any] = {
            key: json.loads(value) for key, value in db.execute("SELECT key, value FROM meta")
        }
        if self.meta.get("schema") != SCHEMA_VERSION:
            raise ArchiveMismatch(
                f"The archive has schema {self.meta.get('schema')}, this Byline reads {SCHEMA_VERSION}.",
                hint="Install the Byline that made it, or ingest the articles into a new archive.",
            )
        self.revision = int(self.meta["revision"])
        self.generation = int(self.meta["generation"])

    # ------------------------------------------------ chunks

    def held(self, chunk_ids: Sequence[str], filters: Filters) -> dict[str, ChunkRow]:
        """Those of the chunks which the record holds and the filters let in."""
        return self._chunks(chunk_ids, *_qualifies(filters))

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, ChunkRow]:
        """Those of the chunks which the record holds, superseded ones included."""
        return self._chunks(chunk_ids, "TRUE", [])

    def _chunks(
        self, chunk_ids: Sequence[str], where: str, values: Sequence[Any]
    ) -> dict[str, ChunkRow]:
        found: dict[str, ChunkRow] = {}
        for ids in _slices(chunk_ids):
            rows = self._db.execute(
                'SELECT c.chunk_id, c.version_id, c.start, c."end", c.input_hash FROM chunks c JOIN versions v ON v.id = c.version_id'
                f" WHERE c.chunk_id IN ({_marks(ids)}) AND {where}",
                [*ids, *values],
            )
            found.update((row[0], ChunkRow(*row)) for row in rows)
        return found

    def holds_chunks(self) -> bool:
        """Whether there is anything that the indexes should find."""
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM chunks)").fetchone()[0])

    def qualifying(self, filters: Filters, *, limit: int | None = None) -> list[ChunkRow]:
        """The chunks that the filters let in, by id; no more than `limit` of them, whichever they are."""
        where, values = _qualifies(filters)
        rows = self._db.execute(
            'SELECT c.chunk_id, c.version_id, c.start, c."end", c.input_hash FROM versions v JOIN chunks c ON c.version_id = v.id'
            f" WHERE {where} LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        return sorted(ChunkRow(*row) for row in rows)

    def undated(self, filters: Filters) -> int:
        """How many articles the filters leave out only because their date is not known."""
        if not filters.by_date or filters.include_undated:
            return 0
        where, values = _qualifies(dataclasses.replace(filters, include_undated=True))
        row = self._db.execute(
            f"SELECT count(DISTINCT v.article_id) FROM versions v WHERE v.published IS NULL AND {where}",
            values,
        ).fetchone()
        return int(row[0])

    def all_chunks(self) -> Iterator[ChunkRow]:
        """Every chunk, superseded ones included, by id."""
        for row in self._db.execute(
            'SELECT chunk_id, version_id, start, "end", input_hash FROM chunks ORDER BY chunk_id'
        ):
            yield ChunkRow(*row)

    def pending(self) -> list[str]:
        """Chunks of which a writer that stopped half way may have left traces in an index."""
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
                    f"SELECT input_hash, vector FROM vectors WHERE model = ? AND input_hash IN ({_marks(hashes)})",
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
                f"SELECT {_ARTICLE_COLUMNS} FROM versions v JOIN articles a USING (article_id) WHERE v.id IN ({_marks(ids)})",
                ids,
            )
            found.update((row[0], _stored_article(row)) for row in rows)
        return found

    def version(self, article_id: str, version: str) -> StoredArticle | None:
        """One version by its names, superseded or not."""
        row = self._db.execute(
            f"SELECT {_ARTICLE_COLUMNS} FROM versions v JOIN articles a USING (article_id) WHERE a.article_id = ? AND v.version = ?",
            (article_id, version),
        ).fetchone()
        return None if row is None else _stored_article(row)

    def raw_hashes(self) -> dict[str, str]:
        """The hash of the raw document that each article was last made from, by article."""
        return dict(self._db.execute("SELECT article_id, raw_hash FROM articles"))

    def current(self, article_id: str) -> tuple[str, int] | None:
        """The current version of an article and since when it is valid."""
        row = self._db.execute(
            "SELECT v.version, y.valid_from FROM validity y JOIN versions v ON v.id = y.version_id"
            " WHERE y.article_id = ? AND y.valid_to IS NULL",
            (article_id,),
        ).fetchone()
        return None if row is None else (str(row[0]), int(row[1]))

    def raw_documents(self) -> Iterator[RawDocument]:
        """The raw document of every article's current version, to be extracted again."""
        for row in self._db.execute(
            "SELECT a.collection, a.key, a.source, r.media_type, r.data, r.url, r.fetched, r.fetched_precision"
            " FROM articles a JOIN raw r ON r.hash = a.raw_hash ORDER BY a.article_id"
        ):
            collection, key, source, media_type, data, url, fetched, precision = row
            yield RawDocument(
                collection,
                key,
                source,
                media_type,
                zlib.decompress(data),
                url,
                _date(fetched, precision),
            )

    def listing(self) -> list[Listing]:
        """The current version of every article, by source."""
        rows = self._db.execute(
            "SELECT a.article_id, v.version, a.source, v.title, v.publisher, v.published, v.published_precision, v.url,"
            " (SELECT count(*) FROM chunks c WHERE c.version_id = v.id),"
            " (SELECT count(*) FROM versions w WHERE w.article_id = a.article_id)"
            " FROM articles a JOIN validity y USING (article_id) JOIN versions v ON v.id = y.version_id"
            " WHERE y.valid_to IS NULL ORDER BY a.source, a.article_id"
        )
        return [
            Listing(
                article_id,
                version,
                source,
                title,
                publisher,
                _date(published, precision),
                url,
                chunks,
                versions,
            )
            for article_id, version, source, title, publisher, published, precision, url, chunks, versions in rows
        ]

    def publishers(self) -> list[str]:
        """Every publisher that a current article names."""
        return [
            row[0]
            for row in self._db.execute(
                "SELECT DISTINCT v.publisher FROM versions v JOIN validity y ON y.version_id = v.id"
                " WHERE y.valid_to IS NULL AND v.publisher IS NOT NULL ORDER BY 1"
            )
        ]

    def roots(self) -> dict[Path, str]:
        """The folders that articles came from, with their collections."""
        return {
            Path(path): collection
            for path, collection in self._db.execute("SELECT path, collection FROM roots")
        }

    def counts(self) -> dict[str, int]:
        """How much the record holds, by name."""
        queries = {
            "articles": "SELECT count(*) FROM articles",
            "versions": "SELECT count(*) FROM versions",
            "chunks": "SELECT count(*) FROM chunks",
            "vectors": "SELECT count(*) FROM vectors",
            "pending": "SELECT count(*) FROM pending",
        }
        return {name: int(self._db.execute(query).fetchone()[0]) for name, query in queries.items()}

    def faults(self) -> list[str]:
        """What SQLite's own integrity check finds; empty when it finds nothing."""
        found = [str(row[0]) for row in self._db.execute("PRAGMA integrity_check(10)")]
        return [] if found == ["ok"] else found


class Transaction(Snapshot):
    """Changes the record. Nothing is seen by others before the transaction ends."""

    def set_meta(self, key: str, value: object) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value)),
        )

    def advance(self) -> None:
        """Counts one more revision: what readers see has changed."""
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
        """Keeps the raw document of an article and names it as the one the article was last made from."""
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
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?) ON CONFLICT (article_id) DO UPDATE SET raw_hash = excluded.raw_hash",
            (entry.article.article_id, raw.collection, raw.key, raw.source, entry.raw_hash),
        )

    def put(
        self, entry: Entry, input_hashes: Sequence[str], *, valid_from: int, replace: bool = False
    ) -> None:
        """Stores a version as the current one from `valid_from` on, and closes the one before it.

        `input_hashes` names the vector of each of the entry's chunks.

        With `replace` the new version takes over the validity of the old one, as if that had never been.
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
            "INSERT OR IGNORE INTO versions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                json.dumps(
                    [[b.start, b.end, b.kind] for b in article.blocks], separators=(",", ":")
                ),
                json.dumps(
                    [[s.start, s.end, s.kind] for s in entry.sentences], separators=(",", ":")
                ),
            ),
        )
        row = self._db.execute(
            "SELECT id FROM versions WHERE article_id = ? AND version = ?",
            (article.article_id, article.version),
        ).fetchone()
        return int(row[0])

    def chunk_ids(self, article_id: str) -> list[str]:
        """The chunks of all versions of an article."""
        return [
            row[0]
            for row in self._db.execute(
                "SELECT c.chunk_id FROM chunks c JOIN versions v ON v.id = c.version_id WHERE v.article_id = ? ORDER BY 1",
                (article_id,),
            )
        ]

    def unreachable_chunk_ids(self, article_id: str) -> list[str]:
        """Chunks of versions that no date reaches any more (their validity was taken over)."""
        return [
            row[0]
            for row in self._db.execute(
                "SELECT c.chunk_id FROM chunks c JOIN versions v ON v.id = c.version_id WHERE v.article_id = ?"
                " AND NOT EXISTS (SELECT 1 FROM validity y WHERE y.version_id = v.id) ORDER BY 1",
                (article_id,),
            )
        ]

    def drop_chunks(self, chunk_ids: Iterable[str]) -> None:
        self._db.executemany(
            "DELETE FROM chunks WHERE chunk_id = ?", [(chunk_id,) for chunk_id in chunk_ids]
        )

    def remove(self, article_id: str) -> None:
        """Takes out an article with all its versions, spans and raw documents."""
        self.drop_chunks(self.chunk_ids(article_id))
        for table in ("validity", "versions", "articles"):
            self._db.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))

    def sweep(self) -> None:
        """Drops raw documents and vectors that nothing refers to any more."""
        self._db.execute(
            "DELETE FROM raw WHERE hash NOT IN (SELECT raw_hash FROM articles UNION SELECT raw_hash FROM versions)"
        )
        self._db.execute(
            "DELETE FROM vectors WHERE input_hash NOT IN (SELECT input_hash FROM chunks)"
        )


def _qualifies(filters: Filters) -> tuple[str, list[Any]]:
    """The filters as an SQL condition over `versions v`, and its values."""
    values: list[Any] = []
    if filters.as_of is None:
        terms = [
            "EXISTS (SELECT 1 FROM validity y WHERE y.version_id = v.id AND y.valid_to IS NULL)"
        ]
    else:
        at = filters.as_of.last_epoch
        held = "y.valid_from <= ? AND (y.valid_to IS NULL OR y.valid_to > ?)"
        values += [at, at]
        if filters.include_undated:
            # Nobody knows when an undated article appeared: its first version stands for all time before it was first seen.
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
    (
        version_id,
        article_id,
        version,
        collection,
        key,
        source,
        title,
        text,
        blocks,
        sentences,
        url,
        author,
        publisher,
    ) = row[:13]
    (
        published,
        published_precision,
        updated,
        updated_precision,
        fetched,
        fetched_precision,
        extractor,
    ) = row[13:]
    article = Article(
        article_id=article_id,
        version=version,
        collection=collection,
        key=key,
        source=source,
        title=title,
        text=text,
        blocks=tuple(Block(start, end, BlockKind(kind)) for start, end, kind in json.loads(blocks)),
        url=url,
        author=author,
        publisher=publisher,
        published=_date(published, published_precision),
        updated=_date(updated, updated_precision),
        fetched=_date(fetched, fetched_precision),
        extractor=extractor,
    )
    return StoredArticle(
        version_id,
        article,
        tuple(Sentence(s, e, BlockKind(kind)) for s, e, kind in json.loads(sentences)),
    )


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
