"""Finds articles that say yes to a yes-or-no question where others say no.

A sentence counts that says or denies the statement in plain words: it has most of the words, its
article begins with the names, it does not ask, expect or leave open, and its denial reaches the
verb. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rag.answering.deciding.left_open import ASKS, EXPECTED, OPEN
from rag.answering.deciding.statements import Statement
from rag.answering.deciding.subjects import Above
from rag.answering.deciding.verdicts import is_negative, is_of_others
from rag.checks.negation import STATES, denies, says
from rag.model import Candidate, Verdict
from rag.news.conflicts import Position
from rag.text.changes import changes, opposed
from rag.text.terms import STOP_WORDS, stem, terms
from rag.text.tokens import tokens

# The least share of the statement's words that a sentence and its article's title have.
_COVERS = 0.75
LEAD_CHARS = 500
_ENDS = re.compile(r"[,;:()–—]|\s-\s|\b(?:but|while|although|though|and|amid|as)\b", re.IGNORECASE)


class _Words(NamedTuple):
    """The words of a statement: stems of names, its verb or else its nouns, and the others."""

    names: frozenset[str]
    said: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, statement: Statement) -> _Words:
        names, plain = list[str](), list[str]()
        for word in tokens(statement.text):
            of_name = word.gap == "-" and names  # the 1 of Tiangong-1
            if word.norm in STOP_WORDS - STATES:
                continue
            if word.capital or of_name:
                names.append(word.norm)
            elif word.norm.isalpha():
                plain.append(word.norm)
        said = (statement.predicate,) if statement.predicate else tuple(plain)
        others = tuple(word for word in plain if word not in said)
        return cls(frozenset(terms(" ".join(names))), said, others)


def plain_verdict(
    statement: Statement, sentence: str, *, title: str = "", lead: str = ""
) -> Verdict:
    """Whether a sentence says the statement or denies it, in plain words.

    :param lead: the beginning of its article, where names stand that it does not repeat.

    >>> from rag.answering.deciding.statements import statement_of
    >>> str(plain_verdict(statement_of("Will Tull resign?"), "Ms Tull will not resign."))
    'no'
    """
    words, have = _Words.of(statement), frozenset(terms(f"{title}\n{sentence}"))
    asked = frozenset(terms(statement.text)) - words.names - frozenset(map(stem, words.said))
    if not words.said or _leaves_open(words.said, sentence):
        return Verdict.UNCLEAR
    if not words.names <= have | frozenset(terms(lead)) or len(asked & have) < _COVERS * len(asked):
        return Verdict.UNCLEAR
    says_so = _says(statement, words, sentence)
    if says_so is None or is_of_others(statement, sentence, Above(title)):
        return Verdict.UNCLEAR
    return Verdict.YES if says_so is not is_negative(statement) else Verdict.NO


def _says(statement: Statement, words: _Words, sentence: str) -> bool | None:
    """Whether a sentence says the verb of a statement, or denies it; None where it does neither.

    What rises or falls must be the same thing.
    """
    if changes(statement.text):
        is_opposite = opposed(statement.text, sentence)
        return None if is_opposite is None or denies(sentence) else not is_opposite
    clauses = _ENDS.split(sentence)
    said = [_said(word, clauses, statement.behind) for word in words.said]
    others = [_said(word, clauses) for word in words.others]
    return None if None in said or (all(said) and False in others) else all(said)


def _said(word: str, clauses: Sequence[str], behind: frozenset[str] = frozenset()) -> bool | None:
    """Whether the clauses say the word or deny it; None where they do both or neither."""
    found = {said for clause in clauses if (said := says(clause, word, behind=behind)) is not None}
    return found.pop() if len(found) == 1 else None


def _leaves_open(said: Sequence[str], sentence: str) -> bool:
    """Whether the clause that has these words asks, expects or leaves open what it tells."""
    if ASKS.search(sentence) or EXPECTED.search(sentence):
        return True
    wanted = {stem(word) for word in said}
    clauses = _ENDS.split(sentence)
    having = [clause for clause in clauses if not wanted.isdisjoint(terms(clause))]
    return any(OPEN.search(clause) for clause in having or [sentence])


def opposed_articles(statement: Statement, candidates: Iterable[Candidate]) -> tuple[Position, ...]:
    """The articles that say yes and those that say no; empty unless there are both."""
    saying: dict[Verdict, list[Candidate]] = {}
    for item in candidates:
        article = item.article
        lead = article.text[:LEAD_CHARS]
        verdict = plain_verdict(statement, item.text, title=article.title, lead=lead)
        saying.setdefault(verdict, []).append(item)
    yes, no = saying.get(Verdict.YES, []), saying.get(Verdict.NO, [])
    mixed = {item.article.article_id for item in yes} & {item.article.article_id for item in no}
    sides = [
        Position.of(value, [item for item in found if item.article.article_id not in mixed])
        for value, found in (("Yes", yes), ("No", no))
    ]
    return tuple(sides) if all(side.candidates for side in sides) else ()
