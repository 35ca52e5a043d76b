"""Answers a question about a single fact: quotes the sentences that answer best."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from rag.answering.asked.dated import dated_first
from rag.answering.asked.definitions import asked_term, explaining_first, explanation
from rag.answering.findings import Evidence, Finding, Inquiry, Tools
from rag.model import Candidate
from rag.quotes import Draft
from rag.reading.excerpt import quoting_drafts

# A claim after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.1
_MAX_CLAIMS = 3
# What a sentence of another article counts, where one of the same article is likelier.
_OTHER = 0.1


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, up to three sentences and a conflict; none where the reader abstains."""
    evidence = tools.read(inquiry)
    yield evidence
    if drafts := drafts_of(evidence, tools):
        yield from drafts
        # Several explanations of one thing do not contradict each other.
        term = asked_term(inquiry.question)
        if term is None or explanation(term, drafts[0].spans[0].text) is None:
            yield from tools.conflicts(evidence)


def drafts_of(
    evidence: Evidence, tools: Tools, *, rather_from: Collection[str] = ()
) -> list[Draft]:
    """Up to three sentences, none where the reader abstains.

    :param rather_from: the ids of articles whose sentences count several times as much.
    """
    if tools.abstains(evidence.reading):
        return []
    candidates = preferring(evidence.reading.candidates, rather_from)
    if term := asked_term(evidence.question):
        candidates = explaining_first(candidates, term)
    least = _SHOWN_SHARE * candidates[0].score
    likely = [item for item in candidates if item.score >= least]
    shown = dated_first(evidence.question, likely)[:_MAX_CLAIMS]
    return quoting_drafts(shown, evidence.hits)


def preferring(candidates: Sequence[Candidate], articles: Collection[str]) -> list[Candidate]:
    """The candidates, those of these articles ranked as if they were several times as likely."""
    if not articles:
        return list(candidates)
    weighed = [
        replace(item, score=item.score * (1.0 if item.article.article_id in articles else _OTHER))
        for item in candidates
    ]
    return sorted(weighed, key=lambda item: -item.score)
