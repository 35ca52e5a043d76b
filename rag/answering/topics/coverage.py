"""Chooses sentences that together cover what several articles say, no two alike.

Greedy maximum coverage of concepts, pairs of neighbouring words weighted by the number of reports
that have them, as in Gillick and Favre, "A scalable global model for summarization" (ILP-NLP 2009).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from rag.answering.topics.articles_on import TopicArticle, alike, time_of
from rag.embed import Embedder
from rag.model import Candidate, Sentence
from rag.news.originals import originals
from rag.quotes import MAX_QUOTE_CHARS
from rag.reading.excerpt import refers_back
from rag.text.terms import terms

Concepts: TypeAlias = frozenset[tuple[str, str]]

_LEAST_TERMS = 5
# What the first sentence of an article counts more than one far down in it.
_LEAD = 1.5
# What a concept of one report alone counts, beside one that several share.
_ONE_REPORT = 0.3
# Sentences say much the same from this cosine on.
_ALIKE_IN_MEANING = 0.75
# Labels that run into the text: several words in capitals of a map, the caption of a picture.
_LABELS = re.compile(r"(?:\b[A-Z]{2,}\b[\s:]+){3}[A-Z]{2,}\b|\b[Ff]ile photo\b|^\([^)]*\bPhoto\b")
# "Ada Skarn is a writer living in Dell": what an article ends with, on who wrote it.
_AUTHOR_NOTE = re.compile(
    r"^[A-Z][\w.-]*(?: [A-Z][\w.'’-]*){1,3} (?:(?:writes|covers)\b|is (?:an?|the|our)\b[^.,]*"
    r"\b(?:writer|reporter|journalist|correspondent|columnist|editor|author|blogger|enthusiast"
    r"|contributor|freelancer)\b(?!\swho\b))"
)
_LAST_SENTENCES = 4


class Choice(NamedTuple):
    """A sentence that may be chosen: where it stands among its article's, and what it has.

    `report` is the same for articles that are copies.
    """

    source: TopicArticle
    sentence: Sentence
    position: int
    terms: frozenset[str]
    concepts: Concepts
    report: str

    def alike(self, other: Choice) -> bool:
        """Whether both say much the same."""
        return alike(self.terms, other.terms)

    @property
    def candidate(self) -> Candidate:
        return self.source.candidate(self.sentence)


def choices(sources: Sequence[TopicArticle]) -> list[Choice]:
    """The sentences that can stand alone: whole, not short, and with no "he" to explain.

    None is a run of labels, or a note at the end on who wrote the article.
    """
    found = []
    report_of = originals(source.article for source in sources)
    for source in sources:
        report = report_of[source.article.article_id]
        for position, sentence in enumerate(source.sentences):
            text = source.text(sentence)
            stems = terms(text)
            short = len(set(stems)) < _LEAST_TERMS or len(text) > MAX_QUOTE_CHARS
            is_last = len(source.sentences) - position <= _LAST_SENTENCES
            aside = _LABELS.search(text) or (is_last and _AUTHOR_NOTE.search(text))
            if not short and not aside and not refers_back(text):
                concepts = frozenset(pairwise(stems))
                found.append(Choice(source, sentence, position, frozenset(stems), concepts, report))
    return found


def choose(
    among: Sequence[Choice],
    topic: frozenset[str],
    most: int,
    chosen: Sequence[Choice] = (),
    *,
    embedder: Embedder | None = None,
) -> list[Choice]:
    """Up to `most` of the choices, each for what it adds to those before it and to `chosen`.

    They come from as many reports as there are. None is like one before it in words nor, if there
    is an embedder, in meaning.

    :param topic: the stems of the topic's words; a sentence without any counts half.
    """
    weights = _weights(among)
    reports = {item.report for item in among}
    a_report = -(-most // max(1, len(reports)))
    left, new = list(among), list[Choice]()
    covered = frozenset[tuple[str, str]]().union(*(item.concepts for item in chosen))
    alike = _alike_in_meaning([*among, *chosen], embedder) if embedder else Choice.alike
    while len(new) < most:
        taken = Counter(item.report for item in new)
        left = [
            item
            for item in left
            if taken[item.report] < a_report
            and not any(alike(item, other) for other in [*chosen, *new])
        ]
        if not left:
            break
        best = max(left, key=lambda item: _gain(item, weights, topic, covered))
        new.append(best)
        covered |= best.concepts
    return new


def _alike_in_meaning(
    items: Sequence[Choice], embedder: Embedder
) -> Callable[[Choice, Choice], bool]:
    """Tells whether two of these sentences say much the same, in words or in meaning."""
    vectors = embedder.encode([item.source.text(item.sentence) for item in items])
    by_place = dict(zip(map(_place, items), vectors, strict=True))

    def alike(one: Choice, other: Choice) -> bool:
        cosine = float(by_place[_place(one)] @ by_place[_place(other)])
        return cosine >= _ALIKE_IN_MEANING or one.alike(other)

    return alike


def _place(item: Choice) -> tuple[str, int]:
    return item.source.article.article_id, item.sentence.start


def in_order_of_time(chosen: Sequence[Choice]) -> list[Choice]:
    """By the dates of their articles, then by their place in them."""
    return sorted(chosen, key=lambda item: (time_of(item.source), item.position))


def newest_first(chosen: Sequence[Choice]) -> list[Choice]:
    """By the dates of their articles, the newest first and undated ones last."""

    def key(item: Choice) -> tuple[float, float, int]:
        published = item.source.article.published
        age = -published.first_epoch if published else float("inf")
        return age, -item.source.relevance, item.position

    return sorted(chosen, key=key)


def _weights(among: Sequence[Choice]) -> Mapping[tuple[str, str], float]:
    """Each concept with the relevance of all reports that have it, less if only one has it."""
    having: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for item in among:
        for concept in item.concepts:
            so_far = having[concept].get(item.report, 0.0)
            having[concept][item.report] = max(so_far, item.source.relevance)
    return {
        concept: sum(found.values()) * (_ONE_REPORT if len(found) == 1 else 1.0)
        for concept, found in having.items()
    }


def _gain(
    item: Choice,
    weights: Mapping[tuple[str, str], float],
    topic: frozenset[str],
    covered: Concepts,
) -> float:
    """The weight of what a sentence adds; more for one that stands early and names the topic."""
    added = sum(weights[concept] for concept in item.concepts - covered)
    place = 1 + _LEAD / (1 + item.position)
    return added * place * (1 if item.terms & topic else 0.5)
