"""Finds noun phrases, and lists the small words for patterns of questions. English."""

from __future__ import annotations

import re

from rag.text.dates import MONTHS, WEEKDAYS
from rag.text.names import bare_names
from rag.text.terms import STOP_WORDS
from rag.text.word_lists import word_set

# Alternatives of regular expressions.
AUXILIARIES = "did|does|do|was|were|is|are|has|have|had|will|would|can|could|should|may|might|must"
PREPOSITIONS = (
    "in|on|at|by|for|from|to|with|of|since|until|till|before|after|during|about|near|under|over"
    "|into|against|between"
)
QUESTION_WORDS = "who|whom|whose|what|which|when|where|why|how"
CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w’'-]*(?:\s(?:&\s)?[A-ZÀ-ÖØ-Þ][\w’'-]*)*"
PEOPLE = ("people", "police", "children", "men", "women", "crew", "staff")

_BEGINS = re.compile(rf"\b(?:[Tt]he|[Aa]n?)\s(?=\w)|\b{CAPITALISED}[’']s\s(?=[a-z])")
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_ATTACHED = re.compile(
    rf"\s(?:of|in|at|on|near|between|off)\s(?:the\s)?(?!{'|'.join(MONTHS + WEEKDAYS)})"
    rf"{CAPITALISED}(?:(?<=[’']s)\s[a-z]+)?"
)
_ENDS = STOP_WORDS | frozenset(
    "who whom again ever still yet so already today yesterday tomorrow per according".split()
)
_VERBS = word_set("words", "verbs")
_MOST_WORDS = 4


def phrases(text: str, known: str) -> list[str]:
    """The noun phrases of a question that begin with an article or a possessive, and its names.

    A phrase goes on as far as `known` has its words together, otherwise up to a verb; a place
    named right after it belongs to it.

    >>> phrases("When will the dialysis unit open in Beirut?", "The dialysis unit could reopen")
    ['the dialysis unit', 'Beirut']
    """
    found: list[tuple[int, str]] = []
    for match in _BEGINS.finditer(text):
        phrase = text[match.start() : _phrase_end(text, match.end(), known)]
        if phrase.strip().casefold() not in {"the", "a", "an"}:
            found.append((match.start(), phrase))
    covered = " ".join(phrase for _, phrase in found)
    found += [(text.find(name), name) for name in bare_names(text, known) if name not in covered]
    return [phrase for _, phrase in sorted(found)]


def _phrase_end(text: str, start: int, known: str) -> int:
    end, known = start, known.casefold()
    for number, match in enumerate(_WORD.finditer(text, start)):
        word = match.group()
        if text[end : match.start()].strip() or number == _MOST_WORDS or word.casefold() in _ENDS:
            break
        verb = word.casefold() in _VERBS or (
            word.islower() and word.endswith(("ed", "ing")) and len(word) > 4
        )
        phrase = re.escape(text[start : match.end()].casefold())
        if number > 0 and verb and not re.search(rf"\b{phrase}\b", known):
            break
        end = match.end()
    attached = _ATTACHED.match(text, end) if end > start else None
    return attached.end() if attached else end


def is_plural(word: str) -> bool:
    """Whether a word in lower case looks like a plural."""
    return (
        len(word) > 3
        and word.endswith("s")
        and not word.endswith(("ss", "us", "is"))
        and word not in STOP_WORDS
    )
