"""Answers "tell me about …" with an extractive brief: three to six sentences of the main articles.

Leads count most, no two sentences are alike, and they stand in order of time.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.answering.findings import Finding, Inquiry, Tools
from rag.answering.topics.articles_on import Topic, find_topic
from rag.answering.topics.coverage import Choice, choices, choose, in_order_of_time
from rag.reading.excerpt import quoting_drafts
from rag.text.terms import terms

_PASSAGES = 30
_MAX_ARTICLES = 12
# The points of a news article stand in its first sentences.
_FIRST_SENTENCES = 5
_MAX_SENTENCES = 6


def answer(inquiry: Inquiry, tools: Tools, *, most: int = _MAX_SENTENCES) -> Iterator[Finding]:
    """Yields the evidence and the sentences of the brief, `most` of them or fewer."""
    topic = find_topic(inquiry, tools, passages=_PASSAGES)
    chosen = brief_of(topic, most)
    evidence = topic.evidence(inquiry.question, [item.candidate for item in chosen])
    yield evidence
    yield from quoting_drafts([item.candidate for item in chosen], evidence.hits)


def brief_of(topic: Topic, most: int = _MAX_SENTENCES) -> list[Choice]:
    """Up to `most` sentences on a topic, in order of time."""
    found = choices(topic.articles[:_MAX_ARTICLES], first=_FIRST_SENTENCES)
    return in_order_of_time(choose(found, frozenset(terms(topic.words)), most))
