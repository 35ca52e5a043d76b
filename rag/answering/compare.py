"""Answers a comparison: both sides by themselves, side by side.

No arithmetic is done; where each side's sentence has a figure of the same thing, a notice says
which is larger. Where no measure is named, each side gets a brief of its own; what two people say
is told of each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from rag.answering import brief, fact, speech, yes_no
from rag.answering.asked.sides import Sides, is_open, is_ordinal, sides_of
from rag.answering.cues import asks_yes_or_no
from rag.answering.findings import Evidence, Finding, Inquiry, PartBegins, Tools
from rag.answering.topics.coverage import Choice
from rag.model import Candidate, Notice
from rag.quotes import Draft
from rag.reading.excerpt import quoting_drafts
from rag.retrieval.retrieve import Retrieved
from rag.text.names import PLACE_OF
from rag.text.numbers import numbers
from rag.text.terms import terms

_CLAIMS_A_SIDE = 2
_SENTENCES_A_TOPIC = 3
_PASSAGES = 12
# Sentences that are looked at for a side, and what speaks for one beside the reader's score.
_LOOKED_AT = 40
_HAS_WORDS = 1.0
_HAS_FIGURE = 0.6
# A sentence is shown from this score of the reader on.
_LEAST_SCORE = 0.005
# Which side's figure is larger is said of sentences that are at least so likely.
_LIKELY_SCORE = 0.3
# Figures further apart are of different measures, as the worth of a coin and that of all coins.
_MOST_TIMES = 1000


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields what answers the question for each side; for a question without sides, as a whole."""
    sides = sides_of(inquiry.question)
    said = list(speech.of_each(speech.speakers_of(inquiry, tools), inquiry, tools))
    if any(isinstance(finding, Draft) for finding in said):
        yield from said
    elif sides is None:
        # "Are there more ships than last year?"
        answered = yes_no.answer if asks_yes_or_no(inquiry.question) else fact.answer
        yield from answered(inquiry, tools)
    elif sides.questions is None:
        shown: list[Choice] = []
        for name, other in (sides[:2], sides[1::-1]):
            yield PartBegins(name)
            own = frozenset(terms(name)) - frozenset(terms(other))
            about = inquiry.about(name)
            shown += yield from brief.of_side(about, tools, own, shown, most=_SENTENCES_A_TOPIC)
    else:
        yield from _measured(sides, sides.questions, inquiry, tools)


def _measured(
    sides: Sides, questions: tuple[str, str], inquiry: Inquiry, tools: Tools
) -> Iterator[Finding]:
    found = tools.find(inquiry, k=_PASSAGES)
    best: list[Candidate] = []
    for name, other, question in zip(sides[:2], sides[1::-1], questions, strict=True):
        yield PartBegins(name)
        evidence, shown = _found_for(name, other, inquiry.about(question), found, tools)
        if is_open(inquiry.question) and (not shown or tools.abstains(evidence.reading)):
            own = frozenset(terms(name)) - frozenset(terms(other))
            yield from brief.of_side(inquiry.about(name), tools, own, (), most=_CLAIMS_A_SIDE)
            continue
        yield evidence
        # A figure under a title that names the side may be that of another thing.
        own = _telling(name, other)
        naming = [item for item in shown if own & set(terms(item.text))]
        best += [item for item in naming if item.score >= _LIKELY_SCORE and _figures(item).all][:1]
        yield from quoting_drafts(shown, evidence.hits)
    if larger := _larger(sides, best):
        yield Notice("larger", larger)


def _found_for(
    name: str, other: str, asked: Inquiry, found: Retrieved, tools: Tools
) -> tuple[Evidence, list[Candidate]]:
    """What was read for a side, and its sentences: of what was found for both, or for it alone."""
    every = frozenset(terms(name))
    telling = _telling(name, other)
    measure = frozenset(terms(asked.question)) - every
    evidence = tools.read_found(asked.question, found)
    if shown := _on_measure(_about(telling, every, evidence), measure):
        return evidence, shown
    alone = tools.read(asked, k=_PASSAGES)
    if not tools.abstains(alone.reading) and (shown := _about(telling, every, alone)):
        return alone, _on_measure(shown, measure)
    return evidence, _on_measure(_about(every, every, evidence), measure)


