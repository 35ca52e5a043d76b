"""Keeps articles, versions, spans and vectors in one SQLite file: the archive's source of truth.

Snapshots stay as they are while a writer goes on. Times are whole seconds since
1970-01-01T00:00:00Z; vectors are named by the hash of the text that they encode.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from rag.embed import usable
from rag.errors import ArchiveDamaged, ArchiveMismatch
from rag.model import Article, Chunk, Filters, PartialDate, Precision, RawDocument, Sentence
from rag.store.copies import LEAST_LIKENESS, bands, likeness, shingles
from rag.store.disk import full_disk_told
from rag.store.file_records import FileRecord, FileRecords, forget, raw_hashes, remember
from rag.store.rows import (
    STORED_COLUMNS,
    ChunkRow,
    StoredArticle,
    chunk_row,
    damage_told,
    date,
    date_columns,
    seal_of,
    spans_json,
    stated_fields,
    stored_article,
    typed,
)
from rag.store.schema import OLDEST_READABLE, SCHEMA_VERSION, create_tables, upgrade_tables
from rag.text.publishers import is_called

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_T = TypeVar("_T")

_FROM_VERSIONS = "FROM versions v JOIN articles a USING (article_id)"
_CHUNK_COLUMNS = 'c.chunk_id, c.version_id, c.start, c."end", c.input_hash, c.rowid'
_RAW_DOCUMENTS = (
    "SELECT a.collection, a.key, a.source, r.media_type, r.data, r.url, r.fetched,"
    " r.fetched_precision, r.hash FROM articles a LEFT JOIN raw r ON r.hash = a.raw_hash"
)
_CURRENT = "EXISTS (SELECT 1 FROM validity y WHERE y.version_id = v.id AND y.valid_to IS NULL)"
# SQLite takes 32,766 parameters a statement; far fewer keep its parser quick.
_PARAMETERS = 900
# Room for the pages that one batch changes: in SQLite's own 2 MiB they are written several times.
_CACHE_KIB = 64 * 1024
# A new article is compared word by word with so many others at most.
_MOST_COMPARED = 200


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
    stated: tuple[str, ...] = ()


class FilterRows(NamedTuple):
    """Rows that filters ask for, as the database has them.

    Of versions: row, publication as an interval, publisher. Of validity: row of the version, id of
    the article, from, to. Of chunks: row, row of the version.
    """

    versions: list[tuple[Any, ...]]
    validity: list[tuple[Any, ...]]
    chunks: list[tuple[Any, ...]]


class ArticleKey(NamedTuple):
    """What identifies an article: its collection, and its document's key in it."""

    article_id: str
    collection: str
    key: str


