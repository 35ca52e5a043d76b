"""Answers "show me articles about …" with a list of articles, the most relevant first.

Each article is shown by the sentence that it begins with; its title, paper and date stand with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.answering.findings import Finding, Inquiry, Tools
from rag.answering.topics.articles_on import find_topic
from rag.model import Notice
from rag.reading.excerpt import quoting_drafts

_PASSAGES = 40
_MAX_ARTICLES = 10


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the first sentence of each article, and how many there are."""
    topic = find_topic(inquiry, tools, passages=_PASSAGES)
    leads = [item.candidate(lead) for item in topic.articles for lead in item.sentences[:1]]
    evidence = topic.evidence(inquiry.question, leads)
    yield evidence
    yield from quoting_drafts(leads[:_MAX_ARTICLES], evidence.hits)
    if len(leads) > _MAX_ARTICLES:
        yield Notice("count", f"The {_MAX_ARTICLES} most relevant of {len(leads)} articles.")
