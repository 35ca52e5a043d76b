"""Parses written dates: ISO, RFC 2822, epochs, month names of many languages, numbers.

A date is never made more exact than it was written, and its day is the day that was written: a
time of day counts only with its zone, and only if the day in UTC is the same. A day and month that
cannot be told apart (03-04-2024) leave the year. What cannot be read is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib import import_module
from typing import NamedTuple

from rag.model import PartialDate, Precision

_FIRST_YEAR, _LAST_YEAR = 1600, 2200
_LONGEST_WRITTEN = 60
_LANGUAGES = (
    *("en", "es", "fr", "de", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu"),
    *("ro", "tr", "el", "ru", "uk", "bg", "hr", "sl", "id", "vi", "ar", "hi", "ja", "zh", "ko"),
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEAR_WORDS = ("г", "год", "года", "р", "року", "d", "den", "le", "il", "kl", "of")
_BETWEEN = re.compile(r"[\s.,/|()·–—-]+")
_COUNTED = re.compile(r"(\d{1,2}|\d{4})(?:st|nd|rd|th|er|re|º|ª)?")
_MONTH_FIRST = frozenset(("en-us", "en-ph", "es-us"))
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
_ZONE = r"(?:utc|gmt)?[+-]\d{2}(?::?\d{2})?|[a-z]{1,4}"
_CLOCK = r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
_TIME = rf"{_CLOCK}(?:\s*(?P<half>[ap])\.?m\b\.?)?(?:\s*\(?(?P<zone>{_ZONE})\)?)?"
_NAMED_ZONE = r"(?:\s\([^()]{2,40}\))?"
_TIMED = (
    re.compile(
        rf"(?P<date>.*\d{{4}})[,.]?\s*(?:at|um|à|ore|a las|klo|-|–|\|)?\s*{_TIME}{_NAMED_ZONE}"
        r"(?: uhr)?",
        re.IGNORECASE,
    ),
    re.compile(rf"{_TIME},?\s+(?P<date>.*\d{{4}})", re.IGNORECASE),
)
_ISO = re.compile(
    r"(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:T|\s+)"
    rf"{_CLOCK}\s*(?P<half>)(?P<zone>{_ZONE})?",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"(?P<year>\d{4})(?:(?P<mark>[-/.])(?P<month>\d{1,2})(?:(?P=mark)(?P<day>\d{1,2}))?)?"
)
_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?")
_NUMERIC = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,?\s)?"
    r"(?P<first>\d{1,2})\s?(?P<mark>[-/.])\s?(?P<second>\d{1,2})\s?(?P=mark)\s?(?P<year>\d{4})"
)
_COMPACT = re.compile(r"(?:19|20)\d{6}")
_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")
_MONTH = r"[^\W\d_]{3,12}\.?"
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th|er|º|ª|\.)?"
_FULL = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
    r"|\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{4}"
    rf"|{_ORDINAL}(?:\s(?:of|de)\s|[\s-]){_MONTH},?(?:\s(?:de|del)\s|[\s-])\d{{4}}"
    rf"|{_MONTH}\s{_ORDINAL},?\s\d{{4}}"
)
_ANYWHERE = re.compile(rf"(?<![\w/.-])(?:{_FULL})(?![\w/])", re.IGNORECASE)
_TIME_AFTER = r"(?:[T,]?\s*(?:at|-|–|\|)?\s*\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[ap]\.?m\.?)?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_AT_END = re.compile(
    rf"(?P<date>{_WEEKDAY}(?:{_FULL})"
    rf"{_TIME_AFTER}(?:\s*\(?(?:[a-z]{{1,4}}|[+-]\d{{2}}:?\d{{2}})\)?)?)?)$",
    re.IGNORECASE,
)


class FoundDate(NamedTuple):
    """A date in a text, at `text[start:end]`."""

    start: int
    end: int
    date: PartialDate


def parse_date(value: object, *, language: str | None = None) -> PartialDate | None:
    """Parses text, or a number of seconds or milliseconds since 1970; None if it is not a date.

    :param language: the language of the text ("en-US", "de"), which says whether the day or the
        month comes first in 03/04/2024.

    >>> str(parse_date("24-10-2024")), str(parse_date("03-04-2024")), str(parse_date("Oct. 2024"))
    ('2024-10-24', '2024', '2024-10')
    """
    try:
        date = _parse(value, language)
    except (ValueError, OverflowError, OSError, IndexError, TypeError):
        return None
    return date if date is not None and _FIRST_YEAR <= date.start.year <= _LAST_YEAR else None


def dates_in(text: str, *, language: str | None = None) -> Iterator[FoundDate]:
    """Finds the dates in a text that have at least a day, in order."""
    for match in _ANYWHERE.finditer(text):
        date = parse_date(match[0], language=language)
        if date is not None and date.precision is Precision.DAY:
            yield FoundDate(match.start(), match.end(), date)


def date_at_end(line: str) -> tuple[str, PartialDate] | None:
    """Splits a short line that ends in a full date into what stands before it, and the date."""
    match = _AT_END.search(line, max(0, len(line) - _LONGEST_WRITTEN))
    if match is None or (match.start() and line[match.start() - 1].isalnum()):
        return None
    date = parse_date(match["date"])
    return None if date is None else (line[: match.start()], date)


def _parse(value: object, language: str | None) -> PartialDate | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _number(value)
    text = " ".join(str(value).split())[:100]
    if _NUMBER.fullmatch(text):
        return _number(float(text))
    if _COMPACT.fullmatch(text):
        return PartialDate.parse(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    timed = next((match for form in (_ISO, *_TIMED) if (match := form.fullmatch(text))), None)
    date = _day(timed["date"].rstrip(" ,|-–") if timed else text, language)
    if timed is None or date is None or date.precision is not Precision.DAY:
        return date
    return _at_time(date.start, timed)


def _number(number: float) -> PartialDate | None:
    if number == int(number) and _FIRST_YEAR <= number <= _LAST_YEAR:
        return PartialDate.parse(str(int(number)))
    if number == int(number) and _COMPACT.fullmatch(str(int(number))):
        return _parse(str(int(number)), None)
    # Below 1e8 seconds a number is more likely an id than a day of 1970; from 1e11 on it counts
    # milliseconds, and so on.
    for scale, ceiling in ((1, 1e11), (1e3, 1e14), (1e6, 1e17), (1e9, 1e20)):
        if 1e8 * scale <= number < ceiling:
            return PartialDate.from_epoch(int(number / scale), Precision.SECOND)
    return None


def _day(text: str, language: str | None) -> PartialDate | None:
    if plain := _PLAIN.fullmatch(text):
        parts = (plain["year"], plain["month"], plain["day"])
        return PartialDate.parse("-".join(part.zfill(2) for part in parts if part))
    if asian := _ASIAN.fullmatch(text):
        return PartialDate.parse("-".join(part.zfill(2) for part in asian.groups()))
    if numeric := _NUMERIC.fullmatch(text):
        return _by_numbers(numeric, language)
    return _worded(text) if len(text) <= _LONGEST_WRITTEN else None


def _by_numbers(parts: re.Match[str], language: str | None) -> PartialDate | None:
    year, first, second = (int(parts[part]) for part in ("year", "first", "second"))
    language = (language or "").lower().replace("_", "-")
    is_month_first = language in _MONTH_FIRST and parts["mark"] != "."
    is_day_first = language not in ("", "en") and not is_month_first
    if first > 12 or first == second or (is_day_first and second <= 12):
        return _date(year, second, first)
    if second > 12 or is_month_first:
        return _date(year, first, second)
    return PartialDate.parse(str(year)) if first and second else None


def _date(year: int, month: int, day: int) -> PartialDate:
    return PartialDate(datetime(year, month, day, tzinfo=UTC), Precision.DAY)


def _worded(text: str) -> PartialDate | None:
    """Reads a date with a month's name, in any of the languages; other words are not allowed."""
    month = day = year = 0
    vocabulary = _vocabulary()
    for word in _BETWEEN.split(text.casefold()):
        number = _COUNTED.fullmatch(word)
        if number is None and word in vocabulary.months and not month:
            month = vocabulary.months[word]
        elif number is not None and len(number[1]) == 4 and not year:
            year = int(number[1])
        elif number is not None and len(number[1]) < 3 and not day:
            day = int(number[1])
        elif word and word not in vocabulary.others:
            return None
    if not month or not year:
        return None
    if day:
        return _date(year, month, day)
    return PartialDate(datetime(year, month, 1, tzinfo=UTC), Precision.MONTH)


