"""Scored questions in, figures with their intervals out.

Every figure is a function of weighted sums over questions, or of a weighted order of them, so that one set of resamples serves
all. Questions are put in order of id first; results are rounded to six places, so that they are the same on every run. Knows
nothing of answers or gold records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from eval.gold.questions import Why
from eval.scoring import metrics, stats
from eval.scoring.score import CUTOFFS, DEPTH, QUOTE_CUTOFFS, QuestionScore
from eval.scoring.stats import Floats, Ints

_LEVELS = ("passage", "article")
_RANKING = [f"{name}@{k}" for name in ("recall", "hit", "all_evidence") for k in CUTOFFS] + [
    f"{name}@{DEPTH}" for name in ("mrr", "ndcg", "map")
]
MEANS: tuple[str, ...] = (
    *(f"{level}_{name}" for level in _LEVELS for name in _RANKING),
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
    "verbatim",
    "evidence_precision",
    "evidence_recall",
    "right_decision",
    "conflict_kind",
    "as_of",
    "error",
)
_ORDER_RESAMPLES = 1000  # figures over an order cost a sort's worth of memory for each resample


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report, its 95% interval, and how many questions it counts.

    The value is `None` where it is not defined; the interval is too where the questions are one cluster, which tells nothing of how
    far the next one may lie.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class _OfSums:
    """A figure that is a function of weighted sums: `combine` takes (..., columns) to (...)."""

    name: str
    columns: Floats
    combine: Callable[[Floats], Floats]
    n: int


@dataclass(frozen=True, slots=True)
class _OfOrder:
    """A figure that needs the questions themselves: `at` takes weights (..., n) to (...)."""

    name: str
    at: Callable[[Floats], Floats]
    scored: metrics.Flags


class _Table:
    """The values of all questions as arrays, NaN where unscored."""

    def __init__(self, scores: Iterable[QuestionScore]) -> None:
        self.scores = sorted(scores, key=lambda score: score.id)
        self.clusters: Ints = stats.cluster_indices(
            [score.id for score in self.scores], [score.cluster for score in self.scores]
        )

    def __getitem__(self, name: str) -> Floats:
        # numpy reads None as NaN.
        return np.array([score.values.get(name) for score in self.scores], dtype=np.float64)

    def why(self, why: Why) -> Floats:
        return np.array([score.why == why for score in self.scores], dtype=np.float64)


def figures(scores: Sequence[QuestionScore]) -> list[Figure]:
    """Every figure over these questions, in a fixed order, with n = 0 and no value where nothing is scored.

    Intervals are percentile bootstraps by cluster: 10,000 resamples, 1,000 for figures over an order.
    """
    if not scores:
        return []
    table = _Table(scores)
    of_sums = [
        *_means(table),
        *_abstention(table),
        *_conflicts(table),
        *_quote_length(table),
        *_calibration(table),
    ]
    resampled = _split(
        stats.bootstrap_sums(
            np.concatenate([item.columns for item in of_sums], axis=1), table.clusters
        ),
        of_sums,
    )
    found = []
    for item, sums in zip(of_sums, resampled, strict=True):
        figure = _figure(
            item.name, float(item.combine(item.columns.sum(axis=0))), item.combine(sums), item.n
        )
        found.append(_if_several(figure, table.clusters[item.columns.any(axis=1)]))
    return [*found, *_calibration_reference(table), *_order_figures(table)]


class Together(NamedTuple):
    """Two values of the questions that have both, shape (n,), in order of id."""

    left: Floats
    right: Floats


def scored_together(scores: Iterable[QuestionScore], left: str, right: str) -> Together:
    """What a curve is drawn from: `scored_together(scores, "confidence", "correct")` for `metrics.risk_coverage`."""
    table = _Table(scores)
    one, other = table[left], table[right]
    both = ~(np.isnan(one) | np.isnan(other))
    return Together(one[both], other[both])


def _figure(name: str, point: float, estimates: Floats, n: int) -> Figure:
    if np.isnan(point):
        return Figure(name, None, None, None, n)
    interval = stats.percentile_interval(estimates)
    low, high = map(_rounded, interval) if interval else (None, None)
    return Figure(name, _rounded(point), low, high, n)


def _if_several(figure: Figure, clusters: Ints) -> Figure:
    return figure if len(np.unique(clusters)) > 1 else replace(figure, low=None, high=None)


def _rounded(number: float) -> float:
    # Adding 0.0 turns -0.0 into 0.0.
    return round(number, 6) + 0.0


def _split(sums: Floats, items: Sequence[_OfSums]) -> list[Floats]:
    return np.split(sums, np.cumsum([item.columns.shape[1] for item in items])[:-1], axis=1)


# ---------------------------------------------------------------- figures of sums


def _ratio_of(sums: Floats) -> Floats:
    return metrics.ratio(sums[..., 0], sums[..., 1])


def _ratio(name: str, above: Floats, below: Floats) -> _OfSums:
    """Σ above / Σ below over the questions where both are scored; n counts those with anything below."""
    scored = ~(np.isnan(above) | np.isnan(below))
    columns = np.column_stack([np.where(scored, above, 0.0), np.where(scored, below, 0.0)])
    return _OfSums(name, columns, _ratio_of, int((columns[:, 1] != 0).sum()))


def _means(table: _Table) -> list[_OfSums]:
    return [_ratio(name, table[name], np.ones(len(table.scores))) for name in MEANS]


def _abstention(table: _Table) -> list[_OfSums]:
    """Precision, recall and F1 with unanswerable as the positive class, false abstention, and recall by why."""
    abstained, unanswerable = table["abstained"], table["unanswerable"]
    both = abstained * unanswerable
    return [
        _ratio("abstention_precision", both, abstained),
        _ratio("abstention_recall", both, unanswerable),
        _ratio("abstention_f1", 2 * both, abstained + unanswerable),
        _ratio("false_abstention", abstained * (1 - unanswerable), 1 - unanswerable),
        *(
            _ratio(f"abstention_recall:{why}", both * table.why(why), unanswerable * table.why(why))
            for why in Why
        ),
    ]


def _conflicts(table: _Table) -> list[_OfSums]:
    """Precision over what was flagged; recall over what there was, both values quoted; F1 is their harmonic mean."""
    precision = _ratio(
        "conflict_precision",
        table["conflict_gold"] * table["conflict_flagged"],
        table["conflict_flagged"],
    )
    recall = _ratio("conflict_recall", table["conflict_found"], np.ones(len(table.scores)))
    columns = np.concatenate([precision.columns, recall.columns], axis=1)
    return [precision, recall, _OfSums("conflict_f1", columns, _conflict_f1, recall.n)]


def _conflict_f1(sums: Floats) -> Floats:
    # Nothing flagged leaves precision undefined; when there was something to find, F1 is 0 then.
    precision, recall = _ratio_of(sums[..., :2]), _ratio_of(sums[..., 2:])
    return metrics.harmonic(np.nan_to_num(precision), recall)


def _quote_length(table: _Table) -> list[_OfSums]:
    return [_ratio("quote_characters", table["quote_characters"], table["quotes_shown"])]


def _calibration(table: _Table) -> list[_OfSums]:
    confidence, correct, n = _shown(table)
    scored = ~np.isnan(confidence)
    ones, c, y = scored.astype(np.float64), np.nan_to_num(confidence), np.nan_to_num(correct)
    squared = metrics.brier(c, y)
    bins = np.full(len(c), -1)
    bins[scored] = metrics.equal_mass_bins(confidence[scored])
    gaps = metrics.bin_gaps(c, y, bins)
    return [
        _OfSums("brier", np.column_stack([squared, ones]), _ratio_of, n),
        _OfSums("brier_skill", np.column_stack([squared, y, ones]), _skill_of, n),
        _OfSums("calibration_error", np.column_stack([gaps, ones]), _calibration_error_of, n),
    ]


def _skill_of(sums: Floats) -> Floats:
    return metrics.brier_skill(
        metrics.ratio(sums[..., 0], sums[..., 2]), metrics.ratio(sums[..., 1], sums[..., 2])
    )


def _calibration_error_of(sums: Floats) -> Floats:
    return metrics.calibration_error(sums[..., :-1], sums[..., -1])


def _calibration_reference(table: _Table) -> list[Figure]:
    """What a perfectly calibrated model would show at this n: mean and middle 95% of simulations, to be read beside the error."""
    confidence, _, n = _shown(table)
    if not n:
        return [Figure("calibration_error_if_perfect", None, None, None, 0)]
    simulated = metrics.calibration_error_if_perfect(
        confidence[~np.isnan(confidence)], seed=stats.SEED
    )
    return [_figure("calibration_error_if_perfect", float(simulated.mean()), simulated, n)]


def _shown(table: _Table) -> tuple[Floats, Floats, int]:
    """Confidence and correctness of what was shown, NaN together, and how many there are."""
    return _pair(table["confidence"], table["shown_correct"])


def _pair(left: Floats, right: Floats) -> tuple[Floats, Floats, int]:
    unscored = np.isnan(left) | np.isnan(right)
    return (
        np.where(unscored, np.nan, left),
        np.where(unscored, np.nan, right),
        int((~unscored).sum()),
    )


# ---------------------------------------------------------------- figures of an order


def _order_figures(table: _Table) -> list[Figure]:
    items = _of_order(table)
    blocks = [
        [item.at(counts[:, table.clusters]) for item in items]
        for counts in stats.resample_counts(
            int(table.clusters.max()) + 1, resamples=_ORDER_RESAMPLES
        )
    ]
    everyone = np.ones(len(table.scores))
    found = []
    for position, item in enumerate(items):
        estimates = np.concatenate([block[position] for block in blocks])
        figure = _figure(item.name, float(item.at(everyone)), estimates, int(item.scored.sum()))
        found.append(_if_several(figure, table.clusters[item.scored]))
    return found


def _of_order(table: _Table) -> list[_OfOrder]:
    latency = table["latency_ms"]
    return [
        _ordered("abstention_auroc", metrics.auroc, 1 - table["confidence"], table["unanswerable"]),
        _ordered("aurc", metrics.aurc, table["confidence"], table["correct"]),
        _ordered("latency_p50_ms", _quantile(0.5), latency, latency),
        _ordered("latency_p95_ms", _quantile(0.95), latency, latency),
    ]


def _ordered(
    name: str, metric: Callable[[Floats, Floats, Floats], Floats], left: Floats, right: Floats
) -> _OfOrder:
    """A figure over the questions where both values are scored."""
    scored = ~(np.isnan(left) | np.isnan(right))
    return _OfOrder(name, partial(_at, metric, left[scored], right[scored], scored), scored)


def _at(
    metric: Callable[[Floats, Floats, Floats], Floats],
    left: Floats,
    right: Floats,
    scored: metrics.Flags,
    weights: Floats,
) -> Floats:
    return (
        metric(left, right, weights[..., scored])
        if left.size
        else np.full(weights.shape[:-1], np.nan)
    )


def _quantile(q: float) -> Callable[[Floats, Floats, Floats], Floats]:
    return lambda values, _, weights: metrics.quantile(values, q, weights)
