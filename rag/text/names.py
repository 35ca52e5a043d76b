"""Finds the names of a text: runs of capitalised words, with the titles and small words in them.

Every capitalised word counts as a name or a part of one, unless it is a number, a date, or a
common word that begins a sentence. All forms of a place's name share one key. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from rag.text.dates import date_tokens
from rag.text.numbers import CARDINALS, number_tokens
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, tokens
from rag.text.word_lists import first_forms, word_set

TITLES = word_set("names", "titles")
HONORIFICS = word_set("names", "honorifics")
OFFICES = word_set("names", "offices")
INSTITUTIONS = word_set("names", "institutions")
# Names that are common words in lower case.
COMMON_WORDS = word_set("names", "common_words")
# Words that begin a sentence and are no names.
OPENERS = STOP_WORDS | word_set("names", "openers")
# Each form of a place's name, with the one that stands for all.
PLACE_OF = first_forms("names", "places")
PLACES = frozenset(PLACE_OF.values())
_LONG_PLACES = sorted((form.split("_") for form in PLACE_OF if "_" in form), key=len, reverse=True)
_PARTICLES = word_set("names", "particles")
_COMPANY_WORDS = word_set("names", "company_words")
_NOT_BARE = STOP_WORDS | TITLES | word_set("names", "roles")


class NameWord(NamedTuple):
    """A word of a text, perhaps part of a name: `key` is the same for all forms of a place's name.

    It takes the tokens `first_token` to `end_token`, half-open; "United States" is one word.
    """

    key: str
    token: Token
    is_name: bool
    first_token: int
    end_token: int

    @property
    def is_place(self) -> bool:
        return self.is_name and self.key in PLACES

    @property
    def is_title(self) -> bool:
        return self.token.norm in TITLES

    @property
    def is_particle(self) -> bool:
        """Whether it is a small word such as "of" or "bin"."""
        return self.token.norm in _PARTICLES and not self.is_name

    @property
    def kind(self) -> str:
        """What the word is by itself: "place", "title", "acronym" or "name"."""
        if self.is_place or self.is_title:
            return "place" if self.is_place else "title"
        return "acronym" if self.token.acronym else "name"


Run = tuple[NameWord, ...]


class Name(NamedTuple):
    """A name of a text, with its titles: its words, and its offsets, half-open."""

    words: Run
    start: int
    end: int

    @property
    def key(self) -> str:
        """The key of its last word."""
        return self.words[-1].key

    @property
    def initials(self) -> AbstractSet[str]:
        """The initials of a name in several words; the letters of an acronym."""
        last = self.words[-1]
        return initials(self.words) | ({last.key.casefold()} if last.token.acronym else set())


@lru_cache(maxsize=512)
def names(text: str) -> tuple[Name, ...]:
    """The names of a text, in order, titles that stand alone among them.

    >>> text = "The envoy met Speaker Nabih Berri in Beirut."
    >>> [text[name.start : name.end] for name in names(text)]
    ['Speaker Nabih Berri', 'Beirut']
    """
    return tuple(
        Name(run, run[0].token.start, run[-1].token.end) for run in name_runs(name_words(text))
    )


def bare_names(text: str, known: str = "") -> list[str]:
    """The names of a text in order, each once, without titles and possessives.

    A single word that opens a sentence counts only where the text or `known` has it with a
    capital elsewhere.

    >>> bare_names("Why did Mayor Luc Ferrand refuse to see Agnes Tull's letter?")
    ['Luc Ferrand', 'Agnes Tull']
    """
    found: dict[str, None] = {}
    for name in names(text):
        run = name.words
        while run and (run[0].token.norm in _NOT_BARE or run[0].is_particle):
            run = run[1:]
        if not run:
            continue
        last = run[-1].token
        said = text[run[0].token.start : last.start + len(last.text)]
        within = rf"[\w,] {re.escape(said)}\b"
        if len(name.words) == 1 and last.opens and not re.search(within, f"{text}\n{known}"):
            continue
        if len(said) > 1:
            found[said.title() if said.isupper() and len(said) > 4 else said] = None
    return list(found)


@lru_cache(maxsize=512)
def name_words(text: str) -> tuple[NameWord, ...]:
    """All words of a text, those marked that are parts of names."""
    found = tokens(text)
    taken = date_tokens(text) | number_tokens(text)
    words: list[NameWord] = []
    i = 0
    while i < len(found):
        size = _long_place(found, i)
        words.append(_joined(text, i, size) if size else _word(found, i, is_taken=i in taken))
        i = words[-1].end_token
    return tuple(words)


def _long_place(found: Sequence[Token], i: int) -> int:
    """How many tokens the name of a place in several words takes here."""
    if not found[i].capital:
        return 0
    here = [token.norm for token in found[i : i + 5]]
    return next((len(form) for form in _LONG_PLACES if here[: len(form)] == form), 0)


def _joined(text: str, i: int, size: int) -> NameWord:
    """`United States` as one word."""
    found = tokens(text)[i : i + size]
    first, last = found[0], found[-1]
    token = first._replace(
        text=text[first.start : last.end],
        norm=last.norm,
        end=last.end,
        possessive=last.possessive,
    )
    return NameWord(PLACE_OF["_".join(t.norm for t in found)], token, True, i, i + size)


def _word(found: Sequence[Token], i: int, *, is_taken: bool) -> NameWord:
    token = found[i]
    after = found[i + 1] if i + 1 < len(found) and found[i + 1].capital else None
    if token.norm in CARDINALS and token.capital:
        # "Radio Five Live" and "Six Nations" are names with a number in them.
        before_name = after is not None and after.gap == " " and _key(after) not in PLACES
        if not token.opens or before_name:
            return NameWord(str(CARDINALS[token.norm]), token, True, i, i + 1)
    key = token.norm if after is not None and after.norm in _COMPANY_WORDS else _key(token)
    last = token.text[-1]
    is_word = token.norm not in ("jr", "sr") and (last.isalnum() or last == ".")
    is_name = token.capital and is_word and (not is_taken or token.norm in PLACE_OF)
    return NameWord(key, token, is_name, i, i + 1)


def _key(token: Token) -> str:
    if not token.capital:
        return token.norm
    singular = token.norm.removesuffix("s")
    if place := PLACE_OF.get(token.norm) or PLACE_OF.get(singular):
        return place
    return singular if token.acronym and token.text.endswith("s") else token.norm


# ---------------------------------------------------------------- runs


def name_runs(words: Sequence[NameWord]) -> Iterator[Run]:
    """The names among these words, each with the small words inside it."""
    run: list[NameWord] = []
    for i, word in enumerate(words):
        goes_on = (
            bool(run)
            and word.token.gap in (" ", "-", ". ", " & ", "&")
            and not (word.token.opens or run[-1].token.possessive)
        )
        if not goes_on:
            yield from _without_opener(run)
            run = []
        if word.is_name or (run and word.is_particle and _leads_to_name(words, i)):
            run.append(word)
        elif run:
            yield from _without_opener(run)
            run = []
    yield from _without_opener(run)


def _leads_to_name(words: Sequence[NameWord], i: int) -> bool:
    """Whether a name comes after a small word, with at most one more between them."""
    after = words[i + 1 : i + 3]
    if not after or after[0].token.gap not in (" ", "-"):
        return False
    return after[0].is_name or (len(after) == 2 and after[0].is_particle and after[1].is_name)


def _without_opener(run: Sequence[NameWord]) -> Iterator[Run]:
    """The run without the common word that begins the sentence, if anything is left."""
    while run and (_is_opener(run) or run[0].token.norm in ("the", "a", "an")):
        run = run[1:]
    if run:
        yield tuple(run)


def _is_opener(run: Sequence[NameWord]) -> bool:
    first = run[0].token
    return first.opens and first.norm in OPENERS and not (len(run) > 1 and may_begin(first.norm))


def may_begin(word: str) -> bool:
    """Whether a common word may begin a name: "Will Smith", "One Direction"."""
    return word in COMMON_WORDS or word in CARDINALS


# ---------------------------------------------------------------- parts of a name


def initials(run: Run) -> AbstractSet[str]:
    """The initials of a name in several words, with and without its small words."""
    large = [word for word in run if not word.is_particle]
    if len(large) < 2:
        return frozenset()
    all_but_the = [word for word in run if word.token.norm != "the"]
    return {"".join(word.token.norm[0] for word in some) for some in (large, all_but_the)}


def name_parts(run: Run) -> Iterator[Run]:
    """Splits a run where different things stand side by side: places, acronyms, titles, names."""
    found = kinds(run)
    start = 0
    for i in range(1, len(run) + 1):
        if i == len(run) or found[i] != found[i - 1] or (found[i] == "place" and run[i].is_name):
            if part := without_particles(run[start:i]):
                yield part
            start = i


def without_particles(run: Run) -> Run:
    """The run without the small words at either end."""
    while run and run[-1].is_particle:
        run = run[:-1]
    while run and run[0].is_particle:
        run = run[1:]
    return run


def kinds(run: Run) -> list[str]:
    """What each word is a part of: "place", "title", "acronym" or "name".

    Small words go with the word before; "Foreign" and "State" with a title beside them.
    """
    found: list[str] = []
    for i, word in enumerate(run):
        if word.is_particle and found:
            found.append(found[-1])
        elif word.token.norm in OFFICES and not word.is_title:
            rest = (other for other in run[i:] if other.token.norm not in OFFICES or other.is_title)
            beside = next(rest, None)
            titled = (beside is not None and beside.is_title) or found[-1:] == ["title"]
            found.append("title" if titled else "name")
        else:
            found.append(word.kind)
    return found
