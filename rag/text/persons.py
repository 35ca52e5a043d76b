"""Tells persons from places and things, and "he" from "she", by the words around their names.

Names are strings here; the text is all that is known of them. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.text.names import TITLES, bare_names
from rag.text.word_lists import word_set

PRONOUN = re.compile(
    r"\b(?:(?P<he>he|him|his|himself)|(?P<she>she|her|hers|herself))\b", re.IGNORECASE
)
_THINGS = word_set("names", "things")
_TITLE = "|".join(sorted(TITLES | word_set("names", "roles")))
_SAID = (
    "said|says|told|tells|added|called|warned|promised|expects|expected|retired|resigned"
    "|answered|shrugged|asked|joined|became|cut"
)
# Patterns around a name, @, with how much each speaks for a person.
_EVIDENCE = (
    (re.compile(rf"@(?:, [^.\n]{{1,80}},)? (?:{_SAID})\b"), 2),
    (re.compile(r"\b(?:said|says|asked|added) @"), 2),
    (re.compile(rf"\b(?i:{_TITLE})\.? @"), 2),
    (re.compile(r"@, (?:the|a|an|who|his|her)\b"), 1),
    (re.compile(r"\b(?:with|by) @"), 1),
    (re.compile(r"\b(?:in|at|near|off|outside|around|across|towards?|into) (?:the )?@"), -2),
    (re.compile(r"\b[Tt]he @|\b(?:port|town|city|village|people|mayor) of @"), -2),
)
_MALE = re.compile(
    r"\b(?:Mr|Sir|King|Lord|Prince|Sheikh|[Cc]hairman|[Ss]pokesman|[Hh]usband|[Ff]ather|[Bb]rother)"
    r"\.?,? (?:\w+ )?@"
)
_FEMALE = re.compile(
    r"\b(?:Ms|Mrs|Miss|Dame|Queen|Lady|Princess|[Cc]hairwoman|[Ss]pokeswoman|[Ww]ife|[Mm]other"
    r"|[Ss]ister)\.?,? (?:\w+ )?@"
)


@lru_cache(maxsize=1024)
def person_score(name: str, text: str) -> int:
    """How much a text speaks for a name being a person's; below 0 it is a place's or a thing's."""
    words = name.split()
    if _THINGS & {word.casefold() for word in words} or " of " in name:
        return -1
    marked = re.sub(rf"\b(?:{re.escape(name)}|{re.escape(words[-1])})\b", "@", text)
    scores = [weight for pattern, weight in _EVIDENCE if pattern.search(marked)]
    return sum(scores) + (len(words) > 1)


def full_name(name: str, known: Iterable[str]) -> str:
    """The longest known name that ends with this one: a surname becomes a full name."""
    longer = (other for other in known if other == name or other.endswith(f" {name}"))
    return max(longer, key=len, default=name)


def pronoun_of(name: str, texts: Iterable[str]) -> str | None:
    """ "he" or "she", if a text has a title or pronoun with the name; otherwise None.

    A pronoun counts where this is the only person that the text names before it.
    """
    last = name.rpartition(" ")[2]
    for text in texts:
        if last not in text:
            continue
        marked = re.sub(rf"\b{re.escape(last)}\b", "@", text)
        if _MALE.search(marked):
            return "he"
        if _FEMALE.search(marked):
            return "she"
        match = PRONOUN.search(text)
        named = bare_names(text[: match.start()], text) if match else []
        persons = {other.rpartition(" ")[2] for other in named if person_score(other, text) > 0}
        if match and persons == {last}:
            return "he" if match["he"] else "she"
    return None
