"""Is a statement borne out by its quotes? Judged by their words alone, so that no swapped number, date, name or direct speech gets by.

tokens     text to words with their places; forms of one word
backing    what a statement stands on
speech     direct speech, word for word
dates      dates and weekdays, as far as they are told
figures    numbers, in figures or words, with what they count
lexicon    words that tell names from other words
names      the names of a text
naming     whether quotes have a name, in any of its forms
polarity   what is denied, and opposite words
items      names, numbers and dates as things that can change places
roles      who did what
belonging  what belongs to what

In go a statement and its quotes with their articles; out comes what is wrong, in words for people. It knows no model and no archive.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.checks.backing import Backing
from rag.checks.dates import dated_tokens, missing_date
from rag.checks.entity_swaps import is_misplaced
from rag.checks.names import missing_name
from rag.checks.negation import turned_round
from rag.checks.numbers import figures, missing_number
from rag.checks.quotations import is_said, spoken
from rag.checks.roles import is_recast, is_turned
from rag.text.terms import STOP_WORDS
from rag.text.tokens import base, folded, sentences, tokens

__all__ = ["Backing", "fault", "shared"]

# The share of a statement's content words that its quotes must have.
_LEAST_SHARED = 0.3


def fault(statement: str, backing: Sequence[Backing], passages: str = "") -> str | None:
    """What the statement says that its quotes do not, for people; None where their words bear it out.

    `passages` is all that was read, which tells names from other words.

    >>> quote = "Blinken's 11th visit to the region began on Tuesday."
    >>> fault("It is Blinken's ninth visit.", [Backing(quote, quote, None)])
    'its quotes do not have the number ninth'
    """
    said = " ".join(folded(statement).split())
    quotes = [
        Backing(" ".join(folded(item.text).split()), folded(item.article), item.published)
        for item in backing
    ]
    if any(_repeats(said, quote.text) for quote in quotes):
        return None
    missing = (
        _missing_speech(said, quotes)
        or _told("date", missing_date(said, quotes))
        or _told("number", missing_number(said, quotes))
        or _told("name", missing_name(said, quotes, folded(passages)))
    )
    return (
        missing
        or turned_round(said, quotes)
        or _misplaced(said, quotes)
        or _too_little(said, quotes)
    )


def shared(statement: str, backing: Sequence[Backing]) -> float:
    """The share of a statement's content words that its quotes have, 0 to 1, in whatever form; names, numbers and dates count as found,
    since `fault` looks for them. 0 for a statement without words.
    """
    said = folded(statement)
    words = tokens(said)
    told = dated_tokens(said) | {
        i for figure in figures(said) for i in range(figure.start, figure.end)
    }
    content = [
        base(word.fold)
        for i, word in enumerate(words)
        if word.fold not in STOP_WORDS and not word.capital and i not in told
    ]
    known = sum(word.capital or i in told for i, word in enumerate(words))
    have = {base(word.fold) for quote in backing for word in tokens(folded(quote.text))}
    return (sum(stem in have for stem in content) + known) / max(1, len(content) + known)


def _repeats(said: str, quote: str) -> bool:
    """Whether the statement is the quote, or whole sentences of it."""
    said, quote = (text.replace("“", '"').replace("”", '"') for text in (said, quote))
    if said == quote:
        return True
    ends = {0, *(sentence[0].start for sentence in sentences(quote)), len(quote)}
    at = quote.find(said) if said else -1
    return at in ends and any(
        end >= at + len(said) and not quote[at + len(said) : end].strip() for end in ends
    )


def _told(kind: str, words: str | None) -> str | None:
    return None if words is None else f"its quotes do not have the {kind} {words}"


def _missing_speech(said: str, quotes: Sequence[Backing]) -> str | None:
    texts = [quote.text for quote in quotes]
    wrong = next((speech for speech in spoken(said) if not is_said(speech, texts)), None)
    return None if wrong is None else f"its quotes do not have the words “{wrong.strip()}”"


def _misplaced(said: str, quotes: Sequence[Backing]) -> str | None:
    texts = [quote.text for quote in quotes]
    if is_turned(said, texts):
        return "it turns round who did what"
    return (
        "its quotes say that of something else"
        if is_misplaced(said, texts, recast=is_recast(said, texts))
        else None
    )


def _too_little(said: str, quotes: Sequence[Backing]) -> str | None:
    if not tokens(said):
        return "it says nothing"
    return "its quotes say too little of it" if shared(said, quotes) < _LEAST_SHARED else None
