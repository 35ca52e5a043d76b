"""Tells what is said of the subject a question names from the same said of another subject.

"Its battery lasts two days. It goes on sale in May." stands below the name of one phone, and below
the next one's in the same article, so that the span model may take either. English.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rag.reading.features import Evidence
from rag.text.names import Name, names
from rag.text.terms import terms, words
from rag.text.tokens import tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# A sentence names its subject among its first words, or one so many sentences before does.
_FIRST_WORDS = 6
_SENTENCES_BACK = 6
# Sentences say the same of two subjects if they share half of the shorter one's words, and neither
# is more than twice as long.
_SHARED = 0.5
_LONGER = 2


def prefer_subject(evidence: Evidence, scores: Floats) -> Floats:
    """Exchanges the best score with that of a sentence which says the same of the subject asked.

    It stands in the same article and has more of the question's names, in itself or in the
    sentence that names its subject. Where no subject is found for the best sentence it stays, and
    where its subject is the short answer.
    """
    asked, best = frozenset(evidence.names), int(scores.argmax())
    if not asked or _is_answered_by_subject(evidence, best):
        return scores
    named = {i: _named(evidence, i, asked) for i in _of_article(evidence, best)}
    found, mine = {i: n for i, n in named.items() if n is not None}, _text(evidence, best)
    if best not in found:
        return scores
    others = (
        i for i, n in found.items() if n > found[best] and _say_the_same(mine, _text(evidence, i))
    )
    other = max(others, key=lambda i: (found[i], scores[i]), default=best)
    exchanged = scores.copy()
    exchanged[[best, other]] = scores[[other, best]]
    return exchanged


def _of_article(evidence: Evidence, best: int) -> list[int]:
    """The sentences of the article that one is in, as they follow each other."""
    key = evidence.hits[best].chunk.version_key
    own = (i for i, hit in enumerate(evidence.hits) if hit.chunk.version_key == key)
    return sorted(own, key=lambda i: evidence.sentences[i].start)


def _named(evidence: Evidence, i: int, asked: frozenset[str]) -> int | None:
    """How many of the names asked for the sentence has, or else the one that names its subject.

    None if no sentence is found that does.
    """
    own = _of_article(evidence, i)
    at = own.index(i)
    for before in reversed(own[max(0, at - _SENTENCES_BACK) : at + 1]):
        text = _text(evidence, before)
        found = len(asked.intersection(words(text)))
        if found or _first_names(text):
            return found
    return None


def _is_answered_by_subject(evidence: Evidence, i: int) -> bool:
    answer, start = evidence.answers[i], evidence.sentences[i].start
    return answer is not None and any(
        start + name.start < answer.end and answer.start < start + name.end
        for name in _first_names(_text(evidence, i))
    )


def _text(evidence: Evidence, i: int) -> str:
    sentence = evidence.sentences[i]
    return evidence.hits[i].article.text[sentence.start : sentence.end]


@lru_cache(maxsize=2000)
def _first_names(text: str) -> tuple[Name, ...]:
    """The names that begin among the first words."""
    first = tokens(text)[:_FIRST_WORDS]
    return tuple(name for name in names(text) if first and name.start < first[-1].end)


def _say_the_same(one: str, other: str) -> bool:
    """Whether two sentences share most of their words beside names and numbers."""
    shorter, longer = sorted((_content(one), _content(other)), key=len)
    shared = len(shorter & longer)
    return shared > 0 and shared >= _SHARED * len(shorter) and len(longer) <= _LONGER * len(shorter)


@lru_cache(maxsize=2000)
def _content(text: str) -> frozenset[str]:
    named = {term for name in names(text) for term in terms(text[name.start : name.end])}
    return frozenset(term for term in terms(text) if term not in named and not term[0].isdigit())
