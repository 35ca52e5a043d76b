"""Checks that the dates of a statement stand in its quotes.

A quote's "yesterday" or "on Tuesday" counts as a date where the article's own date leaves only
one day that it can mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from rag.checks.backing import Backing
from rag.model import PartialDate, Precision
from rag.text.dates import WrittenDate, dates
from rag.text.tokens import sentences

_NOT_PAST = re.compile(
    r"\b(?:will|would|shall|may|might|could|should|must|can|due|next|plan\w*|expect\w*|scheduled"
    r"|set to|is to|are to|to be|going to|upcoming|coming|every|each|last|previous|following"
    r"|earlier|later|week|if|is|are|'ll)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|said|told|met|arrived|died|won|lost|came|went|took|made|held|began|left"
    r"|\w{2,}ed)\b"
)


def missing_date(statement: str, quotes: Sequence[Backing]) -> str | None:
    """The first date of the statement that its quotes do not have, as written; None if all do."""
    have = [date for quote in quotes for date in quote_dates(quote.text, quote.published)]
    weekdays = {date.weekday for date in have} | {None}
    for said in dates(statement):
        if said.relative:
            known = any(said.relative == other.relative for other in have)
        elif said.month or said.unclear:
            known = said.weekday in weekdays and any(_is_within(said, other) for other in have)
        else:
            known = said.weekday in weekdays
        if not known:
            return statement[said.start : said.end]
    return None


def _is_within(said: WrittenDate, other: WrittenDate) -> bool:
    """Whether the other date has every part that this one has."""
    parts = zip(
        (said.year, said.month, said.day), (other.year, other.month, other.day), strict=True
    )
    return said.unclear == other.unclear and all(mine in (None, theirs) for mine, theirs in parts)


@lru_cache(maxsize=512)
def quote_dates(text: str, published: PartialDate | None) -> tuple[WrittenDate, ...]:
    """The dates of a quote, and the days that it means by "yesterday", "today" or a weekday."""
    return (*dates(text), *_resolved(text, published))


def _resolved(text: str, published: PartialDate | None) -> Iterator[WrittenDate]:
    today = _day_of(published)
    if today is None:
        return
    for sentence in sentences(text):
        words = text[sentence[0].start : sentence[-1].end]
        written = dates(words)
        # Two weekdays in one sentence may lie in two weeks.
        if len(written) != 1 or not _PAST.search(words) or _NOT_PAST.search(words):
            continue
        said, days_ago = written[0], None
        if said.relative in ("today", "yesterday"):
            days_ago = int(said.relative == "yesterday")
        elif (
            said.weekday is not None
            and not said.month
            and words[: said.start].lower().endswith("on ")
        ):
            days_ago = (today.weekday() - said.weekday) % 7
        if days_ago is not None:
            day = today - timedelta(days=days_ago)
            yield WrittenDate(0, 0, day.year, day.month, day.day, day.weekday())


def _day_of(published: PartialDate | None) -> date | None:
    if published is None or published.precision not in (Precision.DAY, Precision.SECOND):
        return None
    # Far from noon in UTC it may be another day where the article was written.
    if published.precision is Precision.SECOND and not 6 <= published.start.hour <= 18:
        return None
    return published.start.date()
