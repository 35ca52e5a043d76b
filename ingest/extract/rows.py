"""Reads a row of a table or a JSON object, by the field names that news data sets use.

Names count without case, spaces and signs; fields of inner objects count after those beside them.
A field that cannot be read counts as not stated. A summary is not the text, and the day on which
an article was saved, clipped or crawled is not its publication.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.clean.characters import normalize, one_line
from ingest.extract.addresses import host_of, web_address
from ingest.extract.dates import parse_date
from ingest.extract.draft import Draft, Line
from ingest.extract.page.fragment import looks_like_markup, read_fragment
from ingest.extract.page.html_page import read_page
from ingest.extract.page.metadata import without_site
from ingest.extract.plain_text import paragraphs
from rag.errors import SourceError
from rag.model import PartialDate

TEXT_FIELDS = (
    *("text", "articlebody", "fulltext", "maintext", "plaintext", "cleanedtext", "bodytext"),
    *("body", "content", "contenthtml", "contenttext", "contentencoded", "encoded", "articletext"),
    *("articlecontent", "textcontent", "bodyhtml", "htmlcontent", "article", "story"),
)
_PAGE_FIELDS = ("html", "rawhtml", "pagehtml", "rawcontent", "sourcecode")
# Interfaces that give no more than the first paragraph.
_LEAD_FIELDS = ("leadparagraph",)
_TITLE_FIELDS = ("title", "headline", "heading", "webtitle", "pagetitle")
_URL_FIELDS = (
    *("url", "canonicalurl", "link", "articleurl", "weburl", "sourceurl", "permalink", "guid"),
    *("externalurl", "originalurl", "givenurl", "resolvedurl", "source", "uri", "canonical"),
    "alternate",
)
_AUTHOR_FIELDS = (
    *("author", "authors", "byline", "creator", "writer", "publishedby", "authorname", "dccreator"),
)
_PUBLISHER_FIELDS = (
    *("publisher", "publication", "outlet", "sourcename", "sourcehostname", "sitename", "source"),
    *("site", "newspaper", "journal", "publicationtitle", "provider", "domainname", "domain"),
    *("sourcedomain", "hostname", "origin"),
)
_PUBLISHED_FIELDS = (
    *("published", "datepublished", "publishedat", "publishdate", "publicationdate"),
    *("publisheddate", "datepublish", "publishingdate", "webpublicationdate", "pubdate"),
    *("firstpublished", "firstpublicationdate", "issued", "dateissued", "dcdate", "isodate"),
    *("publishedtime", "articledate", "date", "dategmt"),
)
_UPDATED_FIELDS = (
    *("updated", "datemodified", "modified", "modifiedat", "lastmodified", "dateupdated"),
    *("datemodify", "webmodificationdate", "updateddate", "modifieddate"),
)
# What an app says of its own record; of the article only where the app keeps no day of saving.
_RECORD_UPDATED_FIELDS = ("updatedat",)
_FETCHED_FIELDS = (
    *("fetched", "fetchedat", "datedownload", "downloaded", "crawled", "crawledat", "crawldate"),
    *("scraped", "scrapedat", "retrieved", "accessed", "saved", "savedat", "clipped", "clippedat"),
    *("timeadded", "dateadded", "addedat", "created", "createdat", "timestamp", "filedate"),
)
_NOT_STATED = frozenset(
    ("", "none", "null", "nan", "n/a", "na", "unknown", "undefined", "[]", "{}")
)
_PARTS_OF_NAME = (
    *("name", "rendered", "main", "title", "text", "value", "original", "href", "_"),
    *("$date", "$oid"),
)
_PARTS_OF_TEXT = ("rendered", "text", "html", "value", "content", "body", "plain", "_")
_INNER = frozenset(
    (
        "fields",
        "article",
        "attributes",
        "source",
        "doc",
        "post",
        "node",
        "news",
        "story",
        "embedded",
        "opengraph",
    )
)
_LISTED = re.compile(r"""\s*\[\s*['"](?P<items>.*)['"]\s*\]\s*""", re.DOTALL)
_LIST_MARK = re.compile(r"""['"]\s*,\s*['"]""")
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_BY = re.compile(r"by\s+(?=[^\W\d_])", re.IGNORECASE)
# NewsAPI and GNews cut the text and say by how much.
_CUT = re.compile(r"\s*\[\+?\d+ (?:more )?char(?:acter)?s?\]\s*$")
_SENTENCE_END = re.compile(r"[.!?。！？][\"”’»)]*(?=\s|<)(?<!\.\.\.)")
_WHOLE_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|div|br|h[1-6]|ul|li|a|strong|em)\b", re.IGNORECASE)
_SHOWN_KEYS = 24


