"""Draws a report's curves as SVG: risk against coverage, calibration, recall at k.

Text stays text, and colours are CSS variables of the page, so that the curves can be read in dark
and in light. matplotlib is imported when the first curve is drawn.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eval.report.content import Content
from eval.scoring import metrics
from eval.scoring.figures import Figure, value_pairs
from eval.scoring.score import CUTOFFS, ScoredRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 5
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
    "legend.frameon": False,
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
    drawn = [_risk_coverage(content), _calibration(content), _recall(content)]
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
    if len(confidence) < _BINS:
        return None
    bins = metrics.equal_mass_bins(confidence, _BINS)
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


def _recall(content: Content) -> Picture | None:
    deepest = _deepest(content.scored)
    now = _recalls(content.figures, deepest)
    before = _recalls(content.figures_before, deepest)
    if not now:
        return None
    ks = [k for k in CUTOFFS if k <= deepest]

    def draw(axes: Axes) -> None:
        if all(figure.low is not None and figure.high is not None for figure in now):
            lows, highs = [figure.low or 0.0 for figure in now], [f.high or 0.0 for f in now]
            axes.fill_between(ks, lows, highs, color=_ACCENT, alpha=0.15, linewidth=0)
        axes.plot(ks, _values(now), color=_ACCENT, marker="o", label="this run")
        if before:
            style: dict[str, Any] = {"linewidth": 1.2, "linestyle": "--", "marker": "."}
            axes.plot(ks, _values(before), color=_SECOND, label="baseline", **style)
            axes.legend(loc="lower right")
        axes.set(ylim=(0, 1.02), xlabel="k: passages read", ylabel="recall of evidence", xticks=ks)

    caption = "Share of the needed evidence in the first k passages, with its 95% interval."
    return Picture("Recall at k", caption, _svg("recall", draw))


def _recalls(figures: dict[str, Figure], deepest: int) -> list[Figure]:
    """Recall at each cutoff down to the deepest; empty if it is not scored."""
    found = [figures.get(f"passage_recall@{k}") for k in CUTOFFS if k <= deepest]
    return [figure for figure in found if figure is not None and figure.value is not None]


def _values(figures: Sequence[Figure]) -> list[float]:
    return [figure.value or 0.0 for figure in figures]


def _deepest(scored: ScoredRun) -> int:
    """The last cutoff that adds anything: beyond the passages read the curve would be flat."""
    adding = [10]
    for k, following in itertools.pairwise(CUTOFFS):
        names = f"passage_recall@{k}", f"passage_recall@{following}"
        if any(score.values.get(names[0]) != score.values.get(names[1]) for score in scored.scores):
            adding.append(following)
    return max(adding)


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
