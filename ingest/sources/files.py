"""Reads the bytes of a file: unpacked, limited in size, every failure with a reason."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ingest.sources.encoding import Encoding, encoding_of
from rag.errors import SourceError

DOCUMENT_LIMIT = 64 * 2**20
TABLE_LIMIT = 4 * 2**30
_PIECE = 2**20
# Tables of articles pack to a tenth.
_MOST_UNPACKED = 100
_SAMPLE = 2**16


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """Opens a file to read its bytes, unpacked if its name ends in .gz.

    :raises SourceError: if it cannot be opened or, later, read.
    """
    try:
        with path.open("rb") as stream:
            yield gzip.GzipFile(fileobj=stream) if path.suffix.lower() == ".gz" else stream
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"is not a whole .gz file ({error})") from error
    except PermissionError as error:
        raise SourceError("may not be read: permission denied") from error
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror or error})") from error


def read_document(path: Path) -> bytes:
    """Reads all bytes of a document, at most `DOCUMENT_LIMIT`.

    :raises SourceError: if it cannot be read or is larger.
    """
    with opened(path) as stream:
        data = stream.read(DOCUMENT_LIMIT + 1)
    if len(data) > DOCUMENT_LIMIT:
        raise SourceError(
            f"holds more than {DOCUMENT_LIMIT // 2**20} MiB, too much for one document; "
            "save many articles as .jsonl"
        )
    return data


def survey(path: Path) -> Encoding:
    """Reads a table once to check that it is whole, not too large and text; finds its encoding.

    :raises SourceError: if it is not.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, sample, is_utf8 = 0, b"", True
    marked: Encoding | None = None
    with opened(path) as stream:
        packed = path.stat().st_size
        while piece := stream.read(_PIECE):
            if not size:
                first = encoding_of(piece)
                # Only a byte order mark, or the zeros of UTF-16, settle the encoding at once.
                certain = first.name not in ("utf-8", "cp1252") and first.errors != "strict"
                marked = first if certain else None
            size += len(piece)
            if size > max(DOCUMENT_LIMIT, _MOST_UNPACKED * packed):
                raise SourceError(f"unpacks to more than {_MOST_UNPACKED} times its size")
            if size > TABLE_LIMIT:
                raise SourceError(f"holds more than {TABLE_LIMIT // 2**30} GiB")
            is_utf8 = is_utf8 and _continues(decoder, piece)
            if not is_utf8 and len(sample) < _SAMPLE:
                lines = piece.splitlines(keepends=True)
                sample += b"".join(line for line in lines if not line.isascii())[:_SAMPLE]
    return marked or (Encoding("utf-8-sig", "replace") if is_utf8 else encoding_of(sample))


def _continues(decoder: codecs.IncrementalDecoder, piece: bytes) -> bool:
    try:
        decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    return True
