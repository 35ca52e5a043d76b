"""Uncertainty: bootstrap intervals and tests of paired differences, over plain arrays.

Everything is drawn from a fixed seed, so the same numbers in give the same numbers out. Questions that share a cluster are
drawn together. Knows nothing of metrics. numpy only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

RESAMPLES = 10_000
SEED = 1979  # the year of Efron's paper
_BLOCK_CELLS = 2_500_000  # 20 MB of weights at a time


class Interval(NamedTuple):
    """A 95% interval, both ends included."""

    low: float
    high: float


class Paired(NamedTuple):
    """The mean of paired differences, its 95% interval, and the two-sided chance of one as far from 0 by luck."""

    difference: float
    interval: Interval
    p: float


def cluster_indices(ids: Sequence[str], clusters: Sequence[str | None]) -> Ints:
    """The cluster of each question as 0, 1, …, numbered by name; a question without one is a cluster by itself."""
    # The two kinds of name must not meet: a question may be called what a cluster is called.
    names = [
        ("cluster", cluster) if cluster is not None else ("id", name)
        for name, cluster in zip(ids, clusters, strict=True)
    ]
    number = {name: index for index, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], dtype=np.intp)


def resample_counts(clusters: int, *, resamples: int = RESAMPLES) -> Iterator[Floats]:
    """How often each cluster is drawn in each resample, in blocks of shape (block, clusters); each row sums to `clusters`.

    Drawing with replacement as many as there are (Efron 1979), by whole clusters (Davison & Hinkley 1997, section 3.8).
    """
    generator = np.random.default_rng(SEED)
    block = max(1, _BLOCK_CELLS // clusters)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = generator.integers(0, clusters, size=(rows, clusters), dtype=np.int32).astype(
            np.intp
        )
        drawn += np.arange(rows)[:, None] * clusters
        yield (
            np.bincount(drawn.ravel(), minlength=rows * clusters)
            .reshape(rows, clusters)
            .astype(np.float64)
        )


def bootstrap_sums(columns: Floats, clusters: Ints, *, resamples: int = RESAMPLES) -> Floats:
    """The sum of each column in each resample: (n, columns) in, (resamples, columns) out.

    A mean over some questions is the ratio of two columns, the values (0 where unscored) and the mask.
    """
    number = int(clusters.max()) + 1
    by_cluster = np.zeros((number, columns.shape[1]))
    np.add.at(by_cluster, clusters, columns)
    return np.concatenate(
        [counts @ by_cluster for counts in resample_counts(number, resamples=resamples)]
    )


def percentile_interval(estimates: Floats) -> Interval | None:
    """The middle 95% of the resampled estimates (Efron & Tibshirani 1993, chapter 13); NaN ones are left out, `None` if all are."""
    defined = estimates[~np.isnan(estimates)]
    if not defined.size:
        return None
    low, high = np.quantile(defined, [0.025, 0.975])
    return Interval(float(low), float(high))


def paired_bootstrap(differences: Floats, clusters: Ints) -> list[Paired]:
    """Tests for each column of (n, columns) whether its mean is 0 (Efron & Tibshirani 1993, section 15.4); NaN is unscored.

    p = 2 · min(share of resampled means ≤ 0, share ≥ 0), each counted with one added resample so that p is never 0. Few questions
    make the bootstrap too sure of itself, so p is at least 2^(1 - m), the least that flipping the signs of the m clusters that
    changed can show (Fisher 1935).

    :raises ValueError: if nothing is scored in a column.
    """
    scored = ~np.isnan(differences)
    if not scored.any(axis=0).all():
        raise ValueError("a column of differences has no scored question")
    filled, mask = np.where(scored, differences, 0.0), scored.astype(np.float64)
    sums = bootstrap_sums(np.concatenate([filled, mask], axis=1), clusters)
    tops, counts = np.split(sums, 2, axis=1)
    means = np.divide(tops, counts, out=np.full_like(tops, np.nan), where=counts > 0)
    floors = [2.0 ** (1 - len(np.unique(clusters[column != 0]))) for column in filled.T]
    points = filled.sum(axis=0) / mask.sum(axis=0)
    return [
        _paired(float(point), column, floor)
        for point, column, floor in zip(points, means.T, floors, strict=True)
    ]


def _paired(difference: float, means: Floats, floor: float) -> Paired:
    defined = means[~np.isnan(means)]
    tail = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    interval = percentile_interval(means) or Interval(difference, difference)
    return Paired(difference, interval, min(1.0, max(floor, 2 * (tail + 1) / (len(defined) + 1))))


def mcnemar(won: int, lost: int) -> float:
    """Two-sided exact p of `won` against `lost` among the questions that turned (McNemar 1947; exact binomial with chance ½).

    Takes questions as independent, also where they share a cluster.
    """
    turned, term, tail = won + lost, 1, 0
    for count in range(min(won, lost) + 1):
        tail += term  # binomial coefficients, each from the one before
        term = term * (turned - count) // (count + 1)
    chance: float = 2 * tail / 2**turned
    return min(1.0, chance)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for looking at all of them, in the order given (Holm 1979): max over j ≤ i of (m - j + 1) · p_(j), at most 1."""
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(
        sorted(range(len(p_values)), key=lambda position: p_values[position])
    ):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted
