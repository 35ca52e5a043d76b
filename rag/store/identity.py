"""Computes the ids of articles and of their versions.

An article's id comes from where it was found, a version's id from what it says.
"""

from __future__ import annotations

import hashlib
import json

from rag.model import PartialDate, date_text


def article_id(collection: str, key: str) -> str:
    """Returns the 24 hexadecimal digits that identify the article `key` of `collection`."""
    return _digest([collection, key], 24)


def version_of(  # noqa: PLR0913
    *,
    text: str,
    title: str,
    publisher: str | None,
    published: PartialDate | None,
    updated: PartialDate | None,
    extractor: str,
) -> str:
    """Returns the 16 hexadecimal digits that identify a version of an article.

    Fetch date, author and link do not count: fetching a page again makes no new version.
    """
    dates = date_text(published), date_text(updated)
    return _digest([text, title, publisher, *dates, extractor], 16)


def _digest(values: list[str | None], length: int) -> str:
    # A JSON list keeps ["a", "bc"] and ["ab", "c"] apart; joined strings would not.
    return hashlib.sha256(json.dumps(values).encode("ascii")).hexdigest()[:length]
