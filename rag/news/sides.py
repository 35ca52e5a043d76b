"""Groups the answers that a reader found by what they say: the sides of a question."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.model import Candidate, Reading
from rag.news.figure_states import states
from rag.news.originals import originals
from rag.news.values import (
    AnswerValue,
    Form,
    answer_value,
    form_asked,
    is_other_unit,
    is_same,
)
from rag.text.dates import date_tokens
from rag.text.names import Name, names
from rag.text.numbers import number_tokens
from rag.text.terms import STOP_WORDS, terms
from rag.text.tokens import tokens

# Candidates with a smaller share of the best one's score answer something else.
_LEAST_SHARE = 0.02
_MOST_STATEMENTS = 20
_OWN = re.compile(r"\W*(?:its|his|her|their)\s", re.IGNORECASE)
# "Tull, who won 20 caps,"; "Tull, a veteran of 20 caps,".
_ABOUT = re.compile(r",\s(?:who|whose|an?|the)\s[^,;:()]+(?=,)", re.IGNORECASE)
# Set by hand: the worth of figures that nobody says to be killed, where the killed are asked for.
_VAGUE = 0.5


class Statement(NamedTuple):
    """A sentence of an article that answers the question, and the value of its short answer."""

    candidate: Candidate
    value: AnswerValue


class Side(NamedTuple):
    """Statements of one value, best first."""

    statements: tuple[Statement, ...]

    @property
    def best(self) -> Statement:
        return self.statements[0]

    @property
    def articles(self) -> frozenset[str]:
        return frozenset(item.candidate.article.article_id for item in self.statements)

    @property
    def reports(self) -> int:
        """How many reports give the value; articles that are copies count once."""
        return len(set(self._report_of.values()))

    @property
    def chance(self) -> float:
        """The chance that some report is right with the value, were they independent."""
        report_of, best = self._report_of, dict[str, float]()
        for item in self.statements:
            best.setdefault(report_of[item.candidate.article.article_id], item.candidate.score)
        return 1 - math.prod(1 - score for score in best.values())

    @property
    def _report_of(self) -> dict[str, str]:
        return originals(item.candidate.article for item in self.statements)


def sides(question: str, reading: Reading) -> tuple[Side, ...]:
    """The different values that answer a question, the best one first."""
    groups: list[list[Statement]] = []
    known = frozenset(terms(question))
    for statement in _statements(question, reading):
        group = next((g for g in groups if is_same(g[0].value, statement.value, known=known)), None)
        if group is None:
            groups.append([statement])
        else:
            group.append(statement)
    found, asked = [Side(tuple(group)) for group in groups], states(question)

    def worth(side: Side) -> float:
        is_vague = bool(asked) and not any(item.value.state for item in side.statements)
        return side.chance * (_VAGUE if is_vague else 1.0)

    return tuple(sorted(found, key=lambda side: -worth(side)))


def _statements(question: str, reading: Reading) -> Iterator[Statement]:
    """The best candidates with a value of the form that the question asks for.

    No figure of wounded answers a question for the killed.
    """
    answered = [item for item in reading.candidates[:_MOST_STATEMENTS] if item.answer is not None]
    if not answered:
        return
    form, asked = _form(question, answered), states(question)
    least = _LEAST_SHARE * answered[0].score
    for candidate in answered:
        value = _value_of(candidate, form) if candidate.score >= least else None
        if value is None or (asked and value.state and value.state not in asked):
            continue
        if not is_other_unit(question, value) and not _is_of_another(question, candidate, value):
            yield Statement(candidate, value)


def _is_of_another(question: str, candidate: Candidate, value: AnswerValue) -> bool:
    """Whether a figure is that of somebody whom the question does not name.

    It is where the sentence and its title name others alone, where "its" stands before it and no
    name, and where it stands in words about another name: "Tull, who won 20 caps, praised Orr".
    """
    asked = _words_of_names(question)
    if value.number is None or not asked:
        return False
    sentence, at = candidate.text, value.number.start
    found = names(sentence)
    named = [name for name in found if not asked.isdisjoint(_keys(name))]
    if found and not named:
        of_title = _words_of_names(candidate.article.title)
        return bool(of_title) and asked.isdisjoint(of_title)
    if (own := _OWN.match(sentence)) and named and own.end() <= at < named[0].start:
        return True
    return any(
        name not in named
        and (about := _ABOUT.match(sentence, name.end)) is not None
        and about.start() < at < about.end()
        for name in found
    )


def _words_of_names(text: str) -> frozenset[str]:
    return frozenset(key for name in names(text) for key in _keys(name))


def _keys(name: Name) -> frozenset[str]:
    """The words of a name, each with one key for all its forms."""
    return frozenset(word.key for word in name.words)


def _form(question: str, candidates: Sequence[Candidate]) -> Form:
    """The form that the question asks for; otherwise that of the best short answer."""
    asked = form_asked(question)
    if asked is not Form.TEXT:
        return asked
    best = candidates[0]
    assert best.answer is not None
    text = best.article.text[best.answer.start : best.answer.end]
    telling = {i for i, token in enumerate(tokens(text)) if token.norm not in STOP_WORDS}
    for form, found in ((Form.NUMBER, number_tokens(text)), (Form.DATE, date_tokens(text))):
        if telling and len(telling & found) * 2 >= len(telling):
            return form
    return Form.TEXT


def _value_of(candidate: Candidate, form: Form) -> AnswerValue | None:
    """What a candidate's short answer says, None where it says nothing of that form."""
    if candidate.answer is None:
        return None
    offset = candidate.sentence.start
    start = max(candidate.answer.start - offset, 0)
    end = candidate.answer.end - offset
    return answer_value(candidate.text, start, end, form, candidate.article.published)
