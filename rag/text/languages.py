"""Tells whether a question is in another language than English, by its letters and small words.

A few words that may be a name ("Rue de la Paix") are taken for English: a language needs a word
that asks or binds, and more words of its own than English has.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import NamedTuple

from rag.text.terms import STOP_WORDS
from rag.text.word_lists import word_file

# The beginnings of the Unicode names of letters, and what to call a text in such letters.
_SCRIPTS = {
    "ARABIC": "Arabic",
    "CYRILLIC": "a language in Cyrillic letters",
    "GREEK": "Greek",
    "HEBREW": "Hebrew",
    "DEVANAGARI": "Hindi or another language in Devanagari letters",
    "BENGALI": "Bengali",
    "TAMIL": "Tamil",
    "THAI": "Thai",
    "HANGUL": "Korean",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "CJK": "Chinese or Japanese",
}
_LEAST_WORDS = 2
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


class _Words(NamedTuple):
    telling: frozenset[str]
    all: frozenset[str]


def foreign_language(text: str) -> str | None:
    """The language of a question, in words; None if it is English or cannot be told.

    >>> foreign_language("Wie viel zahlt Reyes für den Hafen?"), foreign_language("Who is Reyes?")
    ('German', None)
    """
    if script := _script(text):
        return script
    found = _WORD.findall(text.casefold().replace("’", "'"))
    said = set(found) | {part for word in found for part in re.split(r"['-]", word)}
    scores = {
        name: len(said & words.all) for name, words in _languages().items() if said & words.telling
    }
    best = max(scores, key=scores.__getitem__, default=None)
    if best is None or scores[best] < _LEAST_WORDS or scores[best] <= len(STOP_WORDS & set(found)):
        return None
    return best


def _script(text: str) -> str | None:
    """What a text in other than Latin letters is in; None if at least half of them are Latin."""
    letters = [char for char in text if char.isalpha()]
    scripts = Counter(unicodedata.name(char, "").split(" ")[0].split("-")[0] for char in letters)
    known = {name: count for name, count in scripts.items() if name in _SCRIPTS}
    if 2 * sum(known.values()) <= len(letters) or not known:
        return None
    # Japanese is written with Chinese characters too.
    for name in ("HIRAGANA", "KATAKANA"):
        if name in known:
            return _SCRIPTS[name]
    return _SCRIPTS[max(known, key=lambda name: known[name])]


@cache
def _languages() -> dict[str, _Words]:
    """The words of each language that are not English as well."""
    lists = {
        name: (set(words["telling"].split()) - STOP_WORDS, set(words["small"].split()) - STOP_WORDS)
        for name, words in word_file("languages").items()
    }
    return {
        name: _Words(frozenset(telling), frozenset(telling | small))
        for name, (telling, small) in lists.items()
    }
