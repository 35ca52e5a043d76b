"""Reads text documents of office programs: .docx with mammoth, .rtf with striprtf.

Both libraries come with the extra `formats`. The properties of a document are not read: their
dates and titles are those of the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from importlib.util import find_spec

from ingest.clean.bounds import check_count
from rag.errors import SourceError

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
RTF = "application/rtf"
_LIBRARIES = {DOCX: "mammoth", RTF: "striprtf"}
_LARGEST = 256 * 2**20
_LARGEST_PART, _MOST_TAGS, _LARGEST_RTF = 16 * 2**20, 200_000, 6 * 2**20
_PICTURE = re.compile(rb"(?<![\da-fA-F\s])[\da-fA-F\s]{1000,}+")
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")


def missing_library(media_type: str) -> str | None:
    """Returns the library that a media type needs, if it is not installed."""
    name = _LIBRARIES.get(media_type)
    return name if name is not None and find_spec(name) is None else None


def docx_to_html(data: bytes) -> str:
    """Converts a .docx document to HTML.

    :raises SourceError: if it is broken or too large.
    """
    import mammoth  # type: ignore[import-untyped]

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                raise SourceError(f"unpacks to more than {_LARGEST // 2**20} MiB")
            for entry in archive.infolist():
                if entry.filename.endswith((".xml", ".rels")):
                    if entry.file_size > _LARGEST_PART:
                        raise SourceError(f"has {entry.filename} of {entry.file_size:,} bytes")
                    check_count(archive.read(entry), "<", _MOST_TAGS, "tags")
        return str(mammoth.convert_to_html(io.BytesIO(data)).value)
    except SourceError:
        raise
    except Exception as error:  # mammoth raises whatever a broken file makes happen in it
        raise SourceError(
            f"is a .docx document that cannot be read ({type(error).__name__}: {error})"
        ) from error


def rtf_to_text(data: bytes) -> str:
    """Converts an RTF document to plain text.

    :raises SourceError: if it is broken.
    """
    from striprtf import striprtf

    if not data.lstrip().startswith(b"{\\rtf"):
        raise SourceError("is named .rtf but is not RTF")
    data = _PICTURE.sub(b"", data)
    if len(data) > _LARGEST_RTF:
        raise SourceError(f"has more than {_LARGEST_RTF // 2**20} MiB beside its pictures")
    page = _CODE_PAGE.search(data[:2000])
    try:
        return str(
            striprtf.rtf_to_text(  # type: ignore[no-untyped-call]
                data.decode("latin-1"),
                encoding=f"cp{page[1].decode()}" if page else "cp1252",
                errors="replace",
            )
        )
    except Exception as error:  # striprtf raises whatever a broken file makes happen in it
        raise SourceError(
            f"is an RTF document that cannot be read ({type(error).__name__}: {error})"
        ) from error
