"""Fits the weights that rank sentences and the chances, from examples.

Sentence weights are fitted listwise, by softmax over the sentences of a question (Cao et al.,
Learning to Rank: From Pairwise Approach to Listwise Approach, ICML 2007), the two chances by
logistic regression. Fitted log odds are moved to other data by a stretch and a shift (Platt,
Probabilistic Outputs for Support Vector Machines, 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from eval.train.examples import Example
from eval.train.weights import fit_logistic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.reading.reader import Logistic

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

# At the fitted threshold this share of the answerable questions is left unanswered.
FALSE_ABSTENTION = 0.10
# The assumed share of questions without an answer in the archive, when chances are fitted.
_UNANSWERABLE = 0.2
_RIDGE = 1e-3


# What the account says where the sentence weights are those of an earlier fit.
SENTENCES_KEPT = "sentence weights kept"


class Prior(NamedTuple):
    """Sentence weights known before and the penalty on the square of each change: (features,).

    No weight changes its sign: what counts for a sentence may lose all weight but never comes to
    count against it.
    """

    weights: Floats
    penalties: Floats


def fit_sentences(found: Sequence[Example], prior: Prior | None = None) -> Floats:
    """Weights that make the right sentences of each question likely among all of its sentences.

    They stay near the prior, by default near zero.
    """
    import numpy as np
    from scipy.optimize import minimize

    usable = [example for example in found if example.right.any()]
    if prior is None:
        features = usable[0].evidence.matrix.shape[1]
        prior = Prior(np.zeros(features), np.full(features, _RIDGE))

    def loss(weights: Floats) -> tuple[float, Floats]:
        added = weights - prior.weights
        total, gradient = float(prior.penalties @ added**2), 2 * prior.penalties * added
        for example in usable:
            matrix = example.evidence.matrix
            scores = matrix @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            mass = float(shares[example.right].sum())
            total -= np.log(mass) / len(usable)
            wanted = np.where(example.right, shares / mass, 0.0)
            gradient = gradient - matrix.T @ (wanted - shares) / len(usable)
        return total, gradient

    bounds = [(0 if known > 0 else None, 0 if known < 0 else None) for known in prior.weights]
    found_best = minimize(loss, prior.weights, jac=True, bounds=bounds, method="L-BFGS-B")
    weights: Floats = found_best.x
    return weights


class Outcomes(NamedTuple):
    """Examples under given sentence weights: their features (examples, features), whether a
    question can be answered, and whether its first sentence answers: (examples,) each.
    """

    rows: Floats
    answered: Flags
    first_right: Flags


def outcomes(found: Sequence[Example], sentence_weights: Floats) -> Outcomes:
    """The outcomes of the examples that have any sentence."""
    import numpy as np

    from rag.reading.features import question_features
    from rag.reading.subjects import prefer_subject

    read = [example for example in found if example.evidence.sentences]
    scores = [
        prefer_subject(example.evidence, example.evidence.matrix @ sentence_weights)
        for example in read
    ]
    pairs = list(zip(read, scores, strict=True))
    return Outcomes(
        np.stack([question_features(example.evidence, own) for example, own in pairs]),
        np.asarray([example.answerable for example in read]),
        np.asarray([example.right[own.argmax()] for example, own in pairs]),
    )


class Chances(NamedTuple):
    """The chance that no sentence answers, that the first one does, and the threshold on none."""

    none: Logistic
    right: Logistic
    threshold: float


def fit_chances(seen: Outcomes, answered: Flags) -> Chances:
    """Fits both chances, as if one in five questions had no answer.

    :param answered: whether any sentence answers, (examples,).
    """
    import numpy as np

    share = answered.mean()
    weights = np.where(answered, (1 - _UNANSWERABLE) / share, _UNANSWERABLE / (1 - share))
    none = _logistic(seen.rows, ~answered, weights)
    right = _logistic(seen.rows, seen.first_right, weights)
    return Chances(none, right, threshold(none, seen.rows[answered]))


def threshold(none: Logistic, answered_rows: Floats) -> float:
    """The chance of none that one in ten of the answerable questions exceeds."""
    import numpy as np

    return float(np.quantile([none.chance(row) for row in answered_rows], 1 - FALSE_ABSTENTION))


def _logistic(rows: Floats, labels: Flags, weights: Floats) -> Logistic:
    from rag.reading.reader import Logistic

    slopes, bias = fit_logistic(rows, labels, weights, strength=1.0)
    return Logistic(tuple(slopes.tolist()), bias)


def platt(fitted: Logistic, rows: Floats, labels: Flags) -> Logistic:
    """The fitted log odds, stretched and shifted towards the labels; their order stays."""
    import numpy as np
    from scipy.optimize import minimize

    odds = rows @ np.asarray(fitted.weights) + fitted.bias
    # Platt's own targets, which a few questions do not drive to certainty.
    yes, no = labels.sum(), (~labels).sum()
    targets = np.where(labels, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(parameters: Floats) -> float:
        moved = np.exp(parameters[0]) * odds + parameters[1]
        return float(np.mean(np.logaddexp(0, moved) - targets * moved))

    stretch, shift = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    slope = float(np.exp(stretch))
    weights = tuple(slope * weight for weight in fitted.weights)
    return type(fitted)(weights, slope * fitted.bias + float(shift))


def plain_weights(sentence: Floats, chances: Chances) -> dict[str, object]:
    """The weights as JSON has them."""
    from rag.reading.features import QUESTION_FEATURES, SENTENCE_FEATURES

    def named(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
        return {name: round(value, 4) for name, value in zip(names, values, strict=True)}

    def logistic(fitted: Logistic) -> dict[str, float]:
        return named((*QUESTION_FEATURES, "bias"), (*fitted.weights, fitted.bias))

    return {
        "sentence": named(SENTENCE_FEATURES, sentence.tolist()),
        "none": logistic(chances.none),
        "right": logistic(chances.right),
        "threshold": round(chances.threshold, 4),
    }
