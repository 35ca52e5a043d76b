"""Whether a statement turns round who did what. English, by the order of words.

In go folded texts. Who acts is taken to be the name before a verb, or after "by" where the verb is passive. What cannot be told is let
pass; `belonging` looks at what stands around names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.checks.items import Item, are_joined, named
from rag.text.names import is_title
from rag.text.terms import STOP_WORDS
from rag.text.tokens import PAST_FORMS, Token, base, tokens

_BEFORE_VERB = frozenset(
    "to will would has have had can could may might should must did does do".split()
)
_BEFORE_NOUN = frozenset("the a an his her their its this that these those of".split())
_PREPOSITIONS = frozenset(
    "of in on at by for from to with near against between under over than".split()
)
_BE = frozenset("was were is are been being be get gets got".split())
_REPORTS = frozenset(
    base(word)
    for word in "say tell add claim warn announce report state explain insist argue admit note write suggest".split()
)
# Whoever does these does them with the other.
_MUTUAL = frozenset(
    base(word)
    for word in "meet talk speak marry agree draw face play discuss share negotiate join accord tie".split()
)
_FAR = 12


class _Act(NamedTuple):
    """Somebody does something to somebody; empty where nobody is named. `sure` where nothing else can be doing it."""

    verb: str
    who: frozenset[str]
    whom: frozenset[str]
    passive: bool
    sure: bool


def is_turned(statement: str, texts: Sequence[str]) -> bool:
    """Whether the statement says of one name that it did what the quotes say of another, or that was done to it."""
    theirs = [act for text in texts for act in _acts(text)]
    return any(
        _is_turned(act, [other for other in theirs if other.verb == act.verb])
        for act in _acts(statement)
    )


def is_recast(statement: str, texts: Sequence[str]) -> bool:
    """Whether the statement says in the passive voice what a quote says in the active, or the other way round: names change places."""
    theirs = [act for text in texts for act in _acts(text)]
    return any(_is_recast(act, other) for act in _acts(statement) for other in theirs)


def _is_turned(act: _Act, theirs: Sequence[_Act]) -> bool:
    if not act.sure or any(other.who & act.who for other in theirs):
        return False
    known = [other for other in theirs if other.sure]
    return bool(known) and (
        len(known) == len(theirs)
        or any(other.whom & act.who or act.whom & other.who for other in known)
    )


def _is_recast(act: _Act, other: _Act) -> bool:
    return (
        act.verb == other.verb
        and act.passive != other.passive
        and bool(act.who & other.who)
        and bool(act.whom & other.whom)
    )


@lru_cache(maxsize=512)
def _acts(text: str) -> tuple[_Act, ...]:
    words, items = tokens(text), named(text)
    inside = {i for item in items for i in range(item.start, item.end)}
    return tuple(
        _act(words, items, i) for i in range(len(words)) if i not in inside and _is_verb(words, i)
    )


def _is_verb(words: Sequence[Token], i: int) -> bool:
    word, before = words[i].fold, words[i - 1] if i else None
    if word in STOP_WORDS or base(word) in _MUTUAL or words[i].number:
        return False
    if before is None or words[i].gap.strip():
        return word in PAST_FORMS or word.endswith("ed")
    if before.fold in _BEFORE_NOUN or before.owns:
        return False
    return (
        word in PAST_FORMS
        or word.endswith(("ed", "ing"))
        or before.fold in _BEFORE_VERB
        or (before.capital and word.endswith("s"))
    )


def _act(words: Sequence[Token], items: Sequence[Item], i: int) -> _Act:
    before = _company([item for item in reversed(items) if item.end <= i], words, i)
    after = _company([item for item in items if item.start > i], words, i)
    verb = base(words[i].fold)
    if (
        verb in _REPORTS
        and set(words[i].gap) & set(',"')
        and after
        and _is_told_after(words, i, after[0])
    ):
        return _Act(verb, _keys(after), frozenset(), False, True)
    by = next((at for at in range(i + 1, min(len(words), i + 5)) if words[at].fold == "by"), None)
    if by == i + 1 or any(word.fold in _BE for word in words[max(0, i - 2) : i]):
        agents = after if by is not None and after and after[0].start > by else []
        return _Act(
            verb,
            _keys(agents),
            _keys(before),
            True,
            bool(by and agents and agents[0].start - by <= 2),
        )
    return _Act(
        verb, _keys(before), _keys(after), False, bool(before) and _is_subject(words, before[0], i)
    )


def _is_told_after(words: Sequence[Token], i: int, who: Item) -> bool:
    """Whether `said` stands before the name of who said it, as in ", said Walid Nassar."."""
    ends = who.end == len(words) or words[who.end].starts or words[who.end].gap.strip()
    return bool(ends) and (
        who.start == i + 1 or (who.start == i + 2 and words[i + 1].fold == "the")
    )


def _is_subject(words: Sequence[Token], item: Item, i: int) -> bool:
    """Whether only small words stand between a name and its verb, and none before the name that makes it another's."""
    if item.start and words[item.start - 1].fold in _PREPOSITIONS:
        return False
    return not words[i].gap.strip() and all(
        word.fold in STOP_WORDS and not word.gap.strip() for word in words[item.end : i]
    )


def _keys(items: Sequence[Item]) -> frozenset[str]:
    return frozenset(item.key for item in items)


def _company(items: Sequence[Item], words: Sequence[Token], i: int) -> list[Item]:
    """The first of these that is in the same sentence and not far, with those that an "and" or a comma joins to it."""
    found: list[Item] = []
    for item in items:
        low, high = sorted(
            (item.start if item.start < i else i, item.start if item.start > i else i)
        )
        if any(word.starts for word in words[low + 1 : high + 1]):
            break
        if not found:
            if high - low > _FAR:
                break
        elif not are_joined(words, *sorted((found[-1], item), key=lambda one: one.start)):
            break
        found.append(item)
    # A title alone may be anybody's.
    return [] if found and is_title(found[0].key) else found
