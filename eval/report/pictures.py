"""A report's pictures as SVG: risk against coverage, calibration, recall at k.

Text stays text, and colours are CSS variables of the page around them, so that they can be read in dark and in light. The home of
matplotlib, which is imported when the first picture is drawn.
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
from eval.scoring.figures import Figure, scored_together
from eval.scoring.score import CUTOFFS, ScoredRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 5
# matplotlib knows no CSS: it draws in colours that nothing else has, which are put into words afterwards.
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
    confidence, correct = scored_together(content.scored.scores, "confidence", "correct")
    if not len(confidence):
        return None
    curve = metrics.risk_coverage(confidence, correct)

    def draw(axes: Axes) -> None:
        axes.step(curve.coverage, curve.risk, where="post", color=_ACCENT, linewidth=1.6)
        axes.set(
            xlim=(0, 1),
            ylim=(0, 1),
            xlabel="coverage: share answered",
            ylabel="risk: share of them wrong",
        )

    caption = "Answering only what it is surest of, how often it would be wrong. Lower is better."
    return Picture("Risk and coverage", caption, _svg("risk", draw))


def _calibration(content: Content) -> Picture | None:
    confidence, correct = scored_together(content.scored.scores, "confidence", "shown_correct")
    if len(confidence) < _BINS:
        return None
    bins = metrics.equal_mass_bins(confidence, _BINS)
    means = [
        (confidence[bins == b].mean(), correct[bins == b].mean(), int((bins == b).sum()))
        for b in range(_BINS)
        if (bins == b).any()
    ]

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_SECOND, linewidth=1, linestyle="--")
        expected, found, counts = (np.array(column) for column in zip(*means, strict=True))
        spread = 1.96 * np.sqrt(expected * (1 - expected) / counts)
        axes.fill_between(
            expected,
            np.clip(expected - spread, 0, 1),
            np.clip(expected + spread, 0, 1),
            color=_SECOND,
            alpha=0.18,
            linewidth=0,
        )
        axes.plot(expected, found, color=_ACCENT, linewidth=1.6, marker="o", markersize=4)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence shown", ylabel="share right")

    caption = "Five bins of equal size. The band is where a perfectly calibrated model would lie 19 times in 20."
    return Picture("Calibration", caption, _svg("calibration", draw))


def _recall(content: Content) -> Picture | None:
    now, before = _recalls(content.figures), _recalls(content.figures_before)
    if not now:
        return None
    deepest = _deepest(content.scored)

    def draw(axes: Axes) -> None:
        shown = [figure for figure in now if _k(figure) <= deepest]
        ks = [_k(figure) for figure in shown]
        if all(figure.low is not None and figure.high is not None for figure in shown):
            lows, highs = (
                [figure.low or 0.0 for figure in shown],
                [figure.high or 0.0 for figure in shown],
            )
            axes.fill_between(ks, lows, highs, color=_ACCENT, alpha=0.15, linewidth=0)
        axes.plot(
            ks,
            _values(shown),
            color=_ACCENT,
            linewidth=1.6,
            marker="o",
            markersize=4,
            label="this run",
        )
        if before:
            old = [figure for figure in before if _k(figure) <= deepest]
            axes.plot(
                ks[: len(old)],
                _values(old),
                color=_SECOND,
                linewidth=1.2,
                linestyle="--",
                marker=".",
                label="baseline",
            )
            axes.legend(loc="lower right")
        axes.set(ylim=(0, 1.02), xlabel="k: passages read", ylabel="recall of evidence", xticks=ks)

    return Picture(
        "Recall at k",
        "Share of the needed evidence in the first k passages, with its 95% interval.",
        _svg("recall", draw),
    )


def _recalls(figures: dict[str, Figure]) -> list[Figure]:
    found = [figures.get(f"passage_recall@{k}") for k in CUTOFFS]
    return [figure for figure in found if figure is not None and figure.value is not None]


def _values(figures: Sequence[Figure]) -> list[float]:
    return [figure.value or 0.0 for figure in figures]


def _k(figure: Figure) -> int:
    return int(figure.name.partition("@")[2])


def _deepest(scored: ScoredRun) -> int:
    """The last cutoff that adds anything: beyond the passages that were read the curve would only go on flat."""
    adding = [10]
    for k, following in itertools.pairwise(CUTOFFS):
        if any(
            score.values.get(f"passage_recall@{k}")
            != score.values.get(f"passage_recall@{following}")
            for score in scored.scores
        ):
            adding.append(following)
    return max(adding)


def _svg(name: str, draw: Callable[[Axes], None]) -> str:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    # The salt makes ids that are the same on every run and different between the pictures of one page.
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        canvas = Canvas(figsize=(4.4, 3.1), layout="constrained")
        FigureCanvasSVG(canvas)
        axes = canvas.subplots()
        axes.tick_params(length=0, pad=5)
        draw(axes)
        stream = io.StringIO()
        canvas.savefig(
            stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return _inlined(name, stream.getvalue())


def _inlined(name: str, svg: str) -> str:
    """Only the `<svg>` itself, as wide as its place, with ids of its own and colours from the page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' (?:width|height)="[\d.]+pt"', "", body, count=2)
    body = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    return body.strip()
