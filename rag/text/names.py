"""The names of a text: runs of capitalised words, with their titles and the small words inside them.

In go folded texts; out come runs whose words have one key for all forms of a place's name. It does not know whether anybody is right about
them. English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from rag.checks.dates import dated_tokens
from rag.checks.numbers import NUMBER_WORDS, figures
from rag.text.lexicon import (
    ALSO_NAMES,
    COMPANIES,
    JOINED_PLACES,
    OFFICES,
    OPENERS,
    PARTICLES,
    PLACE_OF,
    PLACES,
    TITLES,
)
from rag.text.tokens import Token, tokens


class Word(NamedTuple):
    """A token as a part of a name: `key` is the same for all forms of a place's name."""

    key: str
    token: Token
    name: bool

    @property
    def place(self) -> bool:
        return self.name and self.key in PLACES

    @property
    def title(self) -> bool:
        return self.token.fold in TITLES


Run = tuple[Word, ...]


@lru_cache(maxsize=512)
def words(text: str) -> tuple[Word, ...]:
    """The words of a folded text, names of places in one form; numbers and dates are no names."""
    found = tokens(text)
    taken = dated_tokens(text) | {
        i for figure in figures(text) for i in range(figure.start, figure.end)
    }
    made: list[Word] = []
    i = 0
    while i < len(found):
        joined = next((form for form in JOINED_PLACES if _has(found, i, form)), ())
        made.append(_joined(text, found, i, len(joined)) if joined else _word(found, i, taken))
        i += len(joined) or 1
    return tuple(made)


def _joined(text: str, found: Sequence[Token], i: int, size: int) -> Word:
    """`United States` as one word."""
    first, last = found[i], found[i + size - 1]
    form = "_".join(token.fold for token in found[i : i + size])
    token = last._replace(
        text=text[first.start : last.end],
        start=first.start,
        gap=first.gap,
        opens=first.opens,
        starts=first.starts,
    )
    return Word(PLACE_OF[form], token, True)


def _word(found: Sequence[Token], i: int, taken: AbstractSet[int]) -> Word:
    token = found[i]
    if (
        token.fold in NUMBER_WORDS
        and token.capital
        and (not token.opens or _is_before_name(found, i))
    ):
        # "Radio Five Live" and "Six Nations" are names with a number in them.
        return Word(str(NUMBER_WORDS[token.fold]), token, True)
    after = found[i + 1].fold if i + 1 < len(found) and found[i + 1].capital else ""
    plain = token.fold in ("jr", "sr") or not (token.text[-1].isalnum() or token.text[-1] == ".")
    name = token.capital and not plain and (i not in taken or token.fold in PLACE_OF)
    return Word(token.fold if after in COMPANIES else _key(token), token, name)


def _is_before_name(found: Sequence[Token], i: int) -> bool:
    return (
        i + 1 < len(found)
        and found[i + 1].gap == " "
        and found[i + 1].capital
        and _key(found[i + 1]) not in PLACES
    )


def _has(found: Sequence[Token], i: int, form: tuple[str, ...]) -> bool:
    return (
        found[i].fold == form[0]
        and found[i].capital
        and tuple(token.fold for token in found[i : i + len(form)]) == form
    )


def _key(token: Token) -> str:
    if not token.capital:
        return token.fold
    if token.fold in PLACE_OF:
        return PLACE_OF[token.fold]
    if token.fold.endswith("s") and (single := token.fold[:-1]) in PLACE_OF and single != "america":
        return PLACE_OF[single]
    return token.fold[:-1] if token.shouted and token.text.endswith("s") else token.fold


@lru_cache(maxsize=512)
def runs(text: str) -> tuple[Run, ...]:
    """The names of a folded text, in order, with the titles before them."""
    return tuple(run for run in cut(words(text)) if run)


class NamePlace(NamedTuple):
    """A name by its last word, which is the same for all forms of a place's name, and where it stands in the folded text.

    `initials` are those of its words, or the letters of an acronym.
    """

    key: str
    start: int
    end: int
    initials: frozenset[str]


