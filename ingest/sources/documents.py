"""Reads the documents that a user names: files, folders, and the rows of tables.

Each document gets the key that identifies it in its collection: the path below the collection's
root, or `path#row`. A document that cannot be read is yielded as `Refused`; the others follow.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ingest.clean.characters import one_line
from ingest.extract.mail import EML, MHTML
from ingest.extract.office import DOCX, RTF, docx_to_html, rtf_to_text
from ingest.extract.office import missing_library as missing_for_document
from ingest.extract.page.fragment import read_fragment
from ingest.extract.pdf import PDF, can_read_pdf
from ingest.extract.rows import field_name
from ingest.extract.stated import FILE, Fields, state
from ingest.sources.containers import CONTAINER_SUFFIXES, Part, read_parts
from ingest.sources.containers import missing_library as missing_for_container
from ingest.sources.encoding import decode
from ingest.sources.exports import may_be_export, split_export
from ingest.sources.feeds import FEED_SUFFIXES, read_feed
from ingest.sources.files import read_document
from ingest.sources.known_files import KnownFiles
from ingest.sources.metadata import METADATA_FILE, read_metadata
from ingest.sources.tables import TABLE_SUFFIXES, BadRow, TableRow, read_table
from rag.errors import SourceError, UsageError
from rag.model import RawDocument
from rag.store.file_records import FileDocument, FileRecord
from rag.store.identity import article_id

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".pdf": PDF,
    ".docx": DOCX,
    ".rtf": RTF,
    ".eml": EML,
    ".mhtml": MHTML,
    ".mht": MHTML,
}
SUFFIXES = frozenset((*MEDIA_TYPES, *TABLE_SUFFIXES, *FEED_SUFFIXES, *CONTAINER_SUFFIXES))
_ABOUT_THE_FOLDER = frozenset(("readme", "license", "licence", "copying"))
_SYSTEM_FILES = frozenset(
    (
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "__macosx",
        "$recycle.bin",
        "system volume information",
        "icon\r",
    )
)
_ID_FIELDS = ("id", "articleid", "docid", "documentid", "guid", "uuid", "uid")
_LONGEST_ID = 200
_ADDRESS = re.compile(r"(?P<scheme>https?|feed):/{1,2}(?P<rest>[^/].*)", re.IGNORECASE)


class Root(NamedTuple):
    """The folder that a collection's keys are relative to, and the collection's name."""

    path: Path
    collection: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that could not be read, and why."""

    source: str
    reason: str


