"""Splits a question with several parts, each as a question. English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.cues import without_frame, words_of_groups
from rag.text.dates import MONTHS, WEEKDAYS
from rag.text.phrases import AUXILIARIES, PREPOSITIONS, QUESTION_WORDS
from rag.text.tokens import PAST_FORMS

_WORD = rf"(?:{QUESTION_WORDS})"
# "When and where was …": several question words share what follows.
_SHARED = re.compile(
    rf"^(?P<words>{_WORD}(?:\s*,\s*{_WORD})*,?\s+and\s+{_WORD})\s+(?P<rest>(?:{AUXILIARIES})\b.*)",
    re.IGNORECASE,
)
# "… and when …", "… ? Who …", "…, how many …": where the next part begins. After a mere comma,
# "who", "which" and "where" may tell more of the word before.
_NEXT = re.compile(
    rf"\?\s+(?=\w)|\s+[-–—]\s+(?=(?:and\s+)?(?:how|what|why|when|which)\b(?!.*\s[-–—]\s))|,?\s+(?:and|but|or)\s+(?:also\s+)?(?=(?:(?:{PREPOSITIONS})\s+)?{_WORD}\b"
    rf"|(?:{AUXILIARIES})\s)"
    rf"|,\s+(?=(?:(?:{PREPOSITIONS})\s+)?(?:how|what|why)\b|(?:when|where)\s+(?:{AUXILIARIES})\b)",
    re.IGNORECASE,
)
# "In the flood of 2019", "When the mill burnt down": what holds for all parts.
_ASKS = re.compile(
    rf"(?!(?:when|where)\s+(?!(?:{AUXILIARIES})\b)\w+\s).*\b{_WORD}\b|(?:{AUXILIARIES})\b",
    re.IGNORECASE,
)
# "… and how many in 2017": all but the time or place is as in a part before.
_ONLY_WHERE = re.compile(
    rf"(?:and\s+)?(?P<ask>(?:how\s+(?:many|much)|{_WORD})\s+)"
    rf"(?P<where>(?:(?P<prep>{PREPOSITIONS})|last|this|next)\s.+)",
    re.IGNORECASE,
)
_TIME = rf"(?:year|month|week|weekend|spring|summer|autumn|winter|{'|'.join(WEEKDAYS + MONTHS)})"
_SOME_TIME = re.compile(rf"(?:last|this|next)\s{_TIME}\b", re.IGNORECASE)
# What "last year" stands in for: "in 2019", "in May 2019", "this year".
_WHEN = re.compile(
    rf"\s(?:in(?:\s{_TIME})?\s\d{{4}}|(?:in|on|last|this|next)\s{_TIME})$", re.IGNORECASE
)
# "… - which was more?" asks about the other parts.
_WHICH_IS_MORE = re.compile(
    rf"(?:and\s+)?which(?:\s(?:one|of them|of the two))?\s(?:{AUXILIARIES})\s(?:the\s)?"
    rf"(?:more|most|less|least|{'|'.join(sorted(words_of_groups('more')))})\W*",
    re.IGNORECASE,
)
MAX_PARTS = 4


def split(question: str) -> list[str]:
    """The parts of a question, at most four, each as a question.

    >>> split("When and where was the treaty signed?")
    ['When was the treaty signed?', 'Where was the treaty signed?']
    >>> split("Who bought the mill and how much did they pay?")
    ['Who bought the mill?', 'How much did they pay?']
    >>> split("In the flood, how many died and how much was lost?")
    ['In the flood, how many died?', 'In the flood, how much was lost?']
    >>> split("Who won in Skarn and who in Dell?")
    ['Who won in Skarn?', 'Who won in Dell?']
    """
    question = without_frame(question.strip())
    if shared := _SHARED.match(question):
        words = re.findall(_WORD, shared["words"], re.IGNORECASE)
        rest, *others = split(shared["rest"])
        return [*(_sentence(f"{word} {_uncapitalised(rest)}") for word in words), *others][
            :MAX_PARTS
        ]
    parts = [part for text in _NEXT.split(question) if (part := text.strip(" ,:"))]
    parts = [part for part in parts if not _WHICH_IS_MORE.fullmatch(part)] or parts
    if len(parts) > 1 and not _ASKS.match(parts[0]):
        parts = [f"{parts[0]}, {part}" for part in parts[1:]]
    whole = list[str]()
    for part in parts:
        whole.append(_completed(part, whole))
    return [_sentence(part) for part in whole if re.search(r"\w", part)][:MAX_PARTS]


def _completed(part: str, before: Sequence[str]) -> str:
    """A part that names only another time or place, with what the last such part asks.

    >>> _completed("how many in 2017", ["How many girls were freed in 2016"])
    'how many girls were freed in 2017'
    """
    match = _ONLY_WHERE.fullmatch(part)
    if match is None or _says_something(match):
        return part
    for other in reversed(before):
        if match["prep"]:
            same, _, _ = other.rpartition(f" {match['prep']} ")
        else:
            same = _WHEN.sub("", other)
        if same.casefold().startswith(match["ask"].casefold()):
            return f"{match['ask']}{same[len(match['ask']) :]} {match['where']}"
    return part


def _says_something(part: re.Match[str]) -> bool:
    """Whether a part has a verb of its own, or begins with no time: "who last spoke to her"."""
    words = re.findall(r"\w+", part["where"].casefold())
    acts = not PAST_FORMS.isdisjoint(words) or any(word.endswith("ed") for word in words)
    is_asked = re.search(rf"\s(?:{AUXILIARIES})\s", part["where"]) is not None
    return acts or is_asked or not (part["prep"] or _SOME_TIME.match(part["where"]))


def _uncapitalised(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('?. ')}?"
