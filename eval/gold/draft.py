"""Drafts gold questions from articles: each asks for a name, a number or a date of one sentence.

A role becomes "Who is the mayor of Aldwater?"; other sentences are taken apart by
`eval.train.data.cloze`, and only short plain questions are kept. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eval.train.data.cloze import ask, gaps
from eval.train.data.usage import Usage
from rag.model import Article, Sentence
from rag.store.rows import StoredArticle
from rag.text.names import HONORIFICS, TITLES

_CAPITAL = r"[A-Z][\w’'\-]+"
# "Owen Tarrant, the managing director of the port,"
_ROLE = re.compile(
    rf"(?:^|[a-z,] |[.“\"] ?)(?P<name>{_CAPITAL}(?: {_CAPITAL}){{1,2}}), (?:the )?"
    rf"(?P<role>[a-z][a-z\- ]{{3,40}}) (?P<of>(?:of|at|for) (?:the )?"
    rf"{_CAPITAL}(?: (?:of |and )?{_CAPITAL}){{0,4}})(?=[,.;])"
)
_HEADS = TITLES - HONORIFICS | {"executive", "economist", "analyst", "professor"}
_MOST_CHARS, _LEAST_WORDS = 85, 6
# The first sentences of an article tell its news.
_SENTENCES = 4
_OPENS = re.compile(r"(Who|When|How many|How much|In what year|Where)\b")
# Words whose meaning stands in a sentence before, and signs of a sentence that was cut badly.
_UNCLEAR = re.compile(
    r"\b(he|she|it|they|his|her|its|their|this|that|these|those|we|I|you|our|earlier|more than)\b"
    r"|[\"“”()\[\]:;@]",
    re.IGNORECASE,
)


class Proposal(NamedTuple):
    """A question, the words that answer it, and the sentence of the article that has them."""

    question: str
    answer: str
    article: Article
    sentence: Sentence

    @property
    def quote(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.end]


def proposals(articles: Sequence[StoredArticle]) -> Iterator[Proposal]:
    """Yields at most one question a sentence, in the order of the articles; roles come first."""
    for stored in articles:
        for sentence in stored.sentences:
            yield from _role_questions(stored.article, sentence)
    usage = Usage([stored.article.text for stored in articles])
    for stored in articles:
        for sentence in stored.sentences[:_SENTENCES]:
            yield from _cloze_questions(stored.article, sentence, usage)


def _role_questions(article: Article, sentence: Sentence) -> Iterator[Proposal]:
    match = _ROLE.search(article.text[sentence.start : sentence.end])
    if match is None or match["role"].split()[-1] not in _HEADS:
        return
    if not match["role"].startswith(("and ", "who ", "a ", "an ", "one ")):
        question = f"Who is the {match['role']} {match['of']}?"
        yield Proposal(question, match["name"], article, sentence)


def _cloze_questions(article: Article, sentence: Sentence, usage: Usage) -> Iterator[Proposal]:
    words = article.text[sentence.start : sentence.end]
    for gap in gaps(words, usage):
        question = ask(words, gap, usage)
        if question is not None and _is_plain(question):
            yield Proposal(question, words[gap.span.start : gap.span.end], article, sentence)
            return


def _is_plain(question: str) -> bool:
    fits = len(question) <= _MOST_CHARS and len(question.split()) >= _LEAST_WORDS
    return fits and bool(_OPENS.match(question)) and not _UNCLEAR.search(question)
