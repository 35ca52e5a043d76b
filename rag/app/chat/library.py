"""Finds, sorts, pages and counts the articles of an archive, and writes them as HTML.

Works on listings (`Snapshot.listing()`). Every word of an article is cleaned and escaped.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from rag.app.chat.sources import NEW_TAB
from rag.app.terminal import number
from rag.errors import BylineError
from rag.model import PartialDate, Precision
from rag.render import clean, human_date, web_link
from rag.store.database import Listing

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]

_PAGE_SIZE = 50
_MOST_CHARS = 200

HEAD_LOADING = '<header class="by-head"><h1>Byline</h1><p>…</p></header>'


def head_html(listing: Sequence[Listing], *, warmed: bool, failed: BylineError | None) -> str:
    """Writes the head of the page: what the archive holds, and whether it can be asked."""
    publishers = {item.publisher for item in listing if item.publisher}
    counts = f"{number(len(listing), 'article')} · {number(len(publishers), 'publisher')}"
    state, words = ("by-ready", "ready") if warmed else ("by-warming", "loading the model …")
    if failed is not None:
        state, words = "by-failed", html.escape(clean(f"{failed.message} {failed.hint}".strip()))
    elif warmed and not listing:
        words = "the archive is empty: add articles on the next tab"
    return (
        f'<header class="by-head"><h1>Byline</h1><p>{counts}</p>'
        f'<p class="by-state {state}" role="status"><span aria-hidden="true"></span>{words}</p>'
        "</header>"
    )


# ---------------------------------------------------------------- find


class Order(StrEnum):
    """How articles are sorted. Those without a date or publisher come last."""

    NEWEST = "Newest first"
    OLDEST = "Oldest first"
    PUBLISHER = "Publisher"
    TITLE = "Title"


def find(
    listing: Iterable[Listing], *, text: str = "", publisher: str | None = None, order: Order
) -> list[Listing]:
    """Returns the articles of that publisher that have every word of `text`, sorted.

    Words are looked for in title, source and publisher; case does not matter.
    """
    words = text.casefold().split()
    name = publisher.casefold() if publisher else None
    found = []
    for item in listing:
        own = (item.publisher or "").casefold()
        searched = f"{item.title}\n{item.source}\n".casefold() + own
        if name in (None, own) and all(word in searched for word in words):
            found.append(item)
    found.sort(key=lambda item: (item.title.casefold(), item.source))
    match order:
        case Order.NEWEST | Order.OLDEST:
            sign = -1 if order is Order.NEWEST else 1
            dated = [item for item in found if item.published is not None]
            undated = [item for item in found if item.published is None]
            dated.sort(key=lambda item: sign * _start(item))
            return dated + undated
        case Order.PUBLISHER:
            found.sort(key=lambda item: (not item.publisher, (item.publisher or "").casefold()))
    return found


def _start(item: Listing) -> float:
    return item.published.start.timestamp() if item.published else 0.0


class ListPage(NamedTuple):
    """A page of a list of `total` articles, of which `before` stand on the pages before it."""

    items: Sequence[Listing]
    before: int
    total: int


def page(items: Sequence[Listing], number: int, *, size: int = _PAGE_SIZE) -> ListPage:
    """Returns page `number`, from 1, or the nearest there is; an empty list has one empty page."""
    last = max(0, len(items) - 1) // size
    before = min(max(0, number - 1), last) * size
    return ListPage(items[before : before + size], before, len(items))


def choices(items: Iterable[Listing]) -> list[tuple[str, str]]:
    """Returns a label (plain text) and the id of each article, for a dropdown."""
    labelled = []
    for item in items:
        facts = [item.publisher and _short(item.publisher), human_date(item.published)]
        labelled.append((f"{_title(item)} ({', '.join(filter(None, facts))})", item.article_id))
    return labelled


def _title(item: Listing) -> str:
    return _short(item.title) or _short(item.source)


def _short(text: str) -> str:
    # A megabyte of title is cut before it is cleaned.
    text = clean(text[: 4 * _MOST_CHARS]).strip()
    return text if len(text) <= _MOST_CHARS else text[: _MOST_CHARS - 1].rstrip() + "…"


# ---------------------------------------------------------------- the table


def rows_html(shown: ListPage) -> str:
    """Writes the page as a table; each row has its article's id as `data-article-id`."""
    if not shown.items:
        return '<p class="by-empty">No article matches.</p>'
    last = shown.before + len(shown.items)
    caption = f"Articles {shown.before + 1:,} to {last:,} of {shown.total:,}"
    names = ("Title", "Publisher", "Published", "Source", "Passages")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        f'<table class="by-articles"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(map(_row, shown.items))}</tbody></table>"
    )


