"""Brings documents into an archive, with a result for each; safe to stop and to start again.

Each batch is one revision of the archive: what was reported before an interruption is there
afterwards, whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from ingest.extract.stated import ARTICLE, FOLDER, checked, opened, state
from ingest.prepare import Extracted, NoArticle, entries_of, extracted, hash_of
from ingest.sources.documents import FileEnd, Refused, Unchanged, locate, read_changed
from ingest.sources.known_files import KnownFiles
from rag.errors import SourceError, UsageError
from rag.model import RawDocument
from rag.store.archive import Archive
from rag.store.database import ArticleKey, Entry
from rag.store.file_records import FileDocument, FileRecord, file_names
from rag.store.identity import article_id
from rag.store.writer import ArchiveWriter

# Characters of text in a batch: some 500 chunks, enough to sort by length and few enough for a
# lively progress bar.
_BATCH_CHARS = 600_000
_HANDLED_TOGETHER = 200


class Outcome(StrEnum):
    """What became of one document."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Result(NamedTuple):
    """What became of one document and, if it was refused, why."""

    source: str
    outcome: Outcome
    article_id: str | None = None
    reason: str | None = None


class Report(NamedTuple):
    """The results of a run, in order, and the articles whose files are gone from its folders.

    `pruned` tells whether those articles were removed.
    """

    results: tuple[Result, ...]
    gone: tuple[ArticleKey, ...] = ()
    pruned: bool = False

    def count(self, outcome: Outcome) -> int:
        return Counter(result.outcome for result in self.results)[outcome]


_Found = RawDocument | Refused | Unchanged | FileEnd
# What is on its way into the archive.
Item = _Found | Result | NoArticle | Entry
_T = TypeVar("_T", bound=Item)


class Workers(Protocol):
    """Prepares documents elsewhere."""

    def prepared(
        self, items: Iterable[Item], archive: Archive, writer: ArchiveWriter
    ) -> Iterator[Item]:
        """The same in the same order, each document replaced by its entry or by why it has none.

        Vectors of the entries' passages are left with the writer.
        """
        ...


def ingest(  # noqa: PLR0913
    archive: Archive,
    targets: Sequence[Path | str],
    *,
    collection: str | None = None,
    stated: Mapping[str, str] | None = None,
    prune: bool = False,
    workers: Workers | None = None,
    on_result: Callable[[Result], None] = lambda _: None,
) -> Report:
    """Brings files and folders of articles into the archive.

    A file that has not changed is not read again, and a document whose bytes the archive has seen
    is not extracted again. One that changed becomes a new version of its article. One that is not
    an article is refused with a reason; the others go on.

    :param collection: the name of the collection, if not the folder's.
    :param stated: what the user knows of all these articles: author, publisher, published,
        language.
    :param prune: whether to remove the articles whose files are gone from the folders.
    :param workers: prepare the documents, if not this process.
    :param on_result: called with each result as it comes.
    :raises UsageError: if a target does not exist, its collection's name belongs to another
        folder, or what is stated makes no sense.
    :raises ArchiveBusy: if another process is writing to the archive.
    """
    paths = [Path(target) for target in targets]
    fields = checked(stated or {})
    with archive.writer() as writer, archive.record.file_records() as records:
        with archive.record.snapshot() as snapshot:
            roots = snapshot.roots()
        known = KnownFiles(records, fields)
        found = read_changed(paths, roots=roots, collection=collection, known=known)
        # Only when every target has been located: a typo in one leaves no trace of the others.
        for path in paths:
            root = locate(path, roots=roots, collection=collection)
            if root is not None and root.path not in roots:
                roots[root.path] = root.collection
                writer.add_root(root.path, root.collection)
        documents = (
            state(item, FOLDER, fields) if isinstance(item, RawDocument) else item for item in found
        )
        items: Iterable[Item] = _unseen(archive, documents)
        if workers is not None:
            items = workers.prepared(items, archive, writer)
        report = _run(archive, writer, items, on_result, replace=False)
        gone = _gone(archive, paths, roots, report)
        if prune and gone:
            writer.remove([article.article_id for article in gone])
        return report._replace(gone=gone, pruned=prune)


def ingest_documents(
    archive: Archive,
    documents: Iterable[RawDocument | Refused],
    *,
    on_result: Callable[[Result], None] = lambda _: None,
) -> Report:
    """Brings documents from memory into the archive, as `ingest` does with files.

    :raises ArchiveBusy: if another process is writing to the archive.
    """
    with archive.writer() as writer:
        return _run(archive, writer, _unseen(archive, documents), on_result, replace=False)


