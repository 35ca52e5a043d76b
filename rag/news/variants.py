"""Finds copies of a sentence that have another value in the place of the answer.

    "Some 640 members walked out."      (one outlet)
    "Some 460 members walked out."      (another outlet)

Two reports that share nearly all words of a sentence have one source; a number, date or name that
differs between them is a mistake, a correction or an update. English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from rag.model import Candidate, Reading
from rag.news.values import letters
from rag.text.dates import date_tokens
from rag.text.names import PLACE_OF, TITLES, names
from rag.text.numbers import Number, number_tokens, numbers
from rag.text.terms import stem, terms
from rag.text.tokens import Token, tokens

# Sentences are copies if they share at least this share of the longer one's tokens, and so many.
_SHARED = 0.7
_FEWEST = 5
# Candidates with a smaller share of the best one's score answer something else.
_LEAST_SHARE = 0.02
_MOST_CANDIDATES = 30


class Variant(NamedTuple):
    """A sentence that answers, and a copy of it in another article with another value there.

    `said` and `instead` are the words that differ, in lower case.
    """

    candidate: Candidate
    copy: Candidate
    said: str
    instead: str


class _Replaced(NamedTuple):
    """Runs of tokens by index, half-open, that stand in each other's place in two sentences."""

    first: range
    second: range


def variants(question: str, reading: Reading) -> Iterator[Variant]:
    """Pairs of copies that differ where the short answer stands, the best answers first."""
    candidates = reading.candidates[:_MOST_CANDIDATES]
    asked = frozenset(terms(question))
    for candidate in candidates:
        if candidate.answer is None or candidate.score < _LEAST_SHARE * candidates[0].score:
            continue
        if _measures_other(candidates[0], candidate):
            continue
        for copy in candidates:
            if copy.article.article_id == candidate.article.article_id:
                continue
            if replaced := _differing(candidate, copy, asked):
                mine, theirs = tokens(candidate.text), tokens(copy.text)
                said = " ".join(spelled(mine[i]) for run in replaced for i in run.first)
                instead = " ".join(spelled(theirs[i]) for run in replaced for i in run.second)
                yield Variant(candidate, copy, said, instead)


def _measures_other(best: Candidate, candidate: Candidate) -> bool:
    """Whether a short answer is a share where the best one is a sum, or the other way round."""
    kinds = [
        {number.values[0].kind for number in numbers(_answer(item))} for item in (best, candidate)
    ]
    return all(kinds) and kinds[0].isdisjoint(kinds[1]) and "%" in kinds[0] | kinds[1]


def _answer(candidate: Candidate) -> str:
    """The words of the short answer; "" without one."""
    answer = candidate.answer
    return "" if answer is None else candidate.article.text[answer.start : answer.end]


def spelled(token: Token) -> str:
    """A token in lower case, with the point of a decimal: "1.2" is not "12"."""
    return token.text.casefold() if "." in token.number else token.norm


def _differing(candidate: Candidate, copy: Candidate, asked: AbstractSet[str]) -> list[_Replaced]:
    """The values that differ where a sentence answers; none where the sentences are no copies."""
    mine, theirs = tokens(candidate.text), tokens(copy.text)
    replaced = _replaced(candidate.text, copy.text)
    if any(_of_other_things(item, mine, theirs, asked) for item in replaced):
        return []
    assert candidate.answer is not None
    start = candidate.answer.start - candidate.sentence.start
    end = candidate.answer.end - candidate.sentence.start
    my_values, their_values = _values(candidate.text), _values(copy.text)
    return [
        run
        for run in replaced
        if mine[run.first[0]].start < end
        and start < mine[run.first[-1]].end
        and not my_values.isdisjoint(run.first)
        and not their_values.isdisjoint(run.second)
        and not _same(_words(candidate.text, run.first), _words(copy.text, run.second))
    ]


def _words(sentence: str, run: range) -> str:
    found = tokens(sentence)
    return sentence[found[run[0]].start : found[run[-1]].end]


def _same(one: str, two: str) -> bool:
    """Whether two texts differ in form alone: "6km", "six kilometres"; "Spain", "Spanish"."""
    if numbers(one) or numbers(two):
        return _same_amounts(one, two) or _joined(one) == _joined(two)
    return letters(one) == letters(two) != "" or _place(one) == _place(two) != ""


def _joined(text: str) -> str:
    """A text without its spaces, and with one sign for times of day: "5:10 am", "5.10am"."""
    return text.casefold().replace(" ", "").replace(":", ".")


def _place(word: str) -> str:
    """The country that a word means: of "Danish", "Danes" and "Denmark", "denmark"; "" if none."""
    word = word.casefold()
    return PLACE_OF.get(word) or PLACE_OF.get(word.removesuffix("s"), "")


def _same_amounts(one: str, two: str) -> bool:
    """Whether two texts say the same numbers of the same things."""
    mine, theirs = numbers(one), numbers(two)
    return (
        len(mine) == len(theirs) > 0
        and all(
            set(a.values) & set(b.values) and a.unit == b.unit
            for a, b in zip(mine, theirs, strict=True)
        )
        and _without(one, mine) == _without(two, theirs)
    )


def _without(text: str, found: Sequence[Number]) -> str:
    """A text without these numbers, in lower case."""
    for number in reversed(found):
        text = text[: number.start] + text[number.end :]
    return text.casefold().strip()


@lru_cache(maxsize=4096)
def _replaced(one: str, two: str) -> tuple[_Replaced, ...]:
    """What differs between two sentences; empty where they are no copies."""
    mine = [spelled(token) for token in tokens(one)]
    theirs = [spelled(token) for token in tokens(two)]
    longer = max(len(mine), len(theirs))
    if min(len(mine), len(theirs)) < _SHARED * longer:
        return ()
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matcher.quick_ratio() < _SHARED:
        return ()
    steps = matcher.get_opcodes()
    shared = sum(end - start for step, start, end, _, _ in steps if step == "equal")
    if shared < max(_FEWEST, _SHARED * longer):
        return ()
    return tuple(_Replaced(range(a, b), range(c, d)) for s, a, b, c, d in steps if s == "replace")


def _of_other_things(
    item: _Replaced, mine: Sequence[Token], theirs: Sequence[Token], asked: AbstractSet[str]
) -> bool:
    """Whether one sentence has a word of the question where the other has another word."""
    one = {stem(mine[i].norm) for i in item.first}
    two = {stem(theirs[i].norm) for i in item.second}
    return not asked.isdisjoint(one ^ two)


@lru_cache(maxsize=4096)
def _values(sentence: str) -> frozenset[int]:
    """Which tokens, by index, belong to numbers, dates and names; titles are no values."""
    spans = [range(name.words[0].first_token, name.words[-1].end_token) for name in names(sentence)]
    named = {i for span in spans for i in span}
    is_title = {i for i, token in enumerate(tokens(sentence)) if token.norm in TITLES}
    return number_tokens(sentence) | date_tokens(sentence) | (named - is_title)
