"""Collects everything that a report shows of a run, perhaps beside a baseline, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

from eval.gold.questions import GoldQuestion
from eval.report.measures import HEADLINE, SLICED, Better, Measure
from eval.run.runfile import Run
from eval.scoring import stats
from eval.scoring.compare import Verdict, compare
from eval.scoring.failure_stages import RIGHT, Stage, right, share_right, stage_of
from eval.scoring.figures import Figure, clusters_of, figures, mean_figures
from eval.scoring.outcome import Held, Outcome
from eval.scoring.score import QuestionScore, ScoredRun
from eval.scoring.stats import Floats
from eval.scoring.summary import Summary, summary

_MAX_SLICES = 24
_NOTHING_TO_LOOK_AT = RIGHT | {Stage.UNSCORED}


class Change(NamedTuple):
    """A figure's change from the baseline.

    There is an interval where it is over the questions that both runs have scored.
    """

    difference: float
    low: float | None = None
    high: float | None = None

    @property
    def significant(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class HeadlineRow(NamedTuple):
    """One line of the headline table."""

    measure: Measure
    figure: Figure
    baseline: float | None = None
    change: Change | None = None

    @property
    def verdict(self) -> str:
        """`up` for a significant gain, `down` for a loss, else nothing."""
        better = self.measure.better
        if self.change is None or not self.change.significant or better is Better.NEITHER:
            return ""
        return "up" if (self.change.difference > 0) == (better is Better.UP) else "down"


class HeadlineBlock(NamedTuple):
    """One block of the headline table, with the rows that count any question."""

    title: str
    rows: tuple[HeadlineRow, ...]


class Slice(NamedTuple):
    """Some of the questions, and a figure for each of `SLICED`."""

    name: str
    n: int
    figures: tuple[Figure, ...]


class StageCount(NamedTuple):
    """How many questions ended at a stage, in this run and in the baseline."""

    stage: Stage
    n: int
    before: int | None


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question with all that is known of it."""

    gold: GoldQuestion
    outcome: Outcome
    score: QuestionScore
    stage: Stage
    before: Stage | None = None

    @property
    def turned(self) -> str:
        """`won` or `lost` where the question ended right in only one of the two runs."""
        if self.before is None or (self.before in RIGHT) == (self.stage in RIGHT):
            return ""
        return "won" if self.stage in RIGHT else "lost"


