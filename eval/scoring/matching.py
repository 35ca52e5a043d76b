"""When a text covers a gold quote or contains an accepted answer: plain text in, yes or no out.

Two ways of reading text stand side by side. `squad_normalise` is the official one and serves exact match and F1. `words` serves
everything that looks for gold inside longer text, where the official one would join "re-election" into one word and miss
"Israel's" for "Israel". Knows nothing of questions, answers or files. Standard library only.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

_ARTICLES = frozenset({"a", "an", "the"})
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_POSSESSIVE = re.compile(r"['’]s\b|['’]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d)")
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_CACHED = 1 << 15  # passages and sentences come back for many questions


def squad_normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, English articles and extra white space (Rajpurkar et al. 2016, evaluate-v2.0)."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def realtimeqa_normalise(text: str) -> str:
    """Lower case, without ASCII punctuation and a few East Asian counters; articles stay (Kasai et al. 2023, its own scorer)."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(re.sub("[年歳人년]", "", bare).split())


@lru_cache(maxsize=_CACHED)
def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without articles, possessives, punctuation and currency signs.

    >>> words("The U.S.'s deficit: $1,412.5bn")
    ('us', 'deficit', '1412.5bn')
    """
    plain = (text if text.isascii() else unicodedata.normalize("NFC", text)).lower()
    plain = _THOUSANDS.sub("", _POSSESSIVE.sub("", plain))
    return tuple(
        [
            _initials(word) if "." in word else word
            for word in _WORD.findall(plain)
            if word not in _ARTICLES
        ]
    )


def _initials(word: str) -> str:
    """`u.s` as `us`; a decimal point stays."""
    return word if any(map(str.isdigit, word)) else word.replace(".", "")


@lru_cache(maxsize=_CACHED)
def _joined(text: str) -> str:
    return f" {' '.join(words(text))} "


@lru_cache(maxsize=_CACHED)
def _counted(text: str) -> Counter[str]:
    return Counter(words(text))


def coverage(text: str, quote: str) -> float:
    """The share of the quote's words, counted with repeats, that stand in the text in any order: |text ∩ quote| / |quote|, in [0, 1]."""
    gold, found = _counted(quote), _counted(text)
    total = sum(gold.values())
    return (
        sum(min(count, found.get(word, 0)) for word, count in gold.items()) / total
        if total
        else 0.0
    )


def covers(text: str, quote: str) -> bool:
    """Whether a sentence hits a gold quote: it covers at least half of its words, whichever article it stands in."""
    return coverage(text, quote) >= 0.5


def contains_half(text: str, quote: str) -> bool:
    """Whether a passage holds a gold quote: at least half of its words in one unbroken run.

    A passage is long enough to hold half of a short quote's words by chance, so here their order counts. A quote of two sentences
    that lie in two passages is held by the one with the longer half.
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
    return (
        tuple(f" {' '.join(gold[at : at + size])} " for at in range(len(gold) - size + 1))
        if gold
        else ()
    )


def contains(text: str, answer: str) -> bool:
    """Whether the answer's words stand in the text, in order and unbroken."""
    return bool(words(answer)) and _joined(answer) in _joined(text)


def contains_any(text: str, accepted: Iterable[str]) -> bool:
    """Whether one of the accepted strings stands in the text."""
    return any(contains(text, answer) for answer in accepted)


def folded(text: str) -> str:
    """NFC, with every run of white space as one space: the form in which a gold quote is looked up in its source."""
    return " ".join(unicodedata.normalize("NFC", text).split())
