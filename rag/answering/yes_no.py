"""Answers a yes-or-no question: the sentence that decides it first, and a verdict if it does.

A sentence that means much the same as the question decides it rather than one in which the reader
finds a short answer: such a question asks for none. Where one article says yes and another no, both
are quoted; the later one decides if it updates the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.answering.deciding.opposed import LEAD_CHARS, opposed_articles
from rag.answering.deciding.statements import Statement, statement_of
from rag.answering.deciding.subjects import Above
from rag.answering.deciding.verdicts import verdict_of
from rag.answering.findings import Finding, Inquiry, Tools
from rag.embed import Embedder
from rag.model import Candidate, Conflict, ConflictKind, Reading, Verdict
from rag.news.conflicts import Position
from rag.reading.excerpt import quoting_drafts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

_MAX_CLAIMS = 3
# So many of the likeliest sentences are judged.
_JUDGED = 8
# What the log of the reader's score weighs beside the cosine of question and sentence.
_READER = 0.3
_LEAST_SCORE = 1e-6
# A sentence that decides stands before one that does not and is not better by more than this: of
# 129 questions 10 had one so near behind an undecided best, and 8 of the 10 decided rightly.
_LITTLE_BETTER = 0.2
# By this much where all that decide agree: of 101 questions 5 more are then right, none wrong.
_BETTER = 0.6
# A sentence that is as near as this to the statement may decide alone.
_ALIKE = 0.7
# So many sentences are compared, of at least this share of the best one's chance.
_COMPARED, _COMPARED_SHARE = 20, 0.05
# Where the reader abstains, sentences are looked at that come so near to the statement. Of 50
# questions asked of an archive without the answer none that decides came nearer than .53.
_NEAR = 0.57


class Judged(NamedTuple):
    """A candidate, how near its sentence comes to the question, and what it says to it."""

    candidate: Candidate
    nearness: float
    verdict: Verdict

    @property
    def value(self) -> float:
        return self.nearness + _READER * math.log(self.candidate.score + _LEAST_SCORE)

    def is_later_than(self, other: Judged) -> bool:
        """Whether its article was published later; False where a date is not known."""
        mine, its = self.candidate.article.published, other.candidate.article.published
        return mine is not None and its is not None and mine.start > its.last


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the sentences for and against, and the verdict."""
    evidence = tools.read(inquiry)
    yield evidence
    statement = statement_of(inquiry.question)
    best = evidence.reading.candidates[:_JUDGED]
    abstains = tools.abstains(evidence.reading)
    if abstains:
        best = _deciding(statement, evidence.reading, tools.archive.embedder)
    if not best:
        return
    found = judged(statement, best, tools.archive.embedder)
    sides = opposed_articles(statement, best if abstains else _compared(evidence.reading))
    conflict = tools.conflict_of(sides, evidence)
    yield found[0].verdict if conflict is None else _verdict(conflict)
    deciding = [side.candidates[0] for side in _latest_first(sides, conflict)]
    order = [*deciding, *(item.candidate for item in found if item.candidate not in deciding)]
    yield from quoting_drafts(order[:_MAX_CLAIMS], evidence.hits)
    if conflict is not None:
        yield conflict


def _deciding(statement: Statement, reading: Reading, embedder: Embedder) -> tuple[Candidate, ...]:
    """The sentences that decide though the reader finds no short answer: a yes has none."""
    if not reading.candidates:
        return ()
    found = judged(statement, reading.candidates[:_JUDGED], embedder)
    near = (
        item for item in found if item.nearness >= _NEAR and item.verdict is not Verdict.UNCLEAR
    )
    return tuple(item.candidate for item in near)[:_MAX_CLAIMS]


def _compared(reading: Reading) -> Iterator[Candidate]:
    """The candidates that are likely enough to be compared."""
    least = _COMPARED_SHARE * reading.candidates[0].score
    return (item for item in reading.candidates[:_COMPARED] if item.score >= least)


def _latest_first(sides: Sequence[Position], conflict: Conflict | None) -> list[Position]:
    """The sides of a conflict, first the one whose articles are the latest; none without one."""
    if conflict is None:
        return []
    return sorted(sides, key=lambda side: side.value != conflict.sides[-1].value)


def _verdict(conflict: Conflict) -> Verdict:
    """What the latest article says where it updates the others; otherwise it is unclear."""
    if conflict.kind is ConflictKind.DISAGREE:
        return Verdict.UNCLEAR
    return Verdict(conflict.sides[-1].value.casefold())


def judged(
    statement: Statement, candidates: Sequence[Candidate], embedder: Embedder
) -> list[Judged]:
    """The candidates with what each says to the statement, the likeliest to decide it first."""
    first, *others = embedder.encode([statement.text, *(item.text for item in candidates)])
    meaning = _Meaning(embedder)
    found = []
    for candidate, vector in zip(candidates, others, strict=True):
        verdict = verdict_of(
            statement,
            candidate.text,
            above=Above(candidate.article.title, candidate.article.text[:LEAD_CHARS]),
            alike=meaning.alike,
        )
        found.append(Judged(candidate, float(first @ vector), verdict))
    found = _deciding_first(sorted(found, key=lambda item: -item.value))
    return found if statement.is_done else _newest_first(found)


def _deciding_first(found: Sequence[Judged]) -> list[Judged]:
    """The same, first one that decides where the best does not and is little better.

    It may be better by more where those that decide agree, and are two or near to the question.
    """
    deciding = [item for item in found if item.verdict is not Verdict.UNCLEAR]
    near, wide = (
        [item for item in deciding if item.value >= found[0].value - margin]
        for margin in (_LITTLE_BETTER, _BETTER)
    )
    agree = len({item.verdict for item in wide}) == 1
    are_sure = agree and (len(wide) > 1 or wide[0].nearness >= _ALIKE)
    first = next(iter(near or (wide if are_sure else found)))
    return [first, *(item for item in found if item is not first)]


def _newest_first(found: Sequence[Judged]) -> list[Judged]:
    """The same, first one of a later article that says the opposite of what the first says.

    What is so, or is to come, is as the newest article says.
    """
    first = found[0]
    opposite = [
        item
        for item in found
        if item.verdict not in (first.verdict, Verdict.UNCLEAR)
        and item.nearness >= _NEAR
        and item.is_later_than(first)
    ]
    if first.verdict is Verdict.UNCLEAR or not opposite:
        return list(found)
    return [opposite[0], *(item for item in found if item is not opposite[0])]


class _Meaning:
    """Finds words of like meaning; each word is encoded once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vector] = {}

    def alike(self, word: str, others: Sequence[str], least: float) -> list[str]:
        """Those of the others whose cosine with the word is at least this."""
        new = [other for other in dict.fromkeys([word, *others]) if other not in self._known]
        if new:
            self._known |= dict(zip(new, self._embedder.encode(new), strict=True))
        mine = self._known[word]
        return [other for other in others if float(mine @ self._known[other]) >= least]
