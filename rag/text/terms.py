"""Splits text into words and stems that a question and a sentence can share.

The stems are English (Snowball's Porter2); words of other languages pass nearly unchanged.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cached_property, lru_cache
from typing import Protocol

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+", re.UNICODE)
STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before being but by can could "
    "d did do does doing down for from had has have having he her here hers him his how i if in "
    "into is it its itself just ll m many me more most much my no nor not of off on once one only "
    "or other our out over own re s same she should so some such t than that the their them then "
    "there these they this those through to too under until up us ve very was we were what when "
    "where which while who whom whose why will with would you your".split()
)


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802


class _OfThread(threading.local):
    """A stemmer for each thread: one keeps its place in the word at hand, so none is shared."""

    @cached_property
    def stemmer(self) -> _Stemmer:
        import snowballstemmer

        stemmer: _Stemmer = snowballstemmer.stemmer("english")
        return stemmer


_OF_THREAD = _OfThread()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one word, lower case, without accents.

    >>> stem("Assassinated") == stem("assassination")
    True
    """
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", word.casefold())
        if not unicodedata.combining(char)
    )
    return _OF_THREAD.stemmer.stemWord(plain)


def words(text: str) -> list[str]:
    """The words and numbers of a text as written, in order; an apostrophe ends a word."""
    return _WORD.findall(text)


def terms(text: str) -> list[str]:
    """The stems of a text's words in order, stop words left out.

    >>> terms("Who met the envoys in Beirut?")
    ['met', 'envoy', 'beirut']
    """
    return [stem(word) for word in words(text) if word.casefold() not in STOP_WORDS]