def _on_measure(shown: Sequence[Candidate], measure: frozenset[str]) -> list[Candidate]:
    """The first sentence, and the others that have a word of the measure or a figure.

    A side's second sentence about something else tells nothing of the comparison.
    """
    return [
        item
        for at, item in enumerate(shown)
        if at == 0 or measure & set(terms(item.text)) or numbers(item.text)
    ]


def _telling(name: str, other: str) -> frozenset[str]:
    """The stems that tell a side from the other: of its names, or else of all its words.

    Names count with their other forms: "French" speaks of France.
    """
    shared = set(other.casefold().split())
    words = [word for word in name.split() if word.casefold() not in shared]
    own = [word for word in words if word[:1].isupper()]
    named = " ".join(own or ([] if all(map(is_ordinal, words)) else words) or [name])
    places = {PLACE_OF[word.casefold()] for word in own if word.casefold() in PLACE_OF}
    forms = [form.replace("_", " ") for form, place in PLACE_OF.items() if place in places]
    return frozenset(terms(" ".join([named, *forms])))


def _about(wanted: frozenset[str], words: frozenset[str], evidence: Evidence) -> list[Candidate]:
    """The likely candidates with a wanted stem, rather with a figure and the side's other words."""
    candidates = evidence.reading.candidates[:_LOOKED_AT]
    values = {id(item): _value(item, words, candidates[0].score) for item in candidates}
    speaking = [item for item in candidates if wanted & _terms_around(item)]
    shown = sorted(speaking, key=lambda item: -values[id(item)])[:_CLAIMS_A_SIDE]
    return [item for item in shown if item.score >= _LEAST_SCORE]


def _value(candidate: Candidate, words: frozenset[str], best: float) -> float:
    named = len(words & set(terms(candidate.text))) / max(1, len(words))
    figure = _HAS_FIGURE if numbers(candidate.text) else 0.0
    return math.sqrt(candidate.score / (best or 1.0)) + _HAS_WORDS * named + figure


def _terms_around(candidate: Candidate) -> set[str]:
    """The stems of the sentence and of its article's title."""
    return set(terms(f"{candidate.article.title}\n{candidate.text}"))


def _larger(sides: Sides, best: Sequence[Candidate]) -> str | None:
    """Which side's figure is larger, in words; None if they do not count the same thing."""
    if len(best) != 2 or (figures := _like_figures(*map(_figures, best))) is None:
        return None
    first, second = figures
    less, more = sorted((first.amount, second.amount))
    if less == more or more > _MOST_TIMES * less:
        return None
    of_first, of_second = f"{first.text} for {sides.first}", f"{second.text} for {sides.second}"
    if first.amount < second.amount:
        of_first, of_second = of_second, of_first
    return f"Of the figures quoted, {of_first} is more than {of_second}."


class _Figure(NamedTuple):
    """An amount as it is written, and what it counts: its kind ("$", "%"), or the stem of the word
    after it.
    """

    text: str
    amount: Fraction
    counts: str


class _Figures(NamedTuple):
    """The figures of a sentence, and the one that answers: the short answer's, or its only one."""

    all: tuple[_Figure, ...]
    answering: _Figure | None


def _figures(candidate: Candidate) -> _Figures:
    text, answer = candidate.text, candidate.answer
    found = []
    for number in numbers(text):
        value = number.values[0]
        counts = value.kind or next(iter(terms(text[number.end :].split(".")[0])), "")
        place = candidate.sentence.start + number.start
        is_answer = answer is not None and answer.start <= place < answer.end
        written = text[number.start : number.end]
        found.append((is_answer, _Figure(written, value.amount, counts)))
    every = tuple(figure for _, figure in found if figure.counts)
    told = [figure for is_answer, figure in found if is_answer and figure.counts]
    only = told or (every if len(found) == 1 else ())
    return _Figures(every, only[0] if len(only) == 1 else None)


def _like_figures(one: _Figures, other: _Figures) -> tuple[_Figure, _Figure] | None:
    """A figure of each that count the same thing: one of them answers, and each is the only such
    one of its sentence.
    """
    for answering in filter(None, (one.answering, other.answering)):
        first, second = (
            [figure for figure in figures.all if figure.counts == answering.counts]
            for figures in (one, other)
        )
        if len(first) == len(second) == 1:
            return first[0], second[0]
    return None
