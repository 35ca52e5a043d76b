"""Compares short answers: the same value in other words, or another value. English.

"11th" and "eleventh", "40,000" and "over 40,000", "1 October" and "October 1", "Ma'agan" and
"Maagan", "£3.2bn" and "3.2 billion pounds", "dozens" and "36" are the same value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rag.model import PartialDate, Precision
from rag.news.event_dates import event_date
from rag.news.figure_parts import is_part
from rag.news.figure_periods import figure_period
from rag.news.figure_states import figure_state
from rag.text.dates import WrittenDate, dates
from rag.text.names import HONORIFICS, INSTITUTIONS, TITLES
from rag.text.numbers import CURRENCIES, Number, Value, numbers, unit_of
from rag.text.phrases import PEOPLE, PREPOSITIONS, is_plural
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, tokens


class Form(StrEnum):
    """What kind of value answers a question."""

    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


class AnswerValue(NamedTuple):
    """What a short answer says.

    `number` is its first number, `counted` the stem of what that counts, `over` how many days it
    counts over, `state` what became of those it counts; `is_about` is set where it is rounded, and
    `is_least` where more may come to be known: "at least five"; `is_part` where it counts some of
    those that another figure counts.
    `dates` are its dates as written, and `day` is what they mean. `words` are the stems of its
    telling words, `initials` the first letters of its names.
    """

    text: str
    form: Form
    number: Number | None = None
    counted: str = ""
    over: float | None = None
    state: str = ""
    is_about: bool = False
    is_least: bool = False
    is_part: bool = False
    dates: tuple[WrittenDate, ...] = ()
    day: PartialDate | None = None
    words: frozenset[str] = frozenset()
    initials: frozenset[str] = frozenset()


_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|far|old|tall|high|big|large|fast|often|deep|wide|heavy)\b"
    r"|\b(?:what|which) (?:percentage|proportion|number|share|amount|population|price)\b"
    r"|\bpopulation of\b|\bthe number of\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"\bhow many\b", re.IGNORECASE)
_ASKS_DATE = re.compile(
    r"^\W*when\b|\bwhen (?:did|was|is)\b"
    r"|\b(?:what|which) (?:\w+ )?(?:day|date|year|month|weekday)\b",
    re.IGNORECASE,
)
# Words of names that many names share.
_COMMON_PARTS = frozenset(map(base, TITLES | HONORIFICS | INSTITUTIONS))
_PREPOSITIONS = frozenset(PREPOSITIONS.split("|"))
_MOST_WORDS = 8
_ABOUT = re.compile(
    r"\b(?:about|around|some|roughly|nearly|almost|approximately|estimated|circa)\s(?:the\s)?$",
    re.IGNORECASE,
)

_AT_LEAST = re.compile(r"\b(?:at least|no (?:fewer|less) than)\s(?:the\s)?$", re.IGNORECASE)
# "The number of flooded homes at 460" counts homes, which stand before the figure.
_NUMBER_OF = re.compile(
    r"\bnumber of ((?:[\w-]+ ){1,5})(?:at|to|is|was|reached|as)(?: \w+)?\s$", re.IGNORECASE
)


def form_asked(question: str) -> Form:
    """The kind of value that a question asks for."""
    if _ASKS_NUMBER.search(question):
        return Form.NUMBER
    return Form.DATE if _ASKS_DATE.search(question) else Form.TEXT


def is_other_unit(question: str, value: AnswerValue) -> bool:
    """Whether a figure is measured in a unit where the question counts something else.

    "An 11-hour flight" does not say how many passengers it had. Whoever asks for one unit may be
    answered in any other.
    """
    asked = _COUNTS.search(question)
    if value.number is None or not value.number.unit or asked is None:
        return False
    is_unit = any(unit_of(token.norm) for token in tokens(question[asked.end() :])[:2])
    own = value.number.unit
    comparable = {own, *(other for unit, other in _CONVERSIONS if unit == own)}
    return not is_unit and comparable.isdisjoint(unit_of(word.norm) for word in tokens(question))


@lru_cache(maxsize=4096)
def answer_value(
    sentence: str, start: int, end: int, form: Form, published: PartialDate | None
) -> AnswerValue | None:
    """The value of the short answer `sentence[start:end]`; None where it has none of that form.

    >>> answer_value("Some 21 men died.", 0, 11, Form.NUMBER, None).number.text
    '21'
    """
    text = sentence[start:end]
    if form is Form.NUMBER:
        number = next((n for n in numbers(sentence) if n.start < end and start < n.end), None)
        if number is None:
            return None
        before = sentence[: number.start]
        is_about, is_least = bool(_ABOUT.search(before)), bool(_AT_LEAST.search(before))
        what = counted(sentence, number)
        over, state = figure_period(sentence, number), figure_state(sentence, number)
        part = is_part(sentence, number)
        return AnswerValue(text, form, number, what, over, state, is_about, is_least, part)
    if form is Form.DATE:
        found = tuple(day for day in dates(text, years=True) if not day.relative)
        day = event_date(sentence, published) if found else None
        if day is None or not _fits_any(day, found):
            day = event_date(text, published)
        return AnswerValue(text, form, dates=found, day=day) if found or day else None
    words = telling_words(text)
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    return AnswerValue(text, form, words=words, initials=_initials(text))


def counted(sentence: str, number: Number) -> str:
    """The stem of the word that a number counts: of "21 wounded men", "wounded"; "" where none.

    Of "a six-year-old" and "six years old" it is "old".
    """
    found = tokens(sentence)
    after = found[number.end_token] if number.end_token < len(found) else None
    if number.unit:
        return "old" if after is not None and after.norm == "old" else number.unit
    if after is None or after.gap.strip(" -") or after.capital:
        told = _NUMBER_OF.search(sentence[: number.start])
        words = told[1].lower().split() if told else []
        return next((base(word) for word in words if word in PEOPLE or is_plural(word)), "")
    if after.norm in STOP_WORDS or after.norm in _PREPOSITIONS or after.norm == "per":
        return ""
    return base(after.norm)


@lru_cache(maxsize=4096)
def telling_words(text: str) -> frozenset[str]:
    """The stems of a text's words without small ones, one for all forms of a verb."""
    return frozenset(_key(token) for token in tokens(text) if token.norm not in STOP_WORDS)


