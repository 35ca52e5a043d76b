"""Groups the articles of an archive into topics, by the vectors of their first passages.

Spherical k-means (Dhillon and Modha, 2001) with fixed seeds, so that the same articles give the
same topics. A topic is described by the words that set its articles apart from the others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.store.archive import View
from rag.store.database import Headline, as_matrix
from rag.text.terms import STOP_WORDS, stem, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

# Fewer articles than this are better listed than grouped.
LEAST_ARTICLES = 20
# Of larger archives a sample is grouped, and the sizes are scaled up.
_SAMPLE = 4000
_ARTICLES_A_TOPIC, _MOST_TOPICS = 15, 24
_ROUNDS = 12
_WORDS = 3


class Topic(NamedTuple):
    """The words that describe a topic, about how many articles it has, and one article's title."""

    words: tuple[str, ...]
    articles: int
    example: str


def largest_topics(view: View, headlines: Sequence[Headline], most: int) -> list[Topic]:
    """The largest topics of these articles, the largest first; none if they are too few."""
    step = max(1, math.ceil(len(headlines) / _SAMPLE))
    known = [item for item in headlines[::step] if item.input_hash is not None]
    stored = view.snapshot.vectors([item.input_hash or "" for item in known], view.identity)
    items = [item for item in known if item.input_hash in stored]
    if len(items) < LEAST_ARTICLES:
        return []
    vectors = as_matrix([stored[item.input_hash or ""] for item in items], view.dim)
    centres = _centres(vectors, min(_MOST_TOPICS, len(items) // _ARTICLES_A_TOPIC + 1))
    nearness = vectors @ centres.T
    topic_of = nearness.argmax(axis=1).tolist()
    sizes = Counter(topic_of)
    vocabulary = [_words(item) for item in items]
    everywhere = Counter(word for said in vocabulary for word in said)
    spelled = _spellings(items)
    topics = []
    for topic, size in sizes.most_common(most):
        members = [i for i, own in enumerate(topic_of) if own == topic]
        within = Counter(word for i in members for word in vocabulary[i])
        names = _telling(within, size, everywhere, len(items))
        example = max(members, key=lambda i: nearness[i, topic])
        said = tuple(spelled[name] for name in names)
        topics.append(Topic(said, size * step, items[example].title))
    return topics


def _centres(vectors: Matrix, count: int) -> Matrix:
    """The unit centres of `count` groups; the first ones are spread out (k-means++)."""
    import numpy as np

    random = np.random.default_rng(0)
    chosen = [int(random.integers(len(vectors)))]
    distance = 1 - vectors @ vectors[chosen[0]]
    while len(chosen) < count:
        weights = np.clip(distance, 0, None).astype(np.float64) ** 2
        if not weights.any():  # all articles are copies of the chosen ones
            break
        chosen.append(int(random.choice(len(vectors), p=weights / weights.sum())))
        distance = np.minimum(distance, 1 - vectors @ vectors[chosen[-1]])
    centres = vectors[chosen]
    for _ in range(_ROUNDS):
        topic_of = (vectors @ centres.T).argmax(axis=1)
        for topic in set(topic_of.tolist()):
            total = vectors[topic_of == topic].sum(axis=0)
            centres[topic] = total / (np.linalg.norm(total) or 1.0)
    return centres


def _words(item: Headline) -> set[str]:
    """The stems of an article's title and beginning, without short words and figures."""
    return {
        stem(word)
        for word in words(f"{item.title} {item.lead}")
        if len(word) > 3 and word.isalpha() and word.casefold() not in STOP_WORDS
    }


def _spellings(items: Sequence[Headline]) -> dict[str, str]:
    """How each stem is written most often."""
    written: dict[str, Counter[str]] = {}
    for item in items:
        for word in words(f"{item.title} {item.lead}"):
            written.setdefault(stem(word), Counter())[word] += 1
    return {name: forms.most_common(1)[0][0] for name, forms in written.items()}


def _telling(within: Counter[str], size: int, everywhere: Counter[str], total: int) -> list[str]:
    """The stems that are frequent in a topic and rare elsewhere, most telling first.

    The weight is the topic's part of the mutual information between word and topic.
    """

    def weight(name: str) -> float:
        share = within[name] / size
        return share * math.log(share * total / everywhere[name])

    return sorted(within, key=lambda name: (-weight(name), name))[:_WORDS]
