"""Computes the features of each sentence of a question's passages, and of the whole question.

Sentence features come from the span model, from the looks of the likeliest answer, from shared
words and from retrieval. How they are weighed is fitted elsewhere.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rag.model import Hit, Sentence, Span
from rag.reading.answer_types import ExpectedAnswer, fitted_answer_types
from rag.reading.excerpt import refers_back
from rag.reading.short_forms import ShortForm, both_forms, short_forms
from rag.reading.span_model import Context, PassageReading, SpanModel
from rag.text.terms import terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# `span`: log odds of the sentence's best span against "not answered in this passage". `share`: log
# of its share in all starts and ends of all passages. `before`, `after`: `span` of its neighbours.
# `kind`: how well the span looks like what is asked for. The others: shared words and retrieval.
SENTENCE_FEATURES = (
    "span",
    "share",
    "before",
    "after",
    "overlap",
    "overlap_in_context",
    "overlap_in_passage",
    "pairs",
    "passage_similarity",
    "passage_rank",
    "kind",
)
# `any`: log odds that anything is an answer, over all passages. `best` to `kind`: the highest of
# the best three sentences. `lead`: how far the first is ahead of the mean of the first ten.
# `names_found`: the share of the question's names and numbers that the passages mention.
# `names_in_article`: the highest share that an article of the best three sentences mentions.
QUESTION_FEATURES = (
    "any",
    "best",
    "overlap",
    "overlap_in_context",
    "passage_similarity",
    "kind",
    "lead",
    "names_found",
    "names_asked",
    "names_in_article",
)
_OF_BEST = ("span", "overlap", "overlap_in_context", "passage_similarity", "kind")
# Of how many sentences the terms are kept: many questions have the same passages.
_KEPT = 20_000
_LEAST = -30.0
_DISAGREES = -15.0


class Evidence(NamedTuple):
    """The sentences of one question's passages, each place once, and their features.

    For each sentence: the hit it is taken from, its likeliest short answer in characters of the
    article, a likelier one in the sentence before that it refers back to, and a row of `matrix`
    (sentences, SENTENCE_FEATURES). The other fields belong to the question; `names` are the words
    of its names and its numbers.
    """

    hits: list[Hit]
    sentences: list[Sentence]
    answers: list[Span | None]
    answers_before: list[Span | None]
    matrix: Floats
    any_odds: float
    names: list[str]
    names_found: float


def gather_evidence(model: SpanModel, question: str, hits: Sequence[Hit]) -> Evidence:
    """Reads all passages of a question."""
    import numpy as np

    forms = [short_forms(question, f"{hit.article.title}\n{hit.article.text}") for hit in hits]
    readings = model.read([_asked_of(question, *item) for item in zip(hits, forms, strict=True)])
    all_odds = _log_odds(readings)
    found = _Sentences(terms(question))
    for hit, reading, own in zip(hits, readings, forms, strict=True):
        found.add(hit, _read(hit, reading, all_odds), own)
    rarity = found.rarity()
    expected = fitted_answer_types().expected(question)
    rows = [
        (*found.row(i, rarity), found.agreement(i, expected)) for i in range(len(found.sentences))
    ]
    names = _names(question)
    return Evidence(
        found.hits,
        found.sentences,
        [read.answer for read in found.read],
        [read.answer_before for read in found.read],
        np.asarray(rows, dtype=np.float64).reshape(len(rows), len(SENTENCE_FEATURES)),
        any_odds=max(sum(all_odds) / 2, _LEAST),
        names=names,
        names_found=found.share_mentioned([term for name in names for term in terms(name)]),
    )


def question_features(evidence: Evidence, scores: Floats) -> Floats:
    """The QUESTION_FEATURES for sentences with these scores; there is at least one sentence."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    top = evidence.matrix[order[:3]]
    best = top[:, [SENTENCE_FEATURES.index(name) for name in _OF_BEST]].max(axis=0)
    lead = scores[order[0]] - scores[order[:10]].mean()
    of_best = [evidence.hits[i].article for i in order[:3].tolist()]
    texts = {f"{article.title} {article.text}" for article in of_best}
    in_article = max(_share_named(text, evidence.names) for text in texts)
    asked = min(len(evidence.names), 4) / 4
    return np.asarray([evidence.any_odds, *best, lead, evidence.names_found, asked, in_article])


def _asked_of(question: str, hit: Hit, forms: Sequence[ShortForm]) -> tuple[str, Context]:
    """The question as it is put to the passage, in the forms of names that the passage has."""
    title = hit.article.title
    for form in forms:
        question = form.said_in(question, f"{title}\n{hit.text}")
    return question, Context(title, hit.text)


class _Odds(NamedTuple):
    """Log odds that an answer starts, and that it ends, somewhere."""

    starts: float
    ends: float


def _log_odds(readings: Sequence[PassageReading]) -> _Odds:
    """The odds over all passages; -inf where nothing was read."""
    import numpy as np

    masses = [reading.masses(0, len(reading.text)) for reading in readings]
    odds = np.logaddexp.reduce(np.asarray(masses).reshape(-1, 2), axis=0, initial=-np.inf)
    return _Odds(*odds.tolist())


class _Read(NamedTuple):
    """What the span model says of one sentence."""

    span: float
    share: float
    before: float
    after: float
    answer: Span | None
    answer_before: Span | None


