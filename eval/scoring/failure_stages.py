"""Scored questions in, the stage at which each one ended out: what a failure funnel counts.

A question that failed is laid to the first stage at fault, in the order of the chain: retrieval, ranking, choice of the sentence,
decision. Knows nothing of answers or files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np

from eval.scoring import stats
from eval.scoring.figures import Figure
from eval.scoring.score import DEPTH, QUOTE_CUTOFFS, QuestionScore, Values

_LAST = max(QUOTE_CUTOFFS)


class Stage(StrEnum):
    """How a question ended. It is right when its best claim holds gold evidence, or a gold answer where only strings are known."""

    RIGHT = "right"
    RIGHT_ABSTENTION = "right_abstention"
    NOT_RETRIEVED = "not_retrieved"  # no passage holds the evidence
    RANKED_LOW = "ranked_low"  # a passage does, none of the first sentences
    WRONG_SENTENCE = (
        "wrong_sentence"  # one of the first sentences does, not the one that was chosen
    )
    WRONGLY_ABSTAINED = "wrongly_abstained"  # the right sentence stood first, and the answer was "not in the articles"
    WRONGLY_ANSWERED = "wrongly_answered"  # the articles do not say, and an answer was given
    ERROR = "error"
    UNSCORED = "unscored"  # nobody knows whether the articles answer it


RIGHT = frozenset({Stage.RIGHT, Stage.RIGHT_ABSTENTION})
LABELS = {
    Stage.RIGHT: "Answered right",
    Stage.RIGHT_ABSTENTION: "Rightly abstained",
    Stage.NOT_RETRIEVED: "Evidence not retrieved",
    Stage.RANKED_LOW: "Evidence ranked low",
    Stage.WRONG_SENTENCE: "Wrong sentence",
    Stage.WRONGLY_ABSTAINED: "Wrongly abstained",
    Stage.WRONGLY_ANSWERED: "Wrongly answered",
    Stage.ERROR: "Error",
    Stage.UNSCORED: "Unscored",
}


def stage_of(score: QuestionScore) -> Stage:
    """The stage at which one question ended."""
    values = score.values
    if values["error"]:
        return Stage.ERROR
    unanswerable, abstained = values.get("unanswerable"), values.get("abstained")
    if unanswerable is None:
        return Stage.UNSCORED
    if unanswerable:
        return Stage.RIGHT_ABSTENTION if abstained else Stage.WRONGLY_ANSWERED
    return _of_answerable(values, abstained=bool(abstained))


def _of_answerable(values: Values, *, abstained: bool) -> Stage:
    if values.get("correct") and not abstained:
        return Stage.RIGHT
    if values.get(f"passage_hit@{DEPTH}", values.get(f"answer_in_passages@{DEPTH}")) == 0.0:
        return Stage.NOT_RETRIEVED
    if values.get(f"quote@{_LAST}") == 0.0:
        return Stage.RANKED_LOW
    # Without candidates nobody knows what an abstaining system would have said.
    right_first = values.get("correct") in (1.0, None)
    return Stage.WRONGLY_ABSTAINED if abstained and right_first else Stage.WRONG_SENTENCE


def right(scores: Iterable[QuestionScore]) -> list[float | None]:
    """1 for each question that ended right, 0 for each that did not (errors too), `None` for the unscored."""
    stages = map(stage_of, scores)
    return [None if stage is Stage.UNSCORED else float(stage in RIGHT) for stage in stages]


def share_right(scores: Sequence[QuestionScore]) -> Figure:
    """The share of questions that ended right, with its 95% bootstrap interval by cluster."""
    ordered = sorted(scores, key=lambda score: score.id)
    # numpy reads None as NaN.
    flags = np.array(right(ordered), dtype=np.float64)
    scored = ~np.isnan(flags)
    n = int(scored.sum())
    if not n:
        return Figure("right", None, None, None, 0)
    clusters = stats.cluster_indices(
        [score.id for score in ordered], [score.cluster for score in ordered]
    )
    sums = stats.bootstrap_sums(np.column_stack([np.where(scored, flags, 0.0), scored]), clusters)
    tops, counts = sums.T
    means = np.divide(tops, counts, out=np.full_like(tops, np.nan), where=counts > 0)
    several = len(np.unique(clusters[scored])) > 1
    low, high = (stats.percentile_interval(means) if several else None) or (None, None)
    return Figure(
        "right",
        round(float(flags[scored].mean()), 6),
        low and round(low, 6),
        high and round(high, 6),
        n,
    )
