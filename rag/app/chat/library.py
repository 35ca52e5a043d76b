"""Finds, sorts and counts the articles of an archive; works on listings (`Snapshot.listing()`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from rag.store.database import Listing

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]


class Order(StrEnum):
    """How articles are sorted. Those without a date or publisher come last."""

    NEWEST = "Newest first"
    OLDEST = "Oldest first"
    PUBLISHER = "Publisher"
    TITLE = "Title"


def find(
    listing: Iterable[Listing],
    *,
    text: str = "",
    publisher: str | None = None,
    order: Order,
    inside: Collection[str] = (),
) -> list[Listing]:
    """Returns the articles of that publisher that have every word of `text`, sorted.

    Words are looked for in title, source and publisher; case does not matter. `inside` are the ids
    of articles that have them in their text.
    """
    words = text.casefold().split()
    name = publisher.casefold() if publisher else None
    found = []
    for item in listing:
        own = (item.publisher or "").casefold()
        searched = f"{item.title}\n{item.source}\n".casefold() + own
        matches = item.article_id in inside or all(word in searched for word in words)
        if matches and name in (None, own):
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
