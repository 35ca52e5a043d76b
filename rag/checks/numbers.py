"""Numbers in a text, in figures or words, with what they count; and whether those of a statement are those of its quotes.

In go folded texts; out come values that can be compared: `eleven` is 11, `11th` is not, `$5m` is neither `£5m` nor 5. Dates are told
apart before. It does not know what a number is about: that is for `roles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rag.checks.backing import Backing
from rag.checks.dates import dated_tokens, days, years
from rag.text.tokens import Token, tokens

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: number for number, word in enumerate(_UNITS)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
_SMALL["nil"] = 0
NUMBER_WORDS = _SMALL
_SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
_SUFFIXES = {
    **dict.fromkeys(("k",), 10**3),
    **dict.fromkeys(("mn", "mln", "mio"), 10**6),
    **dict.fromkeys(("b", "bn", "bln"), 10**9),
    **dict.fromkeys(("tn", "trn"), 10**12),
}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12, "hundredth": 100, "thousandth": 1000,
    "millionth": 10**6, "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70,
    "eightieth": 80, "ninetieth": 90, **{f"{_UNITS[n]}th": n for n in (4, 6, 7, 10, 11, *range(13, 20))},
}  # fmt: skip
_PARTS = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "tenth": 10,
}
_PARTS |= {f"{word}s": number for word, number in _PARTS.items() if word not in ("half", "halves")}
_TIMES = {"twice": 2, "double": 2, "doubled": 2, "doubles": 2, "doubling": 2, "twofold": 2, "thrice": 3, "triple": 3, "tripled": 3,
          "triples": 3, "tripling": 3, "treble": 3, "trebled": 3, "threefold": 3, "quadruple": 4, "quadrupled": 4, "fourfold": 4,
          "tenfold": 10}  # fmt: skip
_HALVED = frozenset({"half", "halve", "halved", "halves", "halving"})
# Words that are a number by themselves, whatever stands around them.
_ALONE = {
    **{f"{word}s": (Fraction(value), "many") for word, value in _SCALES.items()},
    **{word: (Fraction(value), "x") for word, value in _TIMES.items()},
    **{word: (Fraction(1, _PARTS[word]), "/") for word in ("quarter", "quarters", "thirds")},
    **{f"{word[:-1]}ies": (Fraction(1900 + _SMALL[word]), "s") for word in _TENS},
    **dict.fromkeys(("decade", "decades"), (Fraction(1), "decade")),
}
_SIGNS = {"£": "£", "€": "€", "¥": "yen", "₹": "rupee", "₩": "won", "₪": "shekel", "₽": "rouble", "₺": "lira", "$": "$", "US$": "$",
          "A$": "A$", "AU$": "A$", "C$": "C$", "CA$": "C$", "HK$": "HK$", "NZ$": "NZ$", "S$": "S$"}  # fmt: skip
_MONEY = {"dollar": "$", "buck": "$", "usd": "$", "pound": "£", "sterling": "£", "gbp": "£", "quid": "£", "euro": "€", "eur": "€",
          "yen": "yen", "jpy": "yen", "yuan": "yuan", "renminbi": "yuan", "rupee": "rupee", "rouble": "rouble", "ruble": "rouble",
          "crown": "crown", "krona": "krona", "kronor": "krona", "krone": "krone", "kroner": "krone", "franc": "franc",
          "shekel": "shekel", "peso": "peso", "rand": "rand", "lira": "lira", "baht": "baht", "ringgit": "ringgit", "rupiah": "rupiah",
          "dirham": "dirham", "riyal": "riyal", "dinar": "dinar", "cent": "cent", "penny": "penny", "pence": "penny"}  # fmt: skip
_NATIONAL = {
    "us": "",
    "american": "",
    "australian": "A",
    "canadian": "C",
    "singapore": "S",
    "british": "",
    "swiss": "",
    "japanese": "",
}
_MEASURES = (
    "second sec|minute min mins|hour hr hrs|day|week wk|month|year yr yrs|kilometre kilometer km kms|metre meter|centimetre centimeter cm|"
    "millimetre millimeter mm|mile|yard yd|foot feet ft|inch|kilogram kilo kg kgs|gram|tonne ton|ounce oz|litre liter|hectare|acre|degree|"
    "mph|kph kmh|gigabyte gb|megabyte mb|terabyte tb|kilobyte kb|megabit|gigabit|watt|kilowatt kw|megawatt mw|gigawatt gw|barrel|mbps|"
    "ghz|mhz|pm|am|goal|point|try|wicket|run|stone|decade"
)
_UNIT = {form: forms.split()[0] for forms in _MEASURES.split("|") for form in forms.split()}
_MORE = re.compile(
    r"(?:more than|over|above|at least|exceed\w*|no (?:less|fewer) than|upwards of|beyond|greater than|in excess of)\s(?:\w+\s)?$"
)
_LESS = re.compile(
    r"(?:less than|fewer than|under|below|at most|up to|no more than|nearly|almost|just short of|not quite|within|maximum of)\s(?:\w+\s)?$"
)
# Longer figures are compared as they are written.
_LONGEST = 30
# What `one` stands before or after where it counts nothing.
_PRONOUN_BEFORE = frozenset("no any every each this that the which another some".split())
_PRONOUN_AFTER = frozenset("another who whom that which".split())
_CURRENCIES = frozenset({*_SIGNS.values(), *_MONEY.values()})
_SHAREABLE = _CURRENCIES | {"%", "%p"}
_SCALE_SIZES = (10**12, 10**9, 10**6, 10**3)


class Reading(NamedTuple):
    """One way to read a number: its value and its kind, such as `$`, `%`, `th` for an ordinal, `/` for a part, nothing for a count."""

    value: Fraction
    kind: str = ""


class Figure(NamedTuple):
    """A number of a text: how it can be read, what it measures, and which tokens it takes, `start` to `end`."""

    readings: tuple[Reading, ...]
    unit: str
    start: int
    end: int
    text: str
    joined: bool
    bound: int

    def is_in(self, other: Figure) -> bool:
        """Whether a statement may say this where its quote says the other."""
        if self.unit and other.unit and self.unit != other.unit:
            return False
        if self.bound * other.bound < 0:
            return False
        return any(_same(mine, theirs) for mine in self.readings for theirs in other.readings)


def _same(mine: Reading, theirs: Reading) -> bool:
    if mine.kind == theirs.kind:
        return mine.value == theirs.value
    if {mine.kind, theirs.kind} == {"/", "%"}:
        part, share = (mine, theirs) if mine.kind == "/" else (theirs, mine)
        return part.value * 100 == share.value
    return mine.kind == "" and theirs.kind in _CURRENCIES and mine.value == theirs.value


class _Value(NamedTuple):
    """A number that was read from the tokens up to `end`; `scaled` where it ends in a scale such as million."""

    value: Fraction
    kind: str
    end: int
    scaled: bool = False
    metres: bool = False


@lru_cache(maxsize=512)
def figures(text: str) -> tuple[Figure, ...]:
    """The numbers of a folded text, in order, dates left out."""
    words, dated = tokens(text), dated_tokens(text)
    found: list[Figure] = []
    i = 0
    while i < len(words):
        figure = None if i in dated else _figure(text, words, i)
        if figure is None:
            i += 1
            continue
        found.append(figure)
        i = max(figure.end, i + 1)
    return tuple(_shared(found, words))


def _figure(text: str, words: Sequence[Token], i: int) -> Figure | None:
    start, sign = i, ""
    if words[i].text in _SIGNS:
        sign = _SIGNS[words[i].text]
        i += 1
        if i == len(words) or words[i].gap.strip():
            return None
    value = _value(words, i)
    if value is None:
        return None
    read = value.value
    if _is_negative(words, start):
        read = -read
    kind, end = _kind(words, value, sign)
    unit, end = ("", end) if kind in _CURRENCIES else _unit(words, value, end)
    readings = [Reading(read, kind)]
    if value.metres and kind:
        readings = [Reading(read * 10**6, kind)]
    elif value.metres:
        unit, readings = "", [Reading(read * 10**6, kind), Reading(read, "metre")]
    elif unit == "metre":
        readings.append(Reading(read, "metre"))
    if unit == "decade" and not kind:
        unit, readings = "", [Reading(read, "decade"), Reading(read * 10, "")]
    shown = text[words[start].start : words[end - 1].end]
    return Figure(
        tuple(readings),
        unit,
        start,
        end,
        shown,
        _is_joined(words, start),
        _bound(text, words[start].start),
    )


def _is_negative(words: Sequence[Token], start: int) -> bool:
    before = words[start - 1] if start else None
    if before is not None and before.fold == "minus" and not words[start].gap.strip():
        return True
    return (
        bool(words[start].number)
        and words[start].gap.endswith("-")
        and (not start or words[start].gap[:-1].endswith((" ", "(")))
    )


def _is_joined(words: Sequence[Token], start: int) -> bool:
    return start > 0 and words[start].gap.strip() == "-" and not words[start].gap.startswith(" ")


def _bound(text: str, start: int) -> int:
    before = text[max(0, start - 30) : start].casefold()
    return 1 if _MORE.search(before) else -1 if _LESS.search(before) else 0


# ---------------------------------------------------------------- values


def _value(words: Sequence[Token], i: int) -> _Value | None:
    word = words[i]
    if word.number:
        return _digits(words, i)
    if any(char.isdigit() for char in word.text):
        return _literal(word, i)
    if word.fold in ("a", "an"):
        return _scaled_article(words, i)
    return _in_words(words, i)


_SUFFIX_KINDS = {
    **dict.fromkeys(("st", "nd", "rd", "th"), "th"),
    "s": "s",
    "p": "penny",
    "c": "cent",
    "x": "x",
    "pc": "%",
    "pct": "%",
}


def _digits(words: Sequence[Token], i: int) -> _Value:
    word, suffix = words[i], words[i].suffix.casefold()
    if len(word.number) > _LONGEST or (
        suffix and suffix not in {*_SUFFIX_KINDS, *_SUFFIXES, *_UNIT, "m"}
    ):
        return _literal(word, i)
    value = Fraction(word.number.replace(",", ""))
    if suffix in _SUFFIX_KINDS:
        return _Value(
            value + 1900 if suffix == "s" and value < 100 else value, _SUFFIX_KINDS[suffix], i + 1
        )
    if suffix in _SUFFIXES:
        return _Value(value * _SUFFIXES[suffix], "", i + 1, scaled=True)
    return (
        _Value(value, "", i + 1, metres=suffix == "m") if suffix else _scaled(words, value, i + 1)
    )


def _literal(word: Token, i: int) -> _Value:
    """What is compared as it is written: `MH370`, `8GBx`."""
    return _Value(Fraction(0), f"code {word.fold}", i + 1)


def _scaled(words: Sequence[Token], value: Fraction, i: int) -> _Value:
    """`2.5 million`, `two and a half thousand`, `3 dozen`; `three quarters`, `five times`."""
    if _next(words, i, "and") and _next(words, i + 1, "a") and _next(words, i + 2, "half"):
        value, i = value + Fraction(1, 2), i + 3
    scaled = False
    while i < len(words) and words[i].fold in _SCALES and words[i].gap in (" ", "-"):
        value, i, scaled = value * _SCALES[words[i].fold], i + 1, True
    if i < len(words) and words[i].fold in ("m", "bn", "mn", "tn") and words[i].gap == " ":
        return _Value(value * _SUFFIXES.get(words[i].fold, 10**6), "", i + 1, scaled=True)
    if not scaled and i < len(words) and words[i].gap in (" ", "-"):
        if (
            words[i].fold in _PARTS
            and not (words[i].fold in ("half", "third", "quarter") and value != 1)
            and value < _PARTS[words[i].fold] + 1
        ):
            return _Value(value / _PARTS[words[i].fold], "/", i + 1)
        if words[i].fold in ("times", "fold"):
            return _Value(value, "x", i + 1)
    return _Value(value, "", i, scaled)


def _next(words: Sequence[Token], i: int, word: str) -> bool:
    return i < len(words) and words[i].fold == word and words[i].gap in (" ", "-")


def _scaled_article(words: Sequence[Token], i: int) -> _Value | None:
    """`a million`, `a third`, `a decade`; any other `a` counts nothing."""
    if i + 1 == len(words) or words[i + 1].gap != " ":
        return None
    after = words[i + 1].fold
    if after in _SCALES:
        return _scaled(words, Fraction(1), i + 1)
    if (
        after in _PARTS
        and after not in ("second", "half")
        and not after.endswith("s")
        and (after == "quarter" or _next(words, i + 2, "of"))
    ):
        return _Value(Fraction(1, _PARTS[after]), "/", i + 2)
    return _Value(Fraction(1), "", i + 1) if after == "decade" else None


def _in_words(words: Sequence[Token], i: int) -> _Value | None:
    word = words[i].fold
    if word in _SMALL:
        return None if word == "one" and _is_pronoun(words, i) else _small(words, i)
    if word in _SCALES:
        scaled = _scaled(words, Fraction(1), i)
        # After a bracket, or as the first word of a text, it scales nothing: `Million Dollar Baby`.
        return scaled if scaled.end > i else _Value(Fraction(_SCALES[word]), "", i + 1, scaled=True)
    if word in _HALVED:
        return _half(words, i)
    if word in _ALONE:
        return _Value(*_ALONE[word], i + 1)
    return _ordinal(words, i)


def _half(words: Sequence[Token], i: int) -> _Value:
    after = i + 1 + (_next(words, i + 1, "a") or _next(words, i + 1, "an"))
    if after < len(words) and words[after].fold in _SCALES and words[after].gap == " ":
        return _scaled(words, Fraction(1, 2), after)
    return _Value(Fraction(1, 2), "/", i + 1)


def _ordinal(words: Sequence[Token], i: int) -> _Value | None:
    word = words[i].fold
    if word not in _ORDINALS:
        return None
    if (
        word == "second"
        and i
        and words[i - 1].fold in ("a", "per", "each", "every", "split")
        and not words[i].gap.strip()
    ):
        after = words[i + 1] if i + 1 < len(words) else None
        if after is None or after.gap.strip() or words[i - 1].fold != "a":
            return None
    return _Value(Fraction(_ORDINALS[word]), "th", i + 1)


def _is_pronoun(words: Sequence[Token], i: int) -> bool:
    if words[i].owns or (i and words[i - 1].fold in _PRONOUN_BEFORE and words[i].gap in (" ", "-")):
        return not _counts(words, i)
    return i + 1 < len(words) and words[i + 1].fold in _PRONOUN_AFTER and words[i + 1].gap == " "


def _counts(words: Sequence[Token], i: int) -> bool:
    """Whether `the one` stands before a scale or a number, as in `the one million`."""
    return i + 1 < len(words) and words[i + 1].fold in _SCALES


def _small(words: Sequence[Token], i: int) -> _Value:
    """`twenty-one`, `two hundred and five`, `three million`, `twenty-first`."""
    total, current, last, start = 0, 0, 0, i
    while i < len(words) and (i == start or words[i].gap in (" ", "-")):
        word = words[i].fold
        if word in _SMALL and (
            i == start or last >= 100 or (last in range(20, 100) and 0 < _SMALL[word] < 10)
        ):
            current, last = current + _SMALL[word], _SMALL[word]
        elif word in _SCALES and i > start and word != "dozen":
            scale = last = _SCALES[word]
            total, current = (
                (total, current * scale) if scale == 100 else (total + current * scale, 0)
            )
        elif (
            word in _ORDINALS
            and (last >= 100 or (last in range(20, 100) and _ORDINALS[word] < 10))
            and i > start
        ):
            return _Value(Fraction(total + current + _ORDINALS[word]), "th", i + 1)
        elif (
            word == "and"
            and last >= 100
            and i + 1 < len(words)
            and words[i + 1].fold in _SMALL | _ORDINALS
        ):
            pass
        else:
            break
        i += 1
    value = Fraction(total + current)
    return _Value(value, "", i, scaled=True) if last >= 100 else _scaled(words, value, i)


# ---------------------------------------------------------------- kinds and units


def _kind(words: Sequence[Token], value: _Value, sign: str) -> tuple[str, int]:
    """What kind of number it is by what stands around it, and where that ends."""
    end = value.end
    if sign or value.kind:
        return value.kind or sign, end
    after = [word.fold if not word.gap.strip(" -") else "" for word in words[end : end + 3]] + [
        "",
        "",
        "",
    ]
    if after[0] in ("%", "percent", "pct") or after[:2] == ["per", "cent"]:
        size = 2 if after[0] == "per" else 1
        points = after[size] in ("point", "points")
        return "%p" if points else "%", end + size + points
    if after[0] == "percentage" and after[1] in ("point", "points"):
        return "%p", end + 2
    nation = _NATIONAL.get(after[0].casefold())
    coin = _MONEY.get(noun := after[nation is not None]) or _MONEY.get(noun.removesuffix("s"))
    if coin is None:
        return "", end
    return f"{nation or ''}{coin}" if coin == "$" else coin, end + 1 + (nation is not None)


def _unit(words: Sequence[Token], value: _Value, end: int) -> tuple[str, int]:
    """What the number measures, and where that ends."""
    if value.kind:
        return "", end
    suffix = words[value.end - 1].suffix.casefold()
    if suffix in _UNIT:
        return _UNIT[suffix], end
    if end == len(words) or words[end].gap.strip(" -"):
        return "", end
    word = words[end].fold
    unit = (
        _UNIT.get(word)
        or _UNIT.get(word.removesuffix("s"))
        or _UNIT.get(word.removesuffix("es"))
        or ""
    )
    return unit, end + bool(unit)


def _shared(found: Sequence[Figure], words: Sequence[Token]) -> Iterator[Figure]:
    """In `5 to 10 per cent` and `$5-10m` what is said of one number is said of both."""
    for figure, before, after in zip(found, [None, *found], [*found[1:], None], strict=False):
        value, kind = figure.readings[0]
        readings = list(figure.readings)
        if after is not None and _are_paired(words, figure, after):
            theirs = after.readings[0]
            if not kind and theirs.kind in _SHAREABLE:
                readings.append(Reading(value, theirs.kind))
            scale = next((size for size in _SCALE_SIZES if theirs.value >= size), 1)
            if abs(value) < 1000 and _is_scaled(words, after):
                readings += [Reading(value * scale, item.kind) for item in readings]
        if (
            before is not None
            and not kind
            and before.readings[0].kind in _CURRENCIES
            and _are_paired(words, before, figure)
        ):
            readings.append(Reading(value, before.readings[0].kind))
        yield figure._replace(readings=tuple(readings))


def _is_scaled(words: Sequence[Token], figure: Figure) -> bool:
    taken = words[figure.start : figure.end]
    return any(
        word.fold in _SCALES or word.suffix.casefold() in _SUFFIXES or word.suffix == "m"
        for word in taken
    )


def _are_paired(words: Sequence[Token], one: Figure, two: Figure) -> bool:
    """Whether nothing but a hyphen, `to`, `and` or `or` stands between two numbers."""
    between = words[one.end : two.start]
    if not between:
        return words[two.start].gap.strip() in ("", "-")
    return (
        len(between) == 1
        and between[0].fold in ("to", "and", "or")
        and not (between[0].gap + words[two.start].gap).strip()
    )


# ---------------------------------------------------------------- statement and quotes


def missing_number(statement: str, quotes: Sequence[Backing]) -> str | None:
    """A number of the statement that no quote has, as the statement says it; None where there is none. Texts are folded."""
    said = figures(statement)
    if not said:
        return None
    have = [figure for quote in quotes for figure in (*figures(quote.text), *_of_dates(quote))]
    words = tokens(statement)
    for i, figure in enumerate(said):
        if not any(figure.is_in(other) for other in have) and not _is_any_one(
            words, figure, quotes
        ):
            return figure.text
        if (
            i
            and figure.joined
            and said[i - 1].end == figure.start
            and not any(_has_pair(said[i - 1], figure, quote.text) for quote in quotes)
        ):
            return f"{said[i - 1].text}-{figure.text}"
    return None


def _of_dates(quote: Backing) -> Iterator[Figure]:
    """The year of a date is a number too, and its day an ordinal."""
    for kind, values in (("", years(quote.text, quote.published)), ("th", days(quote.text))):
        # No measure is of the unit "date": what is measured is no year.
        yield from (
            Figure((Reading(Fraction(value), kind),), "date", 0, 0, str(value), False, 0)
            for value in values
        )


def _has_pair(one: Figure, two: Figure, text: str) -> bool:
    have, words = figures(text), tokens(text)
    return any(
        one.is_in(first) and two.is_in(second) and _are_paired(words, first, second)
        for first, second in pairwise(have)
    )


def _is_any_one(words: Sequence[Token], figure: Figure, quotes: Sequence[Backing]) -> bool:
    """`one` where a quote has it in another sense, or `a` before the same word."""
    if words[figure.start].fold != "one" or figure.readings[0] != Reading(Fraction(1)):
        return False
    after = words[figure.start + 1].fold if figure.start + 1 < len(words) else ""
    for quote in quotes:
        have = [word.fold for word in tokens(quote.text)]
        if "one" in have or any(
            word in ("a", "an", "single") and its == after for word, its in pairwise(have)
        ):
            return True
    return False
