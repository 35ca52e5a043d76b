"""The articles of an archive for people to look through: found, sorted, in pages, counted, and over time.

In go listings (`Snapshot.listing()`); out come listings, plain values and HTML fragments in which every word of an article is cleaned and
escaped. Pure functions over one listing: reads no archive and no text of an article, knows no page they are shown on.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from rag.app.render import clean, human_date, web_link
from rag.app.terminal import number
from rag.model import PartialDate, Precision
from rag.store.database import Listing

_PAGE_SIZE = 50
_MOST_CHARS = 200
_EMPTY = '<p class="by-empty">The archive holds no articles yet.</p>'

# ---------------------------------------------------------------- find


class Order(StrEnum):
    """In which order articles stand. What an article does not have (a date, a publisher) comes last in each."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PUBLISHER = "publisher"
    TITLE = "title"


class Page(NamedTuple):
    """Page `number` of `pages`, both from 1, of a list of `total` articles, of which `before` stand on the pages before."""

    items: tuple[Listing, ...]
    number: int
    pages: int
    total: int
    before: int


def find(
    listing: Iterable[Listing], *, text: str, publisher: str | None, order: Order
) -> list[Listing]:
    """The articles whose title, source and publisher hold every word of `text`, of that publisher if there is one, sorted.

    Upper and lower case are the same, as they are for the publisher filter of a question.
    """
    words = text.casefold().split()
    name = publisher.casefold() if publisher else None
    found = (
        item
        for item in listing
        if name is None or (item.publisher is not None and item.publisher.casefold() == name)
    )
    return _sorted([item for item in found if _holds(item, words)], order)


def _holds(item: Listing, words: Sequence[str]) -> bool:
    if not words:
        return True
    told = f"{item.title}\n{item.source}\n{item.publisher or ''}".casefold()
    return all(word in told for word in words)


def _sorted(items: list[Listing], order: Order) -> list[Listing]:
    items.sort(key=_title_key)
    match order:
        case Order.NEWEST | Order.OLDEST:
            return sorted(items, key=_date_key(newest=order is Order.NEWEST))
        case Order.PUBLISHER:
            return sorted(
                items, key=lambda item: (item.publisher is None, (item.publisher or "").casefold())
            )
        case Order.TITLE:
            return items


def _title_key(item: Listing) -> tuple[str, str]:
    return item.title.casefold(), item.source


def _date_key(*, newest: bool) -> Callable[[Listing], tuple[bool, float]]:
    sign = -1 if newest else 1
    return lambda item: (
        item.published is None,
        0 if item.published is None else sign * item.published.start.timestamp(),
    )


