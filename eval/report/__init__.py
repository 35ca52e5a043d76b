"""Renders a recorded run for people: in the terminal, as Markdown, and as one HTML file that needs nothing else.

    content    a run in, everything that is shown out, as plain values
    words      figures as short text
    terminal   tables for a terminal
    markdown   report.md
    page       report.html, with `questions`, `marks` (words in context) and `pictures` (matplotlib)

Reads what a run recorded, and neither archives nor models.
"""

from __future__ import annotations

from pathlib import Path

from eval.report.content import Content


def write_report(content: Content, folder: Path) -> Path:
    """Writes `report.md` and `report.html` into a folder, and gives the path of the latter."""
    from eval.report.markdown import markdown
    from eval.report.page import page

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(markdown(content), encoding="utf-8")
    target = folder / "report.html"
    target.write_text(page(content), encoding="utf-8")
    return target


__all__ = ["Content", "write_report"]
