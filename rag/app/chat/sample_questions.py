"""Makes sample questions of the archive's newest headlines, for people to click on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rag.render import clean
from rag.store.database import Listing

_MOST_CHARS = 120


def sample_questions(listing: Iterable[Listing], count: int = 4) -> list[str]:
    """Returns at most `count` questions, about the newest article of each publisher first."""
    newest = sorted(listing, key=_age)
    turns: Counter[str | None] = Counter()
    ranked: dict[str, int] = {}
    for item in newest:
        title = clean(item.title).strip()
        if 0 < len(title) <= _MOST_CHARS and title not in ranked:
            ranked[title] = turns[item.publisher]
            turns[item.publisher] += 1
    chosen = sorted(ranked, key=ranked.__getitem__)[:count]
    return [f"What do the articles say about “{title}”?" for title in chosen]


def _age(item: Listing) -> tuple[bool, int, str]:
    """Newest first, articles without a date last, then by id."""
    if item.published is None:
        return True, 0, item.article_id
    return False, -item.published.last_epoch, item.article_id
