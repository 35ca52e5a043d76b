"""How well a span reader reads what it was not trained on: held-out questions in, a few figures out.

Each question is read in its own passage and, if answered, in passages that only look as if they answered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from eval.scoring.metrics import auroc, exact_match, token_f1
from eval.train.batches import Group
from eval.train.data import ReadingSet, digest
from eval.train.files import read_file
from eval.train.negatives import hard_negatives
from rag.reading.loading import shared_model
from rag.reading.span_model import PassageReading, SpanModel

_NEGATIVES = 4
_JUDGED = 300


class Figures(NamedTuple):
    """Over the answered questions of one set: `exact` and `f1` of the best span of the question's own passage, and `own_first`, the share
    where the best span of all passages is in its own. Areas under ROC of a passage's best score: `null`, against questions that their
    passage does not answer, NaN where there are none; `negative`, against passages of other questions. `answered` is how many there are.
    """

    answered: int
    exact: float
    f1: float
    own_first: float
    null: float
    negative: float


def held_out(found: ReadingSet, negatives: Sequence[tuple[int, ...]]) -> list[Group]:
    """At most 300 held-out questions with a short answer or none, spread evenly by the hash of their ids, each with its own passage, the
    answered ones with four negatives.
    """
    groups = [group for group in every(found, negatives) if found.held_out(group.question)]
    return sorted(groups, key=lambda group: digest(group.question.id))[:_JUDGED]


def every(found: ReadingSet, negatives: Sequence[tuple[int, ...]]) -> list[Group]:
    """All questions with a short answer or none, as `held_out` gives them."""
    return [
        Group(
            question,
            tuple(
                found.passages[i]
                for i in (question.passage, *(others[:_NEGATIVES] if question.spans else ()))
            ),
        )
        for question, others in zip(found.questions, negatives, strict=True)
        if not question.inside
    ]


def judge_files(
    data: Sequence[Path], corpus: Path | None, reader: str | None
) -> dict[str, Figures]:
    """The figures of the reader of that name on all questions of each file, none of which it should have been trained on.

    :raises UsageError: if a file cannot be used.
    :raises ModelError: if there is no such reader.
    """
    model, found = shared_model(reader, bf16=True), {}
    for path in data:
        questions = read_file(path, corpus)
        figures = judge(model, every(questions, hard_negatives(questions)))
        if figures is not None:
            found[questions.name] = figures
    return found


def rounded(figures: Figures) -> dict[str, float | None]:
    """The figures as JSON has them: four digits, and nothing where there is no number."""
    return {
        name: None if math.isnan(value) else round(value, 4)
        for name, value in figures._asdict().items()
    }


def judge(model: SpanModel, groups: Sequence[Group]) -> Figures | None:
    """Reads the passages of each question; `None` if none of the questions is answered."""
    read = [(group, model.score(group.question.text, group.passages)) for group in groups]
    answered = [(group, readings) for group, readings in read if group.question.spans]
    if not answered:
        return None
    own = [_top(readings[0]) for _, readings in answered]
    texts = [(_best_text(readings[0]), group.question.accepted) for group, readings in answered]
    return Figures(
        answered=len(answered),
        exact=fmean(exact_match(text, accepted) for text, accepted in texts),
        f1=fmean(token_f1(text, accepted) for text, accepted in texts),
        own_first=fmean(_top(readings[0]) >= max(map(_top, readings)) for _, readings in answered),
        null=_area(
            own, [_top(readings[0]) for group, readings in read if not group.question.spans]
        ),
        negative=_area(
            own, [_top(reading) for _, readings in answered for reading in readings[1:]]
        ),
    )


def _top(reading: PassageReading) -> float:
    best = reading.best_spans(most=1)
    return best[0].score if best else -math.inf


def _best_text(reading: PassageReading) -> str:
    return "".join(reading.text[span.start : span.end] for span in reading.best_spans(most=1))


def _area(above: Sequence[float], below: Sequence[float]) -> float:
    import numpy as np

    if not below:
        return math.nan
    return float(
        auroc(np.asarray([*above, *below]), np.asarray([1.0] * len(above) + [0.0] * len(below)))
    )
