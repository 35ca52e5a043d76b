"""Finds the plain form of a verb, as it stands after "did". English."""

from __future__ import annotations

import re

from rag.text.word_lists import first_forms

_IRREGULAR = first_forms("words", "irregular_verbs")
_DOUBLED = re.compile(r"([bdgklmnprtz])\1$")
_KEEPS_DOUBLE = ("ll", "dd", "ff", "ss", "zz")
# What is left without "-ed" lacks an "e": "pric-ed", "scor-ed"; "open-ed" and "visit-ed" do not.
_LACKS_E = re.compile(r"(?:[cuvz]|[^s]s|[dr]g|ang|[bdgkptz]l|[^aeiou][aeiou][bdgkmnprt])$")
_LACKS_NONE = re.compile(r"\w[^aeiou](?:en|er|it|et|el|op|on)$")


def infinitive(verb: str) -> str:
    """The plain form of a verb in the past or the third person.

    >>> [infinitive(verb) for verb in ("sold", "scored", "opened", "stopped", "carries", "costs")]
    ['sell', 'score', 'open', 'stop', 'carry', 'cost']
    """
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith(("ied", "ies")):
        return f"{verb[:-3]}y"
    if not verb.endswith("ed"):
        return verb.removesuffix("s")
    bare = verb[:-2]
    if _DOUBLED.search(bare) and not bare.endswith(_KEEPS_DOUBLE):
        return bare[:-1]
    return f"{bare}e" if _LACKS_E.search(bare) and not _LACKS_NONE.search(bare) else bare


def third_person(verb: str) -> bool:
    """Whether a verb has the form of "she sells"."""
    return verb.endswith("s") and verb != infinitive(verb)
