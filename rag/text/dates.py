"""Finds the dates of a text: days, months, weekdays, and words such as "yesterday". English.

Nothing is guessed: a date has the parts that were written, and 3/4/2024 stays `unclear`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rag.text.dated_names import is_in_name
from rag.text.tokens import normalized, tokens

MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
# Months and weekdays by their first three letters in lower case.
_MONTH_NUMBERS = {name[:3].casefold(): number for number, name in enumerate(MONTHS, 1)}
_WEEKDAY_NUMBERS = {name[:3].casefold(): number for number, name in enumerate(WEEKDAYS)}

_LONG_MONTH = "|".join(MONTHS)
_SHORT_MONTH = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
_MONTH = rf"{_LONG_MONTH}|{_LONG_MONTH.upper()}|{_SHORT_MONTH}"
_LONG_WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)}|{'|'.join(WEEKDAYS).upper()})s?"
_SHORT_WEEKDAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
# Several days may share a month: "10 and 12 October", "October 10-12".
_DAYS = rf"{_DAY}(?:(?:\s?-\s?|\s(?:and|or|to|until)\s(?:the\s)?){_DAY})*"
_DATE = re.compile(
    r"\b(?P<iso>\d{4}-\d\d?-\d\d?)(?![\d-])"
    r"|\b(?P<slashed>\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d\d))(?![\d/])"
    r"|(?:\b(?i:last|next|this)\s)?"
    rf"(?:(?:\b(?P<weekday>{_LONG_WEEKDAY}|{_SHORT_WEEKDAY}),?\s(?:the\s)?)?"
    rf"(?:(?<![\d,.])(?P<before>{_DAYS})\s(?:of\s)?)?\b(?P<month>{_MONTH})(?!\w)"
    rf"(?(before)|(?:\s(?:the\s)?(?P<after>{_DAYS})(?![\w%]|[,.:]\d))?)"
    r"(?:,?\s(?:of\s)?(?P<year>(?:1\d|20)\d\d)\b)?"
    rf"|\b(?P<only_weekday>{_LONG_WEEKDAY}\b|{_SHORT_WEEKDAY}(?:(?<=\.)|(?=,?\s\d))))"
    r"|\b(?P<relative>(?i:yesterday|today|tonight|tomorrow|summer|autumn|winter|midnight|noon"
    r"|midday|(?:last|next|this|previous|following) "
    r"(?:week|month|year|season|decade|century|spring)(?:end)?))\b"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


class WrittenDate(NamedTuple):
    """A date as far as it is written, and its offsets.

    `weekday` counts from Monday, 0. `relative` has words such as "yesterday" or "last week".
    `unclear` has a date in figures whose day and month cannot be told apart, or that is none.
    """

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    relative: str = ""
    unclear: str = ""


@lru_cache(maxsize=512)
def dates(text: str, *, years: bool = False) -> tuple[WrittenDate, ...]:
    """The dates of a text, in order.

    :param years: also years that stand alone; otherwise they are left to `numbers`.

    >>> [(date.day, date.month) for date in dates("on 10 and 12 October, or in May")]
    [(10, 10), (12, 10), (None, 5)]
    """
    read = (date for match in _DATE.finditer(normalized(text)) for date in _read(match))
    found = [date for date in read if not _is_in_name(text, date)]
    for match in _YEAR.finditer(text) if years else ():
        if not any(date.start <= match.start() < date.end for date in found):
            found.append(WrittenDate(*match.span(), year=int(match.group())))
    return tuple(sorted(found, key=lambda date: date.start))


def _is_in_name(text: str, date: WrittenDate) -> bool:
    """Whether it is the weekday or month of a name: "Theresa May"."""
    is_word = text[date.start : date.end].isalpha() and not date.relative
    return is_word and is_in_name(text, date.start, is_month=date.month is not None)


def date_tokens(text: str) -> frozenset[int]:
    """Which tokens of a text, by their index, belong to days, months and weekdays."""
    spans = [(date.start, date.end) for date in dates(text) if not date.relative]
    return frozenset(
        i
        for i, token in enumerate(tokens(text))
        if any(start <= token.start < end for start, end in spans)
    )


def _read(match: re.Match[str]) -> Iterator[WrittenDate]:
    date = WrittenDate(*match.span())
    if match["relative"]:
        yield date._replace(relative=" ".join(match["relative"].casefold().split()))
        return
    if match["iso"] or match["slashed"]:
        yield _in_figures(date, match.group())
        return
    if weekday := match["weekday"] or match["only_weekday"]:
        date = date._replace(weekday=_WEEKDAY_NUMBERS[weekday[:3].casefold()])
    days = re.findall(r"\d+", match["before"] or match["after"] or "")
    # "Mar" and "Jan" alone are rather names.
    if (month := match["month"]) and (
        days or match["year"] or month in MONTHS or month.endswith(".")
    ):
        number = _MONTH_NUMBERS[month[:3].casefold()]
        date = date._replace(month=number, year=int(match["year"]) if match["year"] else None)
    if days:
        yield from (date._replace(day=int(day)) for day in days)
    elif date.month or date.weekday is not None:
        yield date


def _in_figures(date: WrittenDate, text: str) -> WrittenDate:
    """The day or the month comes first where only one of them can be meant."""
    one, two, three = map(int, re.split(r"[-/.]", text))
    if "-" in text:
        year, month, day = one, two, three
    elif (one > 12) == (two > 12) and one != two:
        return date._replace(unclear=f"{one}/{two}/{three}")
    else:
        day, month = (one, two) if one > 12 else (two, one)
        year = three
    if 1 <= month <= 12 and 1 <= day <= 31 and year >= 100:
        return date._replace(year=year, month=month, day=day)
    return date._replace(unclear=f"{one}/{two}/{three}")
