"""Fits what answers to a question look like (`rag.reading.answer_types`): files in the format of SQuAD in, a JSON file of weights out.

Of a question with several accepted answers the shortest counts. Questions that are held out for judging the reader are left out here, too,
so that whoever weighs this beside the reader's scores can use them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.train.files import read_file
from rag.errors import UsageError
from rag.reading.answer_types import SCALE, TRAITS, cues, traits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# A cue of fewer questions says nothing.
_FEWEST = 20
_STRENGTH = 0.1


class Pair(NamedTuple):
    """A question's cues and its answer's traits."""

    cues: set[str]
    traits: tuple[bool, ...]
    held_out: bool


def pairs(data: Sequence[Path]) -> Iterator[Pair]:
    """The answered questions of the files; those that sentences answer have no answer of a kind."""
    for path in data:
        found = read_file(path, None)
        for question in found.questions:
            if question.spans and not question.inside:
                yield Pair(
                    cues(question.text),
                    traits(min(question.accepted, key=len)),
                    found.held_out(question),
                )


def train_kinds(data: Sequence[Path], out: Path) -> dict[str, float]:
    """Fits the weights and writes them to `out`; returns nats a trait on held-out questions, told by the question and by nothing.

    :raises UsageError: if a file cannot be used, or has too few answered questions.
    """
    import numpy as np

    found = list(pairs(data))
    learnt = [pair for pair in found if not pair.held_out]
    counts = Counter(cue for pair in learnt for cue in pair.cues)
    known = sorted(cue for cue, count in counts.items() if count >= _FEWEST)
    if not known:
        raise UsageError(
            f"{len(learnt)} answered questions are too few to fit anything.",
            hint="Give larger files.",
        )
    has = np.asarray([pair.traits for pair in learnt], dtype=bool)
    share = (has.sum(axis=0) + 0.5) / (len(has) + 1)
    usual = np.log(share / (1 - share))
    slopes, bias = _fitted(_matrix(learnt, known), has, usual)
    told = {
        "data": [path.stem for path in data],
        "questions": len(learnt),
        "fewest": _FEWEST,
        "strength": _STRENGTH,
    }
    judged = _nats([pair for pair in found if pair.held_out], known, slopes, bias, usual)
    plain = {
        "account": told | {"held_out": judged},
        "traits": list(TRAITS),
        "usual": _stored(usual),
        "bias": _stored(bias),
        "cues": {cue: _stored(row) for cue, row in zip(known, slopes, strict=True)},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    # The file is whole at any time.
    new = out.with_suffix(".new")
    new.write_text(
        json.dumps(plain, ensure_ascii=False, separators=(",", ":")).replace('"cues"', '\n"cues"')
        + "\n",
        encoding="utf-8",
    )
    new.replace(out)
    return judged


def _matrix(found: Sequence[Pair], known: Sequence[str]) -> csr_matrix:
    """One row a question: which of the known cues it has; sparse."""
    from scipy.sparse import csr_matrix

    places = {cue: place for place, cue in enumerate(known)}
    cells = [
        (row, places[cue]) for row, pair in enumerate(found) for cue in pair.cues if cue in places
    ]
    rows, columns = zip(*cells, strict=True) if cells else ((), ())
    return csr_matrix(([1.0] * len(cells), (rows, columns)), shape=(len(found), len(known)))


def _fitted(
    matrix: csr_matrix, has: NDArray[np.bool_], usual: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slopes (cues, traits) and biases (traits,); of a trait that all answers have, or none, the question tells nothing."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    slopes, bias = np.zeros((matrix.shape[1], has.shape[1])), usual.copy()
    for column, labels in enumerate(has.T):
        if 0 < labels.sum() < len(labels):
            model = LogisticRegression(C=_STRENGTH, max_iter=300).fit(matrix, labels)
            slopes[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    return slopes, bias


def _nats(
    found: Sequence[Pair],
    known: Sequence[str],
    slopes: NDArray[np.float64],
    bias: NDArray[np.float64],
    usual: NDArray[np.float64],
) -> dict[str, float]:
    """Mean negative log likelihood of a trait of a held-out answer; nothing where nothing is held out."""
    import numpy as np

    if not found:
        return {}
    signs = np.where([pair.traits for pair in found], 1.0, -1.0)
    asked = _matrix(found, known) @ slopes + bias
    return {
        name: round(float(np.logaddexp(0, -signs * odds).mean()), 4)
        for name, odds in (("asked", asked), ("usual", usual))
    }


def _stored(row: NDArray[np.float64]) -> list[int]:
    return [round(float(value) * SCALE) for value in row]
