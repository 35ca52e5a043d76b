"""Tells what texts call a person, "director of the Post", and whether two such roles are one.

A role is a noun and the words for whose it is: "Post director", "the Post's director" and "director
of the Post" are one. English.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from rag.text.names import (
    HONORIFICS,
    INSTITUTIONS,
    OFFICES,
    OPENERS,
    TITLES,
    Name,
    Run,
    name_words,
    names,
)
from rag.text.terms import STOP_WORDS
from rag.text.tokens import PAST_FORMS, Token, base, tokens
from rag.text.word_lists import word_groups, word_set

# Words that tell since when or how somebody has a role, and not whose it is.
_ADJECTIVES = word_set("names", "role_adjectives")
_FORMER = frozenset({"former", "ex"})
# Who has such a role has not the role itself, or not any more.
LESSER = _FORMER | frozenset("shadow deputy vice assistant".split())
# Nouns for roles; others are roles behind an article, "the founder".
ROLE_NOUNS = (
    TITLES
    | word_set("names", "roles")
    | {word for group in word_groups("names", "like_roles") for word in group}
)
_HOUSES = INSTITUTIONS | word_set("names", "things")
_CHIEF_EXECUTIVE = (("chief", "executive", "officer"), ("chief", "executive"))
_OWNER = frozenset("of for at in".split())
_DETERMINERS = frozenset("the a an its their his her".split())
_NEAR = 60
_MOST_BEFORE = 4
_MOST_OF_HOUSE = 6
# Forms of one name begin alike: "Rica" and "Rican".
_LEAST_ALIKE = 4


class Fit(IntEnum):
    """Whether a role can be the one asked for: it is another's, nothing is told, it is the same."""

    OTHER = 0
    UNKNOWN = 1
    SAME = 2


class Role(NamedTuple):
    """What a person is called: a noun, and the words that tell whose, as they are written.

    Words behind it stand before it here: `of` of "director of the Dell Post" is "Dell", "Post".
    """

    noun: str
    of: tuple[str, ...] = ()

    @property
    def offices(self) -> frozenset[str]:
        """The words right before the noun that make it another office: "prime"."""
        found = set[str]()
        for word in reversed([word.casefold() for word in self.of]):
            if word in _ADJECTIVES:
                continue
            if word not in OFFICES:
                break
            found.add(word)
        return frozenset(found)

    @property
    def lesser(self) -> frozenset[str]:
        """The words that make it another role or a role of the past: "former", "deputy"."""
        found = LESSER.intersection(map(str.casefold, self.of))
        return found - _FORMER | {"former"} if found & _FORMER else found

    @property
    def house(self) -> House:
        """Whose the role is."""
        names, nouns = set[str](), set[str]()
        ignored = _ADJECTIVES | LESSER | OPENERS | STOP_WORDS | self.offices
        for word in name_words(" ".join(self.of)):
            if word.is_name and word.token.norm not in ignored:
                names.add(word.key)
            elif word.token.norm not in ignored:
                nouns.add(base(word.token.norm))
        return House(frozenset(names), frozenset(nouns))

    def fit(self, asked: Role) -> Fit:
        """Whether this, whose noun fits, is the role asked for.

        Who is called president may be the former president, and a former president is no president.
        """
        missing = asked.lesser - self.lesser
        if not (asked.offices <= self.offices and self.lesser <= asked.lesser) or missing - _FORMER:
            return Fit.OTHER
        fit = self.house.fit(asked.house)
        return min(fit, Fit.UNKNOWN) if missing else fit


class House(NamedTuple):
    """Whose a role is: the names for it, each with one key for all forms of a place, and nouns."""

    names: frozenset[str]
    nouns: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        return self.names | self.nouns

    def fit(self, asked: House) -> Fit:
        """Whether it is the one asked for: "Rovers" may be Dell Rovers, and is no other name."""
        if not (self.words and asked.words):
            return Fit.UNKNOWN
        if self.names and asked.names:
            own, wanted = House(self.names, frozenset()), House(asked.names, frozenset())
            is_same = own.is_within(wanted) or wanted.is_within(own)
            return Fit.SAME if is_same else Fit.OTHER
        if self.is_within(asked) or asked.is_within(self):
            return Fit.SAME
        both_nouns = not self.names and not asked.names
        return Fit.OTHER if both_nouns else Fit.UNKNOWN

    def is_within(self, other: House) -> bool:
        """Whether each of its words is one of the other's, perhaps in another form."""
        mine, theirs = (frozenset(map(base, house.words)) for house in (self, other))
        return all(any(_is_one_word(one, their) for their in theirs) for one in mine)


