"""Prints a report, a comparison or a sweep as tables in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.report.content import Content
from eval.report.measures import MEASURES
from eval.report.tables import (
    TextTable,
    funnel_table,
    headline_table,
    interval_text,
    slice_table,
    value_text,
    warnings,
)
from eval.run.settings import settings_text
from eval.scoring.compare import BrokenRule, Verdict
from eval.scoring.figures import Figure
from eval.scoring.summary import Summary
from eval.sweep import Point, Sweep

_SHOWN = 8
_FAILURES_SHOWN = 20
_RIGHT = MEASURES["right"]


def print_report(content: Content, console: Console) -> None:
    """Prints the verdict, what to look at, the headline, the funnel and the slices by type."""
    title = Text(content.run.name, style="bold")
    system = content.run.manifest.get("system")
    console.print(title.append(f"  {len(content.run.outcomes)} questions, {system}", style="none"))
    print_summary(content.summary, console)
    for warning in warnings(content):
        console.print(Text(warning, style="yellow"))
    console.print(_grid(headline_table(content)))
    console.print(_grid(funnel_table(content)))
    console.print(_grid(slice_table(content.by_type, intervals=False)))


def print_summary(found: Summary, console: Console) -> None:
    """Prints how many questions ended right, then those to look at."""
    console.print(Text(str(found), style="bold"))
    for item in found.failures[:_FAILURES_SHOWN]:
        console.print(Text(f"  {item}"))
    if len(found.failures) > _FAILURES_SHOWN:
        more = len(found.failures) - _FAILURES_SHOWN
        console.print(Text(f"  … and {more} more in the report"))


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Prints the metrics of both runs, what turned, and which rules were broken."""
    head = ("metric", "before", "after", "difference", "95% interval", "p", "adjusted")
    table, styles = TextTable((*head, "won", "lost"), []), []
    for item in verdict.changes:
        means = f"{item.before:.3f}", f"{item.after:.3f}", f"{item.difference:+.3f}"
        interval = f"{item.low:+.3f} {item.high:+.3f}"
        adjusted = "" if item.adjusted_p is None else f"{item.adjusted_p:.3f}"
        counts = str(len(item.won)), str(len(item.lost))
        table.rows.append((item.metric, *means, interval, f"{item.p:.3f}", adjusted, *counts))
        styles.append("red" if item.significant_loss else "bold" if adjusted else "")
    if verdict.changes:
        console.print(_grid(table, styles))
        console.print(Text("bold: metrics that gate; adjusted: Holm over those", style="dim"))
    for item in verdict.changes:
        if item.adjusted_p is not None and (item.won or item.lost):
            ways = (("won", item.won), ("lost", item.lost))
            turned = "; ".join(f"{way} {_named(names)}" for way, names in ways if names)
            console.print(Text(f"{item.metric}: {turned}"))
    for failure in verdict.failures:
        console.print(Text(f"FAILS: {failure_text(failure)}", style="red"))
    if verdict.passed:
        console.print(Text("passes", style="green"))


def failure_text(failure: BrokenRule) -> str:
    """One rule that was broken, with the metric and the first questions that broke it."""
    metric = f" in {failure.metric}" if failure.metric else ""
    questions = f": {_named(failure.questions)}" if failure.questions else ""
    return f"{failure.rule.replace('_', ' ')}{metric}{questions}"


def _named(questions: Sequence[str]) -> str:
    more = len(questions) - _SHOWN
    return ", ".join(questions[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def print_sweep(found: Sweep, console: Console) -> None:
    """Prints the grid, and what each half of the questions chooses."""
    measures = [MEASURES["quote@1"], MEASURES["right_decision"]]
    head = ("settings", "right", "95% interval", "even half", "odd half")
    table = TextTable((*head, *(measure.label for measure in measures)), [])
    for point in found.points:
        cells = settings_text(point.settings), _right(point.all)
        shares = interval_text(point.all, _RIGHT), _right(point.even), _right(point.odd)
        means = (value_text(_mean(point, measure.name), measure) for measure in measures)
        table.rows.append((*cells, *shares, *means))
    console.print(_grid(table))
    for half, chosen, other, figure in (
        ("even", found.by_even, "odd", found.by_even.odd),
        ("odd", found.by_odd, "even", found.by_odd.even),
    ):
        settings = settings_text(chosen.settings)
        console.print(f"The {half} half chooses {settings}: {_right(figure)} on the {other} half.")
    fitted = found.cross_fitted
    interval = interval_text(fitted, _RIGHT)
    console.print(f"Cross-fitted, over all {fitted.n}: {_right(fitted)} ({interval})")


def _right(figure: Figure) -> str:
    return value_text(figure.value, _RIGHT)


def _mean(point: Point, name: str) -> float | None:
    values = [value for score in point.scores if (value := score.values.get(name)) is not None]
    return sum(values) / len(values) if values else None


def _grid(table: TextTable, styles: Sequence[str] = ()) -> Table:
    """The table for rich; headings are bold, other rows have the style given for each."""
    grid = Table(box=None, pad_edge=False, header_style="dim")
    for place, name in enumerate(table.head):
        grid.add_column(name, justify="right" if place else "left", no_wrap=place > 0)
    indent = "  " if any(len(row) == 1 for row in table.rows) else ""
    for row, style in zip_longest(table.rows, styles, fillvalue=""):
        if len(row) == 1:
            grid.add_row(Text(row[0]), style="bold")
        else:
            grid.add_row(Text(indent + row[0]), *map(Text, row[1:]), style=style)
    return grid
