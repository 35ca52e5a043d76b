"""Fits how text that speaks to a language model is recognised (`rag.text.prompt_injection`).

Learns from sentences written for it, one a line (injections in `eval/gold/prompt-injections.txt`,
others on the same things in `prompt-injections-none.txt`), and from the sentences of news articles,
which are taken for no injections. A logistic model over the words and pairs of
words of a sentence; the threshold and the figures come from five-fold cross-validation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import UsageError
from rag.text.prompt_injection import SCALE, is_imitation, pieces, word_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float64]

_GOLD = Path(__file__).parents[1] / "gold"
INJECTIONS, OTHERS = _GOLD / "prompt-injections.txt", _GOLD / "prompt-injections-none.txt"
_FOLDS = 5
# A word of fewer sentences is noise.
_FEWEST = 2
_STRENGTH = 1.0
# News sentences are many more; each written sentence counts as so many.
_WRITTEN_WEIGHT = 20
# Of news sentences, so many may be taken for an injection.
_FALSE_SHARE = 1 / 5000


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights, and how good they are on sentences that they were not fitted on."""

    weights: dict[str, int]
    threshold: int
    recognised: int
    written: int
    false: int
    news: int

    def to_json(self) -> dict[str, Any]:
        account = {
            "recognised, cross-validated": f"{self.recognised} of {self.written}",
            "news sentences taken for injections, cross-validated": f"{self.false} of {self.news}",
        }
        return {"account": account, "threshold": self.threshold, "weights": self.weights}


def fit(news: Sequence[str]) -> Fitted:
    """Fits the weights to written injections and sentences of news.

    :raises UsageError: if there is too little of either.
    """
    import numpy as np

    written, news = read_written(), list(dict.fromkeys(news))
    if len(news) * _FALSE_SHARE < 1 or len(written) < _FOLDS:
        raise UsageError("There are too few sentences to fit to.", hint="Give more articles.")
    counts = Counter(word for text in written for word in word_features(text))
    words = sorted(word for word, count in counts.items() if count >= _FEWEST)
    ours, theirs = _matrix(written, words), _matrix(news, words)
    others = _matrix(read_written(OTHERS) * _WRITTEN_WEIGHT, words)
    our_scores, their_scores = np.zeros(len(written)), np.zeros(len(news))
    our_fold = np.array([_digest(text) % _FOLDS for text in written])
    their_fold = np.array([_digest(text) % _FOLDS for text in news])
    for i in range(_FOLDS):
        weights = _weights(ours[our_fold != i], theirs[their_fold != i], others)
        our_scores[our_fold == i] = ours[our_fold == i] @ weights
        their_scores[their_fold == i] = theirs[their_fold == i] @ weights
    threshold = int(np.quantile(their_scores, 1 - _FALSE_SHARE))
    imitations = np.array([is_imitation(text) for text in written])
    return Fitted(
        dict(zip(words, map(int, _weights(ours, theirs, others)), strict=True)),
        threshold,
        int(((our_scores > threshold) | imitations).sum()),
        len(written),
        int((their_scores > threshold).sum()),
        len(news),
    )


def write(fitted: Fitted, out: Path) -> None:
    """Writes the weights as JSON."""
    text = json.dumps(fitted.to_json(), ensure_ascii=False, indent=0)
    out.write_text(text + "\n", encoding="utf-8")


def read_written(path: Path = INJECTIONS) -> list[str]:
    """The sentences written for this, each once."""
    return list(dict.fromkeys(path.read_text(encoding="utf-8").splitlines()))


def news_sentences(corpus: Path) -> list[str]:
    """The sentences, cut roughly, of all text files in a folder."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in corpus.rglob("*.txt"))
    return [piece for text in texts for line in text.splitlines() for piece in pieces(line)]


def _matrix(texts: Sequence[str], words: Sequence[str]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    places = {word: i for i, word in enumerate(words)}
    cells = [
        (row, places[word])
        for row, text in enumerate(texts)
        for word in word_features(text)
        if word in places
    ]
    rows, columns = zip(*cells, strict=True) if cells else ((), ())
    return csr_matrix(([1.0] * len(cells), (rows, columns)), shape=(len(texts), len(words)))


def _weights(injections: csr_matrix, news: csr_matrix, others: csr_matrix) -> Floats:
    """Whole steps of 1 / SCALE; the bias is left to the threshold."""
    import numpy as np
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression

    examples = vstack([injections, news, others])
    labels = np.arange(examples.shape[0]) < injections.shape[0]
    model = LogisticRegression(
        C=_STRENGTH, max_iter=1000, class_weight={True: _WRITTEN_WEIGHT, False: 1}
    )
    model.fit(examples, labels)
    weights: Floats = np.round(model.coef_[0] * SCALE)
    return weights


def _digest(text: str) -> int:
    return int(sha256(text.encode()).hexdigest(), 16)
