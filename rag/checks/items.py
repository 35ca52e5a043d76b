"""Lists the names, numbers and dates of a text as items that can be compared and change places."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from rag.text.dates import date_tokens
from rag.text.names import names
from rag.text.numbers import numbers
from rag.text.tokens import Token, tokens


class Item(NamedTuple):
    """A name, a number or a date: the key that all its forms share, and its tokens, half-open.

    `initials` are those of a name in several words, and the letters of an acronym.
    """

    key: str
    start: int
    end: int
    initials: AbstractSet[str] = frozenset()

    def is_same(self, other: Item) -> bool:
        """Whether both may be one thing in two forms."""
        return self.key == other.key or bool(self.initials & other.initials)


@lru_cache(maxsize=512)
def name_items(text: str) -> tuple[Item, ...]:
    """The names of a text, each by its last word."""
    return tuple(
        Item(name.key, name.words[0].first_token, name.words[-1].end_token, name.initials)
        for name in names(text)
    )


@lru_cache(maxsize=512)
def number_items(text: str) -> tuple[Item, ...]:
    """The numbers of a text, without its dates."""
    return tuple(
        Item(str(number.values[0]), number.first_token, number.end_token)
        for number in numbers(text)
    )


@lru_cache(maxsize=512)
def date_items(text: str) -> tuple[Item, ...]:
    """The dates and weekdays of a text, each by its words in any order."""
    words, found = tokens(text), list[list[int]]()
    for i in sorted(date_tokens(text)):
        if found and found[-1][-1] == i - 1:
            found[-1].append(i)
        else:
            found.append([i])
    return tuple(
        Item(" ".join(sorted(words[i].norm for i in run)), run[0], run[-1] + 1) for run in found
    )


def are_joined(words: Sequence[Token], one: Item, two: Item) -> bool:
    """Whether nothing but a comma or a conjunction stands between two items in this order."""
    between = {word.norm for word in words[one.end : two.start]}
    if two.start - one.end > 2 or not between <= {"and", "or", "the"}:
        return False
    commas = (word.gap.strip() == "," for word in words[one.end : two.start + 1])
    return bool(between - {"the"}) or any(commas)


def begins_clause(word: Token) -> bool:
    """Whether a new clause begins with this token."""
    return (
        word.starts_sentence
        or word.norm in ("and", "but", "while")
        or not set(word.gap).isdisjoint(",;:()")
    )
