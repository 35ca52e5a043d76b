"""Checks that the names of a statement stand in its quotes.

A name may stand there whole, in another form (an acronym, a surname), or with a title that the
quote's article gives it. A name in doubt counts as missing. English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.checks.backing import Backing
from rag.text.names import (
    INSTITUTIONS,
    OFFICES,
    PLACE_OF,
    TITLES,
    NameWord,
    Run,
    initials,
    kinds,
    name_parts,
    name_runs,
    name_words,
    names,
    without_particles,
)
from rag.text.tokens import base, tokens


def missing_name(statement: str, quotes: Sequence[Backing], passages: str) -> str | None:
    """The first name of the statement that its quotes do not support; None if they support all.

    :param passages: all that was read; together with the articles it tells names from common words.
    """
    texts = [quote.text for quote in quotes]
    read = [*(quote.article for quote in quotes), passages]
    for run in _names(statement, texts, read):
        if not any(_has_name(text, run) for text in texts):
            for part in name_parts(run):
                if not _is_supported(part, run, quotes):
                    last = part[-1].token
                    return statement[part[0].token.start : last.start + len(last.text)]
    return None


# ---------------------------------------------------------------- the names of a statement


def _names(statement: str, texts: Sequence[str], read: Sequence[str]) -> Iterator[Run]:
    for run in name_runs(_with_lower_case_names(statement, [*texts, *read])):
        may_be_common = run[0].token.opens and not run[0].token.acronym
        opens = may_be_common and _is_common(run, texts, read)
        if name := without_particles(run[opens:]):
            yield name


def _with_lower_case_names(statement: str, texts: Sequence[str]) -> list[NameWord]:
    """The words of a statement, with those marked as names that all texts write with a capital."""
    words = list(name_words(statement))
    for i, word in enumerate(words):
        norm = word.token.norm
        if (
            not word.token.capital
            and any(norm in _capitals(text) for text in texts)
            and not any(base(norm) in _lower_case(text) for text in texts)
        ):
            words[i] = word._replace(is_name=True, key=PLACE_OF.get(word.key, word.key))
    return words


@lru_cache(maxsize=256)
def _lower_case(text: str) -> frozenset[str]:
    """The bases of the words that a text writes without a capital."""
    return frozenset(base(word.norm) for word in tokens(text) if not word.capital)


@lru_cache(maxsize=256)
def _capitals(text: str) -> frozenset[str]:
    """The words with a capital that no sentence's beginning explains."""
    return frozenset(word.norm for word in tokens(text) if word.capital and not word.opens)


def _is_common(run: Run, texts: Sequence[str], read: Sequence[str]) -> bool:
    """Whether the word that opens a sentence is a common word and no part of the name."""
    word = base(run[0].token.norm)
    if any(word in _lower_case(text) for text in texts):
        return True
    is_name = run[0].is_title or any(run[0].token.norm in _capitals(text) for text in read)
    return len(run) == 1 and not is_name and any(word in _lower_case(text) for text in read)


# ---------------------------------------------------------------- is a name there?


def _keys(run: Sequence[NameWord]) -> list[str]:
    return [word.key for word in run if word.token.norm != "the"]


def _in_order(part: Sequence[str], whole: Sequence[str]) -> bool:
    left = iter(whole)
    return all(key in left for key in part)


def _has_name(text: str, run: Run) -> bool:
    """Whether a name of the text has these words in this order."""
    part = _keys(run)
    return any(_in_order(part, _keys(name.words)) for name in names(text))


def _has_words(part: Sequence[NameWord], text: str) -> bool:
    """Whether the text has these words side by side, in any case.

    A word alone needs its capital, except for `Parliament` and such.
    """
    keys = _keys(part)
    if len(keys) == 1 and keys[0] not in TITLES | OFFICES | INSTITUTIONS:
        return False
    have = [word for word in name_words(text) if word.token.norm != "the"]
    return any(
        [word.key for word in have[i : i + len(keys)]] == keys
        and all(word.token.gap in (" ", "-") for word in have[i + 1 : i + len(keys)])
        for i in range(len(have) - len(keys) + 1)
    )