def _key(token: Token) -> str:
    return base(token.norm.replace("'", ""))


def _initials(text: str) -> frozenset[str]:
    """The initials of all words with a capital, where there are two or more; acronyms as well."""
    capital = [token for token in tokens(text) if token.capital]
    found = {token.norm.casefold() for token in capital if token.acronym}
    joined = "".join(token.norm[0].casefold() for token in capital)
    return frozenset(found | ({joined} if len(joined) > 1 else set()))


def counts_same(one: AnswerValue, two: AnswerValue) -> bool:
    """Whether two figures count the same: "his 11th visit", "the ninth since May"."""
    if one.counted == two.counted != "":
        return True
    return not (one.counted and two.counted) and _is_ordinal(one) and _is_ordinal(two)


def _is_ordinal(value: AnswerValue) -> bool:
    return value.number is not None and value.number.values[0].kind == "th"


# ---------------------------------------------------------------- the same value


def is_same(one: AnswerValue, two: AnswerValue, *, known: AbstractSet[str] = frozenset()) -> bool:
    """Whether two values of one form may be the same one, told in other words or less exactly.

    :param known: stems of the question, which tell nothing when answers share them.
    """
    if one.number is not None and two.number is not None:
        return _same_number(one, two)
    if one.form is Form.DATE:
        return _same_date(one, two)
    return letters(one.text) == letters(two.text) or _same_words(one, two, known)