def field_name(name: str) -> str:
    """Normalizes a field's name.

    >>> field_name("Date-Published ")
    'datepublished'
    """
    return re.sub(r"[\W_]+", "", name).lower()


def has_text(fields: Mapping[str, Any]) -> bool:
    """Tells whether an object holds the text of an article."""
    named = _named(fields)
    return _first(named, (*TEXT_FIELDS, *_LEAD_FIELDS, *_PAGE_FIELDS)) is not None


def keys_of(value: object, depth: int = 2) -> list[str]:
    """Lists the keys of an object and of the objects in it, for messages."""
    if isinstance(value, list):
        return keys_of(value[0], depth) if value else []
    if not isinstance(value, dict):
        return []
    keys = []
    for key, inner in value.items():
        found = keys_of(inner, depth - 1) if depth > 1 else []
        keys += [f"{key}.{name}" for name in found] or [str(key)]
    return keys[:_SHOWN_KEYS]


def read_row(data: str, *, language: str | None = None) -> Draft:
    """Reads one JSON object.

    :raises SourceError: if it is not a JSON object, or has no text.
    """
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise SourceError("is not a JSON object with the fields of an article")
    named = _named(fields)
    draft = draft_of_fields(fields, language=language)
    text = _first(named, TEXT_FIELDS)
    page = _first(named, _PAGE_FIELDS) if text is None else text
    if page is not None and _WHOLE_PAGE.match(page):
        data_of_page = page.encode("utf-8", "replace")
        return _merged(draft, read_page(data_of_page, url=draft.url, language=language))
    text = text or page or _first(named, _LEAD_FIELDS)
    if text is None:
        found = ", ".join(keys_of(fields)) or "none"
        raise SourceError(
            f"has no text: its fields are {found}; one of {', '.join(TEXT_FIELDS[:12])} is needed"
        )
    return replace(draft, lines=_lines(_without_cut(text)))


def _without_cut(text: str) -> str:
    """Leaves out the sentence in which an interface has cut a text off."""
    cut = _CUT.search(text)
    if cut is None:
        return text
    whole = list(_SENTENCE_END.finditer(text, 0, cut.start()))
    return text[: whole[-1].end()] if whole else text[: cut.start()]


def draft_of_fields(fields: Mapping[str, Any], *, language: str | None = None) -> Draft:
    """Reads what the fields state about their article, without its text.

    :param language: the language in which their dates are written, if known.
    """
    named = _named(fields)
    url = next((url for text in _all(named, _URL_FIELDS) if (url := web_address(text))), None)
    names = (_publisher(text) for text in _all(named, _PUBLISHER_FIELDS))
    # The host comes before an outlet named in the text: rows of one site have one publisher.
    publisher = next(filter(None, names), None) or host_of(url)
    fetched = _date(named, _FETCHED_FIELDS, language)
    updated = _date(named, _UPDATED_FIELDS, language)
    if updated is None and fetched is None:
        updated = _date(named, _RECORD_UPDATED_FIELDS, language)
    return Draft(
        lines=(),
        title=_heading(_first(named, _TITLE_FIELDS), publisher),
        url=url,
        author=_author(_first(named, _AUTHOR_FIELDS)),
        publisher=publisher,
        published=_date(named, _PUBLISHED_FIELDS, language),
        updated=updated,
        fetched=fetched,
    )


def _merged(stated: Draft, page: Draft) -> Draft:
    """Takes the text of a page, and what the row around it states before what the page does."""
    return replace(
        page,
        title=stated.title or page.title,
        author=stated.author or page.author,
        publisher=stated.publisher or page.publisher,
        published=stated.published or page.published,
        updated=stated.updated or page.updated,
        fetched=stated.fetched,
    )


