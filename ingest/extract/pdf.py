"""Reads the text of a PDF. Needs pypdf, the extra `pdf`.

A PDF's own properties are not read: their dates and titles are those of the file.
"""

from __future__ import annotations

import importlib.util
import io

from rag.errors import SourceError

PDF = "application/pdf"
_MOST_PAGES = 1_000


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
        text = "\n\n".join(page.extract_text() for page in reader.pages)
    except SourceError:
        raise
    except Exception as error:  # pypdf raises whatever a broken file makes happen in it
        raise SourceError(
            f"is a PDF that cannot be read ({type(error).__name__}: {error})"
        ) from error
    if not text.strip():
        raise SourceError("is a PDF without text: its pages may be pictures")
    return text