class Headline(NamedTuple):
    """What an overview needs of an article: its head, and the vector of its first passage.

    `lead` is the beginning of its text; `input_hash` is None for a text without passages.
    """

    title: str
    lead: str
    publisher: str | None
    published: PartialDate | None
    input_hash: str | None


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
        """Makes the file, for its owner alone, with its tables; `meta` is stored as JSON values."""
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        database = cls(path)
        with database._connect() as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("BEGIN IMMEDIATE")
            create_tables(db)
            rows = {
                "schema": SCHEMA_VERSION,
                "revision": 0,
                "generation": 1,
                "textless_generation": 1,
                **meta,
            }
            db.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [(key, json.dumps(value)) for key, value in rows.items()],
            )
            db.execute("COMMIT")
        return database

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """One connection a use, so that threads share no state; it never makes a file."""
        with self._mapped():
            db = sqlite3.connect(self._address(), uri=True, isolation_level=None, timeout=30.0)
            try:
                db.execute("PRAGMA synchronous=FULL")
                db.create_function("is_called", 2, is_called, deterministic=True)
                yield db
            finally:
                db.close()

    def _address(self) -> str:
        """The URI of the file, which may lie where nothing can be written."""
        address = self.path.absolute().as_uri()
        if os.access(self.path.parent, os.W_OK) and os.access(self.path, os.W_OK):
            return f"{address}?mode=rw"
        log = self.path.with_name(f"{self.path.name}-wal")
        # With nothing in its log the file is all there is, and SQLite need make none beside it.
        unlogged = not log.exists() or log.stat().st_size == 0
        return f"{address}?mode=ro{'&immutable=1' if unlogged else ''}"

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Maps errors of SQLite to DiskFull and ArchiveDamaged."""
        try:
            with full_disk_told(self.path.parent):
                yield
        except sqlite3.DatabaseError as error:
            raise ArchiveDamaged(
                f"The database {self.path} cannot be used: {error}",
                hint="Is the file not ours? Run: byline doctor",
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
            db.execute("PRAGMA secure_delete=ON")
            db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(db)
            except BaseException:
                # A full disk has made SQLite roll back by itself.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def empty_log(self) -> None:
        """Moves what SQLite's log holds into the file, unless somebody reads for a second."""
        with self._connect() as db:
            db.execute("PRAGMA busy_timeout=1000")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def upgrade(self) -> None:
        """Upgrades the tables of an older release, in one step; does nothing to today's."""
        with self.snapshot() as snapshot:
            if snapshot.schema == SCHEMA_VERSION:
                return
        with suppress(OSError):
            self.path.chmod(0o600)
        with self.transaction() as transaction:
            transaction.upgrade()

    def revision(self) -> int:
        """The number of commits so far that changed what a reader sees."""
        with self._connect() as db, damage_told("a revision"):
            row = db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
            return int(json.loads(row[0]))

    def raw_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The hash of the raw document of each article's latest version, of those stored."""
        with self._connect() as db:
            return raw_hashes(db, article_ids)

    @contextmanager
    def file_records(self) -> Iterator[FileRecords]:
        """What is remembered of files that were read; no snapshot stays open meanwhile."""
        with self._connect() as db:
            yield FileRecords(db)


