"""Whether the quotes of a statement have its names: whole, in another form of the same name, or by what their articles make plain.

In go folded texts. Every capitalised word counts as a name that is not known for another word; what is in doubt is refused. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.checks.backing import Backing
from rag.checks.numbers import figures
from rag.text.lexicon import (
    ALSO_NAMES,
    HONORIFICS,
    INSTITUTIONS,
    OFFICES,
    OPENERS,
    PARTICLES,
    PLACE_OF,
    PLACES,
    TITLES,
)
from rag.text.names import (
    Run,
    Word,
    cut,
    initials,
    is_small,
    kind,
    kinds,
    names_somebody,
    parts,
    runs,
    words,
)
from rag.text.tokens import PAST_FORMS, base, fold, tokens

_LOWER = re.compile(r"(?<![\w'])[a-zà-ÿ][\w']*")
_LOWER_BEFORE = re.compile(r"(?<![\w'])([a-zà-ÿ][\w']*) (?=[A-ZÀ-Þ])")
_CAPITALISED_WITHIN = re.compile(r"(?<=[\w,;'])\s([A-ZÀ-Þ][\w]*)")
_VERBS = frozenset(
    "is was are were has had have will would can could may might must should does did says wants".split()
)
# What "'s" may follow at the beginning of a sentence, where it stands for "is" or tells a time.
_OWNING = frozenset(
    "it he she that there here what who where how this let today yesterday tomorrow everyone everybody".split()
)
# How many words after a name may say what it is.
_NEAR = 8


def missing_name(statement: str, quotes: Sequence[Backing], passages: str) -> str | None:
    """A name of the statement that its quotes do not bear out, as the statement says it; None where there is none."""
    for run in _runs_said(statement, quotes, passages):
        if not any(_stands_in(run, its) for quote in quotes for its in runs(quote.text)):
            wrong = next(
                (part for part in parts(run) if not _is_borne_out(part, run, quotes)), None
            )
            if wrong is not None:
                return _shown(wrong, statement)
    return None


def _shown(run: Run, text: str) -> str:
    last = run[-1].token
    return text[run[0].token.start : last.start + len(last.text)]


# ---------------------------------------------------------------- the names of a statement


def _runs_said(statement: str, quotes: Sequence[Backing], passages: str) -> Iterator[Run]:
    """The names that a statement speaks of; a word that opens a sentence only where it is not known for another word."""
    for run in cut(_known_small(statement, quotes, passages)):
        first = int(
            bool(run) and run[0].token.opens and _is_common(run, statement, quotes, passages)
        )
        while first < len(run) and is_small(run[first]):
            first += 1
        if first < len(run):
            yield run[first:]


def _known_small(statement: str, quotes: Sequence[Backing], passages: str) -> Sequence[Word]:
    """Also a word without a capital is a name where all that was read has it with one only."""
    said = words(statement)
    counted = {
        tokens(statement)[i].start
        for figure in figures(statement)
        for i in range(figure.start, figure.end)
    }
    small = [
        word
        for word in said
        if not word.token.capital and word.token.text.isalpha() and word.token.start not in counted
    ]
    texts = [text for quote in quotes for text in (quote.text, quote.article)] + [passages]

    def is_name(word: str) -> bool:
        return any(word in _cases(text).capital for text in texts) and not any(
            has_small(text, word) for text in texts
        )

    known = {
        word.token.fold
        for word in small
        if word.token.fold not in OPENERS and is_name(word.token.fold)
    }
    return [
        word._replace(name=True, key=PLACE_OF.get(word.key, word.key))
        if word.token.fold in known
        else word
        for word in said
    ]


class _Cases(NamedTuple):
    """Which words a text has in lower case, by how they begin; which right before a capital; and which with a capital that no sentence's
    beginning explains.
    """

    lower: Mapping[str, Sequence[str]]
    before_capital: frozenset[str]
    capital: frozenset[str]


@lru_cache(maxsize=256)
def _cases(text: str) -> _Cases:
    lower: dict[str, list[str]] = {}
    for word in set(_LOWER.findall(text)):
        lower.setdefault(fold(word)[:3], []).append(fold(word))
    return _Cases(
        lower,
        *(
            frozenset(map(fold, pattern.findall(text)))
            for pattern in (_LOWER_BEFORE, _CAPITALISED_WITHIN)
        ),
    )


def _is_common(run: Run, statement: str, quotes: Sequence[Backing], passages: str) -> bool:
    """Whether the word that opens a sentence is no name."""
    first, word = run[0].token, run[0].token.fold
    if (
        first.shouted
        or run[0].place
        or (first.owns and word not in _OWNING)
        or (len(run) > 1 and names_somebody(word))
    ):
        return False
    texts = [*(quote.article for quote in quotes), passages]
    if len(run) > 1:
        # "Singer Pete Doherty", where "singer Doherty" or the like stands somewhere.
        return word in OPENERS or any(
            word in _cases(text).before_capital
            for text in (*(quote.text for quote in quotes), *texts)
        )
    if word in OPENERS & ALSO_NAMES and _acts_alone(run[0], statement):
        return False
    if word in OPENERS or any(has_small(quote.text, word) for quote in quotes):
        return True
    if (
        word in ALSO_NAMES
        or run[0].title
        or any(word in _cases(text).capital for text in texts)
        or _acts_alone(run[0], statement)
    ):
        return False
    return any(has_small(text, word) for text in texts)


def _acts_alone(word: Word, statement: str) -> bool:
    """Whether a verb, a comma or "'s" follows at once: "Game is" has a name, "Games are" and "Game developers" may have none."""
    if word.token.owns:
        return True
    if word.token.fold.endswith(("s", "ing")) and not word.token.fold.endswith("ss"):
        return False
    after = next((token for token in tokens(statement) if token.start >= word.token.end), None)
    if after is None or after.gap.strip():
        return True
    return after.fold in _VERBS or after.fold in PAST_FORMS or after.fold.endswith("ed")


def has_small(text: str, word: str) -> bool:
    """Whether a text has a word without a capital, in any form."""
    stem = base(word)
    return any(base(other) == stem for other in _cases(text).lower.get(stem[:3], ()))


# ---------------------------------------------------------------- is a name there?


def _stands_in(run: Run, its: Run) -> bool:
    """Whether a run of the quote has these words in this order; others of the same run may be left out, the words of `X of Y` turned."""
    keys = [word.key for word in run if word.token.fold not in ("the",)]
    return any(_in_order(keys, form) for form in _forms(its))


def _forms(its: Run) -> Iterator[list[str]]:
    keys = [word.key for word in its]
    yield keys
    if "of" in keys:
        at = keys.index("of")
        yield [*(key for key in keys[at + 1 :] if key != "the"), *keys[:at]]


def _in_order(part: Sequence[str], whole: Sequence[str]) -> bool:
    left = iter(whole)
    return all(key in left for key in part)


def _is_borne_out(part: Run, run: Run, quotes: Sequence[Backing]) -> bool:
    if part[0].place and not _is_from_there(part[0], run, quotes):
        return False
    if kinds(part)[0] == "title":
        named = [word for word, kind in zip(run, kinds(run), strict=True) if kind == "name"]
        if named:
            return _is_titled(part, named[-1].key, quotes)
    if any(_stands_in(part, its) for quote in quotes for its in runs(quote.text)) or any(
        _has_words(part, quote.text) for quote in quotes
    ):
        return True
    if any(_is_spelled_out(part, quote) or _is_longer_form(part, quote) for quote in quotes):
        return True
    # "John Kirby of the National Security Council"
    at = next(
        (i for i, word in enumerate(part) if i > 1 and word.token.fold == "of" and not word.name),
        None,
    )
    return at is not None and all(
        _is_borne_out(half, half, quotes) for half in _parts_around(part, at)
    )


def _is_from_there(place: Word, run: Run, quotes: Sequence[Backing]) -> bool:
    """Whether a name that follows a place's at once does so in the quotes or their articles: "Israeli Aviv" does not."""
    after = run[run.index(place) + 1 :]
    if not after or kinds(after)[0] != "name" or after[0].token.gap != " ":
        return True
    texts = [text for quote in quotes for text in (quote.text, quote.article)]
    held = any(
        office.name == after[-1].key and place.key in office.titles
        for text in texts
        for office in _offices(text)
    )
    pair = place, after[0]
    return held or any(
        _has_words(pair, text) or any(_stands_in(pair, its) for its in runs(text)) for text in texts
    )


