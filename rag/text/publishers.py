"""Tells by which names people call a publisher: "majalla" is majalla.com, "CNN" edition.cnn.com."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}")
# The part before a country's ending that is no name: "co" in dailymail.co.uk.
_GENERIC = frozenset({"co", "com", "org", "net", "ac", "gov"})
_MOST_WORDS = 5


def is_called(publisher: str | None, name: str) -> bool:
    """Whether people who write this name may mean the publisher.

    Case, spaces and a "the" at the beginning do not count; an address goes by its host too.

    >>> is_called("www.dailymail.co.uk", "Daily Mail"), is_called("Coast Post", "post")
    (True, False)
    """
    return publisher is not None and _plain(name) in _forms(publisher)


def named_publishers(text: str, publishers: Iterable[str]) -> list[str]:
    """The publishers that a text names after "from", "by", "of", "in" or "the".

    >>> named_publishers("how many articles from CNN?", ["edition.cnn.com", "Coast Post"])
    ['edition.cnn.com']
    """
    said = {
        _plain(" ".join(words[:size]))
        for match in re.finditer(r"\b(?:from|by|of|in|the)\s+", text, re.IGNORECASE)
        if (words := re.findall(r"[^\s?!,;:“”\"]+", text[match.end() :].rstrip(".")))
        for size in range(1, _MOST_WORDS + 1)
    }
    return [name for name in publishers if not _forms(name).isdisjoint(said)]


@lru_cache(maxsize=4096)
def _forms(publisher: str) -> frozenset[str]:
    plain = _plain(publisher)
    if not _HOST.fullmatch(plain):
        return frozenset({plain})
    labels = plain.split(".")[:-1]
    named = [label for label in labels if label not in _GENERIC] or labels
    return frozenset({plain, named[-1]})


def _plain(name: str) -> str:
    words = re.sub(r"^the\s", "", " ".join(name.casefold().split()))
    return words.replace(" ", "").removeprefix("www.")
