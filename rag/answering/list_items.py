"""Answers a question for a list: every item from as many articles as it takes.

Each sentence that names items is a claim; it is left out if it says the opposite of what is asked
("rise" where "fall" was asked) or names only what a better one has named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.answering.findings import Finding, Inquiry, Tools
from rag.checks.negation import contradiction
from rag.model import Candidate, Notice
from rag.reading.answer_types import fitted_answer_types
from rag.reading.excerpt import quoting_drafts
from rag.text.names import names
from rag.text.persons import person_score
from rag.text.phrases import AUXILIARIES
from rag.text.speakers import without_titles
from rag.text.terms import terms

_PASSAGES = 20
_MAX_CLAIMS = 10
# A sentence after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.15
# How much likelier a sentence is that enumerates, if it stands in an article with a likely one.
_ENUMERATES = 20.0
_LIKELY_SHARE = 0.3
# Names are asked for if an answer has none with less than this chance.
_NAMELESS = 0.45
_MOST_WORDS = 5
_OF_CLAUSES = frozenset(f"{AUXILIARIES}|said|says|it|he|she|they|we|i|who|which|that".split("|"))
_ASKS_WHO = re.compile(r"\b(?:who|whose|whom|names)\b", re.IGNORECASE)
_INCLUDES = re.compile(r"\b(?:includ(?:es?|ing|ed)|among|such as|namely)\b", re.IGNORECASE)
# Things in a row, "A, B and C": the first and the last run into the rest of the sentence.
_ROW = re.compile(r",(?P<middle>[^;:.]*?),? (?:and|or) ")


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the sentences with items, and how many were found."""
    evidence = tools.read(inquiry, k=_PASSAGES)
    yield evidence
    if tools.abstains(evidence.reading):
        return
    found = items_of(inquiry.question, evidence.reading.candidates)
    yield from quoting_drafts(found, evidence.hits)
    if len(found) > 1:
        articles = len({candidate.article.article_id for candidate in evidence.reading.candidates})
        yield Notice("count", f"{len(found)} found in the {articles} articles read.")


def items_of(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that name items, the likeliest first, each with an item that is new."""
    if fitted_answer_types().expected(question).chance("no name") < _NAMELESS:
        named_ones = [item for item in candidates if _has_name(item, question)]
        # Where the likeliest answers have no name, the question does not ask for any.
        if named_ones and named_ones[0].score >= _LIKELY_SHARE * candidates[0].score:
            candidates = named_ones
    values = _values(candidates)
    best = candidates[0]
    # An enumeration as the best answer has most of the items; others must be nearly as likely.
    is_row = re.search(r",|\band\b", _short(best)) is not None
    least = _SHOWN_SHARE * (values[id(best)] if is_row else best.score)
    asked, shown, named = set(terms(question)), list[Candidate](), set[str]()
    for candidate in sorted(candidates, key=lambda item: -values[id(item)]):
        if values[id(candidate)] < least or len(shown) == _MAX_CLAIMS:
            break
        new = _named(candidate) - asked - named
        if new and contradiction(question, [candidate.text]) is None:
            shown.append(candidate)
            named |= new
    return shown


def _values(candidates: Sequence[Candidate]) -> dict[int, float]:
    """How likely each candidate is to name items, by its identity."""
    likely = {
        item.article.article_id
        for item in candidates
        if item.score >= _LIKELY_SHARE * candidates[0].score
    }
    return {
        id(item): item.score
        * (_ENUMERATES if item.article.article_id in likely and enumerates(item.text) else 1.0)
        for item in candidates
    }


def enumerates(text: str) -> bool:
    """Whether a sentence has three things or more in a row, or says "including".

    >>> enumerates("They are Skarn, Aldwater and Fennmouth."), enumerates("It sank, and he ran.")
    (True, False)
    """
    return bool(_INCLUDES.search(text)) or any(
        all(map(_is_thing, row["middle"].split(","))) for row in _ROW.finditer(text)
    )


def _is_thing(text: str) -> bool:
    """Whether a few words can be a thing in a row, and no clause."""
    words = text.casefold().split()
    return 0 < len(words) <= _MOST_WORDS and _OF_CLAUSES.isdisjoint(words)


def _has_name(candidate: Candidate, question: str) -> bool:
    """Whether the short answer has a name that is no place's; a person's where "who" is asked."""
    found = [
        name for name in names(_short(candidate)) if not all(word.is_place for word in name.words)
    ]
    if _ASKS_WHO.search(question):
        text = candidate.article.text
        return any(person_score(without_titles(name), text) > 0 for name in found)
    return bool(found)


def _named(candidate: Candidate) -> set[str]:
    """The stems of the items: of the whole sentence where it enumerates, else the short answer."""
    return set(terms(candidate.text if enumerates(candidate.text) else _short(candidate)))


def _short(candidate: Candidate) -> str:
    answer = candidate.answer
    return "" if answer is None else candidate.article.text[answer.start : answer.end]
