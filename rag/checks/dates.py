"""Dates in a text, and whether those of a statement are those of its quotes.

In go folded texts, and when an article was published; out come dates as far as they are told. What is told by the day of publication
counts only where it can mean one day alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from rag.checks.backing import Backing
from rag.model import PartialDate, Precision
from rag.text.tokens import sentences, tokens

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_SHORT = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "sept": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SHORT_DAYS = {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}
_LONG = "|".join(month.capitalize() for month in _MONTHS)
_BRIEF = "|".join(sorted((name.capitalize() for name in _SHORT), key=len, reverse=True))
_MONTH = rf"(?:{_LONG}|{_LONG.upper()}|(?:{_BRIEF})\b\.?)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d|20)\d\d"
# Several days may share a month: "10 and 12 October", "October 10-12".
_LIST = rf"{_DAY}(?:(?:\s?-\s?|\s(?:and|or|to|until)\s(?:the\s)?){_DAY})*"
_WRITTEN = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d?-\d\d?)(?![\d-])"
    rf"|\b(?P<slashed>\d{{1,2}}[/.]\d{{1,2}}[/.](?:\d{{4}}|\d\d))(?![\d/])"
    rf"|(?<![\d,.])(?P<before>{_LIST})\s(?:of\s)?(?P<month>{_MONTH})(?![\w])(?:,?\s(?P<year>{_YEAR})\b)?"
    rf"|\b(?P<month2>{_MONTH})(?![\w])\s(?:the\s)?(?P<after>{_LIST})(?![\w%]|[,.:]\d)(?:,?\s(?P<year2>{_YEAR})\b)?"
    rf"|\b(?P<month3>{_MONTH})(?![\w]),?\s(?:of\s)?(?P<year3>{_YEAR})\b"
    rf"|\b(?P<month4>{_LONG}|(?:{_BRIEF})\.)(?![\w])"
)
_WEEKDAY = re.compile(
    rf"\b(?P<full>{'|'.join(day.capitalize() for day in _DAYS)}|{'|'.join(_DAYS).upper()})s?\b"
    rf"|\b(?P<short>Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?:\.|(?=,?\s\d|,?\s(?:{_LONG})\b))"
)
# Words that tell a time by when they are said, and the seasons.
_RELATIVE = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|summer|autumn|winter|midnight|noon|midday"
    r"|(?:last|next|this|previous|following) (?:week|month|year|season|decade|century|spring)(?:end)?)\b",
    re.IGNORECASE,
)
_SPOKEN_DAY = re.compile(
    r"\b(?:(?P<when>yesterday|today)|on (?P<day>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?)\b",
    re.IGNORECASE,
)
_NOT_PAST = re.compile(
    r"\b(?:will|would|shall|may|might|could|should|must|can|due|next|plan\w*|expect\w*|scheduled|set to|is to|are to|to be|going to"
    r"|upcoming|coming|every|each|last|previous|following|earlier|later|week|if|is|are|'ll)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|said|told|met|arrived|died|won|lost|came|went|took|made|held|began|left|\w{2,}ed)\b"
)


class Dated(NamedTuple):
    """A date as far as it is told. `weekday` counts from Monday, 0; places are those of its words in the text."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    start: int = 0
    end: int = 0
    unclear: str = ""

    def within(self, other: Dated) -> bool:
        """Whether the other date tells all that this one does."""
        mine, theirs = (self.year, self.month, self.day), (other.year, other.month, other.day)
        return self.unclear == other.unclear and all(
            part is None or part == its for part, its in zip(mine, theirs, strict=True)
        )


class Told(NamedTuple):
    """What a text says of time."""

    dates: tuple[Dated, ...]
    weekdays: tuple[tuple[int, str], ...]
    relative: tuple[str, ...]


@lru_cache(maxsize=512)
def told(text: str) -> Told:
    """The dates, weekdays and words such as `yesterday` of a folded text."""
    dates = tuple(item for match in _WRITTEN.finditer(text) for item in _dates(match))
    weekdays = tuple(
        (_weekday(match), match.group().rstrip(".")) for match in _WEEKDAY.finditer(text)
    )
    return Told(
        dates,
        weekdays,
        tuple(" ".join(match.group().casefold().split()) for match in _RELATIVE.finditer(text)),
    )


def _weekday(match: re.Match[str]) -> int:
    return (
        _DAYS.index(match["full"].casefold())
        if match["full"]
        else _SHORT_DAYS[match["short"].casefold()]
    )


