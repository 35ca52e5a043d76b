"""Opens an archive and reads it as one revision: one writer, many readers.

Every view reads the database's revision; when that has changed, it opens the indexes anew.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from rag.embed import DEFAULT_MODEL, Embedder, LocalEmbedder
from rag.errors import ArchiveError, ArchiveMismatch, ArchiveNotFound, UsageError
from rag.model import Article, FilterOptions, Filters
from rag.news.stories import Story, stories
from rag.store.database import Database, Snapshot
from rag.store.filter_arrays import FilterArrays
from rag.store.layout import DATABASE, Indexes, Layout, Manifest
from rag.store.rows import damage_told
from rag.store.writer import ArchiveWriter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Archive(Layout):
    """One open archive; safe to share between threads. Make one with `open_archive`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def view(self) -> Iterator[View]:
        """The archive as it stands now, unchanged until the block ends."""
        with self.record.snapshot() as snapshot:
            yield View(self, snapshot)

    def writer(self) -> ArchiveWriter:
        """The one writer, to be used in a `with` block; it waits for its turn for half a minute.

        :raises ArchiveBusy: on entering the block, if another process writes all that time.
        """
        return ArchiveWriter(self)

    # ------------------------------------------------ articles

    def __len__(self) -> int:
        """The number of articles."""
        with self.record.snapshot() as snapshot:
            return snapshot.counts()["articles"]

    def __bool__(self) -> bool:
        """An archive is true also when it is empty."""
        return True

    def articles(self, **filters: Unpack[FilterOptions]) -> Iterator[Article]:
        """The current version of every article that passes the filters, by source.

        :raises ValueError: if a date is none.
        """
        chosen = Filters(**filters)
        with self.record.snapshot() as snapshot:
            rows = snapshot.version_ids(chosen)
            for start in range(0, len(rows), _ARTICLES_AT_ONCE):
                batch = rows[start : start + _ARTICLES_AT_ONCE]
                stored = snapshot.articles(batch)
                yield from (stored[row].article for row in batch)

    def get(self, article_id: str) -> Article | None:
        """The current version of an article, None if there is no such article."""
        with self.record.snapshot() as snapshot:
            current = snapshot.current(article_id)
            stored = current and snapshot.version(article_id, current.version)
            return stored.article if stored else None

    def stories(
        self, filters: Filters = Filters(), **more_filters: Unpack[FilterOptions]
    ) -> list[Story]:
        """The articles that pass the filters, grouped by event; the largest groups first.

        :raises ValueError: if a date is none.
        """
        chosen, made = filters.with_options(**more_filters), self.manifest
        with self.record.snapshot() as snapshot:
            return stories(snapshot, chosen, model=made.identity, dim=made.dim)

    def copies(self) -> list[tuple[Article, ...]]:
        """The current articles that are copies of each other, the earliest known one first.

        Copies share at least 75% of their runs of three words.
        """
        with self.record.snapshot() as snapshot:
            rows = snapshot.version_ids(Filters())
            groups: dict[int, list[int]] = {}
            for row, cluster in snapshot.clusters(rows).items():
                groups.setdefault(cluster, []).append(row)
            found = sorted(group for group in groups.values() if len(group) > 1)
            stored = snapshot.articles(row for group in found for row in group)
        articles = [[stored[row].article for row in group] for group in found]
        return [tuple(sorted(group, key=_age)) for group in articles]

    def publishers(self) -> list[str]:
        """Every publisher that a current article names, sorted."""
        with self.record.snapshot() as snapshot:
            return snapshot.publishers()

    def remove(self, *article_ids: str) -> None:
        """Removes articles with all their versions.

        What the last removal took, finished or not, counts as removed.

        :raises UsageError: if there is no article of one of these ids; then none is removed.
        :raises ArchiveBusy: if another process is writing.
        """
        with self.writer() as writer:
            with self.record.snapshot() as snapshot:
                unknown = [
                    name
                    for name in article_ids
                    if snapshot.current(name) is None and not snapshot.was_just_removed(name)
                ]
            if unknown:
                raise UsageError(
                    f"There is no article {unknown[0]} in the archive.",
                    hint="byline articles lists the ids.",
                )
            writer.remove(article_ids)


_ARTICLES_AT_ONCE = 500


