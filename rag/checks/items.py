"""Lists the names, numbers and dates of a text as items that can be compared and change places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from rag.text.dates import WrittenDate, dates
from rag.text.names import names
from rag.text.numbers import numbers
from rag.text.tokens import Token, tokens


class Item(NamedTuple):
    """A name, a number or a date, and its tokens, half-open.

    `forms` has a name's last word and initials, the amounts that a number may mean, or the parts of
    a date.
    """

    kind: Literal["name", "number", "date"]
    forms: frozenset[str]
    start: int
    end: int

    def is_same(self, other: Item) -> bool:
        """Whether both may be one thing; two dates may, if no part of them is different."""
        if self.kind != other.kind:
            return False
        if self.kind == "date":
            different = [form.split()[0] for form in self.forms ^ other.forms]
            return len(set(different)) == len(different)
        return not self.forms.isdisjoint(other.forms)


@lru_cache(maxsize=512)
def items_of(text: str) -> tuple[Item, ...]:
    """All items of a text, in order; of a name with a number, "the Six Nations", both."""
    found = (*_number_items(text), *_date_items(text))
    taken = {i for item in found for i in range(item.start, item.end)}
    named = [
        name._replace(start=free[0], end=free[-1] + 1)
        for name in name_items(text)
        if (free := [i for i in range(name.start, name.end) if i not in taken])
    ]
    return tuple(sorted((*found, *named), key=lambda item: item.start))


@lru_cache(maxsize=512)
def name_items(text: str) -> tuple[Item, ...]:
    """The names of a text."""
    return tuple(
        Item(
            "name",
            frozenset(name.initials | {name.key}),
            name.words[0].first_token,
            name.words[-1].end_token,
        )
        for name in names(text)
    )


def _number_items(text: str) -> list[Item]:
    return [
        Item(
            "number",
            frozenset(str(value.amount) for value in number.values),
            number.first_token,
            number.end_token,
        )
        for number in numbers(text)
    ]


def _date_items(text: str) -> list[Item]:
    words, found = tokens(text), list[Item]()
    for date in dates(text):
        inside = [i for i, word in enumerate(words) if date.start <= word.start < date.end]
        if inside:
            found.append(Item("date", _parts(date), inside[0], inside[-1] + 1))
    return found


def _parts(date: WrittenDate) -> frozenset[str]:
    """What is written of a date, without its place."""
    written = date._asdict().items()
    parts = [f"{name} {part}" for name, part in [*written][2:] if part not in (None, "")]
    return frozenset(parts)


def are_joined(words: Sequence[Token], one: Item, two: Item) -> bool:
    """Whether only a comma, a bracket or a conjunction stands between two items in this order."""
    between = {word.norm for word in words[one.end : two.start]}
    if two.start - one.end > 2 or not between <= {"and", "or", "the"}:
        return False
    commas = (word.gap.strip() in (",", "(") for word in words[one.end : two.start + 1])
    return bool(between - {"the"}) or any(commas)
