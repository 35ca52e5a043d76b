"""What a question refers to outside itself: pronouns without an antecedent, `that`, `there`; and whether it is a mere fragment.

In goes the question alone, out come the places of such words. Words that only look so are left out: `it` and `there` that mean nothing,
`that` as a conjunction or before its noun, a pronoun whose antecedent the question has. English, by patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

from rag.text.mentions import AUX, CAPITALISED, DATE, PEOPLE, PREPOSITIONS, WH, is_plural, names
from rag.text.terms import STOP_WORDS


class Refers(Enum):
    """What a word that refers back stands for."""

    HE = auto()
    SHE = auto()
    THEY = auto()
    IT = auto()
    THAT = auto()
    THERE = auto()


class Reference(NamedTuple):
    """A word of the question that refers to something outside it."""

    refers: Refers
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
_PRONOUNS: Mapping[str, Refers] = {
    **dict.fromkeys(("he", "him", "his"), Refers.HE),
    **dict.fromkeys(("she", "her", "hers"), Refers.SHE),
    **dict.fromkeys(("they", "them", "their", "theirs", "these", "those"), Refers.THEY),
    **dict.fromkeys(("it", "its"), Refers.IT),
    **dict.fromkeys(("that", "this"), Refers.THAT),
    "there": Refers.THERE,
}
_POINTING = re.compile(rf"(?<![\w’'-])(?:{'|'.join(_PRONOUNS)})(?![\w-])", re.IGNORECASE)
_EMPTY_IT = re.compile(
    r"\b(?:is|was|would|will|can|could|be|isn['’]t|wasn['’]t)\sit\s(?:be\s|not\s)?(?:\w+\s){0,2}(?:that|to|for|if|when|who|with)\b"
    r"|\bit(?:['’]s|\sis|\swas)\s(?:\w+\s){0,2}(?:that|to|for|who|if)\b|\bit\s(?:take|takes|took|cost)\s(?:[\w-]+\s){0,3}to\s\w"
    r"|\bit\s(?:seem|seems|appear|appears|turns?)\b|\b(?:time|day|date)\s(?:is|was)\sit\b|\bit\s(?:rain|rains|snow|snows|raining|snowing)\b"
    r"|\bit\s(?:(?:has|had|have)\s)?been\b|\bit\sbe\s(?:before|until|till)\b|\bhow\s\w+\s(?:is|was)\sit\s(?:from|in|at|to)\b"
    r"|\bmakes?\sit\s\w+\sto\b|\bfind\sit\s\w+\sto\b",
    re.IGNORECASE,
)
_EMPTY_THERE = re.compile(
    rf"\bhow\smany\s\w+(?:\s\w+)?\s(?:are|were)\sthere\b|\bthere(?:['’]s|\s(?:is|are|was|were|will|has|have|had|be|been|any|no))\b|\b(?:{AUX}|be|been)\sthere\s(?=\w)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r",|\band\s(?:who|what|when|where|why|how|which)\b|(?<!^)\b(?:that|when|after|because|if|before|which|as|while|to|said|say|says|whether|since|until|who)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:the|a|an|any|each|every)\s(?:[\w-]+\s){0,2}?(?:man|woman|person|mayor|minister|president|nurse|envoy|boy|girl|king|queen|leader|chief|"
    r"secretary|[a-z]{3,}(?:er|or|ist|ian|man|woman|ant|eer))\b|\b(?:someone|somebody|anyone|anybody|everyone|nobody)\b"
)
_ASKED_FOR = re.compile(
    rf"^(?:(?:{PREPOSITIONS})\s)?(?:which|what|whose)\s(?!(?:{AUX})\b)\w+", re.IGNORECASE
)
_SOMETHING = re.compile(rf"\b(?:the|a|an|which|what)\s(?!(?:{AUX})\b)\w+", re.IGNORECASE)
_SOMEWHERE = re.compile(rf"\b(?i:in|at|near|on|to)\s(?:(?:the|a)\s\w+|{CAPITALISED})")
# What follows `that` where it is a pronoun: "was that a mistake", "did that happen".
_AFTER_THAT = frozenset(
    f"the|a|an|so|not|true|happen|happening|mean|possible|enough|cost|decided|{AUX}|{PREPOSITIONS}".split(
        "|"
    )
)
_FUNCTION_WORDS = STOP_WORDS - {"own", "most"} | set(PREPOSITIONS.split("|"))


def body_of(question: str) -> str:
    """The question without the word that ties it to what was said."""
    return _CONNECTIVE.sub("", question) or question


def is_fragment(question: str) -> bool:
    """Whether it has no verb of its own: "and in August?", "Jordan?", "for how long?"."""
    body = re.sub(ABOUT, "", body_of(question)).strip(" ?!.")
    if len(body.split()) > 6 or re.search(rf"\b(?:{AUX})\b", body, re.IGNORECASE):
        return False
    if re.match(rf"(?:(?:{PREPOSITIONS})\s)?(?:{WH})\b", body, re.IGNORECASE):
        return (
            bool(re.match(rf"(?:{PREPOSITIONS})\s", body, re.IGNORECASE)) or len(body.split()) == 1
        )
    if re.search(rf"\b(?:{WH})\b", body, re.IGNORECASE):
        return False
    return bool(BEGINS.match(question) or ABOUT.match(body_of(question)) or DATE.fullmatch(body))


def references(question: str) -> Iterator[Reference]:
    """The pronouns and `there` that refer to nothing in the question itself."""
    empty = [
        match.span()
        for pattern in (_EMPTY_IT, _EMPTY_THERE)
        for match in pattern.finditer(question)
    ]
    for match in _POINTING.finditer(question):
        word, refers = match.group().casefold(), _PRONOUNS[match.group().casefold()]
        before, after = question[: match.start()], question[match.end() :]
        if refers in (Refers.IT, Refers.THERE) and any(
            start <= match.start() < end for start, end in empty
        ):
            continue
        if refers is Refers.THAT or word in ("these", "those"):
            if not _points(before, after):
                continue
            refers = Refers.THAT
        possessive = word in ("his", "its", "their") or (
            word == "her" and _first_word(after) not in _FUNCTION_WORDS | {""}
        )
        if not _answered_before(refers, before, after, possessive=possessive):
            yield Reference(refers, *match.span(), possessive or word in ("hers", "theirs"))


def _first_word(text: str) -> str:
    match = re.match(r"\s*([\w’'-]+)", text)
    return match.group(1).casefold() if match else ""


def _points(before: str, after: str) -> bool:
    """Whether `that` or `this` is a pronoun: not a conjunction, not before the noun it belongs to."""
    following, previous = (
        _first_word(after),
        (re.findall(r"[\w’']+", before.casefold()) or [""])[-1],
    )
    if not following or re.match(r"\s*[,;?!.]", after):
        return True
    if previous in AUX.split("|"):
        return following in _AFTER_THAT or following.endswith(("ed", "ing"))
    return not previous and following in AUX.split("|")


def _answered_before(refers: Refers, before: str, after: str, *, possessive: bool) -> bool:
    """Whether the question itself has said whom the pronoun means: something of the kind stands before it.

    An object cannot mean the subject of its own clause (Chomsky's principle B), so "What did Khoury tell him?" has not.
    """
    said = body_of(before)
    is_object = not possessive and _first_word(after) in _FUNCTION_WORDS | {""}
    if not _CLAUSE.search(said):
        if is_object:
            return False
        said = said if possessive else _ASKED_FOR.sub("", said)
    if refers in (Refers.HE, Refers.SHE):
        return bool(
            _SOMEBODY.search(said) or names(said) or (possessive and _ASKED_FOR.match(said))
        )
    if refers is Refers.THEY:
        who = possessive and re.match(r"(?i)who\b", said)
        return bool(
            who or names(said) or any(word in PEOPLE or is_plural(word) for word in _words(said))
        )
    if refers is Refers.IT:
        return bool(names(said) or _SOMETHING.search(said))
    return refers is Refers.THERE and bool(_SOMEWHERE.search(said))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())
