"""Answers a question for an amount: quotes the sentences whose figures stand for different things.

Never one figure alone where the articles give several: each different figure is a claim, the one
that likeliest counts what is asked first; figures of something else are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.answering.asked.counted import Figure, best_figures
from rag.answering.findings import Finding, Inquiry, Tools
from rag.model import Candidate
from rag.reading.excerpt import quoting_drafts
from rag.text.numbers import Value

# Set by hand. A figure after the first is shown if the log of its chance is at most this much less
# than that of the first one, or than _SURE where the first is likelier; and if it counts what is
# asked for nearly as likely.
_LESS, _SURE = 3.5, -1.0
_LESS_ODDS, _SURE_ODDS = 2.0, -0.5
_MAX_CLAIMS = 6
_PASSAGES = 15
_LOOKED_AT = 25
_LEAST_SCORE = 1e-9


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence and the sentences with different figures of what is asked."""
    evidence = tools.read(inquiry, k=_PASSAGES)
    yield evidence
    if not tools.abstains(evidence.reading):
        best = evidence.reading.candidates[:_LOOKED_AT]
        figures = best_figures(inquiry.question, best, tools.archive.embedder)
        yield from quoting_drafts(different(best, figures), evidence.hits)
        yield from tools.conflicts(evidence)


def different(candidates: Sequence[Candidate], figures: Sequence[Figure]) -> list[Candidate]:
    """The candidates with different figures, the one first that likeliest counts what is asked.

    One without a figure can only be the first. Of those with one figure the reader's best is shown.
    The reader's chances are shared out anew by what each figure counts.
    """
    counting = [
        _Counting(item, figure, math.log(item.score + _LEAST_SCORE) + figure.odds)
        for item, figure in zip(candidates, figures, strict=True)
    ]
    counting.sort(key=lambda item: -item.chance)
    first = counting[0]
    least = min(first.chance, _SURE) - _LESS
    least_odds = min(first.figure.odds, _SURE_ODDS) - _LESS_ODDS
    likely = [
        item
        for item in counting[1:]
        if item.figure.value is not None and item.chance >= least and item.figure.odds >= least_odds
    ]
    shown: dict[Value | None, list[_Counting]] = {}
    for item in (first, *likely):
        shown.setdefault(item.figure.value, []).append(item)
    best = [max(same, key=lambda item: item.candidate.score) for same in shown.values()]
    chances = _shared_out([same[0] for same in shown.values()], counting)
    return [item.told(chance) for item, chance in zip(best, chances, strict=True)][:_MAX_CLAIMS]


def _shared_out(shown: Sequence[_Counting], counting: Sequence[_Counting]) -> list[float]:
    """The reader's chances of all candidates, shared out by the chances of their figures.

    None is higher than the reader's highest.
    """
    highest = max(item.candidate.score for item in counting)
    total = sum(item.candidate.score for item in counting)
    weight = sum(math.exp(item.chance) for item in counting)
    return [min(highest, total * math.exp(item.chance) / weight) for item in shown]


class _Counting(NamedTuple):
    """A candidate with its figure, and the log of the chance that it is asked for."""

    candidate: Candidate
    figure: Figure
    chance: float

    def told(self, score: float) -> Candidate:
        """The candidate with that score, and with its figure as the short answer."""
        answer = self.figure.span or self.candidate.answer
        return replace(self.candidate, score=score, answer=answer)
