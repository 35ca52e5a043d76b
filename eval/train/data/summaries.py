"""Makes questions from the sentences of news summaries and asks them on passages of the articles.

A question is kept where a passage of its article holds the answer in the same letters and most of
the sentence's other words. Some questions are also asked on a passage of the same article that
does not hold the answer.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from eval.gold.datasets import Document, Task
from eval.gold.questions import Evidence, GoldQuestion
from eval.gold.rows import read_rows
from eval.train.data.cloze import NAMES, SMALL_NUMBERS, Gap, ask, gaps
from eval.train.data.sets import Question, ReadingSet, digest
from eval.train.data.usage import Usage
from rag.model import Span
from rag.reading.span_model import Context
from rag.text.terms import terms

_SENTENCE_END = re.compile(
    r"(?:(?<=[a-z0-9%)\"”’'][.!?])|(?<=[A-Za-z][A-Z][.!?]))"
    r"[\"”’)]*\s+(?=[\"“‘(]?[A-Z0-9])"
)
_PRONOUN = re.compile(
    r"(?:He|She|They|It|His|Her|Their|Its|This|That|These|Those|But|And|Also|I|We|You)\b"
    r"|.*\b(?:click here|READ|SCROLL|CLICK)\b"
)
_SHORTEST, _LONGEST = 6, 28
_PASSAGE_WORDS = (90, 170)
# Shares of the question's other words, by weight, that a passage or a sentence must hold.
_LEAST_SHARE = 0.5
_LEAST_IN_SENTENCE = 0.25
_LEAST_IN_SILENT = 0.3
_LEAST_TERMS = 3
_UNANSWERABLE = 0.6
_A_SENTENCE = 2
# So many articles that no question is about stand among the others.
_OTHERS = 1000
_NAME_BEFORE = re.compile(r"(?:[A-Z][\w\-]* )+$")
_NAME_BEHIND = re.compile(r"(?: [A-Z][\w’\-]*)+")
_FIGURES = {word: str(value) for value, word in enumerate(SMALL_NUMBERS, start=2)}
_NUMBER_WORDS = {figure: word for word, figure in _FIGURES.items()}


class _Sentence(NamedTuple):
    """A sentence of an article, in characters, with its terms and the number of its words."""

    span: Span
    terms: frozenset[str]
    words: int


class _Asked(NamedTuple):
    """A question, its passage, and the answers in it; none if the passage does not answer."""

    text: str
    passage: str
    spans: tuple[Span, ...] = ()


def summary_set(path: Path) -> ReadingSet:
    """The questions on the articles of a file with one article and its summary a line.

    :raises UsageError: if the file cannot be read, or a line has no article or no summary.
    """
    rows = read_rows(path, lambda row: {name: row[name] for name in ("id", "document", "summary")})
    usage = Usage(row["document"] for row in rows)
    articles = [_sentences(row["document"]) for row in rows]
    rarity = _rarity(articles)
    passages: dict[tuple[str, str], int] = {}
    questions: list[Question] = []
    for row, sentences in zip(rows, articles, strict=True):
        article = _Article(row["document"], sentences, rarity, usage)
        asked = article.asked(row["summary"], random.Random(row["id"]))
        for number, (text, passage, spans) in enumerate(asked):
            index = passages.setdefault((row["id"], passage), len(passages))
            accepted = tuple(passage[span.start : span.end] for span in spans[:1])
            questions.append(Question(f"{row['id']}-{number}", text, index, spans, accepted))
    name = path.name.split(".")[0]
    contexts = tuple(Context("", text) for _, text in passages)
    return ReadingSet(name, contexts, tuple(group for group, _ in passages), tuple(questions))


def summary_task(path: Path, found: ReadingSet) -> Task:
    """The held-out questions of a file, and the articles they are about among others.

    A question whose passage does not answer is left out: the whole article may answer it.
    """
    texts = dict(read_rows(path, lambda row: (row["id"], row["document"])))
    asked = [
        question for question in found.questions if question.spans and found.held_out(question)
    ]
    held = {found.groups[question.passage] for question in asked}
    others = [name for name in sorted(texts, key=digest) if name not in held][:_OTHERS]
    documents = tuple(Document(name, "", texts[name]) for name in [*sorted(held), *others])
    return Task(found.name, documents, tuple(_gold(question, found) for question in asked))


def _gold(question: Question, found: ReadingSet) -> GoldQuestion:
    """The question with the sentence around its answer as evidence."""
    text, answer = found.passages[question.passage].text, question.spans[0]
    around = next(one.span for one in _sentences(text) if one.span.end > answer.start)
    quote = Evidence(found.groups[question.passage], text[around.start : around.end])
    return GoldQuestion(question.id, question.text, answers=(question.accepted,), evidence=(quote,))


def _sentences(text: str) -> list[_Sentence]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    found = []
    for start, end in pairwise([0, *ends, len(text)]):
        said = text[start:end].rstrip()
        if said:
            span = Span(start, start + len(said))
            found.append(_Sentence(span, frozenset(terms(said)), len(said.split())))
    return found


def _rarity(articles: Sequence[Sequence[_Sentence]]) -> dict[str, float]:
    """The inverse document frequency of each term."""
    said = Counter(
        term for article in articles for term in frozenset().union(*(one.terms for one in article))
    )
    return {term: math.log(1 + len(articles) / count) for term, count in said.items()}


class _Article:
    """An article cut into sentences; asks what its summary says."""

    def __init__(
        self, text: str, sentences: list[_Sentence], rarity: dict[str, float], usage: Usage
    ) -> None:
        self._text, self._sentences, self._rarity, self._usage = text, sentences, rarity, usage

    def asked(self, summary: str, draw: random.Random) -> Iterator[_Asked]:
        """Yields at most two answerable questions a summary sentence, and unanswerable ones."""
        for said in _SENTENCE_END.split(summary):
            if _PRONOUN.match(said) or not _SHORTEST <= len(said.split()) <= _LONGEST:
                continue
            found = gaps(said, self._usage)
            for gap in draw.sample(found, min(_A_SENTENCE, len(found))):
                text = ask(said, gap, self._usage)
                if text is not None:
                    answer = said[gap.span.start : gap.span.end]
                    yield from self._on_passages(text, answer, gap, draw)

    def _on_passages(
        self, text: str, answer: str, gap: Gap, draw: random.Random
    ) -> Iterator[_Asked]:
        wanted = frozenset(terms(text)) - frozenset(terms(answer))
        best = self._best_place(wanted, answer, gap)
        if len(wanted) < _LEAST_TERMS or best is None:
            return
        first, last = self._window(best, draw)
        if self._support(wanted, first, last) >= _LEAST_SHARE:
            spans = tuple(self._spans(answer, gap, best, first, last))
            yield _Asked(text, self._passage(first, last), spans)
            if gap.kind not in ("date", "age") and draw.random() < _UNANSWERABLE:
                yield from self._unanswerable(text, answer, wanted, draw)

    def _best_place(self, wanted: frozenset[str], answer: str, gap: Gap) -> int | None:
        """The sentence with the answer that holds most of the wanted terms; None if too few."""
        places = [
            i for i, one in enumerate(self._sentences) if any(self._found(answer, gap, one.span))
        ]
        if not wanted or not places:
            return None

        def support(i: int) -> float:
            return self._support(wanted, i, i + 1) + self._support(wanted, i - 1, i + 2)

        best = max(places, key=support)
        return best if self._support(wanted, best, best + 1) >= _LEAST_IN_SENTENCE else None

    def _unanswerable(
        self, text: str, answer: str, wanted: frozenset[str], draw: random.Random
    ) -> Iterator[_Asked]:
        """Asks on the most similar passage that does not hold the answer in any form."""
        forms = _forms(answer)
        free = [i for i, one in enumerate(self._sentences) if forms.isdisjoint(one.terms)]
        for i in sorted(free, key=lambda i: -self._support(wanted, i - 1, i + 2))[:3]:
            first, last = self._window(i, draw)
            said = frozenset().union(*(one.terms for one in self._sentences[first:last]))
            similar = self._support(wanted, first, last) >= _LEAST_IN_SILENT
            if similar and forms.isdisjoint(said):
                yield _Asked(text, self._passage(first, last))
                return

    def _support(self, wanted: frozenset[str], first: int, last: int) -> float:
        """The share of the wanted terms, weighted by rarity, in the sentences [first, last)."""
        said = frozenset().union(*(one.terms for one in self._sentences[max(first, 0) : last]))
        return self._weight(wanted & said) / self._weight(wanted)

    def _weight(self, found: frozenset[str]) -> float:
        # An exact sum does not depend on the order of a set, which changes from run to run.
        return math.fsum(self._rarity.get(term, 1.0) for term in found)

    def _found(self, answer: str, gap: Gap, within: Span) -> Iterator[Span]:
        """Where the answer stands in the article; a name as long as it is written there."""
        pattern = rf"(?<![\w.,$£€-]){re.escape(answer)}(?![\w-]|[.,]\d)"
        for match in re.finditer(pattern, self._text[within.start : within.end]):
            start, end = within.start + match.start(), within.start + match.end()
            single = gap.kind in NAMES and " " not in answer
            whole = self._whole_name(start, end, within.start) if single else Span(start, end)
            if gap.kind == "person" or whole == Span(start, end):
                yield whole

    def _whole_name(self, start: int, end: int, opening: int) -> Span:
        """The name that holds a word, without a word that only opens its sentence."""
        before = _NAME_BEFORE.search(self._text, max(start - 40, opening), start)
        behind = _NAME_BEHIND.match(self._text, end)
        first = before.start() if before else start
        opener = self._text[first:start].split(" ")[0]
        if first == opening and opener and not self._usage.is_name(opener):
            first += len(opener) + 1
        return Span(first, behind.end() if behind else end)

    def _spans(self, answer: str, gap: Gap, best: int, first: int, last: int) -> Iterator[Span]:
        """All places of a name in the passage; of other answers, those in the best sentence."""
        shift = self._sentences[first].span.start
        sentences = range(first, last) if gap.kind in NAMES else [best]
        for i in sorted(sentences, key=lambda i: i != best):
            for place in self._found(answer, gap, self._sentences[i].span):
                yield Span(place.start - shift, place.end - shift)

    def _window(self, around: int, draw: random.Random) -> tuple[int, int]:
        """The sentences [first, last) of a passage that holds this one at a random position."""
        room = draw.randint(*_PASSAGE_WORDS) - self._sentences[around].words
        before = draw.random() * room
        first, last = around, around + 1
        while first > 0 and before >= self._sentences[first - 1].words:
            first -= 1
            before -= self._sentences[first].words
            room -= self._sentences[first].words
        while last < len(self._sentences) and room >= self._sentences[last].words:
            room -= self._sentences[last].words
            last += 1
        return first, last

    def _passage(self, first: int, last: int) -> str:
        return self._text[self._sentences[first].span.start : self._sentences[last - 1].span.end]


def _forms(answer: str) -> frozenset[str]:
    """The terms of an answer, with each number in words and in figures."""
    found = {answer.casefold()}
    for word in terms(answer):
        found |= {word, _FIGURES.get(word, word), _NUMBER_WORDS.get(word, word)}
    return frozenset(found)
