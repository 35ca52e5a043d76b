"""Answers a question for an amount: quotes the sentences whose figures stand for different things.

Never one figure alone where the articles give several: each different figure is a claim, the one
that answers best first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answering.findings import Finding, Inquiry, Tools
from rag.model import Candidate
from rag.reading.excerpt import quoting_drafts
from rag.text.numbers import Value, numbers

# A claim after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.04
# The same where the sentence stands in an article that has such a claim: figures of one thing stand
# together.
_SHOWN_SHARE_NEAR = 0.004
_MAX_CLAIMS = 6
# Kinds of numbers that are no amounts: ordinals, fractions, multiples, decades.
_NO_AMOUNTS = frozenset({"th", "/", "x", "s", "many"})
_PASSAGES = 15
# What a sentence counts whose short answer has no figure: of reading comprehension's questions for
# an amount, 266 of 1,570 have such an answer.
_FIGURELESS = 0.2


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the best sentence, and sentences with other figures in their answers."""
    evidence = tools.read(inquiry, k=_PASSAGES)
    yield evidence
    if not tools.abstains(evidence.reading):
        candidates = figures_first(evidence.reading.candidates)
        yield from quoting_drafts(_different(candidates), evidence.hits)
        yield from tools.conflicts(evidence)


def figures_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, those without a figure in their short answers ranked as less likely."""
    weighed = [
        item if numbers(_short(item)) else replace(item, score=item.score * _FIGURELESS)
        for item in candidates
    ]
    return sorted(weighed, key=lambda item: -item.score)


def _different(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first candidate, and those with a figure of its kind that no better one has."""
    best = candidates[0].score
    near = {item.article.article_id for item in candidates if item.score >= _SHOWN_SHARE * best}
    kind = _kind_asked(candidates)
    shown, seen = [candidates[0]], _figures(candidates[0], kind)
    for candidate in candidates[1:]:
        is_near = candidate.article.article_id in near
        least = _SHOWN_SHARE_NEAR if is_near else _SHOWN_SHARE
        if candidate.score < least * best or len(shown) == _MAX_CLAIMS:
            break
        if new := _figures(candidate, kind) - seen:
            shown.append(candidate)
            seen |= new
    return shown


def _kind_asked(candidates: Sequence[Candidate]) -> str | None:
    """The kind of figure that the likeliest short answers have; None if they have none."""
    chances: defaultdict[str, float] = defaultdict(float)
    for candidate in candidates[:_MAX_CLAIMS]:
        for number in numbers(_short(candidate))[:1]:
            if (kind := number.values[0].kind) not in _NO_AMOUNTS:
                chances[kind] += candidate.score
    return max(chances, key=lambda kind: chances[kind], default=None)


def _short(candidate: Candidate) -> str:
    answer = candidate.answer
    return "" if answer is None else candidate.article.text[answer.start : answer.end]


def _figures(candidate: Candidate, kind: str | None) -> set[Value]:
    """The figures of that kind in the candidate's sentence, of any kind if that is None."""
    values = {number.values[0] for number in numbers(candidate.text)}
    return {value for value in values if kind is None or value.kind == kind}
