"""Reads an HTML page as an article: its text, and what it states about itself."""

from __future__ import annotations

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.extract.addresses import web_address
from ingest.extract.draft import Draft, Line
from ingest.extract.page.blocks import TextBlock
from ingest.extract.page.fragment import lines_from, lines_of
from ingest.extract.page.main_text import find_main_text
from ingest.extract.page.metadata import (
    address_of,
    authors_of,
    headlines,
    read_meta,
    read_titles,
    site_names,
    standfirst_of,
)
from ingest.extract.page.page_dates import (
    date_of_last_resort,
    local_day,
    script_date,
    shown_dates,
    stated_dates,
)
from ingest.extract.page.region import article_region
from ingest.extract.page.structured_data import read_structured_data
from ingest.extract.page.tree import parse, remove_unseen
from ingest.sources.encoding import decode
from rag.errors import SourceError

_LARGEST = 16 * 2**20
_SHORT_PAGE = 250


def read_page(data: bytes, *, url: str | None = None) -> Draft:
    """Reads the bytes of an HTML page.

    :raises SourceError: if it is binary, too large, or holds no text.
    """
    if len(data) > _LARGEST:
        raise SourceError(f"is an HTML page of more than {_LARGEST // 2**20} MiB")
    tree = parse(decode(data))
    language = tree.get("lang") or None
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
    main = find_main_text(tree)
    blocks = main.article
    region = article_region(tree, blocks, wordings)
    stated = stated_dates(article, structured.page(addresses, titles.all), meta)
    shown = stated
    if stated.published is None or stated.updated is None or not stated.is_local:
        shown = shown_dates(region, main, language)
    published = local_day(stated, shown) or script_date(scripts)
    lines = _lines(tree, blocks)
    if not lines:
        raise SourceError("is an HTML page with no text of an article")
    return Draft(
        lines=lines,
        title=next(iter(wordings), None),
        headlines=tuple(wordings[1:]),
        standfirst=standfirst_of(meta, article),
        url=url,
        author=authors_of(meta, structured, article, region, blocks),
        publisher=sites[0] if sites else None,
        published=published or date_of_last_resort(tree, region, language),
        updated=stated.updated or shown.updated,
    )


def _lines(tree: HtmlElement, blocks: list[TextBlock]) -> tuple[Line, ...]:
    """Returns the chosen blocks; of a very short page, all outside navigation."""
    lines = lines_from(blocks)
    if sum(len(line.text) for line in lines) < _SHORT_PAGE:
        bodies = tree.xpath("//article") or tree.xpath("//main") or tree.xpath("//body") or [tree]
        return lines_of(bodies[0]) or lines
    return lines
