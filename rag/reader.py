"""question + Hits -> Reading: ranked candidate sentences with answer spans, and how likely it is that none answers.

This reader needs no reading comprehension model: it weighs what each sentence shares with the question (meaning in context, rare
words, the kind of answer asked for) and how well its passage was retrieved. The weights are fitted on questions over other texts by
`python -m eval.train ranker` and stand in `reader_weights.json`. It does not know the archive or the record.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from rag.embed import Embedder, passage_title
from rag.model import Candidate, Hit, Reading, Sentence, Span
from rag.shortanswer import Kind, kind_asked, short_answer
from rag.terms import terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SENTENCE_FEATURES = (
    "similarity",
    "similarity_before",
    "similarity_after",
    "overlap",
    "overlap_in_context",
    "overlap_in_passage",
    "pairs",
    "passage_similarity",
    "passage_rank",
    "kind_figure",
    "kind_name",
)
NONE_FEATURES = ("similarity", "overlap", "overlap_in_context", "passage_similarity", "kind", "names_found", "names_asked", "lead")
_FIGURES = frozenset({Kind.NUMBER, Kind.MONEY, Kind.PERCENT, Kind.DATE})
_NAMES = frozenset({Kind.PERSON, Kind.PLACE, Kind.NAME})


class Weights(NamedTuple):
    """Fitted weights, one for each of SENTENCE_FEATURES and NONE_FEATURES, and the abstention threshold on `p_none`."""

    sentence: tuple[float, ...]
    none: tuple[float, ...]
    none_bias: float
    threshold: float


@cache
def fitted_weights() -> Weights:
    """The weights that ship with this release."""
    plain = json.loads(files("rag").joinpath("reader_weights.json").read_text(encoding="utf-8"))
    return Weights(
        tuple(plain["sentence"][name] for name in SENTENCE_FEATURES),
        tuple(plain["none"][name] for name in NONE_FEATURES),
        plain["none_bias"],
        plain["threshold"],
    )


class Features(NamedTuple):
    """What the sentences of one question's passages look like: a row of SENTENCE_FEATURES for each, and how many of the question's
    names the passages speak of.
    """

    hits: list[Hit]
    sentences: list[Sentence]
    answers: list[Span | None]
    matrix: NDArray[np.float64]
    names_found: float
    names_asked: float


class SentenceReader:
    """Ranks the sentences of the passages by fitted weights. Deterministic."""

    def __init__(self, embedder: Embedder, weights: Weights | None = None) -> None:
        self._embedder = embedder
        self._weights = weights or fitted_weights()

    @property
    def threshold(self) -> float:
        """Above this chance that none answers, the answer is that the articles do not say."""
        return self._weights.threshold

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """All distinct sentences of the hits, best first; a candidate's score is the chance that it answers."""
        import numpy as np

        features = sentence_features(self._embedder, question, hits)
        if not features.sentences:
            return Reading((), 1.0)
        scores = features.matrix @ np.asarray(self._weights.sentence)
        none = none_features(features, scores)
        p_none = float(1 / (1 + np.exp(-(none @ np.asarray(self._weights.none) + self._weights.none_bias))))
        shares = np.exp(scores - scores.max())
        chances = (1 - p_none) * shares / shares.sum()
        order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
        return Reading(
            tuple(
                Candidate(features.hits[i].article, features.sentences[i], float(chances[i]), features.answers[i], features.hits[i].rank)
                for i in order
            ),
            p_none,
        )


def sentence_features(embedder: Embedder, question: str, hits: Sequence[Hit]) -> Features:
    """One row for each distinct sentence; of a sentence that stands in several passages, the best-ranked one is read."""
    import numpy as np

    kind, asked = kind_asked(question), terms(question)
    similarities = _similarities(embedder, question, hits)
    read = _Passages(asked)
    for hit, found in zip(hits, similarities, strict=True):
        read.add(hit, found)
    rarity = read.rarity()
    rows = [read.row(i, kind, rarity) for i in range(len(read.sentences))]
    matrix = np.asarray([row.values for row in rows], dtype=np.float64).reshape(len(rows), len(SENTENCE_FEATURES))
    names = _names(question)
    return Features(read.hits, read.sentences, [row.answer for row in rows], matrix, read.share_found(names), float(min(len(names), 4)) / 4)


