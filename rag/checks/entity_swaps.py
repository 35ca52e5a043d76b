"""Detects swapped entities: a name, number or date that stands where the quote has a different one.

The words of a statement are aligned with those of a quote, any name with any name; where two
different ones meet, the words around them tell whether it is the same place. Also a number that
counts something else than in the quote. English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise, product, takewhile
from typing import NamedTuple, TypeAlias

from rag.checks.items import Item, are_joined, items_of
from rag.text.numbers import numbers
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, tokens

_Element: TypeAlias = str | Item
"""A word in its base form, or a whole name, number or date."""

# How many words on either side are compared, and how many more must be the same than around the
# same item elsewhere.
_CONTEXT = 4
_CLEAR = 3


class _Meeting(NamedTuple):
    """An item of a statement and one of a text that stand in the same place.

    `support` is how many words around both are the same, outwards and unbroken. `turned` where one
    has "from" before it and the other "to". `aligned` where they are aligned.
    """

    mine: Item
    its: Item
    support: int
    turned: bool
    aligned: bool

    @property
    def is_same(self) -> bool:
        return self.mine.is_same(self.its) and not self.turned

    def is_between(self, forms: AbstractSet[str]) -> bool:
        """Whether both items have one of these forms."""
        return not (forms.isdisjoint(self.mine.forms) or forms.isdisjoint(self.its.forms))


def has_swapped_entities(
    statement: str, texts: Sequence[str], *, moved: AbstractSet[str] = frozenset()
) -> bool:
    """Whether anything in the statement stands where the texts have something else.

    :param moved: the names that may change places, since the statement is in another voice.
    """
    said = _elements(statement)
    meetings = [meeting for text in texts for meeting in _meetings(said, text)]
    gains = {
        one: one.support - _own_support(one, meetings)
        for one in meetings
        if not one.is_same and not one.is_between(moved)
    }
    clear = [one for one, gain in gains.items() if gain >= 0]
    return any(
        one.turned or gains[one] >= _CLEAR or _is_exchanged(one, clear) for one in clear
    ) or _counts_something_else(statement, texts)


def _own_support(one: _Meeting, meetings: Sequence[_Meeting]) -> int:
    """The most words around an item of the statement that are the same as around itself."""
    own = (other for other in meetings if other.mine == one.mine and other.is_same)
    return max((other.support for other in own if other.aligned or not one.aligned), default=0)


def _is_exchanged(one: _Meeting, others: Sequence[_Meeting]) -> bool:
    """Whether the other of two items stands in the place of the first one, too."""
    return any(other.mine.is_same(one.its) and other.its.is_same(one.mine) for other in others)


def _meetings(said: Sequence[_Element], text: str) -> Iterator[_Meeting]:
    """The items of a statement that stand in the place of an item of a text.

    Those that are aligned, and those with the same words around them; not where the text has both
    in one list.
    """
    theirs, words = _elements(text), tokens(text)
    aligned = set(_aligned(said, theirs))
    for (i, mine), (j, its) in product(_items(said), _items(theirs)):
        # What the text has as a common word is no name.
        if mine.kind != its.kind or any(base(form) in theirs for form in mine.forms):
            continue
        support = _same_run(said[:i][::-1], theirs[:j][::-1])
        support += _same_run(said[i + 1 :], theirs[j + 1 :])
        ways = (said[i - 1] if i else "", theirs[j - 1] if j else "")
        turned = mine.is_same(its) and ways in (("from", "to"), ("to", "from"))
        if mine.is_same(its) or (
            ((i, j) in aligned or support >= _CLEAR)
            and not any(item.is_same(mine) for item in _list_with(its, theirs, words))
        ):
            yield _Meeting(mine, its, support, turned, (i, j) in aligned)


def _items(elements: Sequence[_Element]) -> list[tuple[int, Item]]:
    return [(i, one) for i, one in enumerate(elements) if isinstance(one, Item)]


def _same_run(mine: Sequence[_Element], its: Sequence[_Element]) -> int:
    pairs = zip(mine[:_CONTEXT], its, strict=False)
    return sum(1 for _ in takewhile(lambda pair: _is_same(*pair), pairs))


def _is_same(mine: _Element, its: _Element) -> bool:
    if isinstance(mine, str) or isinstance(its, str):
        return mine == its
    return mine.is_same(its)


def _list_with(item: Item, elements: Sequence[_Element], words: Sequence[Token]) -> list[Item]:
    """The items that commas and conjunctions join to one: "Qatar, Egypt and Oman"."""
    items = [one for _, one in _items(elements) if one.kind == item.kind]
    at = items.index(item)
    after = takewhile(lambda pair: are_joined(words, *pair), pairwise(items[at:]))
    before = takewhile(lambda pair: are_joined(words, pair[1], pair[0]), pairwise(items[at::-1]))
    return [two for _, two in (*after, *before)]


# ---------------------------------------------------------------- alignment


@lru_cache(maxsize=512)
def _elements(text: str) -> tuple[_Element, ...]:
    words, found, at = tokens(text), list[_Element](), 0
    for item in items_of(text):
        if item.start >= at:
            found += [*map(_word, words[at : item.start]), item]
            at = item.end
    return (*found, *map(_word, words[at:]))


def _word(word: Token) -> str:
    return word.norm if word.norm in STOP_WORDS else base(word.norm)


def _weight(mine: _Element, its: _Element) -> float:
    """How much it is worth that two elements meet."""
    if isinstance(mine, str) or isinstance(its, str):
        return 0.0 if mine != its else 0.5 if mine in STOP_WORDS else 1.0
    return float(mine.kind == its.kind)


def _aligned(mine: Sequence[_Element], its: Sequence[_Element]) -> Iterator[tuple[int, int]]:
    """The pairs of elements, in order, that are worth most together (Needleman and Wunsch 1970)."""
    best = [[0.0] * (len(its) + 1) for _ in range(len(mine) + 1)]
    for i in reversed(range(len(mine))):
        for j in reversed(range(len(its))):
            together = _weight(mine[i], its[j]) + best[i + 1][j + 1]
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(mine) and j < len(its):
        weight = _weight(mine[i], its[j])
        if weight and best[i][j] == weight + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


# ---------------------------------------------------------------- what a number counts


def _counts_something_else(statement: str, texts: Sequence[str]) -> bool:
    """Whether a number stands before a noun that the texts have only behind another number."""
    theirs = [counted for text in texts for counted in _counted(text)]
    nouns = {noun for _, noun in theirs}
    return any(
        noun in nouns
        and any(amount == other for other, _ in theirs)
        and (amount, noun) not in theirs
        for amount, noun in _counted(statement)
    )


@lru_cache(maxsize=512)
def _counted(text: str) -> tuple[tuple[Fraction, str], ...]:
    """The numbers of a text, each with the noun right after it or the "of the" behind it."""
    words, found = tokens(text), list[tuple[Fraction, str]]()
    for number in numbers(text):
        at = number.end_token
        while at < len(words) and words[at].norm in ("of", "the", "its", "their"):
            at += 1
        after = words[number.end_token : at + 1]
        if at < len(words) and all(word.attached for word in after):
            noun = words[at]
            if noun.norm not in STOP_WORDS and not noun.number and not noun.capital:
                found.append((number.values[0].amount, base(noun.norm)))
    return tuple(found)
