"""Metrics, one a function, from rankings, strings and arrays to numbers.

The first half scores one question. The second half scores a set of questions, over numpy arrays,
and takes `weights` of shape (..., n), so that a bootstrap can count a question more than once; the
result has shape (...). A figure that is not defined (no positives, nobody answered) is NaN.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from eval.scoring.matching import realtimeqa_normalise, squad_normalise

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

BINS = 5
"""How many bins of equal mass calibration is measured in."""
_SIMULATIONS = 1000

# ---------------------------------------------------------------- one ranking

FirstRanks = Sequence[int | None]
"""The rank, from 1, at which each needed part of the evidence is first covered; `None` for never.

An alternative or a copy of a covered part adds nothing, and a passage that covers two parts is one
item: novelty as in alpha-nDCG with alpha 1 (Clarke et al. 2008). With one part these are the
classical measures.
"""


def recall_at(ranks: FirstRanks, k: int) -> float:
    """Parts covered by the first k, over all parts (Manning et al. 2008, section 8.4)."""
    return _covered(ranks, k) / len(ranks)


def hit_at(ranks: FirstRanks, k: int) -> float:
    """1 if the first k cover any part, else 0 (success@k)."""
    return float(_covered(ranks, k) > 0)


def all_at(ranks: FirstRanks, k: int) -> float:
    """1 if the first k cover every part, else 0: what a question over several articles needs."""
    return float(_covered(ranks, k) == len(ranks))


def reciprocal_rank_at(ranks: FirstRanks, k: int) -> float:
    """1 / rank of the first covered part, 0 if none is within k (Voorhees 1999; MRR@k)."""
    return max((1 / rank for rank in ranks if rank is not None and rank <= k), default=0.0)


def ndcg_at(ranks: FirstRanks, k: int) -> float:
    """DCG@k / ideal DCG@k, gain 1, discount log2(1 + rank) (Järvelin & Kekäläinen 2002)."""
    relevant, total = _relevant(ranks)
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(total, k) + 1))
    return sum(1 / math.log2(1 + rank) for rank in relevant if rank <= k) / ideal


def average_precision_at(ranks: FirstRanks, k: int) -> float:
    """Σ precision at each relevant rank within k, over all relevant items (trec_eval's map_cut)."""
    relevant, total = _relevant(ranks)
    return sum(found / rank for found, rank in enumerate(relevant, start=1) if rank <= k) / total


def _covered(ranks: FirstRanks, k: int) -> int:
    return sum(rank is not None and rank <= k for rank in ranks)


class _Relevant(NamedTuple):
    """The ranks that bring something new, in order, and how many relevant items there are."""

    ranks: list[int]
    total: int


def _relevant(ranks: FirstRanks) -> _Relevant:
    found = sorted({rank for rank in ranks if rank is not None})
    return _Relevant(found, len(found) + sum(rank is None for rank in ranks))


# ---------------------------------------------------------------- one short answer


def exact_match(prediction: str, accepted: Sequence[str]) -> float:
    """1 if the normalised prediction equals an accepted answer (Rajpurkar et al. 2016)."""
    return float(any(squad_normalise(prediction) == squad_normalise(gold) for gold in accepted))


def token_f1(prediction: str, accepted: Sequence[str]) -> float:
    """Best F1 of shared tokens, 2PR / (P + R), over the accepted answers.

    Source: Rajpurkar et al. 2016; empty answers as in SQuAD 2.0.
    """
    tokens = squad_normalise(prediction).split()
    scores = (overlap_f1(tokens, squad_normalise(gold).split()) for gold in accepted)
    return max(scores, default=0.0)


def realtimeqa_exact_match(prediction: str, parts: Sequence[Sequence[str]]) -> float:
    """RealTimeQA's own exact match: parts in any order, articles kept (Kasai et al. 2023)."""
    tokens = realtimeqa_normalise(prediction)
    return float(any(tokens == realtimeqa_normalise(gold) for gold in _orders(parts)))


def realtimeqa_f1(prediction: str, parts: Sequence[Sequence[str]]) -> float:
    """RealTimeQA's own F1 over tokens; 0 without a shared token (Kasai et al. 2023)."""
    tokens = realtimeqa_normalise(prediction).split()
    if not tokens:
        return 0.0
    scores = (overlap_f1(tokens, realtimeqa_normalise(gold).split()) for gold in _orders(parts))
    return max(scores, default=0.0)


def _orders(parts: Sequence[Sequence[str]]) -> list[str]:
    picks = itertools.product(*parts)
    return [" ".join(order) for pick in picks for order in itertools.permutations(pick)]


def overlap_f1(tokens: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of two bags of words, in [0, 1]: 1 where both are empty, 0 where one is."""
    if not tokens or not gold:
        return float(tokens == gold)
    shared = (Counter(tokens) & Counter(gold)).total()
    # 2PR / (P + R) with P = shared / |tokens| and R = shared / |gold|.
    return 2 * shared / (len(tokens) + len(gold))


# ---------------------------------------------------------------- one grouping


class BCubed(NamedTuple):
    """Precision, recall and F1 of a grouping, as means over its items."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def b_cubed(found: Sequence[object], gold: Sequence[object]) -> BCubed:
    """How well items are grouped, given the group of each (Bagga & Baldwin 1998).

    An item's precision is the share of its found group that is in its gold group, its recall the
    share of its gold group that is in its found group; there is at least one item.

    >>> b_cubed("aab", "xxx")
    BCubed(precision=1.0, recall=0.5555555555555556)
    """
    groups, golds = Counter(found), Counter(gold)
    shared = Counter(zip(found, gold, strict=True))
    pairs = list(zip(found, gold, strict=True))
    precision = sum(shared[pair] / groups[pair[0]] for pair in pairs) / len(pairs)
    recall = sum(shared[pair] / golds[pair[1]] for pair in pairs) / len(pairs)
    return BCubed(precision, recall)


# ---------------------------------------------------------------- a set of questions


def ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> Floats:
    """above / below, NaN where below is 0: means, precision and recall of weighted sums."""
    top, bottom = np.asarray(above, np.float64), np.asarray(below, np.float64)
    out: Floats = np.full(np.broadcast(top, bottom).shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


def harmonic(precision: npt.ArrayLike, recall: npt.ArrayLike) -> Floats:
    """F1 = 2PR / (P + R) (van Rijsbergen 1979); 0 where both are 0, NaN where one is undefined."""
    p, r = np.asarray(precision, np.float64), np.asarray(recall, np.float64)
    return np.asarray(np.where(p + r == 0, 0.0, ratio(2 * p * r, p + r)), np.float64)


def auroc(scores: Floats, positive: Floats, weights: Floats | None = None) -> Floats:
    """The chance that a positive scores above a negative, ties counting half.

    Mann-Whitney U / (P·N) (Hanley & McNeil 1982).

    :param scores: shape (n,).
    :param positive: shape (n,), 1 or 0.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    order, starts = _tie_groups(scores)
    ups = np.add.reduceat((weights * positive)[..., order], starts, axis=-1)
    downs = np.add.reduceat((weights * (1 - positive))[..., order], starts, axis=-1)
    below = np.cumsum(downs, axis=-1) - downs / 2
    return ratio((ups * below).sum(axis=-1), ups.sum(axis=-1) * downs.sum(axis=-1))


class RiskCoverage(NamedTuple):
    """Points of a risk-coverage curve, by falling confidence; both have shape (points,)."""

    coverage: Floats
    risk: Floats


def risk_coverage(confidence: Floats, correct: Floats) -> RiskCoverage:
    """Risk (share wrong) of what is answered at each threshold (El-Yaniv & Wiener 2010).

    Questions of equal confidence come in together, so the curve does not depend on their order.
    """
    kept, wrong = _cumulative(confidence, correct, np.ones(len(confidence)))
    return RiskCoverage(kept / kept[-1], wrong / kept)


def aurc(confidence: Floats, correct: Floats, weights: Floats | None = None) -> Floats:
    """Area under the risk-coverage curve; lower is better (Geifman & El-Yaniv 2017).

    1/n Σ_i risk at the threshold of question i.
    """
    weights = np.ones(len(confidence)) if weights is None else weights
    kept, wrong = _cumulative(confidence, correct, weights)
    mass = np.diff(kept, axis=-1, prepend=0.0)
    risk = np.divide(wrong, kept, out=np.zeros_like(kept), where=kept > 0)
    return ratio((mass * risk).sum(axis=-1), kept[..., -1])


class _Cumulative(NamedTuple):
    kept: Floats
    wrong: Floats


def _cumulative(confidence: Floats, correct: Floats, weights: Floats) -> _Cumulative:
    order, starts = _tie_groups(-confidence)
    kept = np.add.reduceat(weights[..., order], starts, axis=-1)
    wrong = np.add.reduceat((weights * (1 - correct))[..., order], starts, axis=-1)
    return _Cumulative(np.cumsum(kept, axis=-1), np.cumsum(wrong, axis=-1))


class _TieGroups(NamedTuple):
    """Indices by rising key, and where each run of equal keys begins among them."""

    order: Ints
    starts: Ints


def _tie_groups(keys: Floats) -> _TieGroups:
    order = np.argsort(keys, kind="stable")
    return _TieGroups(order, np.flatnonzero(np.diff(keys[order], prepend=-np.inf)))


def brier(confidence: Floats, correct: Floats) -> Floats:
    """The squared error of each question, (c - y)²; their mean is the Brier score (Brier 1950)."""
    return (confidence - correct) ** 2


def brier_skill(score: npt.ArrayLike, base_rate: npt.ArrayLike) -> Floats:
    """1 - Brier / Brier of always giving the base rate, ȳ(1 - ȳ) (Murphy 1973); 0 is no skill."""
    rate = np.asarray(base_rate, np.float64)
    return 1 - ratio(score, rate * (1 - rate))


def equal_mass_bins(confidence: Floats) -> Ints:
    """The bin of each question, 0 to 4 by rising confidence, about n / 5 in each.

    Equal confidences share a bin.
    """
    below = np.searchsorted(np.sort(confidence), confidence, side="left")
    return below * BINS // max(len(confidence), 1)


def bin_gaps(confidence: Floats, correct: Floats, bins: Ints) -> Floats:
    """c - y of each question in the column of its bin, 0 elsewhere: shape (n, 5)."""
    return np.where(bins[:, None] == np.arange(BINS), (confidence - correct)[:, None], 0.0)


def calibration_error(gap_sums: Floats, n: npt.ArrayLike) -> Floats:
    """Expected calibration error: Σ_b |Σ_{i in b} (c_i - y_i)| / n (Naeini et al. 2015).

    Bins have equal mass (Nguyen & O'Connor 2015).

    :param gap_sums: sums of `bin_gaps`, shape (..., bins).
    """
    return ratio(np.abs(gap_sums).sum(axis=-1), n)


def calibration_error_if_perfect(confidence: Floats, *, seed: int = 0) -> Floats:
    """What `calibration_error` shows when every confidence is exactly true: shape (1000,).

    At small n the error is well above 0 even then. Consistency resampling, y_i ~ Bernoulli(c_i)
    (Bröcker & Smith 2007).
    """
    ordered = np.sort(confidence)
    truth = np.random.default_rng(seed).random((_SIMULATIONS, len(ordered))) < ordered
    members = (equal_mass_bins(ordered)[:, None] == np.arange(BINS)).astype(np.float64)
    return calibration_error((ordered - truth) @ members, len(ordered))


def quantile(values: Floats, q: float, weights: Floats | None = None) -> Floats:
    """The least value that at least a share q of the weight does not exceed.

    Source: Hyndman & Fan 1996, type 1.
    """
    weights = np.ones(len(values)) if weights is None else weights
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(weights[..., order], axis=-1)
    position = (mass < q * mass[..., -1:] - 1e-9).sum(axis=-1)
    picked: Any = values[order][position]
    return np.asarray(picked, np.float64)
