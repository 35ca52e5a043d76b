"""Finds the latest evaluation report in a folder of runs, and frames it for the page."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rag.errors import UsageError
from rag.model import PartialDate, Precision
from rag.render import clean, human_date

_REPORT, _RUN = "report.html", "run.jsonl"
# Where eval keeps archives and the documents in them, beside the runs.
_CACHE = "archives"
_MOST_BYTES = 20 * 10**6
_HOW = (
    '<p class="by-empty">There is no evaluation yet. To make one, with gold questions in a file and'
    " their articles in a folder:</p><pre><code>byline eval run --gold QUESTIONS.jsonl"
    " --corpus ARTICLES --out runs/today</code></pre>"
)


@dataclass(frozen=True, slots=True)
class LatestReport:
    """A report as HTML, with its run's name and when it was made.

    `fault` says why it cannot be shown; `page` is empty then.
    """

    name: str
    made: PartialDate
    page: str
    fault: str = ""


class _Found(NamedTuple):
    """A report, or a run without one, and when it was last written to, in nanoseconds."""

    changed: int
    path: Path


def latest_report(folder: Path) -> LatestReport | None:
    """Returns the newest report at most two folders below `folder`, None if there is none.

    If a run is newer, its report is made now. A report of more than 20 MB is not shown.
    """
    found = max(_find(folder), default=None)
    if found is None:
        return None
    name = clean(found.path.parent.name)
    made = PartialDate.from_epoch(found.changed // 10**9, Precision.SECOND)
    try:
        page = _read(found.path) if found.path.name == _REPORT else _make(found)
    except UsageError as error:
        return LatestReport(name, made, "", clean(error.message))
    except OSError as error:
        return LatestReport(name, made, "", f"it cannot be read ({error.strerror or error})")
    return LatestReport(name, made, page)


def _find(folder: Path) -> Iterator[_Found]:
    for name in (_REPORT, _RUN):
        for depth in ("", "*/", "*/*/"):
            for path in folder.glob(depth + name):
                if _CACHE not in path.relative_to(folder).parts:
                    with suppress(OSError):  # gone, or not ours to read
                        yield _Found(path.stat().st_mtime_ns, path)


def _read(path: Path) -> str:
    with path.open("rb") as stream:
        return _text(stream.read(_MOST_BYTES + 1))


def _text(data: bytes) -> str:
    if len(data) > _MOST_BYTES:
        size = f"{_MOST_BYTES / 10**6:,.0f} MB"
        raise UsageError(
            f"it holds more than {size}; open the {_REPORT} of its folder in a browser"
        )
    return data.decode("utf-8", "replace")


@lru_cache(maxsize=1)
def _make(found: _Found) -> str:
    """Makes the report of a run; one that still goes on has another time when asked for again."""
    from eval.report import Content
    from eval.report.page import page
    from eval.run.runfile import read_run

    # JSON can spell lone surrogates, which no page can hold.
    return _text(page(Content(read_run(found.path.parent))).encode("utf-8", "replace"))


def report_frame(report: LatestReport | None) -> str:
    """Writes an iframe in which the report cannot reach the page around it or the network."""
    if report is None:
        return _HOW
    title = html.escape(clean(f"{report.name}, {human_date(report.made)}"))
    if report.fault:
        fault = html.escape(clean(report.fault))
        return f'<p class="by-empty">The latest report ({title}) cannot be shown: {fault}</p>'
    return (
        f'<p class="by-caption">{title}</p>'
        f'<iframe class="by-report" title="Evaluation report: {title}" sandbox="allow-scripts"'
        f' referrerpolicy="no-referrer" srcdoc="{html.escape(report.page)}"></iframe>'
    )
