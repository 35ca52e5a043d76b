"""The archive: record, vectors and words in one folder, seen as one revision. One writer, many readers.

In goes a folder; out come views to ask questions of, and `Archive.changes` for the one process that writes. It does not know
documents or questions. Readers follow law 5: each view looks at the record's revision and, when that has moved, opens the indexes anew.

    my-archive/
      record.sqlite   the truth
      vectors-1/      Chroma, derived; the number is the generation, which a rebuild moves on
      words-1/        tantivy, derived
      write.lock      held by the operating system while somebody writes
      feedback.jsonl  what people said of answers, once somebody has; feedback.lock, held while somebody writes to it
      replies/        what language models wrote, so that asking again costs nothing
      .uploads/       files dropped on the page, for as long as they are brought in
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rag.embed import DEFAULT_MODEL, Embedder, LocalEmbedder
from rag.errors import ArchiveError, ArchiveMismatch, ArchiveNotFound, UsageError
from rag.store.database import Entry, Record, Snapshot
from rag.store.writer import Changes, raw_hash

if TYPE_CHECKING:
    from rag.store.lexical_index import WordIndex
    from rag.store.vector_index import VectorIndex

# What whoever fills an archive needs stands here too: this module is the door to the ones behind it.
__all__ = [
    "COLLECTION",
    "RECORD",
    "Archive",
    "Changes",
    "Entry",
    "Indexes",
    "Manifest",
    "View",
    "open_archive",
    "raw_hash",
]

RECORD = "record.sqlite"
COLLECTION = "byline"


class Manifest(NamedTuple):
    """What an archive was made with. Vectors and chunks made with anything else would not fit."""

    archive_id: str
    model: str
    identity: str
    dim: int
    chunk_tokens: int
    chunk_overlap: int
    chroma: str | None


class Indexes(NamedTuple):
    """The two derived indexes, opened at one revision."""

    vectors: VectorIndex
    words: WordIndex


class _Shared:
    """The open indexes of one folder. All archives of a process share them, since a Chroma client left open goes stale for all."""

    _by_folder: ClassVar[dict[Path, _Shared]] = {}
    _registry_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.state: tuple[str, int, int] | None = None
        self.indexes: Indexes | None = None

    @classmethod
    def of(cls, folder: Path) -> _Shared:
        with cls._registry_lock:
            return cls._by_folder.setdefault(folder, cls())

    def close(self) -> None:
        with self.lock:
            if self.indexes is not None:
                self.indexes.vectors.close()
            self.indexes = self.state = None


class Archive:
    """One archive, open for reading. Safe to share between threads; make one with `open_archive`."""

    def __init__(self, folder: Path, embedder: Embedder, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.record = Record(folder / RECORD)
        self._embedder = embedder
        self._shared = _Shared.of(folder)

    @cached_property
    def embedder(self) -> Embedder:
        """The model that made the archive's vectors.

        :raises ArchiveMismatch: if the model behind that name is no longer the same.
        """
        if self._embedder.identity != self.manifest.identity:
            raise ArchiveMismatch(
                f"The vectors of {self.folder} were made with {self.manifest.model} {self.manifest.identity}, "
                f"but the model here is {self._embedder.identity}.",
                hint="Install the model that made it, or ingest the articles into a new archive.",
            )
        return self._embedder

    def changes(self) -> Changes:
        """The one writer, to be used in a `with` block.

        :raises ArchiveBusy: on entering the block, if another process is writing.
        """
        return Changes(self)

    @contextmanager
    def view(self) -> Iterator[View]:
        """The archive as it stands now, unchanged until the block ends."""
        with self.record.snapshot() as snapshot:
            yield View(self, snapshot)

    def close(self) -> None:
        """Lets go of the folder; using the archive again opens it again."""
        self._shared.close()

    def open_indexes(self, generation: int, *, create: bool = False) -> Indexes:
        """New handles on the two indexes of a generation, made with `create` where they are not there yet; the caller closes them.

        :raises ArchiveDamaged: if one of them is missing or cannot be read.
        """
        from rag.store.lexical_index import WordIndex
        from rag.store.vector_index import VectorIndex

        vectors = VectorIndex(*self.collection(generation), create=create)
        try:
            return Indexes(vectors, WordIndex(self.words_folder(generation), create=create))
        except BaseException:
            vectors.close()
            raise

    def collection(self, generation: int) -> tuple[Path | str, str]:
        """Where Chroma keeps that generation, and the collection's name there."""
        if self.manifest.chroma is None:
            return self.folder / f"vectors-{generation}", COLLECTION
        return self.manifest.chroma, f"{self.server_prefix}{generation}"

    @property
    def server_prefix(self) -> str:
        """How the names of this archive's collections begin on a Chroma server."""
        return f"{COLLECTION}-{self.manifest.archive_id}-"

    def words_folder(self, generation: int) -> Path:
        return self.folder / f"words-{generation}"

    @property
    def replies_folder(self) -> Path:
        """Where replies of language models are kept."""
        return self.folder / "replies"

    @contextmanager
    def shared_indexes(self, snapshot: Snapshot) -> Iterator[Indexes]:
        """The indexes at the snapshot's revision or a later one, this thread's alone until the block ends."""
        shared = self._shared
        with shared.lock:
            # Another archive may have taken the place of one that was deleted.
            state = self.manifest.archive_id, snapshot.generation, snapshot.revision
            if shared.indexes is None or shared.state != state:
                shared.close()
                shared.indexes, shared.state = self.open_indexes(snapshot.generation), state
            yield shared.indexes


