"""Finds the stage of the chain at which each question ended: what a failure funnel counts.

The stages in order: the archive, retrieval, ranking, choice of the sentence, decision to answer. A
question that failed is put down to the first stage at fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np

from eval.scoring.figures import Figure, mean_figures
from eval.scoring.score import DEPTH, QUOTE_CUTOFFS, QuestionScore


class Stage(StrEnum):
    """How a question ended.

    It is right when its best claim has gold evidence; where only strings are known, a gold
    answer.
    """

    RIGHT = "right"
    RIGHT_ABSTENTION = "right_abstention"
    NOT_IN_ARCHIVE = "not_in_archive"  # the archive lacks the evidence
    NOT_RETRIEVED = "not_retrieved"  # no passage has the evidence
    RANKED_LOW = "ranked_low"  # a passage has it, none of the first sentences does
    WRONG_SENTENCE = "wrong_sentence"  # one of the first sentences has it, not the chosen one
    WRONGLY_ABSTAINED = "wrongly_abstained"  # the right sentence came first, and was not shown
    WRONGLY_ANSWERED = "wrongly_answered"  # the articles do not say, and an answer was given
    ERROR = "error"
    UNSCORED = "unscored"  # nobody knows whether the articles answer it


RIGHT = frozenset({Stage.RIGHT, Stage.RIGHT_ABSTENTION})
LABELS = {
    Stage.RIGHT: "Answered right",
    Stage.RIGHT_ABSTENTION: "Rightly abstained",
    Stage.NOT_IN_ARCHIVE: "Evidence not in the archive",
    Stage.NOT_RETRIEVED: "Evidence not retrieved",
    Stage.RANKED_LOW: "Evidence ranked low",
    Stage.WRONG_SENTENCE: "Wrong sentence",
    Stage.WRONGLY_ABSTAINED: "Wrongly abstained",
    Stage.WRONGLY_ANSWERED: "Wrongly answered",
    Stage.ERROR: "Error",
    Stage.UNSCORED: "Unscored",
}
MEANINGS = {
    Stage.RIGHT: "the answer quotes what the gold question wants",
    Stage.RIGHT_ABSTENTION: "the articles do not say, and Byline says so",
    Stage.NOT_IN_ARCHIVE: "the archive has no article with these words",
    Stage.NOT_RETRIEVED: f"none of the first {DEPTH} passages has it",
    Stage.RANKED_LOW: "a passage has it, and none of its first"
    f" {max(QUOTE_CUTOFFS)} sentences does",
    Stage.WRONG_SENTENCE: "a sentence that has it was ranked below the one that was chosen",
    Stage.WRONGLY_ABSTAINED: "the right sentence came first, and was not likely enough to be shown",
    Stage.WRONGLY_ANSWERED: "the articles do not say, and Byline answered",
    Stage.ERROR: "the question raised an error",
    Stage.UNSCORED: "nobody knows whether the articles answer it",
}


def stage_of(score: QuestionScore) -> Stage:  # noqa: PLR0911
    """The stage at which one question ended."""
    values = score.values
    unanswerable, abstained = values.get("unanswerable"), bool(values.get("abstained"))
    if values["error"]:
        return Stage.ERROR
    if unanswerable is None:
        return Stage.UNSCORED
    if unanswerable:
        return Stage.RIGHT_ABSTENTION if abstained else Stage.WRONGLY_ANSWERED
    if values.get("correct") and not abstained:
        return Stage.RIGHT
    if values.get("evidence_in_archive") == 0.0:
        return Stage.NOT_IN_ARCHIVE
    if values.get(f"passage_hit@{DEPTH}", values.get(f"answer_in_passages@{DEPTH}")) == 0.0:
        return Stage.NOT_RETRIEVED
    if values.get(f"quote@{max(QUOTE_CUTOFFS)}") == 0.0:
        return Stage.RANKED_LOW
    # Without candidates nobody knows what an abstaining system would have answered.
    right_first = values.get("correct") in (1.0, None)
    return Stage.WRONGLY_ABSTAINED if abstained and right_first else Stage.WRONG_SENTENCE


def right(scores: Iterable[QuestionScore]) -> list[float | None]:
    """1 for each question that ended right, 0 for the others and errors, `None` if unscored."""
    stages = map(stage_of, scores)
    return [None if stage is Stage.UNSCORED else float(stage in RIGHT) for stage in stages]


def share_right(scores: Sequence[QuestionScore]) -> Figure:
    """The share of questions that ended right, with its 95% bootstrap interval by cluster."""
    # numpy reads None as NaN.
    [figure] = mean_figures(scores, {"right": np.array(right(scores), dtype=np.float64)})
    return figure
