"""Writes figures as short text, and lays out the tables that Markdown and the terminal share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eval.report.content import Change, Content, Slice
from eval.report.measures import SLICED, Measure, Unit
from eval.scoring.figures import Figure


class TextTable(NamedTuple):
    """A table of text; a row of one cell is a heading."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


def headline_table(content: Content) -> TextTable:
    """Every figure with its interval, and its change from the baseline where there is one."""
    compared = content.baseline is not None
    table = TextTable(("", "value", "95% interval", "n"), [])
    for block in content.headline:
        table.rows.append((block.title,))
        for row in block.rows:
            value, interval = _value_and_interval(row.figure, row.measure)
            cells = (row.measure.label, value, interval, str(row.figure.n))
            changed = value_text(row.baseline, row.measure), change_text(row.change, row.measure)
            table.rows.append(cells + changed if compared else cells)
    return table._replace(head=(*table.head, "baseline", "change")) if compared else table


def funnel_table(content: Content) -> TextTable:
    """How many questions ended at each stage."""
    rows = [
        (item.stage.label, str(item.n), *(() if item.before is None else (str(item.before),)))
        for item in content.funnel
    ]
    return TextTable(("", "questions", *(("baseline",) if content.baseline else ())), rows)


def slice_table(slices: Sequence[Slice], *, intervals: bool) -> TextTable:
    """The figures of each slice, one line a slice."""
    rows = []
    for item in slices:
        cells = []
        for figure, measure in zip(item.figures, SLICED, strict=True):
            value, interval = _value_and_interval(figure, measure)
            cells.append(f"{value} ({interval})" if interval and intervals else value)
        rows.append((item.name, str(item.n), *cells))
    return TextTable(("", "n", *(measure.label for measure in SLICED)), rows)


def _value_and_interval(figure: Figure, measure: Measure) -> tuple[str, str]:
    return value_text(figure.value, measure), interval_text(figure, measure)


def value_text(value: float | None, measure: Measure) -> str:
    """A share with three places, a number with fewer; a dash where there is none."""
    if value is None:
        return "–"
    if measure.unit is Unit.SHARE:
        places = 3
    elif abs(value) >= 100:
        places = 0
    else:
        places = 2 if measure.unit is Unit.NUMBER else 1
    return f"{value:,.{places}f}".replace("-", "−")


def interval_text(figure: Figure, measure: Measure) -> str:
    """The 95% interval, or nothing where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    between = "–" if figure.low >= 0 else " to "
    return f"{value_text(figure.low, measure)}{between}{value_text(figure.high, measure)}"


def change_text(change: Change | None, measure: Measure) -> str:
    """A signed difference; an asterisk where its 95% interval leaves out 0."""
    if change is None:
        return ""
    text = value_text(abs(change.difference), measure)
    if not float(text.replace(",", "")):
        return "±0"
    return f"{'+' if change.difference > 0 else '−'}{text}{'*' if change.significant else ''}"


def facts(content: Content) -> list[tuple[str, str]]:
    """What the run was made with, as lines of name and value."""
    manifest = content.run.manifest
    archive, machine = manifest.get("archive") or {}, manifest.get("machine") or {}
    commit, _, changed = str(manifest.get("commit") or "").partition("+")
    settings = manifest.get("settings") or {}
    asked, baseline = str(len(content.run.outcomes)), content.baseline
    if content.scored.missing:
        asked += f" of {len(content.run.gold)}"
    lines = {
        "System": manifest.get("system"),
        "Settings": ", ".join(f"{name} = {value}" for name, value in settings.items()),
        "Questions": asked,
        "Gold": str(manifest.get("gold", ""))[:12],
        "Articles": archive.get("articles")
        or (archive.get("archives") and f"{archive['archives']} archives"),
        "Embedding model": archive.get("model"),
        "Machine": machine and f"{machine.get('cpu')}, {machine.get('cores')} cores",
        "Commit": commit[:10] + (" with changes" if changed else ""),
        "Started": manifest.get("started"),
        "Baseline": baseline and f"{baseline.name} ({baseline.manifest.get('system')})",
    }
    return [(name, str(value)) for name, value in lines.items() if value]


def warnings(content: Content) -> list[str]:
    """What a reader must know before the figures."""
    verbatim = content.figures.get("verbatim")
    missing, asked = len(content.scored.missing), len(content.run.gold)
    errors = sum(bool(item.score.values["error"]) for item in content.questions)
    lost = len(content.lost_evidence)
    found = []
    if missing:
        found.append(f"Unfinished: {missing} of {asked} questions have not been asked.")
    if errors:
        found.append(f"{errors} questions ended in an error; the other figures leave them out.")
    if verbatim is not None and verbatim.value is not None and verbatim.value < 1:
        found.append("Some quotes shown are not in the archive word for word.")
    if lost:
        found.append(f"The archive lost gold evidence of {lost} questions (lost by cleaning).")
    if content.verdict is not None and not content.verdict.changes:
        found.append("The baseline was asked other questions: nothing is compared.")
    return found
