"""Checks that the numbers of a statement stand in its quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from rag.checks.backing import Backing
from rag.checks.dates import quote_dates
from rag.text.numbers import CURRENCIES, Number, Value, are_paired, numbers
from rag.text.tokens import tokens


def missing_number(statement: str, quotes: Sequence[Backing]) -> str | None:
    """The first number of the statement that no quote has, as written; None if all are there."""
    said = numbers(statement)
    have = [
        number for quote in quotes for number in (*numbers(quote.text), *_numbers_of_dates(quote))
    ]
    for before, number in zip([None, *said], said, strict=False):
        if not any(agrees(number, other) for other in have):
            return number.text
        # A score such as 7-4 must stand together.
        if (
            before is not None
            and number.hyphenated
            and before.end_token == number.first_token
            and not any(_has_pair(before, number, quote.text) for quote in quotes)
        ):
            return f"{before.text}-{number.text}"
    return None


def agrees(said: Number, other: Number) -> bool:
    """Whether a statement may say the one number where its quote has the other."""
    if said.unit and other.unit and said.unit != other.unit:
        return False
    if said.bound * other.bound < 0:
        return False
    return any(_is_same(mine, theirs) for mine in said.values for theirs in other.values)


def _is_same(mine: Value, theirs: Value) -> bool:
    if {mine.kind, theirs.kind} == {"/", "%"}:
        part, share = (mine, theirs) if mine.kind == "/" else (theirs, mine)
        return part.amount * 100 == share.amount
    # A statement may leave out the currency.
    same_kind = mine.kind == theirs.kind or (mine.kind == "" and theirs.kind in CURRENCIES)
    return same_kind and mine.amount == theirs.amount


def _numbers_of_dates(quote: Backing) -> Iterator[Number]:
    """The year of a date is a number too, and its day an ordinal; neither is in any other unit."""
    for date in quote_dates(quote.text, quote.published):
        for value, kind in ((date.year, ""), (date.day, "th")):
            if value:
                values = (Value(Fraction(value), kind),)
                yield Number(0, 0, 0, 0, str(value), values, unit="date")


def _has_pair(one: Number, two: Number, text: str) -> bool:
    words = tokens(text)
    return any(
        agrees(one, first) and agrees(two, second) and are_paired(words, first, second)
        for first, second in pairwise(numbers(text))
    )
