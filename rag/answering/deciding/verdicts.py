"""Decides whether a sentence says yes or no to a yes-or-no question, by its words.

The question becomes a statement, and the word that says what happened is its predicate. A sentence
says no if it denies the predicate, has its opposite, or has the opposite change of the same thing;
yes if it has the predicate and what stands with it; and leaves it open otherwise. English.
"""

from __future__ import annotations

import itertools
import re
from fractions import Fraction

from rag.answering.deciding.left_open import ASKS, EXPECTED, leaves_open
from rag.answering.deciding.predicates import (
    Alike,
    says_predicate,
    stands_behind,
    takes_as_given,
    words_for,
)
from rag.answering.deciding.statements import Statement, light_object
from rag.answering.deciding.subjects import (
    ANYBODY,
    NOTHING,
    Above,
    is_said_of_others,
    may_be_verb,
    told_names,
)
from rag.checks.negation import denies, says
from rag.model import Verdict
from rag.text.changes import opposed
from rag.text.dates import MONTHS
from rag.text.names import TITLES, bare_names, names
from rag.text.numbers import numbers
from rag.text.terms import STOP_WORDS, stem, terms
from rag.text.tokens import base, tokens
from rag.text.word_lists import word_set

# A sentence speaks of a statement if it has more than this share of its words.
_SPEAKS = 0.5
# Where no word for what happened is known, it says the statement with more than this share.
_SAYS_ALL = 0.75
# A statement on all of several things, or on one alone, is said by a sentence with such a word.
_SCOPES = (
    frozenset("all every each everyone everybody everything entire whole".split()),
    frozenset(("both",)),
    frozenset("only sole alone".split()),
    frozenset("first maiden".split()),
)
# What falls below 5 falls below 6.
_BOUND = re.compile(r"\b(?:below|under|above|over|than|least|most|beyond)\b", re.IGNORECASE)
_ALTOGETHER = re.compile(r"\b(?:at|after) all\b", re.IGNORECASE)
# What rises or falls may stand behind one of these, or be its subject.
_CHANGING = frozenset(
    map(
        base,
        word_set("words", "directions")
        | frozenset("report see post announce record show suffer enjoy forecast face make".split()),
    )
)
# Only one side does it to the other.
_CONTESTS = frozenset(map(base, "beat defeat overcome overtake surpass outlast thrash".split()))
_LOST_TO = re.compile(r"\b(?:lost|los(?:es?|ing))\b[^,.;]{0,60}?\sto\s(?P<winner>[^,.;]+)")
# What almost happened did not happen, nor did what something else was done instead of.
_ALMOST = re.compile(
    r"\b(?:almost|nearly|narrowly missed|close to|(?:brink|verge) of|rather than|instead of)\s$",
    re.IGNORECASE,
)
_MONTH = "|".join(month[:3] for month in MONTHS)
_IN_PLACE = re.compile(rf"\b(?:in|at|to|from|into)\s(?:the\s)?(?!{_MONTH})(?P<place>[A-Z][\w-]+)")
_YEAR = re.compile(
    rf"\b(?:in|since|by|from|until|during|before|after|of|(?:{_MONTH})\w*)\s((?:1\d|20)\d\d)\b"
)
# What is halted is not to come.
_HALTED = re.compile(
    r"\b(?:(?:halt|block|suspend|overturn|cancel|scrap|shelv|abandon|postpon|veto|revers|stop)"
    r"(?:l?ed|e|es|s|l?ing|p?ed|p?ing)?|delay(?:s|ed|ing)?"
    r"|(?:call(?:s|ed|ing)?|put(?:s|ting)?)\soff)\s"
    r"(?:(?:the|its|his|her|their|all|any|plans?|of|to|a)\s)*"
    r"(?:[\w-]+\s)?$",
    re.IGNORECASE,
)
_ARE = frozenset(
    "is are was were am be been being become becomes became remain remains remained work works "
    "worked serve serves served act acts acted".split()
)
_BEING = re.compile(r"(?P<subject>.+?)\s(?:is|are|was|were)\s(?P<rest>.+)")
# What is out of control is not under control.
_OUT_OF = re.compile(r"\bout\sof\s(?P<state>\w+)", re.IGNORECASE)


