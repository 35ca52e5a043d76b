"""Chooses which characters of an article to quote for a sentence, and drafts claims from them.

A sentence is quoted with the one before it if it begins with a reference to that one ("He won …").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.model import Article, Candidate, Hit, Sentence, Span
from rag.quotes import MAX_QUOTE_CHARS, ArticleSpan, Draft, version_key

# "It is said that …" and the like refer to nothing, but one more sentence does little harm there.
_REFERS_BACK = re.compile(
    r"[\"“'‘(]*(?:(?:And|But|So|Then|Later|There|However|Instead),?\s)?"
    r"(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Bb]oth|[Nn]either"
    r"|This|That|These|Those)\b(?!-)"
)


def quoting_drafts(candidates: Sequence[Candidate], hits: Sequence[Hit]) -> list[Draft]:
    """Drafts that say exactly what they quote, one a candidate, best first.

    No two overlap: where the sentence before is quoted already, the candidate's own sentence stands
    alone; where that one is quoted already too, the candidate is left out.
    """
    drafts: list[Draft] = []
    for candidate in candidates:
        sentence = candidate.sentence
        wide = span_to_quote(candidate.article, sentence, hits, answer=candidate.answer)
        alone = wide._replace(start=max(wide.start, sentence.start))
        for span in (wide, alone):
            if not any(span.overlaps(draft.spans[0]) for draft in drafts):
                short = answer_span(candidate, span)
                drafts.append(Draft(spans=(span,), confidence=candidate.score, answer=short))
                break
    return drafts


def answer_span(candidate: Candidate, quoted: ArticleSpan | None = None) -> ArticleSpan | None:
    """Where the candidate's short answer stands; None where it has none.

    With `quoted`, what is quoted for it, that may be in the sentence before; None if the likelier
    answer there is not quoted.
    """
    answer, before = candidate.answer, candidate.answer_before
    if before is not None and quoted is not None:
        answer = before if quoted.start <= before.start else None
    return None if answer is None else ArticleSpan(candidate.article, answer.start, answer.end)


def span_to_quote(
    article: Article, sentence: Sentence, hits: Sequence[Hit], *, answer: Span | None = None
) -> ArticleSpan:
    """What to quote for a sentence: at most two sentences and `MAX_QUOTE_CHARS` characters.

    Of a sentence that is longer, whole words around the short answer are taken.
    """
    if sentence.end - sentence.start > MAX_QUOTE_CHARS:
        return _cut(article, sentence, answer)
    start = sentence.start
    if refers_back(article.text[sentence.start : sentence.end]):
        before = _sentence_before(article, sentence, hits)
        if before is not None and sentence.end - before.start <= MAX_QUOTE_CHARS:
            start = before.start
    return ArticleSpan(article, start, sentence.end)


def refers_back(text: str) -> bool:
    """Whether a sentence begins with a reference to the one before it."""
    return _REFERS_BACK.match(text) is not None


def _sentence_before(article: Article, sentence: Sentence, hits: Sequence[Hit]) -> Sentence | None:
    """The sentence right before, if a hit has it and it is of the same kind, so no heading."""
    for hit in hits:
        if version_key(hit.article) != version_key(article):
            continue
        for other in hit.sentences:
            if other.end <= sentence.start and not article.text[other.end : sentence.start].strip():
                return other if other.kind is sentence.kind else None
    return None


def _cut(article: Article, sentence: Sentence, answer: Span | None) -> ArticleSpan:
    text, start, end = article.text, sentence.start, sentence.end
    if answer is None:
        first = start
    else:
        first = max(start, min(answer.start - MAX_QUOTE_CHARS // 4, end - MAX_QUOTE_CHARS))
    last = min(end, first + MAX_QUOTE_CHARS)
    if first > start:
        first = text.find(" ", first, last) + 1 or first
    if last < end:
        last = (text.rfind(" ", first, last) + 1 or last + 1) - 1
    return ArticleSpan(article, first, last)
