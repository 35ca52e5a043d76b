"""Reads an HTML page as an article: its text, and what it states about itself."""

from __future__ import annotations

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.extract.addresses import web_address
from ingest.extract.draft import Draft, Line
from ingest.extract.page.blocks import TextBlock
from ingest.extract.page.fragment import lines_of
from ingest.extract.page.main_text import main_blocks
from ingest.extract.page.metadata import (
    address_of,
    authors_of,
    headlines,
    read_meta,
    site_names,
    standfirst_of,
)
from ingest.extract.page.page_dates import local_day, script_date, shown_dates, stated_dates
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
    in_script = script_date(tree)
    url = web_address(url) or address_of(tree, meta, structured)
    addresses = [url] if url else []
    titles = headlines(tree, meta, {}, [])
    article = structured.article(addresses, titles)
    sites = site_names(meta, structured, article, url)
    titles = headlines(tree, meta, article, sites)
    remove_unseen(tree)
    blocks = main_blocks(tree)
    region = article_region(tree, blocks, titles)
    stated = stated_dates(article, structured.page(addresses, titles), meta)
    shown = shown_dates(region, blocks, language)
    published = local_day(stated.published, shown) or in_script
    lines = _lines(tree, blocks)
    if not lines:
        raise SourceError("is an HTML page with no text of an article")
    return Draft(
        lines=lines,
        title=titles[0] if titles else None,
        headlines=tuple(titles[1:]),
        standfirst=standfirst_of(meta, article),
        url=url,
        author=authors_of(meta, structured, article, region, blocks),
        publisher=sites[0] if sites else None,
        published=published,
        updated=stated.updated or shown.updated,
    )


def _lines(tree: HtmlElement, blocks: list[TextBlock]) -> tuple[Line, ...]:
    """Returns the chosen blocks; of a very short page, all outside navigation."""
    lines = tuple(Line(block.text, block.kind) for block in blocks)
    if sum(len(line.text) for line in lines) < _SHORT_PAGE:
        bodies = tree.xpath("//article") or tree.xpath("//main") or tree.xpath("//body") or [tree]
        return lines_of(bodies[0]) or lines
    return lines
