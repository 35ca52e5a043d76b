"""Reads a row of a table or a JSON object, by the field names that news data sets use.

Names count without case, spaces, dashes or underscores. A field that cannot be read counts as
not stated; a summary is not the text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.clean.characters import normalize, one_line
from ingest.extract.addresses import host_of
from ingest.extract.dates import parse_date
from ingest.extract.draft import Draft, Line
from ingest.extract.page.fragment import looks_like_markup, read_fragment
from ingest.extract.plain_text import paragraphs
from rag.errors import SourceError
from rag.model import PartialDate

TEXT_FIELDS = (
    "text",
    "articlebody",
    "fulltext",
    "maintext",
    "body",
    "content",
    "articletext",
    "article",
    "story",
)
_TITLE_FIELDS = ("title", "headline", "heading")
_URL_FIELDS = ("url", "canonicalurl", "link", "articleurl", "sourceurl", "permalink")
_AUTHOR_FIELDS = ("author", "authors", "byline", "creator", "writer")
_PUBLISHER_FIELDS = (
    "publisher",
    "publication",
    "outlet",
    "sourcename",
    "sitename",
    "source",
    "site",
    "newspaper",
    "domain",
    "sourcedomain",
)
_PUBLISHED_FIELDS = (
    "published",
    "datepublished",
    "publishedat",
    "publishdate",
    "publicationdate",
    "publisheddate",
    "pubdate",
    "date",
    "created",
    "createdat",
    "timestamp",
)
_UPDATED_FIELDS = (
    "updated",
    "datemodified",
    "modified",
    "updatedat",
    "modifiedat",
    "lastmodified",
    "dateupdated",
)
_NOT_STATED = frozenset(
    ("", "none", "null", "nan", "n/a", "na", "unknown", "undefined", "[]", "{}")
)
_PARTS_OF_NAME = ("name", "main", "title", "text", "value")
_LISTED = re.compile(r"""\s*\[\s*['"](?P<items>.*)['"]\s*\]\s*""", re.DOTALL)
_LIST_MARK = re.compile(r"""['"]\s*,\s*['"]""")
_BY = re.compile(r"by\s+(?=[^\W\d_])", re.IGNORECASE)


def field_name(name: str) -> str:
    """Normalizes a field's name.

    >>> field_name("Date-Published ")
    'datepublished'
    """
    return re.sub(r"[\W_]+", "", name).lower()


def read_row(data: str) -> Draft:
    """Reads one JSON object.

    :raises SourceError: if it is no JSON object, or has no text.
    """
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise SourceError("is not a JSON object with the fields of an article")
    named = _named(fields)
    text = _first(named, TEXT_FIELDS)
    if text is None:
        found = ", ".join(list(fields)[:12]) or "none"
        raise SourceError(
            f"has no text: its fields are {found}; one of {', '.join(TEXT_FIELDS)} is needed"
        )
    return replace(draft_of_fields(fields), lines=_lines(text))


def draft_of_fields(fields: Mapping[str, Any]) -> Draft:
    """Reads what the fields state about their article, without its text."""
    named = _named(fields)
    url = _address(_first(named, _URL_FIELDS))
    return Draft(
        lines=(),
        title=_heading(_first(named, _TITLE_FIELDS)),
        url=url,
        author=_author(_first(named, _AUTHOR_FIELDS)),
        # The host comes before an outlet named in the text: rows of one site have one publisher.
        publisher=_publisher(_first(named, _PUBLISHER_FIELDS)) or host_of(url),
        published=_date(named, _PUBLISHED_FIELDS),
        updated=_date(named, _UPDATED_FIELDS),
    )


def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {field_name(str(name)): value for name, value in reversed(list(fields.items()))}


def _first(named: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Returns the first of the fields that states anything."""
    for name in names:
        text = _as_text(named.get(name), joined="\n" if name in TEXT_FIELDS else ", ")
        if text.strip().lower() not in _NOT_STATED:
            return text
    return None


def _as_text(value: object, *, joined: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return next(
            (part for name in _PARTS_OF_NAME if isinstance(part := value.get(name), str)), ""
        )
    if isinstance(value, Sequence):
        parts = (_as_text(item, joined=joined) for item in value if not isinstance(item, list))
        return joined.join(part for part in parts if part.strip())
    return "" if value is None or isinstance(value, bool) else str(value)


def _date(named: Mapping[str, Any], names: Sequence[str]) -> PartialDate | None:
    return next((date for name in names if (date := parse_date(named.get(name))) is not None), None)


def _address(text: str | None) -> str | None:
    return text.strip() if text and re.fullmatch(r"\s*https?://\S+\s*", text) else None


def _heading(text: str | None) -> str | None:
    if text is None:
        return None
    if looks_like_markup(text):
        return " ".join(line.text for line in read_fragment(text)) or None
    return one_line(html.unescape(text)) or None


def _author(text: str | None) -> str | None:
    if text is None:
        return None
    listed = _LISTED.fullmatch(text)
    names = ", ".join(_LIST_MARK.split(listed["items"])) if listed else text
    return _BY.sub("", one_line(html.unescape(names)), count=1) or None


def _publisher(text: str | None) -> str | None:
    if text is None:
        return None
    name = one_line(html.unescape(text))
    if re.match(r"https?://", name):
        return host_of(name)
    return re.sub(r"^www\.(?=\S+$)", "", name) or None


def _lines(text: str) -> tuple[Line, ...]:
    if looks_like_markup(text):
        return read_fragment(text)
    return tuple(Line(paragraph) for paragraph in paragraphs(normalize(html.unescape(text))))