def _dates(match: re.Match[str]) -> Iterator[Dated]:
    start, end = match.span()
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        yield _checked(year, month, day, start, end)
    elif match["slashed"]:
        yield _slashed(match["slashed"], start, end)
    else:
        month = _month(match["month"] or match["month2"] or match["month3"] or match["month4"])
        written = match["year"] or match["year2"] or match["year3"]
        year_ = int(written) if written else None
        days = re.findall(r"\d+", match["before"] or match["after"] or "")
        yield from (Dated(year_, month, int(day), start, end) for day in days)
        if not days:
            yield Dated(year_, month, None, start, end)


def _month(word: str) -> int:
    name = word.rstrip(".").casefold()
    return _MONTHS.index(name) + 1 if name in _MONTHS else _SHORT[name]


def _checked(year: int, month: int, day: int, start: int, end: int) -> Dated:
    if 1 <= month <= 12 and 1 <= day <= 31:
        return Dated(year, month, day, start, end)
    return Dated(start=start, end=end, unclear=f"{year}-{month}-{day}")


def _slashed(text: str, start: int, end: int) -> Dated:
    """Day or month first where only one of them can be meant; otherwise it is only like itself."""
    one, two, year = map(int, re.split(r"[/.]", text))
    if (
        year < 100
        or one > 31
        or two > 31
        or (one > 12 and two > 12)
        or (one <= 12 and two <= 12 and one != two)
    ):
        return Dated(start=start, end=end, unclear=f"{one}/{two}/{year}")
    month, day = (two, one) if one > 12 else (one, two)
    return _checked(year, month, day, start, end)


@lru_cache(maxsize=512)
def resolved(text: str, published: PartialDate | None) -> tuple[date, ...]:
    """The days that a quote means by `yesterday`, `today` or a weekday, as far as the day of its publication makes them certain."""
    day = _day_of(published)
    if day is None:
        return ()
    found = []
    for sentence in sentences(text):
        words = text[sentence[0].start : sentence[-1].end]
        said = list(_SPOKEN_DAY.finditer(words))
        # Two weekdays in one sentence may lie in two weeks.
        if len(said) == 1 and _PAST.search(words) and not _NOT_PAST.search(words):
            found.append(_meant(said[0], day))
    return tuple(found)


def _day_of(published: PartialDate | None) -> date | None:
    if published is None or published.precision not in (Precision.DAY, Precision.SECOND):
        return None
    # Far from noon in UTC it may be another day where the article was written.
    if published.precision is Precision.SECOND and not 6 <= published.start.hour <= 18:
        return None
    return published.start.date()


def _meant(match: re.Match[str], day: date) -> date:
    if match["when"]:
        return day - timedelta(days=match["when"].casefold() == "yesterday")
    return day - timedelta(days=(day.weekday() - _DAYS.index(match["day"].casefold())) % 7)


def missing_date(statement: str, quotes: Sequence[Backing]) -> str | None:
    """What the statement says of time that its quotes do not, as it says it; None where they bear it out."""
    said = told(statement)
    if not any(said):
        return None
    have = [told(quote.text) for quote in quotes]
    found = [day for quote in quotes for day in resolved(quote.text, quote.published)]
    dates = [item for its in have for item in its.dates] + [
        Dated(day.year, day.month, day.day) for day in found
    ]
    weekdays = {number for its in have for number, _ in its.weekdays} | {
        day.weekday() for day in found
    }
    relative = {word for its in have for word in its.relative}
    for item in said.dates:
        if not any(item.within(other) for other in dates):
            return statement[item.start : item.end]
    for number, word in said.weekdays:
        if number not in weekdays:
            return word
    return next((word for word in said.relative if word not in relative), None)


def years(text: str, published: PartialDate | None) -> set[int]:
    """The years of a quote's dates."""
    return {item.year for item in told(text).dates if item.year} | {
        day.year for day in resolved(text, published)
    }


def days(text: str) -> set[int]:
    """The days of the month that a quote names in its dates."""
    return {item.day for item in told(text).dates if item.day}


def dated_tokens(text: str) -> set[int]:
    """Which tokens of a folded text belong to dates and weekdays, as places in the list of its tokens."""
    spans = [(item.start, item.end) for item in told(text).dates] + [
        match.span() for match in _WEEKDAY.finditer(text)
    ]
    return {
        i
        for i, token in enumerate(tokens(text))
        if any(start <= token.start < end for start, end in spans)
    }