class View:
    """One state of an archive: the record's snapshot and the indexes that belong to it."""

    def __init__(self, archive: Archive, snapshot: Snapshot) -> None:
        self._archive = archive
        self.record = snapshot
        self.embedder = archive.embedder
        self.identity = archive.manifest.identity
        self.dim = archive.manifest.dim

    @contextmanager
    def indexes(self) -> Iterator[Indexes]:
        with self._archive.shared_indexes(self.record) as indexes:
            yield indexes

    def is_latest(self) -> bool:
        """Whether no writer has committed since the view was made."""
        return self._archive.record.revision() == self.record.revision


def open_archive(  # noqa: PLR0913
    folder: Path | str,
    *,
    create: bool = False,
    model: str | None = None,
    chroma: str | None = None,
    chunk_tokens: int | None = None,
    embedder: Embedder | None = None,
) -> Archive:
    """Opens the archive in a folder, making it first where `create` is set and there is none.

    `model` is an embedding model by name or path, `chroma` the URL of a Chroma server to keep the vectors on, `chunk_tokens` the most
    tokens of a passage, title included; all three are fixed when the archive is made. `embedder` is for models of your own.

    :raises ArchiveNotFound: if there is no archive and `create` is not set.
    :raises ArchiveError: if the folder may not be read.
    :raises ArchiveMismatch: if the archive was made with something else than what is asked for.
    """
    path = Path(folder).expanduser().resolve()
    if not _is_archive(path):
        if not create:
            raise ArchiveNotFound(
                f"There is no archive in {folder}.",
                hint="Fill one with: byline ingest FOLDER --archive " + str(folder),
            )
        _create(path, embedder or LocalEmbedder(model or DEFAULT_MODEL), chroma, chunk_tokens)
    with Record(path / RECORD).snapshot() as snapshot:
        manifest = Manifest(**snapshot.meta["manifest"])
    wanted = {
        "model": embedder.name if embedder else model,
        "chroma": chroma,
        "chunk_tokens": chunk_tokens,
    }
    for name, value in wanted.items():
        if value is not None and value != getattr(manifest, name):
            raise ArchiveMismatch(
                f"The archive in {folder} was made with {name.replace('_', ' ')} {getattr(manifest, name)}, not {value}.",
                hint=f"Leave {name.replace('_', ' ')} out, or ingest the articles into a new archive.",
            )
    return Archive(path, embedder or LocalEmbedder(manifest.model), manifest)


def _is_archive(path: Path) -> bool:
    try:
        return (path / RECORD).is_file()
    except OSError as error:
        raise ArchiveError(
            f"The folder {path} cannot be read: {error}", hint="Does it belong to somebody else?"
        ) from error


def _create(path: Path, embedder: Embedder, chroma: str | None, chunk_tokens: int | None) -> None:
    """Makes the folder (mode 0700) and, in one step at the end, the record in it."""
    if path.exists() and not _may_become_archive(path):
        raise UsageError(
            f"{path} is there already and is not an archive.",
            hint="Name a folder that is empty or does not exist yet.",
        )
    if chunk_tokens is not None and not 32 <= chunk_tokens <= embedder.max_tokens:
        raise UsageError(
            f"A passage holds 32 to {embedder.max_tokens} tokens with {embedder.name}, not {chunk_tokens}."
        )
    manifest = Manifest(
        archive_id=uuid.uuid4().hex[:12],
        model=embedder.name,
        identity=embedder.identity,
        dim=embedder.dim,
        chunk_tokens=chunk_tokens or embedder.max_tokens,
        chunk_overlap=1,
        chroma=chroma,
    )
    meta: dict[str, Any] = {"manifest": manifest._asdict()}
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The folder {path} cannot be made: {error}", hint="Name another with --archive."
        ) from error
    unfinished = path / f"{RECORD}.{manifest.archive_id}.new"
    try:
        Record.create(unfinished, meta)
        # Two that make the same archive at once: the first one's record stays.
        with suppress(FileExistsError):
            os.link(unfinished, path / RECORD)
    finally:
        unfinished.unlink(missing_ok=True)


def _may_become_archive(path: Path) -> bool:
    """Whether the folder is empty, but for what others leave there who are making the archive at this moment."""
    strangers = not path.is_dir() or any(
        not child.name.startswith((RECORD, "write.lock")) for child in path.iterdir()
    )
    # Whoever made it meanwhile has put the record there first.
    return not strangers or _is_archive(path)