def _row(item: Listing) -> str:
    title, link = html.escape(_title(item)), web_link(item.url)
    if link is not None:
        title = f'<a href="{html.escape(link)}" {NEW_TAB}>{title}</a>'
    if item.versions > 1:
        title += f" <small>{number(item.versions, 'version')}</small>"
    date = human_date(item.published)
    if item.published is not None:
        date = f'<time datetime="{item.published}">{date}</time>'
    return (
        f'<tr data-article-id="{html.escape(item.article_id)}">'
        f'<th scope="row" dir="auto">{title}</th>'
        f'<td dir="auto">{html.escape(_short(item.publisher or ""))}</td><td>{date}</td>'
        f'<td dir="auto"><span class="by-source">{html.escape(_short(item.source))}</span></td>'
        f'<td class="by-count">{item.chunks:,}</td></tr>'
    )


# ---------------------------------------------------------------- counts


def counts_html(listing: Sequence[Listing]) -> str:
    """Writes how many articles and publishers there are, and from when to when."""
    if not listing:
        return '<p class="by-empty">The archive holds no articles yet.</p>'
    publishers = {item.publisher.casefold() for item in listing if item.publisher}
    dates = [item.published for item in listing if item.published is not None]
    facts = {
        "Articles": f"{len(listing):,}",
        "Publishers": f"{len(publishers):,}",
        "Published": _period(dates),
    }
    if len(dates) < len(listing):
        facts["Without a known date"] = f"{len(listing) - len(dates):,}"
    items = "".join(f"<div><dt>{name}</dt><dd>{fact}</dd></div>" for name, fact in facts.items())
    return f'<dl class="by-counts">{items}</dl>'


def _period(dates: Sequence[PartialDate]) -> str:
    if not dates:
        return human_date(None)
    ends = min(dates, key=lambda date: date.start), max(dates, key=lambda date: date.last)
    days = (
        PartialDate(date.start, Precision.DAY) if date.precision is Precision.SECOND else date
        for date in ends
    )
    return " to ".join(dict.fromkeys(map(human_date, days)))


_MOST_BARS = 60
# The share of dates that must be exact enough for a bar; the others are left out.
_KNOWN_SHARE = 0.9


def over_time(listing: Iterable[Listing]) -> DataFrame:
    """Counts the articles of each day, month or year, for a bar plot; undated ones are left out.

    The shortest of the three that makes at most 60 bars and is known of 90% of the dates is taken.

    :return: columns "Published" (such as 2024-10) and "Articles".
    """
    import pandas as pd

    dates = [str(item.published) for item in listing if item.published is not None]
    for frequency, length in (("D", 10), ("M", 7), ("Y", 4)):
        counts = Counter(date[:length] for date in dates if len(date) >= length)
        if counts and counts.total() >= _KNOWN_SHARE * len(dates):
            periods = pd.period_range(min(counts), max(counts), freq=frequency)
            if len(periods) <= _MOST_BARS:
                bars = list(periods.astype(str))
                break
    else:
        bars = sorted(counts)  # only the years that have articles
    return pd.DataFrame({"Published": bars, "Articles": [counts[bar] for bar in bars]})
