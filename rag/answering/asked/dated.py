"""Tells how well the dates in short answers tell when something happened, and where they agree.

"The first such crash since 1959" dates no crash that is asked for, nor does "arrested after three
days", nor "signed the order to launch it on Saturday" a launch. What stands in the date's own
clause counts; reports that give one day speak for each other, and so does one that gives its year.
English.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.answering.deciding.statements import LIGHT, statement_of
from rag.model import Article, Candidate
from rag.news.event_dates import Days, days_of
from rag.news.time_expressions import TimeExpression, time_expressions
from rag.news.values import Form, form_asked
from rag.text.terms import terms
from rag.text.tokens import PAST_FORMS, base, tokens
from rag.text.verbs import infinitive
from rag.text.word_lists import word_set

# The ":" of a clock time ends no clause.
_CLAUSE_ENDS = re.compile(
    r"[;()–—]|:(?!\d)|,\s|\s(?:when|which|who|while|after|before|since|but|as|where)\s",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\b(?:since|than)(?:\s\w+){0,2}\s$", re.IGNORECASE)
# A shorter part of a sentence belongs to the next: "On Tuesday, the tram crashed".
_LEAST_WORDS = 4
_LOOKED_AT = 12
# Set by hand: what is left of the chance of a date that only sets a limit ("since 1959"), of words
# that tell no date, of a date more than a year before the report, and of one in whose clause
# nothing stands that is asked for.
_BACKGROUND, _NO_DATE, _LONG_AGO, _OTHER_CLAUSE = 0.15, 0.3, 0.6, 0.4
# And of the date of another act: when something was ordered or put off, or when it was told.
_OTHER_ACT = 0.25
# A day takes over the chance of a longer time with it in, if its own is this share of that.
_OF_LONGER = 0.2
_SAYING = frozenset(map(base, word_set("words", "saying")))
# "The launch took place", "is expected to open": these verbs leave it to the other word.
_HAPPENS = LIGHT | frozenset(
    map(base, "happen occur begin start follow set schedule plan expect due hold".split())
)
_OPENS = re.compile(r"^.*?\b(?:when|(?:which|what)\s\w+)\s", re.IGNORECASE)
_OWNERS = frozenset("the a an his her its their this that".split())
# The noun between an article and "to launch".
_MOST_BEFORE = 3
# So many characters before a date its verb may stand.
_NEAR = 100


class _Dated(NamedTuple):
    """A candidate with its chance by what dates it, and the days or words that it gives."""

    candidate: Candidate
    chance: float
    told: str | Days


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
    asked, verb = frozenset(terms(question)), _verb_of(question)
    dated = [_dated(_in_own_words(item, verb), asked, verb) for item in candidates[:_LOOKED_AT]]
    groups: dict[str | Days, list[_Dated]] = {}
    for item in dated:
        groups.setdefault(item.told, []).append(item)
    agreed = _agreed(groups)
    dated.sort(key=lambda item: (-agreed[item.told], _length(item.told), -item.chance))
    # The reader's chance of what was chosen holds; what comes behind it is no likelier.
    first = dated[0].candidate
    rest = [replace(item.candidate, score=min(first.score, item.chance)) for item in dated[1:]]
    return [first, *rest, *candidates[_LOOKED_AT:]]


def _agreed(groups: Mapping[str | Days, Sequence[_Dated]]) -> dict[str | Days, float]:
    """The chance of each time that is told; the likeliest in a longer one has its reports too."""
    alone = {told: _chance(same) for told, same in groups.items()}
    reports = {told: list(same) for told, same in groups.items()}
    for longer in sorted(groups, key=_length):
        parts = [told for told in groups if _is_part(told, longer)]
        best = max(parts, key=lambda told: (alone[told], -_length(told)), default=longer)
        if alone[best] >= _OF_LONGER * alone[longer] and best != longer:
            reports[best] += groups[longer]
    return {told: _chance(same) for told, same in reports.items()}


def _is_part(told: str | Days, longer: str | Days) -> bool:
    if isinstance(told, str) or isinstance(longer, str):
        return False
    return told != longer and told.within(longer)


def _length(told: str | Days) -> int:
    return (told.last - told.first).days if isinstance(told, Days) else 0


def _chance(same: Sequence[_Dated]) -> float:
    """The chance that one of some reports is right with its day, were they independent."""
    best: dict[str, float] = {}
    for item in same:
        article = item.candidate.article.article_id
        best[article] = max(item.chance, best.get(article, 0.0))
    return 1 - math.prod(1 - chance for chance in best.values())


def _in_own_words(candidate: Candidate, verb: str) -> Candidate:
    """The candidate without the answer in the sentence before, if only its own has the verb."""
    if candidate.answer is None or candidate.answer_before is None:
        return candidate
    earlier = slice(max(0, candidate.answer_before.start - _NEAR), candidate.sentence.start)
    told, before = (
        verb in {base(word.norm) for word in tokens(text)}
        for text in (candidate.text, candidate.article.text[earlier])
    )
    return replace(candidate, answer_before=None) if told and not before else candidate


def _dated(candidate: Candidate, asked: frozenset[str], verb: str) -> _Dated:
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
    if verb and _is_of_other_act(text, found[0], verb):
        chance *= _OTHER_ACT
    days = days_of(found[0], candidate.article.published)
    if days is not None and _is_long_ago(days.first.year, candidate.article):
        chance *= _LONG_AGO
    return _Dated(candidate, chance, told if days is None else days)


def _is_long_ago(year: int, article: Article) -> bool:
    return article.published is not None and article.published.start.year - year > 1


def _share(text: str, date: TimeExpression, asked: frozenset[str]) -> float:
    """What a date's clause has of the words asked for that its sentence has, from .4 to 1."""
    whole = asked & set(terms(text))
    own = asked & set(terms(_clause(text, date)))
    return _OTHER_CLAUSE + (1 - _OTHER_CLAUSE) * (len(own) / len(whole) if whole else 0.5)