class Snapshot:
    """Reads one state of the database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        with damage_told("a setting"):
            self.meta: dict[str, Any] = {
                key: json.loads(value) for key, value in db.execute("SELECT key, value FROM meta")
            }
            self.schema = int(self.meta["schema"])
            self.revision = int(self.meta["revision"])
            self.generation = int(self.meta["generation"])
            # How often articles were removed: what was kept of them before that is stale.
            self.removals = int(self.meta.get("removals", 0))
            # Chroma's folders of earlier releases hold the texts, also of what was removed.
            self.index_has_texts = self.meta.get("textless_generation") != self.generation
            self._just_removed = frozenset(map(str, self.meta.get("removed", ())))
        if not OLDEST_READABLE <= self.schema <= SCHEMA_VERSION:
            raise ArchiveMismatch(
                f"The archive has schema {self.schema}, this Byline reads {SCHEMA_VERSION}.",
                hint="Install the Byline that made it, or ingest the articles into a new archive.",
            )
        # Columns that an archive of an older schema does not have.
        self._stated_column = "v.stated" if self.schema > 2 else "NULL"
        self._stored_columns = STORED_COLUMNS.replace("v.stated", self._stated_column)
        if self.schema == 1:
            self._stored_columns = self._stored_columns.replace("v.seal", "NULL")

    def was_just_removed(self, name: str) -> bool:
        """Whether the last removal, finished or not, took the article with that id or source."""
        return _digest(name) in self._just_removed

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
            found.update((row[0], chunk_row(row)) for row in rows)
        return found

    def holds_chunks(self) -> bool:
        """Whether there is anything for the indexes to find."""
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM chunks)").fetchone()[0])

    def last_chunk(self) -> int:
        """The last row of chunks; 0 where there is none."""
        return int(self._db.execute("SELECT ifnull(max(rowid), 0) FROM chunks").fetchone()[0])

    def qualifying(self, filters: Filters) -> list[ChunkRow]:
        """The chunks that pass the filters, sorted by id."""
        where, values = _qualifies(filters)
        rows = self._db.execute(
            f"SELECT {_CHUNK_COLUMNS} FROM versions v JOIN chunks c ON c.version_id = v.id"
            f" WHERE {where}",
            values,
        )
        return sorted(map(chunk_row, rows))

    def chunks_by_row(self, rows: Sequence[int]) -> dict[str, ChunkRow]:
        """The stored ones among the chunks of those rows, by id."""
        found: dict[str, ChunkRow] = {}
        for some in _slices(rows):
            marks = _marks(some)
            for row in self._db.execute(
                f"SELECT {_CHUNK_COLUMNS} FROM chunks c WHERE c.rowid IN ({marks})", some
            ):
                found[row[0]] = chunk_row(row)
        return found

    def version_keys(self, version_ids: Sequence[int]) -> list[str]:
        """The stored versions of those rows by their names, as `Chunk.version_key`, sorted."""
        keys: list[str] = []
        for ids in _slices(version_ids):
            rows = self._db.execute(
                f"SELECT article_id, version FROM versions WHERE id IN ({_marks(ids)})", ids
            )
            keys += [".".join(typed(row, (str, str), "a version")) for row in rows]
        return sorted(keys)

    # ------------------------------------------------ what filters ask for

    def filter_rows(
        self, version_ids: Sequence[int] | None, *, undated: int, for_ever: int
    ) -> FilterRows:
        """What filters ask for, of some versions or of all; see `FilterRows`.

        `undated` stands for a date that is unknown, `for_ever` for the end of what is valid now.
        """
        versions = (
            "SELECT id, ifnull(published, ?), ifnull(published_last, ?), publisher FROM versions"
        )
        validity = "SELECT version_id, article_id, valid_from, ifnull(valid_to, ?) FROM validity"
        chunks = "SELECT rowid, version_id FROM chunks"
        return FilterRows(
            self._of_versions(versions, "id", version_ids, undated, undated),
            self._of_versions(validity, "version_id", version_ids, for_ever),
            self._of_versions(chunks, "version_id", version_ids),
        )

    def _of_versions(
        self, query: str, column: str, version_ids: Sequence[int] | None, *values: int
    ) -> list[tuple[Any, ...]]:
        if version_ids is None:
            return self._db.execute(query, values).fetchall()
        found: list[tuple[Any, ...]] = []
        for ids in _slices(version_ids):
            found += self._db.execute(
                f"{query} WHERE {column} IN ({_marks(ids)})", [*values, *ids]
            ).fetchall()
        return found

    def last_change(self) -> int:
        """The row of the last change of a version; 0 where changes are not listed."""
        if self.schema == 1:
            return 0
        return int(self._db.execute("SELECT ifnull(max(id), 0) FROM changes").fetchone()[0])

    def changed_versions(self, since: int, *, limit: int) -> list[int] | None:
        """The rows of the versions that have changed since that change.

        None where they are more than `limit`, or where changes are not listed.
        """
        if self.schema == 1:
            return None
        rows = self._db.execute(
            "SELECT DISTINCT version_id FROM changes WHERE id > ? LIMIT ?", (since, limit + 1)
        ).fetchall()
        return None if len(rows) > limit else [row[0] for row in rows]

    def all_chunks(self) -> Iterator[ChunkRow]:
        """Every chunk, superseded ones included, by id."""
        return map(
            chunk_row, self._db.execute(f"SELECT {_CHUNK_COLUMNS} FROM chunks c ORDER BY chunk_id")
        )

    def pending(self) -> list[str]:
        """Ids of the chunks that an interrupted writer may have left in an index."""
        return [
            row[0] for row in self._db.execute("SELECT chunk_id FROM pending ORDER BY chunk_id")
        ]

    # ------------------------------------------------ vectors

    def vectors(self, input_hashes: Sequence[str], model: str) -> dict[str, bytes]:
        """The stored float16 vectors among those asked for, by input hash; not cut off ones."""
        found: dict[str, bytes] = {}
        size = 2 * int(self.meta["manifest"]["dim"])
        for hashes in _slices(input_hashes):
            rows = self._db.execute(
                "SELECT input_hash, vector FROM vectors"
                f" WHERE model = ? AND input_hash IN ({_marks(hashes)})",
                [model, *hashes],
            )
            found.update(row for row in rows if isinstance(row[1], bytes) and len(row[1]) == size)
        return found

    def vectors_by_chunk(self, rows: Sequence[int]) -> dict[int, bytes]:
        """The stored float16 vectors of the chunks of those rows, by row; not cut off ones."""
        found: dict[int, bytes] = {}
        manifest = self.meta["manifest"]
        size = 2 * int(manifest["dim"])
        for some in _slices(rows):
            vectors = self._db.execute(
                "SELECT c.rowid, x.vector FROM chunks c JOIN vectors x"
                " ON x.input_hash = c.input_hash AND x.model = ?"
                f" WHERE c.rowid IN ({_marks(some)})",
                [manifest["identity"], *some],
            )
            found.update(
                row for row in vectors if isinstance(row[1], bytes) and len(row[1]) == size
            )
        return found

    # ------------------------------------------------ articles

    def articles(self, version_ids: Iterable[int]) -> dict[int, StoredArticle]:
        """Whole versions with their sentences, by row."""
        found: dict[int, StoredArticle] = {}
        for ids in _slices(sorted(set(version_ids))):
            rows = self._db.execute(
                f"SELECT {self._stored_columns} {_FROM_VERSIONS} WHERE v.id IN ({_marks(ids)})", ids
            )
            found.update((row[0], stored_article(row)) for row in rows)
        return found

    def copies(self, version_ids: Iterable[int], *, current: bool) -> dict[int, list[int]]:
        """The versions that are copies of each of these, in the order in which they were stored.

        :param current: whether only current versions count; none of the same article does.
        """
        found: dict[int, list[int]] = {}
        if self.schema < 3:
            return found
        for ids in _slices(sorted(set(version_ids))):
            rows = self._db.execute(
                "SELECT c.version_id, d.version_id FROM copies c"
                " JOIN copies d ON d.cluster = c.cluster AND d.version_id != c.version_id"
                " JOIN versions w ON w.id = c.version_id"
                " JOIN versions v ON v.id = d.version_id AND v.article_id != w.article_id"
                f" WHERE c.version_id IN ({_marks(ids)}) AND {_CURRENT if current else 'TRUE'}"
                " ORDER BY d.version_id",
                ids,
            )
            for row in rows:
                one, copy = typed(row, (int, int), "a copy")
                found.setdefault(one, []).append(copy)
        return found

    def clusters(self, version_ids: Iterable[int]) -> dict[int, int]:
        """The number of the cluster of each of these versions that has had copies."""
        found: dict[int, int] = {}
        if self.schema < 3:
            return found
        for ids in _slices(sorted(set(version_ids))):
            rows = self._db.execute(
                f"SELECT version_id, cluster FROM copies WHERE version_id IN ({_marks(ids)})", ids
            )
            for row in rows:
                version_id, cluster = typed(row, (int, int), "a copy")
                found[version_id] = cluster
        return found

    def all_versions(self) -> Iterator[StoredArticle]:
        """Every version, superseded ones included, in the order in which they were stored.

        :raises ArchiveDamaged: for one that is not as it was stored; the next can still be read.
        """
        return map(
            stored_article,
            self._db.execute(f"SELECT {self._stored_columns} {_FROM_VERSIONS} ORDER BY v.id"),
        )

    def version(self, article_id: str, version: str) -> StoredArticle | None:
        """One version by its names, superseded or not; None if there is none."""
        # Names are hexadecimal; SQLite refuses half a surrogate pair, which JSON can spell.
        if not (article_id + version).isascii():
            return None
        row = self._db.execute(
            f"SELECT {self._stored_columns} {_FROM_VERSIONS}"
            " WHERE a.article_id = ? AND v.version = ?",
            (article_id, version),
        ).fetchone()
        return None if row is None else stored_article(row)

    def keys(self) -> list[ArticleKey]:
        """The collection and key of every article."""
        rows = self._db.execute("SELECT article_id, collection, key FROM articles ORDER BY key")
        return [ArticleKey(*typed(row, (str, str, str), "an article")) for row in rows]

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

    def was_superseded(self, article_id: str, version: str) -> bool:
        """Whether a later version ended this one's time; false if one took over its time."""
        found = self._db.execute(
            "SELECT 1 FROM validity y JOIN versions v ON v.id = y.version_id"
            " WHERE y.article_id = ? AND v.version = ? AND y.valid_to IS NOT NULL",
            (article_id, version),
        ).fetchone()
        return found is not None

    def article_ids(self) -> list[str]:
        """The ids of all articles, sorted."""
        return [row[0] for row in self._db.execute("SELECT article_id FROM articles ORDER BY 1")]

    def raw_documents(self, article_ids: Sequence[str]) -> Iterator[RawDocument]:
        """The raw document of each article's latest version, in the order of their ids.

        :raises ArchiveDamaged: if one is not what was stored.
        """
        for ids in _slices(article_ids):
            rows = self._db.execute(
                f"{_RAW_DOCUMENTS} WHERE a.article_id IN ({_marks(ids)}) ORDER BY a.article_id", ids
            )
            yield from map(_raw_document, rows)

    def all_raw_documents(self) -> Iterator[RawDocument]:
        """The raw document of each article's latest version.

        :raises ArchiveDamaged: for one that is not as it was stored; the next can still be read.
        """
        return map(_raw_document, self._db.execute(f"{_RAW_DOCUMENTS} ORDER BY a.article_id"))

    def listing(self) -> list[Listing]:
        """The current version of every article, by source."""
        rows = self._db.execute(
            "SELECT a.article_id, v.version, a.source, v.title, v.publisher, v.published,"
            " v.published_precision, v.url,"
            " (SELECT count(*) FROM chunks c WHERE c.version_id = v.id),"
            " (SELECT count(*) FROM versions w WHERE w.article_id = a.article_id),"
            f" {self._stated_column}"
            " FROM articles a JOIN validity y USING (article_id)"
            " JOIN versions v ON v.id = y.version_id"
            " WHERE y.valid_to IS NULL ORDER BY a.source, a.article_id"
        )
        listings = []
        for row in rows:
            article_id, version, source, title, publisher, published, precision, *more, stated = (
                typed(row, _LISTING_KINDS, "an article")
            )
            with damage_told(f"a date of {source!r}"):
                published = date(published, precision)
            made = Listing(article_id, version, source, title, publisher, published, *more)
            listings.append(made._replace(stated=stated_fields(stated)))
        return listings

    def headlines(self, filters: Filters) -> list[Headline]:
        """The heads of the articles that pass the filters, by source."""
        where, values = _qualifies(filters)
        rows = self._db.execute(
            "SELECT v.title, substr(v.text, 1, 300), v.publisher, v.published,"
            " v.published_precision, (SELECT c.input_hash FROM chunks c"
            " WHERE c.version_id = v.id ORDER BY c.start LIMIT 1)"
            f" FROM versions v JOIN articles a USING (article_id) WHERE {where}"
            " ORDER BY a.source, a.article_id",
            values,
        )
        return [
            Headline(title, lead, publisher, date(published, precision), input_hash)
            for title, lead, publisher, published, precision, input_hash in rows
        ]

    def titles_with(self, words: str, filters: Filters) -> list[str]:
        """The titles of the articles that have these words next to each other, in any case."""
        where, values = _qualifies(filters)
        rows = self._db.execute(
            "SELECT v.title, v.text FROM versions v JOIN articles a USING (article_id)"
            f" WHERE {where} ORDER BY a.source, a.article_id",
            values,
        )
        joined = r"\s+".join(map(re.escape, words.split()))
        pattern = re.compile(rf"(?<!\w){joined}(?!\w)", re.IGNORECASE)
        return [title for title, text in rows if pattern.search(title) or pattern.search(text)]

    def newest(self) -> PartialDate | None:
        """When the newest article was published; None where no date is known."""
        row = self._db.execute(
            "SELECT published FROM versions WHERE published IS NOT NULL"
            " ORDER BY published DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        (seconds,) = typed(row, (int,), "a date")
        with damage_told("a date"):
            return PartialDate.from_epoch(seconds, Precision.SECOND)

    def publishers(self) -> list[str]:
        """Every publisher that a current article names, sorted."""
        rows = self._db.execute(
            "SELECT DISTINCT v.publisher FROM versions v"
            f" WHERE v.publisher IS NOT NULL AND {_CURRENT} ORDER BY 1"
        )
        return [typed(row, (str,), "a publisher")[0] for row in rows]

    def roots(self) -> dict[Path, str]:
        """The folders from which articles came, with their collections."""
        rows = self._db.execute("SELECT path, collection FROM roots")
        kinds = (str, str)
        return {Path(path): name for path, name in (typed(row, kinds, "a root") for row in rows)}

    def contested_urls(self) -> dict[str, list[str]]:
        """Addresses that current articles of different texts claim, with those articles' ids."""
        rows = self._db.execute(
            f"SELECT v.url, v.text, v.article_id FROM versions v"
            f" WHERE {_CURRENT} AND v.url IN (SELECT w.url FROM versions w WHERE w.url IS NOT NULL"
            " GROUP BY w.url HAVING count(DISTINCT w.article_id) > 1) ORDER BY 1, 3"
        )
        claims: dict[str, dict[str, str]] = {}
        for url, text, article_id in rows:
            claims.setdefault(url, {})[article_id] = text
        return {url: list(by) for url, by in claims.items() if len(set(by.values())) > 1}

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

    def upgrade(self) -> None:
        """Upgrades the tables of an older release and seals every version that is as stored."""
        upgrade_tables(self._db, self.schema)
        ids = [row[0] for row in self._db.execute("SELECT id FROM versions WHERE seal IS NULL")]
        for version_id in ids:
            row = self._db.execute(
                f"SELECT {STORED_COLUMNS} {_FROM_VERSIONS} WHERE v.id = ?", (version_id,)
            ).fetchone()
            with suppress(ArchiveDamaged):  # whoever reads it is told
                stored_article(row)
                self._seal(version_id)
        if self.schema < 3:
            for (version_id,) in self._db.execute("SELECT id FROM versions ORDER BY id").fetchall():
                self._find_copies(version_id)
        self.set_meta("schema", SCHEMA_VERSION)
        self.advance()

    def add_root(self, path: Path, collection: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?)", (str(path), collection))

    def remember_files(self, records: Iterable[FileRecord]) -> None:
        """Remembers files whose documents are stored."""
        for record in records:
            remember(self._db, record)

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
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
                *date_columns(raw.fetched),
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
        self._changed(
            "SELECT version_id FROM validity WHERE article_id = ? AND valid_to IS NULL", article_id
        )
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
            'INSERT OR IGNORE INTO chunks (chunk_id, version_id, start, "end", input_hash)'
            " VALUES (?, ?, ?, ?, ?)",
            [
                (c.chunk_id, version_id, c.start, c.end, hash_)
                for c, hash_ in zip(entry.chunks, input_hashes, strict=True)
            ],
        )
        self._changed("SELECT ?", version_id)

    def _changed(self, versions: str, *values: object) -> None:
        """Lists the versions that a query selects as changed."""
        self._db.execute(f"INSERT INTO changes (version_id) {versions}", values)

    def _version_row(self, entry: Entry) -> int:
        article = entry.article
        where = "article_id = ? AND version = ?"
        names = (article.article_id, article.version)
        row = self._db.execute(f"SELECT id FROM versions WHERE {where}", names).fetchone()
        if row is not None:
            return int(row[0])
        described = _described(entry)
        cursor = self._db.execute(
            f"INSERT INTO versions VALUES (NULL, {_marks(range(len(described)))}, NULL, ?)",
            [*described, _stated(article)],
        )
        version_id = cursor.lastrowid or 0
        self._seal(version_id)
        self._find_copies(version_id)
        return version_id

    def _find_copies(self, version_id: int) -> None:
        """Puts a new version into the cluster of those that it copies; one may join two clusters.

        Of each cluster versions are compared until one is a copy, `_MOST_COMPARED` in all.
        """
        query = "SELECT text, article_id FROM versions WHERE id = ?"
        text, article_id = self._db.execute(query, (version_id,)).fetchone()
        mine = shingles(str(text))
        found = bands(mine)
        clusters: dict[int, int] = {}
        for other, cluster in self._alike(found, article_id):
            if cluster in clusters:
                continue
            theirs, _ = self._db.execute(query, (other,)).fetchone()
            if likeness(mine, shingles(str(theirs))) >= LEAST_LIKENESS:
                clusters[cluster] = other
        pairs = _paired(found, version_id)
        self._db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", pairs)
        if clusters:
            self._join(clusters | {version_id: version_id})

    def _alike(self, found: Sequence[int], article_id: str) -> list[tuple[int, int]]:
        """Versions of other articles that share bands, with their clusters; most in common first.

        Of each band the latest are looked at: where many share one, they are copies for the most
        part, and copies appear at about the same time.
        """
        shared = Counter[int]()
        for band in found:
            rows = self._db.execute(
                "SELECT version_id FROM bands WHERE band = ? ORDER BY version_id DESC LIMIT ?",
                (band, _MOST_COMPARED),
            )
            shared.update(version_id for (version_id,) in rows)
        ranked = sorted(shared, key=lambda version_id: (-shared[version_id], version_id))
        best = ranked[:_MOST_COMPARED]
        rows = self._db.execute(
            "SELECT v.id, coalesce(c.cluster, v.id) FROM versions v"
            " LEFT JOIN copies c ON c.version_id = v.id"
            f" WHERE v.id IN ({_marks(best)}) AND v.article_id != ?",
            (*best, article_id),
        )
        clusters = dict(rows.fetchall())
        return [(version_id, clusters[version_id]) for version_id in best if version_id in clusters]

    def _join(self, clusters: Mapping[int, int]) -> None:
        """Makes one cluster of several, each given with one of its versions.

        A version that had no copy so far is a cluster of its own id.
        """
        first = min(clusters)
        for cluster, member in clusters.items():
            if cluster != first:
                self._db.execute(
                    "UPDATE copies SET cluster = ? WHERE cluster = ?", (first, cluster)
                )
            self._db.execute("INSERT OR IGNORE INTO copies VALUES (?, ?)", (member, first))

    def _forget_copies(self, article_id: str) -> None:
        rows = self._db.execute("SELECT id, text FROM versions WHERE article_id = ?", (article_id,))
        for version_id, text in rows.fetchall():
            self._db.execute("DELETE FROM copies WHERE version_id = ?", (version_id,))
            self._db.executemany(
                "DELETE FROM bands WHERE band = ? AND version_id = ?",
                _paired(bands(shingles(str(text))), version_id),
            )

    def _seal(self, version_id: int) -> None:
        row = self._db.execute(
            f"SELECT {STORED_COLUMNS} {_FROM_VERSIONS} WHERE v.id = ?", (version_id,)
        ).fetchone()
        self._db.execute(
            "UPDATE versions SET seal = ? WHERE id = ?", (seal_of(row[2:]), version_id)
        )

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

    def drop_chunks(self, chunk_ids: Sequence[str]) -> None:
        """Deletes chunks, and the vectors that only they used."""
        for ids in _slices(chunk_ids):
            chosen = f"chunk_id IN ({_marks(ids)})"
            self._changed(f"SELECT DISTINCT version_id FROM chunks WHERE {chosen}", *ids)
            hashes = [
                row[0]
                for row in self._db.execute(
                    f"SELECT DISTINCT input_hash FROM chunks WHERE {chosen}", ids
                )
            ]
            self._db.execute(f"DELETE FROM chunks WHERE {chosen}", ids)
            self._db.execute(
                f"DELETE FROM vectors WHERE input_hash IN ({_marks(hashes)}) AND NOT EXISTS"
                " (SELECT 1 FROM chunks c WHERE c.input_hash = vectors.input_hash)",
                hashes,
            )

    def remove(self, article_ids: Sequence[str]) -> None:
        """Deletes those articles that exist, and remembers which they were."""
        names: list[str] = []
        for article_id in article_ids:
            row = self._db.execute(
                "SELECT source FROM articles WHERE article_id = ?", (article_id,)
            ).fetchone()
            if row is not None:
                names += [article_id, str(row[0])]
                self._remove(article_id)
        if names:
            self._sweep_raw()
            self.set_meta("removals", self.removals + 1)
            self.set_meta("removed", [_digest(name) for name in names])
            self.advance()

    def _remove(self, article_id: str) -> None:
        of_article = "SELECT id FROM versions WHERE article_id = ?"
        self.drop_chunks(self.chunk_ids(article_id))
        self._changed(of_article, article_id)
        self._forget_copies(article_id)
        forget(self._db, article_id)
        for table in ("validity", "versions", "articles"):
            self._db.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))

    def _sweep_raw(self) -> None:
        """Deletes the raw documents that no article and no version refers to.

        An article that was read again from other bytes and said the same has left one.
        """
        self._db.execute(
            "DELETE FROM raw WHERE hash NOT IN (SELECT raw_hash FROM articles)"
            " AND hash NOT IN (SELECT raw_hash FROM versions)"
        )

    def sweep_vectors(self) -> None:
        """Deletes the vectors that no chunk uses, such as those of a batch that was given up."""
        self._db.execute(
            "DELETE FROM vectors WHERE input_hash NOT IN (SELECT input_hash FROM chunks)"
        )


