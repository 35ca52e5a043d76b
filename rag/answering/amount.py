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

    One without a figure can only be the first. The scores stand in the order of the reader's.
    """
    counting = [
        _Counting(item, figure, math.log(item.score + _LEAST_SCORE) + figure.odds)
        for item, figure in zip(candidates, figures, strict=True)
    ]
    counting.sort(key=lambda item: -item.chance)
    first = counting[0]
    least = min(first.chance, _SURE) - _LESS
    least_odds = min(first.figure.odds, _SURE_ODDS) - _LESS_ODDS
    shown: dict[Value | None, Candidate] = {first.figure.value: first.candidate}
    for item in counting[1:]:
        is_likely = item.chance >= least and item.figure.odds >= least_odds
        if is_likely and item.figure.value is not None:
            shown.setdefault(item.figure.value, item.candidate)
    found = list(shown.values())[:_MAX_CLAIMS]
    scores = sorted((item.score for item in found), reverse=True)
    return [replace(item, score=score) for item, score in zip(found, scores, strict=True)]


class _Counting(NamedTuple):
    """A candidate with its figure, and the log of the chance that it is asked for."""

    candidate: Candidate
    figure: Figure
    chance: float
