"""Reads the text of a PDF. Needs pypdf, the extra `pdf`.

A PDF's own properties are not read: their dates and titles are those of the file.
"""

from __future__ import annotations

import importlib.util
import io
import re
from typing import TYPE_CHECKING, Any

from ingest.extract.columns import in_columns
from rag.errors import SourceError

if TYPE_CHECKING:
    from pypdf import PageObject

PDF = "application/pdf"
_MOST_PAGES = 1_000
# What all pages draw, unpacked; pypdf takes some seconds a MiB.
_MOST_DRAWN = 6 * 2**20
_BROKEN = re.compile(
    r"(?<![\w-])(?P<left>[^\W\d_]{2,})[-\u00ad]\n(?P<right>[^\W\d_]{2,})(?P<rest>\S*)[^\S\n]*\n?"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def can_read_pdf() -> bool:
    """Tells whether pypdf is installed."""
    return importlib.util.find_spec("pypdf") is not None


def read_pdf(data: bytes) -> str:
    """Reads the text of all pages, with a blank line between pages.

    :raises SourceError: if pypdf is missing, or the file is broken, locked, too long or
        holds only pictures.
    """
    if not can_read_pdf():
        raise SourceError("is a PDF, and pypdf is not installed: pip install 'byline[pdf]'")
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if len(reader.pages) > _MOST_PAGES:
            raise SourceError(f"is a PDF of more than {_MOST_PAGES:,} pages")
        if sum(map(_drawn, reader.pages)) > _MOST_DRAWN:
            raise SourceError(f"is a PDF that draws more than {_MOST_DRAWN // 2**20} MiB")
        text = "\n\n".join(map(_page_text, reader.pages))
    except SourceError:
        raise
    except Exception as error:  # pypdf raises whatever a broken file makes happen in it
        raise SourceError(
            f"is a PDF that cannot be read ({type(error).__name__}: {error})"
        ) from error
    if not text.strip():
        raise SourceError("is a PDF without text: its pages may be pictures")
    return _join_broken_words(text)


def _drawn(page: PageObject) -> int:
    """How many bytes tell what the page shows."""
    from pypdf.generic import StreamObject

    found: Any = page["/Contents"].get_object() if "/Contents" in page else []
    parts = [part.get_object() for part in (found if isinstance(found, list) else [found])]
    return sum(len(part.get_data()) for part in parts if isinstance(part, StreamObject))


def _page_text(page: PageObject) -> str:
    """Reads a page in the order in which it was drawn, or its columns one after the other."""
    plain = page.extract_text()
    try:
        layout = page.extract_text(extraction_mode="layout")
    except Exception:  # where pypdf cannot lay the page out, its text alone is read
        return plain
    return in_columns(layout, plain) or plain


def _join_broken_words(text: str) -> str:
    """Joins words that a line end breaks in two: coun-, cil.

    The whole word ends the upper line: lines joined in full would look like text without line
    ends. A compound keeps its hyphen: one that the text has elsewhere too, or whose second part
    is a word of the text.
    """
    words = {word.lower() for word in _WORD.findall(_BROKEN.sub(" ", text))}

    def joined(match: re.Match[str]) -> str:
        left, right = match["left"], match["right"]
        whole, compound = f"{left}{right}", f"{left}-{right}"
        is_compound = compound.lower() in words or right.lower() in words or not right.islower()
        word = compound if is_compound and whole.lower() not in words else whole
        return f"{word}{match['rest']}\n"

    return _BROKEN.sub(joined, text)
