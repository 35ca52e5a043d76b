"""Settings by name and their values in, a small grid of scored runs out, with the setting that each half of the questions would choose.

What is chosen is chosen on one half of the questions and reported on the other (two-fold cross-fitting, by the parity of sha256(id)),
so that no reported figure was picked by the questions it is measured on. Records nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from eval.gold.questions import in_even_half
from eval.run.archives import Archives, Job
from eval.run.record import job_answers
from eval.run.runfile import Record
from eval.run.systems import Settings, System
from eval.scoring.failure_stages import share_right
from eval.scoring.figures import Figure
from eval.scoring.score import Outcome, QuestionScore, ScoredRun, score_run
from rag.errors import UsageError

# In the order of the fields of Settings.
_NAMES = ("retrieve.k", "reader.threshold", "reader.model", "retrieve.reranker", "writer.model")
_MODELS = frozenset({"reader.model", "retrieve.reranker", "writer.model"})


class Point(NamedTuple):
    """One setting of the grid, and the scores of all questions under it; `even` and `odd` are the shares that ended right by half."""

    settings: Settings
    scores: tuple[QuestionScore, ...]
    even: Figure
    odd: Figure
    all: Figure


class Sweep(NamedTuple):
    """All points in the order of the grid.

    `by_even` was chosen on the even half and holds for the odd one, `by_odd` the other way round; `cross_fitted` is the share that
    ended right when each question is answered under the setting that the other half chose.
    """

    points: tuple[Point, ...]
    by_even: Point
    by_odd: Point
    cross_fitted: Figure


def parse_settings(texts: Sequence[str]) -> list[Settings]:
    """The grid of `name=value,value…` texts, every combination, in the order given; one point without any settings for none.

    :raises UsageError: if a name is unknown or used twice, or a value is out of its range.
    """
    values: dict[str, list[int | float | str]] = {}
    for text in texts:
        name, _, listed = text.partition("=")
        if name not in _NAMES:
            raise UsageError(
                f"there is no setting {name!r}",
                hint=f"use {' or '.join(f'{known}=…' for known in _NAMES)}",
            )
        if name in values:
            raise UsageError(
                f"{name} is set twice", hint=f"put all its values together: {name}=…,…"
            )
        values[name] = [_value(name, item) for item in listed.split(",")]
    lists: list[Sequence[Any]] = [values.get(name, [None]) for name in _NAMES]
    return [Settings(*point) for point in itertools.product(*lists)]


def _value(name: str, text: str) -> int | float | str:
    if name in _MODELS:
        if not text:
            raise UsageError(f"{name} has no value", hint="give the name of one")
        return text
    try:
        value = int(text) if name == "retrieve.k" else float(text)
    except ValueError as error:
        raise UsageError(
            f"{name} cannot be {text!r}",
            hint="give numbers, with commas between them and no spaces",
        ) from error
    if not (value >= 1 if name == "retrieve.k" else 0 <= value <= 1):
        raise UsageError(
            f"{name} cannot be {text}", hint="k is at least 1, a threshold a chance from 0 to 1"
        )
    return value


def sweep(
    grid: Iterable[Settings],
    system: Callable[[Settings], System],
    jobs: Sequence[Job],
    archives: Archives,
    *,
    on_record: Callable[[Record], None] = lambda _: None,
) -> Sweep:
    """Asks all questions under every setting."""
    points = []
    for settings in grid:
        outcomes = []
        for found in job_answers(system(settings), jobs, archives):
            outcomes.append(Outcome(found.id, found.answer, found.error, found.verbatim))
            on_record(found)
        points.append(
            _point(
                settings,
                score_run((question for job in jobs for question in job.questions), outcomes),
            )
        )
    return _chosen(points)


def _point(settings: Settings, scored: ScoredRun) -> Point:
    even = [score for score in scored.scores if in_even_half(score.id)]
    odd = [score for score in scored.scores if not in_even_half(score.id)]
    return Point(
        settings, scored.scores, share_right(even), share_right(odd), share_right(scored.scores)
    )


def _chosen(points: Sequence[Point]) -> Sweep:
    # max keeps the first of equals: among settings that do as well, the one named first.
    by_even = max(points, key=lambda point: point.even.value or 0.0)
    by_odd = max(points, key=lambda point: point.odd.value or 0.0)
    even = [score for score in by_odd.scores if in_even_half(score.id)]
    odd = [score for score in by_even.scores if not in_even_half(score.id)]
    return Sweep(tuple(points), by_even, by_odd, share_right([*even, *odd]))


def settings_text(settings: Settings) -> str:
    """A setting as it was given on the command line."""
    named = zip(_NAMES, settings, strict=True)
    told = (
        f"{name}={value}" if isinstance(value, str) else f"{name}={value:g}"
        for name, value in named
        if value is not None
    )
    return " ".join(told) or "as fitted"
