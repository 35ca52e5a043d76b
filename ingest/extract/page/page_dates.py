"""Finds the dates of publication and update that a page states about its own article.

In order: JSON-LD and meta tags, elements marked as dates within the article's region, dates
written beside the headline, literals in scripts, and at last htmldate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.extract.dates import dates_in, parse_date
from ingest.extract.page.blocks import TextBlock
from ingest.extract.page.main_text import MainText
from ingest.extract.page.region import Region, is_aside
from ingest.extract.page.structured_data import Node
from ingest.extract.page.tree import drop
from rag.model import PartialDate, Precision

_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "article:published",
    "article.published",
    "datepublished",
    "date_published",
    "published_time",
    "publication_date",
    "publish_date",
    "publish-date",
    "publishdate",
    "published",
    "pubdate",
    "pub_date",
    "pdate",
    "parsely-pub-date",
    "sailthru.date",
    "article_date_original",
    "article.created",
    "cxenseparse:recs:publishtime",
    "citation_publication_date",
    "citation_date",
    "citation_online_date",
    "prism.publicationdate",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "dc.terms.date",
    "rnews:datepublished",
    "bt:pubdate",
    "dcsext.articlefirstpublished",
    "originalpublicationdate",
    "displaydate",
    "date",
    "datecreated",
    "date.created",
    "created",
    "timestamp",
)
_UPDATED_META = (
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "article:modified",
    "article.updated",
    "datemodified",
    "date_modified",
    "dateupdated",
    "lastmod",
    "lastmodified",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
    "sailthru.updated",
    "updated",
    "modified",
)
_MARKED = re.compile(
    r"publish|posted|pubdate|post-?date|entry-date|date-?line|timestamp|byline|(?:^|[\s_-])(?:date|time)"
    r"(?:$|[\s_-])|datetime|article.*date|date.*article|created",
    re.IGNORECASE,
)
_UPDATE = re.compile(r"updat|modif|revis|edited", re.IGNORECASE)
_PUBLISH = re.compile(r"publi|posted|created|issued", re.IGNORECASE)
_UPDATE_WORDS = re.compile(
    r"updated?|modified|revised|edited|aktualisiert|ge[aä]ndert|mise? à jour|modifié|actualizad[oa]"
    r"|modificad[oa]|atualizad[oa]|aggiornat[oa]|bijgewerkt|uppdaterad|opdateret|oppdatert|обновлен"
    r"|更新|수정",
    re.IGNORECASE,
)
_LITERAL = re.compile(
    r"""["']?(?:datePublish(?:ed)?|publish(?:ed)?_?(?:Date|At|Time|On)|publication_?Date|pub_?Date"""
    r"""|first_?Published(?:_?Date|_?At)?|article_?date_?original)["']?\s*[:=]\s*\\?["']"""
    r"""(?P<date>\d{4}[^"'\\]{4,36})\\?["']""",
    re.IGNORECASE,
)
_LONGEST_LINE = 160
# Lines looked at before the headline, where some put the day, and after the text.
_BEFORE, _AFTER = 2, 4


class PageDates(NamedTuple):
    """When an article was published and updated.

    `is_local`: the day is surely the one that readers are shown; a time in UTC may have another.
    """

    published: PartialDate | None
    updated: PartialDate | None
    is_local: bool = True


_LAST_RANK = 3


class _Marked(NamedTuple):
    """The value of an element that is marked as a date."""

    value: str
    is_update: bool
    rank: int


def stated_dates(article: Node, page: Node, meta: Mapping[str, str]) -> PageDates:
    """Reads the dates of JSON-LD and meta tags."""
    published = (
        article.get("datePublished"),
        *(meta.get(name) for name in _PUBLISHED_META[:20]),
        page.get("datePublished"),
        *(meta.get(name) for name in _PUBLISHED_META[20:]),
        article.get("dateCreated"),
        article.get("uploadDate"),
    )
    updated = (
        article.get("dateModified"),
        *(meta.get(name) for name in _UPDATED_META),
        page.get("dateModified"),
    )
    value = next((item for item in published if parse_date(item) is not None), None)
    is_utc = isinstance(value, str) and value.rstrip().endswith(("Z", "+00:00", "+0000", "UTC"))
    return PageDates(parse_date(value), _first(updated), not is_utc)


def script_date(scripts: Iterable[str]) -> PartialDate | None:
    """Reads the date that literals in scripts call the publication's, if all are of one day."""
    found = [
        date
        for script in scripts
        if "ublish" in script or ("ub" in script and "ate" in script)
        for literal in _LITERAL.finditer(script)
        if (date := parse_date(literal["date"])) is not None
    ]
    return found[0] if len({str(date)[:10] for date in found}) == 1 else None


def shown_dates(region: Region, main: MainText, language: str | None) -> PageDates:
    """Reads the dates that the article's region shows, marked as dates or beside the headline."""
    marked = sorted(_marked(region, main.article), key=lambda item: item.rank)
    in_head = [item for item in marked if item.rank <= _LAST_RANK]
    published = _first((item.value for item in in_head if not item.is_update), language)
    updated = _first((item.value for item in marked if item.is_update), language)
    if published is not None:
        return PageDates(published, updated)
    written = _written(region, main, language)
    below = _first((item.value for item in marked if not item.is_update), language)
    return PageDates(
        written.published or below, updated or written.updated, written.published is not None
    )


