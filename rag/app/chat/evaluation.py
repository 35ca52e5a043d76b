"""The latest evaluation report below a folder of runs, and the frame in which a page shows it.

In goes the folder that `byline eval run --out` records below; out come a report as one HTML text, and a fragment that holds it apart from
the page around it. Reads what a run recorded, and neither archives nor models.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rag.app.render import clean, human_date
from rag.errors import UsageError
from rag.model import PartialDate, Precision

_REPORT, _RUN = "report.html", "run.jsonl"
# Where eval keeps archives and the documents in them, beside the runs.
_CACHE = "archives"
_MOST_BYTES = 20 * 10**6
_HOW = (
    '<p class="by-empty">There is no evaluation yet. With gold questions in a file and their articles in a folder, make one:</p>'
    "<pre><code>byline eval run --gold QUESTIONS.jsonl --corpus ARTICLES --out runs/today</code></pre>"
)


@dataclass(frozen=True, slots=True)
class LatestReport:
    """A report: its run's name, when it was made, and the HTML file as text; or, where that cannot be shown, `fault` says why."""

    name: str
    made: PartialDate
    page: str
    fault: str = ""


class _Found(NamedTuple):
    """A report's page, or a run without one, and when it was last written to, in nanoseconds."""

    changed: int
    path: Path


def latest_report(folder: Path) -> LatestReport | None:
    """The newest report at most two folders below `folder`, or the newest run's, made on the spot, where that is newer still.

    None if there are neither reports nor runs. A page of more than 20 MB is not given.
    """
    found = max(_found(folder), default=None)
    if found is None:
        return None
    name, made = (
        clean(found.path.parent.name),
        PartialDate.from_epoch(found.changed // 10**9, Precision.SECOND),
    )
    try:
        return LatestReport(
            name, made, _read(found.path) if found.path.name == _REPORT else _made(found)
        )
    except UsageError as error:
        return LatestReport(name, made, "", clean(error.message))
    except OSError as error:
        return LatestReport(name, made, "", f"it cannot be read ({error.strerror or error})")


def _found(folder: Path) -> Iterator[_Found]:
    for name in (_REPORT, _RUN):
        for depth in ("", "*/", "*/*/"):
            for path in folder.glob(depth + name):
                if _CACHE not in path.relative_to(folder).parts:
                    with suppress(OSError):  # gone, or nobody's to read
                        yield _Found(path.stat().st_mtime_ns, path)


def _read(path: Path) -> str:
    with path.open("rb") as stream:
        return _text(stream.read(_MOST_BYTES + 1))


def _text(data: bytes) -> str:
    if len(data) > _MOST_BYTES:
        raise UsageError(
            f"it holds more than {_MOST_BYTES / 10**6:,.0f} MB; open the {_REPORT} of its folder in a browser"
        )
    return data.decode("utf-8", "replace")


@lru_cache(maxsize=1)
def _made(found: _Found) -> str:
    """The page of a run as it stands; a run that is still going on has another time the next time it is asked for."""
    from eval.report import Content
    from eval.report.page import page
    from eval.run.runfile import read_run

    # JSON may spell half of a surrogate pair, which no page can hold.
    return _text(page(Content(read_run(found.path.parent))).encode("utf-8", "replace"))


def report_frame(report: LatestReport | None) -> str:
    """An iframe that holds the report: its filter runs, but it reaches neither the page around it nor the network; or words instead."""
    if report is None:
        return _HOW
    title = html.escape(clean(f"{report.name}, {human_date(report.made)}"))
    if report.fault:
        return f'<p class="by-empty">The latest report ({title}) cannot be shown: {html.escape(clean(report.fault))}</p>'
    return (
        f'<p class="by-caption">{title}</p>'
        f'<iframe class="by-report" title="Evaluation report: {title}" sandbox="allow-scripts" referrerpolicy="no-referrer"'
        f' srcdoc="{html.escape(report.page)}"></iframe>'
    )