class View:
    """One state of an archive: a snapshot of the database and the indexes that belong to it."""

    def __init__(self, archive: Archive, snapshot: Snapshot) -> None:
        self._archive = archive
        self.snapshot = snapshot
        self.embedder = archive.embedder
        self.identity = archive.manifest.identity
        self.dim = archive.manifest.dim

    @contextmanager
    def indexes(self) -> Iterator[Indexes]:
        with self._archive.shared_indexes(self.snapshot) as indexes:
            yield indexes

    def filter_arrays(self) -> FilterArrays:
        """Dates, publishers and validity of all versions, at this revision or later."""
        return self._archive.arrays.at(self.snapshot)

    def similarities(
        self, chunks: NDArray[np.int64], vector: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The cosine of each chunk, by its row in the database, to a unit vector.

        :raises ArchiveDamaged: if the database has lost one of their vectors.
        """
        return self._archive.arrays.similarities(self.snapshot, chunks, vector)

    def is_latest(self) -> bool:
        """Whether no writer has committed since the view was made."""
        return self._archive.record.revision() == self.snapshot.revision


def open_archive(  # noqa: PLR0913
    folder: Path | str,
    *,
    create: bool = False,
    model: str | None = None,
    chroma: str | None = None,
    chunk_tokens: int | None = None,
    embedder: Embedder | None = None,
) -> Archive:
    """Opens the archive in a folder; with `create` it is made where there is none.

    `model` is an embedding model by name or path, `chroma` the URL of a Chroma server that keeps
    the vectors, `chunk_tokens` the most tokens of a passage, its title included; all three are
    fixed when the archive is made. `embedder` is for models of your own.

    :raises ArchiveNotFound: if there is no archive and `create` is not set.
    :raises ArchiveError: if the folder may not be read.
    :raises ArchiveMismatch: if the archive was made with something else than what is asked for.
    """
    path = Path(folder).expanduser().resolve()
    if not _is_archive(path):
        if not create:
            raise ArchiveNotFound(
                f"There is no archive in {folder}.",
                hint=f"Fill one with: byline ingest FOLDER --archive {folder}",
            )
        _create(path, embedder or LocalEmbedder(model or DEFAULT_MODEL), chroma, chunk_tokens)
    with Database(path / DATABASE).snapshot() as snapshot, damage_told("a manifest"):
        manifest = Manifest(**snapshot.meta["manifest"])
    wanted = {
        "model": embedder.name if embedder else model,
        "chroma": chroma,
        "chunk tokens": chunk_tokens,
    }
    for name, value in wanted.items():
        made_with = getattr(manifest, name.replace(" ", "_"))
        if value is not None and value != made_with:
            raise ArchiveMismatch(
                f"The archive in {folder} was made with {name} {made_with}, not {value}.",
                hint=f"Leave {name} out, or ingest the articles into a new archive.",
            )
    return Archive(path, embedder or LocalEmbedder(manifest.model), manifest)


def _age(article: Article) -> tuple[bool, int, str]:
    published = article.published
    return published is None, published.first_epoch if published else 0, article.source


def _is_archive(path: Path) -> bool:
    try:
        return (path / DATABASE).is_file()
    except OSError as error:
        raise ArchiveError(
            f"The folder {path} cannot be read: {error}", hint="Does it belong to somebody else?"
        ) from error


def _create(path: Path, embedder: Embedder, chroma: str | None, chunk_tokens: int | None) -> None:
    """Makes the folder (mode 0700) and, in one step at the end, the database in it."""
    if path.exists() and not _may_become_archive(path):
        raise UsageError(
            f"{path} exists and is not an archive.",
            hint="Name a folder that is empty or does not exist yet.",
        )
    if chunk_tokens is not None and not 32 <= chunk_tokens <= embedder.max_tokens:
        raise UsageError(
            f"A passage holds 32 to {embedder.max_tokens} tokens with {embedder.name}, "
            f"not {chunk_tokens}."
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
    unfinished = path / f"{DATABASE}.{manifest.archive_id}.new"
    try:
        Database.create(unfinished, meta)
        # Where two processes make the same archive at once, the first one's database stays.
        with suppress(FileExistsError):
            os.link(unfinished, path / DATABASE)
    finally:
        unfinished.unlink(missing_ok=True)


def _may_become_archive(path: Path) -> bool:
    """Whether the folder is empty but for what another process leaves that makes the archive."""
    strangers = not path.is_dir() or any(
        not child.name.startswith((DATABASE, "write.")) for child in path.iterdir()
    )
    return not strangers or _is_archive(path)
