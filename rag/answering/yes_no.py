"""Answers a yes-or-no question: the sentence that decides it first, and a verdict if it does.

The question becomes a statement. The best sentence says no if it denies something or has the
opposite word, and yes if it has the statement's words; if it leaves things open, the answer does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.answering.findings import Finding, Inquiry, Tools
from rag.checks.negation import contradiction, denies
from rag.model import Verdict
from rag.reading.excerpt import quoting_drafts
from rag.text.phrases import AUXILIARIES
from rag.text.terms import STOP_WORDS
from rag.text.tokens import base, tokens

_MAX_CLAIMS = 3
# A sentence says yes to a statement if it has more than this share of its common words.
_DECIDES = 0.5
# The sentence leaves open what it speaks of.
_OPEN = re.compile(
    r"\b(?:whether|unclear|undecided|may|might|could"
    r"|not (?:yet )?(?:decided?|known?|clear|sure|confirmed?))\b",
    re.IGNORECASE,
)
_OPENS = re.compile(
    rf"^(?:(?:so|and|but)\s+)?(?P<verb>{AUXILIARIES})(?:n['’]t)?\s+(?P<rest>.+)$", re.IGNORECASE
)
_DO = frozenset({"do", "does", "did"})


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the sentences for and against, and the verdict."""
    evidence = tools.read(inquiry)
    yield evidence
    if tools.abstains(evidence.reading):
        return
    best = evidence.reading.candidates[:_MAX_CLAIMS]
    title = best[0].article.title
    yield verdict_of(statement_of(inquiry.question), best[0].text, title=title)
    yield from quoting_drafts(best, evidence.hits)


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


def verdict_of(statement: str, sentence: str, *, title: str = "") -> Verdict:
    """Whether the sentence says the statement is so.

    :param title: its article's title; what that names need not stand in the sentence again.

    >>> str(verdict_of("Tull resign", "Tull did not resign."))
    'no'
    """
    if _OPEN.search(sentence):
        return Verdict.UNCLEAR
    if denies(sentence) or contradiction(statement, [sentence]) is not None:
        return Verdict.NO
    asked = _common_words(statement) - {base(word.norm) for word in tokens(title)}
    shared = len(asked & _common_words(sentence))
    return Verdict.YES if asked and shared > _DECIDES * len(asked) else Verdict.UNCLEAR


def _common_words(text: str) -> set[str]:
    """The bases of the words that are neither names nor stop words."""
    return {
        base(word.norm)
        for word in tokens(text)
        if word.norm not in STOP_WORDS and (word.opens or not word.capital)
    }
