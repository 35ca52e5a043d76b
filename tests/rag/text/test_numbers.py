"""Numbers and what they count."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.numbers import numbers


def read(text: str) -> list[tuple[Fraction, str, str]]:
    return [(n.values[0].amount, n.values[0].kind, n.unit) for n in numbers(text)]


@pytest.mark.parametrize(
    ("text", "amount", "kind", "unit"),
    [
        ("18 people", 18, "", ""),
        ("eighteen people", 18, "", ""),
        ("1,200 men", 1200, "", ""),
        ("1\u2009200 men", 1200, "", ""),
        ("two hundred and five", 205, "", ""),
        ("twenty-one", 21, "", ""),
        ("the twenty-first", 21, "th", ""),
        ("the 11th visit", 11, "th", ""),
        ("2.5 million", 2_500_000, "", ""),
        ("$2.5m", 2_500_000, "$", ""),
        ("£3bn", 3 * 10**9, "£", ""),
        ("a million pounds", 10**6, "£", ""),
        ("a million pounds of thrust", 10**6, "", "pound"),
        ("The crane weighs 900 pounds", 900, "", "pound"),
        ("900 pounds heavier", 900, "", "pound"),
        ("fined 900 pounds", 900, "£", ""),
        ("a 30m-deep shaft", 30, "", "metre"),
        ("30m long-term loans", 30 * 10**6, "", ""),
        ("The shaft is 80m deep.", 80, "", "metre"),
        ("watched by 5m high school students", 5 * 10**6, "", ""),
        ("5m deep in debt", 5 * 10**6, "", ""),
        ("The crane weighs up to 900 pounds", 900, "", "pound"),
        ("weighing a bid of 900 pounds", 900, "£", ""),
        ("Mass protests cost 900 pounds", 900, "£", ""),
        ("The thrust of it is to save 900 pounds", 900, "£", ""),
        ("He lost weight and won 900 pounds", 900, "£", ""),
        ("a half-billion dollars", 500_000_000, "$", ""),
        ("40%", 40, "%", ""),
        ("40 per cent", 40, "%", ""),
        ("5 percentage points", 5, "%p", ""),
        ("two-thirds", Fraction(2, 3), "/", ""),
        ("a third of them", Fraction(1, 3), "/", ""),
        ("three and a half hours", Fraction(7, 2), "", "hour"),
        ("3 weeks", 3, "", "week"),
        ("five times", 5, "x", ""),
        ("the nineties", 1990, "s", ""),
        ("MH370", 0, "code mh370", ""),
        ("-5 degrees", -5, "", "degree"),
    ],
)
def test_a_number_is_read(text: str, amount: Fraction, kind: str, unit: str) -> None:
    assert read(text) == [(amount, kind, unit)]


@pytest.mark.parametrize("text", ["the one who left", "for a second", "22 October", "a man"])
def test_what_counts_nothing_is_no_number(text: str) -> None:
    assert numbers(text) == ()


def test_metres_stay_a_reading_of_what_is_likelier_millions() -> None:
    (number,) = numbers("an 80m long bridge")
    assert number.values == ((80 * 10**6, ""), (80, "metre"))


def test_a_range_shares_its_unit_and_scale() -> None:
    first, second = numbers("$5-10m")
    assert {value.amount for value in first.values} >= {5, 5_000_000}
    assert second.values[-1] == (Fraction(10**7), "$")
    assert [number.bound for number in numbers("more than 5, at most 9, and 3")] == [1, -1, 0]


@given(st.text(max_size=100) | st.text("0123456789$£%.,- mbn", max_size=30))
def test_offsets_slice_back(text: str) -> None:
    for number in numbers(text):
        assert 0 <= number.start < number.end <= len(text)
        assert len(number.text) == number.end - number.start
