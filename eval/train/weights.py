"""Makes features of texts, fits logistic models, and writes fitted weights as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sklearn.feature_extraction.text import CountVectorizer

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def vectorizer(cues: Callable[[Any], Iterable[str]], *, fewest: int) -> CountVectorizer:
    """Makes sparse rows of 1 and 0: which of the known cues a text has.

    `fit` takes as known, in alphabetical order, each cue of at least `fewest` texts; it raises
    ValueError if there is none.
    """
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(analyzer=cues, min_df=fewest, binary=True, dtype=np.float64)


class LinearModel(NamedTuple):
    """Log odds: slopes (features,) and a bias."""

    slopes: Floats
    bias: float


def fit_logistic(
    rows: Floats,
    labels: Sequence[bool] | Flags,
    weights: Sequence[float] | Floats,
    *,
    strength: float,
) -> LinearModel:
    """Fits a logistic model, penalised by the squares of the slopes of scaled features.

    :param rows: features as they are, (examples, features).
    :param weights: how much each example counts.
    :param strength: the inverse of the penalty.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit(scaler.transform(rows), labels, sample_weight=weights)
    slopes = model.coef_[0] / scaler.scale_
    return LinearModel(slopes, float(model.intercept_[0] - slopes @ scaler.mean_))


def whole_steps(row: Floats, steps: int) -> list[int]:
    """Rounds weights to whole multiples of 1 / steps, as weights are stored."""
    return [round(float(value) * steps) for value in row]


def write_weights(out: Path, plain: Mapping[str, object]) -> None:
    """Writes weights as JSON, a list of numbers on one line; the file is whole at any time."""
    text = json.dumps(plain, ensure_ascii=False, indent=1)
    # JSON has no line break within a string: only lists of numbers are joined.
    text = re.sub(r"\n\s+(?=-?\d)|(?<=\d)\n\s+(?=\])", "", text)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".new")
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(out)