def _parts_around(part: Run, at: int) -> Iterator[Run]:
    after = part[at:]
    while after and is_small(after[0]):
        after = after[1:]
    yield part[:at]
    yield after


def _has_words(part: Run, text: str) -> bool:
    """Whether the quote has the words side by side, in any case; a word alone needs its capital, but for `Parliament` and such."""
    keys = [word.key for word in part if word.token.fold != "the"]
    if len(keys) == 1 and keys[0] not in TITLES | OFFICES | INSTITUTIONS:
        return False
    have = [word for word in words(text) if word.token.fold != "the"]
    for i in range(len(have) - len(keys) + 1):
        found = have[i : i + len(keys)]
        if [word.key for word in found] == keys and all(
            word.token.gap in (" ", "-") for word in found[1:]
        ):
            return True
    return False


def _is_titled(title: Run, name: str, quotes: Sequence[Backing]) -> bool:
    """Whether the quotes or their articles have the title with the name that it stands with here.

    Also where a quote has both apart, and its article gives the title to nobody else.
    """
    titles = {word.key for word in title if not is_small(word)}
    for quote in quotes:
        held = [
            office.name
            for office in (*_offices(quote.text), *_offices(quote.article))
            if office.titles >= titles
        ]
        if name in held:
            return True
        if (
            not held
            and _has_words(title, quote.text)
            and any(word.key == name and word.name for word in words(quote.text))
        ):
            return not titles & HONORIFICS
    return False


