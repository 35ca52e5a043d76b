"""What speaks for each sentence of a question's passages: span model, kind of answer, words, retrieval; as rows of numbers.

In go a span model, a question and Hits; out comes one row of SENTENCE_FEATURES a distinct sentence, and for the whole question one row of
QUESTION_FEATURES that says how likely it is that any answers. It does not know how the features are weighed.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NamedTuple

from rag.model import Hit, Sentence, Span
from rag.reading.answer_types import Wanted, fitted_kinds
from rag.reading.span_model import Context, PassageReading, SpanModel
from rag.text.terms import terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# `span`: log odds of the best span within the sentence, against "not answered in this passage". `share`: log of its share in all starts
# and ends of all passages. `before` and `after`: the same log odds for its neighbours. `kind`: how well the looks of the span agree with
# what the question asks for. The others are what words and retrieval say.
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
# `any`: log odds that anything is an answer, over all passages. `best` to `kind` are those of the best three sentences, `lead` is by how
# much the first outdoes the first ten, `names_found` the share of the question's names and figures that the passages speak of.
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
)
_OF_BEST = ("span", "overlap", "overlap_in_context", "passage_similarity", "kind")
_LEAST = -30.0
_DISAGREES = -15.0


class Evidence(NamedTuple):
    """The distinct sentences of one question's passages: each with the hit it is taken from, its likeliest short answer, in characters of
    the article, and a row of SENTENCE_FEATURES. Of a sentence that stands in several passages, the best-ranked one is taken, and the best
    that the span model says of any.
    """

    hits: list[Hit]
    sentences: list[Sentence]
    answers: list[Span | None]
    matrix: Floats
    any_odds: float
    names_found: float
    names_asked: float


def gather_evidence(model: SpanModel, question: str, hits: Sequence[Hit]) -> Evidence:
    """Reads all passages of a question at once."""
    import numpy as np

    readings = model.score(question, [Context(hit.article.title, hit.text) for hit in hits])
    all_odds = _log_odds(readings)
    found = _Sentences(terms(question))
    for hit, reading in zip(hits, readings, strict=True):
        found.add(hit, reading, all_odds)
    rarity = found.rarity()
    wanted = fitted_kinds().wanted(question)
    rows = [
        (*found.row(i, rarity), found.agreement(i, wanted)) for i in range(len(found.sentences))
    ]
    matrix = np.asarray(rows, dtype=np.float64).reshape(len(rows), len(SENTENCE_FEATURES))
    names = _names(question)
    return Evidence(
        found.hits,
        found.sentences,
        [read.answer for read in found.read],
        matrix,
        max(sum(all_odds) / 2, _LEAST),
        found.share_spoken(names),
        min(len(names), 4) / 4,
    )


def question_features(evidence: Evidence, scores: Floats) -> Floats:
    """One value for each of QUESTION_FEATURES, for sentences with these scores; at least one sentence."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    top = evidence.matrix[order[:3]]
    best = top[:, [SENTENCE_FEATURES.index(name) for name in _OF_BEST]].max(axis=0)
    lead = scores[order[0]] - scores[order[:10]].mean()
    return np.asarray([evidence.any_odds, *best, lead, evidence.names_found, evidence.names_asked])


def _log_odds(readings: Sequence[PassageReading]) -> tuple[float, float]:
    """Log odds that the answer starts anywhere in the passages, and that it ends there; -inf where nothing was read."""
    import numpy as np

    masses = np.asarray([reading.masses(0, len(reading.text)) for reading in readings]).reshape(
        -1, 2
    )
    starts, ends = np.logaddexp.reduce(masses, axis=0, initial=-np.inf)
    return float(starts), float(ends)


class _Read(NamedTuple):
    """What the span model says of one sentence."""

    span: float
    share: float
    before: float
    after: float
    answer: Span | None


