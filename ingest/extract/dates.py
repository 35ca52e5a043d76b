"""Parses written dates: ISO, RFC 2822, epochs, month names of many languages, numbers.

A date is never made more exact than it was written: a time of day counts only with its zone, and
a day and month that cannot be told apart (03-04-2024) leave the year. What cannot be read is None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rag.model import PartialDate, Precision

if TYPE_CHECKING:
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]

_FIRST_YEAR, _LAST_YEAR = 1600, 2200
_LONGEST_WRITTEN = 60
_LANGUAGES = (
    *("en", "es", "fr", "de", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu"),
    *("ro", "tr", "el", "ru", "uk", "bg", "hr", "sl", "id", "vi", "ar", "hi", "ja", "zh", "ko"),
)
_ZONES = {
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "bst": 1,
    "cet": 1,
    "cest": 2,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
    r"(?:\s*\(?(?P<zone>[a-z]{1,4}|[+-]\d{2}:?\d{2})\)?)?"
)
_TIME_AT_END = re.compile(rf"(?P<day>.*\d{{4}})(?:,?\s*(?:at|-|–|\|)?\s*{_TIME})", re.IGNORECASE)
_TIME_AT_START = re.compile(rf"{_TIME},?\s+(?P<day>.*\d{{4}})", re.IGNORECASE)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_NUMERIC = re.compile(
    rf"{_WEEKDAY}(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second>\d{{1,2}})(?P=mark)(?P<year>\d{{4}})",
    re.IGNORECASE,
)
# A year, a word for the month and perhaps a day; dateparser knows which words are months.
_WORDED = re.compile(r"(?=.*[^\W\d_])(?=.*(?<!\d)\d{4}(?!\d))(?!.*\d{5})[^\n:+]{6,}")
_DAY_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_ISO_WITH_NAME = re.compile(
    r"(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?:UTC|GMT|\+00)",
    re.IGNORECASE,
)
_BARE_MIDNIGHT = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]00:00(?::00(?:\.0+)?)?")
_COMPACT = re.compile(r"(?:19|20)\d{6}")
_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")
_MONTH = r"[^\W\d_]{3,12}\.?"
_AT_END = re.compile(
    rf"(?P<date>{_WEEKDAY}"
    r"(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S{0,20})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[\s-](?:of\s)?{_MONTH},?[\s-]\d{{4}}"
    rf"|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})"
    r"(?:,?\s*(?:at|-|–|\|)?\s*\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?"
    r"(?:\s*\(?(?:[a-z]{1,4}|[+-]\d{2}:?\d{2})\)?)?)?)$",
    re.IGNORECASE,
)


def parse_date(value: object) -> PartialDate | None:
    """Parses text, or a number of seconds or milliseconds since 1970; None if it is not a date.

    >>> str(parse_date("24-10-2024")), str(parse_date("03-04-2024")), str(parse_date("Oct. 2024"))
    ('2024-10-24', '2024', '2024-10')
    """
    try:
        date = _parse(value)
    except (ValueError, OverflowError, OSError, IndexError, TypeError):
        return None
    return date if date is not None and _FIRST_YEAR <= date.start.year <= _LAST_YEAR else None


def date_at_end(line: str) -> tuple[str, PartialDate] | None:
    """Splits a short line that ends in a full date into what stands before it, and the date."""
    match = _AT_END.search(line, max(0, len(line) - _LONGEST_WRITTEN))
    if match is None or (match.start() and line[match.start() - 1].isalnum()):
        return None
    date = parse_date(match["date"])
    return None if date is None else (line[: match.start()], date)


def _parse(value: object) -> PartialDate | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _number(value)
    text = " ".join(str(value).split())[:100]
    if _NUMBER.fullmatch(text):
        return _number(float(text))
    return _compact(text) or _iso(text) or _written(text)


def _number(number: float) -> PartialDate | None:
    if number == int(number) and _FIRST_YEAR <= number <= _LAST_YEAR:
        return PartialDate.parse(str(int(number)))
    if number == int(number) and (compact := _compact(str(int(number)))):
        return compact
    # Below 1e8 seconds a number is more likely an id than a day of 1970; from 1e11 on it counts
    # milliseconds, and so on.
    for scale, ceiling in ((1, 1e11), (1e3, 1e14), (1e6, 1e17), (1e9, 1e20)):
        if 1e8 * scale <= number < ceiling:
            return PartialDate.from_epoch(int(number / scale), Precision.SECOND)
    return None


def _compact(text: str) -> PartialDate | None:
    if not _COMPACT.fullmatch(text):
        return None
    return PartialDate.parse(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def _iso(text: str) -> PartialDate | None:
    if _BARE_MIDNIGHT.fullmatch(text):
        return PartialDate.parse(text[: text.index("00:00") - 1])
    named = _ISO_WITH_NAME.fullmatch(text)
    try:
        return PartialDate.parse(named["date"] + "Z" if named else text)
    except ValueError:
        return None


def _written(text: str) -> PartialDate | None:
    timed = _TIME_AT_END.fullmatch(text) or _TIME_AT_START.fullmatch(text)
    date = _written_day(timed["day"].rstrip(" ,|-–") if timed else text)
    if timed is None or date is None or date.precision is not Precision.DAY:
        return date
    zone = _zone(timed["zone"])
    return date if zone is None else _at_time(date.start, timed, zone)


def _written_day(text: str) -> PartialDate | None:
    if numeric := _NUMERIC.fullmatch(text):
        return _by_numbers(*(int(numeric[part]) for part in ("year", "first", "second")))
    return _worded(text) if len(text) <= _LONGEST_WRITTEN and _WORDED.fullmatch(text) else None


def _by_numbers(year: int, first: int, second: int) -> PartialDate | None:
    if first > 12 or first == second:
        return PartialDate(datetime(year, second, first, tzinfo=UTC), Precision.DAY)
    if second > 12:
        return PartialDate(datetime(year, first, second, tzinfo=UTC), Precision.DAY)
    if not first or not second:
        return None
    return PartialDate(datetime(year, 1, 1, tzinfo=UTC), Precision.YEAR)


@lru_cache(maxsize=1 << 12)
def _worded(text: str) -> PartialDate | None:
    """Reads a date with a month's name; dateparser fills in a missing day, so it is counted."""
    found = _parser().get_date_data(text).date_obj
    if found is None or str(found.year) not in text:
        return None
    if _DAY_NUMBER.search(text):
        return PartialDate(datetime(found.year, found.month, found.day, tzinfo=UTC), Precision.DAY)
    return PartialDate(datetime(found.year, found.month, 1, tzinfo=UTC), Precision.MONTH)


@cache
def _parser() -> DateDataParser:
    from dateparser.date import DateDataParser

    settings = {"PARSERS": ["absolute-time"], "PREFER_DAY_OF_MONTH": "first", "TIMEZONE": "UTC"}
    return DateDataParser(languages=_LANGUAGES, settings=settings)


def _at_time(day: datetime, parts: re.Match[str], zone: timezone) -> PartialDate:
    hour, minute, second = (int(parts[part] or 0) for part in ("hour", "minute", "second"))
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"].lower() == "p" else 0)
    moment = day.replace(hour=hour, minute=minute, second=second, tzinfo=zone)
    return PartialDate(moment.astimezone(UTC), Precision.SECOND)


def _zone(name: str | None) -> timezone | None:
    if not name:
        return None
    if name[0] in "+-":
        digits = name[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if name[0] == "-" else offset)
    return timezone(timedelta(hours=_ZONES[name.lower()])) if name.lower() in _ZONES else None
