"""Splits text into tokens with their offsets, and reduces the forms of a word to one. English.

`normalized` keeps the length of a text, so that all offsets hold in the text as it was given.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rag.text.terms import STOP_WORDS, stem
from rag.text.word_lists import first_forms, word_set

_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("’‘‛`´ʼ", "'"),
        **dict.fromkeys("„‟«", "“"),
        **dict.fromkeys("»", "”"),
        **dict.fromkeys("″＂", '"'),
        **dict.fromkeys("‐‑‒–−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u200a\u202f", " "),
        "―": "—",
    }
)
_SPACED_THOUSANDS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_TOKEN = re.compile(
    r"(?P<money>(?:US|HK|NZ|AU|CA|A|C|S)?\$|[£€¥₹₩₪₽₺])"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<suffix>[^\W\d_]*)(?![^\W_])"
    r"|(?P<initials>(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?(?:'s\b)?)"
    r"|(?P<word>[^\W_]+(?:'[^\W\d_]+)*)|(?P<percent>%)"
)
_PLURAL_POSSESSIVE = re.compile(r"' [a-z]")
_FULL_STOP = re.compile(r"[.?!\n]")
_BEFORE_CAPITAL = re.compile(r"[.?!:;\n](?:[\s\"')\]]|$)|[\"(\[]")
_ABBREVIATIONS = word_set("words", "abbreviations")


class Token(NamedTuple):
    """One word, number or sign of a text.

    `text` is as written, without a possessive ending; `norm` is in lower case, without accents
    and full stops; `gap` is what stands between it and the token before. `opens` is true where a
    sentence or direct speech begins, so that a capital letter tells nothing. Of "$2.5bn",
    `number` is "2.5" and `suffix` "bn".
    """

    text: str
    norm: str
    start: int
    end: int
    gap: str
    opens: bool
    starts_sentence: bool
    possessive: bool
    number: str
    suffix: str

    @property
    def capital(self) -> bool:
        return self.text != self.text.lower()

    @property
    def acronym(self) -> bool:
        """Whether it is written like an acronym: `UN`, `U.N.`, `MPs`."""
        letters = self.text.replace(".", "").removesuffix("s")
        return len(letters) > 1 and letters.isupper()

    @property
    def attached(self) -> bool:
        """Whether no punctuation stands before it."""
        return not self.gap.strip()


@lru_cache(maxsize=512)
def normalized(text: str) -> str:
    """The text with one kind of apostrophe, hyphen and space; of the same length.

    A thin or fixed space between the thousands of a number becomes a comma.
    """
    return _SPACED_THOUSANDS.sub(",", text).translate(_CHARACTERS)


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text, in order.

    >>> [token.norm for token in tokens("The U.N.’s 11th visit")]
    ['the', 'un', '11th', 'visit']
    """
    text = normalized(text)
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        gap = text[end : match.start()].replace("“", '"').replace("”", '"')
        end = match.end()
        owner = match.group().endswith(("'s", "'S"))
        word = match.group()[:-2] if owner else match.group()
        ended = not found or not _is_shortened(gap, found[-1])
        starts = not found or (ended and bool(_FULL_STOP.search(gap)))
        found.append(
            Token(
                word,
                norm(word),
                match.start(),
                end,
                gap,
                opens=starts or (ended and bool(_BEFORE_CAPITAL.search(gap))),
                starts_sentence=starts,
                possessive=owner or bool(_PLURAL_POSSESSIVE.match(text, end)),
                number=match["number"] or "",
                suffix=(match["suffix"] or "").casefold(),
            )
        )
    return tuple(found)


def _is_shortened(gap: str, before: Token) -> bool:
    """Whether the full stop after a token belongs to an abbreviation or an initial."""
    initial = len(before.text) == 1 and before.text.isupper()
    return gap[:1] == "." and "\n" not in gap and (initial or before.norm in _ABBREVIATIONS)


@lru_cache(maxsize=65536)
def norm(word: str) -> str:
    """One word in lower case, without accents and full stops; `US` stays apart from `us`."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char)
    ).replace(".", "")
    lower = plain.casefold()
    return plain if plain.isupper() and len(plain) > 1 and lower in STOP_WORDS else lower


def sentences(text: str) -> list[tuple[Token, ...]]:
    """The tokens of a text, sentence by sentence."""
    found: list[list[Token]] = []
    for token in tokens(text):
        if token.starts_sentence:
            found.append([])
        found[-1].append(token)
    return [tuple(sentence) for sentence in found]


_VERBS = first_forms("words", "irregular_verbs")
_BASES = _VERBS | first_forms("words", "irregular_nouns")
# Irregular past forms that are not also something else.
PAST_FORMS = frozenset(_VERBS) - set(_VERBS.values()) - {"does", "goes", "has", "left"}


@lru_cache(maxsize=65536)
def base(word: str) -> str:
    """What all forms of a word share; the word is given as its `norm`.

    >>> base("struck") == base("strikes"), base("launched") == base("launch")
    (True, True)
    """
    return stem(_BASES.get(word, word))
