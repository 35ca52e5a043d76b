"""Moves fitted weights towards one half of some gold sets; the other half stays for reporting.

Sentence weights move as far as few questions can move them, both chances are stretched and
shifted, and the threshold is set anew. The halves are those of
`eval.gold.questions.in_even_half`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eval.gold.questions import GoldQuestion, folder_sources, in_even_half, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.train.examples import Example, examples
from eval.train.fitting import (
    SENTENCES_KEPT,
    Chances,
    Prior,
    fit_sentences,
    outcomes,
    plain_weights,
    platt,
    threshold,
)
from eval.train.weights import write_weights
from rag.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.reading.reader import Combination


# How strongly sentence weights stay as they were; chosen by tenfold cross-validation within the
# even half of bbc and seeds.
_STAYS = 0.3
_LEAST_SPREAD = 1e-6


HalfName = Literal["even", "odd"]


def calibrate(
    gold: Sequence[tuple[Path, Path]],
    half: HalfName,
    out: Path,
    *,
    reader: str | None,
    archives: Path,
) -> None:
    """Calibrates the weights in `out` for the span model of that name.

    Answerable questions without evidence are left out: no sentence is known to be right.

    :param gold: gold files, each with its folder of articles.
    :param half: the half of the questions to learn from, by the parity of sha256(id).
    :param archives: where archives are kept.
    :raises UsageError: if there are no weights for this release, a corpus is missing, or the half
        has not both kinds of questions.
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
            item for item in asked if in_even_half(item.id) is (half == "even") and _labelled(item)
        )
        with Archives(archives).opened(Job(path.stem, corpus, questions)) as archive:
            if archive is None:
                raise UsageError(f"There are no articles in {corpus}.")
            found += examples(archive, model, questions)
    account["calibrated_on"] = {
        "gold": [path.stem for path, _ in gold],
        "half": half,
        "questions": len(found),
    }
    kept = bool(account.get(SENTENCES_KEPT))
    calibrated = calibrated_on(found, fitted, keep_sentences=kept)
    write_weights(out, plain | calibrated | {"account": account})


def _labelled(question: GoldQuestion) -> bool:
    return question.answerable is False or (question.answerable is True and bool(question.evidence))


def calibrated_on(
    found: Sequence[Example], fitted: Combination, *, keep_sentences: bool = False
) -> dict[str, object]:
    """The weights calibrated on these examples, as JSON has them.

    :param keep_sentences: leaves sentence weights, which have been calibrated before, as they are.
    :raises UsageError: if not both kinds of questions are there.
    """
    import numpy as np

    sentence = np.asarray(fitted.sentence)
    sentence = sentence if keep_sentences else _moved(found, sentence)
    seen = outcomes(found, sentence)
    if any(flags.all() or not flags.any() for flags in (seen.answered, seen.first_right)):
        raise UsageError(
            "Right and wrong, answerable and unanswerable questions are all needed.",
            hint="Give larger gold sets.",
        )
    none = platt(fitted.none, seen.rows, ~seen.answered)
    right = platt(fitted.right, seen.rows, seen.first_right)
    chances = Chances(none, right, threshold(none, seen.rows[seen.answered]))
    return plain_weights(sentence, chances)


def _moved(found: Sequence[Example], fitted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sentence weights fitted to these examples, near what they were.

    The change of a weight is penalised by how much its feature varies among the sentences.
    """
    import numpy as np

    if not any(example.right.any() for example in found):
        return fitted
    spread = np.concatenate([example.evidence.matrix for example in found]).std(axis=0)
    return fit_sentences(found, Prior(fitted, _STAYS * (spread**2 + _LEAST_SPREAD)))