def verdict_of(
    statement: Statement,
    sentence: str,
    *,
    above: Above = NOTHING,
    alike: Alike | None = None,
) -> Verdict:
    """Whether the sentence says the statement is so.

    :param above: what stands above it; what that names need not stand in the sentence again.
    :param alike: finds words of like meaning; without it the same word counts alone.

    >>> from rag.answering.deciding.statements import statement_of
    >>> str(verdict_of(statement_of("Did Tull resign?"), "Tull did not resign."))
    'no'
    """
    if not terms(statement.text) or ASKS.search(sentence):
        return Verdict.UNCLEAR
    said = _settles(statement, sentence, above, alike)
    if said is None or leaves_open(statement, sentence, said=said, alike=alike):
        return Verdict.UNCLEAR
    if is_of_others(statement, sentence, above, alike):
        return _of_contest(statement, sentence, above, alike, said=said)
    if said and (
        _lacks_name(statement, sentence, above) or _is_of_other_year(statement.text, sentence)
    ):
        return Verdict.UNCLEAR
    if said and (other := _other_number(statement.text, sentence)) is not None:
        return Verdict.NO if other else Verdict.UNCLEAR
    return Verdict.YES if said is not is_negative(statement) else Verdict.NO


def _settles(statement: Statement, sentence: str, above: Above, alike: Alike | None) -> bool | None:
    """Whether a sentence says what the statement says or rules it out, whoever it says it of."""
    said = _says(statement, sentence, alike)
    share = _share(statement, sentence, "\n".join(above))
    if said is None and not statement.predicate and share > _SAYS_ALL:
        said = _says_all(statement, sentence)
    least = _SPEAKS if light_object(tokens(statement.text)) is None else _SAYS_ALL
    is_same = any(base(word.norm) == base(statement.predicate) for word in tokens(sentence))
    if said is False and is_same:  # what is denied in the same word
        least = -1.0
    if share <= least:
        return None
    if not said or _lacks_scope(statement.text, sentence):
        return None if said else said
    if not _HALTED.search(statement.text) and stands_behind(_HALTED, statement, sentence, alike):
        said = None if statement.is_done else False
    elif EXPECTED.search(sentence):
        said = False if denies(sentence) else None
    elif _denies(statement, sentence):
        said = False
    return False if said and _is_missed(statement, sentence, alike) else said


def _says(statement: Statement, sentence: str, alike: Alike | None) -> bool | None:
    """Whether a sentence says the predicate of a statement, or its change of the same thing."""
    is_of_change = not statement.predicate or base(statement.predicate) in _CHANGING
    change = opposed(statement.text, sentence) if is_of_change else None
    # What does not rise need not fall.
    if change and denies(sentence):
        return None
    if change is not None:
        return not change
    return says_predicate(statement, sentence, alike) if statement.predicate else None


def _says_all(statement: Statement, sentence: str) -> bool | None:
    """Whether a sentence with the words of a statement denies none of them; None if others."""
    if not denies(sentence):
        if _is_out_of(statement, sentence):
            return False
        return True if _says_what_it_is(statement, sentence) else None
    plain = [word.norm for word in tokens(statement.text) if not word.capital]
    has_nouns = any(word not in STOP_WORDS for word in plain)
    return False if _denies(statement, sentence) or not has_nouns else None


def _says_what_it_is(statement: Statement, sentence: str) -> bool:
    """Whether nothing but "is" or "became" stands between the two sides of "Tull is a judge".

    True for statements of any other form.
    """
    sides = _BEING.match(statement.text)
    if sides is None:
        return True
    words = tokens(sentence)
    first, second = (
        [i for i, word in enumerate(words) if stem(word.norm) in set(terms(sides[side]))]
        for side in ("subject", "rest")
    )
    if not (first and second):
        return False
    _, start, end = min((abs(i - j), min(i, j), max(i, j)) for i in first for j in second)
    between = range(start + 1, end)
    return not any(
        may_be_verb(words, i) and words[i].norm not in _ARE | STOP_WORDS for i in between
    )