def reclean(archive: Archive, *, on_result: Callable[[Result], None] = lambda _: None) -> Report:
    """Extracts all articles again from the raw documents that the archive keeps.

    An article that now reads differently gets a new version, valid from when the old one was. The
    old one stays, so that answers that quote it can be verified, but is no longer searched.

    :raises ArchiveBusy: if another process is writing to the archive.
    """
    with archive.writer() as writer:
        return _run(archive, writer, _stored_documents(archive), on_result, replace=True)


def _stored_documents(archive: Archive) -> Iterator[RawDocument]:
    """The raw documents of all articles; no snapshot stays open for long, which would keep
    SQLite's log from being emptied.
    """
    with archive.record.snapshot() as snapshot:
        article_ids = snapshot.article_ids()
    for start in range(0, len(article_ids), _HANDLED_TOGETHER):
        with archive.record.snapshot() as snapshot:
            yield from snapshot.raw_documents(article_ids[start : start + _HANDLED_TOGETHER])


def edit(archive: Archive, article_id: str, fields: Mapping[str, str]) -> Result:
    """Corrects what an article states of itself; makes a new version in the place of the current.

    :param fields: title, author, publisher, published, updated, url or language; empty takes it
        away.
    :raises UsageError: if there is no such article, or a value makes no sense.
    :raises ArchiveBusy: if another process is writing to the archive.
    """
    corrected = checked(fields)
    with archive.writer() as writer, archive.record.snapshot() as snapshot:
        document = next(snapshot.raw_documents([article_id]), None)
        if document is None:
            raise UsageError(f"there is no article {article_id!r}")
        changed = state(document, ARTICLE, corrected)
        return _run(archive, writer, [changed], lambda _: None, replace=True).results[0]


def _gone(
    archive: Archive, targets: Sequence[Path], roots: Mapping[Path, str], report: Report
) -> tuple[ArticleKey, ...]:
    """Lists the articles in the targets' folders whose files are there no more."""
    folders = [path.expanduser().resolve() for path in targets if path.expanduser().is_dir()]
    seen = {part for result in report.results for part in file_names(result.source)}
    with archive.record.snapshot() as snapshot:
        articles = snapshot.keys()
    paths = {collection: path for path, collection in roots.items()}
    gone = []
    for article in articles:
        root, names = paths.get(article.collection), file_names(article.key)
        if root is None or not seen.isdisjoint(names):
            continue
        inside = any((root / names[-1]).is_relative_to(folder) for folder in folders)
        if inside and not any((root / name).exists() for name in names):
            gone.append(article)
    return tuple(gone)


def _unseen(archive: Archive, documents: Iterable[_Found]) -> Iterator[_Found | Result]:
    """Passes on documents that the archive has not seen, and yields a Result for the others."""
    for group in groups(documents):
        ids = [
            article_id(document.collection, document.key)
            for document in group
            if isinstance(document, RawDocument)
        ]
        seen = archive.record.raw_hashes(ids) if ids else {}
        for document in group:
            yield _if_unseen(archive, document, seen)


def _if_unseen(archive: Archive, found: _Found, seen: Mapping[str, str]) -> _Found | Result:
    if not isinstance(found, RawDocument):
        return found
    known_id = article_id(found.collection, found.key)
    document, name = found, hash_of(found)
    if seen.get(known_id, name) != name:
        document = _with_earlier_statements(archive, known_id, found)
        name = hash_of(document)
    if seen.get(known_id) == name:
        return Result(document.source, Outcome.UNCHANGED, known_id)
    return document


def groups(documents: Iterable[_T]) -> Iterator[list[_T]]:
    """Groups documents that are handled together: at most 200, and few bytes."""
    group: list[_T] = []
    size = 0
    for document in documents:
        group.append(document)
        size += len(document.data) if isinstance(document, RawDocument) else 0
        if len(group) == _HANDLED_TOGETHER or size >= _BATCH_CHARS:
            yield group
            group, size = [], 0
    yield group


def _with_earlier_statements(archive: Archive, known_id: str, document: RawDocument) -> RawDocument:
    """Keeps what was stated at an earlier ingest or by an edit; a new statement counts more."""
    new = opened(document)[1]
    with archive.record.snapshot() as snapshot:
        earlier = next(snapshot.raw_documents([known_id]), document)
    layers = opened(earlier)[1]
    for layer in (FOLDER, ARTICLE):
        document = state(document, layer, {**layers.get(layer, {}), **new.get(layer, {})})
    return document


