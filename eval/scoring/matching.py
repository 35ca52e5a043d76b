"""Decides when a text covers a gold quote or contains an accepted answer.

`squad_normalise` is the official normalisation and serves exact match and F1. `words` serves
everything that looks for gold inside longer text, where the official one would join "re-election"
into one word and miss "Israel's" for "Israel".
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from rag.model import Span
from rag.text.numbers import Value, numbers

_ARTICLES = frozenset({"a", "an", "the"})
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_POSSESSIVE = re.compile(r"['’]s\b|['’]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d)")
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_CACHED = 1 << 15  # passages and sentences come back for many questions


def squad_normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, English articles and extra white space.

    Source: Rajpurkar et al. 2016, evaluate-v2.0.
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def realtimeqa_normalise(text: str) -> str:
    """Lower case, without ASCII punctuation and a few East Asian counters; articles stay.

    Source: the scorer of Kasai et al. 2023.
    """
    return " ".join(re.sub("[年歳人년]", "", text.lower().translate(_PUNCTUATION)).split())


@lru_cache(maxsize=_CACHED)
def words(text: str) -> tuple[str, ...]:
    """The words in lower case, without articles, possessives, punctuation and currency signs.

    >>> words("The U.S.'s deficit: $1,412.5bn")
    ('us', 'deficit', '1412.5bn')
    """
    plain = (text if text.isascii() else unicodedata.normalize("NFC", text)).lower()
    found = _WORD.findall(_THOUSANDS.sub("", _POSSESSIVE.sub("", plain)))
    # A point in a number is a decimal point; any other joins initials, as in "u.s".
    return tuple(
        [
            word if "." not in word or any(map(str.isdigit, word)) else word.replace(".", "")
            for word in found
            if word not in _ARTICLES
        ]
    )


@lru_cache(maxsize=_CACHED)
def _joined(text: str) -> str:
    return f" {' '.join(words(text))} "


@lru_cache(maxsize=_CACHED)
def _counted(text: str) -> Counter[str]:
    return Counter(words(text))


def coverage(text: str, quote: str) -> float:
    """The share of the quote's words that stand in the text, in any order, repeats counted.

    |text ∩ quote| / |quote|, in [0, 1]; 0 for a quote without words.
    """
    gold, found = _counted(quote), _counted(text)
    shared = sum(min(count, found.get(word, 0)) for word, count in gold.items())
    return shared / gold.total() if gold else 0.0


def covers(text: str, quote: str) -> bool:
    """Whether a sentence covers at least half of a gold quote's words, in whichever article."""
    return coverage(text, quote) >= 0.5


def contains_half(text: str, quote: str) -> bool:
    """Whether a passage holds at least half of a gold quote's words in one unbroken run.

    A passage is long enough to hold half of a short quote's words by chance, so here order counts.
    Where two passages share a quote of two sentences, the one with the longer half holds it.
    """
    gold, held = words(quote), _joined(text)
    # Half of the words in one run always takes in a middle one, which is quicker to look up.
    middle = gold[(len(gold) - 1) // 2 : len(gold) // 2 + 1]
    if not any(f" {word} " in held for word in middle):
        return False
    return any(half in held for half in _halves(quote))


@lru_cache(maxsize=_CACHED)
def _halves(quote: str) -> tuple[str, ...]:
    """Every unbroken run of half of the quote's words, rounded up."""
    gold = words(quote)
    size = (len(gold) + 1) // 2
    return tuple(f" {' '.join(gold[at : at + size])} " for at in range(len(gold) - size + 1))


def contains(text: str, answer: str) -> bool:
    """Whether the answer's words stand in the text, in order and unbroken.

    An answer that is a number is found in every form: 11 in "11th" and in "eleven".
    """
    if not words(answer):
        return False
    return _joined(answer) in _joined(text) or _has_number(text, answer)


def _has_number(text: str, answer: str) -> bool:
    wanted = _only_number(answer)
    if wanted is None:
        return False
    return any(wanted == _plain(found.values[0]) for found in numbers(text))


@lru_cache(maxsize=_CACHED)
def _only_number(answer: str) -> Value | None:
    """The number that is the whole answer, `None` if it is something else."""
    found = numbers(answer)
    if len(found) != 1 or found[0].text.strip() != answer.strip():
        return None
    return _plain(found[0].values[0])


def _plain(value: Value) -> Value:
    """The value, an ordinal as the number that it is made of."""
    return value._replace(kind="") if value.kind == "th" else value


def contains_any(text: str, accepted: Iterable[str]) -> bool:
    """Whether one of the accepted strings stands in the text."""
    return any(contains(text, answer) for answer in accepted)


def collapse_spaces(text: str) -> str:
    """NFC, with every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def find_quote(text: str, quote: str) -> Span | None:
    """Where the quote first stands in the text, whatever white space is between its words."""
    at = text.find(quote)
    if quote.strip() and at >= 0:
        return Span(at, at + len(quote))
    found = collapse_spaces(quote).split()
    # Making a pattern costs more than all else here, and most quotes stand as they are or not.
    if not found or not all(word in text for word in found):
        return None
    match = re.search(r"\s+".join(map(re.escape, found)), text)
    return Span(*match.span()) if match else None
