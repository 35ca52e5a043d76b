"""Checks a statement against its quotes: one check after the other, until one finds a fault.

The checks compare words alone, so that no swapped number, date, name or direct speech passes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from rag.checks.backing import Backing
from rag.checks.dates import missing_date
from rag.checks.entity_swaps import has_swapped_entities
from rag.checks.names import missing_name
from rag.checks.negation import contradiction
from rag.checks.numbers import missing_number
from rag.checks.quotations import missing_speech
from rag.checks.voice import has_swapped_roles, moved_names
from rag.text.dates import date_tokens
from rag.text.numbers import number_tokens
from rag.text.terms import STOP_WORDS
from rag.text.tokens import base, normalized, tokens

# The share of a statement's words that its quotes must have.
_LEAST_OVERLAP = 0.3
_SPELLED_OUT = str.maketrans({"—": " - ", "―": " - ", "…": "...", "\u00ad": "", "\u200b": ""})


def why_unsupported(statement: str, backing: Sequence[Backing], passages: str = "") -> str | None:
    """What a statement says that its quotes do not, in words for people; None if they support it.

    :param passages: all that was read; it helps to tell names from common words.

    >>> quote = "Blinken's 11th visit to the region began on Tuesday."
    >>> why_unsupported("It is Blinken's ninth visit.", [Backing(quote, quote, None)])
    'its quotes do not have the number ninth'
    """
    said = " ".join(_comparable(statement).split())
    quotes = [
        Backing(" ".join(_comparable(item.text).split()), _comparable(item.article), item.published)
        for item in backing
    ]
    if any(_straight(said) == _straight(quote.text) for quote in quotes):
        return None
    return next(_findings(said, quotes, _comparable(passages)), None)


def _findings(said: str, quotes: Sequence[Backing], passages: str) -> Iterator[str]:
    texts = [quote.text for quote in quotes]
    if (speech := missing_speech(said, texts)) is not None:
        yield f"its quotes do not have the words “{speech.strip()}”"
    if (date := missing_date(said, quotes)) is not None:
        yield f"its quotes do not have the date {date}"
    if (number := missing_number(said, quotes)) is not None:
        yield f"its quotes do not have the number {number}"
    if (name := missing_name(said, quotes, passages)) is not None:
        yield f"its quotes do not have the name {name}"
    if (denied := contradiction(said, texts)) is not None:
        yield denied
    if has_swapped_roles(said, texts):
        yield "it swaps who did what"
    if has_swapped_entities(said, texts, moved=moved_names(said, texts)):
        yield "its quotes say that of something else"
    if word_overlap(said, quotes) < _LEAST_OVERLAP:
        yield "its quotes say too little of it"


def word_overlap(statement: str, backing: Sequence[Backing]) -> float:
    """The share of a statement's words, 0 to 1, that its quotes have in any form.

    Stop words are left out. Names, numbers and dates count as found: `why_unsupported` looks for
    them. 0 for a statement without words.
    """
    said = _comparable(statement)
    words = tokens(said)
    checked = date_tokens(said) | number_tokens(said)
    have = {base(word.norm) for quote in backing for word in tokens(_comparable(quote.text))}
    found = [
        word.capital or i in checked or base(word.norm) in have
        for i, word in enumerate(words)
        if word.capital or i in checked or word.norm not in STOP_WORDS
    ]
    return sum(found) / max(1, len(found))


def _comparable(text: str) -> str:
    """The text with composed accents, one kind of each sign, and without invisible hyphens."""
    return normalized(unicodedata.normalize("NFC", text).translate(_SPELLED_OUT))


def _straight(text: str) -> str:
    """The text with one kind of quotation mark, however they open and close."""
    return text.replace("“", '"').replace("”", '"')
