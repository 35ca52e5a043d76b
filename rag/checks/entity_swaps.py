"""Detects swapped entities: a name, number or date that stands where the quote has a different one.

Also a number that counts something else than in the quote, and one that goes with another name or
date. It compares the words around each; a case in doubt passes. English.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from rag.checks.items import (
    Item,
    are_joined,
    begins_clause,
    date_items,
    name_items,
    number_items,
)
from rag.text.numbers import numbers
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, tokens

# How many words on either side are compared.
_CONTEXT = 4
# How many more words must fit in another place, alone, and together with the place of what stood
# there.
_CLEAR, _CLEAR_TOGETHER = 3, 2
_WAYS = frozenset("from to in at near against".split())
_OPPOSITE = {"from": "to", "to": "from"}
_Items = Callable[[str], Sequence[Item]]


def has_swapped_entities(statement: str, texts: Sequence[str], *, recast: bool) -> bool:
    """Whether anything in the statement stands where the texts have something else.

    :param recast: the statement is in another voice than the texts, so that names may move.
    """
    kinds: tuple[_Items, ...] = (name_items, number_items, date_items)
    return (
        any(_are_exchanged(statement, texts, items) for items in (kinds[1:] if recast else kinds))
        or any(_goes_other_way(statement, texts, items) for items in kinds)
        or _is_paired_otherwise(statement, texts)
    )


# ---------------------------------------------------------------- the words around an item


class _Placed(NamedTuple):
    """An item with the words of its clause before and after it, the nearest first."""

    item: Item
    before: tuple[str, ...]
    after: tuple[str, ...]

    def fits(self, other: _Placed) -> int:
        """How many words around both are the same, outwards and unbroken."""
        return _same_run(self.before, other.before) + _same_run(self.after, other.after)

    def resembles(self, other: _Placed) -> int:
        """How many words around both are the same, in the same order."""
        return _in_common(self.before, other.before) + _in_common(self.after, other.after)


def _same_run(mine: Sequence[str], its: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, its, strict=False)))


@lru_cache(maxsize=4096)
def _in_common(mine: tuple[str, ...], its: tuple[str, ...]) -> int:
    """The length of the longest common subsequence."""
    if not mine or not its:
        return 0
    if mine[0] == its[0]:
        return 1 + _in_common(mine[1:], its[1:])
    return max(_in_common(mine[1:], its), _in_common(mine, its[1:]))


def _are_exchanged(statement: str, texts: Sequence[str], items: _Items) -> bool:
    """Whether two items stand in each other's place, or one so clearly that it suffices."""
    theirs = [place for text in texts for place in _places(text, items)]
    if len({place.item.key for place in theirs}) < 2:
        return False
    gains: dict[tuple[str, str], int] = defaultdict(int)
    for place in _places(statement, items):
        same = [other for other in theirs if other.item.is_same(place.item)]
        own = max(map(place.resembles, same), default=0)
        for other in theirs:
            pair = place.item.key, other.item.key
            gains[pair] = max(gains[pair], place.fits(other) - own)
    for (one, two), gain in gains.items():
        back = gains.get((two, one), 0)
        if gain >= _CLEAR or (min(gain, back) > 0 and gain + back >= _CLEAR_TOGETHER):
            return True
    return False


def _places(text: str, items: _Items) -> list[_Placed]:
    words, listed = tokens(text), items(text)
    taken = {i for item in listed for i in range(item.start, item.end)}
    found: list[_Placed] = []
    for item, last in zip(listed, [None, *listed], strict=False):
        before = tuple(_outward(words, item, -1, taken))
        after = tuple(_outward(words, item, 1, taken))
        joined = last is not None and are_joined(words, last, item)
        # In "61 millimetres in July, 88 in August", in "Qatar and Egypt", what stands before the
        # first is said of the second.
        if joined or (last is not None and not before):
            before = found[-1].before
        if joined:
            found[-1] = found[-1]._replace(after=after)
        found.append(_Placed(item, before, after))
    return found


def _outward(words: Sequence[Token], item: Item, step: int, taken: set[int]) -> Iterator[str]:
    """The words from an item outwards, up to the end of the clause or another item."""
    at = item.start - 1 if step < 0 else item.end
    for _ in range(_CONTEXT):
        edge = at + 1 if step < 0 else at
        if not 0 <= at < len(words) or words[edge].starts_sentence or at in taken:
            return
        if words[at].norm in ("and", "or") or not set(words[edge].gap).isdisjoint(",;:()"):
            return
        yield words[at].norm if words[at].norm in STOP_WORDS else base(words[at].norm)
        at += step


def _goes_other_way(statement: str, texts: Sequence[str], items: _Items) -> bool:
    """Whether what goes from A to B goes from B to A in the texts, or A and B change places."""
    said = _ways(statement, items)
    have = {pair for text in texts for pair in _ways(text, items)}
    known = {item.key for text in texts for item in items(text)}
    gone = {way for key, way in have - said if key in {item.key for item in items(statement)}}
    return any(
        (key, _OPPOSITE.get(way)) in have or (key in known and way in gone)
        for key, way in said - have
    )


def _ways(text: str, items: _Items) -> set[tuple[str, str]]:
    """The items that have a word of direction or place right before them, with that word."""
    words = tokens(text)
    return {
        (item.key, words[item.start - 1].norm)
        for item in items(text)
        if item.start and words[item.start - 1].norm in _WAYS
    }


# ---------------------------------------------------------------- what goes together


@lru_cache(maxsize=512)
def _counted_items(text: str) -> tuple[Item, ...]:
    """The nouns right after numbers, or after the "of the" behind them."""
    words, found = tokens(text), list[Item]()
    for number in numbers(text):
        at = number.end_token
        while at < len(words) and words[at].norm in ("of", "the", "its", "their"):
            at += 1
        after = words[number.end_token : at + 1]
        if at < len(words) and all(word.attached for word in after):
            noun = words[at]
            if noun.norm not in STOP_WORDS and not noun.number and not noun.capital:
                found.append(Item(base(noun.norm), at, at + 1))
    return tuple(found)


def _is_paired_otherwise(statement: str, texts: Sequence[str]) -> bool:
    """Whether two things stand in one clause that the texts have only with others."""
    for one, two in (
        (number_items, date_items),
        (number_items, name_items),
        (date_items, name_items),
        (number_items, _counted_items),
    ):
        theirs = {pair for text in texts for pair in _pairs(text, one, two)}
        ones, twos = {key for key, _ in theirs}, {key for _, key in theirs}
        said = _pairs(statement, one, two) - theirs
        if any(mine in ones and its in twos for mine, its in said):
            return True
    return False


def _pairs(text: str, one: _Items, two: _Items) -> set[tuple[str, str]]:
    """The keys of what stands together in one clause, where there is one of each."""
    words = tokens(text)
    found = set()
    for item in one(text):
        start, end = _clause(words, item.start, item.end)
        beside = [other for other in two(text) if start <= other.start < end]
        if len(beside) == 1 and sum(start <= other.start < end for other in one(text)) == 1:
            found.add((item.key, beside[0].key))
    return found


def _clause(words: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    while start and not begins_clause(words[start]):
        start -= 1
    while end < len(words) and not begins_clause(words[end]):
        end += 1
    return start, end