def _described(entry: Entry) -> tuple[Any, ...]:
    """The columns of a version between its row and its seal."""
    article, published = entry.article, entry.article.published
    return (
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
        *date_columns(article.updated),
        *date_columns(article.fetched),
        article.extractor,
        entry.raw_hash,
        spans_json(article.blocks),
        spans_json(entry.sentences),
    )


def _stated(article: Article) -> str | None:
    """What the user stated of an article, as a column keeps it."""
    return " ".join(article.stated) or None


_LISTING_KINDS = (
    str,
    str,
    str,
    str,
    (str, type(None)),
    (int, type(None)),
    (str, type(None)),
    (str, type(None)),
    int,
    int,
    (str, type(None)),
)


def _raw_document(row: Sequence[Any]) -> RawDocument:
    """:raises ArchiveDamaged: if the document is not the one that was stored."""
    collection, key, source, media_type, packed, url, fetched, precision, name = row
    with damage_told(f"the document of {source!r}"):
        try:
            data = zlib.decompress(packed)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if raw_hash(media_type, url, data) != name:
            raise ValueError("it has changed since it was stored")
        return RawDocument(collection, key, source, media_type, data, url, date(fetched, precision))


def _digest(name: str) -> str:
    """Names an article that was removed without saying which."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:24]


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
        terms.append("is_called(v.publisher, ?)")
        values.append(filters.publisher)
    return " AND ".join(terms), values


def _paired(found: Iterable[int], version_id: int) -> list[tuple[int, int]]:
    return [(band, version_id) for band in found]


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


def with_direction(vectors: Mapping[str, bytes]) -> dict[str, bytes]:
    """The stored float16 vectors that have a direction: of zeros or with a NaN one has none."""
    if not vectors:
        return {}
    import numpy as np

    held = usable(np.stack([np.frombuffer(data, np.float16) for data in vectors.values()]))
    return {name: data for (name, data), good in zip(vectors.items(), held, strict=True) if good}