class _Sentences:
    """The distinct sentences of one question's passages, with the terms of each and of what stands around it."""

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked
        self._seen: dict[str, int] = {}
        self.hits: list[Hit] = []
        self.sentences: list[Sentence] = []
        self.read: list[_Read] = []
        self._terms: list[list[str]] = []
        self._around: list[set[str]] = []
        self._passage: list[set[str]] = []

    def add(self, hit: Hit, reading: PassageReading, all_odds: tuple[float, float]) -> None:
        text = hit.article.text
        own = [terms(text[sentence.start : sentence.end]) for sentence in hit.sentences]
        title = set(terms(hit.article.title))
        passage = title.union(*own)
        for i, (sentence, read) in enumerate(
            zip(hit.sentences, _read(hit, reading, all_odds), strict=True)
        ):
            said = text[sentence.start : sentence.end]
            if said in self._seen:
                self._read_again(self._seen[said], sentence, read)
                continue
            self._seen[said] = len(self.sentences)
            self.hits.append(hit)
            self.sentences.append(sentence)
            self.read.append(read)
            self._terms.append(own[i])
            self._around.append(title.union(own[i], own[i - 1] if i else ()))
            self._passage.append(passage)

    def _read_again(self, i: int, sentence: Sentence, again: _Read) -> None:
        """Keeps the better of two readings; the answer is moved to where the sentence stands that is kept."""
        if again.span > self.read[i].span:
            shift = self.sentences[i].start - sentence.start
            answer = (
                None
                if again.answer is None
                else Span(again.answer.start + shift, again.answer.end + shift)
            )
            self.read[i] = again._replace(answer=answer)

    def rarity(self) -> dict[str, float]:
        """How much each of the question's terms tells these sentences apart (inverse document frequency as in BM25)."""
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

    def agreement(self, i: int, wanted: Wanted) -> float:
        """How well the sentence's likeliest answer looks like what is asked for."""
        answer = self.read[i].answer
        if answer is None:
            return _DISAGREES
        text = self.hits[i].article.text[answer.start : answer.end]
        return max(
            wanted.agreement(text, begins=answer.start == self.sentences[i].start), _DISAGREES
        )

    def share_spoken(self, names: list[str]) -> float:
        """The share of these terms that the passages speak of at all."""
        spoken = {term for around in self._around for term in around}
        return sum(name in spoken for name in names) / len(names) if names else 1.0


def _read(hit: Hit, reading: PassageReading, all_odds: tuple[float, float]) -> list[_Read]:
    """The sentences of one hit, in order. A sentence longer than its passage is read as far as the passage goes."""
    shift = hit.chunk.start
    places = [
        (max(s.start - shift, 0), min(s.end - shift, len(reading.text))) for s in hit.sentences
    ]
    best = [next(iter(reading.best_spans(start, end, most=1)), None) for start, end in places]
    scores = [_LEAST if span is None else max(span.score, _LEAST) for span in best]
    # At either end of a passage the sentence stands in for the neighbour it lacks.
    around = [scores[0], *scores, scores[-1]] if scores else []
    return [
        _Read(
            scores[i],
            _share(reading.masses(*place), all_odds),
            around[i],
            around[i + 2],
            None
            if span is None
            else Span(max(span.start + shift, s.start), min(span.end + shift, s.end)),
        )
        for i, (s, place, span) in enumerate(zip(hit.sentences, places, best, strict=True))
    ]


def _share(masses: tuple[float, float], all_odds: tuple[float, float]) -> float:
    """Log of the share of these starts and ends in all, "not answered" counted in; the mean of both."""
    shares = [mass - _softplus(every) for mass, every in zip(masses, all_odds, strict=True)]
    return max(sum(shares) / 2, _LEAST)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _coverage(rarity: dict[str, float], said: AbstractSet[str]) -> float:
    """The share of the question's terms, weighted by rarity, that are said."""
    total = sum(rarity.values())
    return sum(weight for term, weight in rarity.items() if term in said) / total if total else 0.0


def _shared_pairs(asked: list[str], said: list[str]) -> float:
    """The share of the question's neighbouring terms that are neighbours in the sentence."""
    pairs = set(itertools.pairwise(asked))
    return len(pairs & set(itertools.pairwise(said))) / len(pairs) if pairs else 0.0


def _names(question: str) -> list[str]:
    """The terms of a question that are names or figures: capitals after the first word, and digits."""
    return [
        term
        for i, word in enumerate(words(question))
        if (i and word[0].isupper()) or word[0].isdigit()
        for term in terms(word)
    ]