def letters(text: str) -> str:
    """The letters and digits of a text, in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def _same_number(one: AnswerValue, two: AnswerValue) -> bool:
    """Whether two numbers agree, rounded or exact.

    Numbers of units that cannot be compared do not contradict each other.
    """
    assert one.number is not None
    assert two.number is not None
    mine, theirs = one.number, two.number
    if mine.unit and theirs.unit and mine.unit != theirs.unit:
        factor = _CONVERSIONS.get((mine.unit, theirs.unit))
        if factor is None:
            return True
        converted, other = mine.values[0].amount * factor, theirs.values[0].amount
        return abs(converted - other) <= _CONVERTED * max(abs(converted), abs(other))
    pairs = [(a, b) for a in mine.values for b in theirs.values]
    # Of "5.4 metres" and "5.6 metres", a count and a length are no readings of one kind.
    alike = [(a, b) for a, b in pairs if a.kind == b.kind] or pairs
    mixed = [(a, b) for a, b in pairs if a.kind != b.kind and _may_agree(a, b)]
    return any(
        _agree(a, b) or _rounds_to(one, a, b) or _rounds_to(two, b, a) for a, b in alike + mixed
    )


# How many of the second unit one of the first is.
_CONVERSIONS = {
    ("mile", "kilometre"): Fraction("1.609"),
    ("foot", "metre"): Fraction("0.3048"),
    ("yard", "metre"): Fraction("0.9144"),
    ("inch", "centimetre"): Fraction("2.54"),
    ("pound", "kilogram"): Fraction("0.4536"),
    ("acre", "hectare"): Fraction("0.4047"),
    ("hour", "minute"): Fraction(60),
    ("day", "hour"): Fraction(24),
    ("week", "day"): Fraction(7),
    ("year", "month"): Fraction(12),
}
_CONVERSIONS |= {(two, one): 1 / factor for (one, two), factor in _CONVERSIONS.items()}
# Converted numbers are rounded: 140 miles are written for 230 kilometres.
_CONVERTED = Fraction("0.06")
# "Dozens" may be up to this many dozen.
_MANY = 15
_SMALLEST = 10**6
_SPELLED = 6
_DECIMAL = re.compile(r"\d[\d,]*\.(\d+)")
_ALIKE = 0.85


def _agree(one: Value, two: Value) -> bool:
    kinds = {one.kind, two.kind}
    if "many" in kinds and one.kind != two.kind:
        scale, number = (one, two) if one.kind == "many" else (two, one)
        return scale.amount < number.amount < _MANY * scale.amount
    if kinds == {"/", "%"}:
        part, share = (one, two) if one.kind == "/" else (two, one)
        return part.amount * 100 == share.amount
    if one.kind != two.kind and not _comparable(one, two):
        return True  # a share and a sum do not contradict each other
    return one.amount == two.amount


def _may_agree(one: Value, two: Value) -> bool:
    """Whether values of two kinds can be one: those that compare, "dozens", and "half" in "50%"."""
    kinds = {one.kind, two.kind}
    return "many" in kinds or kinds == {"/", "%"} or _comparable(one, two)


def _comparable(one: Value, two: Value) -> bool:
    """Whether two kinds may be the same: a sum without its currency, "11" for "11th"."""
    return {one.kind, two.kind} <= CURRENCIES | {""} or {one.kind, two.kind} == {"", "th"}


def _rounds_to(rounded: AnswerValue, one: Value, exact: Value) -> bool:
    """Whether a number with "about", "more than" or a decimal is this one at its own precision."""
    assert rounded.number is not None
    bound = rounded.number.bound
    decimal = _decimal_step(rounded.number.text, one.amount)
    is_rounded = bound or rounded.is_about or decimal
    if not is_rounded or (one.kind != exact.kind and not _comparable(one, exact)):
        return False
    step = decimal or _last_figure(one.amount)
    if bound > 0:
        return one.amount <= exact.amount < one.amount + step
    if bound < 0:
        return one.amount - step < exact.amount <= one.amount
    return abs(one.amount - exact.amount) <= step / 2


def _decimal_step(text: str, amount: Fraction) -> Fraction | None:
    """The worth of the last decimal that a number is written with: 100,000,000 of "3.0bn"."""
    written = _DECIMAL.search(text)
    if written is None or not amount:
        return None
    scale = amount / Fraction(written[0].replace(",", ""))
    return abs(scale) * Fraction(f"1e-{len(written[1])}")


def _last_figure(amount: Fraction) -> Fraction:
    """The worth of the last figure of a number that is not zero: 100 of 3,400."""
    step = Fraction(1)
    while amount % step:
        step /= 10
        if step.denominator > _SMALLEST:
            return step
    while amount and amount % (step * 10) == 0:
        step *= 10
    return step


def _fits_any(day: PartialDate, written: Sequence[WrittenDate]) -> bool:
    return any(_fits(day, item) for item in written)


def _fits(day: PartialDate, written: WrittenDate) -> bool:
    """Whether a day can be the written one: no other year, month or day."""
    parts = (written.year, written.month, written.day)
    known = (day.start.year, day.start.month, day.start.day)
    precise = list(Precision).index(day.precision) + 1
    pairs = list(zip(parts, known, strict=True))[:precise]
    return all(part is None or part == own for part, own in pairs)


def _same_date(one: AnswerValue, two: AnswerValue) -> bool:
    """Whether two dates can be the same: known days overlap, or no written part differs."""
    if one.day is not None and two.day is not None:
        return one.day.start <= two.day.last and two.day.start <= one.day.last
    for known, other in ((one, two), (two, one)):
        if known.day is not None and not known.dates:
            return _fits_any(known.day, other.dates)
    return any(_same_parts(a, b) for a in one.dates for b in two.dates)


def _same_parts(one: WrittenDate, two: WrittenDate) -> bool:
    mine = (one.year, one.month, one.day, one.weekday)
    theirs = (two.year, two.month, two.day, two.weekday)
    pairs = [(a, b) for a, b in zip(mine, theirs, strict=True) if a is not None and b is not None]
    return all(a == b for a, b in pairs)


def _same_words(one: AnswerValue, two: AnswerValue, known: AbstractSet[str]) -> bool:
    """Whether one answer says most of the other, or its initials."""
    mine, theirs = one.words - known or one.words, two.words - known or two.words
    telling = mine - _COMMON_PARTS, theirs - _COMMON_PARTS
    mine, theirs = telling if all(telling) else (mine, theirs)
    if one.initials & two.initials or one.initials & theirs or mine & two.initials:
        return True
    shared = sum(any(_alike(word, other) for other in theirs) for word in mine)
    return shared >= min(len(mine), len(theirs)) / 2


def _alike(one: str, two: str) -> bool:
    """The same word, or two spellings of one name: "Maagan", "Maaghan"."""
    if one == two or min(len(one), len(two)) < _SPELLED or one[0] != two[0]:
        return one == two
    return SequenceMatcher(None, one, two).ratio() >= _ALIKE
