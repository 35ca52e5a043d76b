"""Compares who does what to whom in the active voice and in the passive. English.

Tull does the same in "Tull praised Reyes" as in "Reyes was praised by Tull".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.checks.items import Item, are_joined, name_items
from rag.text.terms import STOP_WORDS
from rag.text.tokens import PAST_FORMS, Token, base, tokens
from rag.text.word_lists import word_set

_BE = word_set("checks", "be")
# How far behind a verb its "by" may stand.
_NEAR_BY = 4


class _Act(NamedTuple):
    """What somebody does to somebody, with the forms of their names; a side may be empty."""

    verb: str
    actors: frozenset[str]
    others: frozenset[str]
    passive: bool


def has_swapped_roles(statement: str, texts: Sequence[str]) -> bool:
    """Whether a verb has another voice in the statement and the names their old places."""
    return any(
        mine.actors & its.others and mine.others & its.actors and not mine.actors & its.actors
        for mine, its in _in_two_voices(statement, texts)
    )


def moved_names(statement: str, texts: Sequence[str]) -> frozenset[str]:
    """The forms of the names that change places with the voice of a verb."""
    found: set[str] = set()
    for mine, its in _in_two_voices(statement, texts):
        if mine.actors & its.actors and mine.others & its.others:
            found |= its.actors | its.others
    return frozenset(found)


def _in_two_voices(statement: str, texts: Sequence[str]) -> Iterator[tuple[_Act, _Act]]:
    """The acts of a statement, each with those of the texts whose verb is in the other voice."""
    for mine in _acts(statement):
        for its in (act for text in texts for act in _acts(text)):
            if mine.verb == its.verb and mine.passive != its.passive:
                yield mine, its


@lru_cache(maxsize=512)
def _acts(text: str) -> tuple[_Act, ...]:
    words, items = tokens(text), name_items(text)
    inside = {i for item in items for i in range(item.start, item.end)}
    return tuple(
        _act(words, items, i)
        for i, word in enumerate(words)
        if i not in inside and word.norm not in STOP_WORDS
    )


def _act(words: Sequence[Token], items: Sequence[Item], i: int) -> _Act:
    """The act of any word: one that is no verb is the same as none in another voice."""
    verb = base(words[i].norm)
    before = _group((item for item in reversed(items) if item.end <= i), words, i)
    near = range(i + 1, min(len(words), i + 1 + _NEAR_BY))
    by = next((at for at in near if words[at].norm == "by"), len(words))
    has_be = any(word.norm in _BE for word in words[max(0, i - 2) : i])
    is_participle = words[i].norm in PAST_FORMS or words[i].norm.endswith("ed")
    if is_participle and (has_be or by == i + 1):
        agents = _group((item for item in items if item.start > by), words, by)
        return _Act(verb, agents, before, passive=True)
    after = _group((item for item in items if item.start > i), words, i)
    return _Act(verb, before, after, passive=False)


def _group(items: Iterable[Item], words: Sequence[Token], i: int) -> frozenset[str]:
    """The forms of the nearest name in a token's sentence, and of those joined to it."""
    found: list[Item] = []
    for item in items:
        low, high = sorted((item.start, i))
        if any(word.starts_sentence for word in words[low + 1 : high + 1]):
            break
        if found:
            one, two = sorted((found[-1], item), key=lambda item: item.start)
            if not are_joined(words, one, two):
                break
        found.append(item)
    return frozenset[str]().union(*(item.forms for item in found))
