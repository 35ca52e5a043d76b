"""Finds chunks by their vectors: Chroma in the archive's folder or on a server, derived.

An embedded Chroma writes to its folder also while it is read (it applies and prunes its log) and
rewrites its files in place. Two processes at once would crash each other, and one that is killed
there leaves files that no longer fit together. So whoever opens or writes takes turns by a lock,
and a mark stands in the folder while somebody writes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from rag.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, BylineError, SourceError
from rag.store.disk import full_disk_told

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

# What the hosted service takes in one write is 300; a local one takes far more and is quicker so.
_LOCAL_BATCH = 2000
_SERVER_BATCH = 300
_REBUILD = "Run: byline doctor --rebuild"
_TURN = "turn.lock"
_WRITING = "writing"
_DATABASE = "chroma.sqlite3"
# A turn lasts as long as one batch takes to write; a busy machine may need far longer.
_PATIENCE_S = 120.0


class IndexedChunk(NamedTuple):
    """One row of the collection; its metadata say where the text stands in the database.

    Chroma keeps what was deleted in its log and in free pages, so it is given no text.
    """

    chunk_id: str
    metadata: dict[str, str | int]


class VectorIndex:
    """One collection of one Chroma client; close it before opening the same folder again."""

    def __init__(self, location: Path | str, collection: str, *, create: bool = False) -> None:
        """Opens the collection in a folder or at a server's URL; with `create` it is made.

        :raises ArchiveError: if the server does not answer.
        :raises ArchiveDamaged: if there is no such collection or Chroma cannot open the folder.
        """
        self._location, self._name = location, collection
        self._client: ClientAPI | None = None
        self._collection: Collection | None = None
        self._left_at: bytes | None = None
        self._batch = _SERVER_BATCH if isinstance(location, str) else _LOCAL_BATCH
        with self._mapped():
            if isinstance(location, Path) and create:
                location.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._turn():
            # A writer was killed half way: the files may be unusable, and Chroma may crash on them.
            self.interrupted = isinstance(location, Path) and (location / _WRITING).exists()
            if not self.interrupted:
                self._open(create=create)

    def upsert(self, chunks: Sequence[IndexedChunk], vectors: NDArray[np.float32]) -> None:
        """Writes chunks with their vectors, (len(chunks), dim), replacing those that exist.

        :raises SourceError: if Chroma refuses a chunk; then none of its batch is written.
        """
        for start in range(0, len(chunks), self._batch):
            batch = chunks[start : start + self._batch]
            with self._turn(writing=True), _refusals_told():
                self._opened.upsert(
                    ids=[chunk.chunk_id for chunk in batch],
                    embeddings=vectors[start : start + self._batch],
                    metadatas=[dict(chunk.metadata) for chunk in batch],
                )

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Deletes the chunks that exist."""
        for start in range(0, len(chunk_ids), self._batch):
            with self._turn(writing=True):
                self._opened.delete(ids=list(chunk_ids[start : start + self._batch]))

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[str]:
        """Up to `n` chunk ids, nearest first by cosine, ties by id."""
        wanted = n + 1
        while True:
            with self._mapped():
                found = self._opened.query(
                    query_embeddings=vector.reshape(1, -1), n_results=wanted, include=["distances"]
                )
            ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
            # The order of equal ones is arbitrary: all are fetched before some are left out.
            if len(ids) < wanted or distances[n - 1] < distances[-1]:
                return [name for _, name in sorted(zip(distances, ids, strict=True))[:n]]
            wanted *= 2

    def count(self) -> int:
        with self._mapped():
            return int(self._opened.count())

    def ids(self) -> set[str]:
        """Every chunk id of the collection."""
        with self._mapped():
            return set(self._opened.get(include=[])["ids"])

    def is_current(self) -> bool:
        """Whether nobody but this client has written to the folder since its last turn.

        Such a client may go on; opening another reads the whole index. Of a server nothing is read.
        """
        if isinstance(self._location, str) or self._collection is None or self._left_at is None:
            return False
        try:
            unmarked = not (self._location / _WRITING).exists()
            return unmarked and _changes(self._location) == self._left_at
        except OSError:
            return False

    def close(self) -> None:
        """Closes the client: one that stays open misses what another process writes."""
        if self._client is not None and isinstance(self._location, Path):
            self._client.close()  # type: ignore[attr-defined]
        self._client = self._collection = None

    @property
    def _opened(self) -> Collection:
        if self.interrupted:
            raise ArchiveDamaged(
                f"A writer was killed while it wrote to the vector index {self._location}.",
                hint="The next ingest mends it; so does: byline doctor --rebuild",
            )
        if self._collection is None:
            raise ArchiveError(f"The vector index {self._location} was closed.")
        return self._collection

    def _open(self, *, create: bool) -> None:
        self._client = (
            _server(self._location)
            if isinstance(self._location, str)
            else _embedded(self._location, create=create)
        )
        try:
            self._batch = min(self._batch, self._client.get_max_batch_size())
            self._collection = _collection(self._client, self._name, create=create)
            # Chroma goes through its log at the first use; that has to happen within our turn.
            self._collection.count()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _turn(self, *, writing: bool = False) -> Iterator[None]:
        """Locks out other processes until the block ends; a server does so by itself."""
        with self._mapped():
            if isinstance(self._location, str):
                yield
                return
            with _locked(self._location):
                mark = self._location / _WRITING
                if writing:
                    mark.touch()
                try:
                    yield
                except (SourceError, KeyboardInterrupt):
                    mark.unlink(missing_ok=True)  # nothing was written half
                    raise
                if writing:
                    mark.unlink()
                if not mark.exists():
                    self._left_at = _changes(self._location)

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Maps errors of Chroma to ArchiveError, ArchiveDamaged and DiskFull."""
        try:
            with full_disk_told(self._location):
                yield
        except BylineError:
            raise
        except Exception as error:
            if isinstance(self._location, str) and not _is_unfit(error):
                raise ArchiveError(
                    f"The Chroma server at {self._location} failed: {error}",
                    hint="Is it running? chroma run",
                ) from error
            raise ArchiveDamaged(
                f"The vector index {self._location} cannot be used: {error}", hint=_REBUILD
            ) from error


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Maps Python's own errors, which come of arguments, to SourceError."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        raise SourceError(f"the vector index does not take it: {error}") from error


def drop_collections(url: str, prefix: str, *, keep: str) -> None:
    """Deletes from a server all collections whose names begin with `prefix`, save one.

    :raises ArchiveError: if the server does not answer.
    """
    client = _server(url)
    for collection in client.list_collections():
        if collection.name.startswith(prefix) and collection.name != keep:
            client.delete_collection(collection.name)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    if not folder.is_dir():
        raise ArchiveDamaged(f"The vector index {folder} is missing.", hint=_REBUILD)
    lock = FileLock(folder / _TURN, timeout=_PATIENCE_S, poll_interval=0.01)
    try:
        lock.acquire()
    except Timeout as error:
        raise ArchiveBusy(
            f"Another process keeps {folder} busy.", hint="Try again later."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _changes(folder: Path) -> bytes | None:
    """SQLite's count of changes to Chroma's database; None where it has a log and counts none.

    https://www.sqlite.org/fileformat.html, section 1.3.
    """
    with (folder / _DATABASE).open("rb") as file:
        header = file.read(28)
    return header[24:] if header[18:20] == b"\1\1" else None


def _collection(client: ClientAPI, name: str, *, create: bool) -> Collection:
    if not create:
        return client.get_collection(name, embedding_function=None)
    return client.get_or_create_collection(
        name, configuration={"hnsw": {"space": "cosine", "ef_search": 200}}, embedding_function=None
    )


def _is_unfit(error: Exception) -> bool:
    """Whether a server answers that the collection is missing or takes vectors of other lengths."""
    from chromadb.errors import InvalidArgumentError, NotFoundError

    return isinstance(error, NotFoundError | InvalidArgumentError)


def _embedded(folder: Path, *, create: bool) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    # Chroma warns through logging of telemetry and of configuration that are both as intended.
    logging.getLogger("chromadb").setLevel(logging.ERROR)
    if not create and not (folder / _DATABASE).is_file():
        raise ArchiveDamaged(f"The vector index {folder} has lost its files.", hint=_REBUILD)
    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    if create:
        (folder / _DATABASE).chmod(0o600)
    return client


@cache
def _server(url: str) -> ClientAPI:
    """One client a server, because Chroma keeps the connections of each open."""
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    settings = Settings(anonymized_telemetry=False)
    try:
        return chromadb.HttpClient(
            parts.hostname or "localhost",
            parts.port or (443 if secure else 8000),
            ssl=secure,
            settings=settings,
        )
    except Exception as error:
        raise ArchiveError(
            f"The Chroma server at {url} does not answer: {error}", hint="Start it with: chroma run"
        ) from error
