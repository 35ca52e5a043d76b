"""Finds what a question refers to outside itself: "he", "it", "that", "there"; and fragments.

Words that only look so are left out: an empty "it" or "there", "that" as a conjunction, a pronoun
whose antecedent the question has. English, by patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.text.dates import dates
from rag.text.names import bare_names
from rag.text.phrases import (
    AUXILIARIES,
    CAPITALISED,
    PEOPLE,
    PREPOSITIONS,
    QUESTION_WORDS,
    is_plural,
)
from rag.text.terms import STOP_WORDS


class Reference(NamedTuple):
    """A word of the question that refers to something outside it, with its offsets.

    `pronoun` is "he", "she", "they", "it", "that" or "there", for all its forms.
    """

    pronoun: str
    start: int
    end: int
    possessive: bool = False


_CONNECTIVE = re.compile(
    r"^(?:(?:and|but|or|also|then|ok(?:ay)?|so|well|now)\b[,\s]*)+", re.IGNORECASE
)
TIED = re.compile(
    r"^(?:(?:ok(?:ay)?|so|well|now)\b[,\s]*)*(?:and|but|or|also|then)\b", re.IGNORECASE
)
ABOUT = re.compile(r"^(?:what|how)\sabout\s", re.IGNORECASE)
# How a fragment with a name of its own begins: "and Jordan?", "what about Jordan?", "in Jordan?".
BEGINS = re.compile(rf"{TIED.pattern}|{ABOUT.pattern}|^(?:{PREPOSITIONS})\b", re.IGNORECASE)
_FORMS = {
    "he": ("he", "him", "his"),
    "she": ("she", "her", "hers"),
    "they": ("they", "them", "their", "theirs"),
    "it": ("it", "its"),
    "that": ("that", "this", "these", "those"),
    "there": ("there",),
}
_PRONOUNS = {form: pronoun for pronoun, forms in _FORMS.items() for form in forms}
_PRONOUN = re.compile(rf"(?<![\w’'-])(?:{'|'.join(_PRONOUNS)})(?![\w-])", re.IGNORECASE)
_EMPTY = re.compile(
    r"\b(?:is|was|would|will|can|could|be|isn['’]t|wasn['’]t)\sit\s(?:be\s|not\s)?(?:\w+\s){0,2}"
    r"(?:that|to|for|if|when|who|with)\b"
    r"|\bit(?:['’]s|\sis|\swas)\s(?:\w+\s){0,2}(?:that|to|for|who|if)\b"
    r"|\bit\s(?:take|takes|took|cost)\s(?:[\w-]+\s){0,3}to\s\w"
    r"|\bit\s(?:seems?|appears?|turns?|rains?|snows?|raining|snowing)\b"
    r"|\b(?:time|day|date)\s(?:is|was)\sit\b"
    r"|\bit\s(?:(?:has|had|have)\s)?been\b|\bit\sbe\s(?:before|until|till)\b"
    r"|\bhow\s\w+\s(?:is|was)\sit\s(?:from|in|at|to)\b"
    r"|\b(?:makes?|find)\sit\s\w+\sto\b"
    r"|\bhow\smany\s\w+(?:\s\w+)?\s(?:are|were)\sthere\b"
    r"|\bthere(?:['’]s|\s(?:is|are|was|were|will|has|have|had|be|been|any|no))\b"
    rf"|\b(?:{AUXILIARIES}|be|been)\sthere\s(?=\w)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r",|\band\s(?:who|what|when|where|why|how|which)\b"
    r"|(?<!^)\b(?:that|when|after|because|if|before|which|as|while|to|said|say|says|whether|since"
    r"|until|who)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:the|a|an|any|each|every)\s(?:[\w-]+\s){0,2}?(?:man|woman|person|president|nurse|envoy"
    r"|boy|girl|king|queen|chief|secretary|[a-z]{3,}(?:er|or|ist|ian|man|ant))\b"
    r"|\b(?:someone|somebody|anyone|anybody|everyone|nobody)\b"
)
_ASKED_FOR = re.compile(
    rf"^(?:(?:{PREPOSITIONS})\s)?(?:which|what|whose)\s(?!(?:{AUXILIARIES})\b)\w+", re.IGNORECASE
)
_SOMETHING = re.compile(rf"\b(?:the|a|an|which|what)\s(?!(?:{AUXILIARIES})\b)\w+", re.IGNORECASE)
_SOMEWHERE = re.compile(rf"\b(?i:in|at|near|on|to)\s(?:(?:the|a)\s\w+|{CAPITALISED})")
_AUXILIARIES = frozenset(AUXILIARIES.split("|"))
_PREPOSITIONS = frozenset(PREPOSITIONS.split("|"))
# What follows `that` where it is a pronoun: "was that a mistake", "did that happen".
_AFTER_THAT = (
    frozenset("the a an so not true happen happening mean possible enough cost decided".split())
    | _AUXILIARIES
    | _PREPOSITIONS
)
_FUNCTION_WORDS = STOP_WORDS - {"own", "most"} | _PREPOSITIONS | {""}


def body_of(question: str) -> str:
    """The question without the words that tie it to what was said before."""
    return _CONNECTIVE.sub("", question) or question


def only_date(text: str) -> bool:
    """Whether the text is a date and nothing else."""
    return any((date.start, date.end) == (0, len(text)) for date in dates(text, years=True))


def is_fragment(question: str) -> bool:
    """Whether it has no verb of its own: "and in August?", "Jordan?", "for how long?"."""
    body = ABOUT.sub("", body_of(question)).strip(" ?!.")
    if len(body.split()) > 6 or re.search(rf"\b(?:{AUXILIARIES})\b", body, re.IGNORECASE):
        return False
    asking = re.search(rf"\b(?:{QUESTION_WORDS})\b", body, re.IGNORECASE)
    if asking is None:
        return bool(BEGINS.match(question) or ABOUT.match(body_of(question))) or only_date(body)
    preposition = re.fullmatch(rf"(?:{PREPOSITIONS})\s", body[: asking.start()], re.IGNORECASE)
    return bool(preposition) or (asking.start() == 0 and len(body.split()) == 1)


def references(question: str) -> Iterator[Reference]:
    """The pronouns, and the "there", that refer to nothing in the question itself."""
    empty = [match.span() for match in _EMPTY.finditer(question)]
    for match in _PRONOUN.finditer(question):
        word = match.group().casefold()
        pronoun = _PRONOUNS[word]
        before, after = question[: match.start()], question[match.end() :]
        if pronoun in ("it", "there") and any(start <= match.start() < end for start, end in empty):
            continue
        if pronoun == "that" and not _is_pronoun(before, after):
            continue
        is_object = _first_word(after) in _FUNCTION_WORDS
        possessive = word in ("his", "its", "their") or (word == "her" and not is_object)
        if not _has_antecedent(pronoun, before, is_object=is_object, possessive=possessive):
            yield Reference(pronoun, *match.span(), possessive or word in ("hers", "theirs"))


def _first_word(text: str) -> str:
    match = re.match(r"\s*([\w’'-]+)", text)
    return match.group(1).casefold() if match else ""


def _is_pronoun(before: str, after: str) -> bool:
    """Whether `that` or `this` is a pronoun, no conjunction and not before its noun."""
    following = _first_word(after)
    previous = re.findall(r"[\w’']+", before.casefold())[-1:]
    if not following or re.match(r"\s*[,;?!.]", after):
        return True
    if previous and previous[0] in _AUXILIARIES:
        return following in _AFTER_THAT or following.endswith(("ed", "ing"))
    return not previous and following in _AUXILIARIES


def _has_antecedent(pronoun: str, before: str, *, is_object: bool, possessive: bool) -> bool:
    """Whether the question says whom or what a pronoun means, before the pronoun.

    An object cannot mean the subject of its own clause (Chomsky's principle B), so "What did
    Khoury tell him?" does not.
    """
    said = body_of(before)
    if not _CLAUSE.search(said) and not possessive:
        if is_object:
            return False
        said = _ASKED_FOR.sub("", said)
    names = bare_names(said)
    match pronoun:
        case "he" | "she":
            asked_for = possessive and _ASKED_FOR.match(said)
            return bool(names or asked_for or _SOMEBODY.search(said))
        case "they":
            words = re.findall(r"[^\W\d_]+", said.casefold())
            people = any(word in PEOPLE or is_plural(word) for word in words)
            return bool(names) or people or (possessive and words[:1] == ["who"])
        case "it":
            return bool(names or _SOMETHING.search(said))
        case "there":
            return bool(_SOMEWHERE.search(said))
    return False
