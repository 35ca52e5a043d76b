"""Answers a yes-or-no question: the sentence that decides it first, and a verdict if it does.

The question becomes a statement; a sentence that supports it, by the checks on statements, says
yes, one that contradicts it says no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.answering.findings import Evidence, Finding, Inquiry, Tools
from rag.checks.backing import Backing
from rag.checks.check import why_unsupported, word_overlap
from rag.checks.negation import contradiction
from rag.model import Candidate, Verdict
from rag.news.conflicts import Position
from rag.reading.excerpt import quoting_drafts
from rag.text.phrases import AUXILIARIES

_MAX_CLAIMS = 3
_READ = 12
# The share of the statement's words that a sentence must have to decide it.
_DECIDES = 0.6
# A sentence takes a side if its score is at least this share of the best one's, and if it has at
# least this share of the statement's words.
_SAYS_SHARE = 0.05
_SAYS_WORDS = 0.9
_OPENS = re.compile(
    rf"^(?:(?:so|and|but)\s+)?(?P<verb>{AUXILIARIES})(?:n['’]t)?\s+(?P<rest>.+)$", re.IGNORECASE
)
_DO = frozenset({"do", "does", "did"})


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the sentences for and against, and the verdict."""
    evidence = tools.read(inquiry)
    yield evidence
    statement = statement_of(inquiry.question)
    if not evidence.reading.candidates:
        return
    ranked = _by_bearing(statement, evidence)
    verdict = _verdict(statement, ranked[0])
    if tools.abstains(evidence.reading) and verdict is Verdict.UNCLEAR:
        return
    yield verdict
    yield from quoting_drafts(ranked[:_MAX_CLAIMS], evidence.hits)
    yield from tools.conflicts(evidence, yes_and_no(statement, ranked))


def statement_of(question: str) -> str:
    """What a yes-or-no question asks about, as a statement.

    >>> statement_of("Did Blunkett resign?"), statement_of("Is the bridge open?")
    ('Blunkett resign', 'the bridge is open')
    """
    text = question.strip().rstrip("?!. ")
    match = _OPENS.match(text)
    if match is None:
        return re.sub(r",\s*(?:right|correct|yes|no|\w+n['’]t\s\w+)$", "", text)
    verb, rest = match["verb"].casefold(), match["rest"]
    if verb in _DO:
        return rest
    words = rest.split(" ")
    subject = _subject_length(words)
    return " ".join([*words[:subject], verb, *words[subject:]])


def _subject_length(words: Sequence[str]) -> int:
    """How many words the subject has: a run of capitalised words, or an article and its noun."""
    if words[0][:1].isupper():
        return next((i for i, word in enumerate(words) if not word[:1].isupper()), len(words))
    return min(2, len(words)) if words[0].casefold() in {"the", "a", "an", "his", "her"} else 1


def _by_bearing(statement: str, evidence: Evidence) -> list[Candidate]:
    """The best candidates, those first that share most words with the statement."""
    candidates = evidence.reading.candidates[:_READ]
    shares = {id(item): word_overlap(statement, [_backing(item)]) for item in candidates}
    best = candidates[0].score or 1.0
    return sorted(candidates, key=lambda item: -(shares[id(item)] + 0.5 * item.score / best))


def yes_and_no(statement: str, candidates: Sequence[Candidate]) -> list[Position]:
    """The sentences that say yes and those that say no, if different articles do."""
    least = _SAYS_SHARE * max(item.score for item in candidates)
    said = [
        (_verdict(statement, item), item)
        for item in candidates
        if item.score >= least and word_overlap(statement, [_backing(item)]) >= _SAYS_WORDS
    ]
    positions = [
        Position.of(str(answer), [item for verdict, item in said if verdict is answer])
        for answer in (Verdict.YES, Verdict.NO)
    ]
    articles = {item.article.article_id for side in positions for item in side.candidates}
    return positions if all(side.candidates for side in positions) and len(articles) > 1 else []


def _verdict(statement: str, candidate: Candidate) -> Verdict:
    backing = [_backing(candidate)]
    if word_overlap(statement, backing) < _DECIDES:
        return Verdict.UNCLEAR
    if contradiction(statement, [candidate.text]) is not None:
        return Verdict.NO
    return Verdict.YES if why_unsupported(statement, backing) is None else Verdict.UNCLEAR


def _backing(candidate: Candidate) -> Backing:
    return Backing(candidate.text, candidate.article.text, candidate.article.published)
