"""What a person named in, RawDocuments out, one at a time: files and folders, and the rows of tables.

Each document gets the key that names it in its collection (the path below the collection's root, `path#row` for a row). What
cannot be read is handed out as `Refused` with a reason, and the others follow. Makes nothing of a document's content.
"""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ingest.extract.pdf import can_read_pdf
from ingest.extract.rows import field_name
from ingest.sources.files import read_document
from ingest.sources.tables import TABLE_SUFFIXES, BadRow, Row, read_table
from rag.errors import SourceError, UsageError
from rag.model import RawDocument

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
}
_ABOUT_THE_FOLDER = frozenset(("readme", "license", "licence", "copying"))
_JUNK = frozenset(
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
    """The root and collection of a target; None for an address, which lies below no folder.

    A target inside a known root (`roots`: resolved folder to collection) belongs to it. Otherwise a folder is its own root and a
    file's folder is its root; the collection is `collection` or the folder's name.

    :raises UsageError: if there is no such target, its collection's name is another folder's, or it lies in another collection.
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


def read_sources(
    targets: Sequence[Path], *, roots: Mapping[Path, str], collection: str | None = None
) -> Iterator[RawDocument | Refused]:
    """The documents of files and folders, in a fixed order, each read when it is asked for and no file twice.

    `roots` are the folders the archive knows, resolved, with their collections.

    :raises UsageError: at once, if a target cannot be located (see `locate`).
    """
    known = dict(roots)
    located: list[Root | None] = []
    for target in targets:
        root = locate(target, roots=known, collection=collection)
        located.append(root)
        if root is not None:
            known[root.path] = root.collection
    return _read_all(targets, located, _Walk(known))


def _existing(target: Path) -> Path:
    try:
        return target.expanduser().resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"there is no file or folder {target}", hint="check the path") from error


def _innermost(path: Path, roots: Mapping[Path, str]) -> Root | None:
    return next(
        (Root(folder, roots[folder]) for folder in (path, *path.parents) if folder in roots), None
    )


@dataclass(slots=True)
class _Walk:
    """One reading of all targets: the roots that apply, and the files and folders already read."""

    roots: Mapping[Path, str]
    files: set[Path] = field(default_factory=set)
    folders: set[Path] = field(default_factory=set)


class _Place(NamedTuple):
    """A file or folder as it was reached, the root it belongs to and whether it was named itself."""

    path: Path
    root: Root
    named: bool = False

    @property
    def source(self) -> str:
        # A file's name may hold bytes that are no text, and may spell one letter in two ways.
        path = os.fsencode(self.path.relative_to(self.root.path).as_posix()).decode(
            "utf-8", "replace"
        )
        return unicodedata.normalize("NFC", path)

    def refuse(self, reason: str) -> Refused:
        return Refused(self.source, reason)


def _read_all(
    targets: Sequence[Path], located: Sequence[Root | None], walk: _Walk
) -> Iterator[RawDocument | Refused]:
    for target, root in zip(targets, located, strict=True):
        if root is None:
            yield _read_address(str(target))
            continue
        path = _existing(target)
        place = _Place(path, root, named=True)
        yield from _read_folder(place, walk) if path.is_dir() else _read_file(place, walk)


def _read_address(target: str) -> Refused:
    """The one place where an address or a feed would be fetched."""
    match = _ADDRESS.match(target)
    address = f"{match['scheme'].lower()}://{match['rest']}" if match else target
    return Refused(
        address,
        "fetching addresses is not possible yet: save the page as .html and ingest the file",
    )


def _read_folder(place: _Place, walk: _Walk) -> Iterator[RawDocument | Refused]:
    if place.path in walk.folders:
        return
    walk.folders.add(place.path)
    root = _innermost(place.path, walk.roots)
    root = root if root is not None and root.path == place.path else place.root
    try:
        names = sorted(entry.name for entry in place.path.iterdir())
    except OSError as error:
        yield place.refuse(f"is a folder that cannot be read ({error.strerror or error})")
        return
    for name in names:
        if not (name.startswith((".", "~$")) or name.lower() in _JUNK):
            yield from _read_entry(_Place(place.path / name, root), walk)


def _read_entry(place: _Place, walk: _Walk) -> Iterator[RawDocument | Refused]:
    try:
        mode = place.path.stat().st_mode
    except (OSError, RuntimeError) as error:
        yield place.refuse(
            f"cannot be read ({getattr(error, 'strerror', None) or error}); is it a link that leads nowhere?"
        )
        return
    if stat.S_ISDIR(mode):
        yield from _enter(place, walk)
    elif not stat.S_ISREG(mode):
        yield place.refuse("is not a file but a device, a socket or a pipe")
    elif _stem(place.path) not in _ABOUT_THE_FOLDER:
        yield from _read_file(place, walk)


def _enter(place: _Place, walk: _Walk) -> Iterator[RawDocument | Refused]:
    """A folder inside a folder. A link is followed only where it leads out of the root: what lies inside is read in its place."""
    real = place.path.resolve()
    if place.path.is_symlink():
        if real in place.path.parents or real in place.path.parent.resolve().parents:
            yield place.refuse("is a link that leads back to a folder above it")
            return
        if real.is_relative_to(place.root.path) or real in walk.folders:
            return
        walk.folders.add(real)
    elif _suffix(place.path) in MEDIA_TYPES or _suffix(place.path) in TABLE_SUFFIXES:
        yield place.refuse(
            "is a folder with the name of a file; name it itself to read what is in it"
        )
        return
    yield from _read_folder(place, walk)


def _read_file(place: _Place, walk: _Walk) -> Iterator[RawDocument | Refused]:
    real = place.path.resolve()
    if real in walk.files:
        return
    walk.files.add(real)
    suffix = _suffix(place.path)
    if suffix in TABLE_SUFFIXES:
        yield from _read_rows(place, suffix)
    elif suffix in MEDIA_TYPES or (place.named and _is_bare_text(place.path)):
        yield _read_document(place, MEDIA_TYPES.get(suffix, "text/plain"))
    else:
        yield place.refuse("is not a kind of file that holds articles")


def _suffix(path: Path) -> str:
    """The suffix that says what a file holds, in lower case, without .gz."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _stem(path: Path) -> str:
    return path.name.lower().split(".", 1)[0]


def _is_bare_text(path: Path) -> bool:
    return "." not in path.name and _stem(path) in _ABOUT_THE_FOLDER


def _read_document(place: _Place, media_type: str) -> RawDocument | Refused:
    if media_type == "application/pdf" and not can_read_pdf():
        return place.refuse("is a PDF, and pypdf is not installed: pip install 'byline[pdf]'")
    try:
        data = read_document(place.path)
    except SourceError as error:
        return place.refuse(error.message)
    return RawDocument(place.root.collection, place.source, place.source, media_type, data)


def _read_rows(place: _Place, suffix: str) -> Iterator[RawDocument | Refused]:
    used: set[str] = set()
    try:
        for row in read_table(place.path, suffix):
            if isinstance(row, BadRow):
                yield Refused(f"{place.source}#{row.number}", row.reason)
            else:
                yield _document_of(row, place, used)
    except SourceError as error:
        yield place.refuse(error.message)


def _document_of(row: Row, place: _Place, used: set[str]) -> RawDocument | Refused:
    key = (
        place.source
        if row.number is None
        else f"{place.source}#{_row_name(row.fields, row.number, used)}"
    )
    try:
        text = json.dumps(row.fields, sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        return Refused(key, f"cannot be kept as JSON ({error})")
    # JSON may spell half of a surrogate pair, which no encoding can hold.
    data = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")
    return RawDocument(place.root.collection, key, key, "application/json", data)


def _row_name(fields: Mapping[str, Any], number: int, used: set[str]) -> str:
    """The row's own id where no row before has it, else its number."""
    named = {field_name(name): value for name, value in fields.items()}
    ids = (
        str(named[name]).strip()
        for name in _ID_FIELDS
        if isinstance(named.get(name), str | int) and not isinstance(named[name], bool)
    )
    own = next(
        (" ".join(text.split()) for text in ids if text and len(text) <= _LONGEST_ID), str(number)
    )
    name = next(name for name in (own, str(number), f"row-{number}") if name not in used)
    used.add(name)
    return name
