"""Makes a statement of a yes-or-no question, and finds its predicate: the word for what happened.

English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from rag.answering.deciding.subjects import WITH_OBJECT
from rag.text.phrases import AUXILIARIES, is_plural
from rag.text.terms import STOP_WORDS
from rag.text.tokens import PAST_FORMS, Token, base, tokens
from rag.text.word_lists import word_set

_OPENS = re.compile(
    rf"^(?:(?:so|and|but)\s+)?(?P<verb>{AUXILIARIES})(?:n['’]t)?\s+(?P<rest>.+)$", re.IGNORECASE
)
# The topic of the last turn, which a follow-up carries along.
_TOPIC = re.compile(r"\s\([^()]*\)$")
_DO = frozenset({"do", "does", "did"})
_DONE = frozenset("was were has have had".split())
_IS = frozenset("is are".split())
_MODALS = frozenset("will would can could should may might must".split())
# Verbs that say too little to be what a question asks.
LIGHT = frozenset(map(base, "be have do get take make go keep give put come really".split()))
_AFTER_VERB = frozenset("the a an its his her their to on for with against in from at".split())
_DETERMINERS = frozenset("the a an of its his her their".split())
_BEFORE_PREDICATE = frozenset("be been being going to not ever still also already now yet".split())
_INDEFINITE = frozenset("a an any no".split())
_VERBS = frozenset(map(base, word_set("words", "verbs") | word_set("words", "saying")))
_PLAIN_VERBS = frozenset(map(base, word_set("words", "plain_verbs")))


class Statement(NamedTuple):
    """What a question asks about; `predicate` is the norm of its verb or adjective, or empty.

    `is_done` where it asks what has happened, `is_so` where it asks how things are now.
    """

    text: str
    predicate: str
    is_done: bool = False
    is_so: bool = False

    @property
    def behind(self) -> frozenset[str]:
        """The verb that its predicate stands behind where it is a noun: "make a bid"."""
        words = tokens(self.text)
        if not self.predicate or self.predicate != light_object(words):
            return frozenset()
        return WITH_OBJECT.intersection([words[_light_verb(words) or 0].norm])


def statement_of(question: str) -> Statement:
    """What a yes-or-no question asks about, as a statement.

    A topic in brackets, which a follow-up carries along, is left out.

    >>> statement_of("Did Blunkett resign?").predicate, statement_of("Is it open? (floods)").text
    ('resign', 'it is open')
    """
    text = _TOPIC.sub("", question.strip()).rstrip("?!. ")
    match = _OPENS.match(text)
    if match is None:
        told = re.sub(r",\s*(?:right|correct|yes|no|\w+n['’]t\s\w+)$", "", text)
        return Statement(told, _participle(tokens(told)))
    verb, rest = match["verb"].casefold(), match["rest"]
    if verb in _DO:
        return Statement(rest, _base_verb(tokens(rest)), verb == "did")
    words = rest.split(" ")
    if verb in _MODALS and " be " not in rest:
        predicate = _base_verb(tokens(rest))
    else:
        predicate = _participle(tokens(rest)) or _adjective(words, _subject_length(words))
    subject = _words_before(rest, predicate) or _subject_length(words)
    said = " ".join([*words[:subject], verb, *words[subject:]])
    is_state = bool(predicate) and not predicate.endswith("ing") and " to " not in f" {rest} "
    return Statement(said, predicate, verb in _DONE, verb in _IS and is_state)


def _words_before(rest: str, predicate: str) -> int:
    """How many words stand before a predicate and its adverbs; 0 if that is not clear."""
    found = tokens(rest)
    at = next((i for i, word in enumerate(found) if i and word.norm == predicate), 0)
    if not at or predicate == light_object(found):
        return 0
    while at > 1 and (found[at - 1].norm in _BEFORE_PREDICATE or found[at - 1].norm[-2:] == "ly"):
        at -= 1
    return len(rest[: found[at].start].split())


def _subject_length(words: Sequence[str]) -> int:
    """How many words the subject has: a run of capitalised words, or an article and its noun."""
    if words[0][:1].isupper():
        return next((i for i, word in enumerate(words) if not word[:1].isupper()), len(words))
    return min(2, len(words)) if words[0].casefold() in {"the", "a", "an", "his", "her"} else 1


def _base_verb(words: Sequence[Token]) -> str:
    """The word after a subject that is likeliest its verb, in its base form; "" if none is."""
    if (noun := light_object(words)) is not None:
        return noun
    likely = list(_likely(words))
    for known in (_PLAIN_VERBS, _VERBS):
        for place in likely:
            if base(place.word.norm) in known and not is_plural(place.word.norm):
                return place.word.norm
    for word, before, after in likely:
        of_name = before.capital and not before.possessive
        complement = after is None or after.capital or after.norm in _AFTER_VERB
        if is_plural(word.norm):
            continue
        if of_name or complement or (after and after.norm.endswith("ly")):
            return word.norm
    return ""


def light_object(words: Sequence[Token]) -> str | None:
    """The noun behind "make a" or "have a", which says what is asked; "" behind "make the".

    None where no such verb follows the subject.
    """
    at = _light_verb(words)
    if at is None or words[at].capital or at + 2 >= len(words):
        return None
    if words[at + 1].norm not in _DETERMINERS | _INDEFINITE:
        return None
    if words[at + 1].norm not in _INDEFINITE:
        return ""
    nouns = takewhile(
        lambda word: not word.capital and word.norm.isalpha() and word.norm not in STOP_WORDS,
        words[at + 2 :],
    )
    return next((word.norm for word in reversed(list(nouns))), "")


def _light_verb(words: Sequence[Token]) -> int | None:
    return next((i for i, word in enumerate(words) if i and word.norm in WITH_OBJECT), None)


def _participle(words: Sequence[Token]) -> str:
    """The first word after a subject that is a verb or the participle of one; "" if none is."""
    likely = [place.word.norm for place in _likely(words)]
    past = (word for word in likely if word.endswith("ed") or word in PAST_FORMS)
    return next(past, next((word for word in likely if base(word) in _VERBS), ""))


def _adjective(words: Sequence[str], subject: int) -> str:
    """The word right after a subject that is a name: "Is Jonny Tull fit …"."""
    if not words[0][:1].isupper() or subject >= len(words) or words[subject - 1].endswith("s"):
        return ""
    found = tokens(words[subject])
    is_content = found and found[0].norm not in STOP_WORDS and base(found[0].norm) not in LIGHT
    return found[0].norm if is_content else ""


class _Place(NamedTuple):
    """A word that may be a verb, with its neighbours."""

    word: Token
    before: Token
    after: Token | None


def _likely(words: Sequence[Token]) -> Iterator[_Place]:
    for before, word, after in zip(words, words[1:], [*words[2:], None], strict=False):
        small = word.norm in STOP_WORDS or base(word.norm) in LIGHT or not word.norm.isalpha()
        if not (word.capital or small or before.norm in _DETERMINERS):
            yield _Place(word, before, after)