def locate(
    target: Path, *, roots: Mapping[Path, str], collection: str | None = None
) -> Root | None:
    """Finds the root and collection of a target; None for a web address.

    A target inside a known root belongs to it. Otherwise a folder is its own root, a file's folder
    is its root, and the collection is `collection` or the folder's name.

    :param roots: the known roots: resolved folder to collection.
    :raises UsageError: if the target does not exist, its collection's name belongs to another
        folder, or it lies in another collection.
    """
    if _ADDRESS.match(str(target)):
        return None
    path = _existing(target)
    known = _innermost(path, roots)
    if known is not None:
        if collection not in (None, "", known.collection):
            raise UsageError(
                f"{target} belongs to the collection {known.collection!r}",
                hint="leave the collection's name out",
            )
        return known
    folder = path if path.is_dir() else path.parent
    root = Root(folder, collection or folder.name or "files")
    taken = next(
        (other for other, name in roots.items() if name == root.collection and other.exists()), None
    )
    if taken is not None and not collection:
        raise UsageError(
            f"the collection {root.collection!r} already holds {taken}",
            hint="name another one with --collection",
        )
    return root


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A document of a file that has not changed since it was stored, and its article."""

    source: str
    article_id: str


@dataclass(frozen=True, slots=True)
class FileEnd:
    """Stands after the documents of a file that can be remembered."""

    record: FileRecord


_Found = RawDocument | Refused | Unchanged | FileEnd


def read_sources(
    targets: Sequence[Path], *, roots: Mapping[Path, str], collection: str | None = None
) -> Iterator[RawDocument | Refused]:
    """Reads the documents of all targets, in a fixed order, no file twice, each when asked for.

    :param roots: the folders that the archive knows: resolved folder to collection.
    :raises UsageError: at once, if a target cannot be located (see `locate`).
    """
    found = read_changed(targets, roots=roots, collection=collection, known=None)
    return (item for item in found if isinstance(item, RawDocument | Refused))


def read_changed(
    targets: Sequence[Path],
    *,
    roots: Mapping[Path, str],
    collection: str | None = None,
    known: KnownFiles | None,
) -> Iterator[RawDocument | Refused | Unchanged | FileEnd]:
    """Reads the documents of all targets as `read_sources` does, but not those of known files.

    :raises UsageError: at once, if a target cannot be located (see `locate`).
    """
    folders = dict(roots)
    located: list[Root | None] = []
    for target in targets:
        root = locate(target, roots=folders, collection=collection)
        located.append(root)
        if root is not None:
            folders[root.path] = root.collection
    return _read_all(targets, located, _Walk(folders, known))


def _read_all(
    targets: Sequence[Path], located: Sequence[Root | None], walk: _Walk
) -> Iterator[_Found]:
    for target, root in zip(targets, located, strict=True):
        if root is None:
            yield _refuse_address(str(target))
            continue
        place = _Place(_existing(target), root, named=True)
        yield from walk.folder(place) if place.path.is_dir() else walk.file(place)


def _existing(target: Path) -> Path:
    try:
        return target.expanduser().resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"there is no file or folder {target}", hint="check the path") from error


def _innermost(path: Path, roots: Mapping[Path, str]) -> Root | None:
    folders = (path, *path.parents)
    return next((Root(folder, roots[folder]) for folder in folders if folder in roots), None)


def _refuse_address(target: str) -> Refused:
    match = _ADDRESS.match(target)
    address = f"{match['scheme'].lower()}://{match['rest']}" if match else target
    return Refused(
        address,
        "cannot be fetched: save the page as .html and ingest the file",
    )


class _Place(NamedTuple):
    """A file or folder as it was reached, its root, and whether the user named it.

    `stated` is what the metadata.csv beside it, or beside a folder around it, says of it.
    """

    path: Path
    root: Root
    named: bool = False
    stated: Fields = MappingProxyType({})

    @property
    def source(self) -> str:
        # A file's name may hold bytes that are not text, and may spell one letter in two ways.
        path = self.path.relative_to(self.root.path).as_posix()
        return one_line(os.fsencode(path).decode("utf-8", "replace")) or "?"

    def refuse(self, reason: str) -> Refused:
        return Refused(self.source, reason)


class _Walk:
    """Walks files and folders, and remembers which it has read."""

    def __init__(self, roots: Mapping[Path, str], known: KnownFiles | None) -> None:
        self._roots = roots
        self._known = known
        self._files: set[Path] = set()
        self._folders: set[Path] = set()

    def folder(self, place: _Place) -> Iterator[_Found]:
        if place.path in self._folders:
            return
        self._folders.add(place.path)
        inner = _innermost(place.path, self._roots)
        root = inner if inner is not None and inner.path == place.path else place.root
        try:
            names = sorted(entry.name for entry in place.path.iterdir())
        except OSError as error:
            yield place.refuse(f"is a folder that cannot be read ({error.strerror or error})")
            return
        stated: Mapping[str, Fields] | None = None
        if METADATA_FILE in names:
            metadata = _Place(place.path / METADATA_FILE, root)
            try:
                stated = read_metadata(metadata.path)
            except SourceError as error:
                yield metadata.refuse(error.message)
                names.remove(METADATA_FILE)
        for name in names:
            is_metadata = name == METADATA_FILE and stated is not None
            if name.startswith((".", "~$")) or name.lower() in _SYSTEM_FILES or is_metadata:
                continue
            fields = {**(stated or {}).get(one_line(name), {}), **place.stated}
            yield from self._entry(_Place(place.path / name, root, stated=fields))

    def _entry(self, place: _Place) -> Iterator[_Found]:
        try:
            mode = place.path.stat().st_mode
        except (OSError, RuntimeError) as error:
            cause = getattr(error, "strerror", None) or error
            yield place.refuse(f"cannot be read ({cause}); is it a link that leads nowhere?")
            return
        if stat.S_ISDIR(mode):
            yield from self._inner_folder(place)
        elif not stat.S_ISREG(mode):
            yield place.refuse("is not a file but a device, a socket or a pipe")
        elif _stem(place.path) not in _ABOUT_THE_FOLDER:
            yield from self.file(place)

    def _inner_folder(self, place: _Place) -> Iterator[_Found]:
        """Reads a folder inside a folder; follows a link only where it leads out of the root."""
        real = place.path.resolve()
        if place.path.is_symlink():
            if real in place.path.parents or real in place.path.parent.resolve().parents:
                yield place.refuse("is a link that leads back to a folder above it")
                return
            if real.is_relative_to(place.root.path) or real in self._folders:
                return
            self._folders.add(real)
        elif _suffix(place.path) in SUFFIXES:
            yield place.refuse(
                "is a folder with the name of a file; name it itself to read what is in it"
            )
            return
        yield from self.folder(place)

    def file(self, place: _Place) -> Iterator[_Found]:
        real = place.path.resolve()
        if real in self._files:
            return
        self._files.add(real)
        yield from _read_known(place, self._known) if self._known else _read_stated(place)


def _read_known(place: _Place, known: KnownFiles) -> Iterator[_Found]:
    """Reads a file that is not known, or that has changed."""
    source = place.source
    file = known.look(place.path, place.root.collection, source, place.stated)
    held = known.recall(place.path, file)
    documents: list[FileDocument] = []
    for item in _read_stated(place) if held is None else map(_recalled, held.documents):
        documents.append(_noted(item))
        # What hinders the reading of a file may be gone the next time.
        if isinstance(item, Refused) and item.source == source:
            file = file._replace(looks="")
        yield item
    if held is None or held.looks != file.looks:
        seen = known.settled(place.path, file._replace(documents=tuple(documents)))
        if seen is not None:
            yield FileEnd(seen)


def _noted(item: RawDocument | Refused | Unchanged) -> FileDocument:
    if isinstance(item, Refused):
        return FileDocument(item.source, None, item.reason)
    if isinstance(item, Unchanged):
        return FileDocument(item.source, item.article_id)
    return FileDocument(item.source, article_id(item.collection, item.key))


def _recalled(document: FileDocument) -> Unchanged | Refused:
    if document.article_id is None:
        return Refused(document.source, document.reason or "")
    return Unchanged(document.source, document.article_id)


def _read_stated(place: _Place) -> Iterator[RawDocument | Refused]:
    for item in _guarded(place, _read_file(place)):
        yield item if isinstance(item, Refused) else state(item, FILE, place.stated)


def _guarded(
    place: _Place, documents: Iterator[RawDocument | Refused]
) -> Iterator[RawDocument | Refused]:
    """Refuses a file whose reading fails in an unexpected way; the others follow."""
    try:
        yield from documents
    except SourceError as error:
        yield place.refuse(error.message)
    except Exception as error:
        yield place.refuse(f"cannot be read ({type(error).__name__}: {error})")


def _read_file(place: _Place) -> Iterator[RawDocument | Refused]:
    suffix = _suffix(place.path)
    is_bare_text = "." not in place.path.name and _stem(place.path) in _ABOUT_THE_FOLDER
    if suffix in TABLE_SUFFIXES:
        yield from _documents_of(read_table(place.path, suffix), place)
    elif suffix in FEED_SUFFIXES:
        entries = enumerate(read_feed(read_document(place.path)), 1)
        yield from _documents_of((TableRow(number, fields) for number, fields in entries), place)
    elif suffix in CONTAINER_SUFFIXES:
        yield from _read_container(place, suffix)
    elif suffix in MEDIA_TYPES or (place.named and is_bare_text):
        yield from _read_document(place, MEDIA_TYPES.get(suffix, "text/plain"))
    else:
        yield place.refuse("is not a kind of file that holds articles")


def _suffix(path: Path) -> str:
    """Returns the suffix that says what a file holds, in lower case, without .gz."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _stem(path: Path) -> str:
    return path.name.lower().split(".", 1)[0]


