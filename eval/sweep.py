"""Scores every combination of settings, and chooses one by cross-fitting.

A setting is chosen on one half of the questions and reported on the other (by the parity of
sha256(id)), so that no reported figure was picked by the questions it is measured on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from eval.gold.questions import in_even_half
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.run.record import job_outcomes
from eval.run.settings import Settings
from eval.run.systems import System
from eval.scoring.failure_stages import share_right
from eval.scoring.figures import Figure
from eval.scoring.outcome import Outcome
from eval.scoring.score import QuestionScore, score_run


class Point(NamedTuple):
    """The scores of all questions under one setting, and the shares that ended right."""

    settings: Settings
    scores: tuple[QuestionScore, ...]
    even: Figure
    odd: Figure
    all: Figure


class Sweep(NamedTuple):
    """All points in the order of the grid, and what each half of the questions chooses.

    `by_even` was chosen on the even half and is reported on the odd one; `by_odd` the other way
    round. `cross_fitted` is the share that ended right when each question is answered under the
    setting that the other half chose.
    """

    points: tuple[Point, ...]
    by_even: Point
    by_odd: Point
    cross_fitted: Figure


def sweep(
    grid: Iterable[Settings],
    system: Callable[[Settings], System],
    jobs: Sequence[Job],
    archives: Archives,
    *,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Sweep:
    """Asks all questions under every setting; records nothing."""
    questions = [question for job in jobs for question in job.questions]
    points = []
    for settings in grid:
        outcomes = []
        for outcome in job_outcomes(system(settings), jobs, archives):
            outcomes.append(outcome)
            on_outcome(outcome)
        scores = score_run(questions, outcomes).scores
        shares = map(share_right, (_half(scores, even=True), _half(scores, even=False), scores))
        points.append(Point(settings, scores, *shares))
    # max keeps the first of equals: among settings that do as well, the one named first.
    by_even = max(points, key=lambda point: point.even.value or 0.0)
    by_odd = max(points, key=lambda point: point.odd.value or 0.0)
    crossed = _half(by_odd.scores, even=True) + _half(by_even.scores, even=False)
    return Sweep(tuple(points), by_even, by_odd, share_right(crossed))


def _half(scores: Sequence[QuestionScore], *, even: bool) -> list[QuestionScore]:
    return [score for score in scores if in_even_half(score.id) is even]
