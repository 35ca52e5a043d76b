"""A report as Markdown: the tables, for a README or a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eval.report.content import SLICED, Content, Slice
from eval.report.words import change_text, facts, interval_text, value_text, warnings
from eval.scoring.failure_stages import LABELS


def markdown(content: Content) -> str:
    """The whole report, without the questions themselves."""
    parts = [
        f"# {_cell(content.run.name)}",
        "\n".join(f"- {name}: {_cell(value)}" for name, value in facts(content)),
    ]
    parts += [f"> {_cell(warning)}" for warning in warnings(content)]
    parts += ["## Figures", _headline(content), "## Where questions ended", _funnel(content)]
    for title, slices in (("## By type", content.by_type), ("## By source", content.by_source)):
        if slices:
            parts += [title, _slices(slices)]
    parts.append(
        "Intervals are 95% bootstraps by cluster, 10,000 resamples. `*`: the interval of the paired difference leaves out 0."
    )
    return "\n\n".join(parts) + "\n"


def _headline(content: Content) -> str:
    compared = content.baseline is not None
    rows = []
    for table in content.headline:
        rows.append([f"**{table.title}**", "", "", "", *(["", ""] if compared else [])])
        for row in table.rows:
            cells = [
                row.measure.label,
                value_text(row.figure.value, row.measure),
                interval_text(row.figure, row.measure),
                str(row.figure.n),
            ]
            rows.append(
                cells
                + (
                    [value_text(row.baseline, row.measure), change_text(row.change, row.measure)]
                    if compared
                    else []
                )
            )
    return _table(
        ["", "value", "95% interval", "n", *(["baseline", "change"] if compared else [])], rows
    )


def _funnel(content: Content) -> str:
    compared = content.baseline is not None
    rows = [
        [LABELS[item.stage], str(item.n), *([str(item.before)] if compared else [])]
        for item in content.funnel
    ]
    return _table(["", "questions", *(["baseline"] if compared else [])], rows)


def _slices(slices: Sequence[Slice]) -> str:
    rows = []
    for item in slices:
        cells = []
        for figure, measure in zip(item.figures, SLICED, strict=True):
            interval = interval_text(figure, measure)
            cells.append(value_text(figure.value, measure) + (f" ({interval})" if interval else ""))
        rows.append([_cell(item.name), str(item.n), *cells])
    return _table(["", "n", *(measure.label for measure in SLICED)], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """Text that may hold anything, as it is: no markup, on one line."""
    plain = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in plain)
