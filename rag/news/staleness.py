"""Warns when a question asks for a time that no article can tell of. English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from rag.model import Filters, Hit, Notice, PartialDate, Period, Precision
from rag.news.time_expressions import without_quoted

_ASKS_FOR_NOW = re.compile(
    r"\b(?:now|nowadays|currently|current|latest|newest|today|tonight|so far|still"
    r"|at (?:the moment|present)|these days|this (?:week|month|year)|up to date)\b",
    re.IGNORECASE,
)
# News of this age still tells of the present.
_FRESH = timedelta(days=7)


def stale_notice(
    question: str, hits: Sequence[Hit], filters: Filters, today: date
) -> Notice | None:
    """The warning that a question asks for the present and no article found is of the last week.

    Whoever asks for a period of the past with a filter is not warned.
    """
    if not hits or filters.as_of or filters.until:
        return None
    if not _ASKS_FOR_NOW.search(without_quoted(question)):
        return None
    dates = [hit.article.published for hit in hits if hit.article.published is not None]
    if not dates:
        return Notice("stale", "The articles found have no dates; the answer may be out of date.")
    newest = max(dates, key=lambda item: item.last_epoch)
    if newest.last.date() >= today - _FRESH:
        return None
    return Notice(
        "stale", f"The newest article found is of {_day(newest)}; the answer may be out of date."
    )


def too_late_notice(period: Period, newest: PartialDate) -> Notice:
    """The warning that the question names a period after the newest article of the archive."""
    assert period.since is not None
    return Notice(
        "stale",
        f"“{period.words}” is read as {_day(period.since)}, but the newest article is of"
        f" {_day(newest)}; an answer is of another time.",
    )


def _day(published: PartialDate) -> str:
    """The date without a time."""
    exact = published.precision is Precision.SECOND
    return published.start.date().isoformat() if exact else str(published)
