"""Whether the names, numbers and dates of a statement stand where its quotes have others. English, by the order of words.

In go folded texts. Where a quote has one name between certain words, no other may stand between them; a number counts what it counts there,
and goes with the dates and names of its clause. What cannot be told is let pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from rag.checks.items import Item, are_joined, breaks, days, named, numbers
from rag.checks.numbers import Figure, figures
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, tokens

# How many words on either side tell where something stands.
_CONTEXT = 4
# By how much another place must fit better, alone and together with the place of what stood there.
_CLEAR, _CLEAR_TOGETHER = 5, 4
_OWNS = "'s"
_SMALL = STOP_WORDS | {_OWNS}
# After a name these tell of what happened and not of the name.
_ADJUNCTS = frozenset(
    "in on at during when while after before until since for with because over".split()
)
_WAYS = frozenset("from to in at near against".split())
_OPPOSITE = {"from": "to", "to": "from"}


def is_misplaced(statement: str, texts: Sequence[str], *, recast: bool) -> bool:
    """Whether anything stands where the quotes have something else; where they say it in another voice, names may."""
    kinds = (numbers, days) if recast else (named, numbers, days)
    for items in kinds:
        theirs = [
            place for text in texts for place in _places(text, items(text), names=items is named)
        ]
        mine = _places(statement, items(statement), names=items is named)
        # A date or what a number counts may come first or last; what stands before a name does not come after it.
        if len({place.item.key for place in theirs}) > 1 and _are_exchanged(
            mine, theirs, turned=items is not named
        ):
            return True
    return (
        _goes_other_way(statement, texts)
        or _is_miscounted(statement, texts)
        or _is_paired_otherwise(statement, texts)
    )


# ---------------------------------------------------------------- what stands around


class _Placed(NamedTuple):
    """An item with the words before it and after it, the nearest first, as far as the clause goes."""

    item: Item
    before: tuple[str, ...]
    after: tuple[str, ...]

    def fits(self, other: _Placed) -> int:
        """How much stands around both, outwards and unbroken."""
        return _run(self.before, other.before) + _run(self.after, other.after)

    def resembles(self, other: _Placed, *, turned: bool) -> int:
        """How much stands around both in the same order, and where that may be `turned`, on the other side."""
        mine, its = ({*place.before, *place.after} - _SMALL for place in (self, other))
        others = (
            (mine & its)
            - {*self.before}.intersection(other.before)
            - {*self.after}.intersection(other.after)
        )
        return (
            _common(self.before, other.before)
            + _common(self.after, other.after)
            + 2 * turned * len(others)
        )


def _weight(word: str) -> int:
    return 1 if word in _SMALL else 2


def _run(mine: Sequence[str], its: Sequence[str]) -> int:
    return sum(
        _weight(one)
        for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, its, strict=False))
    )


@lru_cache(maxsize=4096)
def _common(mine: tuple[str, ...], its: tuple[str, ...]) -> int:
    """The weight of the longest common subsequence."""
    if not mine or not its:
        return 0
    if mine[0] == its[0]:
        return _weight(mine[0]) + _common(mine[1:], its[1:])
    return max(_common(mine[1:], its), _common(mine, its[1:]))


def _are_exchanged(mine: Sequence[_Placed], theirs: Sequence[_Placed], *, turned: bool) -> bool:
    """Whether two stand in each other's place, or one so clearly in another's that no more is needed."""
    moved: dict[tuple[str, str], int] = {}
    for place in mine:
        own = max(
            (
                place.resembles(other, turned=turned)
                for other in theirs
                if other.item.is_same(place.item)
            ),
            default=0,
        )
        for other in theirs:
            pair = place.item.key, other.item.key
            if not other.item.is_same(place.item) and (gain := place.fits(other) - own) > 0:
                moved[pair] = max(gain, moved.get(pair, 0))
    return any(
        gain >= _CLEAR or ((two, one) in moved and gain + moved[two, one] >= _CLEAR_TOGETHER)
        for (one, two), gain in moved.items()
    )


def _places(text: str, items: Sequence[Item], *, names: bool) -> list[_Placed]:
    words = tokens(text)
    found: list[_Placed] = []
    taken = {i for item in items for i in range(item.start, item.end)}
    for item, last in zip(items, [None, *items], strict=False):
        before, after = (
            tuple(_outward(words, item, -1, taken)),
            tuple(_outward(words, item, 1, taken)),
        )
        if names and after and after[0] in _ADJUNCTS:
            after = ()
        joined = last is not None and are_joined(words, last, item)
        # In "61 millimetres in July, 88 in August", in "Qatar and Egypt", what stands before the first is said of the second.
        if last is not None and (joined or not (before or names)):
            before = found[-1].before
        if joined:
            found[-1] = found[-1]._replace(after=after)
        elif names and not before:
            before = tuple(_outward(words, item, -1, taken, over_comma=True))
        found.append(_Placed(item, before, after))
    return found


def _outward(
    words: Sequence[Token], item: Item, step: int, taken: set[int], *, over_comma: bool = False
) -> Iterator[str]:
    at = item.start - 1 if step < 0 else item.end
    if step > 0 and words[item.end - 1].owns:
        yield _OWNS
    for distance in range(_CONTEXT):
        edge = at + 1 if step < 0 else at
        if (
            not 0 <= at < len(words)
            or words[edge].starts
            or at in taken
            or words[at].fold in ("and", "or")
        ):
            return
        if set(words[edge].gap) & set(",;:()") and not (
            over_comma and not distance and words[edge].gap.strip() == ","
        ):
            return
        yield words[at].fold if words[at].fold in STOP_WORDS else base(words[at].fold)
        at += step


def _goes_other_way(statement: str, texts: Sequence[str]) -> bool:
    """Whether what went from one number or name to another goes back, or what was in one place is in another."""
    for items in (named, numbers, days):
        said, have = (
            _ways(statement, items(statement)),
            {pair for text in texts for pair in _ways(text, items(text))},
        )
        new, gone = said - have, have - said
        both = {item.key for item in items(statement)} & {
            item.key for text in texts for item in items(text)
        }
        for key, way in new:
            if (key, _OPPOSITE.get(way)) in have or (
                key in both and any(its == way and other in both for other, its in gone)
            ):
                return True
    return False


def _ways(text: str, items: Sequence[Item]) -> set[tuple[str, str]]:
    """The items with the words right before them that tell a direction or a place."""
    words = tokens(text)
    return {
        (item.key, words[item.start - 1].fold)
        for item in items
        if item.start and words[item.start - 1].fold in _WAYS
    }


# ---------------------------------------------------------------- what is counted


def _is_miscounted(statement: str, texts: Sequence[str]) -> bool:
    """Whether a number counts a thing of which the quotes speak, but never in the same clause as that number."""
    words = tokens(statement)
    spoken_of = {base(word.fold) for text in texts for word in tokens(text) if not word.capital}
    for figure in figures(statement):
        noun = _counted(words, figure.end)
        if noun in spoken_of:
            beside = [
                _beside(text, its) for text in texts for its in figures(text) if figure.is_in(its)
            ]
            if beside and all(near is not None and noun not in near for near in beside):
                return True
    return False


def _counted(words: Sequence[Token], at: int) -> str:
    """What stands right after a number, or after the "of the" behind it."""
    while (
        at < len(words)
        and words[at].fold in ("of", "the", "its", "their")
        and not words[at].gap.strip()
    ):
        at += 1
    if (
        at == len(words)
        or words[at].gap.strip()
        or words[at].fold in STOP_WORDS
        or words[at].number
        or words[at].capital
    ):
        return ""
    return base(words[at].fold)


def _beside(text: str, figure: Figure) -> set[str] | None:
    """The words of the clause that a number stands in; None where what it counts is left out."""
    words = tokens(text)
    after = words[figure.end] if figure.end < len(words) else None
    if after is None or after.gap.strip() or (after.fold in STOP_WORDS and after.fold != "of"):
        return None
    start, end = _clause(words, figure.start, figure.end)
    return {base(word.fold) for word in words[start:end]}


def _clause(words: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    while start and not breaks(words[start]):
        start -= 1
    while end < len(words) and not breaks(words[end]):
        end += 1
    return start, end


# ---------------------------------------------------------------- what goes together


def _is_paired_otherwise(statement: str, texts: Sequence[str]) -> bool:
    """Whether a number goes with a date, or either with a name, where each goes with another one in the quotes."""
    for one, two in ((numbers, days), (numbers, named), (days, named)):
        theirs = {pair for text in texts for pair in _pairs(text, one(text), two(text))}
        for mine, its in _pairs(statement, one(statement), two(statement)):
            if (mine, its) not in theirs and {mine, its} <= {
                mine for a, _ in theirs if a == mine
            } | {its for _, b in theirs if b == its}:
                return True
    return False


def _pairs(text: str, ones: Sequence[Item], twos: Sequence[Item]) -> set[tuple[str, str]]:
    """What stands together in one clause, where there is one of each."""
    words = tokens(text)
    found = set()
    for one in ones:
        start, end = _clause(words, one.start, one.end)
        inside = [two for two in twos if start <= two.start < end]
        if len(inside) == 1 and sum(start <= other.start < end for other in ones) == 1:
            found.add((one.key, inside[0].key))
    return found
