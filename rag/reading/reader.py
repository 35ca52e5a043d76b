"""Ranks the sentences of a question's passages and gives the chances that they answer.

Small linear models weigh the features. They are fitted by `byline eval train ranker` on questions
that the span model was not trained on, then by `calibrate` on news. Their weights stand in
`trained/combination.json`, or beside a model of one's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import ModelError
from rag.model import Candidate, Hit, Reading
from rag.reading.features import (
    QUESTION_FEATURES,
    SENTENCE_FEATURES,
    gather_evidence,
    question_features,
)
from rag.reading.loading import TRAINED, reader_sha256, shared_model
from rag.reading.span_model import SpanModel
from rag.reading.subjects import prefer_subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMBINATION_FILE = "combination.json"
# Of how many questions the readings are kept: they are asked again, to explain the answer or by
# somebody else.
_QUESTIONS = 64


class Logistic(NamedTuple):
    """Fitted log odds: a weight for each of QUESTION_FEATURES, and the bias."""

    weights: tuple[float, ...]
    bias: float

    def chance(self, features: NDArray[np.float64]) -> float:
        odds = float(features @ self.weights) + self.bias
        return 1 / (1 + math.exp(-odds)) if odds > 0 else math.exp(odds) / (1 + math.exp(odds))


class Combination(NamedTuple):
    """The fitted weights.

    `sentence` weighs SENTENCE_FEATURES. `none` gives the chance that no sentence answers, `right`
    the chance that the first one does. Above `threshold`, a chance of none, the reader abstains.
    """

    sentence: tuple[float, ...]
    none: Logistic
    right: Logistic
    threshold: float

    @classmethod
    def from_json(cls, plain: dict[str, dict[str, float]], threshold: float) -> Combination:
        """:raises KeyError: if a feature has no weight."""
        none, right = (
            Logistic(tuple(plain[part][name] for name in QUESTION_FEATURES), plain[part]["bias"])
            for part in ("none", "right")
        )
        sentence = tuple(plain["sentence"][name] for name in SENTENCE_FEATURES)
        return cls(sentence, none, right, threshold)


@cache
def fitted_combination(folder: Path = TRAINED) -> Combination:
    """The weights in that folder, by default those that ship.

    :raises ModelError: if they cannot be read, or were fitted for other features or for another
        reader than the one beside them.
    """
    path, ships = folder / COMBINATION_FILE, folder == TRAINED
    hint = "Run: byline eval train ranker, or leave the file out."
    hint = "Install Byline again." if ships else hint
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        combination = Combination.from_json(plain, plain["threshold"])
        fitted_for = plain["account"].get("sha256", "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} holds no weights for this release: {error!r}", hint=hint
        ) from error
    if fitted_for != reader_sha256(None if ships else str(folder)):
        raise ModelError(f"{path} was fitted for another reader than the one beside it.", hint=hint)
    return combination


class TrainedReader:
    """Reads with a span model, which is loaded with the first question.

    Safe to share between threads.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        model: SpanModel | None = None,
        combination: Combination | None = None,
        bf16: bool = True,
    ) -> None:
        """:param name: a folder that `byline eval train reader` wrote, or an extractive checkpoint
            in a folder or on a hub; None is the reader that ships.
        :param model: a span model that is loaded already.
        :param bf16: allows the faster precision where the processor gains from it, and int8 where
            `byline tune` found that it gains.
        """
        self._name, self._bf16, self._model = name, bf16, model
        if combination is None:
            own = TRAINED if name is None else Path(name).expanduser()
            fitted = (own / COMBINATION_FILE).is_file()
            combination = fitted_combination(own if fitted else TRAINED)
        self.combination = combination
        self._kept = lru_cache(_QUESTIONS)(self._read)

    @property
    def threshold(self) -> float:
        """The chance that none answers above which the articles do not say."""
        return self.combination.threshold

    @property
    def model(self) -> SpanModel:
        """The span model.

        :raises ModelError: if there is none of that name, or it cannot be loaded.
        """
        return self._model or shared_model(self._name, bf16=self._bf16, int8=self._bf16)

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """The sentences of the hits, best first; words that articles share count once, where best.

        The score of the first is the chance that it answers; the others' are in proportion.

        :raises ModelError: if the model cannot be loaded.
        """
        return self._kept(question, tuple(hits))

    def _read(self, question: str, hits: Sequence[Hit]) -> Reading:
        import numpy as np

        evidence = gather_evidence(self.model, question, hits) if hits else None
        if evidence is None or not evidence.sentences:
            return Reading((), 1.0)
        fitted = evidence.matrix @ np.asarray(self.combination.sentence)
        scores = prefer_subject(evidence, fitted)
        features = question_features(evidence, scores)
        chances = self.combination.right.chance(features) * np.exp(scores - scores.max())
        ranked = (
            Candidate(
                evidence.hits[i].article,
                evidence.sentences[i],
                float(chances[i]),
                evidence.answers[i],
                evidence.hits[i].rank,
                evidence.answers_before[i],
            )
            for i in np.argsort(-scores, kind="stable").tolist()
        )
        candidates = tuple(without_copies(ranked))
        return Reading(candidates, self.combination.none.chance(features))


def without_copies(ranked: Iterable[Candidate]) -> Iterator[Candidate]:
    """Leaves out sentences whose words a better one of another article has.

    Within one article the same words stay: there they may be about somebody else.
    """
    first_in: dict[str, str] = {}
    for candidate in ranked:
        article_id = candidate.article.article_id
        if first_in.setdefault(candidate.text, article_id) == article_id:
            yield candidate