def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields by normalized name; those of inner objects where there is no other."""
    named = {field_name(str(name)): value for name, value in reversed(list(fields.items()))}
    for name, value in list(named.items()):
        inner = value[0] if isinstance(value, list) and len(value) == 1 else value
        if name in _INNER and isinstance(inner, dict):
            for key, item in _named(inner).items():
                is_number = key in _AUTHOR_FIELDS and str(named.get(key)).isdigit()
                named[key] = item if is_number else named.get(key, item)
    # Feed readers give the whole text as a summary with a content.
    summary = named.get("summary")
    if isinstance(summary, dict) and "content" in summary:
        named.setdefault("content", summary)
    return named


def _first(named: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Returns the first of the fields that states anything."""
    return next(_all(named, names), None)


def _all(named: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        value = named.get(name)
        text = _whole_text(value) if name in TEXT_FIELDS else _name_in(value)
        if text.strip().lower() not in _NOT_STATED:
            yield text


def _name_in(value: object) -> str:
    """Reads a name, an object with one, or a list of them."""
    if isinstance(value, Mapping):
        return next(
            (part for name in _PARTS_OF_NAME if isinstance(part := value.get(name), str)), ""
        )
    if isinstance(value, list):
        return ", ".join(name for item in value if (name := _name_in(item)).strip())
    return "" if value is None or isinstance(value, bool) else str(value)


def _whole_text(value: object) -> str:
    """Reads a text, an object with one, or a list of paragraphs; a list of articles is none."""
    if isinstance(value, Mapping):
        if "sections" in value:
            return _sections(value)
        return next(
            (part for name in _PARTS_OF_TEXT if isinstance(part := value.get(name), str)), ""
        )
    if isinstance(value, list):
        if any(isinstance(item, dict) and _is_article(item) for item in value):
            return ""
        return "\n".join(text for item in value if (text := _whole_text(item)).strip())
    return "" if value is None or isinstance(value, bool) else str(value)


def _is_article(fields: Mapping[str, Any]) -> bool:
    named = _named(fields)
    return any(name in named for name in _TITLE_FIELDS) and any(
        name in named for name in TEXT_FIELDS
    )


def _sections(body: Mapping[str, Any]) -> str:
    """Reads the body of a fundus article: a summary, and sections of headline and paragraphs."""
    lines: list[str] = []
    for section in body.get("sections") or ():
        for name in ("headline", "paragraphs"):
            part = section.get(name) if isinstance(section, Mapping) else None
            lines += [part] if isinstance(part, str) else [str(item) for item in part or ()]
    return "\n\n".join(lines)


def _date(
    named: Mapping[str, Any], names: Sequence[str], language: str | None
) -> PartialDate | None:
    values = (named.get(name) for name in names)
    plain = (value.get("$date") if isinstance(value, dict) else value for value in values)
    dates = (parse_date(value, language=language) for value in plain)
    return next((date for date in dates if date is not None), None)


def _heading(text: str | None, publisher: str | None) -> str | None:
    if text is None:
        return None
    if looks_like_markup(text):
        title = " ".join(line.text for line in read_fragment(text))
    else:
        title = one_line(html.unescape(text))
    return without_site(title, [publisher] if publisher else [], []) or None


def _author(text: str | None) -> str | None:
    if text is None or text.strip().isdigit() or web_address(text):
        return None
    listed = _LISTED.fullmatch(text)
    names = ", ".join(_LIST_MARK.split(listed["items"])) if listed else text
    names = _WIKI_LINK.sub(r"\1", one_line(html.unescape(names))).replace("; ", ", ")
    return _BY.sub("", names, count=1) or None


def _publisher(text: str | None) -> str | None:
    if text is None:
        return None
    name = one_line(html.unescape(text))
    if re.match(r"https?://", name):
        return host_of(web_address(name))
    return re.sub(r"^www\.(?=\S+$)", "", name) or None


def _lines(text: str) -> tuple[Line, ...]:
    if not looks_like_markup(text) and _ESCAPED_TAG.search(text):
        text = html.unescape(text)
    if looks_like_markup(text):
        return read_fragment(text)
    return tuple(Line(paragraph) for paragraph in paragraphs(normalize(html.unescape(text))))
