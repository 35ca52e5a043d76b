"""Reads an HTML page: trafilatura finds the text, structured data states title, author and dates.

A date counts only where the page states it as one (JSON-LD, meta, itemprop, <time>).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.clean.characters import one_line
from ingest.extract.addresses import host_of
from ingest.extract.dates import parse_date
from ingest.extract.draft import Draft, Line
from ingest.extract.page.fragment import lines_of
from ingest.extract.page.main_text import main_blocks
from ingest.extract.page.tree import parse, remove_unseen
from ingest.sources.encoding import decode
from rag.errors import SourceError
from rag.model import BlockKind, PartialDate

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped]

_LARGEST = 16 * 2**20
_SHORT_PAGE = 250
_ARTICLE_TYPE = re.compile(r"\w*(?:Article|BlogPosting|Report)\b")
_PUBLISHED_META = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.created",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "date.created",
)
_UPDATED_META = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "article.updated",
)
_SITE_META = ("og:site_name", "application-name", "dc.publisher", "citation_publisher")
_AUTHOR_META = (
    "author",
    "article:author",
    "dc.creator",
    "parsely-author",
    "sailthru.author",
    "byl",
)
_TITLE_META = ("og:title", "twitter:title", "dc.title")
_SUMMARY_META = ("og:description", "description", "twitter:description")
_DATE_CLASS = re.compile(
    r"publish|posted|entry-date|dateline|timestamp|pubdate|article.*date", re.IGNORECASE
)
_UPDATE_CLASS = re.compile(r"updat|modif", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Page:
    """A parsed page: `meta` by lower-case name, `article` the fields of its JSON-LD."""

    tree: HtmlElement
    meta: Mapping[str, str]
    article: Mapping[str, Any]


def read_page(data: bytes) -> Draft:
    """Reads the bytes of an HTML page.

    :raises SourceError: if it is binary, too large, or holds no text.
    """
    if len(data) > _LARGEST:
        raise SourceError(f"is an HTML page of more than {_LARGEST // 2**20} MiB")
    tree = parse(decode(data))
    page = _Page(tree, dict(_metas(tree)), _article_of(tree))
    url = _url(page)
    headlines = _headlines(page)
    published, updated = _published(page), _updated(page)
    lines = _lines(page)
    if not lines:
        raise SourceError("is an HTML page with no text of an article")
    return Draft(
        lines=lines,
        title=headlines[0] if headlines else None,
        headlines=headlines[1:],
        standfirst=_stated(page.article.get("description")) or _meta(page, _SUMMARY_META),
        url=url,
        author=_author(page),
        publisher=_stated(page.article.get("publisher")) or _meta(page, _SITE_META) or host_of(url),
        published=published,
        updated=updated,
    )


def _metas(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yields names and contents; of several with one name the first counts, so it comes last."""
    for node in reversed(tree.xpath("//meta[@content] | //*[@itemprop][@content or @datetime]")):
        name = node.get("property") or node.get("name") or node.get("itemprop")
        content = one_line(node.get("content") or node.get("datetime") or "")
        if name and content:
            yield name.lower(), content


def _article_of(tree: HtmlElement) -> Mapping[str, Any]:
    for node in tree.xpath('//script[@type="application/ld+json"]'):
        try:
            found = json.loads(node.text_content(), strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _objects(found):
            types = item.get("@type")
            if any(
                isinstance(kind, str) and _ARTICLE_TYPE.match(kind)
                for kind in (types if isinstance(types, list) else [types])
            ):
                return item
    return {}


def _objects(value: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if depth > 5:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(name), depth + 1)


def _stated(value: object) -> str | None:
    """Reads a name or text of JSON-LD, which may stand in an object or a list of them."""
    if isinstance(value, list):
        return (
            ", ".join(dict.fromkeys(name for item in value[:20] if (name := _stated(item)))) or None
        )
    if isinstance(value, dict):
        return _stated(value.get("name"))
    import html

    return one_line(html.unescape(value)) or None if isinstance(value, str) else None


def _meta(page: _Page, names: Iterable[str]) -> str | None:
    return next((page.meta[name] for name in names if name in page.meta), None)


def _headlines(page: _Page) -> tuple[str, ...]:
    """Lists the page's headlines, best first: JSON-LD, its only <h1>, og:title, <title>."""
    tops = [text for node in page.tree.xpath("//h1") if (text := one_line(node.text_content()))]
    titles = [one_line(node.text_content()) for node in page.tree.xpath("//head/title")]
    found = (
        _stated(page.article.get("headline")),
        *(tops if len(tops) == 1 else ()),
        _meta(page, _TITLE_META),
        *titles,
        *tops,
    )
    return tuple(dict.fromkeys(text for text in found if text))


def _author(page: _Page) -> str | None:
    author = _stated(page.article.get("author")) or _meta(page, _AUTHOR_META)
    if author is None or author.lower().startswith(("http", "@")):
        return None
    return re.sub(r"^[Bb]y\s+", "", author)


def _url(page: _Page) -> str | None:
    canonical = page.tree.xpath('//link[@rel="canonical"]/@href')
    main = page.article.get("mainEntityOfPage")
    found = (
        *canonical,
        page.meta.get("og:url"),
        page.article.get("url"),
        main,
        main.get("@id") if isinstance(main, dict) else None,
    )
    return next(
        (
            url.strip()
            for url in found
            if isinstance(url, str) and re.match(r"\s*https?://[^\s/]+", url)
        ),
        None,
    )


def _published(page: _Page) -> PartialDate | None:
    stated = (page.article.get("datePublished"), *(page.meta.get(name) for name in _PUBLISHED_META))
    return _first_date(stated) or _first_date(_times(page.tree, updated=False))


def _updated(page: _Page) -> PartialDate | None:
    stated = (page.article.get("dateModified"), *(page.meta.get(name) for name in _UPDATED_META))
    return _first_date(stated) or _first_date(_times(page.tree, updated=True))


def _first_date(values: Iterable[object]) -> PartialDate | None:
    return next((date for value in values if (date := parse_date(value)) is not None), None)


def _times(tree: HtmlElement, *, updated: bool) -> Iterator[str]:
    """Yields <time> elements in the article's header or named as its dates."""
    for node in tree.xpath("//time"):
        marks = " ".join(
            value
            for part in (node, node.getparent())
            if part is not None
            for value in (part.get("class"), part.get("itemprop"), part.get("id"))
            if value
        )
        is_update = _UPDATE_CLASS.search(marks) is not None
        in_header = bool(node.xpath("ancestor::header[ancestor::article] | self::time[@pubdate]"))
        if is_update == updated and (
            is_update or in_header or node.get("pubdate") is not None or _DATE_CLASS.search(marks)
        ):
            yield node.get("datetime") or one_line(node.text_content())


def _lines(page: _Page) -> tuple[Line, ...]:
    tree = page.tree
    remove_unseen(tree)
    lines = tuple(Line(block.text, block.kind) for block in main_blocks(tree))
    if sum(len(line.text) for line in lines) < _SHORT_PAGE:
        lines = _outside_navigation(tree) or lines
    return _with_captions(tree, lines)


def _outside_navigation(tree: HtmlElement) -> tuple[Line, ...]:
    bodies = tree.xpath("//article") or tree.xpath("//main") or tree.xpath("//body") or [tree]
    return lines_of(bodies[0])


def _with_captions(tree: HtmlElement, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    captions = {one_line(node.text_content()) for node in tree.xpath("//figcaption")}
    return tuple(
        line._replace(kind=BlockKind.CAPTION) if line.text in captions else line for line in lines
    )
