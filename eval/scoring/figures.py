"""Figures over scored questions, each with its 95% bootstrap interval by cluster.

Every figure is a function of how often each question counts, so one set of resamples serves all.
Questions are ordered by id and results rounded to six places, so figures are the same on every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eval.gold.questions import Why
from eval.scoring import metrics, stats
from eval.scoring.score import AT_DEPTH, CUTOFFS, DEPTH, QUOTE_CUTOFFS, QuestionScore
from eval.scoring.stats import Floats, Ints

MEANS: tuple[str, ...] = (
    *(f"passage_recall@{k}" for k in CUTOFFS),
    *(f"passage_{name}@{DEPTH}" for name in AT_DEPTH),
    f"article_recall@{DEPTH}",
    f"answer_in_passages@{DEPTH}",
    *(f"quote@{k}" for k in QUOTE_CUTOFFS),
    "first_article",
    "taken_as_it_was",
    "answer_in_quote",
    "exact_match",
    "f1",
    "realtimeqa_exact_match",
    "realtimeqa_f1",
    "any_part",
    "all_parts",
    "answers_shown",
    "wrong_alone",
    "verbatim",
    "evidence_precision",
    "evidence_recall",
    "right_decision",
    "conflict_kind",
    "as_of",
    "error",
)
_ORDER_RESAMPLES = 1000  # a figure over an order needs much more memory for each resample


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report, its 95% interval, and how many questions it counts.

    The value is `None` where it is not defined; so is the interval, also where all questions are
    of one cluster, which does not show how far the next one may lie.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class ValuePairs(NamedTuple):
    """Two values of each question that has both, shape (n,), in order of id."""

    left: Floats
    right: Floats


class _Statistic(NamedTuple):
    """A figure before it is computed: `at` takes weights of the questions, (..., n), to (...)."""

    name: str
    at: Callable[[Floats], Floats]
    counted: metrics.Flags


class _Table:
    """The values of all questions as arrays in order of id, NaN where unscored."""

    def __init__(self, scores: Iterable[QuestionScore]) -> None:
        self.scores = sorted(scores, key=lambda score: score.id)
        self.clusters = clusters_of(self.scores)
        self.ones = np.ones(len(self.scores))

    def __getitem__(self, name: str) -> Floats:
        # numpy reads None as NaN.
        return np.array([score.values.get(name) for score in self.scores], dtype=np.float64)

    def why(self, why: Why) -> Floats:
        return np.array([score.why == why for score in self.scores], dtype=np.float64)


def clusters_of(scores: Sequence[QuestionScore]) -> Ints:
    """The cluster of each question as a number, for the bootstrap."""
    return stats.cluster_indices(
        [score.id for score in scores], [score.cluster for score in scores]
    )


def figures(scores: Sequence[QuestionScore]) -> list[Figure]:
    """Every figure over these questions, in a fixed order; n = 0 where nothing is scored.

    Intervals are percentile bootstraps: 10,000 resamples, 1,000 for figures over an order.
    """
    if not scores:
        return []
    table = _Table(scores)
    of_sums = [
        *(_ratio(name, table[name], table.ones) for name in MEANS),
        *_abstention(table),
        *_conflicts(table),
        _ratio("quote_characters", table["quote_characters"], table["quotes_shown"]),
        *_calibration(table),
    ]
    return [
        *_computed(of_sums, table.clusters),
        _calibration_if_perfect(table),
        *_computed(_of_order(table), table.clusters, resamples=_ORDER_RESAMPLES),
    ]


def mean_figures(scores: Sequence[QuestionScore], columns: Mapping[str, Floats]) -> list[Figure]:
    """The mean of each column, shape (n,) in the order of `scores`; NaN is unscored."""
    if not scores:
        return [Figure(name, None, None, None, 0) for name in columns]
    ones = np.ones(len(scores))
    means = [_ratio(name, column, ones) for name, column in columns.items()]
    return _computed(means, clusters_of(scores))


def value_pairs(scores: Iterable[QuestionScore], left: str, right: str) -> ValuePairs:
    """The values that a curve is drawn from, such as `confidence` and `correct`."""
    table = _Table(scores)
    both = _both_scored(table[left], table[right])
    return ValuePairs(table[left][both], table[right][both])


def _computed(
    statistics: Sequence[_Statistic], clusters: Ints, *, resamples: int = stats.RESAMPLES
) -> list[Figure]:
    def all_at(weights: Floats) -> Floats:
        return np.stack([one.at(weights) for one in statistics], axis=-1)

    points = all_at(np.ones(len(clusters)))
    estimates = stats.bootstrap(all_at, clusters, resamples=resamples)
    return [
        _figure(one.name, point, column, int(one.counted.sum()), clusters[one.counted])
        for one, point, column in zip(statistics, points, estimates.T, strict=True)
    ]


def _figure(
    name: str, point: float, estimates: Floats, n: int, clusters: Ints | None = None
) -> Figure:
    """A figure with its interval, if it does not count questions of one cluster alone."""
    if np.isnan(point):
        return Figure(name, None, None, None, n)
    several = clusters is None or len(np.unique(clusters)) > 1
    interval = stats.percentile_interval(estimates) if several else None
    # Adding 0.0 turns -0.0 into 0.0.
    low, high = (round(end, 6) + 0.0 for end in interval) if interval else (None, None)
    return Figure(name, round(float(point), 6) + 0.0, low, high, n)


def _both_scored(left: Floats, right: Floats) -> metrics.Flags:
    return ~(np.isnan(left) | np.isnan(right))


# ---------------------------------------------------------------- figures of sums


def _ratio(name: str, above: Floats, below: Floats) -> _Statistic:
    """Σ above / Σ below over the questions where both are scored; counts those with any below."""
    scored = _both_scored(above, below)
    top, bottom = np.where(scored, above, 0.0), np.where(scored, below, 0.0)
    return _Statistic(name, lambda w: metrics.ratio(w @ top, w @ bottom), bottom != 0)


def _abstention(table: _Table) -> list[_Statistic]:
    """Precision, recall and F1 with unanswerable as the positive class; recall by why."""
    abstained, unanswerable = table["abstained"], table["unanswerable"]
    both = abstained * unanswerable
    by_why = (
        _ratio(f"abstention_recall:{why}", both * table.why(why), unanswerable * table.why(why))
        for why in Why
    )
    return [
        _ratio("abstention_precision", both, abstained),
        _ratio("abstention_recall", both, unanswerable),
        _ratio("abstention_f1", 2 * both, abstained + unanswerable),
        _ratio("false_abstention", abstained * (1 - unanswerable), 1 - unanswerable),
        *by_why,
    ]


def _conflicts(table: _Table) -> list[_Statistic]:
    """Precision over what was flagged; recall over what there was; F1 is their harmonic mean."""
    flagged = table["conflict_flagged"]
    precision = _ratio("conflict_precision", table["conflict_gold"] * flagged, flagged)
    recall = _ratio("conflict_recall", table["conflict_found"], table.ones)

    def f1(weights: Floats) -> Floats:
        # Nothing flagged leaves precision undefined; F1 is 0 then, if there was something to find.
        return metrics.harmonic(np.nan_to_num(precision.at(weights)), recall.at(weights))

    return [precision, recall, _Statistic("conflict_f1", f1, recall.counted)]


def _calibration(table: _Table) -> list[_Statistic]:
    """Figures of the confidence of what was shown."""
    shown = _both_scored(table["confidence"], table["shown_correct"])
    confidence, correct = table["confidence"], table["shown_correct"]
    brier = _ratio("brier", metrics.brier(confidence, correct), table.ones)
    base_rate = _ratio("base_rate", np.where(shown, correct, np.nan), table.ones)
    bins = np.full(len(shown), -1)
    bins[shown] = metrics.equal_mass_bins(confidence[shown])
    gaps = np.nan_to_num(metrics.bin_gaps(confidence, correct, bins))
    ones = shown.astype(np.float64)

    def skill(weights: Floats) -> Floats:
        return metrics.brier_skill(brier.at(weights), base_rate.at(weights))

    def error(weights: Floats) -> Floats:
        return metrics.calibration_error(weights @ gaps, weights @ ones)

    return [
        brier,
        _Statistic("brier_skill", skill, shown),
        _Statistic("calibration_error", error, shown),
    ]


def _calibration_if_perfect(table: _Table) -> Figure:
    """Mean and middle 95% of the error that perfectly calibrated confidences would show."""
    shown = _both_scored(table["confidence"], table["shown_correct"])
    name, n = "calibration_error_if_perfect", int(shown.sum())
    if not n:
        return Figure(name, None, None, None, 0)
    simulated = metrics.calibration_error_if_perfect(table["confidence"][shown], seed=stats.SEED)
    return _figure(name, simulated.mean(), simulated, n)


# ---------------------------------------------------------------- figures of an order


def _of_order(table: _Table) -> list[_Statistic]:
    latency, confidence = table["latency_ms"], table["confidence"]
    return [
        _ordered("abstention_auroc", metrics.auroc, 1 - confidence, table["unanswerable"]),
        _ordered("aurc", metrics.aurc, confidence, table["correct"]),
        _ordered("latency_p50_ms", lambda x, _, w: metrics.quantile(x, 0.5, w), latency, latency),
        _ordered("latency_p95_ms", lambda x, _, w: metrics.quantile(x, 0.95, w), latency, latency),
    ]


def _ordered(
    name: str, metric: Callable[[Floats, Floats, Floats], Floats], left: Floats, right: Floats
) -> _Statistic:
    """A metric of two values and weights, over the questions where both values are scored."""
    scored = _both_scored(left, right)

    def at(weights: Floats) -> Floats:
        if not scored.any():
            return np.full(weights.shape[:-1], np.nan)
        return metric(left[scored], right[scored], weights[..., scored])

    return _Statistic(name, at, scored)