class _ReadFiles:
    """Holds back what is known of files that were read until their documents are stored."""

    def __init__(self) -> None:
        self._files: list[FileRecord] = []
        self._refused: dict[str | None, str] = {}
        self._not_stored: set[str | None] = set()

    def add(self, file: FileRecord) -> None:
        self._files.append(file)

    def refuse(self, article_id: str, reason: str) -> None:
        """Takes note of a document that is no article."""
        self._refused[article_id] = reason

    def fail(self, article_id: str) -> None:
        """Takes note of an article that could not be stored; its file has to be read again."""
        self._not_stored.add(article_id)

    def remember(self, writer: ArchiveWriter) -> None:
        """Remembers the files, all of whose documents have been stored or refused."""
        done = [
            file._replace(documents=tuple(map(self._known, file.documents))) for file in self._files
        ]
        writer.remember_files(
            [
                file
                for file in done
                if self._not_stored.isdisjoint(item.article_id for item in file.documents)
            ]
        )
        self._files = []

    def _known(self, item: FileDocument) -> FileDocument:
        reason = self._refused.get(item.article_id)
        return item if reason is None else FileDocument(item.source, None, reason)


def _run(
    archive: Archive,
    writer: ArchiveWriter,
    documents: Iterable[Item],
    on_result: Callable[[Result], None],
    *,
    replace: bool,
) -> Report:
    results: list[Result] = []
    files = _ReadFiles()

    def report(result: Result) -> None:
        results.append(result)
        on_result(result)

    for batch in _batches(documents, report, files):
        entries = _entries(archive, batch)
        stored = _store(writer, entries, replace=replace)
        for entry, result in zip(entries, stored, strict=True):
            if result.outcome is Outcome.REFUSED:
                files.fail(entry.article.article_id)
            report(result)
        files.remember(writer)
        writer.give_way()
    files.remember(writer)
    return Report(tuple(results))


def _store(writer: ArchiveWriter, entries: Sequence[Entry], *, replace: bool) -> Iterator[Result]:
    """Stores a batch; where that cannot be, each half alone, down to the document at fault."""
    try:
        changes = writer.add(entries, replace=replace)
    except SourceError as error:
        if len(entries) == 1:
            yield Result(entries[0].raw.source, Outcome.REFUSED, reason=error.message)
            return
        middle = len(entries) // 2
        yield from _store(writer, entries[:middle], replace=replace)
        yield from _store(writer, entries[middle:], replace=replace)
        return
    for entry, change in zip(entries, changes, strict=True):
        yield Result(entry.raw.source, Outcome(change), entry.article.article_id)


def _batches(
    documents: Iterable[Item], report: Callable[[Result], None], files: _ReadFiles
) -> Iterator[list[Extracted | Entry]]:
    """Groups articles into batches, no article twice in one; reports all other results."""
    batch: dict[str, Extracted | Entry] = {}
    size = 0
    for document in documents:
        if isinstance(document, FileEnd):
            files.add(document.record)
            continue
        read = _read(document, files)
        if isinstance(read, Result):
            report(read)
            continue
        if batch and (size >= _BATCH_CHARS or read.article.article_id in batch):
            yield list(batch.values())
            batch, size = {}, 0
        batch[read.article.article_id] = read
        size += len(read.article.text)
    if batch:
        yield list(batch.values())


def _read(
    item: RawDocument | Refused | Unchanged | Result | NoArticle | Entry, files: _ReadFiles
) -> Extracted | Entry | Result:
    read = extracted(item) if isinstance(item, RawDocument) else item
    match read:
        case Unchanged():
            return Result(read.source, Outcome.UNCHANGED, read.article_id)
        case Refused():
            return Result(read.source, Outcome.REFUSED, reason=read.reason)
        case NoArticle(raw, reason):
            files.refuse(article_id(raw.collection, raw.key), reason)
            return Result(raw.source, Outcome.REFUSED, reason=reason)
    return read


def _entries(archive: Archive, batch: Sequence[Extracted | Entry]) -> list[Entry]:
    """Segments what no worker has segmented."""
    new = [item for item in batch if isinstance(item, Extracted)]
    made = iter(entries_of(new, archive.embedder, archive.manifest.chunk_tokens))
    return [next(made) if isinstance(item, Extracted) else item for item in batch]
