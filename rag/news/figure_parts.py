"""Tells figures that count a part of what another figure counts. English.

    "The crash killed 12 people, including 10 students."  -> 10 is a part
    "The crash killed 10 students and two teachers."      -> 10 and two are 12 together

A part is smaller than the whole and contradicts it no more than it contradicts itself.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from rag.text.numbers import Number, numbers

_ABOUT = r"(?:(?:at least|about|around|some|more than|over|nearly|almost|the)\s)?"
_BEFORE = re.compile(
    r"\b(?:includ(?:ing|es?|ed)|among (?:them|those|whom|the \w+)(?:,| (?:are|is|was|were))?"
    rf"|(?:of|from) (?:them|whom|these|those|which),?)\s{_ABOUT}$"
    rf"|\b(?:compris(?:ing|es?|ed)|consist(?:ing|s|ed)? of|made up of)\s{_ABOUT}$"
    rf"|\bincluding\s[^,;()]{{1,60}}\sand\s{_ABOUT}$",
    re.IGNORECASE,
)
_WHOLE = (
    r"(?:dead|killed|injured|wounded|victims?|casualties|deaths|passengers|total"
    r"|\d+|[a-z]+(?:teen|ty)|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
)
_AFTER = re.compile(
    rf"\s(?:[\w.-]+\s){{0,2}}of\s(?:them|whom|those|these|which|(?:the|its|their)\s{_WHOLE})\b"
    r"|\s(?:\([^)]*\)\s|\w+\s){0,2}outside\s",
    re.IGNORECASE,
)
_JOINED = re.compile(
    rf"(?:\s(?!(?:in|at|on|by|from|to|of|near|were|was|are|is|had|have|has)\b)[\w.'’-]+){{1,4}}"
    rf"(?:,[^,;.]{{1,40}},)?(?:,|,?\sand)\s{_ABOUT}",
    re.IGNORECASE,
)

_VERB = re.compile(r"\s(?:were|was|are|is|had|have|has)\b", re.IGNORECASE)
# So many characters before a figure are looked at.
_NEAR = 120


def is_part(sentence: str, number: Number) -> bool:
    """Whether a sentence says that a figure counts a part: "including 10", "10 of whom"."""
    before = _BEFORE.search(sentence, max(0, number.start - _NEAR), number.start)
    return bool(before or _AFTER.match(sentence, number.end))


@lru_cache(maxsize=64)
def parts_told(text: str) -> frozenset[Fraction]:
    """The amounts that a text says are parts."""
    return frozenset(n.values[0].amount for n in numbers(text) if is_part(text, n))


def together(sentence: str, number: Number) -> Fraction:
    """What a figure comes to with those listed beside it: 12 of "10 students and two teachers".

    >>> said = "The crash killed 10 students and two teachers."
    >>> together(said, numbers(said)[0])
    Fraction(12, 1)
    """
    found = numbers(sentence)
    at = next(i for i, item in enumerate(found) if item.start == number.start)
    first = last = at
    while first > 0 and _are_joined(sentence, found[first - 1], found[first]):
        first -= 1
    while last + 1 < len(found) and _are_joined(sentence, found[last], found[last + 1]):
        last += 1
    return sum((item.values[0].amount for item in found[first : last + 1]), Fraction(0))


def _are_joined(sentence: str, one: Number, two: Number) -> bool:
    """Whether two figures of one kind are listed beside each other, the second without a verb."""
    between = sentence[one.end : two.start]
    is_row = one.values[0].kind == two.values[0].kind and bool(_JOINED.fullmatch(between))
    return is_row and not _VERB.match(sentence, two.end)
