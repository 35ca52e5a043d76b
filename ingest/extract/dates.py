"""Written dates in, `PartialDate` or None out: ISO, RFC 2822, epochs, months by name, days and months by number.

A date is never made more exact than it was written, and never guessed: what cannot be read is None. Where day and month cannot
be told apart (03-04-2024), only the year is kept. Knows no time zone of an outlet: a time of day counts only with its zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from rag.model import PartialDate, Precision

_FIRST_YEAR, _LAST_YEAR = 1600, 2200
_LONGEST_WRITTEN = 60
_MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        (
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ),
        1,
    )
    for length in (3, len(name))
} | {"sept": 9}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
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
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\s*(?P<half>[ap])\.?m\.?)?"
    r"(?:\s*\(?(?P<zone>[a-z]{1,4}|[+-]\d{2}:?\d{2})\)?)?"
)
_AT = r"(?:,?\s*(?:at|-|–|\|)?\s*" + _TIME + ")?"
_NUMERIC = r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_number>\d{1,2})(?P=mark)" + _YEAR
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        _WEEKDAY + _DAY + r"[\s-]+(?:of\s+)?" + _MONTH + r",?[\s-]+" + _YEAR + _AT,
        _WEEKDAY + _MONTH + r"\s+" + _DAY + r",?\s+" + _YEAR + _AT,
        _WEEKDAY + _NUMERIC + _AT,
        _MONTH + r",?\s+" + _YEAR,
        r"(?:" + _TIME + r",?\s+)?" + _WEEKDAY + _DAY + r"\s+" + _MONTH + r",?\s+" + _YEAR,
    )
)
_ISO_WITH_NAME = re.compile(
    r"(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?:UTC|GMT|\+00)",
    re.IGNORECASE,
)
_BARE_MIDNIGHT = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]00:00(?::00(?:\.0+)?)?")
_COMPACT = re.compile(r"(?:19|20)\d{6}")
_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")
_AT_END = re.compile(
    r"(?P<date>"
    + _WEEKDAY
    + r"(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S{0,20})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|\d{1,2}(?:st|nd|rd|th)?[\s-](?:of\s)?" + _MONTH.replace("?P<month>", "?:") + r",?[\s-]\d{4}"
    r"|" + _MONTH.replace("?P<month>", "?:") + r"\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4})"
    r"(?:,?\s*(?:at|-|–|\|)?\s*\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?(?:\s*\(?(?:[a-z]{1,4}|[+-]\d{2}:?\d{2})\)?)?)?)$",
    re.IGNORECASE,
)


def parse_date(value: object) -> PartialDate | None:
    """A date as a file or a page gives it: text, or a number of seconds or milliseconds since 1970. None where it cannot be read.

    >>> str(parse_date("24-10-2024")), str(parse_date("03-04-2024")), str(parse_date("Oct. 22, 2024"))
    ('2024-10-24', '2024', '2024-10-22')
    """
    try:
        date = _parse(value)
    except (ValueError, OverflowError, OSError, IndexError, TypeError):
        return None
    return date if date is not None and _FIRST_YEAR <= date.start.year <= _LAST_YEAR else None


def date_at_end(line: str) -> tuple[str, PartialDate] | None:
    """A short line that ends in a full date: what stands before it, and the date."""
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
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return _number(float(text))
    return _compact(text) or _iso(text) or _written(text)


def _number(number: float) -> PartialDate | None:
    if number == int(number) and _FIRST_YEAR <= number <= _LAST_YEAR:
        return PartialDate.parse(str(int(number)))
    if number == int(number) and (compact := _compact(str(int(number)))):
        return compact
    # Below 1e8 seconds a number is more likely an id than a day of 1970; from 1e11 on it counts milliseconds, and so on.
    for scale, ceiling in ((1, 1e11), (1e3, 1e14), (1e6, 1e17), (1e9, 1e20)):
        if 1e8 * scale <= number < ceiling:
            return PartialDate.from_epoch(int(number / scale), Precision.SECOND)
    return None


def _compact(text: str) -> PartialDate | None:
    return (
        PartialDate.parse(f"{text[:4]}-{text[4:6]}-{text[6:]}")
        if _COMPACT.fullmatch(text)
        else None
    )


def _iso(text: str) -> PartialDate | None:
    if _BARE_MIDNIGHT.fullmatch(text):
        return PartialDate.parse(text[: text.index("00:00") - 1])
    named = _ISO_WITH_NAME.fullmatch(text)
    try:
        return PartialDate.parse(named["date"] + "Z" if named else text)
    except ValueError:
        return None


def _written(text: str) -> PartialDate | None:
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _of_parts(match.groupdict())
    return None


def _of_parts(parts: dict[str, str | None]) -> PartialDate | None:
    year = int(parts["year"] or 0)
    if parts.get("first"):
        return _by_numbers(year, int(parts["first"] or 0), int(parts["second_number"] or 0), parts)
    month = _MONTHS[(parts["month"] or "").lower()]
    if not parts.get("day"):
        return PartialDate(datetime(year, month, 1, tzinfo=UTC), Precision.MONTH)
    return _with_time(datetime(year, month, int(parts["day"] or 0), tzinfo=UTC), parts)


def _by_numbers(
    year: int, first: int, second: int, parts: dict[str, str | None]
) -> PartialDate | None:
    if first > 12 or first == second:
        return _with_time(datetime(year, second, first, tzinfo=UTC), parts)
    if second > 12:
        return _with_time(datetime(year, first, second, tzinfo=UTC), parts)
    return (
        PartialDate(datetime(year, 1, 1, tzinfo=UTC), Precision.YEAR) if first and second else None
    )


def _with_time(day: datetime, parts: dict[str, str | None]) -> PartialDate:
    zone = _zone(parts.get("zone"))
    if not parts.get("hour") or zone is None:
        return PartialDate(day, Precision.DAY)
    hour = int(parts["hour"] or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    moment = day.replace(
        hour=hour, minute=int(parts["minute"] or 0), second=int(parts["second"] or 0), tzinfo=zone
    )
    return PartialDate(moment.astimezone(UTC), Precision.SECOND)


def _zone(name: str | None) -> timezone | None:
    if not name:
        return None
    if name[0] in "+-":
        digits = name[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if name[0] == "-" else offset)
    return timezone(timedelta(hours=_ZONES[name.lower()])) if name.lower() in _ZONES else None
