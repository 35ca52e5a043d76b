"""Finds the least evidence for a statement: the fewest sentences that pass all checks.

A model writes statements well and names sentences badly, so the sentences that it names are only
looked at first. One sentence is tried before two. A sentence that refers back ("The company has
two sites") is tried with an earlier one of its article that has the name it lacks.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from rag.checks.backing import Backing
from rag.checks.check import why_unsupported
from rag.generation.numbered_passages import PassageSentence, by_article
from rag.model import Hit, Rejected
from rag.quotes import MAX_QUOTE_CHARS, ArticleSpan, version_key
from rag.reading.excerpt import span_to_quote
from rag.text.names import names
from rag.text.terms import STOP_WORDS
from rag.text.tokens import base, tokens

_MOST_TRIED = 6
_MOST_JOINED = 3
# How much a sentence that the model names is preferred, in shares of the statement's words.
_HINT = 0.2
_LEAST_SHARE = 0.2
# A sentence with less than this share of the best one's words is not tried.
_NEAR = 0.8
# How many sentences before, as they were retrieved, may have the name that is referred to.
_MOST_BACK = 4
_POSSESSIVES = frozenset("his her its their".split())
_REFERS_BACK = re.compile(
    r"(?:He|She|They|It|His|Her|Its|Their)\b|(?:The|This|These|Those)\s[a-z-]+(?! of\b)"
)


class Evidence(NamedTuple):
    """Sentences that support a statement, the spans to quote, and what it is checked against."""

    sentences: tuple[PassageSentence, ...]
    spans: tuple[ArticleSpan, ...]
    backing: tuple[Backing, ...]


class EvidenceFinder:
    """Finds evidence among the sentences of one question's passages."""

    def __init__(self, sentences: Sequence[PassageSentence], hits: Sequence[Hit]) -> None:
        self._sentences, self._hits = sentences, hits
        self._words = [_content(sentence.text) for sentence in sentences]
        self._frequency = Counter(word for found in self._words for word in found)
        # All that was read: it helps to tell names from other words.
        self._read = "\n".join(sentence.text for sentence in sentences)

    def find(self, statement: str, hinted: Sequence[PassageSentence] = ()) -> Evidence | Rejected:
        """The first group of sentences that passes the checks, small groups first."""
        reason = None
        for evidence in self._groups(statement, hinted):
            problem = why_unsupported(statement, evidence.backing, self._read)
            if problem is None:
                return evidence
            reason = reason or problem
        return Rejected(statement, reason or "no sentence of the articles says that")

    def _groups(self, statement: str, hinted: Sequence[PassageSentence]) -> Iterator[Evidence]:
        ranked = self._ranked(_content(statement), hinted)
        for i in ranked:
            yield self._evidence([self._sentences[i]])
        for i in ranked:
            yield from self._with_subject(i, statement)
        named = [i for i in ranked if self._sentences[i] in hinted][:_MOST_JOINED]
        for size in range(2, len(named) + 1):
            for group in combinations(named, size):
                yield self._evidence([self._sentences[i] for i in group])

    def _ranked(self, said: frozenset[str], hinted: Sequence[PassageSentence]) -> list[int]:
        """The sentences most like the statement: what they contradict, no other may support."""
        # The rarer a word, the more it weighs.
        number = len(self._sentences) + 0.5
        weights = {word: math.log(1 + number / (self._frequency[word] + 0.5)) for word in said}
        total = sum(weights.values()) or 1.0
        shares = {
            i: sum(weights[word] for word in said & have) / total + _HINT * (sentence in hinted)
            for i, (sentence, have) in enumerate(zip(self._sentences, self._words, strict=True))
        }
        order = sorted(shares, key=lambda i: -shares[i])[:_MOST_TRIED]
        return [i for i in order if shares[i] >= max(_LEAST_SHARE, _NEAR * shares[order[0]])]

    def _with_subject(self, at: int, statement: str) -> Iterator[Evidence]:
        """The sentence with the statement's subject in place of the words that refer back to it.

        Both must stand first. The name is looked for in the nearest earlier sentences of the
        article. Putting it in place holds the statement to what the sentence says of just that one.
        """
        item = self._sentences[at]
        reference = _REFERS_BACK.match(item.text)
        subject = next(iter(names(statement)), None)
        if reference is None or subject is None:
            return
        if not _content(statement[: subject.start]) <= _content(reference.group()):
            return
        for i in reversed(range(max(0, at - _MOST_BACK), at)):
            before = self._sentences[i]
            if version_key(before.article) != version_key(item.article):
                return
            for name in names(before.text):
                if name.key == subject.key:
                    owner = "’s" if reference.group().casefold() in _POSSESSIVES else ""
                    called = f"{before.text[name.start : name.end]}{owner}"
                    text = called + item.text[reference.end() :]
                    backing = backing_of(item.span)._replace(text=text)
                    yield self._evidence([before, item])._replace(backing=(backing,))

    def _evidence(self, sentences: Sequence[PassageSentence]) -> Evidence:
        spans = tuple(span for group in by_article(sentences) for span in self._spans(group))
        return Evidence(tuple(sentences), spans, tuple(map(backing_of, spans)))

    def _spans(self, group: Sequence[PassageSentence]) -> list[ArticleSpan]:
        """What to quote of one article; two neighbours are one span where they fit."""
        spans: list[ArticleSpan] = []
        single = False  # whether the last span is one sentence, so that another fits in
        for item in group:
            article, sentence = item
            span = span_to_quote(article, sentence, self._hits)
            if spans:
                last = spans[-1]
                adjacent = not article.text[last.end : sentence.start].strip()
                if single and adjacent and sentence.end - last.start <= MAX_QUOTE_CHARS:
                    spans[-1], single = last._replace(end=sentence.end), False
                    continue
                span = item.span if span.start < last.end else span
            spans.append(span)
            single = span.start == sentence.start
        return spans


def backing_of(span: ArticleSpan) -> Backing:
    """A span as what a statement is checked against."""
    return Backing(span.text, span.article.text, span.article.published)


def _content(text: str) -> frozenset[str]:
    """The bases of the words of a text that are no stop words."""
    return frozenset(base(word.norm) for word in tokens(text) if word.norm not in STOP_WORDS)
