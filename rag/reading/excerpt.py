"""Candidates and the passages -> which characters of their articles to quote: a sentence, with the one before where that says who is meant.

Knows no record: what comes out is still to be checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.model import Candidate, Hit, Quote, ShortAnswer, Span
from rag.quotes import MAX_CHARS

# A sentence that begins so says of whom or what it speaks in the one before. "It is said that …" and the like need none, but lose little.
_REFERS = re.compile(
    r"[\"“'‘(]*(?:(?:And|But|So|Then|Later|There|However|Instead),?\s)?"
    r"(?:He|She|They|It|His|Her|Their|Its|This|That|These|Those|Both|Neither|he|she|they|it|his|her|their|its|both|neither)\b(?!-)"
)


class Excerpt(NamedTuple):
    """A candidate, and the characters of its article to quote for it."""

    candidate: Candidate
    span: Span


def excerpts(candidates: Sequence[Candidate], hits: Sequence[Hit]) -> list[Excerpt]:
    """What to quote for each candidate, best first. No two overlap: what is quoted already with the sentence behind it is left out."""
    taken: list[Excerpt] = []
    for candidate in candidates:
        wide = quoted_span(candidate, hits)
        for span in (wide, _alone(candidate, wide)):
            if not any(_overlap(span, candidate, other) for other in taken):
                taken.append(Excerpt(candidate, span))
                break
    return taken


def short_answer(candidate: Candidate, quotes: Sequence[Quote]) -> ShortAnswer | None:
    """The candidate's short answer, if one of the quotes has it."""
    answer, article = candidate.answer, candidate.article
    if answer is None:
        return None
    for quote in quotes:
        same = (quote.article_id, quote.version) == (article.article_id, article.version)
        if same and quote.start <= answer.start < answer.end <= quote.end:
            return ShortAnswer(article.text[answer.start : answer.end], article.article_id, article.version, answer.start, answer.end)
    return None


def _alone(candidate: Candidate, wide: Span) -> Span:
    return Span(max(wide.start, candidate.sentence.start), wide.end)


def _overlap(span: Span, candidate: Candidate, other: Excerpt) -> bool:
    article, theirs = candidate.article, other.candidate.article
    same = (article.article_id, article.version) == (theirs.article_id, theirs.version)
    return same and span.start < other.span.end and other.span.start < span.end


def quoted_span(candidate: Candidate, hits: Sequence[Hit]) -> Span:
    """At most two sentences and `MAX_CHARS` characters; of a sentence that is longer, whole words around the short answer."""
    start, end = candidate.sentence.start, candidate.sentence.end
    if end - start > MAX_CHARS:
        return _cut(candidate)
    before = _before(candidate, hits) if _REFERS.match(candidate.text) else None
    return Span(start if before is None or end - before > MAX_CHARS else before, end)


def _before(candidate: Candidate, hits: Sequence[Hit]) -> int | None:
    """Where the sentence right before begins; `None` where it is not read, or is of another kind, as a heading or a caption is."""
    article, sentence = candidate.article, candidate.sentence
    earlier = (
        other
        for hit in hits
        if (hit.article.article_id, hit.article.version) == (article.article_id, article.version)
        for other in hit.sentences
        if other.end <= sentence.start and not article.text[other.end : sentence.start].strip()
    )
    found = next(earlier, None)
    return found.start if found is not None and found.kind is sentence.kind else None


def _cut(candidate: Candidate) -> Span:
    text, answer = candidate.article.text, candidate.answer
    start, end = candidate.sentence.start, candidate.sentence.end
    first = start if answer is None else max(start, min(answer.start - MAX_CHARS // 4, end - MAX_CHARS))
    last = min(end, first + MAX_CHARS)
    if first > start:
        first = text.find(" ", first, last) + 1 or first
    if last < end:
        last = (text.rfind(" ", first, last) + 1 or last + 1) - 1
    return Span(first, last)
