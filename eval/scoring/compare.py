"""Compares two scored runs over the same gold questions and gives a verdict.

A verdict fails on other gold questions, on questions no longer recorded, on a new error, on a
quote that does not read back, and on a significant loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from eval.scoring import stats
from eval.scoring.figures import MEANS, clusters_of
from eval.scoring.score import QuestionScore, ScoredRun
from eval.scoring.stats import Floats

GATING: tuple[str, ...] = (
    "passage_recall@10",
    "quote@1",
    "quote@5",
    "exact_match",
    "f1",
    "evidence_precision",
    "evidence_recall",
    "right_decision",
    "conflict_found",
    "as_of",
)
# Errors and reading back have rules of their own.
COMPARED: tuple[str, ...] = (
    *(name for name in MEANS if name not in {"error", "verbatim"}),
    "conflict_found",
)
ALPHA = 0.05


class Rule(StrEnum):
    """Why a comparison fails."""

    OTHER_GOLD = "other_gold"
    MISSING = "missing"
    NEW_ERROR = "new_error"
    NOT_VERBATIM = "not_verbatim"
    SIGNIFICANT_LOSS = "significant_loss"
    QUESTION_LOST = "question_lost"


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric over the `n` questions that both runs have scored.

    `before` and `after` are means; `difference` is after - before with its 95% interval; `won` and
    `lost` name the questions whose value rose and fell. `p` is McNemar's for yes/no metrics, the
    bootstrap's for the others; `adjusted_p` is Holm's over the gating metrics, else `None`.
    """

    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    n: int
    p: float
    adjusted_p: float | None
    won: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def significant_loss(self) -> bool:
        return self.difference < 0 and self.adjusted_p is not None and self.adjusted_p < ALPHA


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """One rule that was broken: over which metric, and by which questions, where there are any."""

    rule: Rule
    metric: str | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison comes to. There are no `changes` when the gold questions differ."""

    failures: tuple[BrokenRule, ...]
    changes: tuple[MetricChange, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def compare(before: ScoredRun, after: ScoredRun, *, any_loss: bool = False) -> Verdict:
    """Compares question by question, where both runs have scored a metric.

    With `any_loss` one question lost on a gating metric fails, significant or not.
    """
    if before.gold != after.gold:
        return Verdict((BrokenRule(Rule.OTHER_GOLD),), ())
    earlier = {score.id: score for score in before.scores}
    paired = [score for score in after.scores if score.id in earlier]
    paired.sort(key=lambda score: score.id)
    changes = _changes([earlier[score.id] for score in paired], paired)
    changes = _with_holm(changes)
    failures = _broken_rules(before, after)
    failures += [
        BrokenRule(Rule.SIGNIFICANT_LOSS, change.metric, change.lost)
        for change in changes
        if change.significant_loss
    ]
    failures += [
        BrokenRule(Rule.QUESTION_LOST, change.metric, change.lost)
        for change in changes
        if any_loss and change.metric in GATING and change.lost
    ]
    return Verdict(tuple(failures), tuple(changes))


def _broken_rules(before: ScoredRun, after: ScoredRun) -> list[BrokenRule]:
    gone = {score.id for score in before.scores} - {score.id for score in after.scores}
    errors = [{s.id for s in run.scores if s.values["error"]} for run in (before, after)]
    # Quotes that nobody read back count as not verbatim: unknown is not good enough here.
    unread = {
        score.id
        for score in after.scores
        if score.values.get("quotes_shown") and score.values.get("verbatim") != 1.0
    }
    found = (
        BrokenRule(Rule.MISSING, None, tuple(sorted(gone))),
        BrokenRule(Rule.NEW_ERROR, "error", tuple(sorted(errors[1] - errors[0]))),
        BrokenRule(Rule.NOT_VERBATIM, "verbatim", tuple(sorted(unread))),
    )
    return [item for item in found if item.questions]


def _changes(old: Sequence[QuestionScore], new: Sequence[QuestionScore]) -> list[MetricChange]:
    """One change for each metric of `COMPARED` that any question has scored in both runs."""
    if not new:
        return []
    before, after = _values(old), _values(new)
    kept = ~np.all(np.isnan(after - before), axis=0)
    tested = stats.paired_bootstrap((after - before)[:, kept], clusters_of(new))
    names = [name for name, keep in zip(COMPARED, kept, strict=True) if keep]
    ids = [score.id for score in new]
    return [
        _change(name, ids, *columns)
        for name, *columns in zip(names, before.T[kept], after.T[kept], tested, strict=True)
    ]


def _values(scores: Sequence[QuestionScore]) -> Floats:
    # numpy reads None as NaN.
    rows = [[score.values.get(name) for name in COMPARED] for score in scores]
    return np.array(rows, dtype=np.float64)


def _change(
    metric: str, ids: Sequence[str], old: Floats, new: Floats, paired: stats.Paired
) -> MetricChange:
    scored = ~np.isnan(new - old)
    won = tuple(name for name, rose in zip(ids, new > old, strict=True) if rose)
    lost = tuple(name for name, fell in zip(ids, new < old, strict=True) if fell)
    yes_or_no = bool(np.isin(np.concatenate([old[scored], new[scored]]), (0.0, 1.0)).all())
    means = old[scored].mean(), new[scored].mean()
    before, after, difference, low, high = (
        round(float(number), 6) + 0.0 for number in (*means, paired.difference, *paired.interval)
    )
    return MetricChange(
        metric,
        before,
        after,
        difference,
        low,
        high,
        n=int(scored.sum()),
        p=stats.mcnemar(len(won), len(lost)) if yes_or_no else paired.p,
        adjusted_p=None,
        won=won,
        lost=lost,
    )


def _with_holm(changes: Sequence[MetricChange]) -> list[MetricChange]:
    gates = [change for change in changes if change.metric in GATING]
    adjusted = stats.holm([change.p for change in gates])
    by_metric = dict(zip((change.metric for change in gates), adjusted, strict=True))
    return [replace(change, adjusted_p=by_metric.get(change.metric)) for change in changes]
