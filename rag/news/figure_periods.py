"""Finds the length of time that a figure counts over: a loss of a quarter, of half a year. English.

    "It lost 27m euros in the six months to December."       -> half a year
    "It posted an annual loss of 68m euros."                 -> a year

Figures of periods of other lengths count different things, whatever their sentences share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.text.numbers import CARDINALS, Number, numbers
from rag.text.tokens import normalized

_DAYS = {"day": 1.0, "week": 7.0, "month": 365 / 12, "quarter": 365 / 4, "year": 365.0}
_NUMBER = "|".join([r"\d{1,3}", *CARDINALS])
_WHICH = "first|second|third|fourth|final|last|latest|previous|same|this|each|every|per|whole|full"
# "A year earlier" and "two years ago" are points in time.
_NOT_AFTER = r"(?![\s-](?:ago|earlier|before|later|old|after|on\b|final))"
_PERIOD = re.compile(
    rf"\b(?:(?:in|over|during|within|for|first|last|past|previous|the)\s(?P<count>{_NUMBER})"
    rf"[\s-](?P<unit>day|week|month|quarter|year)s?\b{_NOT_AFTER}"
    r"|(?P<half>half[\s-]year(?:ly)?|(?:first|second)[\s-]half|interim (?=profit|loss|result))"
    rf"|(?:(?:{_WHICH}|a|the)[\s-](?:fiscal\s|financial\s)?quarter"
    r"(?!\s(?:million|billion)|\sof\s(?!the\syear|\d{4})|s|[\s-]final)|(?P<quarter>quarterly))\b"
    rf"|(?P<year>annual(?:ly)?|yearly|(?:{_WHICH}|a|the|fiscal|financial|business|calendar)"
    rf"[\s-]year|in (?:19|20)\d\d)\b{_NOT_AFTER}"
    r"|(?P<month>monthly|(?:a|per|each|every)\smonth)\b"
    rf"{_NOT_AFTER}"
    r"|(?P<week>weekly|(?:a|per|each|every)\sweek)\b"
    rf"{_NOT_AFTER}"
    rf"|(?P<day>daily|(?:a|per|each|every)\sday)\b{_NOT_AFTER})",
    re.IGNORECASE,
)
# Lengths that differ by less are the same: 52 weeks, 12 months.
_ALIKE = 0.1


class _Period(NamedTuple):
    """Where a sentence names a length of time, and how many days that has."""

    start: int
    end: int
    days: float

    def distance(self, number: Number) -> int:
        return max(number.start - self.end, self.start - number.end, 0)


def figure_period(sentence: str, number: Number) -> float | None:
    """The days that a figure counts over; None where its sentence does not say.

    A length of time belongs to the figure next to it.

    >>> said = "Profit fell to 3m in the quarter, from an annual high of 20m."
    >>> [round(figure_period(said, number) or 0) for number in numbers(said)]
    [91, 365]
    """
    periods = list(_periods(sentence))
    others = [
        item
        for item in numbers(sentence)
        if not _is_year(item)
        and not any(period.start < item.end and item.start < period.end for period in periods)
    ]
    own = [
        period
        for period in periods
        if others and min(others, key=period.distance).start == number.start
    ]
    return min(own, key=lambda period: period.distance(number)).days if own else None


def _is_year(number: Number) -> bool:
    value = number.values[0]
    return not value.kind and bool(re.fullmatch(r"(?:19|20)\d\d|2100", number.text))


def of_other_periods(one: float | None, two: float | None) -> bool:
    """Whether two figures count over periods of different length, as far as that is known."""
    if one is None or two is None:
        return False
    return abs(one - two) > _ALIKE * max(one, two)


def _periods(sentence: str) -> Iterator[_Period]:
    for match in _PERIOD.finditer(normalized(sentence)):
        if match["count"]:
            count = match["count"].casefold()
            if not count.isdecimal() and count not in CARDINALS:
                continue  # "sıx" matches "six" where case is ignored
            times = CARDINALS[count] if count in CARDINALS else int(count)
            days = times * _DAYS[match["unit"].casefold()]
        elif match["half"]:
            days = _DAYS["year"] / 2
        else:
            unit = next((name for name in ("year", "month", "week", "day") if match[name]), "")
            days = _DAYS[unit or "quarter"]
        yield _Period(match.start(), match.end(), days)
