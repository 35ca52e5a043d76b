"""Tells whether a sentence says or denies the predicate of a statement, in these or other words.

English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from rag.answering.deciding.statements import LIGHT, Statement
from rag.answering.deciding.subjects import may_be_verb
from rag.checks.negation import says
from rag.text.terms import STOP_WORDS
from rag.text.tokens import base, tokens
from rag.text.word_lists import word_file

# Which of some words have at least this cosine with one.
Alike: TypeAlias = Callable[[str, Sequence[str], float], Sequence[str]]
# Two verbs mean much the same from this cosine on.
_ALIKE = 0.55
_OWNERS = frozenset("his her their its".split())
_GIVEN_BEHIND = frozenset("on about over after since during despite".split())
_NOT_GIVEN = frozenset("decision decide decided vote ruling rule talks rumours speculation".split())


def _read_happenings() -> dict[str, dict[int, int]]:
    """For the base of each word for what happens, on which side it is of which group."""
    found: dict[str, dict[int, int]] = {}
    for group, line in enumerate(word_file("words")["happenings"].strip().splitlines()):
        for side, words in enumerate(line.split("|")):
            for word in words.split():
                found.setdefault(base(word), {})[group] = side
    return found


_HAPPENINGS = _read_happenings()


def stands_behind(
    pattern: re.Pattern[str], statement: Statement, sentence: str, alike: Alike | None
) -> bool:
    """Whether each word of a sentence for the predicate has this right before it."""
    verbs = set(words_for(statement, sentence, alike))
    places = [word.start for word in tokens(sentence) if word.norm in verbs]
    return bool(places) and all(pattern.search(sentence[:start]) for start in places)


def says_predicate(statement: Statement, sentence: str, alike: Alike | None) -> bool | None:
    """Whether the sentence says the predicate or denies it; None if it has no word for it."""
    if says(sentence, statement.predicate) is not None:
        said = says(sentence, statement.predicate, behind=statement.behind)
        return True if takes_as_given(statement, sentence) else said
    found = [
        says(sentence, word) is not (_is_like(statement.predicate, word) is False)
        for word in words_for(statement, sentence, alike)
    ]
    return all(found) if found else None


def takes_as_given(statement: Statement, sentence: str) -> bool:
    """Whether the noun of the predicate stands behind what is denied: "no word on her arrest"."""
    words = tokens(sentence)
    return any(
        base(word.norm) == base(statement.predicate)
        and before.norm in _OWNERS
        and at.norm in _GIVEN_BEHIND
        and first.norm not in _NOT_GIVEN
        and word.attached
        for first, at, before, word in zip(words, words[1:], words[2:], words[3:], strict=False)
    )


def words_for(statement: Statement, sentence: str, alike: Alike | None) -> Sequence[str]:
    """The words of a sentence for the predicate or its opposite, or else those of like meaning."""
    words = [word.norm for word in tokens(sentence)]
    found = [word for word in words if says(word, statement.predicate) is not None]
    if found or not statement.predicate:
        return found
    known = [word for word in words if _is_like(statement.predicate, word) is not None]
    if known or alike is None:
        return known
    return alike(statement.predicate, _verbs_of(statement, sentence), _ALIKE)


def _is_like(predicate: str, word: str) -> bool | None:
    """Whether a word means that what a predicate tells happened, or rules that out."""
    mine, its = (_HAPPENINGS.get(base(norm), {}) for norm in (predicate, word))
    sides = {mine[group] == its[group] for group in mine.keys() & its.keys() if not mine[group]}
    if word == f"un{predicate}":
        return False
    return None if len(sides) != 1 else sides.pop()


def _verbs_of(statement: Statement, sentence: str) -> list[str]:
    """The words of a sentence that may mean what the predicate means.

    The other words of the statement are none: "contract" says nothing of whether it was signed.
    """
    predicate, words = statement.predicate, tokens(sentence)
    others = {base(word.norm) for word in tokens(statement.text)}
    return [
        word.norm
        for i, word in enumerate(words)
        if word.norm.isalpha()
        and word.norm not in STOP_WORDS
        and may_be_verb(words, i)
        and base(word.norm) not in LIGHT | others
        and base(word.norm) != f"{base(predicate)}er"  # the builder has not built yet
    ]
