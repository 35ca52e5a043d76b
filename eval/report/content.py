"""A run, and perhaps a baseline, in; everything that a report shows out, as plain values: headline, slices, funnel, curves, questions.

Renders nothing and reads no files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

from eval.gold.questions import GoldQuestion
from eval.run.runfile import Held, Record, Run
from eval.scoring import stats
from eval.scoring.compare import Verdict, compare
from eval.scoring.failure_stages import Stage, right, share_right, stage_of
from eval.scoring.figures import Figure, figures
from eval.scoring.score import DEPTH, QuestionScore, ScoredRun
from eval.scoring.stats import Floats

_MAX_GROUPS = 24


class Better(Enum):
    """Which way a figure is better."""

    UP = 1
    DOWN = -1
    NEITHER = 0


class Unit(Enum):
    """How a figure is written."""

    SHARE = "share"
    NUMBER = "number"
    MILLISECONDS = "ms"


class Measure(NamedTuple):
    """How a figure is called in a report and read."""

    name: str
    label: str
    help: str
    better: Better = Better.UP
    unit: Unit = Unit.SHARE


class Group(NamedTuple):
    """Measures that belong together."""

    title: str
    measures: tuple[Measure, ...]


_DOWN, _NEITHER = Better.DOWN, Better.NEITHER
HEADLINE: tuple[Group, ...] = (
    Group(
        "Answers",
        (
            Measure("right", "Ended right", "answered with the right quote, or rightly abstained"),
            Measure("quote@1", "Quote @1", "the first candidate sentence holds the evidence"),
            Measure("quote@3", "Quote @3", "one of the first three does"),
            Measure("quote@5", "Quote @5", "one of the first five does"),
            Measure(
                "first_article",
                "First article",
                "the first candidate is from an article that holds evidence",
            ),
            Measure(
                "taken_as_it_was",
                "Taken as it was",
                "a new topic within a conversation was asked as it was typed",
            ),
            Measure(
                "answer_in_quote",
                "Answer in quote",
                "the best claim's quote holds an accepted answer",
            ),
            Measure(
                "exact_match",
                "Exact match",
                "the short answer is an accepted one (SQuAD normalisation)",
            ),
            Measure("f1", "F1", "shared words of the short answer and the best accepted one"),
            Measure(
                "realtimeqa_exact_match",
                "Exact match, RealTimeQA",
                "as the data set's own scorer counts",
            ),
            Measure("realtimeqa_f1", "F1, RealTimeQA", "as the data set's own scorer counts"),
            Measure("any_part", "Any part", "of a question with several answers, one was given"),
            Measure("all_parts", "All parts", "of a question with several answers, all were given"),
        ),
    ),
    Group(
        "Quotes shown",
        (
            Measure(
                "verbatim",
                "Verbatim",
                "quotes that the archive reads back word for word; must be 1",
            ),
            Measure(
                "evidence_precision", "Evidence precision", "shown quotes that hold gold evidence"
            ),
            Measure(
                "evidence_recall", "Evidence recall", "needed parts of the evidence that are quoted"
            ),
            Measure("quote_characters", "Characters a quote", "mean length", _NEITHER, Unit.NUMBER),
        ),
    ),
    Group(
        "Retrieval",
        (
            Measure("passage_recall@1", "Recall @1", "parts of the evidence in the first passage"),
            Measure("passage_recall@5", "Recall @5", "in the first five passages"),
            Measure("passage_recall@10", "Recall @10", "in the first ten passages"),
            Measure(
                "passage_all_evidence@10",
                "All evidence @10",
                "every part is in the first ten passages",
            ),
            Measure("passage_mrr@10", "MRR @10", "1 / rank of the first passage with evidence"),
            Measure("passage_ndcg@10", "nDCG @10", "passages"),
            Measure("passage_map@10", "MAP @10", "passages"),
            Measure(
                "article_recall@10",
                "Article recall @10",
                "articles with evidence among the first ten",
            ),
            Measure(
                f"answer_in_passages@{DEPTH}",
                "Answer in passages @10",
                "an accepted answer stands in the first ten passages",
            ),
        ),
    ),
    Group(
        "Abstention and confidence",
        (
            Measure(
                "right_decision", "Right decision", "answered when answerable, abstained when not"
            ),
            Measure(
                "abstention_precision", "Abstention precision", "abstentions that were right to be"
            ),
            Measure(
                "abstention_recall", "Abstention recall", "unanswerable questions abstained from"
            ),
            Measure("abstention_f1", "Abstention F1", "harmonic mean of the two"),
            Measure("abstention_recall:near_miss", "… of near misses", "abstained from"),
            Measure("abstention_recall:false_premise", "… of false premises", "abstained from"),
            Measure("abstention_recall:out_of_period", "… out of period", "abstained from"),
            Measure("abstention_recall:off_topic", "… off topic", "abstained from"),
            Measure(
                "false_abstention", "False abstention", "answerable questions abstained from", _DOWN
            ),
            Measure("abstention_auroc", "AUROC", "confidence tells answerable from unanswerable"),
            Measure("aurc", "Area under risk-coverage", "mean risk over all coverages", _DOWN),
            Measure(
                "brier_skill",
                "Brier skill",
                "of the confidence shown; 0 is always saying the base rate",
                unit=Unit.NUMBER,
            ),
            Measure(
                "calibration_error", "Calibration error", "expected, five bins of equal mass", _DOWN
            ),
            Measure(
                "calibration_error_if_perfect",
                "… if perfectly calibrated",
                "what perfect confidences would show at this n",
                _NEITHER,
            ),
        ),
    ),
    Group(
        "Conflicts and time",
        (
            Measure("conflict_precision", "Conflict precision", "flagged conflicts that are ones"),
            Measure(
                "conflict_recall", "Conflict recall", "both values quoted, from different articles"
            ),
            Measure("conflict_f1", "Conflict F1", "harmonic mean of the two"),
            Measure("conflict_kind", "Right kind", "told apart: disagree, or changed over time"),
            Measure("as_of", "As of", "the value that held on the question's date"),
        ),
    ),
    Group(
        "Running",
        (
            Measure(
                "error",
                "Errors",
                "questions that raised, or whose Answer breaks the contract",
                _DOWN,
            ),
            Measure(
                "latency_p50_ms", "Latency p50", "milliseconds an answer", _DOWN, Unit.MILLISECONDS
            ),
            Measure(
                "latency_p95_ms", "Latency p95", "milliseconds an answer", _DOWN, Unit.MILLISECONDS
            ),
        ),
    ),
)
SLICED: tuple[Measure, ...] = (
    Measure("right", "Ended right", ""),
    Measure("quote@1", "Quote @1", ""),
    Measure("exact_match", "Exact match", ""),
    Measure("f1", "F1", ""),
    Measure("evidence_recall", "Evidence recall", ""),
    Measure("passage_recall@10", "Recall @10", ""),
)


class Change(NamedTuple):
    """A figure's change from the baseline: over the questions that both have scored where there is an interval."""

    difference: float
    low: float | None = None
    high: float | None = None

    @property
    def significant(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class Row(NamedTuple):
    """One line of the headline table."""

    measure: Measure
    figure: Figure
    baseline: float | None = None
    change: Change | None = None


class Table(NamedTuple):
    """One block of the headline table; only rows that count any question."""

    title: str
    rows: tuple[Row, ...]


class Slice(NamedTuple):
    """Some of the questions, and a figure for each of `SLICED`."""

    name: str
    n: int
    figures: tuple[Figure, ...]


class Counted(NamedTuple):
    """How many questions ended at a stage, in this run and in the baseline."""

    stage: Stage
    n: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with all that is known of it."""

    gold: GoldQuestion
    record: Record
    score: QuestionScore
    stage: Stage
    before: Stage | None = None


class Content:
    """What a report shows of `run`, beside `baseline` where there is one and it asked the same questions."""

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
    def headline(self) -> tuple[Table, ...]:
        tables = (
            Table(group.title, tuple(map(self._row, filter(self._counts, group.measures))))
            for group in HEADLINE
        )
        return tuple(table for table in tables if table.rows)

    def _counts(self, measure: Measure) -> bool:
        figure = self.figures.get(measure.name)
        return figure is not None and figure.value is not None

    def _row(self, measure: Measure) -> Row:
        figure, before = self.figures[measure.name], self.figures_before.get(measure.name)
        if before is None or before.value is None or figure.value is None:
            return Row(measure, figure)
        change = self._paired.get(measure.name) or Change(round(figure.value - before.value, 6))
        return Row(measure, figure, before.value, change)

    @cached_property
    def _paired(self) -> dict[str, Change]:
        """Changes with intervals, over the questions that both runs have scored."""
        if self.verdict is None or not self.verdict.changes:
            return {}
        changes = {
            item.metric: Change(item.difference, item.low, item.high)
            for item in self.verdict.changes
        }
        return {**changes, **self._right_change()}

    def _right_change(self) -> dict[str, Change]:
        before = {} if self._before is None else {score.id: score for score in self._before.scores}
        pairs = [(before[score.id], score) for score in self.scored.scores if score.id in before]
        flags = np.array([right(pair) for pair in pairs], dtype=np.float64).reshape(len(pairs), 2)
        differences = flags[:, 1:] - flags[:, :1]
        if np.isnan(differences).all():
            return {}
        clusters = stats.cluster_indices(
            [score.id for _, score in pairs], [score.cluster for _, score in pairs]
        )
        [paired] = stats.paired_bootstrap(differences, clusters)
        return {"right": Change(paired.difference, *paired.interval)}

    @cached_property
    def funnel(self) -> tuple[Counted, ...]:
        """How many questions ended at each stage, in the order of the chain."""
        now = Counter(map(stage_of, self.scored.scores))
        if self._before is None:
            return tuple(Counted(stage, now[stage], None) for stage in Stage if now[stage])
        before = Counter(map(stage_of, self._before.scores))
        return tuple(
            Counted(stage, now[stage], before[stage])
            for stage in Stage
            if now[stage] or before[stage]
        )

    @cached_property
    def by_type(self) -> tuple[Slice, ...]:
        return _slices(self.scored.scores, lambda score: score.type)

    @cached_property
    def by_source(self) -> tuple[Slice, ...]:
        """By where the gold evidence stands: the first folder, the host of an address, else the document."""
        return _slices([score for score in self.scored.scores if score.sources], _source_group)

    @cached_property
    def questions(self) -> tuple[Asked, ...]:
        """Every recorded question, in order of id."""
        gold = {question.id: question for question in self.run.gold}
        records = {record.id: record for record in self.run.records}
        before: Mapping[str, Stage] = (
            {}
            if self._before is None
            else {score.id: stage_of(score) for score in self._before.scores}
        )
        return tuple(
            Asked(gold[score.id], records[score.id], score, stage_of(score), before.get(score.id))
            for score in self.scored.scores
        )

    @cached_property
    def lost_evidence(self) -> tuple[str, ...]:
        """Questions with gold evidence that the archive does not hold: lost by cleaning, counted apart."""
        return tuple(
            record.id
            for record in self.run.records
            if any(item.held is not Held.HELD for item in record.evidence)
        )


def _by_name(scored: ScoredRun) -> dict[str, Figure]:
    found = {figure.name: figure for figure in figures(scored.scores)}
    return {**found, "right": share_right(scored.scores)}


def _source_group(score: QuestionScore) -> str:
    groups = {_first_folder(source) for source in score.sources}
    return groups.pop() if len(groups) == 1 else "several"


def _first_folder(source: str) -> str:
    document, _, row = source.partition("#")
    if host := urlsplit(row or document).hostname:
        return host
    return (row or document).split("/", 1)[0] if "/" in (row or document) else document


def _slices(
    scores: Sequence[QuestionScore], group: Callable[[QuestionScore], str]
) -> tuple[Slice, ...]:
    """The figures of `SLICED` for each group, most questions first; the smallest of many groups are taken together."""
    if not scores:
        return ()
    names = [group(score) for score in scores]
    ranked = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    kept = [name for name, _ in ranked[: _MAX_GROUPS if len(ranked) > _MAX_GROUPS + 1 else None]]
    shown = [name if name in kept else "others" for name in names]
    groups = [*kept, "others"] if "others" in shown else kept
    members = np.array([[name == one for one in groups] for name in shown])
    values = np.column_stack([_column(scores, measure.name) for measure in SLICED])
    return _sliced(scores, groups, members, values)


def _column(scores: Sequence[QuestionScore], name: str) -> Floats:
    # numpy reads None as NaN.
    return np.array(
        right(scores) if name == "right" else [score.values.get(name) for score in scores],
        dtype=np.float64,
    )


def _sliced(
    scores: Sequence[QuestionScore], groups: Sequence[str], members: np.ndarray, values: Floats
) -> tuple[Slice, ...]:
    """One bootstrap for all: `members` (n, groups) and `values` (n, metrics) make (n, groups · metrics) columns of sums and counts."""
    clusters = stats.cluster_indices(
        [score.id for score in scores], [score.cluster for score in scores]
    )
    counted = (members[:, :, None] & ~np.isnan(values)[:, None, :]).astype(np.float64)
    summed = counted * np.nan_to_num(values)[:, None, :]
    flat = np.concatenate(
        [summed.reshape(len(scores), -1), counted.reshape(len(scores), -1)], axis=1
    )
    tops, counts = np.split(stats.bootstrap_sums(flat, clusters), 2, axis=1)
    means = np.divide(tops, counts, out=np.full_like(tops, np.nan), where=counts > 0)
    found = []
    for i, name in enumerate(groups):
        figures_of = []
        for j, measure in enumerate(SLICED):
            n = int(counted[:, i, j].sum())
            several = len(np.unique(clusters[counted[:, i, j] > 0])) > 1
            low, high = (
                stats.percentile_interval(means[:, i * len(SLICED) + j]) if several else None
            ) or (None, None)
            value = float(summed[:, i, j].sum() / n) if n else None
            figures_of.append(Figure(measure.name, value, low, high, n))
        found.append(Slice(name, int(members[:, i].sum()), tuple(figures_of)))
    return tuple(found)