def local_day(stated: PageDates, shown: PageDates) -> PartialDate | None:
    """Chooses the stated date, but the day that the head shows readers, if UTC has another one."""
    date, day = stated.published, shown.published
    if date is None or day is None or stated.is_local or not shown.is_local:
        return date or day
    apart = date.start.replace(hour=0, minute=0, second=0) - day.start
    is_other_day = day.precision is Precision.DAY and abs(apart) == timedelta(days=1)
    return day if is_other_day else date


def _first(values: Iterable[object], language: str | None = None) -> PartialDate | None:
    return next((date for value in values if (date := _date(value, language)) is not None), None)


def _date(value: object, language: str | None) -> PartialDate | None:
    date = parse_date(value, language=language)
    if date is None and isinstance(value, str) and len(value) <= _LONGEST_LINE:
        date = next((found.date for found in dates_in(value, language=language)), None)
    return date


def _marked(region: Region, blocks: Sequence[TextBlock]) -> Iterator[_Marked]:
    """Yields the values of elements marked as dates; rank 0 is the most certain."""
    first = blocks[0].element if blocks else None
    is_above = True
    for node in region.root.iter("*"):
        is_above = is_above and node is not first
        found = _marked_value(node)
        if found is None or is_aside(node, region):
            continue
        # Below its head, an article shows dates of other things.
        yield found if is_above or found.rank == 0 else found._replace(rank=found.rank + _LAST_RANK)


def _marked_value(node: HtmlElement) -> _Marked | None:
    """Reads a <time>, an itemprop or an element whose class calls it a date."""
    property_ = (node.get("itemprop") or "").lower()
    names = f"{node.get('class') or ''} {property_} {node.get('id') or ''}"
    is_time = node.tag == "time"
    if not is_time and "date" not in property_ and not _MARKED.search(names):
        return None
    text = node.text_content().strip()
    stated = node.get("datetime") or (node.get("content") if property_ else None)
    value = stated or (node.get("title") if node.tag == "abbr" else None) or text
    if not value or len(value) > _LONGEST_LINE:
        return None
    parent = node.getparent()
    around = f"{names} {'' if parent is None else parent.get('class') or ''}"
    is_update = bool(_UPDATE.search(around)) and not _PUBLISH.search(names)
    if "datepublished" in property_ or node.get("pubdate") is not None:
        return _Marked(value, is_update=False, rank=0)
    rank = 1 if is_time and _MARKED.search(around) else 2 if is_time else _LAST_RANK
    return _Marked(value, is_update or bool(_UPDATE_WORDS.match(text)), rank)


def _written(region: Region, main: MainText, language: str | None) -> PageDates:
    """Reads dates written in short lines beside the headline, else right after the text."""
    every = main.blocks
    first, last = (main.chosen[0], main.chosen[-1]) if main.chosen else (0, 0)
    head = next(
        (
            index
            for index, block in enumerate(every[: first + 1])
            if region.headline is not None
            and region.headline in (block.element, *block.element.iterancestors())
        ),
        first,
    )
    order = [
        *range(head, min(first + 2, len(every))),
        *range(max(0, head - _BEFORE), head),
        *range(last + 1, min(last + 1 + _AFTER, len(every))),
    ]
    published = updated = None
    for index in order:
        text = every[index].text[:_LONGEST_LINE]
        is_long = len(every[index].text) > _LONGEST_LINE and index <= last
        if is_long or is_aside(every[index].element, region):
            continue
        for found in dates_in(text, language=language):
            around = (
                f"{text[: found.start].rsplit('|')[-1][-40:]} {text[found.end :].split('|')[0]}"
            )
            if _UPDATE_WORDS.search(around) and not _PUBLISH.search(around):
                updated = updated or found.date
            else:
                published = published or found.date
    return PageDates(published, updated)


def date_of_last_resort(
    tree: HtmlElement, region: Region, language: str | None
) -> PartialDate | None:
    """Asks htmldate, after removing all that is aside; keeps only a day that the page has written.

    Changes the tree.
    """
    import htmldate

    for node in list(tree.iter("*")):
        if node not in region.around and node.tag != "html" and is_aside(node, region):
            drop(node)
    found = parse_date(htmldate.find_date(tree, original_date=True))
    if found is None:
        return None
    written = (date for text in _texts(tree) for date in dates_in(text, language=language))
    return found if any(str(date.date)[:10] == str(found)[:10] for date in written) else None


def _texts(tree: HtmlElement) -> Iterator[str]:
    """Yields the texts and stated values of a page, but no addresses."""
    yield " ".join(tree.text_content().split())
    for node in tree.iter("*"):
        for name in ("datetime", "content", "title", "value"):
            value = node.get(name) or ""
            if value and "/" not in value[:9]:
                yield value