def _is_supported(part: Run, run: Run, quotes: Sequence[Backing]) -> bool:
    """Whether the quotes support one part of a name."""
    if part[0].is_place and not _is_from_there(part[0], run, quotes):
        return False
    if kinds(part)[0] == "title":
        named = [word for word, kind in zip(run, kinds(run), strict=True) if kind == "name"]
        if named:
            return _is_titled(part, named[-1].key, quotes)
    return any(
        _has_name(quote.text, part)
        or _has_words(part, quote.text)
        or _is_spelled_out(part, quote)
        or _is_longer_form(part, quote)
        for quote in quotes
    )


def _is_from_there(place: NameWord, run: Run, quotes: Sequence[Backing]) -> bool:
    """Whether a name right after a place's name stands so in the quotes or their articles.

    It does not in "Israeli Aviv".
    """
    after = run[run.index(place) + 1 :]
    if not after or kinds(after)[0] != "name":
        return True
    texts = (text for quote in quotes for text in (quote.text, quote.article))
    return any(_has_name(text, (place, after[0])) for text in texts)


def _is_titled(title: Run, name: str, quotes: Sequence[Backing]) -> bool:
    """Whether the quotes or their articles give the title to the name that it stands with here."""
    titles = {word.key for word in title if not word.is_particle}
    return any(
        office.name == name and office.titles >= titles
        for quote in quotes
        for office in (*_offices(quote.text), *_offices(quote.article))
    )


class _Office(NamedTuple):
    """A name and the words that stand with it as titles may."""

    name: str
    titles: frozenset[str]


@lru_cache(maxsize=256)
def _offices(text: str) -> tuple[_Office, ...]:
    words = name_words(text)
    found = (
        _Office(word.key, frozenset(_titles_before(words, i)))
        for i, word in enumerate(words)
        if word.is_name
    )
    return tuple(office for office in found if office.titles)


def _is_office(word: NameWord) -> bool:
    return word.is_title or word.is_place or word.token.norm in OFFICES or word.is_particle


def _titles_before(words: Sequence[NameWord], i: int) -> Iterator[str]:
    """The words of offices before a name; its first names are passed over."""
    at = i - 1
    while (
        at >= 0
        and words[at].is_name
        and not _is_office(words[at])
        and not words[at + 1].token.gap.strip(" .")
    ):
        at -= 1
    while at >= 0 and _is_office(words[at]) and not words[at + 1].token.gap.strip(" ,-."):
        yield words[at].key
        at -= 1


# ---------------------------------------------------------------- other forms of a name


def _is_spelled_out(part: Run, quote: Backing) -> bool:
    """Whether one of the two has an acronym of which the other has the words."""
    if len(part) == 1 and part[0].token.acronym:
        letters = part[0].key.casefold()
        return any(
            _stands_for(letters, name.words[i:], quote.article)
            for name in names(quote.text)
            for i in range(len(name.words))
        )
    return _has_name(quote.article, part) and any(
        _stands_for(word.key.casefold(), part, quote.article)
        for word in name_words(quote.text)
        if word.token.acronym
    )


def _stands_for(letters: str, run: Run, article: str) -> bool:
    """Whether an acronym is a name's; two letters must stand behind it in the article."""
    if letters not in initials(run):
        return False
    return len(letters) > 2 or f"{run[-1].token.text} ({letters.upper()})" in article


def _is_longer_form(part: Run, quote: Backing) -> bool:
    """Whether the quote has the last word of a name, and the article no other name that ends so.

    One of two names of one person has all words of the other, in the same order.
    """
    last = part[-1].key
    if len(part) < 2 or not any(w.key == last and w.is_name for w in name_words(quote.text)):
        return False
    mine = [word.key for word in part]
    others = [
        [word.key for word in name.words if word.kind == "name"] for name in names(quote.article)
    ]
    longer = [its for its in others if len(its) > 1 and its[-1] == last]
    return any(its[-len(mine) :] == mine for its in longer) and all(
        _in_order(*sorted((mine, its), key=len)) for its in longer
    )