class Content:
    """What a report shows of `run`, beside `baseline` where it asked the same questions."""

    def __init__(self, run: Run, baseline: Run | None = None) -> None:
        self.run = run
        self.baseline = baseline
        self.scored = run.score()
        self._before = None if baseline is None else baseline.score()

    @cached_property
    def verdict(self) -> Verdict | None:
        """How the run compares with the baseline."""
        return None if self._before is None else compare(self._before, self.scored)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure by name, and the share that ended right."""
        return _by_name(self.scored)

    @cached_property
    def figures_before(self) -> dict[str, Figure]:
        return {} if self._before is None else _by_name(self._before)

    @cached_property
    def headline(self) -> tuple[HeadlineBlock, ...]:
        blocks = (
            HeadlineBlock(title, tuple(row for row in map(self._row, measures) if row))
            for title, measures in HEADLINE.items()
        )
        return tuple(block for block in blocks if block.rows)

    def _row(self, measure: Measure) -> HeadlineRow | None:
        figure, before = self.figures.get(measure.name), self.figures_before.get(measure.name)
        if figure is None or figure.value is None:
            return None
        if before is None or before.value is None:
            return HeadlineRow(measure, figure)
        change = self._paired_changes.get(measure.name)
        change = change or Change(round(figure.value - before.value, 6))
        return HeadlineRow(measure, figure, before.value, change)

    @cached_property
    def _paired_changes(self) -> dict[str, Change]:
        """Changes with intervals, over the questions that both runs have scored."""
        if self._before is None or self.verdict is None or not self.verdict.changes:
            return {}
        changes = {
            item.metric: Change(item.difference, item.low, item.high)
            for item in self.verdict.changes
        }
        before = {score.id: score for score in self._before.scores}
        now = [score for score in self.scored.scores if score.id in before]
        differences = _right_column(now) - _right_column([before[score.id] for score in now])
        if not np.isnan(differences).all():
            [paired] = stats.paired_bootstrap(differences[:, None], clusters_of(now))
            changes["right"] = Change(paired.difference, *paired.interval)
        return changes

    @cached_property
    def funnel(self) -> tuple[StageCount, ...]:
        """How many questions ended at each stage, in the order of the chain."""
        now = Counter(map(stage_of, self.scored.scores))
        before = Counter(self._stages_before.values())
        return tuple(
            StageCount(stage, now[stage], None if self._before is None else before[stage])
            for stage in Stage
            if now[stage] or before[stage]
        )

    @cached_property
    def _stages_before(self) -> Mapping[str, Stage]:
        scores = () if self._before is None else self._before.scores
        return {score.id: stage_of(score) for score in scores}

    @cached_property
    def by_type(self) -> tuple[Slice, ...]:
        return _slices(self.scored.scores, lambda score: score.type)

    @cached_property
    def by_source(self) -> tuple[Slice, ...]:
        """By where the gold evidence is: the first folder, a URL's host, else the document."""
        return _slices([score for score in self.scored.scores if score.sources], _source_group)

    @cached_property
    def questions(self) -> tuple[AskedQuestion, ...]:
        """Every recorded question in the gold file's order, those that ended wrong first."""
        scores = {score.id: score for score in self.scored.scores}
        outcomes = {outcome.id: outcome for outcome in self.run.outcomes}
        asked = [
            AskedQuestion(
                question,
                outcomes[question.id],
                scores[question.id],
                stage_of(scores[question.id]),
                self._stages_before.get(question.id),
            )
            for question in self.run.gold
            if question.id in scores
        ]
        return tuple(sorted(asked, key=lambda item: item.stage in _NOTHING_TO_LOOK_AT))

    @cached_property
    def summary(self) -> Summary:
        """How many questions ended right, and which to look at."""
        return summary(self.run.gold, self.run.outcomes)

    @cached_property
    def lost_evidence(self) -> tuple[str, ...]:
        """Questions with gold evidence that the archive does not have."""
        return tuple(
            outcome.id
            for outcome in self.run.outcomes
            if any(item.held is not Held.HELD for item in outcome.evidence)
        )


def _by_name(scored: ScoredRun) -> dict[str, Figure]:
    found = {figure.name: figure for figure in figures(scored.scores)}
    return {**found, "right": share_right(scored.scores)}


def _right_column(scores: Sequence[QuestionScore]) -> Floats:
    # numpy reads None as NaN.
    return np.array(right(scores), dtype=np.float64)


def _source_group(score: QuestionScore) -> str:
    def group(source: str) -> str:
        document, _, row = source.partition("#")
        name = row or document
        return urlsplit(name).hostname or (name.split("/", 1)[0] if "/" in name else document)

    groups = {group(source) for source in score.sources}
    return groups.pop() if len(groups) == 1 else "several"


def _slices(
    scores: Sequence[QuestionScore], group: Callable[[QuestionScore], str]
) -> tuple[Slice, ...]:
    """The figures of `SLICED` for each group, most questions first.

    The smallest of many groups are taken together as "others".
    """
    names = [group(score) for score in scores]
    ranked = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    kept = [name for name, _ in ranked[: _MAX_SLICES if len(ranked) > _MAX_SLICES + 1 else None]]
    names = [name if name in kept else "others" for name in names]
    groups = [*kept, "others"] if "others" in names else kept
    values = {measure.name: _column(scores, measure.name) for measure in SLICED}
    columns = {
        f"{place} {name}": np.where([one == own for own in names], column, np.nan)
        for place, one in enumerate(groups)
        for name, column in values.items()
    }
    found = iter(mean_figures(scores, columns))
    return tuple(
        Slice(name, names.count(name), tuple(next(found) for _ in SLICED)) for name in groups
    )


def _column(scores: Sequence[QuestionScore], name: str) -> Floats:
    if name == "right":
        return _right_column(scores)
    return np.array([score.values.get(name) for score in scores], dtype=np.float64)
