"""Finds the numbers of a text, in figures or words, with what they count. English.

Numbers become values that can be compared: `eleven` is 11, `11th` has the kind "th", `$5m` is
5,000,000 of the kind "$". The days and years of dates are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rag.text.dates import date_tokens
from rag.text.tokens import Token, normalized, tokens
from rag.text.word_lists import first_forms, word_file, word_set

_WORDS = word_file("numbers")
CARDINALS: dict[str, int] = _WORDS["cardinals"]
_ORDINALS: dict[str, int] = _WORDS["ordinals"]
_SCALES: dict[str, int] = _WORDS["scales"]
_SHORT_SCALES: dict[str, int] = _WORDS["short_scales"]
_FRACTIONS: dict[str, int] = _WORDS["fractions"]
_PLURAL_FRACTIONS = {f"{word}s": number for word, number in _FRACTIONS.items()} | {"halves": 2}
_HALVES = word_set("numbers", "halves")
_SIGNS: dict[str, str] = _WORDS["currency_signs"]
_COINS: dict[str, str] = _WORDS["currencies"]
_NATIONS: dict[str, str] = _WORDS["nations"]
_UNITS = first_forms("numbers", "units")
CURRENCIES = frozenset({*_SIGNS.values(), *_COINS.values()})
_SUFFIX_KINDS: dict[str, str] = _WORDS["suffix_kinds"]
_SUFFIXES = frozenset({*_SUFFIX_KINDS, *_SHORT_SCALES, *_UNITS, "m", ""})
# Words that are a number by themselves, whatever stands around them.
_ALONE = {
    **{f"{word}s": (Fraction(scale), "many") for word, scale in _SCALES.items()},
    **{word: (Fraction(times), "x") for word, times in _WORDS["multiples"].items()},
    **{word: (Fraction(1, part), "/") for word, part in _WORDS["parts"].items()},
    **{word: (Fraction(year), "s") for word, year in _WORDS["decades"].items()},
    **dict.fromkeys(("decade", "decades"), (Fraction(1), "decade")),
}
_AT_LEAST = re.compile(
    r"(?:more than|over|above|at least|exceed\w*|no (?:less|fewer) than|upwards of|beyond"
    r"|greater than|in excess of)\s(?:\w+\s)?$"
)
_AT_MOST = re.compile(
    r"(?:less than|fewer than|under|below|at most|up to|no more than|nearly|almost|just short of"
    r"|not quite|within|maximum of)\s(?:\w+\s)?$"
)
# A length in metres, not millions: "an 80m-long wall", "it is 80m deep.", "80m wide and"; an "80m
# long bridge" may be either, as "80m long-term loans" and "5m deep in debt" may.
_MEASURES_LENGTH = re.compile(
    r"(?:-(?:deep|long|high|wide|tall)\b(?!-)|\s(?:deep|long|high|wide|tall)"
    r"(?=\s*$|[^\s\w-]|\s+[^\s\w]|\s(?:and|or|but|at|by|from|to|with|when|where|is|are|was|were)\b))"
)
# Right before pounds that are a weight or a thrust, not money: "weighs up to 5 or 6 pounds".
_WEIGHS_BEFORE = re.compile(
    r"\b(?:weigh(?:s|ed|ing)?|(?:weight|payload|thrust|mass) (?:of|is|was))\s"
    r"(?:(?:in|at|about|around|some|just|only|nearly|almost|roughly|over|up to|at (?:least|most)"
    r"|(?:more|less) than|between|\d[\d.,]* (?:to|and|or))\s)*$"
)
_WEIGHS_AFTER = re.compile(
    r"\s?\(?(?:or )?(?:about )?[\d.,]+[ -]?(?:kgs?|kilograms?|kilos?|tonnes?|tons?|metric tons?)\b"
    r"| (?:heavier|lighter)\b| of (?:\w+ )?(?:thrust|force|weight|cargo|payload)\b"
)
# Longer figures are compared as they are written.
_MOST_DIGITS = 30
# What `one` stands before or after where it counts nothing.
_PRONOUN_BEFORE = frozenset("no any every each this that the which another some".split())
_PRONOUN_AFTER = frozenset("another who whom that which".split())


class Value(NamedTuple):
    """One way to read a number.

    The kind is empty for a count; `$`, `£`, `yen` … for money; `%`, and `%p` for percentage
    points; `th` for an ordinal, `/` for a fraction, `x` for a multiple, `s` for the years of a
    decade, `many` for "millions". Codes such as MH370 have a kind of their own.
    """

    amount: Fraction
    kind: str = ""


class Number(NamedTuple):
    """A number of a text: its offsets, its tokens by index, half-open, and how it can be read.

    `values` has the likeliest reading first: "5m" is five million, or five metres. `bound` is 1
    after "more than", -1 after "less than", else 0. `hyphenated` where a hyphen joins it to the
    token before.
    """

    start: int
    end: int
    first_token: int
    end_token: int
    text: str
    values: tuple[Value, ...]
    unit: str = ""
    bound: int = 0
    hyphenated: bool = False


class _Parsed(NamedTuple):
    """A number that ends before the token `end`; `scaled` if it ends in a scale like "million"."""

    amount: Fraction
    kind: str
    end: int
    scaled: bool = False


@lru_cache(maxsize=512)
def numbers(text: str) -> tuple[Number, ...]:
    """The numbers of a text, in order.

    >>> [(str(n.values[0].amount), n.unit) for n in numbers("Two and a half hours for 18 men")]
    [('5/2', 'hour'), ('18', '')]
    """
    words, dated = tokens(text), date_tokens(text)
    found: list[Number] = []
    i = 0
    while i < len(words):
        number = None if i in dated else _number_at(normalized(text), words, i)
        if number is not None:
            found.append(number)
        i = number.end_token if number else i + 1
    return tuple(_completed(found, words))


def number_tokens(text: str) -> frozenset[int]:
    """Which tokens of a text, by their index, belong to numbers."""
    return frozenset(i for n in numbers(text) for i in range(n.first_token, n.end_token))


def _number_at(text: str, words: Sequence[Token], first: int) -> Number | None:
    sign = _SIGNS.get(words[first].text, "")
    at = first + bool(sign)
    if sign and (at == len(words) or not words[at].attached):
        return None
    parsed = _parsed(words, at)
    if parsed is None:
        return None
    amount = -parsed.amount if _is_negative(words, first) else parsed.amount
    kind, end = _kind(words, parsed, sign)
    unit, end = ("", end) if kind in CURRENCIES else _unit(words, parsed, end)
    start, gap = words[first].start, words[first].gap
    if kind == "£" and not sign and _is_weight(text, start, words[end - 1]):
        kind, unit = "", "pound"
    values = [Value(amount, kind)]
    has_m = words[parsed.end - 1].suffix == "m"
    if has_m and not kind and _MEASURES_LENGTH.match(text, words[parsed.end - 1].end):
        unit, values = "metre", [Value(amount), Value(amount, "metre")]
    elif has_m:
        unit = ""
        values = [Value(amount * 10**6, kind)] + [Value(amount, "metre")] * (not kind)
    elif unit == "metre":
        values.append(Value(amount, "metre"))
    elif unit == "decade" and not kind:
        unit, values = "", [Value(amount, "decade"), Value(amount * 10)]
    before = text[max(0, start - 30) : start].casefold()
    return Number(
        start,
        words[end - 1].end,
        first,
        end,
        text[start : words[end - 1].end],
        tuple(values),
        unit,
        bound=1 if _AT_LEAST.search(before) else -1 if _AT_MOST.search(before) else 0,
        hyphenated=first > 0 and gap.strip() == "-" and not gap.startswith(" "),
    )


def _is_weight(text: str, start: int, last: Token) -> bool:
    """Whether a number in "pounds" is a weight by the words around it."""
    if last.norm not in {"pound", "pounds"}:
        return False
    before = text[max(0, start - 60) : start].casefold()
    return bool(_WEIGHS_BEFORE.search(before) or _WEIGHS_AFTER.match(text, last.end))


def _is_negative(words: Sequence[Token], i: int) -> bool:
    if i and words[i - 1].norm == "minus" and words[i].attached:
        return True
    gap = words[i].gap
    return bool(words[i].number) and gap[-1:] == "-" and (not i or gap[-2:-1] in (" ", "("))


# ---------------------------------------------------------------- values


def _next(words: Sequence[Token], i: int) -> str:
    """The word with this index if only spaces or a hyphen stand before it, else an empty one."""
    return words[i].norm if i < len(words) and not words[i].gap.strip(" -") else ""


def _parsed(words: Sequence[Token], i: int) -> _Parsed | None:
    word = words[i]
    if any(char.isdigit() for char in word.text):
        return _figures(words, i)
    if word.norm in ("a", "an"):
        return _after_article(words, i + 1)
    if word.norm in CARDINALS:
        return None if word.norm == "one" and _is_pronoun(words, i) else _in_words(words, i)
    if word.norm in _SCALES:
        return _scaled(words, Fraction(_SCALES[word.norm]), i + 1, scaled=True)
    return _single_word(words, i)


def _figures(words: Sequence[Token], i: int) -> _Parsed:
    number, suffix = words[i].number, words[i].suffix
    if not 0 < len(number) <= _MOST_DIGITS or suffix not in _SUFFIXES:
        # Compared as it is written: `MH370`, `8GBx`.
        return _Parsed(Fraction(0), f"code {words[i].norm}", i + 1)
    amount = Fraction(number.replace(",", ""))
    if kind := _SUFFIX_KINDS.get(suffix):
        return _Parsed(amount + 1900 * (kind == "s" and amount < 100), kind, i + 1)
    if suffix in _SHORT_SCALES:
        return _Parsed(amount * _SHORT_SCALES[suffix], "", i + 1, scaled=True)
    return _Parsed(amount, "", i + 1) if suffix else _scaled(words, amount, i + 1)


def _single_word(words: Sequence[Token], i: int) -> _Parsed | None:
    word = words[i].norm
    if word in _HALVES:
        after = i + 1 + (_next(words, i + 1) in ("a", "an"))
        if _next(words, after) in _SCALES:
            return _scaled(words, Fraction(1, 2), after)
        return _Parsed(Fraction(1, 2), "/", i + 1)
    if word in _ALONE:
        return _Parsed(*_ALONE[word], i + 1)
    if word in _ORDINALS and not (word == "second" and _is_time(words, i)):
        return _Parsed(Fraction(_ORDINALS[word]), "th", i + 1)
    return None


def _scaled(words: Sequence[Token], amount: Fraction, i: int, *, scaled: bool = False) -> _Parsed:
    """`2.5 million`, `two and a half thousand`, `3 dozen`; `three quarters`, `five times`."""
    if [_next(words, at) for at in range(i, i + 3)] == ["and", "a", "half"]:
        amount, i = amount + Fraction(1, 2), i + 3
    while (word := _next(words, i)) in _SCALES:
        amount, i, scaled = amount * _SCALES[word], i + 1, True
    if word in ("m", "bn", "mn", "tn"):
        return _Parsed(amount * _SHORT_SCALES.get(word, 10**6), "", i + 1, scaled=True)
    part = _PLURAL_FRACTIONS.get(word) or (_FRACTIONS.get(word) if amount == 1 else None)
    if not scaled and part is not None and amount <= part:
        return _Parsed(amount / part, "/", i + 1)
    if not scaled and word in ("times", "fold"):
        return _Parsed(amount, "x", i + 1)
    return _Parsed(amount, "", i, scaled)


def _after_article(words: Sequence[Token], i: int) -> _Parsed | None:
    """`a million`, `a third of`, `a decade`; any other `a` counts nothing."""
    word = _next(words, i)
    if word in _SCALES:
        return _scaled(words, Fraction(1), i)
    if word == "quarter" or (word in _FRACTIONS and _next(words, i + 1) == "of"):
        return _Parsed(Fraction(1, _FRACTIONS[word]), "/", i + 1) if word != "half" else None
    return _Parsed(Fraction(1), "", i) if word == "decade" else None


def _in_words(words: Sequence[Token], first: int) -> _Parsed:
    """`twenty-one`, `two hundred and five`, `three million`, `twenty-first`."""
    total = group = last = 0
    i, word = first, words[first].norm
    while word:
        after_tens, after_scale = 20 <= last < 100, last >= 100
        small = CARDINALS.get(word, 0)
        if i == first or (small and (after_scale or (after_tens and small < 10))):
            group, last = group + small, small
        elif word in _SCALES and word != "dozen":
            last = _SCALES[word]
            total, group = (total, group * 100) if last == 100 else (total + group * last, 0)
        elif word in _ORDINALS and (after_scale or (after_tens and _ORDINALS[word] < 10)):
            return _Parsed(Fraction(total + group + _ORDINALS[word]), "th", i + 1)
        elif not (
            word == "and" and after_scale and _next(words, i + 1) in CARDINALS.keys() | _ORDINALS
        ):
            break
        i += 1
        word = _next(words, i)
    amount = Fraction(total + group)
    return _Parsed(amount, "", i, scaled=True) if last >= 100 else _scaled(words, amount, i)


def _is_pronoun(words: Sequence[Token], i: int) -> bool:
    """Whether `one` counts nothing, as in "the one who"; "the one million" counts."""
    before = words[i - 1].norm if i and words[i].gap in (" ", "-") else ""
    if words[i].possessive or before in _PRONOUN_BEFORE:
        return _next(words, i + 1) not in _SCALES
    return _next(words, i + 1) in _PRONOUN_AFTER


def _is_time(words: Sequence[Token], i: int) -> bool:
    """Whether `second` is a part of a minute: "per second", "for a second"."""
    before = words[i - 1].norm if i and words[i].attached else ""
    last = i + 1 == len(words) or not words[i + 1].attached
    return before in ("per", "each", "every", "split") or (before == "a" and last)


# ---------------------------------------------------------------- kinds and units


def _kind(words: Sequence[Token], parsed: _Parsed, sign: str) -> tuple[str, int]:
    """The kind of a number by its sign and the words after it, and the token where it ends."""
    end = parsed.end
    if sign or parsed.kind:
        return parsed.kind or sign, end
    after = [_next(words, end + i) for i in range(3)]
    if after[:2] == ["per", "cent"]:
        after = ["percent", after[2]]
        end += 1
    points = after[1] in ("point", "points")
    if after[0] in ("%", "percent", "pct") or (after[0] == "percentage" and points):
        return "%p" if points else "%", end + 1 + points
    nation = _NATIONS.get(after[0].casefold())
    noun = after[nation is not None]
    coin = _COINS.get(noun) or _COINS.get(noun.removesuffix("s"))
    if coin is None:
        return "", end
    return f"{nation or ''}{coin}" if coin == "$" else coin, end + 1 + (nation is not None)


def _unit(words: Sequence[Token], parsed: _Parsed, end: int) -> tuple[str, int]:
    """What a number measures, and the token where it ends."""
    suffix = words[parsed.end - 1].suffix
    if parsed.kind or suffix in _UNITS:
        return _UNITS[suffix] if not parsed.kind else "", end
    unit = unit_of(_next(words, end))
    return unit, end + bool(unit)


def unit_of(word: str) -> str:
    """The unit that a word names, given as its `norm`: of "km", "kilometre"; "" if none."""
    forms = (word, word.removesuffix("s"), word.removesuffix("es"))
    return next((_UNITS[form] for form in forms if form in _UNITS), "")


def _completed(found: Sequence[Number], words: Sequence[Token]) -> Iterator[Number]:
    """Gives both numbers of `5 to 10 per cent` and `$5-10m` what is written with one of them."""
    for number, before, after in zip(found, [None, *found], [*found[1:], None], strict=False):
        amount, kind = number.values[0]
        values = list(number.values)
        if after is not None and are_paired(words, number, after):
            theirs = after.values[0]
            if not kind and theirs.kind in CURRENCIES | {"%", "%p"}:
                values.append(Value(amount, theirs.kind))
            if abs(amount) < 1000 and _has_scale(words, after):
                scale = next((10**n for n in (12, 9, 6, 3) if theirs.amount >= 10**n), 1)
                values += [Value(amount * scale, value.kind) for value in values]
        currency = before.values[0].kind if before is not None and not kind else ""
        if before is not None and currency in CURRENCIES and are_paired(words, before, number):
            values.append(Value(amount, currency))
        yield number._replace(values=tuple(values))


def _has_scale(words: Sequence[Token], number: Number) -> bool:
    return any(
        word.norm in _SCALES or word.suffix in _SHORT_SCALES or word.suffix == "m"
        for word in words[number.first_token : number.end_token]
    )


def are_paired(words: Sequence[Token], one: Number, two: Number) -> bool:
    """Whether nothing but a hyphen, `to`, `and` or `or` stands between two numbers."""
    between = words[one.end_token : two.first_token]
    if not between:
        return words[two.first_token].gap.strip() in ("", "-")
    return (
        len(between) == 1
        and between[0].norm in ("to", "and", "or")
        and between[0].attached
        and words[two.first_token].attached
    )
