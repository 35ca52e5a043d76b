"""Figures as short text, the same in the terminal, in Markdown and in HTML."""

from __future__ import annotations

from eval.report.content import Change, Content, Measure, Unit
from eval.scoring.figures import Figure


def value_text(value: float | None, measure: Measure) -> str:
    """A share with three places, a number with fewer; a dash where there is none."""
    if value is None:
        return "–"
    places = (
        3
        if measure.unit is Unit.SHARE
        else 0
        if abs(value) >= 100
        else 2
        if measure.unit is Unit.NUMBER
        else 1
    )
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
    asked = (
        f"{len(content.run.records)} of {len(content.run.gold)}"
        if content.scored.missing
        else str(len(content.run.records))
    )
    lines = {
        "System": manifest.get("system"),
        "Settings": ", ".join(
            f"{name} = {value}" for name, value in (manifest.get("settings") or {}).items()
        ),
        "Questions": asked,
        "Gold": str(manifest.get("gold", ""))[:12],
        "Articles": archive.get("articles")
        or (archive.get("archives") and f"{archive['archives']} archives"),
        "Embedding model": archive.get("model"),
        "Machine": machine and f"{machine.get('cpu')}, {machine.get('cores')} cores",
        "Commit": commit[:10] + (" with changes" if changed else ""),
        "Started": manifest.get("started"),
        "Baseline": content.baseline
        and f"{content.baseline.name} ({content.baseline.manifest.get('system')})",
    }
    return [(name, str(value)) for name, value in lines.items() if value]


def warnings(content: Content) -> list[str]:
    """What a reader must know before the figures."""
    found = []
    if content.scored.missing:
        found.append(
            f"Unfinished: {len(content.scored.missing)} of {len(content.run.gold)} questions have not been asked."
        )
    errors = [item for item in content.questions if item.score.values["error"]]
    if errors:
        found.append(
            f"{len(errors)} questions ended in an error; the other figures leave them out."
        )
    verbatim = content.figures.get("verbatim")
    if verbatim is not None and verbatim.value is not None and verbatim.value < 1:
        found.append("Some quotes shown do not stand in the archive word for word.")
    if content.lost_evidence:
        found.append(
            f"{len(content.lost_evidence)} questions have gold evidence that the archive does not hold (lost by cleaning)."
        )
    if content.verdict is not None and not content.verdict.changes:
        found.append("The baseline was asked other questions: nothing is compared.")
    return found
