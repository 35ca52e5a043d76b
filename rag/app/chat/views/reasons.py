"""Writes why an answer is what it is: what was understood, found and read, and what was left out.

The passages are found again; what was read of them is kept with the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.app.chat.views.markup import cut, safe
from rag.app.terminal import number
from rag.model import AnswerValues, Candidate, Hit, Kind, Status

_MOST_SHOWN = 5
_MOST_CHARS = 160
_KINDS = {
    Kind.FACT: "a single fact",
    Kind.AMOUNT: "an amount",
    Kind.LIST: "a list",
    Kind.COMPARE: "a comparison",
    Kind.YES_NO: "yes or no",
    Kind.SPEECH: "what somebody said",
    Kind.BRIEF: "a short account",
    Kind.TIMELINE: "a course of events",
    Kind.MANY_PARTS: "several things",
    Kind.ARTICLES: "articles",
}


def reasons_html(answer: AnswerValues, hits: Sequence[Hit]) -> str:
    """Writes the steps from question to answer."""
    understood = f"Understood as: {safe(answer.asked_as)}"
    if answer.kind in _KINDS:
        understood += f" (asks for {_KINDS[answer.kind]})"
    passages = _list(map(_passage, hits[:_MOST_SHOWN]))
    sentences = _list(map(_sentence, answer.candidates[:_MOST_SHOWN]))
    steps = [
        understood,
        f"Found {number(len(hits), 'passage')}, best first: {passages}",
        f"Read their sentences; most likely to answer: {sentences}",
        _outcome(answer, hits),
        *(f"Left out: {safe(item.text)} {safe(item.reason)}" for item in answer.rejected),
    ]
    return "<ol>" + "".join(f"<li>{step}</li>" for step in steps) + "</ol>"


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else "none"


def _passage(hit: Hit) -> str:
    title = safe(cut(hit.article.title, _MOST_CHARS))
    return f"{title} <small>alike in meaning: {hit.similarity:.2f}</small>"


def _sentence(candidate: Candidate) -> str:
    sentence = candidate.sentence
    words = candidate.article.text[sentence.start : sentence.end]
    return f"{safe(cut(words, _MOST_CHARS))} <small>{candidate.score:.0%}</small>"


def _outcome(answer: AnswerValues, hits: Sequence[Hit]) -> str:
    if answer.status is not Status.NOT_IN_ARTICLES:
        return f"The chance that the best of these is right: {answer.confidence:.0%}."
    if not hits:
        return "No article that may answer has anything on this."
    chance = f"{answer.confidence:.0%}"
    return (
        f"No sentence answers clearly enough (chance of being right: {chance}), so none is shown."
    )
