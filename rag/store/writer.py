"""What one writer does to an archive: add, remove, finish what was interrupted, rebuild the indexes.

In go entries (articles with their spans); out comes one new revision a batch. Law 4 gives the order: adding writes the indexes first
and the record last, removing the record first. The ids of all chunks that are about to change stand in the record as pending, so that
the next writer can finish the work of one that was killed. It does not know how an article was found or cleaned.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rag.embed import passage_input
from rag.errors import ArchiveBusy, ArchiveDamaged, ArchiveError
from rag.model import Article, PartialDate
from rag.store.database import ChunkRow, Entry, Snapshot, Transaction, as_matrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.store.archive import Archive, Indexes
    from rag.store.lexical_index import WordsRow
    from rag.store.vector_index import IndexedChunk

_REBUILD_BATCH = 2000


class Change(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Changes:
    """The writer's side of an archive, used in a `with` block; holds the lock until the block ends."""

    def __init__(self, archive: Archive, *, now: Callable[[], float] = time.time) -> None:
        self._archive = archive
        self._record = archive.record
        self._now = now

    def __enter__(self) -> Changes:
        from filelock import FileLock, Timeout

        # The operating system lets go of this lock when its holder dies, however that happens.
        self._lock = FileLock(self._archive.folder / "write.lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise ArchiveBusy(
                f"Another process is writing to {self._archive.folder}.",
                hint="Try again when it is done.",
            ) from error
        except OSError as error:
            raise ArchiveError(
                f"The archive {self._archive.folder} cannot be written to: {error}",
                hint="Is it read-only?",
            ) from error
        try:
            self._archive.close()  # a client opened before another process wrote would be stale
            # Whoever goes on to write meets the damage again, a rebuild mends it.
            with suppress(ArchiveDamaged):
                self.settle()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._close_indexes()
        finally:
            self._lock.release()

    @cached_property
    def _indexes(self) -> Indexes:
        """The indexes of the current generation, made only where nothing could be missing from them."""
        with self._record.snapshot() as snapshot:
            return self._archive.open_indexes(
                snapshot.generation, create=not snapshot.holds_chunks()
            )

    def _close_indexes(self) -> None:
        if "_indexes" in self.__dict__:
            self._indexes.vectors.close()
            del self._indexes

    # ------------------------------------------------ add

    def add(self, entries: Sequence[Entry], *, replace: bool = False) -> list[Change]:
        """Stores a batch of entries as one new revision and says of each what became of it.

        An article whose current version says the same is left as it is. With `replace` (a better extractor read the same raw document)
        a new version takes over the time of the old one. Each article may stand in a batch once.
        """
        with self._record.snapshot() as snapshot:
            changes = [_change(snapshot, entry.article, replace=replace) for entry in entries]
        fresh = [
            entry
            for entry, change in zip(entries, changes, strict=True)
            if change is not Change.UNCHANGED
        ]
        inputs = {entry.article.article_id: _input_hashes(entry) for entry in fresh}
        self._index(fresh, inputs)
        with self._record.transaction() as transaction:
            for entry, change in zip(entries, changes, strict=True):
                if change is Change.UNCHANGED:
                    transaction.point_to_raw(entry)
                    continue
                self._put(transaction, entry, inputs[entry.article.article_id], replace=replace)
            if fresh:
                transaction.clear_pending(
                    chunk.chunk_id for entry in fresh for chunk in entry.chunks
                )
                if replace:
                    self._drop_unreachable(transaction, fresh)
                transaction.advance()
        if replace:
            self.settle()
        return changes

    def _put(
        self, transaction: Transaction, entry: Entry, input_hashes: Sequence[str], *, replace: bool
    ) -> None:
        current = transaction.current(entry.article.article_id)
        valid_from = self._valid_from(entry.article, None if current is None else current[1])
        transaction.put(
            entry, input_hashes, valid_from=valid_from, replace=replace and current is not None
        )

    def _valid_from(self, article: Article, before: int | None) -> int:
        """When the version began to hold: by its own dates where they are known, else when it was first seen here."""
        dates: list[PartialDate | None] = (
            [article.published, article.updated]
            if before is None
            else [article.updated, article.published]
        )
        known = [
            date.first_epoch
            for date in dates
            if date is not None and (before is None or date.first_epoch > before)
        ]
        if known:
            return known[0]
        seen = int(self._now())
        return seen if before is None else max(seen, before + 1)

    def _index(self, entries: Sequence[Entry], inputs: dict[str, list[str]]) -> None:
        """Embeds what has no vector yet, notes the chunks as pending, and writes both indexes."""
        if not entries:
            return
        texts: dict[str, str] = {}
        for entry in entries:
            for chunk, name in zip(entry.chunks, inputs[entry.article.article_id], strict=True):
                texts.setdefault(
                    name,
                    passage_input(entry.article.title, entry.article.text[chunk.start : chunk.end]),
                )
        indexes = self._indexes  # a damaged one is met before the long work
        vectors = self._embed(texts)
        with self._record.transaction() as transaction:
            transaction.add_pending(chunk.chunk_id for entry in entries for chunk in entry.chunks)
        rows = [
            (entry.article, chunk.start, chunk.end, chunk.chunk_id)
            for entry in entries
            for chunk in entry.chunks
        ]
        names = [name for entry in entries for name in inputs[entry.article.article_id]]
        self._write(
            indexes, rows, as_matrix([vectors[name] for name in names], self._archive.manifest.dim)
        )

    def _embed(self, texts: dict[str, str]) -> dict[str, bytes]:
        """A float16 vector for each text, by the text's hash; what the record does not hold yet is encoded and kept there."""
        with self._record.snapshot() as snapshot:
            vectors = snapshot.vectors(list(texts), self._archive.manifest.identity)
        missing = [name for name in texts if name not in vectors]
        if missing:
            import numpy as np

            encoded = self._archive.embedder.encode([texts[name] for name in missing]).astype(
                np.float16
            )
            fresh = {name: row.tobytes() for name, row in zip(missing, encoded, strict=True)}
            with self._record.transaction() as transaction:
                transaction.add_vectors(self._archive.manifest.identity, fresh)
            vectors.update(fresh)
        return vectors

    @staticmethod
    def _write(
        indexes: Indexes,
        rows: Sequence[tuple[Article, int, int, str]],
        vectors: NDArray[np.float32],
    ) -> None:
        indexes.vectors.upsert([_indexed_chunk(*row) for row in rows], vectors)
        indexes.words.upsert([_words_row(*row) for row in rows])

    @staticmethod
    def _drop_unreachable(transaction: Transaction, entries: Sequence[Entry]) -> None:
        """Takes the chunks out whose version was taken over; the version itself stays, so that old answers can be verified."""
        gone = [
            chunk_id
            for entry in entries
            for chunk_id in transaction.unreachable_chunk_ids(entry.article.article_id)
        ]
        transaction.drop_chunks(gone)
        transaction.add_pending(gone)
        transaction.sweep()

    # ------------------------------------------------ the rest

    def add_root(self, path: Path, collection: str) -> None:
        """Remembers the folder that a collection came from."""
        with self._record.transaction() as transaction:
            transaction.add_root(path, collection)

    def remove(self, article_ids: Sequence[str]) -> None:
        """Takes articles out with all their versions, and what language models wrote: it may be about them."""
        with self._record.transaction() as transaction:
            for article_id in article_ids:
                transaction.add_pending(transaction.chunk_ids(article_id))
                transaction.remove(article_id)
            transaction.sweep()
            transaction.advance()
        shutil.rmtree(self._archive.replies_folder, ignore_errors=True)
        self.settle()

    def settle(self) -> None:
        """Makes the indexes agree with the record on every pending chunk, and drops the indexes of other generations.

        Where a writer was killed in the middle of the vector index, both indexes are made anew.
        """
        with self._record.snapshot() as snapshot:
            self._drop_folders(snapshot.generation)
            pending = snapshot.pending()
            interrupted = bool(pending) and self._indexes.vectors.interrupted
            if pending and not interrupted:
                held = snapshot.chunks(pending)
                gone = [chunk_id for chunk_id in pending if chunk_id not in held]
                self._indexes.vectors.delete(gone)
                self._indexes.words.delete(gone)
                self._write_rows(self._indexes, snapshot, list(held.values()))
        if interrupted:
            self.rebuild()
        elif pending:
            with self._record.transaction() as transaction:
                transaction.clear_pending(pending)

    def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Makes both indexes anew from the record, beside the old ones, and swaps; returns the number of chunks.

        `progress` is told how many chunks are done. Nothing is encoded unless the record has lost a vector.
        """
        self._close_indexes()
        done = 0
        with self._record.snapshot() as snapshot:
            generation, pending = snapshot.generation + 1, snapshot.pending()
            self._drop_generations(snapshot.generation)
            indexes = self._archive.open_indexes(generation, create=True)
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
            transaction.clear_pending(pending)
            transaction.advance()
        self._drop_generations(generation)
        return done

    def _write_rows(self, indexes: Indexes, snapshot: Snapshot, rows: Sequence[ChunkRow]) -> None:
        if not rows:
            return
        articles = {
            name: stored.article
            for name, stored in snapshot.articles(row.version_id for row in rows).items()
        }
        texts = {
            row.input_hash: passage_input(
                articles[row.version_id].title, _cut(articles[row.version_id], row)
            )
            for row in rows
        }
        vectors = self._embed(texts)
        matrix = as_matrix([vectors[row.input_hash] for row in rows], self._archive.manifest.dim)
        self._write(
            indexes,
            [(articles[row.version_id], row.start, row.end, row.chunk_id) for row in rows],
            matrix,
        )

    def _drop_generations(self, keep: int) -> None:
        from rag.store.vector_index import drop_collections

        self._drop_folders(keep)
        if self._archive.manifest.chroma is not None:
            prefix = self._archive.server_prefix
            drop_collections(self._archive.manifest.chroma, prefix, keep=f"{prefix}{keep}")

    def _drop_folders(self, keep: int) -> None:
        for folder in (
            *self._archive.folder.glob("vectors-*"),
            *self._archive.folder.glob("words-*"),
        ):
            if folder.name.rpartition("-")[2] != str(keep):
                shutil.rmtree(folder, ignore_errors=True)


def raw_hash(media_type: str, url: str | None, data: bytes) -> str:
    """Names a raw document by all that extraction reads of it."""
    digest = hashlib.sha256(f"{media_type}\n{url or ''}\n".encode())
    digest.update(data)
    return digest.hexdigest()


def _change(snapshot: Snapshot, article: Article, *, replace: bool) -> Change:
    current = snapshot.current(article.article_id)
    if current is None:
        return Change.ADDED
    if current[0] == article.version:
        return Change.UNCHANGED
    # A better extractor has another name, so that the version differs even where it reads the same.
    stored = snapshot.version(article.article_id, current[0]) if replace else None
    same = stored is not None and _without_version(stored.article) == _without_version(article)
    return Change.UNCHANGED if same else Change.UPDATED


def _without_version(article: Article) -> Article:
    return dataclasses.replace(article, version="", extractor="")


def _input_hashes(entry: Entry) -> list[str]:
    """The names of the vectors of an entry's chunks: a hash of exactly what is encoded."""
    article = entry.article
    inputs = (
        passage_input(article.title, article.text[chunk.start : chunk.end])
        for chunk in entry.chunks
    )
    return [hashlib.sha256(text.encode()).hexdigest()[:32] for text in inputs]


def _cut(article: Article, row: ChunkRow) -> str:
    return article.text[row.start : row.end]


def _indexed_chunk(article: Article, start: int, end: int, chunk_id: str) -> IndexedChunk:
    from rag.store.vector_index import IndexedChunk

    metadata: dict[str, str | int] = {
        "article_id": article.article_id,
        "start": start,
        "end": end,
        "title": article.title,
        "source": article.source,
    }
    if article.published is not None:
        metadata["published"] = article.published.first_epoch
    return IndexedChunk(chunk_id, article.text[start:end], metadata)


def _words_row(article: Article, start: int, end: int, chunk_id: str) -> WordsRow:
    from rag.store.lexical_index import WordsRow

    return WordsRow(
        chunk_id, f"{article.article_id}.{article.version}", article.title, article.text[start:end]
    )
