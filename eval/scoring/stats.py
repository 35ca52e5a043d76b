"""Uncertainty: bootstrap intervals and tests of paired differences, over plain arrays.

Everything is drawn from a fixed seed, so results repeat. Questions of one cluster are drawn
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    """The mean of paired differences, its 95% interval, and the two-sided p that it is 0."""

    difference: float
    interval: Interval
    p: float


def cluster_indices(ids: Sequence[str], clusters: Sequence[str | None]) -> Ints:
    """The cluster of each question as 0, 1, …, numbered by name.

    A question without a cluster is one by itself.
    """
    # The two kinds of name must not meet: a question may be called what a cluster is called.
    names = [
        ("cluster", cluster) if cluster is not None else ("id", name)
        for name, cluster in zip(ids, clusters, strict=True)
    ]
    number = {name: index for index, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], dtype=np.intp)


def resample_counts(clusters: int, *, resamples: int = RESAMPLES) -> Iterator[Floats]:
    """How often each cluster is drawn in each resample, in blocks of shape (block, clusters).

    As many are drawn as there are, with replacement (Efron 1979), by whole clusters (Davison &
    Hinkley 1997, section 3.8).
    """
    generator = np.random.default_rng(SEED)
    block = max(1, _BLOCK_CELLS // clusters)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = generator.integers(0, clusters, size=(rows, clusters), dtype=np.int32)
        cells = drawn.astype(np.intp) + np.arange(rows)[:, None] * clusters
        counts = np.bincount(cells.ravel(), minlength=rows * clusters)
        yield counts.reshape(rows, clusters).astype(np.float64)


def bootstrap(
    statistic: Callable[[Floats], Floats], clusters: Ints, *, resamples: int = RESAMPLES
) -> Floats:
    """A statistic in each resample: shape (resamples, …).

    :param statistic: takes how often each question counts, shape (block, n), to (block, …).
    :param clusters: shape (n,), as `cluster_indices` gives them.
    """
    number = int(clusters.max()) + 1
    blocks = resample_counts(number, resamples=resamples)
    return np.concatenate([statistic(counts[:, clusters]) for counts in blocks])


def percentile_interval(estimates: Floats) -> Interval | None:
    """The middle 95% of resampled estimates without NaN, `None` if all are NaN.

    Source: Efron & Tibshirani 1993, chapter 13.
    """
    defined = estimates[~np.isnan(estimates)]
    if not defined.size:
        return None
    low, high = np.quantile(defined, [0.025, 0.975])
    return Interval(float(low), float(high))


def paired_bootstrap(differences: Floats, clusters: Ints) -> list[Paired]:
    """Tests for each column of (n, columns) whether its mean is 0; NaN is unscored.

    p = 2 · min(share of resampled means ≤ 0, share ≥ 0), each with one added resample so that p is
    never 0 (Efron & Tibshirani 1993, section 15.4). The bootstrap is too sure of few questions, so
    p is at least 2^(1 - m), the least that flipping the signs of the m clusters that changed can
    show (Fisher 1935).

    :raises ValueError: if nothing is scored in a column.
    """
    scored = ~np.isnan(differences)
    if not scored.any(axis=0).all():
        raise ValueError("a column of differences has no scored question")
    filled, mask = np.where(scored, differences, 0.0), scored.astype(np.float64)

    def mean(weights: Floats) -> Floats:
        tops, counts = weights @ filled, weights @ mask
        return np.divide(tops, counts, out=np.full_like(tops, np.nan), where=counts > 0)

    means = bootstrap(mean, clusters)
    found = []
    for column, resampled, n in zip(filled.T, means.T, mask.sum(axis=0), strict=True):
        difference = float(column.sum() / n)
        interval = percentile_interval(resampled) or Interval(difference, difference)
        defined = resampled[~np.isnan(resampled)]
        tail = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
        least = 2.0 ** (1 - len(np.unique(clusters[column != 0])))
        p = min(1.0, max(least, 2 * (tail + 1) / (len(defined) + 1)))
        found.append(Paired(difference, interval, p))
    return found


def mcnemar(won: int, lost: int) -> float:
    """Two-sided exact p of `won` against `lost` among the questions that turned.

    Exact binomial with chance ½ (McNemar 1947); questions count as independent, also within a
    cluster.
    """
    from scipy.stats import binomtest

    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for looking at all of them, in the order given (Holm 1979).

    max over j ≤ i of (m - j + 1) · p_(j), at most 1.
    """
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted
