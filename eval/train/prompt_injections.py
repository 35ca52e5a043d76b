"""Fits how text that speaks to a language model is recognised (`rag.text.prompt_injection`).

Learns from sentences written for it, one a line (injections in `eval/gold/prompt-injections.txt`,
others on the same things in `prompt-injections-none.txt`), and from the sentences of news articles,
which are taken for no injections. A logistic model over the words and pairs of words of a sentence;
for sentences in doubt a second one, over that sum and the sentence's embedding. The thresholds and
the figures come from five-fold cross-validation.
"""

from __future__ import annotations

from collections.abc import Iterable
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


class _Examples(NamedTuple):
    """Sentences of one sort: their folds and what their words add up to, cross-validated."""

    texts: list[str]
    folds: NDArray[np.int64]
    sums: Floats

    def above(self, least: float) -> _Examples:
        """Those whose words add up to more."""
        kept = self.sums > least
        texts = [text for text, keep in zip(self.texts, kept, strict=True) if keep]
        return _Examples(texts, self.folds[kept], self.sums[kept])


class _WordModel(NamedTuple):
    """The weights of words, and the sentences with their sums."""

    words: dict[str, int]
    written: _Examples
    news: _Examples


class _MeaningModel(NamedTuple):
    """What sentences in doubt are judged by, and their cross-validated sums."""

    weights: list[int]
    share: float
    ours: Floats
    theirs: Floats


def fit(news: Iterable[str], embedder: Embedder) -> Fitted:
    """Fits the weights to written injections and sentences of news.

    :raises UsageError: if there is too little of either.
    """
    import numpy as np

    model = _fit_words(read_written(), list(dict.fromkeys(news)))
    written, others = model.written, model.news
    doubt, threshold = (
        int(np.quantile(others.sums, 1 - share)) - 1 for share in (_IN_DOUBT, _FALSE_BY_WORDS)
    )
    meaning = _fit_meaning(written.above(doubt), others.above(doubt), embedder)
    most_false = int(len(others.texts) * _FALSE)
    meant = int(np.sort(meaning.theirs)[::-1][most_false])
    ours = np.full(len(written.texts), -np.inf)
    ours[written.sums > doubt] = meaning.ours
    imitations = np.array([is_imitation(text) for text in written.texts])
    return Fitted(
        Weights(model.words, threshold, doubt, meaning.weights, meaning.share, meant),
        int(((ours > meant) | imitations).sum()),
        int(((written.sums > threshold) | imitations).sum()),
        len(written.texts),
        int((meaning.theirs > meant).sum()),
        len(others.texts),
    )


def _fit_words(written: list[str], news: list[str]) -> _WordModel:
    import numpy as np

    if len(news) * _FALSE_BY_WORDS < 1 or len(written) < _FOLDS:
        raise UsageError("There are too few sentences to fit to.", hint="Give more articles.")
    known = vectorizer(word_features, fewest=_FEWEST)
    ours, theirs = known.fit_transform(written), known.transform(news)
    others = known.transform(read_written(OTHERS) * _WRITTEN_WEIGHT)
    our, their = (
        _Examples(texts, np.array([_digest(text) % _FOLDS for text in texts]), np.zeros(len(texts)))
        for texts in (written, news)
    )
    for i in range(_FOLDS):
        weights = _weights(ours[our.folds != i], theirs[their.folds != i], others)
        our.sums[our.folds == i] = ours[our.folds == i] @ weights
        their.sums[their.folds == i] = theirs[their.folds == i] @ weights
    fitted = map(int, _weights(ours, theirs, others))
    return _WordModel(dict(zip(known.get_feature_names_out(), fitted, strict=True)), our, their)


def _fit_meaning(written: _Examples, news: _Examples, embedder: Embedder) -> _MeaningModel:
    """Fits to the vectors and word sums of sentences in doubt."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    def features(examples: _Examples) -> Floats:
        vectors = embedder.encode(examples.texts) * _VECTOR_SCALE
        return np.hstack([vectors, examples.sums[:, None] / SCALE])

    def coefficients(ours: Floats, theirs: Floats) -> Floats:
        labels = np.arange(len(ours) + len(theirs)) < len(ours)
        model = LogisticRegression(
            C=_STRENGTH, max_iter=3000, class_weight={True: _DOUBTFUL_WEIGHT, False: 1}
        )
        found = model.fit(np.vstack([ours, theirs]), labels).coef_[0]
        vector = np.round(found[:-1] * _VECTOR_SCALE * SCALE)
        return np.append(vector, np.round(found[-1], 3) * SCALE)

    ours, theirs = features(written), features(news)
    our_sums, their_sums = np.zeros(len(ours)), np.zeros(len(theirs))
    unscaled = np.append(np.full(ours.shape[1] - 1, _VECTOR_SCALE), 1.0)
    for i in range(_FOLDS):
        weights = coefficients(ours[written.folds != i], theirs[news.folds != i]) / unscaled
        our_sums[written.folds == i] = ours[written.folds == i] @ weights
        their_sums[news.folds == i] = theirs[news.folds == i] @ weights
    *meaning, share = coefficients(ours, theirs)
    return _MeaningModel([int(value) for value in meaning], share / SCALE, our_sums, their_sums)


def read_written(path: Path = INJECTIONS) -> list[str]:
    """The sentences written for this, each once."""
    return list(dict.fromkeys(path.read_text(encoding="utf-8").splitlines()))


def news_sentences(corpora: Iterable[Path]) -> list[str]:
    """The sentences, cut roughly, of all text files in some folders."""
    paths = (path for corpus in corpora for path in corpus.rglob("*.txt"))
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in paths)
    return [piece for text in texts for line in text.splitlines() for piece in pieces(line)]


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
