"""Cites a quote: in a line, as BibTeX, as CSL-JSON, and as a link to its words on their page.

Dates are as exact as they are known, and what is unknown has no field.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote as percent_encode

from rag.model import PartialDate, Precision, Quote
from rag.render.words import clean, human_date, web_link

# A link names longer words by their beginning and end.
_WHOLE_FRAGMENT = 300
_FRAGMENT_WORDS = 6
_URI = "%:/?#[]@!$&'()*+,;=~"
_LATEX = {char: f"\\{char}" for char in "$&#_%"} | {
    "\\": r"\textbackslash{}",
    # BibTeX counts braces, escaped or not.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def citation(quote: Quote) -> str:
    """Writes one line: words, publisher, title, date, and the link or else the source."""
    place = web_link(quote.url) or quote.source
    parts = [quote.publisher, f'"{quote.title}"', human_date(quote.published), place]
    return clean(f"“{quote.text}” " + ", ".join(part for part in parts if part))


def bibtex(quote: Quote) -> str:
    """Writes a biblatex entry: `@online` with a link, else `@article`, or `@misc` if unpublished.

    The date is ISO 8601 (biblatex manual, 2.3.8); the exact words are the annotation. The URL is
    not escaped: biblatex takes it as it is.
    """
    link = web_link(quote.url)
    fields = {
        "title": _latex(quote.title),
        "organization" if link else "journaltitle": _latex(quote.publisher or ""),
        "date": "" if quote.published is None else str(quote.published)[:10],
        "url": percent_encode(link or "", safe=_URI),
        "note": "" if link else _latex(quote.source),
        "annotation": _latex(quote.text),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    kind = "online" if link else "article" if quote.publisher else "misc"
    return f"@{kind}{{{_key(quote)},\n{lines}}}\n"


def csl_json(quote: Quote) -> dict[str, Any]:
    """Makes a CSL-JSON item (schema 1.0) of type article-newspaper; its `annote` is the words."""
    link, parts = web_link(quote.url), _date_parts(quote.published)
    item: dict[str, Any] = {
        "id": _key(quote),
        "type": "article-newspaper",
        "title": clean(quote.title),
        "annote": clean(quote.text),
    }
    if quote.publisher:
        item["container-title"] = clean(quote.publisher)
    if parts:
        item["issued"] = {"date-parts": [parts]}
    return item | ({"URL": link} if link else {"archive_location": clean(quote.source)})


def fragment_link(quote: Quote) -> str | None:
    """Makes a link that a browser opens at the words (WICG, Scroll-To-Text-Fragment).

    A fragment that the link has already is kept before the directive.

    :return: None if the quote has no web link.
    """
    link = web_link(quote.url)
    if link is None:
        return None
    page, _, fragment = link.partition("#")
    # `-` separates a prefix from the text and is never encoded by urllib; `,` and `&` always are.
    terms = (
        percent_encode(words, safe="", errors="replace").replace("-", "%2D")
        for words in _fragment_words(quote.text)
    )
    return f"{page}#{fragment.partition(':~:')[0]}:~:text={','.join(terms)}"


def _fragment_words(text: str) -> list[str]:
    """The whole text, or up to six of its first and last words, each from one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or (len(lines) == 1 and len(text) <= _WHOLE_FRAGMENT):
        return [text.strip()]
    first, last = lines[0].split(" "), lines[-1].split(" ")
    if len(lines) > 1:
        return [" ".join(first[:_FRAGMENT_WORDS]), " ".join(last[-_FRAGMENT_WORDS:])]
    count = min(_FRAGMENT_WORDS, len(first) // 2)  # no word is in both
    return [" ".join(first[:count]), " ".join(first[-count:])] if count else [lines[0]]


def _date_parts(published: PartialDate | None) -> list[int]:
    """Year, month and day, as many of them as are known."""
    if published is None:
        return []
    known = {Precision.YEAR: 1, Precision.MONTH: 2}.get(published.precision, 3)
    return [published.start.year, published.start.month, published.start.day][:known]


def _latex(text: str) -> str:
    return "".join(_LATEX.get(char, char) for char in clean(text))


def _key(quote: Quote) -> str:
    """Publisher, year and the title's first word in ASCII, or the id if the title has none."""
    year = "" if quote.published is None else str(quote.published.start.year)
    word = next(filter(None, map(_ascii, quote.title.split())), "")
    return _ascii(quote.publisher or "") + year + (word or _ascii(quote.article_id)[:8])


def _ascii(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text).lower())
