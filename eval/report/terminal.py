"""A report's tables for a terminal, and a comparison's."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from eval.report.content import SLICED, Better, Content, Measure, Row, Slice
from eval.report.words import change_text, interval_text, value_text, warnings
from eval.scoring.compare import Failure, Verdict
from eval.scoring.failure_stages import LABELS, RIGHT
from eval.sweep import Point, Sweep, settings_text

_SHOWN = 8


def print_report(content: Content, console: Console) -> None:
    """Headline, failure funnel and slices by type."""
    console.print(
        f"[bold]{content.run.name}[/bold]  {len(content.run.records)} questions, {content.run.manifest.get('system')}",
        highlight=False,
    )
    for warning in warnings(content):
        console.print(Text(warning, style="yellow"))
    console.print(_headline(content))
    console.print(_funnel(content))
    console.print(_slices("by type", content.by_type))


def _headline(content: Content) -> Grid:
    grid = _grid(
        "figure",
        "value",
        "95% interval",
        "n",
        *(("baseline", "change") if content.baseline else ()),
    )
    for table in content.headline:
        grid.add_row(Text(table.title, style="bold"))
        for row in table.rows:
            cells = [
                f"  {row.measure.label}",
                value_text(row.figure.value, row.measure),
                interval_text(row.figure, row.measure),
                str(row.figure.n),
            ]
            changed = [
                value_text(row.baseline, row.measure),
                Text(change_text(row.change, row.measure), style=_style(row)),
            ]
            grid.add_row(*cells, *(changed if content.baseline else ()))
        grid.add_section()
    return grid


def _style(row: Row) -> str:
    if row.change is None or not row.change.significant or row.measure.better is Better.NEITHER:
        return ""
    return "green" if row.change.difference * row.measure.better.value > 0 else "red"


def _funnel(content: Content) -> Grid:
    grid = _grid("ended", "n", *(("baseline",) if content.baseline else ()))
    for counted in content.funnel:
        label = Text(LABELS[counted.stage], style="green" if counted.stage in RIGHT else "")
        grid.add_row(label, str(counted.n), *((str(counted.before),) if content.baseline else ()))
    return grid


def _slices(title: str, slices: Sequence[Slice]) -> Grid:
    grid = _grid(title, "n", *(measure.label for measure in SLICED))
    for item in slices:
        grid.add_row(
            item.name,
            str(item.n),
            *(
                value_text(figure.value, of)
                for figure, of in zip(item.figures, SLICED, strict=True)
            ),
        )
    return grid


def _grid(first: str, *others: str) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    grid.add_column(first)
    for name in others:
        grid.add_column(name, justify="right", no_wrap=True)
    return grid


def print_verdict(verdict: Verdict, console: Console) -> None:
    """The changes of a comparison, and why it fails, if it does."""
    grid = _grid(
        "metric", "before", "after", "change", "95% interval", "p", "adjusted", "won", "lost"
    )
    for item in verdict.changes:
        style = "red" if item.significant_loss else "bold" if item.adjusted_p is not None else ""
        adjusted = "" if item.adjusted_p is None else f"{item.adjusted_p:.3f}"
        interval = f"{item.low:+.3f} {item.high:+.3f}"
        cells = [
            f"{item.before:.3f}",
            f"{item.after:.3f}",
            f"{item.difference:+.3f}",
            interval,
            f"{item.p:.3f}",
            adjusted,
        ]
        grid.add_row(item.metric, *cells, str(len(item.won)), str(len(item.lost)), style=style)
    if verdict.changes:
        console.print(grid)
        console.print(Text("bold: metrics that gate; adjusted: Holm over those", style="dim"))
    for item in verdict.changes:
        if item.adjusted_p is not None and (item.won or item.lost):
            turned = [
                f"{way} {_named(names)}"
                for way, names in (("won", item.won), ("lost", item.lost))
                if names
            ]
            console.print(Text(f"{item.metric}: {'; '.join(turned)}"))
    for failure in verdict.failures:
        console.print(Text(f"FAILS: {failure_text(failure)}", style="red"))
    if verdict.passed:
        console.print(Text("passes", style="green"))


def failure_text(failure: Failure) -> str:
    """One rule that was broken, with the metric and the first questions that broke it."""
    metric = f" in {failure.metric}" if failure.metric else ""
    return (
        str(failure.rule).replace("_", " ")
        + metric
        + (f": {_named(failure.questions)}" if failure.questions else "")
    )


def _named(questions: Sequence[str]) -> str:
    more = len(questions) - _SHOWN
    return ", ".join(questions[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def print_sweep(found: Sweep, console: Console) -> None:
    """The grid, and what each half of the questions would choose."""
    measures = [
        Measure(name, label, "")
        for name, label in (("quote@1", "quote @1"), ("right_decision", "right decision"))
    ]
    grid = _grid(
        "settings",
        "right",
        "95% interval",
        "even half",
        "odd half",
        *(measure.label for measure in measures),
    )
    right = Measure("right", "", "")
    for point in found.points:
        cells = [
            value_text(point.all.value, right),
            interval_text(point.all, right),
            value_text(point.even.value, right),
        ]
        means = [value_text(_mean(point, measure), measure) for measure in measures]
        grid.add_row(
            settings_text(point.settings), *cells, value_text(point.odd.value, right), *means
        )
    console.print(grid)
    console.print(
        f"The even half chooses {settings_text(found.by_even.settings)}: {value_text(found.by_even.odd.value, right)} on the odd half."
    )
    console.print(
        f"The odd half chooses {settings_text(found.by_odd.settings)}: {value_text(found.by_odd.even.value, right)} on the even half."
    )
    fitted = found.cross_fitted
    console.print(
        f"Cross-fitted, over all {fitted.n}: {value_text(fitted.value, right)} ({interval_text(fitted, right)})"
    )


def _mean(point: Point, measure: Measure) -> float | None:
    values = [
        value for score in point.scores if (value := score.values.get(measure.name)) is not None
    ]
    return sum(values) / len(values) if values else None