def none_features(features: Features, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """One value for each of NONE_FEATURES: what the best three sentences by `scores` look like."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")[:3]
    top = features.matrix[order]
    kind = top[0, _column("kind_figure")] + top[0, _column("kind_name")]
    ranked = np.sort(scores)[::-1]
    lead = ranked[0] - ranked[: min(len(ranked), 10)].mean()
    best = top[:, [_column(name) for name in NONE_FEATURES[:4]]].max(axis=0)
    return np.asarray([*best, kind, features.names_found, features.names_asked, lead])


def _column(name: str) -> int:
    return SENTENCE_FEATURES.index(name)


class _Row(NamedTuple):
    values: tuple[float, ...]
    answer: Span | None


class _Passages:
    """The distinct sentences of one question's passages, with the terms of each and of what stands around it."""

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked
        self._seen: set[str] = set()
        self.hits: list[Hit] = []
        self.sentences: list[Sentence] = []
        self._terms: list[list[str]] = []
        self._around: list[set[str]] = []
        self._passage: list[set[str]] = []
        self._similarity: list[tuple[float, float, float]] = []

    def add(self, hit: Hit, similarities: NDArray[np.float32]) -> None:
        text = hit.article.text
        own = [terms(text[sentence.start : sentence.end]) for sentence in hit.sentences]
        title = set(terms(hit.article.title))
        passage = title.union(*own)
        for i, sentence in enumerate(hit.sentences):
            said = text[sentence.start : sentence.end]
            if said in self._seen:
                continue
            self._seen.add(said)
            self.hits.append(hit)
            self.sentences.append(sentence)
            self._terms.append(own[i])
            self._around.append(title.union(own[i], own[i - 1] if i else ()))
            self._passage.append(passage)
            # At either end of a passage the sentence stands in for the neighbour it lacks.
            around = similarities[max(i - 1, 0)], similarities[min(i + 1, len(own) - 1)]
            self._similarity.append((float(similarities[i]), float(around[0]), float(around[1])))

    def rarity(self) -> dict[str, float]:
        """How much each of the question's terms tells these sentences apart (inverse document frequency as in BM25)."""
        n = len(self._terms)
        frequency = Counter(term for found in self._terms for term in set(found))
        return {term: math.log(1 + (n - frequency[term] + 0.5) / (frequency[term] + 0.5)) for term in set(self._asked)}

    def row(self, i: int, kind: Kind, rarity: dict[str, float]) -> _Row:
        hit, sentence = self.hits[i], self.sentences[i]
        text = hit.article.text[sentence.start : sentence.end]
        found = short_answer(kind, text, rarity.keys())
        values = (
            *self._similarity[i],
            _coverage(rarity, set(self._terms[i])),
            _coverage(rarity, self._around[i]),
            _coverage(rarity, self._passage[i]),
            _shared_pairs(self._asked, self._terms[i]),
            hit.similarity,
            1 / hit.rank,
            float(found is not None and kind in _FIGURES),
            float(found is not None and kind in _NAMES),
        )
        return _Row(values, None if found is None else Span(sentence.start + found.start, sentence.start + found.end))

    def share_found(self, names: list[str]) -> float:
        """The share of these terms that the best passages speak of at all."""
        spoken = {term for around in self._around for term in around}
        return sum(name in spoken for name in names) / len(names) if names else 1.0


def _similarities(embedder: Embedder, question: str, hits: Sequence[Hit]) -> list[NDArray[np.float32]]:
    """The cosine between the question and each sentence of each hit, the sentence read within its passage."""
    texts, parts = [], []
    for hit in hits:
        title = passage_title(hit.article.title) + "\n"
        shift = len(title) - hit.chunk.start
        texts.append(title + hit.text)
        # A sentence longer than its passage is read as far as the passage goes.
        parts.append(
            [Span(max(s.start, hit.chunk.start) + shift, min(s.end, hit.chunk.end) + shift) for s in hit.sentences],
        )
    asked = embedder.encode([question])[0]
    return [vectors @ asked for vectors in embedder.encode_parts(texts, parts)] if texts else []


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
    return [term for i, word in enumerate(words(question)) if (i and word[0].isupper()) or word[0].isdigit() for term in terms(word)]