def _read_document(place: _Place, media_type: str) -> Iterator[RawDocument | Refused]:
    library = "pypdf" if media_type == PDF and not can_read_pdf() else None
    library = library or missing_for_document(media_type)
    if library is not None:
        yield place.refuse(_not_installed(media_type == PDF, library))
        return
    data = read_document(place.path)
    export = split_export(_text_of(data, media_type))
    if export:
        rows = (TableRow(number, fields) for number, fields in enumerate(export, 1))
        yield from _documents_of(rows, place)
    else:
        yield RawDocument(place.root.collection, place.source, place.source, media_type, data)


def _text_of(data: bytes, media_type: str) -> str:
    """Returns the text of a document that may be the export of a news database; else nothing."""
    if media_type == RTF:
        return rtf_to_text(data)
    if media_type == DOCX:
        return "\n\n".join(line.text for line in read_fragment(docx_to_html(data)))
    return decode(data) if media_type == "text/plain" and may_be_export(data) else ""


def _read_container(place: _Place, suffix: str) -> Iterator[RawDocument | Refused]:
    library = missing_for_container(suffix)
    if library is not None:
        yield place.refuse(_not_installed(False, library))
        return
    for part in read_parts(place.path, suffix):
        yield _document_in(part, place)


def _not_installed(is_pdf: bool, library: str) -> str:
    kind, extra = ("a PDF", "pdf") if is_pdf else ("a kind of file", "formats")
    return f"is {kind} that needs {library}, which is not installed: pip install 'byline[{extra}]'"


