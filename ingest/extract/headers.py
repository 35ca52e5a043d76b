"""Reads "KEY: value" lines at the head of a text, as agencies and databases write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_KEYS = {
    **dict.fromkeys(("title", "headline", "subject", "hed", "head"), "title"),
    **dict.fromkeys(
        ("source", "publication", "publication title", "publisher", "newspaper", "outlet"),
        "publisher",
    ),
    **dict.fromkeys(
        ("date", "published", "publication date", "pubdate", "pub date", "publish date", "issued"),
        "published",
    ),
    **dict.fromkeys(("updated", "modified", "last updated"), "updated"),
    **dict.fromkeys(("by", "byline", "author", "authors", "from", "writer"), "author"),
    **dict.fromkeys(("url", "link", "document url", "address", "web"), "url"),
    **dict.fromkeys(("saved", "clipped", "retrieved", "accessed", "downloaded"), "fetched"),
}
# Keys that state nothing we keep, but belong to a head.
_OTHER_KEYS = frozenset(
    "section length dateline language load-date page pages edition id slug category tags keywords"
    " to cc reply-to message-id content-type mime-version lang words".split()
)
_LINE = re.compile(r"(?P<key>[A-Za-z][A-Za-z -]{1,20}?)\s?:\s+(?P<value>\S.*)")
_BODY = re.compile(r"(?:body|text|full text|story|article)\s?:?\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"\s*<[^<>@\s]+@[^<>\s]+>|\s*\([^()@\s]+@[^()\s]+\)")
_FEWEST = 2


class Headed(NamedTuple):
    """What the lines at the head of a text state, by field, and the text below them."""

    fields: Mapping[str, str]
    body: str


def read_head(text: str) -> Headed:
    """Splits a normalized text into the fields of its head and the rest.

    A head is a first run of at least two lines "KEY: value", of which one states a title, a date,
    a source or an author.
    """
    fields: dict[str, str] = {}
    count = position = 0
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        key = match["key"].lower() if match else ""
        if match and key in _KEYS:
            fields.setdefault(_KEYS[key], _ADDRESS.sub("", match["value"]).strip(" \"'"))
        elif not (match and key in _OTHER_KEYS) and line:
            break
        count += bool(line)
        position += len(line) + 1
    if count < _FEWEST or not fields:
        return Headed({}, text)
    body = text[position:]
    return Headed(fields, _BODY.sub("", body, count=1) if _BODY.match(body) else body)
