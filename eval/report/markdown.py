"""Renders a report as Markdown: the tables, for a README or a pull request."""

from __future__ import annotations

from eval.report.content import Content
from eval.report.tables import TextTable, facts, funnel_table, headline_table, slice_table, warnings


def markdown(content: Content) -> str:
    """The whole report, without the questions themselves."""
    made_with = "\n".join(f"- {name}: {_escaped(value)}" for name, value in facts(content))
    found = content.summary
    parts = [f"# {_escaped(content.run.name)}", f"**{_escaped(str(found))}**"]
    if found.failures:
        parts.append("\n".join(f"- {_escaped(str(item))}" for item in found.failures))
    parts.append(made_with)
    parts += [f"> {_escaped(warning)}" for warning in warnings(content)]
    parts += ["## Figures", _table(headline_table(content))]
    parts += ["## Where questions ended", _table(funnel_table(content))]
    for title, slices in (("## By type", content.by_type), ("## By source", content.by_source)):
        if slices:
            parts += [title, _table(slice_table(slices, intervals=True))]
    parts.append(
        "Intervals are 95% bootstraps by cluster, 10,000 resamples. "
        "`*`: the interval of the paired difference leaves out 0."
    )
    return "\n\n".join(parts) + "\n"


def _table(table: TextTable) -> str:
    lines = [table.head, ("---", *("---:" for _ in table.head[1:]))]
    for row in table.rows:
        cells = map(_escaped, row) if len(row) > 1 else (f"**{_escaped(row[0])}**",)
        lines.append((*cells, *("" for _ in table.head[len(row) :])))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(text: str) -> str:
    """Text that may hold anything, as it is: no markup, on one line."""
    plain = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in plain)
