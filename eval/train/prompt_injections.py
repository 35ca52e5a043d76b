"""Fits how text that speaks to a language model is recognised (`rag.text.prompt_injection`).

Learns from sentences written for it, one a line (injections in `eval/gold/prompt-injections.txt`,
others on the same things in `prompt-injections-none.txt`), and from the sentences of news articles,
which are taken for no injections. A logistic model over the words and pairs of words of a sentence;
for sentences in doubt a second one, over that sum and the sentence's embedding. The thresholds and
the figures come from five-fold cross-validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.train.weights import vectorizer
from rag.embed import Embedder
from rag.errors import UsageError
from rag.text.prompt_injection import SCALE, Weights, is_imitation, pieces, word_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_GOLD = Path(__file__).parents[1] / "gold"
INJECTIONS, OTHERS = _GOLD / "prompt-injections.txt", _GOLD / "prompt-injections-none.txt"
_FOLDS = 5
# A word of fewer sentences is noise.
_FEWEST = 2
_STRENGTH = 1.0
# News sentences are many more; each written sentence counts as so many.
_WRITTEN_WEIGHT = 20
# Of news sentences, so many may be taken for an injection, by words alone and with their meaning.
_FALSE_BY_WORDS, _FALSE = 1 / 5000, 1 / 10_000
# So many are in doubt: each costs an encoding when a question is answered.
_IN_DOUBT = 1 / 500
# Among sentences in doubt, and for vectors of length 1 beside sums of hundreds.
_DOUBTFUL_WEIGHT, _VECTOR_SCALE = 3, 3.0


class Fitted(NamedTuple):
    """Weights, and how good they are on sentences that they were not fitted on."""

    weights: Weights
    recognised: int
    recognised_by_words: int
    written: int
    false: int
    news: int

    def to_json(self) -> dict[str, Any]:
        account = {
            "recognised, cross-validated": f"{self.recognised} of {self.written}",
            "by words alone": f"{self.recognised_by_words} of {self.written}",
            "news sentences taken for injections, cross-validated": f"{self.false} of {self.news}",
        }
        return {"account": account, **self.weights._asdict()}


def fit(news: Iterable[str], embedder: Embedder) -> Fitted:
    """Fits the weights to written injections and sentences of news.

    :raises UsageError: if there is too little of either.
    """
    import numpy as np

    written, others = read_written(), list(dict.fromkeys(news))
    if len(others) * _FALSE_BY_WORDS < 1 or len(written) < _FOLDS:
        raise UsageError("There are too few sentences to fit to.", hint="Give more articles.")
    texts = [*written, *others]
    ours = np.arange(len(texts)) < len(written)
    folds = np.array([_digest(text) % _FOLDS for text in texts])
    words, sums = _fit_words(texts, ours, folds)
    doubt, threshold = (
        int(np.quantile(sums[~ours], 1 - share)) - 1 for share in (_IN_DOUBT, _FALSE_BY_WORDS)
    )
    in_doubt = np.flatnonzero(sums > doubt)
    vectors = embedder.encode([texts[place] for place in in_doubt])
    rows = np.hstack([vectors, sums[in_doubt, None] / SCALE])
    meaning, meant_sums = _fit_meaning(rows, ours[in_doubt], folds[in_doubt])
    totals = np.full(len(texts), -np.inf)
    totals[in_doubt] = meant_sums
    meant = int(np.sort(totals[~ours])[::-1][int(len(others) * _FALSE)])
    imitations = np.array([is_imitation(text) for text in written])
    *of_vector, share = meaning
    return Fitted(
        Weights(words, threshold, doubt, list(map(int, of_vector)), share / SCALE, meant),
        int(((totals[ours] > meant) | imitations).sum()),
        int(((sums[ours] > threshold) | imitations).sum()),
        len(written),
        int((totals[~ours] > meant).sum()),
        len(others),
    )


def _fit_words(texts: Sequence[str], ours: Flags, folds: Ints) -> tuple[dict[str, int], Floats]:
    """The weight of each word in steps of 1 / SCALE, and what the words of each text add up to.

    The sums are cross-validated; the bias is left to the threshold.
    """
    import numpy as np
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression

    known = vectorizer(word_features, fewest=_FEWEST)
    known.fit([text for text, own in zip(texts, ours, strict=True) if own])
    rows = known.transform(texts)
    others = known.transform(read_written(OTHERS) * _WRITTEN_WEIGHT)

    def weights(chosen: Flags) -> Floats:
        model = LogisticRegression(
            C=_STRENGTH, max_iter=1000, class_weight={True: _WRITTEN_WEIGHT, False: 1}
        )
        labels = np.append(ours[chosen], np.zeros(others.shape[0], dtype=bool))
        model.fit(vstack([rows[chosen], others]), labels)
        found: Floats = np.round(model.coef_[0] * SCALE)
        return found

    fitted = map(int, weights(np.full(len(texts), True)))
    words = dict(zip(known.get_feature_names_out(), fitted, strict=True))
    return words, _cross_validated(weights, rows, folds)


def _fit_meaning(rows: Floats, ours: Flags, folds: Ints) -> tuple[Floats, Floats]:
    """The weights of a vector and of the sum of words, and the sums of both, cross-validated.

    :param rows: vectors of length 1, then a column with the sum of words: (sentences, dim + 1).
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    scales = np.append(np.full(rows.shape[1] - 1, _VECTOR_SCALE), 1.0)

    def weights(chosen: Flags) -> Floats:
        model = LogisticRegression(
            C=_STRENGTH, max_iter=3000, class_weight={True: _DOUBTFUL_WEIGHT, False: 1}
        )
        found = model.fit(rows[chosen] * scales, ours[chosen]).coef_[0]
        vector = np.round(found[:-1] * _VECTOR_SCALE * SCALE)
        return np.append(vector, np.round(found[-1], 3) * SCALE)

    return weights(np.full(len(rows), True)), _cross_validated(weights, rows, folds)


def _cross_validated(weights: Callable[[Flags], Floats], rows: Floats, folds: Ints) -> Floats:
    """The sum of each row under the weights that were fitted without its fold."""
    import numpy as np

    sums = np.zeros(len(folds))
    for fold in range(_FOLDS):
        held_out = folds == fold
        sums[held_out] = rows[held_out] @ weights(~held_out)
    return sums


def read_written(path: Path = INJECTIONS) -> list[str]:
    """The sentences written for this, each once."""
    return list(dict.fromkeys(path.read_text(encoding="utf-8").splitlines()))


def news_sentences(corpora: Iterable[Path]) -> list[str]:
    """The sentences, cut roughly, of all text files in some folders."""
    paths = (path for corpus in corpora for path in corpus.rglob("*.txt"))
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in paths)
    return [piece for text in texts for line in text.splitlines() for piece in pieces(line)]


def _digest(text: str) -> int:
    return int(sha256(text.encode()).hexdigest(), 16)
