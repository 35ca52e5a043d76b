"""Tells how well each figure of a sentence counts what a question asks for.

"How many people were killed?" asks for a figure before "people" and "killed"; "312 people had come
to donate" counts people, but none who were killed. Four signs speak for a figure: its clause means
what the question means, the words after it mean what the question counts, its sentence has the
question's words, and the names of the question stand there or nearby. English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.embed import Embedder
from rag.model import Article, Candidate
from rag.reading.excerpt import refers_back
from rag.text.names import bare_names
from rag.text.numbers import Number, Value, numbers
from rag.text.phrases import AUXILIARIES
from rag.text.terms import terms

# Fitted by logistic regression to 22,000 figures: those that answer 1,600 questions for an amount,
# and those beside them or in the most similar sentences of other texts. On the half that they were
# not fitted to, the figure of the highest odds is the right one in .69 (that of the sentence
# nearest in meaning in .41). Set by hand: names count more here than the .9 that was fitted, as
# news tells of many events of one kind.
_BIAS, _CLAUSE, _COUNTED, _WORDS, _NAMES = -7.3, 3.6, 2.5, 2.9, 1.5
# Kinds of numbers that are no amounts: ordinals, fractions, multiples, decades.
_NO_AMOUNTS = frozenset({"th", "/", "x", "s", "many"})
_ASKS_COUNT = re.compile(
    rf"\bhow (?:many|much)\b\s*(?P<counted>.*?)(?=\s(?:{AUXILIARIES})\b|[?,]|$)", re.IGNORECASE
)
_CLAUSE_ENDS = re.compile(r"[,;:()\"“”]\s|\s(?:while|but|and|after|compared with)\s| - ")
_LEAST_WORDS, _MOST_WORDS = 4, 5
_BEFORE_CHARS = 200


class Figure(NamedTuple):
    """An amount in a candidate's sentence, and the log odds that it counts what is asked for.

    `value` is None for a sentence without any.
    """

    value: Value | None
    odds: float


# The odds of a sentence without a figure: of reading comprehension's questions for an amount, one
# in six has such an answer.
_NO_FIGURE = Figure(None, -3.0)


def best_figures(
    question: str, candidates: Sequence[Candidate], embedder: Embedder
) -> list[Figure]:
    """The figure of each candidate that likeliest counts what is asked.

    Where the short answer has a figure, it is of that one.
    """
    asked = _Asked(question)
    found = [[_InPlace.of(item, number) for number in amounts(item)] for item in candidates]
    parts = (text for each in found for place in each for text in (place.clause, place.after))
    texts = list(dict.fromkeys(parts))
    whole, counted, *others = embedder.encode([question, asked.counted, *texts])
    vectors = dict(zip(texts, others, strict=True))
    best = []
    for item, each in zip(candidates, found, strict=True):
        by_words = asked.odds(item)
        figures = [
            Figure(
                place.value,
                by_words
                + _CLAUSE * float(whole @ vectors[place.clause])
                + _COUNTED * float(counted @ vectors[place.after]),
            )
            for place in each
        ]
        best.append(max(figures, key=lambda figure: figure.odds, default=_NO_FIGURE))
    return best


def amounts(candidate: Candidate) -> list[Number]:
    """The numbers in the candidate's short answer, or else the amounts in its sentence."""
    answer, start = candidate.answer, candidate.sentence.start
    found = numbers(candidate.text)
    inside = [
        item
        for item in found
        if answer and answer.start < start + item.end and start + item.start < answer.end
    ]
    return inside or [item for item in found if item.values[0].kind not in _NO_AMOUNTS]


class _InPlace(NamedTuple):
    """An amount with the clause that it stands in and the words after it."""

    value: Value
    clause: str
    after: str

    @classmethod
    def of(cls, candidate: Candidate, number: Number) -> _InPlace:
        text, ends = candidate.text, list(_CLAUSE_ENDS.finditer(candidate.text))
        start = max((end.end() for end in ends if end.end() <= number.start), default=0)
        end = min((end.start() for end in ends if end.start() >= number.end), default=len(text))
        if len(text[start:end].split()) < _LEAST_WORDS:
            start = max((item.end() for item in ends if item.end() < start), default=0)
        before = text[: number.start].split()[-3:]
        after = text[number.end : end].split()[:4]
        return cls(number.values[0], text[start:end], " ".join(after or before))


class _Asked:
    """What a question counts, its words and its names."""

    def __init__(self, question: str) -> None:
        match = _ASKS_COUNT.search(question)
        words = match["counted"].split() if match else []
        self.counted = " ".join(words[:_MOST_WORDS]) or question
        self._words = frozenset(terms(question))
        self._names = frozenset(
            word for name in bare_names(question, question) for word in terms(name)
        )
        self._named: dict[str, float] = {}

    def odds(self, candidate: Candidate) -> float:
        """What the words and the names of a candidate's sentence make of the log odds."""
        article, start = candidate.article, candidate.sentence.start
        before = article.text[max(0, start - _BEFORE_CHARS) : start]
        said = set(
            terms(f"{before}\n{candidate.text}" if refers_back(candidate.text) else candidate.text)
        )
        return _BIAS + _WORDS * _share(self._words, said) + _NAMES * self._named_in(article)

    def _named_in(self, article: Article) -> float:
        """The share of the question's names that the article has."""
        if article.article_id not in self._named:
            said = set(terms(f"{article.title}\n{article.text}"))
            self._named[article.article_id] = _share(self._names, said)
        return self._named[article.article_id]


def _share(asked: frozenset[str], said: set[str]) -> float:
    return len(asked & said) / len(asked) if asked else 1.0