def name_places(text: str) -> list[NamePlace]:
    """The names of a folded text in order, titles that stand alone among them."""
    return [
        NamePlace(run[-1].key, run[0].token.start, run[-1].token.end, initials(run) | _letters(run))
        for run in runs(text)
    ]


def _letters(run: Run) -> frozenset[str]:
    return frozenset(word.key.casefold() for word in run[-1:] if word.token.shouted)


def initials(run: Run) -> frozenset[str]:
    """The initials of a name in several words, with and without its small words."""
    large = [word for word in run if not is_small(word)]
    if len(large) < 2:
        return frozenset()
    return frozenset(
        "".join(word.token.fold[0] for word in some)
        for some in (large, [word for word in run if word.token.fold != "the"])
    )


def is_title(key: str) -> bool:
    """Whether a name's last word is a title, which may be anybody's."""
    return key in TITLES


def cut(words: Sequence[Word]) -> Iterator[Run]:
    """Runs of names with the small words inside them; empty where nothing but a small word is left."""
    run: list[Word] = []
    for i, word in enumerate(words):
        if run and (not _goes_on(run[-1], word) or word.token.opens):
            yield _trimmed(run)
            run = []
        if word.name or (run and word.token.fold in PARTICLES and _continues(words, i)):
            run.append(word)
        elif run:
            yield _trimmed(run)
            run = []
    if run:
        yield _trimmed(run)


def _goes_on(before: Word, word: Word) -> bool:
    return not before.token.owns and word.token.gap in (" ", "-", ". ", " & ", "&")


def _continues(words: Sequence[Word], i: int) -> bool:
    """Whether a name comes after a small word, at most one more between them."""
    after = words[i + 1 : i + 3]
    return (
        bool(after)
        and after[0].token.gap in (" ", "-")
        and (
            after[0].name
            or (len(after) == 2 and after[0].token.fold in PARTICLES and after[1].name)
        )
    )


def _trimmed(run: Sequence[Word]) -> Run:
    """Without the function word that begins the sentence."""
    while run and (_is_opener(run) or run[0].token.fold in ("the", "a", "an")):
        run = run[1:]
    return tuple(run)


def _is_opener(run: Sequence[Word]) -> bool:
    first = run[0].token
    return (
        first.opens and first.fold in OPENERS and not (len(run) > 1 and names_somebody(first.fold))
    )


def names_somebody(word: str) -> bool:
    """Whether a word that is none alone may begin a name: "Will Smith", "One Direction"."""
    return word in ALSO_NAMES or word in NUMBER_WORDS


def parts(run: Run) -> Iterator[Run]:
    """A run taken apart where different things stand side by side: places, acronyms, titles and names."""
    found = kinds(run)
    start = 0
    for i in range(1, len(run) + 1):
        if i == len(run) or found[i] != found[i - 1] or (found[i] == "place" and run[i].name):
            part = run[start:i]
            while part and is_small(part[-1]):
                part = part[:-1]
            while part and is_small(part[0]):
                part = part[1:]
            if part:
                yield part
            start = i


def is_small(word: Word) -> bool:
    return word.token.fold in PARTICLES and not word.name


def kinds(run: Run) -> list[str]:
    """What each word of a run is part of: small words go with the one before, "Foreign" and "State" with a title beside them."""
    found: list[str] = []
    for i, word in enumerate(run):
        if is_small(word) and found:
            found.append(found[-1])
        elif word.token.fold in OFFICES and not word.title:
            beside = next(
                (other for other in run[i:] if other.token.fold not in OFFICES or other.title), None
            )
            found.append(
                "title" if (beside and beside.title) or (found and found[-1] == "title") else "name"
            )
        else:
            found.append(kind(word))
    return found


def kind(word: Word) -> str:
    return (
        "place"
        if word.place
        else "title"
        if word.title
        else "acronym"
        if word.token.shouted
        else "name"
    )
