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
    """How a question ended: its name, a label and what it means.

    It is right when its best claim has gold evidence; where only strings are known, a gold
    answer.
    """

    label: str
    meaning: str

    def __new__(cls, name: str, label: str, meaning: str) -> Stage:
        stage = str.__new__(cls, name)
        stage._value_, stage.label, stage.meaning = name, label, meaning
        return stage

    RIGHT = "right", "Answered right", "the answer quotes what the gold question wants"
    RIGHT_ABSTENTION = (
        "right_abstention",
        "Rightly abstained",
        "the articles do not say, and Byline says so",
    )
    NOT_IN_ARCHIVE = (
        "not_in_archive",
        "Evidence not in the archive",
        "the archive has no article with these words",
    )
    NOT_RETRIEVED = (
        "not_retrieved",
        "Evidence not retrieved",
        f"none of the first {DEPTH} passages has it",
    )
    RANKED_LOW = (
        "ranked_low",
        "Evidence ranked low",
        f"a passage has it, and none of its first {max(QUOTE_CUTOFFS)} sentences does",
    )
    WRONG_SENTENCE = (
        "wrong_sentence",
        "Wrong sentence",
        "a sentence that has it was ranked below the one that was chosen",
    )
    WRONGLY_ABSTAINED = (
        "wrongly_abstained",
        "Wrongly abstained",
        "the right sentence came first, and was not likely enough to be shown",
    )
    WRONGLY_ANSWERED = (
        "wrongly_answered",
        "Wrongly answered",
        "the articles do not say, and Byline answered",
    )
    ERROR = "error", "Error", "the question raised an error"
    UNSCORED = "unscored", "Unscored", "nobody knows whether the articles answer it"


RIGHT = frozenset({Stage.RIGHT, Stage.RIGHT_ABSTENTION})


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
