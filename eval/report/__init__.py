"""Renders a recorded run for people: in the terminal, as Markdown, and as one HTML file.

measures   how figures are named and read (labels in `measures.csv`)
content    everything that a report shows of a run, as plain values
tables     figures as short text, and the tables that Markdown and the terminal share
markdown   report.md
terminal   the report, a comparison and a sweep in a terminal
page       report.html
questions  the questions of the page, each with its quotes in context
marks      highlighted words in context as safe HTML
pictures   the page's curves, drawn by matplotlib
"""

from __future__ import annotations

from pathlib import Path

from eval.report.content import Content


def write_report(content: Content, folder: Path) -> Path:
    """Writes `report.md` and `report.html` into a folder, and returns the path of the latter."""
    from eval.report.markdown import markdown
    from eval.report.page import page

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(markdown(content), encoding="utf-8")
    target = folder / "report.html"
    target.write_text(page(content), encoding="utf-8")
    return target


__all__ = ["Content", "write_report"]
