"""Writes to an archive: adds and removes articles, finishes interrupted work, rebuilds indexes.

Every batch becomes one new revision. The database's commit is the only commit: adding writes the
indexes first and the database last, removing the database first. The ids of all chunks that are
about to change are kept in the database as pending, so that the next writer can finish the work
of one that was killed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from rag.embed import Embedder, passage_input
from rag.errors import ArchiveDamaged, SourceError
from rag.model import Article, Chunk
from rag.store.database import Entry, Snapshot, Transaction, as_matrix, with_direction
from rag.store.disk import keep_reserve, reserve_released
from rag.store.file_records import FileRecord
from rag.store.layout import Indexes, Layout
from rag.store.lock import WriteLock
from rag.store.rows import ChunkRow, chunk_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REBUILD_BATCH = 2000
# How long a writer waits for its turn. One at work gives way after each batch, which takes seconds.
PATIENCE_S = 30.0


class Change(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Passage(NamedTuple):
    """A chunk of an article on its way into the indexes.

    `embedder_input` is what is encoded, `input_hash` names its vector.
    """

    article: Article
    chunk: Chunk
    embedder_input: str
    input_hash: str

    @classmethod
    def of(cls, article: Article, chunk: Chunk) -> Passage:
        text = passage_input(article.title, article.text[chunk.start : chunk.end])
        return cls(article, chunk, text, hashlib.sha256(text.encode()).hexdigest()[:32])


def passages_of(entry: Entry) -> list[Passage]:
    """The passages of an entry, in order."""
    return [Passage.of(entry.article, chunk) for chunk in entry.chunks]


def encoded(embedder: Embedder, inputs: Mapping[str, str]) -> dict[str, bytes]:
    """Encodes texts, each under its name, as the database keeps vectors: in float16."""
    rows = embedder.encode(list(inputs.values())).astype("float16")
    return {name: row.tobytes() for name, row in zip(inputs, rows, strict=True)}


class ArchiveWriter:
    """The writer's side of an archive, used in a `with` block; holds the lock until it ends."""

    def __init__(self, layout: Layout, *, now: Callable[[], float] = time.time) -> None:
        self._layout = layout
        self._record = layout.record
        self._manifest = layout.manifest
        self._now = now
        self._lock = WriteLock(layout.folder)

    def __enter__(self) -> ArchiveWriter:
        self._lock.acquire(PATIENCE_S)
        try:
            self._take_over()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._share_indexes()
            self._close_indexes()
            keep_reserve(self._layout.folder)
        finally:
            self._lock.release()

    def give_way(self) -> None:
        """Lets another writer that waits go first; call it between batches of long work."""
        if self._lock.is_wanted():
            self._share_indexes()
            self._lock.give_way()
            self._take_over()

    def _take_over(self) -> None:
        """Upgrades an older archive and finishes what a killed writer left.

        Open indexes go on only where no other process has written since: they would be stale.
        """
        lent = self._layout.lend()
        if lent is not None:
            self._indexes = lent
        self._record.upgrade()
        # Who goes on to write meets the damage again; a rebuild repairs it.
        with suppress(ArchiveDamaged):
            self.settle()

    @cached_property
    def _indexes(self) -> Indexes:
        """The indexes of the current generation, created only where nothing could be missing."""
        with self._record.snapshot() as snapshot:
            create = not snapshot.holds_chunks()
            return self._layout.open_indexes(snapshot.generation, create=create)

    def _share_indexes(self) -> None:
        """Leaves the open indexes to the readers of this process: they hold all that is written."""
        indexes = self.__dict__.pop("_indexes", None)
        if indexes is None:
            return
        try:
            self._layout.share(indexes)
        except BaseException:
            indexes.vectors.close()
            raise

    def _close_indexes(self) -> None:
        if "_indexes" in self.__dict__:
            self._indexes.vectors.close()
            del self._indexes

    # ------------------------------------------------ add

    def add(self, entries: Sequence[Entry], *, replace: bool = False) -> list[Change]:
        """Stores a batch of entries as one new revision and returns what became of each.

        An article whose current version is the same stays as it is. With `replace` (a better
        extractor read the same raw document) a new version takes over the validity of the old
        one. Each article may be in a batch once.

        :raises SourceError: if something in an entry cannot be stored; then none is.
        """
        try:
            return self._add(entries, replace=replace)
        except (SourceError, TypeError, ValueError, OverflowError) as error:
            self.settle()  # nothing of the batch stays in an index
            raise SourceError(f"cannot be stored ({error})") from error

    def _add(self, entries: Sequence[Entry], *, replace: bool) -> list[Change]:
        with self._record.snapshot() as snapshot:
            changes = [_change(snapshot, entry.article, replace=replace) for entry in entries]
        pairs = list(zip(entries, changes, strict=True))
        changed = [entry for entry, change in pairs if change is not Change.UNCHANGED]
        passages = {entry.article.article_id: passages_of(entry) for entry in changed}
        everything = [passage for of_one in passages.values() for passage in of_one]
        self._index(everything)
        with self._record.transaction() as transaction:
            for entry, change in pairs:
                if change is Change.UNCHANGED:
                    if not replace:
                        transaction.point_to_raw(entry)
                    continue
                hashes = [passage.input_hash for passage in passages[entry.article.article_id]]
                self._put(transaction, entry, hashes, replace=replace)
            if changed:
                transaction.clear_pending(passage.chunk.chunk_id for passage in everything)
                if replace:
                    _drop_unreachable(transaction, changed)
                transaction.advance()
        if replace:
            self.settle()
        return changes

    def _index(self, passages: Sequence[Passage]) -> None:
        """Encodes what has no vector yet, marks the chunks as pending, and writes both indexes."""
        if not passages:
            return
        indexes = self._indexes  # a damaged one is met before the long work
        vectors = self._vectors(passages)
        with self._record.transaction() as transaction:
            transaction.add_pending(passage.chunk.chunk_id for passage in passages)
        _write(indexes, passages, vectors)

    def _put(
        self, transaction: Transaction, entry: Entry, input_hashes: Sequence[str], *, replace: bool
    ) -> None:
        current = transaction.current(entry.article.article_id)
        valid_from = self._valid_from(
            entry.article, None if current is None else current.valid_from
        )
        replace = replace and current is not None
        transaction.put(entry, input_hashes, valid_from=valid_from, replace=replace)

    def _valid_from(self, article: Article, before: int | None) -> int:
        """When the version became valid: by its own dates where known, else when first seen.

        `before` is when the version that it supersedes became valid.
        """
        dates = [article.published, article.updated]
        if before is not None:
            dates.reverse()
        for date in dates:
            if date is not None and (before is None or date.first_epoch > before):
                return date.first_epoch
        seen = int(self._now())
        return seen if before is None else max(seen, before + 1)

    def _vectors(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """A vector a passage, (n, dim); new ones are encoded and kept in the database."""
        inputs = {passage.input_hash: passage.embedder_input for passage in passages}
        names = [passage.input_hash for passage in passages]
        with self._record.snapshot() as snapshot:
            vectors = with_direction(snapshot.vectors(list(inputs), self._manifest.identity))
        missing = [name for name in inputs if name not in vectors]
        if missing:
            fresh = self._encoded({name: inputs[name] for name in missing})
            with self._record.transaction() as transaction:
                transaction.add_vectors(self._manifest.identity, fresh)
            vectors.update(fresh)
        return as_matrix([vectors[name] for name in names], self._manifest.dim)

    def keep_vectors(self, vectors: dict[str, bytes]) -> None:
        """Keeps vectors by the hash of what was encoded, for articles that will be added."""
        with self._record.transaction() as transaction:
            transaction.add_vectors(self._manifest.identity, vectors)

    def _encoded(self, inputs: Mapping[str, str]) -> dict[str, bytes]:
        """Encodes texts as float16, each under its name.

        :raises ModelError: if the model gives vectors of another length.
        :raises SourceError: if it gives one without a direction.
        """
        embedder = self._layout.embedder
        fresh = encoded(embedder, inputs)
        bad = fresh.keys() - with_direction(fresh).keys()
        if bad:
            start = " ".join(inputs[min(bad)].split())[:60]
            raise SourceError(
                f"the embedding model {embedder.name} finds no direction for the passage {start!r}"
            )
        return fresh

    # ------------------------------------------------ remove, settle, rebuild

    def add_root(self, path: Path, collection: str) -> None:
        """Remembers the folder from which a collection came."""
        with self._record.transaction() as transaction:
            transaction.add_root(path, collection)

    def remember_files(self, records: Sequence[FileRecord]) -> None:
        """Remembers files whose documents are all stored, or refused for what the files say."""
        if records:
            with self._record.transaction() as transaction:
                transaction.remember_files(records)

    def remove(self, article_ids: Sequence[str]) -> None:
        """Removes articles with all their versions, and the kept replies of language models.

        Nothing of their texts stays in a file of the archive.
        """
        with reserve_released(self._layout.folder):
            with self._record.transaction() as transaction:
                for article_id in article_ids:
                    transaction.add_pending(transaction.chunk_ids(article_id))
                transaction.remove(article_ids)
            self.settle()
            with self._record.snapshot() as snapshot:
                has_texts = snapshot.index_has_texts
            if has_texts:
                self.rebuild()
            self._record.empty_log()

    def settle(self) -> None:
        """Finishes what is unfinished: the indexes agree with the database on pending chunks.

        Indexes of other generations are deleted, and replies about articles that were removed.
        Where a writer was killed while it wrote to the vector index, both indexes are rebuilt.
        """
        self._drop_stale_replies()
        with self._record.snapshot() as snapshot:
            self._drop_folders(snapshot.generation)
            pending = snapshot.pending()
            interrupted = bool(pending) and self._indexes.vectors.interrupted
            if pending and not interrupted:
                held = snapshot.chunks(pending)
                gone = [chunk_id for chunk_id in pending if chunk_id not in held]
                self._indexes.vectors.delete(gone)
                self._indexes.lexical.delete(gone)
                self._write_rows(self._indexes, snapshot, list(held.values()))
        if interrupted:
            self.rebuild()
        elif pending:
            with self._record.transaction() as transaction:
                transaction.clear_pending(pending)

    def _drop_stale_replies(self) -> None:
        for path in self._layout.stale_replies():
            shutil.rmtree(path, ignore_errors=True)

    def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Rebuilds both indexes from the database beside the old ones, then swaps.

        `progress` is called with the number of chunks done; the total is returned. Nothing is
        encoded unless the database has lost a vector.
        """
        self._close_indexes()
        done = 0
        with self._record.snapshot() as snapshot:
            generation, pending = snapshot.generation + 1, snapshot.pending()
            self._drop_generations(snapshot.generation)
            indexes = self._layout.open_indexes(generation, create=True)
            try:
                rows = snapshot.all_chunks()
                while batch := list(islice(rows, _REBUILD_BATCH)):
                    self._write_rows(indexes, snapshot, batch)
                    done += len(batch)
                    progress(done)
            finally:
                indexes.vectors.close()
        with self._record.transaction() as transaction:
            transaction.set_meta("generation", generation)
            transaction.set_meta("textless_generation", generation)
            transaction.clear_pending(pending)
            transaction.sweep_vectors()
            transaction.advance()
        self._drop_generations(generation)
        return done

    def _write_rows(self, indexes: Indexes, snapshot: Snapshot, rows: Sequence[ChunkRow]) -> None:
        stored = snapshot.articles(row.version_id for row in rows)
        passages = []
        for row in rows:
            chunk = chunk_of(row, stored.get(row.version_id))
            passages.append(Passage.of(stored[row.version_id].article, chunk))
        if passages:
            _write(indexes, passages, self._vectors(passages))

    def _drop_generations(self, keep: int) -> None:
        from rag.store.vector_index import drop_collections

        self._drop_folders(keep)
        if self._manifest.chroma is not None:
            prefix = self._layout.server_prefix
            drop_collections(self._manifest.chroma, prefix, keep=f"{prefix}{keep}")

    def _drop_folders(self, keep: int) -> None:
        folder = self._layout.folder
        for path in (*folder.glob("vectors-*"), *folder.glob("words-*")):
            if path.name.rpartition("-")[2] != str(keep):
                shutil.rmtree(path, ignore_errors=True)


def _change(snapshot: Snapshot, article: Article, *, replace: bool) -> Change:
    current = snapshot.current(article.article_id)
    if current is None:
        # Another writer removed the article while its document was extracted again.
        return Change.UNCHANGED if replace else Change.ADDED
    if current.version == article.version:
        return Change.UNCHANGED
    # Another extractor gives another version, also where it reads the same text.
    stored = snapshot.version(article.article_id, current.version) if replace else None
    same = stored is not None and stored.article == dataclasses.replace(
        article, version=stored.article.version, extractor=stored.article.extractor
    )
    return Change.UNCHANGED if same else Change.UPDATED


def _drop_unreachable(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Drops the chunks of versions that were taken over.

    The versions themselves stay, so that old answers can be verified.
    """
    ids = [entry.article.article_id for entry in entries]
    gone = [chunk_id for name in ids for chunk_id in transaction.unreachable_chunk_ids(name)]
    transaction.drop_chunks(gone)
    transaction.add_pending(gone)


def _write(indexes: Indexes, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
    from rag.store.lexical_index import LexicalRow
    from rag.store.vector_index import IndexedChunk

    rows, words = [], []
    for article, chunk, *_ in passages:
        text = article.text[chunk.start : chunk.end]
        metadata: dict[str, str | int] = {
            "article_id": article.article_id,
            "start": chunk.start,
            "end": chunk.end,
        }
        if article.published is not None:
            metadata["published"] = article.published.first_epoch
        rows.append(IndexedChunk(chunk.chunk_id, metadata))
        words.append(LexicalRow(chunk.chunk_id, chunk.version_key, article.title, text))
    indexes.vectors.upsert(rows, vectors)
    indexes.lexical.upsert(words)
