"""Sums up a run in plain words: how many questions ended right, and which to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eval.gold.questions import GoldQuestion
from eval.scoring.failure_stages import RIGHT, Stage, stage_of
from eval.scoring.outcome import Outcome
from eval.scoring.score import score_question

_MOST_CHARS = 120


class Failure(NamedTuple):
    """A question that ended wrong: what was wanted, what came, and the stage at fault."""

    id: str
    question: str
    wanted: str
    came: str
    stage: Stage

    def __str__(self) -> str:
        wanted, came = _cut(self.wanted), _cut(self.came)
        return f"{self.id}: {self.question} Wanted {wanted}, got {came}. {self.stage.label}."


class Summary(NamedTuple):
    """How many of the judged questions ended right; the others stand in the gold file's order.

    `unjudged` counts questions of which nobody knows whether the articles answer them.
    """

    right: int
    judged: int
    unjudged: int
    failures: tuple[Failure, ...]

    def __str__(self) -> str:
        """
        >>> str(Summary(7, 7, 0, ()))
        '7 of 7 right.'
        """
        said = f"{self.right} of {self.judged} right"
        if self.failures:
            said += f"; {len(self.failures)} to look at"
        return said + (f"; {self.unjudged} cannot be judged." if self.unjudged else ".")


def summary(gold: Sequence[GoldQuestion], outcomes: Sequence[Outcome]) -> Summary:
    """Sums up the outcomes of gold questions."""
    recorded = {outcome.id: outcome for outcome in outcomes}
    ended = [
        (question, recorded[question.id], stage_of(score_question(question, recorded[question.id])))
        for question in gold
        if question.id in recorded
    ]
    judged = [item for item in ended if item[2] is not Stage.UNSCORED]
    wrong = tuple(
        Failure(question.id, question.question, _wanted(question), _came(outcome), stage)
        for question, outcome, stage in judged
        if stage not in RIGHT
    )
    return Summary(len(judged) - len(wrong), len(judged), len(ended) - len(judged), wrong)


def _wanted(question: GoldQuestion) -> str:
    if question.answerable is False:
        return "no answer"
    parts = [" or ".join(f"“{text}”" for text in part) for part in question.answers]
    return " and ".join(parts) or f"“{question.evidence[0].quote}”"


def _came(outcome: Outcome) -> str:
    if outcome.answer is None:
        return f"an error ({outcome.error})"
    answer = outcome.scored_answer()
    if answer is None:
        return "no Answer that can be read"
    if not answer.answered:
        return "no answer"
    claim = answer.best_claim
    return f"“{claim.short or claim.text or answer.text or ''}”"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1].rstrip()}…"
