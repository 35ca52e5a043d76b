"""Answers a question about a single fact: quotes the sentences that answer best."""

from __future__ import annotations

from collections.abc import Iterator

from rag.answering.findings import Finding, Inquiry, Tools
from rag.reading.excerpt import quoting_drafts

# A claim after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.1
_MAX_CLAIMS = 3


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, up to three sentences and a conflict; none where the reader abstains."""
    evidence = tools.read(inquiry)
    yield evidence
    candidates = evidence.reading.candidates
    if not tools.abstains(evidence.reading):
        least = _SHOWN_SHARE * candidates[0].score
        shown = [item for item in candidates[:_MAX_CLAIMS] if item.score >= least]
        yield from quoting_drafts(shown, evidence.hits)
        yield from tools.conflicts(evidence)
