"""Tells which articles are copies of one report, so that agreement is counted in reports.

A wire story in ten papers is one report. What a copy says is compared like any other; only its
number does not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import lru_cache

from rag.model import Article
from rag.store.copies import LEAST_LIKENESS, likeness, shingles

_shingles = lru_cache(maxsize=256)(shingles)


def originals(articles: Iterable[Article]) -> dict[str, str]:
    """The report that each article gives, by the article's id: the id of the first one with it.

    Copies share 75% of their runs of three words; a copy of a copy is one too.
    """
    texts = {item.article_id: item.text for item in articles}
    found: dict[str, str] = {}
    for name, text in texts.items():
        own = _shingles(text) if len(texts) > 1 else frozenset[str]()
        same = {found[other] for other in found if _are_copies(own, _shingles(texts[other]))}
        first = next((report for report in found.values() if report in same), name)
        found = {other: first if report in same else report for other, report in found.items()}
        found[name] = first
    return found


def _are_copies(one: AbstractSet[str], two: AbstractSet[str]) -> bool:
    few, many = sorted((len(one), len(two)))
    return few >= LEAST_LIKENESS * many and likeness(one, two) >= LEAST_LIKENESS
