"""Tells how well the dates in short answers tell when something happened, and where they agree.

"The first such crash since 1959" dates no crash that is asked for, nor does "arrested after three
days". What stands in the date's own clause counts; reports that give one day speak for each other.
English.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.model import Article, Candidate
from rag.news.event_dates import days_of
from rag.news.time_expressions import TimeExpression, time_expressions
from rag.news.values import Form, form_asked
from rag.text.terms import terms

_CLAUSE_ENDS = re.compile(
    r"[;:()–—]|,\s|\s(?:when|which|who|while|after|before|since|but|as|where)\s", re.IGNORECASE
)
_SINCE = re.compile(r"\b(?:since|than)(?:\s\w+){0,2}\s$", re.IGNORECASE)
# A shorter part of a sentence belongs to the next: "On Tuesday, the tram crashed".
_LEAST_WORDS = 4
_LOOKED_AT = 12
# Set by hand: what is left of the chance of a date that only sets a limit ("since 1959"), of words
# that tell no date, of a date more than a year before the report, and of one in whose clause
# nothing stands that is asked for.
_BACKGROUND, _NO_DATE, _LONG_AGO, _OTHER_CLAUSE = 0.15, 0.3, 0.6, 0.4


class _Dated(NamedTuple):
    """A candidate with its chance by what dates it, and the days or words that it gives."""

    candidate: Candidate
    chance: float
    told: str


def asks_when(question: str) -> bool:
    """Whether a question asks when something happened.

    >>> asks_when("When did the mill close?"), asks_when("Since when is the mill closed?")
    (True, False)
    """
    return form_asked(question) is Form.DATE and not re.search(r"\bsince\b", question, re.I)


def dated_first(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates of a question for a date, those first whose date is likeliest meant.

    The first one keeps its chance as its score, the others have the new one. Those after the first
    twelve stay behind.
    """
    if not candidates or not asks_when(question):
        return list(candidates)
    asked = frozenset(terms(question))
    dated = [_dated(item, asked) for item in candidates[:_LOOKED_AT]]
    groups: dict[str, list[_Dated]] = {}
    for item in dated:
        groups.setdefault(item.told, []).append(item)
    agreed = {told: _chance(same) for told, same in groups.items()}
    dated.sort(key=lambda item: (-agreed[item.told], -item.chance))
    # The reader's chance of what was chosen holds; what comes behind it is no likelier.
    first = dated[0].candidate
    rest = [replace(item.candidate, score=min(first.score, item.chance)) for item in dated[1:]]
    return [first, *rest, *candidates[_LOOKED_AT:]]


def _chance(same: Sequence[_Dated]) -> float:
    """The chance that one of some reports is right with its day, were they independent."""
    best: dict[str, float] = {}
    for item in same:
        article = item.candidate.article.article_id
        best[article] = max(item.chance, best.get(article, 0.0))
    return 1 - math.prod(1 - chance for chance in best.values())


def _dated(candidate: Candidate, asked: frozenset[str]) -> _Dated:
    answer, text = candidate.answer, candidate.text
    if answer is None:
        return _Dated(candidate, candidate.score, text)
    first, last = (place - candidate.sentence.start for place in (answer.start, answer.end))
    found = [item for item in time_expressions(text) if item.start < last and first < item.end]
    told = text[first:last].casefold()
    if not found:
        return _Dated(candidate, _NO_DATE * candidate.score, told)
    chance = candidate.score * _share(text, found[0], asked)
    if _SINCE.search(text[: found[0].start]):
        chance *= _BACKGROUND
    days = days_of(found[0], candidate.article.published)
    if days is not None and _is_long_ago(days.first.year, candidate.article):
        chance *= _LONG_AGO
    return _Dated(candidate, chance, told if days is None else f"{days.first} {days.last}")


def _is_long_ago(year: int, article: Article) -> bool:
    return article.published is not None and article.published.start.year - year > 1


def _share(text: str, date: TimeExpression, asked: frozenset[str]) -> float:
    """What a date's clause has of the words asked for that its sentence has, from .4 to 1."""
    whole = asked & set(terms(text))
    own = asked & set(terms(_clause(text, date)))
    return _OTHER_CLAUSE + (1 - _OTHER_CLAUSE) * (len(own) / len(whole) if whole else 0.5)


def _clause(text: str, date: TimeExpression) -> str:
    """The clause of a date, and the next one if it has hardly any other words."""
    ends = [(end.start(), end.end()) for end in _CLAUSE_ENDS.finditer(text)]
    start = max((end for _, end in ends if end <= date.start), default=0)
    behind = [start for start, _ in ends if start >= date.end] + [len(text)]
    clause = text[start : behind[0]]
    if len(clause.split()) < _LEAST_WORDS and len(behind) > 1:
        clause = text[start : behind[1]]
    return clause
