"""Resolves the dates of a sentence against its article's publication date. English.

    "The ferry sank on Tuesday", published on 2024-10-24 -> 2024-10-22
    "The ferry sank last year", published on 2024-10-24  -> 2024

The result is the date of the event that the sentence reports. It is None where the sentence names
no date or several, where the date belongs to a side remark ("since Monday"), and where a relative
date has no known publication date to count from.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from rag.model import PartialDate, Precision
from rag.news.time_expressions import Tense, TimeExpression, Unit, time_expressions

_DAY = timedelta(days=1)
_MONTH_DAYS = 27
# A date without a year and without a clear tense counts within so many days of publication.
_CLOSE = 60


class Days(NamedTuple):
    """All days from `first` to `last`."""

    first: date
    last: date

    def within(self, other: Days) -> bool:
        return other.first <= self.first and self.last <= other.last


@lru_cache(maxsize=4096)
def event_date(sentence: str, published: PartialDate | None) -> PartialDate | None:
    """When the event happened that a sentence reports, as exactly as the sentence says.

    >>> str(event_date("He resigned on Friday.", PartialDate.parse("2024-10-22")))
    '2024-10-18'
    """
    expressions = [item for item in time_expressions(sentence) if not item.is_background]
    found = [days_of(item, published) for item in expressions]
    known = [days for days in found if days is not None]
    if not known or len(known) < len(found):
        return None
    # "Tuesday, 22 October" may be found in two steps: the closest of nested dates counts.
    closest = min(known, key=lambda days: days.last - days.first)
    return partial_date(closest) if all(closest.within(other) for other in known) else None


def clause_around(sentence: str, start: int, end: int) -> str:
    """The part of a sentence between semicolons that has these words, else the whole sentence.

    >>> clause_around("Voss resigned in May; her trial begins on 4 July.", 39, 48)
    ' her trial begins on 4 July.'
    """
    first = sentence.rfind(";", 0, start) + 1
    last = sentence.find(";", start)
    last = len(sentence) if last < 0 else last
    return sentence[first:last] if end <= last else sentence


def partial_date(days: Days) -> PartialDate | None:
    """The most exact date that contains all these days; None for a week in two months."""
    first, last = days
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    if first == last:
        return PartialDate(start, Precision.DAY)
    if (first.year, first.month) == (last.year, last.month):
        return PartialDate(start.replace(day=1), Precision.MONTH)
    if first.year == last.year and (last - first).days >= _MONTH_DAYS:
        return PartialDate(start.replace(month=1, day=1), Precision.YEAR)
    return None


# ---------------------------------------------------------------- publication dates


def days_of(expression: TimeExpression, published: PartialDate | None) -> Days | None:
    """The days that an expression means; None where they depend on what is not known."""
    if expression.year is not None:
        return calendar_days(expression, expression.year)
    try:
        found = {counted_from(expression, today) for today in _anchors(expression, published)}
    except (ValueError, OverflowError):  # before the year 1 or after 9999
        return None
    return found.pop() if len(found) == 1 else None


def _anchors(expression: TimeExpression, published: PartialDate | None) -> Iterator[date]:
    """The days on which the article may have been written."""
    if published is None:
        return
    first, last = published.start.date(), published.last.date()
    if published.precision is Precision.SECOND:
        # Far from noon in UTC, it may be another day where the article was written.
        hour = published.start.hour
        first, last = first - _DAY * (hour < 6), last + _DAY * (hour > 18)
    if published.precision is Precision.MONTH and expression.day is not None:
        first = last  # "October 8" in an article of October is a day of that October
    yield from {first, last}


# ---------------------------------------------------------------- counting from a day


def counted_from(expression: TimeExpression, today: date) -> Days | None:
    """The days that an expression means on that day; None where they are not certain."""
    if expression.unit is not None:
        return _shifted(expression.unit, expression.shift, today, expression.bound)
    if expression.weekday is not None and expression.month is None:
        return _weekday(expression, today)
    return _without_year(expression, today)


def _shifted(unit: Unit, shift: int, today: date, bound: int) -> Days | None:
    """The day, week, month or year that lies `shift` units from today's.

    `bound` is -1 for its part before today ("earlier this week"), 1 for its part after.
    """
    if unit is Unit.DAY:
        days = Days(today + shift * _DAY, today + shift * _DAY)
    elif unit is Unit.WEEKEND and shift == -1 and today.weekday() > 4:
        return None  # this weekend, or the one before
    elif unit in {Unit.WEEK, Unit.WEEKEND}:
        monday = today + (7 * shift - today.weekday()) * _DAY
        days = Days(monday + 5 * _DAY * (unit is Unit.WEEKEND), monday + 6 * _DAY)
        if unit is Unit.WEEK and shift == -1:
            # "Last week" may also mean the last seven days.
            days = days._replace(last=today - _DAY)
    elif unit is Unit.MONTH:
        months = 12 * today.year + today.month - 1 + shift
        days = _month(months // 12, months % 12 + 1)
    else:
        days = Days(date(today.year + shift, 1, 1), date(today.year + shift, 12, 31))
    if bound < 0:
        days = days._replace(last=min(days.last, today))
    if bound > 0:
        days = days._replace(first=max(days.first, today))
    return days if days.first <= days.last else None


def _weekday(expression: TimeExpression, today: date) -> Days | None:
    """The weekday before or after today, by the tense of the sentence and "last" or "next"."""
    assert expression.weekday is not None
    ahead = (expression.weekday - today.weekday()) % 7
    this_week = expression.weekday - today.weekday()
    if expression.modifier == "next":
        # In the middle of a week, "next Friday" is this week's or the next one's.
        shift = ahead or 7
        return _one(today, shift) if this_week <= 0 else None
    if expression.modifier == "last":
        return _one(today, ahead - 7) if this_week >= 0 else None
    if expression.tense is Tense.PAST and ahead != 1:  # tomorrow has begun in Asia
        return _one(today, ahead - 7 if ahead else 0)
    if expression.tense is Tense.FUTURE and ahead:
        return _one(today, ahead)
    return None


def _one(today: date, shift: int) -> Days:
    return Days(today + shift * _DAY, today + shift * _DAY)


def _without_year(expression: TimeExpression, today: date) -> Days | None:
    """A month, or a day of a month, in the year that the sentence must mean."""
    if expression.year_shift is not None:
        return calendar_days(expression, today.year + expression.year_shift)
    years = (today.year - 1, today.year, today.year + 1)
    options = [days for year in years if (days := calendar_days(expression, year))]
    if expression.weekday is not None and expression.day is not None:
        # A day of the month falls on one weekday in a single one of three years.
        return next((days for days in options if days.first.weekday() == expression.weekday), None)
    before = [days for days in options if days.first <= today]
    after = [days for days in options if days.last >= today]
    if expression.tense is Tense.PAST:
        if any(days == _one(today, 1) for days in options):
            return None  # tomorrow has begun in Asia, or a year has passed
        return before[-1] if before else None
    if expression.tense is Tense.FUTURE:
        return after[0] if after else None
    # Neither tense is clear: a date counts that lies much closer to today than any other.
    near = sorted(options, key=lambda days: _distance(days, today))
    return near[0] if near and _distance(near[0], today) <= _CLOSE else None


def _distance(days: Days, today: date) -> int:
    """The number of days between today and the nearest of these days."""
    return max((days.first - today).days, (today - days.last).days, 0)


def calendar_days(expression: TimeExpression, year: int) -> Days | None:
    """The days of a year, month or day of the calendar; None where there is no such day."""
    if expression.month is None:
        return Days(date(year, 1, 1), date(year, 12, 31))
    if expression.day is None:
        return _month(year, expression.month)
    if expression.day > calendar.monthrange(year, expression.month)[1]:
        return None
    day = date(year, expression.month, expression.day)
    return Days(day, day)


def _month(year: int, month: int) -> Days:
    last = calendar.monthrange(year, month)[1]
    return Days(date(year, month, 1), date(year, month, last))