def best_fit(roles: Iterable[Role], asked: Role) -> Fit | None:
    """How roles of one person, which all have a noun that fits, fit the role asked for.

    One who has that of another house, or had it once, has not this one. None if there are none.
    """
    fits = {role.fit(asked) for role in roles}
    is_other = Fit.OTHER in fits and Fit.SAME not in fits
    return Fit.OTHER if is_other else max(fits, default=None)


def _is_one_word(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    is_begun = len(shorter) >= _LEAST_ALIKE and len(longer) - len(shorter) <= 2
    return one == other or (is_begun and longer.startswith(shorter))


def role_of(noun: str, of: Sequence[str] = ()) -> Role:
    """The role with this last word; a chief executive officer is a "ceo"."""
    words = (*of, noun)
    for form in _CHIEF_EXECUTIVE:
        if tuple(word.casefold() for word in words[-len(form) :]) == form:
            return Role("ceo", tuple(words[: -len(form)]))
    return Role(noun, tuple(of))


# ---------------------------------------------------------------- names and their titles


def without_titles(name: Name) -> str:
    """The words behind the last title, without "of London" behind the person's own.

    Whoever has a title is a person, if it is no "General Council of London", and so is a name in
    two words before "of", if none tells of an institution. A title alone is a role, in lower case.
    """
    run = name.words
    kept = run[_title_end(run) :]
    has_title = len(kept) < len(run)
    if has_title and kept and kept[0].token.norm == "of":
        kept = _behind_house(kept[1:])
    at = next((i for i, word in enumerate(kept) if word.token.norm == "of"), 0)
    if at > 1 - has_title and _HOUSES.isdisjoint(word.token.norm for word in kept[:at]):
        kept = kept[:at]
    return " ".join(word.token.text for word in kept) or run[_title_end(run) - 1].token.norm


def _title_end(run: Run) -> int:
    """Where the titles of a name end: behind "Chief Executive"; "Dr House" has a name, though."""
    end = max((i + 1 for i, word in enumerate(run) if word.is_title), default=0)
    if end and run[end - 1].token.norm not in HONORIFICS:
        while end < len(run) and run[end].token.norm in OFFICES:
            end += 1
    return end


def _behind_house(words: Run) -> Run:
    """The person behind "Mayor of London": behind a place or an office, or the last two words."""
    first = next(
        (i for i, word in enumerate(words) if not (word.is_place or word.token.norm in OFFICES)),
        len(words),
    )
    return words[first:] if first else words[max(1, len(words) - 2) :]


def key_of(name: Name) -> str:
    """The last word of a person's name in lower case, without "of London" behind it."""
    return tokens(without_titles(name))[-1].norm


# ---------------------------------------------------------------- roles beside a name


def roles_by_name(texts: Sequence[str]) -> dict[str, frozenset[Role]]:
    """What texts call each person right before or after the name: "director", "founder".

    The keys are the last words of the names in lower case.
    """
    found = defaultdict[str, set[Role]](set)
    for text in texts:
        for name in names(text):
            is_person = not name.words[-1].is_place and not without_titles(name).islower()
            if len(name.words) > 1 and is_person and (beside := set(_beside(text, name))):
                found[key_of(name)] |= beside
    return {key: frozenset(roles) for key, roles in found.items()}


def _beside(text: str, name: Name) -> Iterator[Role]:
    """The noun before a name, its titles, and the noun of ", the founder of …" after it."""
    start = max(0, name.start - _NEAR)
    before = tokens(text[start : name.start])
    is_lesser = text[: name.start].endswith("-") and bool(before) and before[-1].norm in LESSER
    attached = is_lesser or _is_joined(text, name)
    run = [*(before if attached else ()), *(word.token for word in name.words)]
    end = _title_end(name.words)
    if end:
        at = run.index(name.words[end - 1].token)
        yield _titled(run, at, name.words[end:])
    for word in name.words:
        if word.is_title:
            # In "manager Sir Alex" the role stands before the form of address.
            at = run.index(word.token) - (word.token.norm in HONORIFICS)
            if at >= 0 and may_be_office(run[at]):
                yield role_of(run[at].norm, words_before(run, at))
    if attached and before and may_be_office(before[-1]) and not end:
        whose = words_before(before, len(before) - 1)
        # "How good a minister Ann Orr will make" does not call her one.
        article = before[: -1 - len(whose)][-1:]
        is_indefinite = bool(article) and article[0].norm in ("a", "an")
        if not (is_indefinite and name.words[0].token.attached):
            yield role_of(before[-1].norm, whose)
        yield from _with_house_behind(before)
    yield from _in_apposition(text, name)


def _is_joined(text: str, name: Name) -> bool:
    """Whether what stands before a name can belong to it; behind a comma, one follows the name."""
    gap = text[max(0, name.start - 2) : name.start]
    is_set_off = gap == ", " and text[name.end : name.end + 1] == ","
    return gap.endswith(" ") and (gap[:1] not in ",.;:!?" or is_set_off)


def _titled(run: Sequence[Token], at: int, behind: Run) -> Role:
    """The role of "Mayor of London Sadiq Khan", with its house."""
    own = words_before(run, at)
    if behind and behind[0].token.norm == "of":
        person = _behind_house(behind[1:])
        house = behind[1 : len(behind) - len(person)]
        own = (*(word.token.text for word in house), *own)
    return role_of(run[at].norm, own)


def _with_house_behind(before: Sequence[Token]) -> Iterator[Role]:
    """The role in "The head of the Dell union, Nora Lund", whose house ends before the name."""
    at = len(before) - 1
    while at > 0 and len(before) - at <= _MOST_OF_HOUSE:
        if before[at].norm in _OWNER and may_be_office(before[at - 1]):
            house = house_words(before, at + 1)
            if not house or house[-1] != before[-1].text or "of" in house:
                return
            yield role_of(before[at - 1].norm, (*house, *words_before(before, at - 1)))
        at -= 1


def _in_apposition(text: str, name: Name) -> Iterator[Role]:
    """The role in ", the founder of the Post," or ", head of Dell's union" behind a name.

    Without an article it is a noun that is known as a role, or one with "of" behind it.
    """
    if text[name.end : name.end + 2] != ", ":
        return
    words = tokens(text[name.end + 2 : name.end + 2 + 2 * _NEAR])
    first = 1 if words and words[0].norm in _DETERMINERS else 0
    end = first
    while end < len(words) and (end == first or words[end].attached) and may_be_office(words[end]):
        end += 1
    if end == first or end - first > _MOST_BEFORE + 1:
        return
    head, behind = words[end - 1], words[end] if end < len(words) else None
    has_house = behind is not None and behind.attached and behind.norm in _OWNER
    is_set_off = behind is None or not behind.attached
    if has_house or (is_set_off and (first or head.norm in ROLE_NOUNS)):
        house = house_words(words, end + 1) if has_house else ()
        yield role_of(head.norm, (*house, *words_before(words, end - 1)))


def house_words(words: Sequence[Token], at: int) -> tuple[str, ...]:
    """The words of the house that begins here: "Dell Port Authority"; articles are left out."""
    while at < len(words) and words[at].attached and words[at].norm in _DETERMINERS:
        at += 1
    found: list[str] = []
    while at < len(words) and len(found) < _MOST_OF_HOUSE and (not found or words[at].attached):
        if words[at].norm == "of" and found and at + 1 < len(words) and words[at + 1].capital:
            at += 1
        if not may_be_office(words[at]):
            break
        found.append(words[at].text)
        at += 1
    return tuple(found)


def may_be_office(word: Token) -> bool:
    """Whether a word can stand in a name or in the office before it: no verb, no article."""
    if word.norm in ROLE_NOUNS:
        return True
    is_verb = word.norm in PAST_FORMS or word.norm.endswith(("ed", "ing", "s"))
    return word.capital or not ((is_verb and not word.possessive) or word.norm in STOP_WORDS)


def words_before(words: Sequence[Token], at: int) -> tuple[str, ...]:
    """The words right before, as they are written, as far back as an article or a verb."""
    first = at
    while first > max(0, at - _MOST_BEFORE) and _is_attached(words[first]):
        before = words[first - 1]
        if (before.norm in STOP_WORDS and not before.acronym) or not _may_tell_whose(before):
            break
        first -= 1
    return tuple(word.text for word in words[first:at])


def _is_attached(word: Token) -> bool:
    """Whether a word belongs to the one before it, as in "ex-minister" too."""
    return word.attached or word.gap == "-"


def _may_tell_whose(word: Token) -> bool:
    return may_be_office(word) or word.norm.casefold() in _ADJECTIVES
