"""Two scored runs over the same gold questions in, a verdict out.

A verdict fails on another gold hash, on questions no longer recorded, on any new error, on a quote that does not read back, and
on a significant loss. Rendering it is somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from eval.scoring import stats
from eval.scoring.figures import MEANS
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
# The share of questions in error has a rule of its own, and so has reading back.
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


class PairedTest(StrEnum):
    """How a p value was found: McNemar's for yes/no metrics, the paired bootstrap for the others."""

    MCNEMAR = "mcnemar"
    BOOTSTRAP = "bootstrap"


@dataclass(frozen=True, slots=True)
class Change:
    """One metric over the `n` questions that both runs have scored.

    `before` and `after` are means, `difference` is after - before with its 95% interval; `won` and `lost` name the questions whose
    value rose and fell. `adjusted_p` is Holm's over the gating metrics, `None` for the others.
    """

    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    n: int
    test: PairedTest
    p: float
    adjusted_p: float | None
    won: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def significant_loss(self) -> bool:
        return self.difference < 0 and self.adjusted_p is not None and self.adjusted_p < ALPHA


@dataclass(frozen=True, slots=True)
class Failure:
    """One rule that was broken: over which metric, and by which questions, where it has to do with any."""

    rule: Rule
    metric: str | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison comes to. There are no `changes` when the gold questions differ."""

    failures: tuple[Failure, ...]
    changes: tuple[Change, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def compare(
    before: ScoredRun, after: ScoredRun, *, gating: Sequence[str] = GATING, any_loss: bool = False
) -> Verdict:
    """Compares question by question. With `any_loss` a single question lost on a gating metric fails, significant or not.

    A question that either run leaves unscored on a metric does not count for that metric.
    """
    if before.gold != after.gold:
        return Verdict((Failure(Rule.OTHER_GOLD),), ())
    pairs = _pairs(before, after)
    changes = _with_holm(_changes(pairs), gating)
    failures = [
        *_missing(before, after),
        *_new_errors(before, after),
        *_not_verbatim(after),
        *_losses(changes),
    ]
    if any_loss:
        failures += [
            Failure(Rule.QUESTION_LOST, item.metric, item.lost)
            for item in changes
            if item.metric in gating and item.lost
        ]
    return Verdict(tuple(failures), tuple(changes))


@dataclass(frozen=True, slots=True)
class _Pair:
    before: QuestionScore
    after: QuestionScore


def _pairs(before: ScoredRun, after: ScoredRun) -> list[_Pair]:
    earlier = {score.id: score for score in before.scores}
    return [
        _Pair(earlier[score.id], score)
        for score in sorted(after.scores, key=lambda score: score.id)
        if score.id in earlier
    ]


def _changes(pairs: Sequence[_Pair]) -> list[Change]:
    """One change for each metric that any pair has scored on both sides, in the order of `COMPARED`."""
    if not pairs:
        return []
    old, new = _values([pair.before for pair in pairs]), _values([pair.after for pair in pairs])
    kept = ~np.all(np.isnan(new - old), axis=0)
    ids = [pair.after.id for pair in pairs]
    clusters = stats.cluster_indices(ids, [pair.after.cluster for pair in pairs])
    tested = stats.paired_bootstrap((new - old)[:, kept], clusters)
    names = [name for name, keep in zip(COMPARED, kept, strict=True) if keep]
    return [
        _change(name, ids, *columns)
        for name, *columns in zip(names, old.T[kept], new.T[kept], tested, strict=True)
    ]


def _values(scores: Sequence[QuestionScore]) -> Floats:
    # numpy reads None as NaN.
    return np.array(
        [[score.values.get(name) for name in COMPARED] for score in scores], dtype=np.float64
    )


def _change(
    metric: str, ids: Sequence[str], old: Floats, new: Floats, paired: stats.Paired
) -> Change:
    scored = ~np.isnan(new - old)
    won = tuple(name for name, rose in zip(ids, new > old, strict=True) if rose)
    lost = tuple(name for name, fell in zip(ids, new < old, strict=True) if fell)
    yes_or_no = bool(np.isin(np.concatenate([old[scored], new[scored]]), (0.0, 1.0)).all())
    low, high = paired.interval
    before, after, difference, low, high = (
        round(float(value), 6) + 0.0
        for value in (old[scored].mean(), new[scored].mean(), paired.difference, low, high)
    )
    return Change(
        metric=metric,
        before=before,
        after=after,
        difference=difference,
        low=low,
        high=high,
        n=int(scored.sum()),
        test=PairedTest.MCNEMAR if yes_or_no else PairedTest.BOOTSTRAP,
        p=stats.mcnemar(len(won), len(lost)) if yes_or_no else paired.p,
        adjusted_p=None,
        won=won,
        lost=lost,
    )


def _with_holm(changes: Sequence[Change], gating: Sequence[str]) -> list[Change]:
    gates = [change for change in changes if change.metric in gating]
    adjusted = dict(
        zip(
            (change.metric for change in gates),
            stats.holm([change.p for change in gates]),
            strict=True,
        )
    )
    return [replace(change, adjusted_p=adjusted.get(change.metric)) for change in changes]


# ---------------------------------------------------------------- rules


def _missing(before: ScoredRun, after: ScoredRun) -> list[Failure]:
    gone = sorted({score.id for score in before.scores} - {score.id for score in after.scores})
    return [Failure(Rule.MISSING, None, tuple(gone))] if gone else []


def _new_errors(before: ScoredRun, after: ScoredRun) -> list[Failure]:
    new = sorted(_in_error(after) - _in_error(before))
    return [Failure(Rule.NEW_ERROR, "error", tuple(new))] if new else []


def _in_error(run: ScoredRun) -> set[str]:
    return {score.id for score in run.scores if score.values["error"]}


def _not_verbatim(run: ScoredRun) -> list[Failure]:
    """Questions with a quote that does not read back, or with quotes that nobody read back: unknown is not good enough here."""
    bad = tuple(
        sorted(
            score.id
            for score in run.scores
            if score.values.get("quotes_shown") and score.values.get("verbatim") != 1.0
        )
    )
    return [Failure(Rule.NOT_VERBATIM, "verbatim", bad)] if bad else []


def _losses(changes: Sequence[Change]) -> list[Failure]:
    return [
        Failure(Rule.SIGNIFICANT_LOSS, change.metric, change.lost)
        for change in changes
        if change.significant_loss
    ]
