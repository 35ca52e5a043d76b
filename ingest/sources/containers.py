"""Opens files that hold several documents: EPUB books, web archives (.warc), mailboxes."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]

from ingest.extract.dates import parse_date
from ingest.extract.mail import EML, LARGEST_MAIL
from rag.errors import SourceError
from rag.model import PartialDate

CONTAINER_SUFFIXES = frozenset((".epub", ".warc", ".mbox"))
_SHORT, _SHORT_IN_A_ROW = 20, 10_000
_LARGEST_ENTRY, _LARGEST = 16 * 2**20, 256 * 2**20
_TEXTS = (".html", ".xhtml", ".htm", ".xml")
_PAGES = ("text/html", "application/xhtml+xml")


class Part(NamedTuple):
    """One document of a container, and its name in it."""

    name: str
    media_type: str
    data: bytes
    url: str | None = None
    fetched: PartialDate | None = None
    published: str | None = None
    publisher: str | None = None


def missing_library(suffix: str) -> str | None:
    """Returns the library that a kind of container needs, if it is not installed."""
    return "warcio" if suffix == ".warc" and find_spec("warcio") is None else None


def read_parts(path: Path, suffix: str) -> Iterator[Part]:
    """Reads the documents of a container, in order.

    :raises SourceError: if it, or the rest of it, cannot be read.
    """
    reader = {".epub": _read_epub, ".warc": _read_warc, ".mbox": _read_mailbox}[suffix]
    count = short = 0
    try:
        for part in reader(path):
            count += 1
            short = short + 1 if len(part.data) < _SHORT else 0
            if short > _SHORT_IN_A_ROW:
                raise SourceError(f"was given up after {short - 1:,} empty parts in succession")
            yield part
    except SourceError:
        raise
    except Exception as error:  # a broken file may make anything happen in its reader
        raise SourceError(f"cannot be read ({type(error).__name__}: {error})") from error
    if not count:
        raise SourceError("holds no page or message that can be read")


def _read_epub(path: Path) -> Iterator[Part]:
    with zipfile.ZipFile(path) as archive:
        texts = (entry for entry in archive.infolist() if entry.filename.endswith(_TEXTS))
        if sum(entry.file_size for entry in texts) > _LARGEST:
            raise SourceError(f"unpacks to more than {_LARGEST // 2**20} MiB of text")
        container = etree.fromstring(_entry(archive, "META-INF/container.xml"), _parser())
        package_path = container.xpath("string(//*[local-name()='rootfile']/@full-path)")
        package = etree.fromstring(_entry(archive, package_path), _parser())
        items = {
            item.get("id"): item
            for item in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")
        }
        stated = {
            etree.QName(node).localname: (node.text or "").strip()
            for node in package.xpath("//*[local-name()='metadata']/*[text()]")
        }
        for reference in dict.fromkeys(package.xpath("//*[local-name()='itemref']/@idref")):
            item = items.get(reference)
            if item is None or item.get("media-type") not in _PAGES:
                continue
            name = posixpath.join(posixpath.dirname(package_path), unquote(item.get("href")))
            yield Part(
                name,
                "text/html",
                _entry(archive, posixpath.normpath(name)),
                published=stated.get("date"),
                publisher=stated.get("publisher") or stated.get("title"),
            )


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _LARGEST_ENTRY:
        raise SourceError(f"has {name} of more than {_LARGEST_ENTRY // 2**20} MiB")
    return archive.read(name)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _read_warc(path: Path) -> Iterator[Part]:
    from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]

    with path.open("rb") as stream:
        for record in ArchiveIterator(stream):
            headers = record.http_headers
            if record.rec_type not in ("response", "resource"):
                continue
            kind = (headers.get_header("Content-Type") if headers else "") or ""
            status = headers.get_statuscode() if headers else "200"
            url = record.rec_headers.get_header("WARC-Target-URI")
            if not kind.startswith(_PAGES) or status != "200" or not url:
                continue
            data = record.content_stream().read(_LARGEST_ENTRY)
            fetched = parse_date(record.rec_headers.get_header("WARC-Date"))
            yield Part(url, "text/html", data, url=url, fetched=fetched)


def _read_mailbox(path: Path) -> Iterator[Part]:
    with path.open("rb") as file:
        for number, data in enumerate(_messages(file), 1):
            yield Part(str(number), EML, data)


def _messages(file: BinaryIO) -> Iterator[bytes]:
    """Reads the messages of a mailbox; each follows a line that begins with From and a blank.

    Of one that is too large to be read no more is kept than shows that.
    """
    lines: list[bytes] | None = None
    size = 0
    while line := file.readline(LARGEST_MAIL + 1):
        if line.startswith(b"From "):
            if lines is not None:
                yield b"".join(lines)
            lines, size = [], 0
        elif lines is not None and size <= LARGEST_MAIL:
            lines.append(line)
            size += len(line)
    if lines is not None:
        yield b"".join(lines)