def page(items: Sequence[Listing], number: int, *, size: int = _PAGE_SIZE) -> Page:
    """Page `number`, from 1, or the nearest there is; an empty list has one empty page.

    :raises ValueError: if `size` is below 1.
    """
    if size < 1:
        raise ValueError(f"a page holds at least one article, not {size}")
    pages = max(1, -(-len(items) // size))
    chosen = min(max(1, number), pages)
    before = (chosen - 1) * size
    return Page(tuple(items[before : before + size]), chosen, pages, len(items), before)


class Choice(NamedTuple):
    """An article to choose: what people read, and its id."""

    label: str
    article_id: str


def choices(items: Iterable[Listing]) -> list[Choice]:
    """The articles as choices, in their order; the labels are plain text."""
    return [Choice(_label(item), item.article_id) for item in items]


def _label(item: Listing) -> str:
    facts = (item.publisher and _short(item.publisher), human_date(item.published))
    return f"{_title(item)} ({', '.join(fact for fact in facts if fact)})"


def _title(item: Listing) -> str:
    """The title; an article without one goes by its source."""
    return _short(item.title) or _short(item.source)


def _short(text: str) -> str:
    # A megabyte of title is cut before it is cleaned.
    text = clean(text[: 4 * _MOST_CHARS]).strip()
    return text if len(text) <= _MOST_CHARS else text[: _MOST_CHARS - 1].rstrip() + "…"


# ---------------------------------------------------------------- the table


def rows_html(shown: Page) -> str:
    """The page as a table; each row has its article's id as `data-article-id`."""
    if not shown.items:
        return '<p class="by-empty">No article fits.</p>'
    caption = (
        f"Articles {shown.before + 1:,} to {shown.before + len(shown.items):,} of {shown.total:,}"
    )
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Title", "Publisher", "Published", "Source", "Passages")
    )
    rows = "".join(map(_row, shown.items))
    return f'<table class="by-articles"><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _row(item: Listing) -> str:
    versions = f" <small>{number(item.versions, 'version')}</small>" if item.versions > 1 else ""
    publisher = _escaped(item.publisher or "")
    return (
        f'<tr data-article-id="{html.escape(item.article_id)}"><th scope="row" dir="auto">{_linked_title(item)}{versions}</th>'
        f'<td dir="auto">{publisher}</td><td>{_time(item.published)}</td>'
        f'<td dir="auto"><span class="by-source">{_escaped(item.source)}</span></td><td class="by-count">{item.chunks:,}</td></tr>'
    )


def _linked_title(item: Listing) -> str:
    title, link = html.escape(_title(item)), web_link(item.url)
    if link is None:
        return title
    return f'<a href="{html.escape(link)}" target="_blank" rel="noopener noreferrer nofollow">{title}</a>'


def _time(date: PartialDate | None) -> str:
    return (
        human_date(None) if date is None else f'<time datetime="{date}">{human_date(date)}</time>'
    )


def _escaped(text: str) -> str:
    return html.escape(_short(text))


# ---------------------------------------------------------------- counts


def counts_html(listing: Sequence[Listing]) -> str:
    """How many articles and publishers, from when to when, and how many without a known date."""
    if not listing:
        return _EMPTY
    publishers = {item.publisher.casefold() for item in listing if item.publisher}
    dates = [item.published for item in listing if item.published is not None]
    facts = {
        "Articles": f"{len(listing):,}",
        "Publishers": f"{len(publishers):,}",
        "Published": _span(dates),
    }
    if len(dates) < len(listing):
        facts["Without a known date"] = f"{len(listing) - len(dates):,}"
    told = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    return f'<dl class="by-counts">{told}</dl>'


def _span(dates: Sequence[PartialDate]) -> str:
    if not dates:
        return human_date(None)
    first, last = min(dates, key=lambda date: date.start), max(dates, key=lambda date: date.last)
    ends = dict.fromkeys(human_date(_without_time(date)) for date in (first, last))
    return " to ".join(ends)


def _without_time(date: PartialDate) -> PartialDate:
    return PartialDate(date.start, Precision.DAY) if date.precision is Precision.SECOND else date


# ---------------------------------------------------------------- over time

_MOST_BARS = 40
# Some dates are coarser than a bar. As long as they are few, they are counted beside the bars.
_MOST_COARSE = 0.1
_HEIGHT, _STEP, _BAR = 100, 10, 8
_EXACTNESS = list(Precision)


class _Unit(NamedTuple):
    """A length of time that a bar stands for: how exact a date it needs, which bar a date falls in, and what a bar is called."""

    name: str
    needs: Precision
    bar: Callable[[datetime], int]
    label: Callable[[int], str]


def _days(count: int, name: str, words: str = "") -> _Unit:
    def label(bar: int) -> str:
        # The first day of all is a Monday and has the ordinal 1.
        start = datetime.fromordinal(bar * count + 1).replace(tzinfo=UTC)
        return words + human_date(PartialDate(start, Precision.DAY))

    return _Unit(name, Precision.DAY, lambda day: (day.toordinal() - 1) // count, label)


def _months() -> _Unit:
    def label(bar: int) -> str:
        return human_date(
            PartialDate(datetime(bar // 12, bar % 12 + 1, 1, tzinfo=UTC), Precision.MONTH)
        )

    return _Unit("month", Precision.MONTH, lambda day: day.year * 12 + day.month - 1, label)


def _years(count: int) -> _Unit:
    def label(bar: int) -> str:
        first, last = bar * count, bar * count + count - 1
        return str(first) if count == 1 else f"{max(first, 1)}–{last}"

    return _Unit(
        "year" if count == 1 else f"{count} years",
        Precision.YEAR,
        lambda day: day.year // count,
        label,
    )


_UNITS = (
    _days(1, "day"),
    _days(7, "week", "week of "),
    _months(),
    *map(_years, (1, 5, 10, 50, 100, 500)),
)


def histogram_html(listing: Sequence[Listing]) -> str:
    """How many articles were published in each day, week, month, year or more years: the shortest of them that makes at most 40 bars.

    An SVG in which each bar says its dates and its count; articles without a date, or with one coarser than a bar, are counted below.
    """
    if not listing:
        return _EMPTY
    dates = [item.published for item in listing if item.published is not None]
    beside = (
        [f"{number(len(listing) - len(dates), 'article')} without a known date"]
        if len(dates) < len(listing)
        else []
    )
    if not dates:
        return _figure("", beside)
    unit = next(filter(lambda unit: _fits(unit, dates), _UNITS), _UNITS[-1])
    placed = _placed(unit, dates)
    if len(placed) < len(dates):
        beside.append(
            f"{number(len(dates) - len(placed), 'article')} whose date is known less exactly than to the {unit.name}"
        )
    return _figure(_bars(unit, Counter(unit.bar(date.start) for date in placed)), beside)


def _placed(unit: _Unit, dates: Sequence[PartialDate]) -> list[PartialDate]:
    least = _EXACTNESS.index(unit.needs)
    exact = {precision for precision in Precision if _EXACTNESS.index(precision) >= least}
    return [date for date in dates if date.precision in exact]


def _fits(unit: _Unit, dates: Sequence[PartialDate]) -> bool:
    placed = [date.start for date in _placed(unit, dates)]
    if len(placed) < (1 - _MOST_COARSE) * len(dates):
        return False
    return unit.bar(max(placed)) - unit.bar(min(placed)) < _MOST_BARS


def _bars(unit: _Unit, counts: Counter[int]) -> str:
    first, last, most = min(counts), max(counts), max(counts.values())
    width = (last - first + 1) * _STEP
    drawn = "".join(
        _bar(unit, bar, counts[bar], most, (bar - first) * _STEP) for bar in sorted(counts)
    )
    base = f'<rect x="0" y="{_HEIGHT - 1}" width="{width}" height="1" fill="var(--by-muted, currentColor)"/>'
    # An axis of one bar is not drawn as wide as the page, but its name stands on one line.
    wide = f"max-width:{max(10, (last - first + 1) * 3)}rem"
    ends = "".join(
        f"<span>{end}</span>" for end in dict.fromkeys(unit.label(bar) for bar in (first, last))
    )
    return (
        f'<div style="{wide}"><svg role="list" aria-label="Articles by {unit.name}" viewBox="0 0 {width} {_HEIGHT}"'
        f' preserveAspectRatio="none" style="display:block;width:100%;height:6rem">{base}{drawn}</svg>'
        f'<div class="by-axis" aria-hidden="true" style="display:flex;justify-content:space-between;gap:1rem">{ends}</div></div>'
    )


def _bar(unit: _Unit, bar: int, count: int, most: int, x: int) -> str:
    label = f"{unit.label(bar)}: {number(count, 'article')}"
    # One article beside thousands is still to be seen.
    height = max(2, round(_HEIGHT * count / most))
    return (
        f'<g role="listitem" aria-label="{label}"><title>{label}</title>'
        f'<rect x="{x + 1}" y="{_HEIGHT - height}" width="{_BAR}" height="{height}" fill="var(--by-accent, currentColor)"/></g>'
    )


def _figure(bars: str, beside: Sequence[str]) -> str:
    note = f"<figcaption>{'; '.join(beside)}</figcaption>" if beside else ""
    return f'<figure class="by-histogram" style="margin:0">{bars}{note}</figure>'
