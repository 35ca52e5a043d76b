"""question + Hits -> Reading: sentences ranked, each with a short answer, and how likely it is that none answers.

What the span model, the kind of answer, the words and the retrieval say of a sentence is weighed by small linear models, fitted by `byline
eval train ranker` on questions that the span model was not trained on, then by `calibrate` on news; their weights stand in
`trained/combination.json`, or beside a model of one's own. It does not know the archive or the record.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
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

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMBINATION_FILE = "combination.json"


class Logistic(NamedTuple):
    """Fitted log odds: one weight for each of QUESTION_FEATURES, and the bias."""

    weights: tuple[float, ...]
    bias: float

    def chance(self, features: NDArray[np.float64]) -> float:
        odds = float(features @ self.weights) + self.bias
        return 1 / (1 + math.exp(-odds)) if odds > 0 else math.exp(odds) / (1 + math.exp(odds))


class Combination(NamedTuple):
    """Fitted weights: one for each of SENTENCE_FEATURES, the chance that no sentence answers, the chance that the best one does, and the
    chance of none above which to abstain.
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
        return cls(
            tuple(plain["sentence"][name] for name in SENTENCE_FEATURES), none, right, threshold
        )


@cache
def fitted_combination(folder: Path = TRAINED) -> Combination:
    """The weights in that folder; without it those of this release.

    :raises ModelError: if they cannot be read, or were fitted for other features or for another reader than the one beside them.
    """
    path = folder / COMBINATION_FILE
    hint = (
        "Install Byline again."
        if folder == TRAINED
        else "Run: byline eval train ranker, or leave the file out."
    )
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        combination, fitted_for = (
            Combination.from_json(plain, plain["threshold"]),
            plain["account"].get("sha256", ""),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} holds no weights for this release: {error!r}", hint=hint
        ) from error
    if fitted_for != reader_sha256(None if folder == TRAINED else str(folder)):
        raise ModelError(f"{path} was fitted for another reader than the one beside it.", hint=hint)
    return combination


class TrainedReader:
    """Reads with a span model: the one that ships, or another by name. Loaded with the first question; safe to share between threads."""

    def __init__(
        self,
        name: str | None = None,
        *,
        model: SpanModel | None = None,
        combination: Combination | None = None,
        bf16: bool = True,
    ) -> None:
        """`name` is a folder that `byline eval train reader` wrote, or an extractive checkpoint in a folder or on a hub; `model` one
        that is loaded already. `bf16` allows the faster precision where the processor gains from it.
        """
        self._name, self._bf16 = name, bf16
        self._model = model
        own = TRAINED if name is None else Path(name).expanduser()
        self.combination = combination or fitted_combination(
            own if (own / COMBINATION_FILE).is_file() else TRAINED
        )

    @property
    def threshold(self) -> float:
        """Above this chance that none answers, the answer is that the articles do not say."""
        return self.combination.threshold

    @property
    def model(self) -> SpanModel:
        """The span model.

        :raises ModelError: if there is none of that name, or it cannot be loaded.
        """
        return self._model or shared_model(self._name, bf16=self._bf16)

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """All distinct sentences of the hits, best first. The first one's score is the chance that it answers, the others' are in
        proportion to how they compare with it.

        :raises ModelError: if the model cannot be loaded.
        """
        import numpy as np

        if not hits:
            return Reading((), 1.0)
        evidence = gather_evidence(self.model, question, hits)
        if not evidence.sentences:
            return Reading((), 1.0)
        scores = evidence.matrix @ np.asarray(self.combination.sentence)
        features = question_features(evidence, scores)
        chances = self.combination.right.chance(features) * np.exp(scores - scores.max())
        order = np.argsort(-scores, kind="stable").tolist()
        return Reading(
            tuple(
                Candidate(
                    evidence.hits[i].article,
                    evidence.sentences[i],
                    float(chances[i]),
                    evidence.answers[i],
                    evidence.hits[i].rank,
                )
                for i in order
            ),
            self.combination.none.chance(features),
        )