def _document_in(part: Part, place: _Place) -> RawDocument:
    key = f"{place.source}#{one_line(part.name)}"
    data, media_type = part.data, part.media_type
    if part.published or part.publisher:
        fields = {
            "html": decode(data, is_page=True),
            "published": part.published,
            "publisher": part.publisher,
        }
        data, media_type = json.dumps(fields, sort_keys=True).encode(), "application/json"
    return RawDocument(
        place.root.collection, key, key, media_type, data, url=part.url, fetched=part.fetched
    )


def _documents_of(
    rows: Iterator[TableRow | BadRow], place: _Place
) -> Iterator[RawDocument | Refused]:
    used: set[str] = set()
    source, collection = place.source, place.root.collection
    for row in rows:
        if isinstance(row, BadRow):
            yield Refused(f"{source}#{row.number}", row.reason)
            continue
        key = source
        if row.number is not None:
            key = f"{source}#{_row_id(row.fields, row.number, used)}"
        yield _document_of(row, collection, key)


def _document_of(row: TableRow, collection: str, key: str) -> RawDocument | Refused:
    try:
        text = json.dumps(row.fields, sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        return Refused(key, f"cannot be kept as JSON ({error})")
    # JSON may spell half of a surrogate pair, which no encoding can hold.
    data = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")
    return RawDocument(collection, key, key, "application/json", data)


def _row_id(fields: Mapping[str, Any], number: int, used: set[str]) -> str:
    """Returns the row's own id if no earlier row has it, else its number."""
    named = {field_name(name): value for name, value in fields.items()}
    stated = (
        one_line(str(named[name]))
        for name in _ID_FIELDS
        if isinstance(named.get(name), str | int) and not isinstance(named[name], bool)
    )
    own = next((text for text in stated if text and len(text) <= _LONGEST_ID), str(number))
    free = next(name for name in (own, str(number), f"row-{number}") if name not in used)
    used.add(free)
    return free
