"""Names for articles and their versions: plain values in, short hexadecimal names out.

An article is named by where it came from, a version by what it says, so that the same thing twice gets the same two names.
Knows no archive and reads no file.
"""

from __future__ import annotations

import hashlib
import json

from rag.model import PartialDate, date_text


def article_id(collection: str, key: str) -> str:
    """24 hexadecimal digits that name the article `key` of `collection`."""
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
    """16 hexadecimal digits that name what an article says.

    The date of fetching, the author and the link are no part of it: fetching a page again makes no new version of it.
    """
    return _digest(
        [text, title, publisher, date_text(published), date_text(updated), extractor], 16
    )


def _digest(values: list[str | None], length: int) -> str:
    # A JSON list keeps ["a", "bc"] and ["ab", "c"] apart, which joined strings would not.
    return hashlib.sha256(json.dumps(values).encode("ascii")).hexdigest()[:length]
