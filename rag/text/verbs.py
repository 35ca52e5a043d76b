"""Finds the plain form of a verb, as it stands after "did". English."""

from __future__ import annotations

from collections.abc import Iterator

from rag.text.word_lists import first_forms, word_set

_IRREGULAR = first_forms("words", "irregular_verbs")
# Verbs of amounts that no list of words has.
_OF_AMOUNTS = frozenset(
    """
    appear attract borrow build carry catch charge collect complete contribute control create
    deliver donate earn employ export finish fire fund generate handle hire import invest issue
    match miss offer operate order own owe pass perform play point produce provide publish pull
    rate record release rent require save score seize ship sign spread stock store supply total
    trade train transport travel turn use visit wait watch weigh
    """.split()
)
# Spelling does not tell a verb in "-e": "scored" from "monitored", "created" from "treated".
_KNOWN = (
    _OF_AMOUNTS
    | frozenset(_IRREGULAR.values())
    | frozenset[str]().union(
        *(word_set("words", name) for name in ("verbs", "saying", "opposites", "directions"))
    )
)


def infinitive(verb: str) -> str | None:
    """The plain form of a verb in the past or the third person; None of one that no list has.

    >>> [infinitive(verb) for verb in ("sold", "scored", "opened", "stopped", "carries", "was")]
    ['sell', 'score', 'open', 'stop', 'carry', None]
    """
    word = verb.casefold()
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return next((plain for plain in _plain_forms(word) if plain in _KNOWN), None)


def _plain_forms(word: str) -> Iterator[str]:
    """The words of which this one may be a form: of "stopped" they are "stoppe", "stop" etc."""
    yield word
    if word.endswith(("s", "ed")):
        yield word[:-1]
    if word.endswith(("es", "ed")):
        bare = word[:-2]
        yield bare
        if bare.endswith("i"):
            yield f"{bare[:-1]}y"
        if bare[-1:] == bare[-2:-1]:
            yield bare[:-1]


def third_person(verb: str) -> bool:
    """Whether a verb has the form of "she sells"."""
    return verb.casefold().endswith("s") and infinitive(verb) not in (None, verb.casefold())
