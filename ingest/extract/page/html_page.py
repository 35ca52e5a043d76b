"""Reads an HTML page as an article: its text, and what it states about itself."""

from __future__ import annotations

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.extract.addresses import web_address
from ingest.extract.draft import Draft, Line
from ingest.extract.page.fragment import lines_from
from ingest.extract.page.main_text import MainText, find_main_text, with_standfirst
from ingest.extract.page.metadata import (
    address_of,
    authors_of,
    headlines,
    read_meta,
    read_titles,
    site_names,
    standfirst_of,
)
from ingest.extract.page.not_article import why_not_article
from ingest.extract.page.page_dates import (
    date_of_last_resort,
    local_day,
    script_date,
    shown_dates,
    stated_dates,
)
from ingest.extract.page.region import Region, article_region, is_aside
from ingest.extract.page.structured_data import read_structured_data
from ingest.extract.page.tree import parse, remove_unseen
from ingest.sources.encoding import decode
from rag.errors import SourceError

_LARGEST = 16 * 2**20
_SHORT_PAGE = 250


def read_page(data: bytes, *, url: str | None = None, language: str | None = None) -> Draft:
    """Reads the bytes of an HTML page.

    :param language: its language, where the page itself does not name the right one.
    :raises SourceError: if it is binary, too large, or holds no text.
    """
    if len(data) > _LARGEST:
        raise SourceError(f"is an HTML page of more than {_LARGEST // 2**20} MiB")
    tree = parse(decode(data, is_page=True))
    language = language or tree.get("lang") or tree.get("xml:lang")
    meta = read_meta(tree)
    structured = read_structured_data(tree)
    url = web_address(url) or address_of(tree, meta, structured)
    addresses = [url] if url else []
    titles = read_titles(tree, meta)
    article = structured.article(addresses, titles.all)
    sites = site_names(meta, structured, article, url)
    wordings = headlines(titles, article, sites)
    scripts = [text for node in tree.iter("script") if (text := node.text)]
    remove_unseen(tree)
    standfirst = standfirst_of(meta, article)
    main = with_standfirst(find_main_text(tree), standfirst)
    blocks = main.article
    region = article_region(tree, blocks, wordings)
    stated = stated_dates(article, structured.page(addresses, titles.all), meta)
    shown = stated
    if stated.published is None or stated.updated is None or not stated.is_local:
        shown = shown_dates(region, main, language)
    published = local_day(stated, shown) or script_date(scripts)
    lines = _lines(tree, main)
    if not lines:
        raise SourceError("is an HTML page with no text of an article")
    is_stated = bool(article) or "article" in meta.get("og:type", "").lower()
    reason = why_not_article(lines, main, titles=titles.all, url=url, is_stated=is_stated)
    if reason is not None:
        raise SourceError(f"is not an article but {reason}")
    return Draft(
        lines=lines,
        title=next(iter(wordings), None),
        headlines=tuple(wordings[1:]),
        standfirst=standfirst,
        url=url,
        author=authors_of(meta, structured, article, region, blocks),
        publisher=sites[0] if sites else None,
        published=published or date_of_last_resort(tree, region, language),
        updated=stated.updated or shown.updated,
    )


def _lines(tree: HtmlElement, main: MainText) -> tuple[Line, ...]:
    """Returns the chosen blocks; of a very short page, all that is not aside or linked."""
    lines = lines_from(main.article)
    if sum(len(line.text) for line in lines) >= _SHORT_PAGE:
        return lines
    body = tree.find("body")
    region = Region(tree, frozenset((tree, body)), None)
    return lines or lines_from(
        block
        for block in main.blocks
        if not block.is_linked and not is_aside(block.element, region)
    )
