"""The names, numbers and dates of a text as items among its tokens, which can be compared and can change places.

In go folded texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.checks.dates import dated_tokens
from rag.checks.numbers import figures
from rag.text.names import name_places
from rag.text.tokens import Token, tokens


class Item(NamedTuple):
    """A name, a number or a date: what is the same for all its forms, and which tokens it takes.

    `initials` are those of a name in several words, and the letters of an acronym.
    """

    key: str
    start: int
    end: int
    initials: frozenset[str] = frozenset()

    def is_same(self, other: Item) -> bool:
        """Whether both may be one thing in two forms."""
        return self.key == other.key or bool(self.initials & other.initials)


@lru_cache(maxsize=512)
def named(text: str) -> tuple[Item, ...]:
    """The names of a text, each by its last word."""
    words = tokens(text)
    found = []
    for place in name_places(text):
        inside = [i for i, word in enumerate(words) if place.start <= word.start < place.end]
        found.append(Item(place.key, inside[0], inside[-1] + 1, place.initials))
    return tuple(found)


@lru_cache(maxsize=512)
def numbers(text: str) -> tuple[Item, ...]:
    """The numbers of a text, without its dates."""
    return tuple(
        Item(str(figure.readings[0]), figure.start, figure.end) for figure in figures(text)
    )


@lru_cache(maxsize=512)
def days(text: str) -> tuple[Item, ...]:
    """The dates and weekdays of a text, each by its words in any order."""
    words = tokens(text)
    runs: list[list[int]] = []
    for i in sorted(dated_tokens(text)):
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return tuple(
        Item(" ".join(sorted(words[i].fold for i in run)), run[0], run[-1] + 1) for run in runs
    )


def are_joined(words: Sequence[Token], one: Item, two: Item) -> bool:
    """Whether nothing but a comma or a conjunction stands between two items, one after the other."""
    between = words[one.end : two.start]
    if len(between) > 2 or any(word.fold not in ("and", "or", "the") for word in between):
        return False
    return any(word.fold != "the" for word in between) or any(
        word.gap.strip() == "," for word in words[one.end : two.start + 1]
    )


def breaks(word: Token) -> bool:
    """Whether a new clause begins with this token."""
    return bool(set(word.gap) & set(",;:()")) or word.starts or word.fold in ("and", "but", "while")