class _Vocabulary(NamedTuple):
    """The names of months, and the other words of a date: weekdays, "of" and the like."""

    months: Mapping[str, int]
    others: frozenset[str]


@cache
def _vocabulary() -> _Vocabulary:
    """Collects the words of all languages from dateparser's data; earlier languages come first."""
    months: dict[str, int] = {}
    others = set(_YEAR_WORDS)
    for language in _LANGUAGES:
        data = import_module(f"dateparser.data.date_translation_data.{language}").info
        for number, name in enumerate(_MONTHS, 1):
            for word in data.get(name, ()):
                months.setdefault(word.casefold().rstrip("."), number)
        for name in (*_WEEKDAYS, "skip", "pertain"):
            others.update(word.casefold().rstrip(".") for word in data.get(name, ()))
    return _Vocabulary(months, frozenset(others))


def _at_time(day: datetime, parts: re.Match[str]) -> PartialDate:
    """Adds a time of day to a day, if its zone is known and the day in UTC is the same."""
    zone = _zone((parts["zone"] or "").lower())
    hour, minute, second = (int(parts[part] or 0) for part in ("hour", "minute", "second"))
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"].lower() == "p" else 0)
    local = day.replace(hour=hour, minute=minute, second=second)
    if zone is None:
        return PartialDate(day, Precision.DAY)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.date() != day.date():
        return PartialDate(day, Precision.DAY)
    return PartialDate(moment, Precision.SECOND)


def _zone(name: str) -> timezone | None:
    if len(name) > 3 and name[3] in "+-":
        name = name[3:]
    if name[:1] in ("+", "-"):
        digits = name[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if name[0] == "-" else offset)
    return timezone(timedelta(hours=_ZONES[name])) if name in _ZONES else None
