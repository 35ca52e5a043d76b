"""Fits what answers to a question look like (`rag.reading.answer_types`) on files like SQuAD's.

Of a question with several accepted answers the shortest counts. Held-out questions are left out,
so that they can be used to weigh this beside the reader's scores.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.train.data.files import read_file
from rag.errors import UsageError
from rag.reading.answer_types import SCALE, TRAITS, cues, traits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

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
        question, `usual` without it.
    :raises UsageError: if a file cannot be used, or has too few answered questions.
    """
    found = list(pairs(data))
    learnt = [pair for pair in found if not pair.held_out]
    counts = Counter(cue for pair in learnt for cue in pair.cues)
    known = sorted(cue for cue, count in counts.items() if count >= _FEWEST)
    if not known:
        raise UsageError(
            f"{len(learnt)} answered questions are too few to fit anything.",
            hint="Give larger files.",
        )
    model = _fitted(learnt, known)
    judged = _likelihoods([pair for pair in found if pair.held_out], known, model)
    account = {
        "data": [path.stem for path in data],
        "questions": len(learnt),
        "fewest": _FEWEST,
        "strength": _STRENGTH,
        "held_out": judged,
    }
    plain = {
        "account": account,
        "traits": list(TRAITS),
        "usual": _stored(model.usual),
        "bias": _stored(model.bias),
        "cues": {cue: _stored(row) for cue, row in zip(known, model.slopes, strict=True)},
    }
    _write(out, plain)
    return judged


def _write(out: Path, plain: Mapping[str, object]) -> None:
    """Writes the weights on two lines; the file is whole at any time."""
    out.parent.mkdir(parents=True, exist_ok=True)
    new = out.with_suffix(".new")
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    new.write_text(text.replace('"cues"', '\n"cues"') + "\n", encoding="utf-8")
    new.replace(out)


class _Model(NamedTuple):
    """Slopes (cues, traits) and biases (traits,); `usual` are the log odds without a question."""

    slopes: Floats
    bias: Floats
    usual: Floats


def _fitted(learnt: Sequence[Pair], known: Sequence[str]) -> _Model:
    """Fits one logistic model a trait; a trait that all answers have, or none, gets no slopes."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    has = np.asarray([pair.traits for pair in learnt], dtype=bool)
    share = (has.sum(axis=0) + 0.5) / (len(has) + 1)
    usual = np.log(share / (1 - share))
    slopes, bias = np.zeros((len(known), has.shape[1])), usual.copy()
    matrix = _matrix(learnt, known)
    for column, labels in enumerate(has.T):
        if 0 < labels.sum() < len(labels):
            model = LogisticRegression(C=_STRENGTH, max_iter=300).fit(matrix, labels)
            slopes[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    return _Model(slopes, bias, usual)


def _matrix(found: Sequence[Pair], known: Sequence[str]) -> csr_matrix:
    """Which of the known cues each question has: sparse, (questions, cues)."""
    from scipy.sparse import csr_matrix

    places = {cue: place for place, cue in enumerate(known)}
    cells = [
        (row, places[cue]) for row, pair in enumerate(found) for cue in pair.cues if cue in places
    ]
    rows, columns = zip(*cells, strict=True) if cells else ((), ())
    return csr_matrix(([1.0] * len(cells), (rows, columns)), shape=(len(found), len(known)))


def _likelihoods(found: Sequence[Pair], known: Sequence[str], model: _Model) -> dict[str, float]:
    """The mean negative log likelihoods of these pairs; empty if there are none."""
    import numpy as np

    if not found:
        return {}
    signs = np.where([pair.traits for pair in found], 1.0, -1.0)
    odds = {"asked": _matrix(found, known) @ model.slopes + model.bias, "usual": model.usual}
    return {
        name: round(float(np.logaddexp(0, -signs * value).mean()), 4)
        for name, value in odds.items()
    }


def _stored(row: Floats) -> list[int]:
    return [round(float(value) * SCALE) for value in row]
