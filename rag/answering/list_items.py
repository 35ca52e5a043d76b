"""Answers a question for a list: every item from as many articles as it takes.

Each sentence that names items is a claim; it is left out if it says the opposite of what is asked
("rise" where "fall" was asked) or names only what a better one has named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answering.findings import Evidence, Finding, Inquiry, Tools
from rag.checks.negation import contradiction
from rag.model import Candidate, Notice
from rag.reading.excerpt import quoting_drafts
from rag.text.terms import terms

_PASSAGES = 30
_MAX_CLAIMS = 12
# A sentence after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.15


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the sentences with items, and how many were found."""
    evidence = tools.read(inquiry, k=_PASSAGES)
    yield evidence
    if tools.abstains(evidence.reading):
        return
    found = _items(inquiry.question, evidence)
    yield from quoting_drafts(found, evidence.hits)
    if len(found) > 1:
        articles = len({candidate.article.article_id for candidate in evidence.reading.candidates})
        yield Notice("count", f"{len(found)} found in the {articles} articles read.")


def _items(question: str, evidence: Evidence) -> Sequence[Candidate]:
    candidates = evidence.reading.candidates
    least = _SHOWN_SHARE * candidates[0].score
    asked, shown, named = set(terms(question)), list[Candidate](), set[str]()
    for candidate in candidates:
        if candidate.score < least or len(shown) == _MAX_CLAIMS:
            break
        new = _named(candidate) - asked - named
        if new and contradiction(question, [candidate.text]) is None:
            shown.append(candidate)
            named |= new
    return shown


def _named(candidate: Candidate) -> set[str]:
    """The stems of the candidate's short answer."""
    if candidate.answer is None:
        return set()
    return set(terms(candidate.article.text[candidate.answer.start : candidate.answer.end]))
