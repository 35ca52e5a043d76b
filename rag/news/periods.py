"""Finds the period that a question names, and prefers what was published or happened in it.

    "What did the port pay in August?", asked on 2024-10-24 -> 2024-08
    "Who ran the port before the strike of 5 November?"     -> until 2024-11-04

The date of a question may be that of the event or that of the report. It is a preference,
therefore: passages of the period are read beside the others, and sentences of another time count
less, but nothing is left out. Only where the words tell of publication ("articles published in
August") the period is strict. English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from rag.model import Candidate, Filters, PartialDate, Period, Precision, Reading
from rag.news.event_dates import Days, calendar_days, counted_from, event_date, partial_date
from rag.news.time_expressions import (
    Tense,
    TimeExpression,
    time_expressions,
    without_quoted,
)
from rag.text.tokens import normalized

# Reports of an event appear until so many days after it.
_LAG = timedelta(days=7)
# What a sentence counts whose event, or else whose article, is of another time. Set by hand.
_OTHER_EVENT, _OTHER_REPORT = 0.2, 0.5

# The words before a date that bound the period. A noun may stand between: "before the election of
# 5 November".
_PART = r"(?:the\s)?(?:(?:early|late|mid|start of|beginning of|end of|night of|morning of)[\s-])?$"
_BOUND = re.compile(
    r"\b(?P<word>since|after|before|until|till|by|between|from)\s"
    rf"(?:(?:the|an?|his|her|its|their)\s(?:[\w'-]+\s){{1,3}}(?:of|on|in)\s)?{_PART}",
    re.IGNORECASE,
)
_WITHIN = re.compile(rf"\b(?P<word>in|on|during|of)\s{_PART}", re.IGNORECASE)
_RANGE = re.compile(r"\s(?:and|to|until|till)\s(?:the\s)?", re.IGNORECASE)
_RANGE_BEGINS = re.compile(r"\b(?:between|from)\s[^,;?]{1,30}\s(?:and|to|until|till)\s$", re.I)
# "Sunday Times" and "2004 Olympics" are names.
_NAME_GOES_ON = re.compile(r"['’]s\b|\s[A-Z]")
_OF_PUBLICATION = re.compile(
    r"\b(?:articles?|reports|stories|coverage|headlines|newspapers|published|printed)\s"
    r"(?:(?:that\s)?(?:was|were|appeared)\s)?(?:(?:published|printed|written)\s)?"
    r"(?:(?:since|after|before|until|till|by|between|from|in|on|during|of)\s)?(?:the\s)?$",
    re.IGNORECASE,
)
_AHEAD = ("before", "until", "till", "by")


def period_of(question: str, today: date, newest: date | None) -> Period | None:
    """The period that a question names; None where there is none, or several, or one to come.

    "Yesterday" counts from `today`. A month or day without a year is the latest one that the
    archive can tell of: the one before its `newest` article.

    >>> period = period_of("Who resigned in August?", date(2026, 1, 9), date(2024, 10, 24))
    >>> str(period.since), str(period.until)
    ('2024-08', '2024-08')
    """
    text = normalized(without_quoted(question))
    found = [item for item in time_expressions(text) if _is_date(text, item)]
    if not found or any(item.tense is Tense.FUTURE for item in found):
        return None
    first, last = found[0], found[-1]
    bound = _BOUND.search(text, 0, first.start) or _WITHIN.search(text, 0, first.start)
    word = bound["word"].lower() if bound else ""
    known = [_days(item, word, today, newest) for item in found]
    days = [item for item in known if item is not None]
    if len(days) < len(found) or not _is_one(text, found):
        return None
    words = text[bound.start() if bound else first.start : last.end]
    strict = bool(_OF_PUBLICATION.search(text, 0, first.start))
    whole = Days(days[0].first, days[-1].last)
    return _bounded(words, word if len(days) == 1 else "", whole, strict=strict)


def _is_one(text: str, found: Sequence[TimeExpression]) -> bool:
    """Whether the expressions name one period: "between 3 and 5 October", "March to May"."""
    first, last = found[0], found[-1]
    shared = first.start == last.start
    joined = len(found) == 2 and _RANGE.fullmatch(text, first.end, last.start)
    return len(found) == 1 or shared or bool(joined)


def _is_date(text: str, item: TimeExpression) -> bool:
    """Whether it says when: a name such as "May" needs a word before it, "yesterday" none."""
    if item.day is None and _NAME_GOES_ON.match(text, item.end):
        return False
    if item.unit is not None or item.modifier or item.day is not None:
        return True
    before = (pattern.search(text, 0, item.start) for pattern in (_BOUND, _WITHIN, _RANGE_BEGINS))
    return any(before)


def _days(item: TimeExpression, word: str, today: date, newest: date | None) -> Days | None:
    """The days that an expression means; without a year, the latest or, as a limit, the nearest."""
    if item.year is not None:
        return calendar_days(item, item.year)
    relative = item.unit is not None or item.weekday is not None or item.year_shift is not None
    counted = today if relative or newest is None else min(today, newest)
    past = item._replace(tense=Tense.PAST)
    try:
        near = counted_from(item._replace(tense=Tense.UNCLEAR), counted) if word in _AHEAD else None
        return near or counted_from(past, counted)
    except (ValueError, OverflowError):  # before the year 1
        return None


def _bounded(words: str, word: str, days: Days, *, strict: bool) -> Period | None:
    """The period before, after, since or within these days."""
    first, last = days
    if first > last:
        return None
    since, until = _day(first), _day(last)
    whole = partial_date(days)
    if whole is not None and (whole.start.date(), whole.last.date()) == (first, last):
        since = until = whole  # a whole month or year
    match word:
        case "since":
            return Period(words, since, None, strict)
        case "after":
            return Period(words, _day(last), None, strict)
        case "before" if first > date.min:
            return Period(words, None, _day(first - timedelta(days=1)), strict)
        case "until" | "till" | "by":
            return Period(words, None, until, strict)
    return Period(words, since, until, strict)


def _day(day: date) -> PartialDate:
    return PartialDate(datetime(day.year, day.month, day.day, tzinfo=UTC), Precision.DAY)


# ---------------------------------------------------------------- what a period does


def strictly(filters: Filters, period: Period) -> Filters:
    """Filters that only articles pass which were published in the period."""
    return filters.with_options(since=period.since, until=period.until)


def too_late(period: Period, newest: PartialDate) -> bool:
    """Whether the period begins after the newest article of the archive."""
    return period.since is not None and period.since.start > newest.last


def reports_of(filters: Filters, period: Period) -> Filters:
    """Filters that the reports of the period's events pass, those of the next days included."""
    until = period.until
    if until is not None:
        until = _day(min(until.last.date(), date.max - _LAG) + _LAG)
    return filters.with_options(since=period.since, until=until)


