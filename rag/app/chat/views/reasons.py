"""Writes why an answer is what it is, for the fold below it."""

from __future__ import annotations

from rag.app.chat.views.markup import safe
from rag.explanation import Explanation
from rag.render.reasons import Reason, reasons


def reasons_html(explanation: Explanation) -> str:
    """Writes the stage at which the answer ended, then the steps that led there."""
    ended, *steps = reasons(explanation)
    items = "".join(f"<li>{_step(step)}</li>" for step in steps)
    return f"<p>{safe(ended.text)}</p><ol>{items}</ol>"


def _step(step: Reason) -> str:
    details = "".join(
        f"<li>{safe(item.text)} <small>{safe(item.facts)}</small></li>" for item in step.details
    )
    return safe(step.text) + (f"<ul>{details}</ul>" if details else "")
