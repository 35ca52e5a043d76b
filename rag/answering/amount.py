"""Answers a question for an amount: quotes the sentences whose figures stand for different things.

Never one figure alone where the articles give several: each different figure is a claim, the one
that answers best first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answering.findings import Finding, Inquiry, Tools
from rag.model import Candidate
from rag.reading.excerpt import quoting_drafts
from rag.text.numbers import Value, numbers

# A claim after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.04
_MAX_CLAIMS = 6
_PASSAGES = 15


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the best sentence, and sentences with other figures in their answers."""
    evidence = tools.read(inquiry, k=_PASSAGES)
    yield evidence
    if not tools.abstains(evidence.reading):
        yield from quoting_drafts(_different(evidence.reading.candidates), evidence.hits)
        yield from tools.conflicts(evidence)


def _different(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first candidate, and those that answer with a figure no better one has."""
    least = _SHOWN_SHARE * candidates[0].score
    shown, seen = [candidates[0]], _figures(candidates[0])
    for candidate in candidates[1:]:
        if candidate.score < least or len(shown) == _MAX_CLAIMS:
            break
        if new := _figures(candidate) - seen:
            shown.append(candidate)
            seen |= new
    return shown


def _figures(candidate: Candidate) -> set[Value]:
    """The figures in the candidate's short answer."""
    if candidate.answer is None:
        return set()
    text = candidate.article.text[candidate.answer.start : candidate.answer.end]
    return {number.values[0] for number in numbers(text)}