def last_reports(filters: Filters) -> Filters | None:
    """Filters that the reports of the last days before `as_of` pass.

    None where it is not set, or where other dates say which period counts.
    """
    if filters.as_of is None or filters.since or filters.until:
        return None
    last = filters.as_of.last.date()
    since = _day(last - min(_LAG, last - date.min))
    return filters.with_options(since=since)


def preferring_period(reading: Reading, period: Period) -> Reading:
    """The reading, sentences of another time ranked as if they were less likely to answer."""
    weighed = [
        replace(item, score=item.score * _weight(item, period)) for item in reading.candidates
    ]
    return replace(reading, candidates=tuple(sorted(weighed, key=lambda item: -item.score)))


def _weight(candidate: Candidate, period: Period) -> float:
    """By the day of the event where the sentence tells it, else by the day of publication."""
    published = candidate.article.published
    if event := event_date(candidate.text, published):
        return 1.0 if _overlap(event, period, timedelta()) else _OTHER_EVENT
    if published is None or _overlap(published, period, _LAG):
        return 1.0
    return _OTHER_REPORT


def _overlap(when: PartialDate, period: Period, lag: timedelta) -> bool:
    starts = period.since is None or period.since.start <= when.last
    return starts and (period.until is None or when.start - lag <= period.until.last)
