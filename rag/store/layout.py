"""Knows the files of an archive's folder and opens its indexes.

my-archive/
  record.sqlite   the database
  vectors-1/      Chroma, derived; the number is the generation, which a rebuild raises
  words-1/        tantivy, derived
  write.lock      held by the operating system while somebody writes; write.queue, while they wait
  reserve         room that is given back while articles are removed, also on a full disk
  feedback.jsonl  what people said of answers; feedback.lock is held while somebody writes it
  replies/N/      replies of language models, so that asking again costs nothing; kept until
                  articles are removed for the N+1st time
  .uploads/       files uploaded to the page, until they are ingested
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from rag.embed import CheckedEmbedder, Embedder
from rag.errors import ArchiveMismatch
from rag.store.database import Database, Snapshot
from rag.store.filter_arrays import SharedArrays

if TYPE_CHECKING:
    from rag.store.lexical_index import LexicalIndex
    from rag.store.vector_index import VectorIndex

DATABASE = "record.sqlite"
COLLECTION = "byline"
_REPLIES = "replies"
# Opening Chroma takes the longer the more it holds. Until this many chunks are new, the open client
# goes on, and the new ones are searched one by one.
_MOST_BEHIND = 2000


class Manifest(NamedTuple):
    """What an archive was made with; vectors and chunks made with anything else would not fit."""

    archive_id: str
    model: str
    identity: str
    dim: int
    chunk_tokens: int
    chunk_overlap: int
    chroma: str | None


class Indexes(NamedTuple):
    """The two derived indexes.

    `last_chunk` is the last row of chunks when the vectors were opened: an open Chroma client does
    not find what others write later.
    """

    vectors: VectorIndex
    lexical: LexicalIndex
    last_chunk: int

    def behind(self, snapshot: Snapshot) -> int:
        """How many chunks, or more, the vectors lack."""
        return snapshot.last_chunk() - self.last_chunk


class _SharedIndexes:
    """The open indexes of one folder, shared by all archives of the process.

    A Chroma client that stays open while another one writes returns stale results.
    """

    _by_folder: ClassVar[dict[Path, _SharedIndexes]] = {}
    _registry_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.state: tuple[object, ...] | None = None
        self.revision = -1
        self.indexes: Indexes | None = None

    @classmethod
    def of(cls, folder: Path) -> _SharedIndexes:
        with cls._registry_lock:
            return cls._by_folder.setdefault(folder, cls())

    def close(self) -> None:
        with self.lock:
            if self.indexes is not None:
                self.indexes.vectors.close()
            self.indexes = self.state = None


class Layout:
    """The folder of one archive: its manifest, its model, its database, its indexes."""

    def __init__(self, folder: Path, embedder: Embedder, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._embedder = embedder
        self.record = Database(folder / DATABASE)
        self._shared = _SharedIndexes.of(folder)
        self.arrays = SharedArrays.of(folder)

    @classmethod
    def of(cls, other: Layout) -> Self:
        """The same folder as an object of this class."""
        return cls(other.folder, other._embedder, other.manifest)

    @cached_property
    def embedder(self) -> CheckedEmbedder:
        """The model that made the archive's vectors, with each of its vectors checked.

        :raises ArchiveMismatch: if the model of that name is no longer the same.
        """
        if self._embedder.identity != self.manifest.identity:
            raise ArchiveMismatch(
                f"The vectors of {self.folder} were made with {self.manifest.model} "
                f"{self.manifest.identity}, but the model here is {self._embedder.identity}.",
                hint="Install the model that made it, or ingest the articles into a new archive.",
            )
        return CheckedEmbedder(self._embedder, self.manifest.dim)

    def close(self) -> None:
        """Closes the indexes; using the archive again opens them again."""
        self._shared.close()

    def open_indexes(self, generation: int, *, create: bool = False) -> Indexes:
        """Opens both indexes of a generation anew; the caller closes them.

        :raises ArchiveDamaged: if one is missing, unless `create`, or cannot be read.
        """
        from rag.store.lexical_index import LexicalIndex
        from rag.store.vector_index import VectorIndex

        with self.record.snapshot() as snapshot:
            last_chunk = snapshot.last_chunk()
        vectors = VectorIndex(*self.collection(generation), create=create)
        try:
            lexical = LexicalIndex(self.lexical_folder(generation), create=create)
            return Indexes(vectors, lexical, last_chunk)
        except BaseException:
            vectors.close()
            raise

    @contextmanager
    def shared_indexes(self, snapshot: Snapshot) -> Iterator[Indexes]:
        """The indexes for this thread alone, at the snapshot's revision or later.

        The vectors may lack what has been added since `last_chunk`.
        """
        shared = self._shared
        with shared.lock:
            state = self._state(snapshot)
            if (
                shared.indexes is None
                or shared.state != state
                or shared.indexes.behind(snapshot) > _MOST_BEHIND
            ):
                shared.close()
                shared.indexes, shared.state = self.open_indexes(snapshot.generation), state
            elif shared.revision != snapshot.revision:
                shared.indexes.lexical.reload()
            shared.revision = snapshot.revision
            yield shared.indexes

    def lend(self) -> Indexes | None:
        """Hands the readers' open indexes to a writer of this process, which gives them back.

        None where another process has written since they were opened; then they are closed.
        """
        shared = self._shared
        with self.record.snapshot() as snapshot, shared.lock:
            lent = shared.indexes
            same = lent is not None and shared.state == self._state(snapshot)
            if lent is None or not same or not lent.vectors.is_current():
                shared.close()
                return None
            shared.indexes = shared.state = None
            return lent

    def share(self, indexes: Indexes) -> None:
        """Takes over the indexes of a writer of this process that is done."""
        shared = self._shared
        with self.record.snapshot() as snapshot, shared.lock:
            shared.close()
            shared.indexes = indexes._replace(last_chunk=snapshot.last_chunk())
            shared.state, shared.revision = self._state(snapshot), snapshot.revision

    def _state(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What has to be the same for open indexes to go on.

        Another archive may have replaced one that was deleted: the id tells them apart.
        """
        return (
            self.manifest.archive_id,
            snapshot.generation,
            snapshot.removals,
            snapshot.schema,
        )

    def collection(self, generation: int) -> tuple[Path | str, str]:
        """Where Chroma keeps a generation (folder or server URL) and the collection's name."""
        if self.manifest.chroma is None:
            return self.folder / f"vectors-{generation}", COLLECTION
        return self.manifest.chroma, f"{self.server_prefix}{generation}"

    @property
    def server_prefix(self) -> str:
        """How the names of this archive's collections begin on a Chroma server."""
        return f"{COLLECTION}-{self.manifest.archive_id}-"

    def lexical_folder(self, generation: int) -> Path:
        return self.folder / f"words-{generation}"

    @property
    def replies_folder(self) -> Path:
        """Where replies of language models are kept; each removal of articles begins another."""
        with self.record.snapshot() as snapshot:
            return self.folder / _REPLIES / f"{snapshot.removals}"

    def stale_replies(self) -> list[Path]:
        """Folders of replies that may be about articles that have been removed."""
        current = self.replies_folder
        return [path for path in current.parent.glob("*") if path != current]
