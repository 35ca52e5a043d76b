"""Tells names with a day or month in them from dates: "Theresa May", "the Sunday Times". English.

A weekday or month that stands alone is part of a name where a known name has it ("Good Friday"),
where a month follows a name, and where a name goes on after it that no word leads to as a time:
"with June Carter" has a name, "in June Carter left" has none.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.text.terms import STOP_WORDS
from rag.text.tokens import PAST_FORMS, Token, tokens
from rag.text.word_lists import word_set

_KNOWN = frozenset(tuple(name.split("_")) for name in word_set("names", "dated"))
_LONGEST = max(map(len, _KNOWN))
_NO_NAMES = STOP_WORDS | word_set("names", "openers") | {"early", "late", "mid"}
# These may lead to a date at once; "the" to a month, but not to "the Sunday Times".
_BEFORE_DATE = _NO_NAMES - frozenset("as for like than the with".split())
_PERSONS = word_set("names", "titles") | word_set("names", "honorifics")


def is_in_name(text: str, start: int, *, is_month: bool) -> bool:
    """Whether the word that begins at `start`, a weekday or month, is part of a name.

    >>> is_in_name("Theresa May won.", 8, is_month=True)
    True
    >>> is_in_name("He left in May.", 11, is_month=True)
    False
    """
    found = tokens(text)
    i = next((i for i, token in enumerate(found) if token.start == start), None)
    if i is None:
        return False
    return (
        _is_known(found, i)
        or (is_month and _follows_name(found, i))
        or _name_goes_on(found, i, is_month=is_month)
    )


def _is_known(found: Sequence[Token], i: int) -> bool:
    """Whether a known name has it: "Black Friday", "Mail on Sunday"."""
    return any(
        tuple(token.norm for token in found[first:end]) in _KNOWN
        for first in range(max(0, i - _LONGEST + 1), i + 1)
        for end in range(i + 1, min(len(found), first + _LONGEST) + 1)
    )


def _follows_name(found: Sequence[Token], i: int) -> bool:
    before = _before(found, i)
    return (
        before is not None
        and before.capital
        and not (before.possessive or before.number)
        and before.norm not in _NO_NAMES
    )


def _name_goes_on(found: Sequence[Token], i: int, *, is_month: bool) -> bool:
    after = found[i + 1] if i + 1 < len(found) else None
    if after is None or after.gap != " " or not after.capital or found[i].possessive:
        return False
    if after.number or after.norm in STOP_WORDS | _PERSONS:
        return False
    return not _leads_to_date(found, i, is_month=is_month)


def _leads_to_date(found: Sequence[Token], i: int, *, is_month: bool) -> bool:
    """Whether the word before tells when something happens: "in", "last", or a verb."""
    before = _before(found, i)
    if before is None:
        return is_month and found[i].norm == "may"  # "May God bless you"
    if before.norm in ("and", "or", "to"):  # "Monday and Tuesday"
        return i > 1 and found[i - 2].capital
    is_verb = before.norm in PAST_FORMS or before.norm.endswith("ed")
    of_month = is_month and (before.norm == "the" or before.possessive)
    return is_verb or of_month or before.norm in _BEFORE_DATE


def _before(found: Sequence[Token], i: int) -> Token | None:
    """The word right before, None where a sentence or clause begins."""
    begins = i == 0 or found[i].opens or found[i].gap not in (" ", "-")
    return None if begins else found[i - 1]
