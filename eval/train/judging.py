"""Measures how well a span reader reads questions that it was not trained on.

Each question is read on its own passage and, if that answers, on similar passages that do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from eval.scoring.metrics import auroc, exact_match, token_f1
from eval.train.batches import Group
from eval.train.data.files import read_file
from eval.train.data.negatives import hard_negatives
from eval.train.data.sets import ReadingSet, digest
from rag.reading.loading import shared_model
from rag.reading.span_model import PassageReading, SpanModel

_NEGATIVES = 4
_JUDGED = 300


class Figures(NamedTuple):
    """Figures over the `answered` questions of one set.

    `exact` and `f1` are of the best span of the own passage; `own_first` is the share of questions
    whose best span of all passages is in the own one. Areas under ROC of a passage's best score:
    `null` against the passages of unanswerable questions, `negative` against similar passages;
    NaN where there are none.
    """

    answered: int
    exact: float
    f1: float
    own_first: float
    null: float
    negative: float


def held_out(found: ReadingSet, negatives: Sequence[tuple[int, ...]]) -> list[Group]:
    """At most 300 held-out questions, spread evenly by the hash of their ids; see `every`."""
    groups = [group for group in every(found, negatives) if found.held_out(group.question)]
    return sorted(groups, key=lambda group: digest(group.question.id))[:_JUDGED]


def every(found: ReadingSet, negatives: Sequence[tuple[int, ...]]) -> list[Group]:
    """All questions with a short answer or none; answered ones have four similar passages too."""
    groups = []
    for question, others in zip(found.questions, negatives, strict=True):
        if not question.inside:
            similar = others[:_NEGATIVES] if question.spans else ()
            passages = (found.passages[i] for i in (question.passage, *similar))
            groups.append(Group(question, tuple(passages)))
    return groups


def judge_files(
    data: Sequence[Path], corpus: Path | None, reader: str | None
) -> dict[str, Figures]:
    """Measures the reader of that name on all questions of each file.

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
    """The figures as JSON has them: four digits, None for NaN."""
    plain = figures._asdict()
    return {name: None if math.isnan(value) else round(value, 4) for name, value in plain.items()}


def judge(model: SpanModel, groups: Sequence[Group]) -> Figures | None:
    """Reads the passages of each question; None if none of the questions is answered."""
    read = [(group.question, model.score(group.question.text, group.passages)) for group in groups]
    answered = [(question, readings) for question, readings in read if question.spans]
    if not answered:
        return None
    own = [_best_score(readings[0]) for _, readings in answered]
    others = [[_best_score(reading) for reading in readings[1:]] for _, readings in answered]
    unanswered = [_best_score(readings[0]) for question, readings in read if not question.spans]
    texts = [(_best_text(readings[0]), question.accepted) for question, readings in answered]
    return Figures(
        answered=len(answered),
        exact=fmean(exact_match(*pair) for pair in texts),
        f1=fmean(token_f1(*pair) for pair in texts),
        own_first=fmean(
            best >= max(rest, default=best) for best, rest in zip(own, others, strict=True)
        ),
        null=_area(own, unanswered),
        negative=_area(own, [score for scores in others for score in scores]),
    )


def _best_score(reading: PassageReading) -> float:
    best = reading.best_spans(most=1)
    return best[0].score if best else -math.inf


def _best_text(reading: PassageReading) -> str:
    return "".join(reading.text[span.start : span.end] for span in reading.best_spans(most=1))


def _area(above: Sequence[float], below: Sequence[float]) -> float:
    """The area under ROC of scores that should be high against scores that should be low."""
    import numpy as np

    if not below:
        return math.nan
    positive = np.asarray([1.0] * len(above) + [0.0] * len(below))
    return float(auroc(np.asarray([*above, *below]), positive))
