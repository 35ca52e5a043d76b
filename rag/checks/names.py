"""Checks that the names of a statement stand in its quotes.

A name may stand there whole, in another form (an acronym, a surname), or with a title that the
quote's article gives it. A name in doubt counts as missing. English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rag.checks.backing import Backing
from rag.text.names import (
    COMMON_WORDS,
    HONORIFICS,
    INSTITUTIONS,
    OFFICES,
    OPENERS,
    PLACE_OF,
    PLACES,
    TITLES,
    NameWord,
    Run,
    initials,
    kinds,
    may_begin,
    name_parts,
    name_runs,
    name_words,
    names,
    without_particles,
)
from rag.text.numbers import number_tokens
from rag.text.tokens import base, tokens
from rag.text.word_lists import word_set

_BEFORE_IS = word_set("checks", "before_is")
# How many words after a name may say what it is.
_MOST_AFTER = 8


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
        opens = run[0].token.opens and _is_common(run, texts, read)
        if name := without_particles(run[opens:]):
            yield name


def _with_lower_case_names(statement: str, texts: Sequence[str]) -> list[NameWord]:
    """The words of a statement, with those marked as names that all texts write with a capital."""
    numbered = number_tokens(statement)
    words = list(name_words(statement))
    for i, word in enumerate(words):
        norm = word.token.norm
        if (
            not word.token.capital
            and word.token.text.isalpha()
            and word.first_token not in numbered
            and norm not in OPENERS
            and any(norm in _letter_cases(text).capital for text in texts)
            and not any(_has_lower_case(text, norm) for text in texts)
        ):
            words[i] = word._replace(is_name=True, key=PLACE_OF.get(word.key, word.key))
    return words


class _LetterCases(NamedTuple):
    """How a text writes its words: the bases of those in lower case; those in lower case before a
    capital; and those with a capital that no sentence's beginning explains.
    """

    lower: frozenset[str]
    before_capital: frozenset[str]
    capital: frozenset[str]


@lru_cache(maxsize=256)
def _letter_cases(text: str) -> _LetterCases:
    words = tokens(text)
    return _LetterCases(
        frozenset({base(word.norm) for word in words if not word.capital}),
        frozenset(
            one.norm
            for one, two in pairwise(words)
            if two.capital and two.gap == " " and not one.capital
        ),
        frozenset(word.norm for word in words if word.capital and not word.opens),
    )


def _has_lower_case(text: str, word: str) -> bool:
    """Whether a text has a word without a capital, in any form."""
    return base(word) in _letter_cases(text).lower


def _is_common(run: Run, texts: Sequence[str], read: Sequence[str]) -> bool:
    """Whether the word that opens a sentence is a common word and no part of the name."""
    first, word = run[0].token, run[0].token.norm
    if first.acronym or run[0].is_place or (first.possessive and word not in _BEFORE_IS):
        return False
    if len(run) > 1:
        # "Singer Pete Doherty", where "singer Doherty" or the like stands somewhere.
        before = any(word in _letter_cases(text).before_capital for text in (*texts, *read))
        return not may_begin(word) and (word in OPENERS or before)
    if word in OPENERS or any(_has_lower_case(text, word) for text in texts):
        return True
    known = any(word in _letter_cases(text).capital for text in read)
    if word in COMMON_WORDS or run[0].is_title or known:
        return False
    return any(_has_lower_case(text, word) for text in read)


# ---------------------------------------------------------------- is a name there?


def _keys(run: Sequence[NameWord]) -> list[str]:
    return [word.key for word in run if word.token.norm != "the"]


def _in_order(part: Sequence[str], whole: Sequence[str]) -> bool:
    left = iter(whole)
    return all(key in left for key in part)


def _has_name(text: str, run: Run) -> bool:
    """Whether a name of the text has these words in this order; `X of Y` is also `Y X`."""
    part = _keys(run)
    for name in names(text):
        whole = _keys(name.words)
        at = whole.index("of") if "of" in whole else 0
        if _in_order(part, whole) or (at and _in_order(part, whole[at + 1 :] + whole[:at])):
            return True
    return False


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
    if any(
        _has_name(quote.text, part)
        or _has_words(part, quote.text)
        or _is_spelled_out(part, quote)
        or _is_longer_form(part, quote)
        for quote in quotes
    ):
        return True
    # "John Kirby of the National Security Council"
    split = [i for i, word in enumerate(part) if i > 1 and word.is_particle and word.key == "of"]
    return bool(split) and all(
        _is_supported(half, half, quotes)
        for half in (part[: split[0]], without_particles(part[split[0] :]))
    )


def _is_from_there(place: NameWord, run: Run, quotes: Sequence[Backing]) -> bool:
    """Whether a name right after a place's name stands so in the quotes or their articles.

    It does not in "Israeli Aviv".
    """
    after = run[run.index(place) + 1 :]
    if not after or kinds(after)[0] != "name" or after[0].token.gap != " ":
        return True
    pair, office = (place, after[0]), (after[-1].key, place.key)
    return any(
        any(name == office[0] and office[1] in titles for name, titles in _offices(text))
        or _has_words(pair, text)
        or _has_name(text, pair)
        for quote in quotes
        for text in (quote.text, quote.article)
    )


def _is_titled(title: Run, name: str, quotes: Sequence[Backing]) -> bool:
    """Whether the quotes or their articles give the title to the name that it stands with here.

    Also where a quote has both apart, and its article gives the title to nobody else.
    """
    titles = {word.key for word in title if not word.is_particle}
    for quote in quotes:
        offices = (*_offices(quote.text), *_offices(quote.article))
        holders = {office.name for office in offices if office.titles >= titles}
        named = any(word.key == name and word.is_name for word in name_words(quote.text))
        if name in holders:
            return True
        if not holders and named and _has_words(title, quote.text):
            return not titles & HONORIFICS
    return False


class _Office(NamedTuple):
    """A name and the words that stand with it as titles may."""

    name: str
    titles: frozenset[str]


@lru_cache(maxsize=256)
def _offices(text: str) -> tuple[_Office, ...]:
    words = name_words(text)
    found = (
        _Office(word.key, frozenset((*_titles_before(words, i), *_titles_after(words, i))))
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


def _titles_after(words: Sequence[NameWord], i: int) -> list[str]:
    """The words after a name that say what it is: "Berri, the speaker", "Berri, who is speaker"."""
    following = words[i + 1 : i + 1 + _MOST_AFTER]
    if following and following[0].token.norm == "who":
        following = following[1:]
    if not following or not (
        following[0].token.norm in ("is", "was", "became", "as")
        or following[0].token.gap.lstrip()[:1] in (",", "(", "-")
    ):
        return []
    said: list[str] = []
    for distance, word in enumerate(following):
        if distance and word.token.gap.strip(" -"):
            break
        if word.is_name and word.kind == "name":
            # Titles right before another name are that one's.
            while said and said[-1] in TITLES | OFFICES | PLACES:
                said.pop()
            break
        said.append(word.key)
    return said


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
    """Whether the quote has the last word of a name, and the article no other name that ends so."""
    last = part[-1].key
    if len(part) < 2 or not any(w.key == last and w.is_name for w in name_words(quote.text)):
        return False
    mine = [word.key for word in part]
    others = [_without_titles(name.words) for name in names(quote.article)]
    longer = [its for its in others if len(its) > 1 and its[-1] == last]
    return any(its[-len(mine) :] == mine for its in longer) and all(
        _may_be_same(mine, its) for its in longer
    )


def _may_be_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names with one last word may be one person's.

    One is the end of the other, or leaves out what is in its middle.
    """
    short, long = sorted((one, other), key=len)
    return long[-len(short) :] == short or (short[0] == long[0] and _in_order(short, long))


def _without_titles(run: Run) -> list[str]:
    """The keys of a name without the titles, places and acronyms before it."""
    bare = (
        i
        for i, word in enumerate(run)
        if word.is_name and word.kind == "name" and word.token.norm not in OFFICES
    )
    return [word.key for word in run[next(bare, len(run)) :]]
