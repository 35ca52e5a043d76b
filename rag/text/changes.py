"""Finds what a text says has risen or fallen: "profits fell", "higher prices", "a cut in costs".

A word of change belongs to the nouns next to it in its clause: those right after an adjective,
those after "in", otherwise those before a verb and right after it. English, by word lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from rag.text.dates import MONTHS
from rag.text.phrases import PREPOSITIONS
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, tokens
from rag.text.word_lists import word_file, word_set

_ENDS = frozenset(
    "and or but as because although though when while if unless until since after before which "
    "who that whether than despite with".split()
)
_PREPOSITIONS = frozenset(PREPOSITIONS.split("|"))
# Before a noun, these say how its amount has changed.
_ADJECTIVES = word_set("words", "changed")
# Words for when something changes, and by how much, are not what changes.
_TIMES = frozenset(map(str.casefold, MONTHS)) | frozenset(
    "last first next past second third fourth year month week day quarter half years months weeks "
    "days two three four five six per cent percent points below above sharply slightly".split()
)
_BEFORE = 6
_AFTER = 3


class Change(NamedTuple):
    """What changed, as the bases of the words near the word of change, and whether it rose."""

    things: frozenset[str]
    up: bool

    def same_thing(self, other: Change) -> bool:
        return not self.things.isdisjoint(other.things)


def _read_directions() -> dict[str, bool]:
    up, down = word_file("words")["directions"].split("|")
    return {
        base(word): direction
        for words, direction in ((up, True), (down, False))
        for word in words.split()
    }


_DIRECTIONS = _read_directions()


@lru_cache(maxsize=512)
def changes(text: str) -> tuple[Change, ...]:
    """The changes that a text speaks of; one whose thing is not clear is left out.

    >>> changes("Glass sales rose, but profits fell.") == (
    ...     Change(frozenset({"glass", "sale"}), True), Change(frozenset({"profit"}), False)
    ... )
    True
    """
    words = tokens(text)
    found = [
        Change(things, _DIRECTIONS[base(word.norm)])
        for i, word in enumerate(words)
        if base(word.norm) in _DIRECTIONS and (word.opens or not word.capital)
        if (things := frozenset(_things(words, i)))
    ]
    return tuple(found)


def opposed(asked: str, text: str) -> bool | None:
    """Whether a text has the opposite change of a thing; None if it has no change of it at all.

    >>> opposed("Which firms reported lower profits?", "Skarn's profits rose."), opposed("a", "b")
    (True, None)
    """
    same = [
        change.up == other.up
        for change in changes(asked)
        for other in changes(text)
        if change.same_thing(other)
    ]
    return not any(same) if same else None


def _things(words: Sequence[Token], i: int) -> Iterator[str]:
    """The bases of the words for what changes with the word at `i`."""
    after = words[i + 1].norm if i + 1 < len(words) and words[i + 1].attached else ""
    right = range(i + 1, i + 1 + _AFTER)
    if words[i].norm in _ADJECTIVES and after not in _PREPOSITIONS | _ENDS | {""}:
        return _nouns(words, right)
    within = list(_nouns(words, range(i + 2, i + 2 + _AFTER))) if after in ("in", "of") else []
    left = _nouns(words, range(i - 1, i - 1 - _BEFORE, -1))
    return iter(within) if within else chain(left, _nouns(words, right))


def _nouns(words: Sequence[Token], places: range) -> Iterator[str]:
    """The bases of the words for things at these places, as far as the clause goes."""
    onward = places.step > 0
    for at in places:
        if not 0 <= at < len(words) or not words[at if onward else at + 1].attached:
            return
        word = words[at]
        if word.norm in _ENDS or (onward and word.norm in _PREPOSITIONS):
            return
        is_name = word.capital and (word.possessive or not word.opens)
        other = word.norm in STOP_WORDS | _TIMES or base(word.norm) in _DIRECTIONS
        if word.norm.isalpha() and not is_name and not other:
            yield base(word.norm)