def _is_out_of(statement: Statement, sentence: str) -> bool:
    """Whether a sentence has "out of" before a word of the statement: not under "control"."""
    mine, its = (
        {match["state"].casefold() for match in _OUT_OF.finditer(text)}
        for text in (statement.text, sentence)
    )
    others = {word.norm for word in tokens(statement.text)}
    return bool((its - mine) & others)


def is_negative(statement: Statement) -> bool:
    """Whether a statement denies its predicate; "reject" as the predicate denies nothing.

    >>> from rag.answering.deciding.statements import statement_of
    >>> [is_negative(statement_of(f"Did Tull {verb}?")) for verb in ("not resign", "refuse")]
    [True, False]
    """
    if statement.predicate:
        return says(statement.text, statement.predicate) is False
    return denies(statement.text)


def _is_missed(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether what the statement says almost happened, or something else instead."""
    is_asked = any(_ALMOST.search(f"{part} ") for part in statement.text.split())
    return not is_asked and stands_behind(_ALMOST, statement, sentence, alike)


def _names_behind(statement: Statement) -> set[str]:
    """The stems of the names behind the predicate of a statement."""
    words = tokens(statement.text)
    at = next((i for i, word in enumerate(words) if word.norm == statement.predicate), len(words))
    return {stem(word.norm) for word in words[at + 1 :] if word.capital} - STOP_WORDS


def _lacks_scope(statement: str, sentence: str) -> bool:
    """Whether a statement is on all, both or only some, and a sentence has no word for that."""
    asked, told = (
        {word.norm for word in tokens(_ALTOGETHER.sub("", text))} for text in (statement, sentence)
    )
    return any(asked & scope and not told & scope for scope in _SCOPES)


def _of_contest(
    statement: Statement, sentence: str, above: Above, alike: Alike | None, *, said: bool
) -> Verdict:
    """What a sentence on the other side of a contest says: that it beat this one, or lost to it.

    Unclear if it tells of no contest.
    """
    if said:
        is_reversed = _is_reversed(statement, sentence, above, alike)
        return Verdict.NO if is_reversed else Verdict.UNCLEAR
    winner = _LOST_TO.search(sentence)
    is_contest = base(statement.predicate) in _CONTESTS | {base("win")}
    mine = statement.text.partition(f" {statement.predicate}")[0]
    has_won = is_contest and winner and told_names(mine, winner["winner"])
    return Verdict.YES if has_won else Verdict.UNCLEAR


def _is_reversed(statement: Statement, sentence: str, above: Above, alike: Alike | None) -> bool:
    """Whether the other side of a contest won: "Did Dell beat Skarn?", "Skarn beat Dell"."""
    predicate, words = base(statement.predicate), tokens(statement.text)
    at = next((i for i, word in enumerate(words) if word.norm == statement.predicate), 0)
    mine = statement.text[: words[at].start]
    behind = next((name for name in names(statement.text) if name.start > words[at].end), None)
    if mine and predicate == base("win"):
        turned = Statement(f"{mine}was beaten", "beaten")
    elif mine and predicate in _CONTESTS and behind and _is_same_contest(statement, sentence):
        winner = statement.text[behind.start : behind.end]
        turned = Statement(f"{winner} {statement.predicate} {mine}", statement.predicate)
    else:
        return False
    says_so = says_predicate(turned, sentence, alike)
    return says_so is True and not is_of_others(turned, sentence, above, alike)


def _is_same_contest(statement: Statement, sentence: str) -> bool:
    """Whether a sentence has all words and numbers of a statement."""
    mine, its = (
        {value for number in numbers(text) for value in number.values}
        for text in (statement.text, sentence)
    )
    years = {word.norm for word in tokens(statement.text) if word.norm.isdigit()}
    told = {word.norm for word in tokens(sentence)}
    return _share(statement, sentence, "") == 1.0 and mine <= its and years <= told


def is_of_others(
    statement: Statement,
    sentence: str,
    above: Above = NOTHING,
    alike: Alike | None = None,
) -> bool:
    """Whether the sentence says the predicate of somebody else than the statement does."""
    if not statement.predicate:
        return False
    # Who made a bid is the subject of "made".
    made = [word.norm for word in tokens(sentence) if base(word.norm) in statement.behind]
    predicate = next(iter(statement.behind)) if made else statement.predicate
    verbs = made or words_for(statement, sentence, alike)
    return is_said_of_others(statement.text, predicate, sentence, verbs=verbs, above=above)


def _denies(statement: Statement, sentence: str) -> bool:
    """Whether the sentence denies a word that the statement does not deny, names left out."""
    words = [word.norm for word in tokens(statement.text) if not word.capital]
    asked = [word for word in words if word not in STOP_WORDS]
    if takes_as_given(statement, sentence):
        asked = [word for word in asked if word != statement.predicate]
    return denies(sentence) and any(
        says(sentence, word) is False and says(statement.text, word) is not False for word in asked
    )


def _share(statement: Statement, sentence: str, above: str) -> float:
    """The share of the statement's words that a sentence has, its predicate and numbers left out.

    A name may stand above it instead, or in another form: "Ms Tull" is Agnes Tull; and "made" says
    the "make" of "make a bid". 1 for a statement that has no others.
    """
    asked = set(terms(statement.text)) - set(terms(statement.predicate)) - ANYBODY
    asked -= _titles(statement.text) | {stem(number.text) for number in numbers(statement.text)}
    capital = {stem(word.norm) for word in tokens(statement.text) if word.capital}
    verbs = statement.behind.intersection(base(word.norm) for word in tokens(sentence))
    have = set(terms(sentence)) | (capital & set(terms(above))) | set(map(stem, verbs))
    have |= told_names(statement.text, sentence)
    return len(asked & have) / len(asked) if asked else 1.0


def _titles(text: str) -> set[str]:
    """The stems of the titles before names: of "Judge Tull", not of "Tull is a judge"."""
    words = tokens(text)
    return {
        stem(word.norm)
        for word, after in itertools.pairwise(words)
        if word.norm in TITLES and after.capital
    }


def _lacks_name(statement: Statement, sentence: str, above: Above) -> bool:
    """Whether a name behind the predicate is told neither by a sentence nor above it.

    Where a sentence has another name, that may stand in its place.
    """
    missing = _names_behind(statement) - told_names(statement.text, sentence)
    missing -= set(terms(sentence))
    places = {stem(match["place"]) for match in _IN_PLACE.finditer(statement.text)}
    if missing & places and _IN_PLACE.search(sentence):
        return True
    missing -= set(terms(above.title))
    known = set(terms(f"{statement.text}\n{above.title}"))
    others = set(terms(" ".join(bare_names(sentence)))) - known
    return not missing <= (set() if others else set(terms(above.lead)))


def _is_of_other_year(statement: str, sentence: str) -> bool:
    """Whether a sentence names years, and none that the statement names."""
    asked, told = (set(_YEAR.findall(text)) for text in (statement, sentence))
    return bool(asked and told) and asked.isdisjoint(told)


def _other_number(statement: str, sentence: str) -> bool | None:
    """Whether the sentence has another number where the statement has one that it lacks.

    None if it has all numbers of the statement, years left out.
    """
    if _numbered(statement) - _numbered(sentence):
        return False
    theirs = {value for number in numbers(sentence) for value in number.values}
    for number in numbers(statement):
        value = number.values[0]
        is_year = not value.kind and 1000 <= value.amount <= 2100
        if not is_year and theirs.isdisjoint(number.values):
            if _BOUND.search(statement):
                return False
            return bool(value.kind) and any(other.kind == value.kind for other in theirs)
    return None


def _numbered(text: str) -> set[tuple[str, Fraction]]:
    """The words of a text that have a number of their own: "game seven", "Chapter 5"."""
    words = tokens(text)
    return {
        (before.norm, number.values[0].amount)
        for number in numbers(text)
        if number.first_token and words[number.first_token].attached and not number.values[0].kind
        if (before := words[number.first_token - 1]).norm.isalpha()
        and before.norm not in STOP_WORDS
        and not may_be_verb(words, number.first_token - 1)
    }
