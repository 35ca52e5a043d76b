"""Detects swapped roles: a statement that says of one name what its quotes say of another.

The name before a verb acts, or the one after "by" where the verb is passive. A case in doubt
passes; `entity_swaps` compares what stands around each name. English.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.checks.items import Item, are_joined, name_items
from rag.text.terms import STOP_WORDS
from rag.text.tokens import PAST_FORMS, Token, base, tokens
from rag.text.word_lists import word_set

_BEFORE_VERB = word_set("checks", "before_verb")
_BE = word_set("checks", "be")
_REPORTS = frozenset(map(base, word_set("checks", "reports")))
_MUTUAL = frozenset(map(base, word_set("checks", "mutual")))
# What may stand between a name and its verb: "is going to visit".
_BETWEEN = STOP_WORDS | {"going"}


class _Act(NamedTuple):
    """What somebody does to somebody; a side is empty where nobody is named.

    `sure` where nothing else can be the actor.
    """

    verb: str
    actors: frozenset[str]
    others: frozenset[str]
    passive: bool
    sure: bool


def has_swapped_roles(statement: str, texts: Sequence[str]) -> bool:
    """Whether the statement says that one name did what the texts say another did."""
    theirs = [act for text in texts for act in _acts(text)]
    for act in _acts(statement):
        same = [other for other in theirs if other.verb == act.verb]
        sure = act.sure and bool(same) and all(other.sure for other in same)
        if sure and not any(other.actors & act.actors for other in same):
            return True
    return False


def moved_names(statement: str, texts: Sequence[str]) -> frozenset[str]:
    """The forms of names whose verb is in the active voice in a text and passive in the statement.

    Or the other way round.
    """
    theirs = [act for text in texts for act in _acts(text)]
    return frozenset[str]().union(
        *(
            other.actors | other.others
            for act in _acts(statement)
            for other in theirs
            if act.verb == other.verb
            and act.passive != other.passive
            and not act.others.isdisjoint(other.others)
        )
    )


@lru_cache(maxsize=512)
def _acts(text: str) -> tuple[_Act, ...]:
    words, items = tokens(text), name_items(text)
    inside = {i for item in items for i in range(item.start, item.end)}
    return tuple(
        _act(words, items, i) for i in range(len(words)) if i not in inside and _is_verb(words, i)
    )


def _is_verb(words: Sequence[Token], i: int) -> bool:
    word = words[i].norm
    if word in STOP_WORDS or base(word) in _MUTUAL or words[i].number:
        return False
    past = word in PAST_FORMS or word.endswith("ed")
    if i == 0 or not words[i].attached:
        return past
    before = words[i - 1]
    third_person = before.capital and word.endswith("s")
    return past or before.norm in _BEFORE_VERB or third_person


def _act(words: Sequence[Token], items: Sequence[Item], i: int) -> _Act:
    before = _group([item for item in reversed(items) if item.end <= i], words, i)
    after = _group([item for item in items if item.start > i], words, i)
    verb = base(words[i].norm)
    # ", said Walid Nassar."
    ends = bool(after) and (after[0].end == len(words) or not words[after[0].end].attached)
    if verb in _REPORTS and ends and after[0].start == i + 1:
        return _Act(verb, _keys(after), frozenset(), passive=False, sure=True)
    by = next((at for at in range(i + 1, min(len(words), i + 5)) if words[at].norm == "by"), None)
    if by == i + 1 or any(word.norm in _BE for word in words[max(0, i - 2) : i]):
        agents = after if by is not None and after and after[0].start > by else []
        sure = by is not None and bool(agents) and agents[0].start - by <= 2
        return _Act(verb, _keys(agents), _keys(before), passive=True, sure=sure)
    sure = bool(before) and _is_subject(words, before[0], i)
    return _Act(verb, _keys(before), _keys(after), passive=False, sure=sure)


def _is_subject(words: Sequence[Token], item: Item, i: int) -> bool:
    """Whether only stop words stand between a name and its verb."""
    between = words[item.end : i]
    return words[i].attached and all(w.norm in _BETWEEN and w.attached for w in between)


def _keys(items: Sequence[Item]) -> frozenset[str]:
    return frozenset[str]().union(*(item.forms for item in items))


def _group(items: Sequence[Item], words: Sequence[Token], i: int) -> list[Item]:
    """The nearest name in the verb's sentence, with those that "and" or a comma joins to it."""
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
    return found