def _verb_of(question: str) -> str:
    """The base of the verb that is asked about: "launch"; empty where there is none that says much.

    >>> _verb_of("When was the satellite launched?"), _verb_of("When was the launch?")
    ('launch', '')
    """
    verb = base(statement_of(_OPENS.sub("", question)).predicate)
    return "" if verb in _HAPPENS else verb


def _is_of_other_act(text: str, date: TimeExpression, verb: str) -> bool:
    """Whether a date tells when something else was done than what is asked.

    That is so right behind a verb of saying, "officials said on Friday", and where the clause has
    the verb that is asked only as a thing that another verb is about: "signed the order to launch
    it", "announced the launch".
    """
    behind = [base(word.norm) for word in tokens(text[: date.start]) if word.norm != "on"]
    if behind[-1:] and behind[-1] in _SAYING - {verb}:
        return True
    words = [word.norm for word in tokens(_clause(text, date))]
    asked = [place for place, word in enumerate(words) if base(word) == verb]
    acts = {base(word) for word in words if _is_past(word)} - _HAPPENS - {verb}
    return bool(asked and acts) and all(_is_thing(words[:place]) for place in asked)


def _is_thing(before: Sequence[str]) -> bool:
    """Whether a verb behind these words is what another act is about."""
    if before[-1:] == ["to"]:
        return not _OWNERS.isdisjoint(before[-1 - _MOST_BEFORE : -2])
    is_object = not _OWNERS.isdisjoint(before[-1:])
    return is_object and not _SAYING.isdisjoint(map(base, before[-2:-1]))


def _is_past(word: str) -> bool:
    return word in PAST_FORMS or (word.endswith("ed") and infinitive(word) is not None)


def _clause(text: str, date: TimeExpression) -> str:
    """The clause of a date, and the next one if it has hardly any other words."""
    ends = [(end.start(), end.end()) for end in _CLAUSE_ENDS.finditer(text)]
    start = max((end for _, end in ends if end <= date.start), default=0)
    behind = [start for start, _ in ends if start >= date.end] + [len(text)]
    clause = text[start : behind[0]]
    if len(clause.split()) < _LEAST_WORDS and len(behind) > 1:
        clause = text[start : behind[1]]
    return clause
