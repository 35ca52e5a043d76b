"""Makes the fitted weights those of news, with one half of some gold sets; the other half stays for reporting.

In go gold questions with their articles and the weights that `eval.train.ranker` fitted; out come the weights of sentences moved as far as
few questions can move them (the former are the prior), both log odds stretched and shifted (Platt, Probabilistic Outputs for Support Vector
Machines, 1999), and a threshold that leaves a stated share of the answerable questions unanswered. The halves are those of
`eval.gold.questions.in_even_half`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.gold.questions import GoldQuestion, folder_sources, in_even_half, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.train.ranker import (
    FALSE_ABSTENTION,
    Example,
    Prior,
    examples,
    fit_sentences,
    named,
    write_json,
)
from rag.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.reading.reader import Combination, Logistic


# How strongly the sentence weights stay what they were: chosen by tenfold cross-validation within the even half of bbc and seeds.
_STAYS = 0.3
_LEAST_SPREAD = 1e-6


class Half(NamedTuple):
    """Which questions to learn from, by the parity of sha256(id)."""

    even: bool

    @property
    def name(self) -> str:
        return "even" if self.even else "odd"

    def holds(self, question_id: str) -> bool:
        return in_even_half(question_id) is self.even


def calibrate(
    gold: Sequence[tuple[Path, Path]], half: Half, out: Path, *, reader: str | None, archives: Path
) -> None:
    """Calibrates the weights in `out` for the span model of that name, on one half of each gold set over its folder of articles.

    Of an answerable question without evidence nobody knows which sentence is right; it is left out.

    :raises UsageError: if there are no weights for this release, a corpus is missing, or the half has not both kinds of questions.
    :raises GoldError: if a gold file has faults.
    """
    from rag.reading.loading import shared_model
    from rag.reading.reader import Combination

    try:
        plain = json.loads(out.read_text(encoding="utf-8"))
        fitted, account = Combination.from_json(plain, plain["threshold"]), dict(plain["account"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{out} holds no weights for this release: {error!r}",
            hint="Run: byline eval train ranker",
        ) from error
    model, found = shared_model(reader, bf16=True), list[Example]()
    for path, corpus in gold:
        asked = load_gold(path, sources=folder_sources(corpus))
        questions = tuple(
            question for question in asked if half.holds(question.id) and _known(question)
        )
        with Archives(archives).opened(Job(path.stem, corpus, questions)) as archive:
            if archive is None:
                raise UsageError(f"There are no articles in {corpus}.")
            found += examples(archive, model, questions)
    account["calibrated_on"] = {
        "gold": [path.stem for path, _ in gold],
        "half": half.name,
        "questions": len(found),
    }
    write_json(out, plain | calibrated_on(found, fitted) | {"account": account})


def _known(question: GoldQuestion) -> bool:
    return question.answerable is False or (question.answerable is True and bool(question.evidence))


def calibrated_on(found: Sequence[Example], fitted: Combination) -> dict[str, object]:
    """The parts of the weights that change, as JSON has them.

    :raises UsageError: if not both kinds of questions are there.
    """
    import numpy as np

    from rag.reading.features import QUESTION_FEATURES, SENTENCE_FEATURES, question_features

    read = [example for example in found if example.evidence.sentences]
    sentence = _moved(read, np.asarray(fitted.sentence))
    scores = [example.evidence.matrix @ sentence for example in read]
    rows = np.stack(
        [
            question_features(example.evidence, own)
            for example, own in zip(read, scores, strict=True)
        ]
    )
    answered = np.asarray([example.answerable for example in read])
    right = np.asarray(
        [example.right[own.argmax()] for example, own in zip(read, scores, strict=True)]
    )
    if answered.all() or not answered.any() or right.all() or not right.any():
        raise UsageError(
            "Right and wrong, answerable and unanswerable questions are all needed.",
            hint="Give larger gold sets.",
        )
    none, sure = _platt(fitted.none, rows, ~answered), _platt(fitted.right, rows, right)
    threshold = float(
        np.quantile([none.chance(row) for row in rows[answered]], 1 - FALSE_ABSTENTION)
    )
    names = (*QUESTION_FEATURES, "bias")
    return {
        "sentence": named(SENTENCE_FEATURES, sentence.tolist()),
        "none": named(names, (*none.weights, none.bias)),
        "right": named(names, (*sure.weights, sure.bias)),
        "threshold": round(threshold, 4),
    }


def _moved(found: Sequence[Example], fitted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sentence weights, fitted to these examples as well; a step counts by how much the feature varies among the sentences."""
    import numpy as np

    if not any(example.right.any() for example in found):
        return fitted
    spread = np.concatenate([example.evidence.matrix for example in found]).std(axis=0)
    return fit_sentences(found, Prior(fitted, _STAYS * (spread**2 + _LEAST_SPREAD)))


def _platt(fitted: Logistic, rows: NDArray[np.float64], labels: NDArray[np.bool_]) -> Logistic:
    """The same log odds, stretched and shifted to be those of the labels; the order of the questions stays."""
    import numpy as np
    from scipy.optimize import minimize

    odds = rows @ np.asarray(fitted.weights) + fitted.bias
    # Platt's own targets, which a few questions do not drive to certainty.
    targets = np.where(labels, (labels.sum() + 1) / (labels.sum() + 2), 1 / ((~labels).sum() + 2))

    def loss(parameters: NDArray[np.float64]) -> float:
        moved = np.exp(parameters[0]) * odds + parameters[1]
        return float(np.mean(np.logaddexp(0, moved) - targets * moved))

    stretch, shift = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    slope = float(np.exp(stretch))
    return type(fitted)(
        tuple(slope * weight for weight in fitted.weights), slope * fitted.bias + float(shift)
    )
