"""Draws a report's curves as SVG: risk against coverage, and calibration.

Text stays text, and colours are CSS variables of the page, so that the curves can be read in dark
and in light. matplotlib is imported when the first curve is drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eval.report.content import Content
from eval.scoring import metrics
from eval.scoring.figures import value_pairs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# matplotlib has no CSS: it draws in colours that nothing else has, which are replaced afterwards.
_INK, _FAINT, _ACCENT, _SECOND = "#010203", "#040506", "#070809", "#0a0b0c"
_VARIABLES = {
    _INK: "var(--ink)",
    _FAINT: "var(--line)",
    _ACCENT: "var(--accent)",
    _SECOND: "var(--second)",
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
    "font.size": 11,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _FAINT,
    "grid.linewidth": 0.5,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
}


class Picture(NamedTuple):
    """One picture, what it shows, and how to read it."""

    title: str
    caption: str
    svg: str


def pictures(content: Content) -> list[Picture]:
    """Those pictures for which anything was scored."""
    drawn = _risk_coverage(content), _calibration(content)
    return [picture for picture in drawn if picture is not None]


def _risk_coverage(content: Content) -> Picture | None:
    confidence, correct = value_pairs(content.scored.scores, "confidence", "correct")
    if not len(confidence):
        return None
    curve = metrics.risk_coverage(confidence, correct)

    def draw(axes: Axes) -> None:
        axes.step(curve.coverage, curve.risk, where="post", color=_ACCENT)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.set(xlabel="coverage: share answered", ylabel="risk: share of them wrong")

    caption = "Answering only what it is surest of, how often it would be wrong. Lower is better."
    return Picture("Risk and coverage", caption, _svg("risk", draw))


def _calibration(content: Content) -> Picture | None:
    confidence, correct = value_pairs(content.scored.scores, "confidence", "shown_correct")
    if len(confidence) < metrics.BINS:
        return None
    bins = metrics.equal_mass_bins(confidence)
    members = [bins == number for number in np.unique(bins)]
    expected = np.array([confidence[one].mean() for one in members])
    found = np.array([correct[one].mean() for one in members])
    counts = np.array([one.sum() for one in members])
    spread = 1.96 * np.sqrt(expected * (1 - expected) / counts)

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_SECOND, linewidth=1, linestyle="--")
        low, high = np.clip(expected - spread, 0, 1), np.clip(expected + spread, 0, 1)
        axes.fill_between(expected, low, high, color=_SECOND, alpha=0.18, linewidth=0)
        axes.plot(expected, found, color=_ACCENT, marker="o")
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence shown", ylabel="share right")

    caption = "Five bins of equal size. A perfectly calibrated model is in the band 19 times in 20."
    return Picture("Calibration", caption, _svg("calibration", draw))


def _svg(name: str, draw: Callable[[Axes], None]) -> str:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    stream = io.StringIO()
    # The salt makes ids that are the same on every run and differ between pictures of one page.
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        canvas = Canvas(figsize=(4.4, 3.1), layout="constrained")
        FigureCanvasSVG(canvas)
        axes = canvas.subplots()
        axes.tick_params(length=0, pad=5)
        draw(axes)
        metadata = {"Date": None, "Creator": None}
        canvas.savefig(stream, format="svg", transparent=True, metadata=metadata)
    return _inlined(name, stream.getvalue())


def _inlined(name: str, svg: str) -> str:
    """Only the `<svg>` itself, as wide as its place, with ids of its own and the page's colours."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' (?:width|height)="[\d.]+pt"', "", body, count=2)
    body = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    return body.strip()