class _Sentences:
    """The sentences of the passages, with the terms of each and of what is around it.

    A sentence is a place in an article: the same words elsewhere may be about somebody else. One
    that overlapping passages share belongs to the best-ranked one, with the best of its readings.
    """

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked
        self._seen: dict[tuple[str, int, int], int] = {}
        self.hits: list[Hit] = []
        self.sentences: list[Sentence] = []
        self.read: list[_Read] = []
        self._terms: list[tuple[str, ...]] = []
        self._around: list[set[str]] = []
        self._passage: list[set[str]] = []

    def add(self, hit: Hit, reads: Sequence[_Read], forms: Sequence[ShortForm]) -> None:
        """Adds the sentences of a passage, whose article explains these short forms."""
        texts = [hit.article.text[sentence.start : sentence.end] for sentence in hit.sentences]
        own = [_terms_of(both_forms(text, forms)) for text in texts]
        title = set(_terms_of(both_forms(hit.article.title, forms)))
        passage = title.union(*own)
        for i, (sentence, read) in enumerate(zip(hit.sentences, reads, strict=True)):
            place = (hit.chunk.version_key, sentence.start, sentence.end)
            if place in self._seen:
                self._read_again(self._seen[place], read)
                continue
            self._seen[place] = len(self.sentences)
            self.hits.append(hit)
            self.sentences.append(sentence)
            self.read.append(read)
            self._terms.append(own[i])
            self._around.append(title.union(own[i], own[i - 1] if i else ()))
            self._passage.append(passage)

    def _read_again(self, i: int, again: _Read) -> None:
        """Keeps the better of two readings."""
        if again.span > self.read[i].span:
            self.read[i] = again

    def rarity(self) -> dict[str, float]:
        """The inverse document frequency of the question's terms in these sentences, as in BM25."""
        n = len(self._terms)
        frequency = Counter(term for found in self._terms for term in set(found))
        return {
            term: math.log(1 + (n - frequency[term] + 0.5) / (frequency[term] + 0.5))
            for term in set(self._asked)
        }

    def row(self, i: int, rarity: dict[str, float]) -> tuple[float, ...]:
        read, hit = self.read[i], self.hits[i]
        return (
            read.span,
            read.share,
            read.before,
            read.after,
            _coverage(rarity, set(self._terms[i])),
            _coverage(rarity, self._around[i]),
            _coverage(rarity, self._passage[i]),
            _shared_pairs(self._asked, self._terms[i]),
            hit.similarity,
            1 / hit.rank,
        )

    def agreement(self, i: int, expected: ExpectedAnswer) -> float:
        """How well the sentence's likeliest answer looks like what is asked for."""
        answer = self.read[i].answer
        if answer is None:
            return _DISAGREES
        text = self.hits[i].article.text[answer.start : answer.end]
        begins = answer.start == self.sentences[i].start
        return max(expected.agreement(text, begins=begins), _DISAGREES)

    def share_mentioned(self, names: list[str]) -> float:
        """The share of these terms that the passages mention."""
        mentioned = {term for around in self._around for term in around}
        return sum(name in mentioned for name in names) / len(names) if names else 1.0


@lru_cache(maxsize=_KEPT)
def _terms_of(text: str) -> tuple[str, ...]:
    return tuple(terms(text))


def _read(hit: Hit, reading: PassageReading, all_odds: _Odds) -> list[_Read]:
    """Reads the sentences of one hit, each as far as the passage goes."""
    shift = hit.chunk.start
    places = [
        (max(s.start - shift, 0), min(s.end - shift, len(reading.text))) for s in hit.sentences
    ]
    best = [next(iter(reading.best_spans(*place, most=1)), None) for place in places]
    scores = [_LEAST if span is None else max(span.score, _LEAST) for span in best]
    answers = [
        span and Span(max(span.start + shift, s.start), min(span.end + shift, s.end))
        for span, s in zip(best, hit.sentences, strict=True)
    ]
    # At either end of a passage the sentence stands in for the neighbour it lacks.
    around = [*scores[:1], *scores, *scores[-1:]]
    found = []
    for i, place in enumerate(places):
        share = _share(_Odds(*reading.masses(*place)), all_odds)
        is_likelier = i > 0 and scores[i - 1] > scores[i] and _continues(hit, i)
        before = answers[i - 1] if is_likelier else None
        found.append(_Read(scores[i], share, around[i], around[i + 2], answers[i], before))
    return found


def _continues(hit: Hit, i: int) -> bool:
    """Whether sentence `i` of the passage refers back to the one before it in the same block."""
    text, before, sentence = hit.article.text, hit.sentences[i - 1], hit.sentences[i]
    return before.kind is sentence.kind and refers_back(text[sentence.start : sentence.end])


def _share(here: _Odds, everywhere: _Odds) -> float:
    """The mean log share of these starts, and of these ends, in all and "not answered"."""
    starts, ends = (
        here.starts - _softplus(everywhere.starts),
        here.ends - _softplus(everywhere.ends),
    )
    return max((starts + ends) / 2, _LEAST)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _coverage(rarity: dict[str, float], said: AbstractSet[str]) -> float:
    """The share of the question's terms, weighted by rarity, that are said."""
    total = sum(rarity.values())
    return sum(weight for term, weight in rarity.items() if term in said) / total if total else 0.0


def _shared_pairs(asked: Sequence[str], said: Sequence[str]) -> float:
    """The share of the question's neighbouring terms that are neighbours in the sentence."""
    pairs = set(itertools.pairwise(asked))
    return len(pairs & set(itertools.pairwise(said))) / len(pairs) if pairs else 0.0


def _names(question: str) -> list[str]:
    """The words of a question's names, which have capitals and are not its first, and numbers."""
    return [
        word
        for i, word in enumerate(words(question))
        if terms(word) and ((i and word != word.lower()) or word[0].isdigit())
    ]


def _share_named(text: str, names: Sequence[str]) -> float:
    """The share of the names that a text has, perhaps with an ending."""
    text = text.lower()
    had = sum(bool(re.search(rf"\b{re.escape(name.lower())}", text)) for name in names)
    return had / len(names) if names else 1.0
