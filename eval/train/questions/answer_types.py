"""Fits what answers to a question look like (`rag.reading.answer_types`) on files like SQuAD's.

Of a question with several accepted answers the shortest counts. Held-out questions are left out,
so that they can be used to weigh this beside the reader's scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.train.data.files import read_file
from eval.train.weights import vectorizer, whole_steps, write_weights
from rag.errors import UsageError
from rag.reading.answer_types import SCALE, TRAITS, cues, traits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Cues of fewer questions are left out.
_FEWEST = 20
_STRENGTH = 0.1


class Pair(NamedTuple):
    """A question's cues and its answer's traits."""

    cues: set[str]
    traits: tuple[bool, ...]
    held_out: bool


def pairs(data: Sequence[Path]) -> Iterator[Pair]:
    """The answered questions of the files, without those that whole sentences answer."""
    for path in data:
        found = read_file(path, None)
        for question in found.questions:
            if question.spans and not question.inside:
                answer = traits(min(question.accepted, key=len))
                yield Pair(cues(question.text), answer, found.held_out(question))


def train_answer_types(data: Sequence[Path], out: Path) -> dict[str, float]:
    """Fits the weights and writes them to `out`.

    :returns: the mean negative log likelihood of a trait of held-out answers: `asked` given the
        question, `usual` without it; empty if no question is held out.
    :raises UsageError: if a file cannot be used, or has too few answered questions.
    """
    found = list(pairs(data))
    learnt = [pair for pair in found if not pair.held_out]
    known = vectorizer(lambda pair: pair.cues, fewest=_FEWEST)
    try:
        matrix = known.fit_transform(learnt)
    except ValueError as error:
        raise UsageError(
            f"{len(learnt)} answered questions are too few to fit anything.",
            hint="Give larger files.",
        ) from error
    model = _fitted(matrix, learnt)
    judged = [pair for pair in found if pair.held_out]
    figures = _likelihoods(known.transform(judged), judged, model) if judged else {}
    account = {
        "data": [path.stem for path in data],
        "questions": len(learnt),
        "fewest": _FEWEST,
        "strength": _STRENGTH,
        "held_out": figures,
    }
    cue_weights = zip(known.get_feature_names_out(), model.slopes, strict=True)
    plain = {
        "account": account,
        "traits": list(TRAITS),
        "usual": whole_steps(model.usual, SCALE),
        "bias": whole_steps(model.bias, SCALE),
        "cues": {cue: whole_steps(row, SCALE) for cue, row in cue_weights},
    }
    write_weights(out, plain)
    return figures


class _Model(NamedTuple):
    """Slopes (cues, traits) and biases (traits,); `usual` are the log odds without a question."""

    slopes: Floats
    bias: Floats
    usual: Floats


def _fitted(matrix: Floats, learnt: Sequence[Pair]) -> _Model:
    """Fits one logistic model a trait; a trait that all answers have, or none, gets no slopes.

    :param matrix: the cues of each question: sparse, (questions, cues).
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    has = np.asarray([pair.traits for pair in learnt], dtype=bool)
    share = (has.sum(axis=0) + 0.5) / (len(has) + 1)
    usual = np.log(share / (1 - share))
    slopes, bias = np.zeros((matrix.shape[1], has.shape[1])), usual.copy()
    for column, labels in enumerate(has.T):
        if 0 < labels.sum() < len(labels):
            model = LogisticRegression(C=_STRENGTH, max_iter=300).fit(matrix, labels)
            slopes[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    return _Model(slopes, bias, usual)


def _likelihoods(matrix: Floats, judged: Sequence[Pair], model: _Model) -> dict[str, float]:
    """The mean negative log likelihoods of the traits of these pairs."""
    import numpy as np

    signs = np.where([pair.traits for pair in judged], 1.0, -1.0)
    odds = {"asked": matrix @ model.slopes + model.bias, "usual": model.usual}
    return {
        name: round(float(np.logaddexp(0, -signs * value).mean()), 4)
        for name, value in odds.items()
    }
