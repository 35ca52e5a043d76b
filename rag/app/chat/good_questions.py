"""Finds questions to begin with: the archive's own sentences asked for, and answered right.

Topics are the names that most headlines have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from eval.gold.draft import Proposal
from rag.app.chat.views.front import Topic
from rag.model import AnswerValues, Status
from rag.render.words import clean
from rag.store.database import Listing
from rag.text.names import bare_names

_LEAST_CONFIDENCE = 0.5
_MOST_TRIES = 12
_LEAST_ARTICLES, _MOST_TOPICS = 3, 8
# Shorter names, such as US and EU, tell nobody what an archive is about.
_LEAST_CHARS = 4


def answered(
    proposed: Iterable[Proposal], ask: Callable[[str], AnswerValues], count: int
) -> list[str]:
    """Returns the first `count` questions that are answered right, of different articles.

    At most 12 are tried.
    """
    kept: dict[str, str] = {}
    tries = 0
    for item in proposed:
        if len(kept) == count or tries == _MOST_TRIES:
            break
        if item.article.article_id not in kept and item.question not in kept.values():
            tries += 1
            if _is_right(ask(item.question), item.answer):
                kept[item.article.article_id] = item.question
    return list(kept.values())


def _is_right(answer: AnswerValues, expected: str) -> bool:
    if answer.status is not Status.ANSWERED or answer.confidence < _LEAST_CONFIDENCE:
        return False
    short = answer.claims[0].answer
    return short is not None and (expected in short.text or short.text in expected)


def topics(listing: Iterable[Listing]) -> list[Topic]:
    """Returns the names that most headlines have, most first; each stands in three or more."""
    counts = Counter(name for item in listing for name in set(bare_names(clean(item.title))))
    found = (Topic(*pair) for pair in counts.most_common() if len(pair[0]) >= _LEAST_CHARS)
    return [topic for topic in found if topic.articles >= _LEAST_ARTICLES][:_MOST_TOPICS]
