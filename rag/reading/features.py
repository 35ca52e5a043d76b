"""Computes the features of each sentence of a question's passages, and of the whole question.

Sentence features come from the span model, from the looks of the likeliest answer, from shared
words and from retrieval. How they are weighed is fitted elsewhere.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NamedTuple

from rag.model import Hit, Sentence, Span
from rag.reading.answer_types import ExpectedAnswer, fitted_answer_types
from rag.reading.excerpt import refers_back
from rag.reading.pronouns import Reference, ResolvedPassage, resolve_pronouns
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
    """The sentences of one question's passages, each place once, and their features.

    For each sentence: the hit it is taken from, its likeliest short answer in characters of the
    article, a likelier one in the sentence before that it refers back to, and a row of `matrix`
    (sentences, SENTENCE_FEATURES). The other fields belong to the question.
    """

    hits: list[Hit]
    sentences: list[Sentence]
    answers: list[Span | None]
    answers_before: list[Span | None]
    matrix: Floats
    any_odds: float
    names_found: float
    names_asked: float


def gather_evidence(model: SpanModel, question: str, hits: Sequence[Hit]) -> Evidence:
    """Reads all passages of a question."""
    import numpy as np

    forms = [short_forms(question, f"{hit.article.title}\n{hit.article.text}") for hit in hits]
    resolved = [resolve_pronouns(hit.text, _places(hit)) for hit in hits]
    asked = zip(hits, forms, resolved, strict=True)
    readings = [
        reading._replace(text=hit.text, offsets=passage.in_passage(reading.offsets))
        for reading, hit, passage in zip(
            model.read([_asked_of(question, *item) for item in asked]), hits, resolved, strict=True
        )
    ]
    all_odds = _log_odds(readings)
    found = _Sentences(terms(question))
    for hit, reading, own, passage in zip(hits, readings, forms, resolved, strict=True):
        found.add(hit, _read(hit, reading, all_odds, passage.references), own)
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
        names_found=found.share_mentioned(names),
        names_asked=min(len(names), 4) / 4,
    )


def question_features(evidence: Evidence, scores: Floats) -> Floats:
    """The QUESTION_FEATURES for sentences with these scores; there is at least one sentence."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    top = evidence.matrix[order[:3]]
    best = top[:, [SENTENCE_FEATURES.index(name) for name in _OF_BEST]].max(axis=0)
    lead = scores[order[0]] - scores[order[:10]].mean()
    return np.asarray([evidence.any_odds, *best, lead, evidence.names_found, evidence.names_asked])


def _asked_of(
    question: str, hit: Hit, forms: Sequence[ShortForm], passage: ResolvedPassage
) -> tuple[str, Context]:
    """The question as it is put to the passage, in the forms of names that the passage has."""
    title = hit.article.title
    for form in forms:
        question = form.said_in(question, f"{title}\n{hit.text}")
    return question, Context(title, passage.text)


def _places(hit: Hit) -> list[Span]:
    """Where the sentences stand in the passage, as far as it goes."""
    start, length = hit.chunk.start, len(hit.text)
    return [
        Span(max(sentence.start - start, 0), min(sentence.end - start, length))
        for sentence in hit.sentences
    ]


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
        self._terms: list[list[str]] = []
        self._around: list[set[str]] = []
        self._passage: list[set[str]] = []

    def add(self, hit: Hit, reads: Sequence[_Read], forms: Sequence[ShortForm]) -> None:
        """Adds the sentences of a passage, whose article explains these short forms."""
        texts = [hit.article.text[sentence.start : sentence.end] for sentence in hit.sentences]
        own = [terms(both_forms(text, forms)) for text in texts]
        title = set(terms(both_forms(hit.article.title, forms)))
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


def _read(
    hit: Hit, reading: PassageReading, all_odds: _Odds, references: Sequence[Reference]
) -> list[_Read]:
    """Reads the sentences of one hit, each as far as the passage goes."""
    meant = {reference.pronoun: reference.name for reference in references}
    places = _places(hit)
    best = [_best(reading, place, meant) for place in places]
    scores = [one.score for one in best]
    # At either end of a passage the sentence stands in for the neighbour it lacks.
    around = [*scores[:1], *scores, *scores[-1:]]
    found = []
    for i, (one, place, sentence) in enumerate(zip(best, places, hit.sentences, strict=True)):
        before = one.named
        if before is None and i and scores[i - 1] > scores[i] and _continues(hit, i):
            before = best[i - 1].named or best[i - 1].span
        answer = one.span and _within(_shifted(one.span, hit), sentence)
        share = _share(_Odds(*reading.masses(place.start, place.end)), all_odds)
        named = before and _shifted(before, hit)
        found.append(_Read(scores[i], share, around[i], around[i + 2], answer, named))
    return found


class _Best(NamedTuple):
    """The likeliest answer of a sentence: its score, its place in the passage, and the name that
    stands before the sentence where the answer is its pronoun.

    `span` is then the next likeliest.
    """

    score: float
    span: Span | None
    named: Span | None


def _best(reading: PassageReading, place: Span, meant: Mapping[Span, Span]) -> _Best:
    spans = reading.best_spans(place.start, place.end, most=1)
    if not spans:
        return _Best(_LEAST, None, None)
    score, span = max(spans[0].score, _LEAST), Span(spans[0].start, spans[0].end)
    named = meant.get(span)
    if named is None:
        return _Best(score, span, None)
    others = reading.best_spans(place.start, place.end, most=2)[1:]
    return _Best(score, Span(others[0].start, others[0].end) if others else None, named)


def _shifted(span: Span, hit: Hit) -> Span:
    """The characters of the article for those of a passage."""
    return Span(span.start + hit.chunk.start, span.end + hit.chunk.start)


def _within(span: Span, sentence: Sentence) -> Span:
    return Span(max(span.start, sentence.start), min(span.end, sentence.end))


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


def _shared_pairs(asked: list[str], said: list[str]) -> float:
    """The share of the question's neighbouring terms that are neighbours in the sentence."""
    pairs = set(itertools.pairwise(asked))
    return len(pairs & set(itertools.pairwise(said))) / len(pairs) if pairs else 0.0


def _names(question: str) -> list[str]:
    """The terms of a question's names and numbers: capitals after the first word, and digits."""
    return [
        term
        for i, word in enumerate(words(question))
        if (i and word[0].isupper()) or word[0].isdigit()
        for term in terms(word)
    ]