class _Office(NamedTuple):
    """A name and the words that stand with it as titles may."""

    name: str
    titles: frozenset[str]


@lru_cache(maxsize=256)
def _offices(text: str) -> tuple[_Office, ...]:
    said = words(text)
    near = (
        _Office(word.key, frozenset((*_before(said, i), *_after(said, i))))
        for i, word in enumerate(said)
        if word.name
    )
    return tuple(office for office in near if office.titles)


def _is_office(word: Word) -> bool:
    return word.title or word.place or word.token.fold in OFFICES or word.token.fold in PARTICLES


def _before(words: Sequence[Word], i: int) -> Iterator[str]:
    """The words of offices before a name; its first names are passed over."""
    at = i - 1
    while (
        at >= 0
        and words[at].name
        and not _is_office(words[at])
        and not words[at + 1].token.gap.strip(" .")
    ):
        at -= 1
    while at >= 0 and _is_office(words[at]) and not words[at + 1].token.gap.strip(" ,-."):
        yield words[at].key
        at -= 1


def _after(words: Sequence[Word], i: int) -> Iterator[str]:
    """The words after a name that say what it is: "Berri, the speaker of parliament", "Berri, who is speaker"."""
    following = words[i + 1 : i + 1 + _NEAR]
    if following and following[0].token.fold == "who":
        following = following[1:]
    if not following or not (
        following[0].token.fold in ("is", "was", "became", "as")
        or re.match(r"\s?[,(-]", following[0].token.gap)
    ):
        return
    said: list[str] = []
    for distance, word in enumerate(following):
        if distance and word.token.gap.strip(" -"):
            break
        if word.name and kind(word) == "name":
            # Titles right before another name are that one's.
            while said and said[-1] in TITLES | OFFICES | PLACES:
                said.pop()
            break
        said.append(word.key)
    yield from said


# ---------------------------------------------------------------- other forms of a name


def _is_spelled_out(part: Run, quote: Backing) -> bool:
    """An acronym whose words the quote has, or the words of an acronym that the quote has and its article spells out."""
    if len(part) == 1 and part[0].token.shouted:
        letters = part[0].key.casefold()
        return any(
            _stands_for(letters, its[i:], quote.article)
            for its in runs(quote.text)
            for i in range(len(its))
        )
    if len(part) < 2 or not any(_stands_in(part, its) for its in runs(quote.article)):
        return False
    return any(
        _stands_for(word.key.casefold(), part, quote.article)
        for word in words(quote.text)
        if word.token.shouted
    )


def _stands_for(letters: str, run: Run, article: str) -> bool:
    """Whether an acronym is a name's. Two initials may be anybody's, if the article does not put them in brackets behind the name."""
    if letters not in initials(run):
        return False
    return len(letters) > 2 or f"{run[-1].token.text} ({letters.upper()})" in article


def _is_longer_form(part: Run, quote: Backing) -> bool:
    """A name of which the quote has the last word, where the article has the whole and no other name that ends so."""
    last = part[-1]
    if len(part) < 2 or not any(word.key == last.key and word.name for word in words(quote.text)):
        return False
    mine = [word.key for word in part]
    others = [_bare(its) for its in runs(quote.article)]
    longer = [its for its in others if len(its) > 1 and its[-1] == last.key]
    return any(its[-len(mine) :] == mine for its in longer) and all(
        _is_same_name(mine, its) for its in longer
    )


def _is_same_name(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names with one last word can be one person's: one is the end of the other, or leaves out what is in its middle."""
    short, long = sorted((one, other), key=len)
    return list(long[-len(short) :]) == list(short) or (
        short[0] == long[0] and _in_order(short, long)
    )


def _bare(its: Run) -> list[str]:
    """The keys of a name without the titles, places and acronyms before it."""
    left = list(its)
    while left and (kind(left[0]) != "name" or left[0].token.fold in OFFICES or not left[0].name):
        left = left[1:]
    return [word.key for word in left]
