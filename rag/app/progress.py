"""How far an ingest has come: a bar on a terminal, a line every few seconds elsewhere; on stderr.

In go the results as they come, out goes the count. How many documents there will be is an estimate, made without reading them: files
count as one, tables by their lines. It knows nothing of archives.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.pipeline import Result
from ingest.tables import TABLE_SUFFIXES
from rag.app import terminal

_SECONDS_BETWEEN_LINES = 5.0
_BLOCK = 1 << 20

Report = Callable[[Result], None]


def estimate(targets: Iterable[Path]) -> int | None:
    """About how many documents the targets hold; None if that cannot be said without reading them."""
    total = 0
    for path in (file for target in targets for file in _files(target)):
        suffix = Path(path.name.lower().removesuffix(".gz")).suffix
        if suffix not in TABLE_SUFFIXES:
            total += 1
        elif suffix == ".json" or path.name.lower().endswith(".gz"):
            return None
        else:
            total += _lines(path)
    return total


def _files(target: Path) -> Iterator[Path]:
    if not target.is_dir():
        yield target
        return
    for path in target.rglob("*"):
        if not path.name.startswith(".") and path.is_file():
            yield path


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
    except OSError:
        return 1


@contextmanager
def reporting(total: int | None) -> Iterator[Report]:
    """A function to be told of each result while the block runs."""
    with _bar(total) if sys.stderr.isatty() else _lines_now_and_then(total) as report:
        yield report


@contextmanager
def _bar(total: int | None) -> Iterator[Report]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("articles, {task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=terminal.stderr(), transient=True) as progress:
        task, start, done = progress.add_task("", total=total, rate="starting"), time.monotonic(), 0

        def report(_: Result) -> None:
            nonlocal done
            done += 1
            at_least = None if total is None else max(total, done)
            progress.update(task, completed=done, total=at_least, rate=_rate(done, start))

        yield report


@contextmanager
def _lines_now_and_then(total: int | None) -> Iterator[Report]:
    start = last = time.monotonic()
    done = 0

    def report(_: Result) -> None:
        nonlocal last, done
        done += 1
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            about = "" if total is None else f" of about {max(total, done):,}"
            terminal.tell(f"{done:,}{about} articles, {_rate(done, start)}{_left(done, total, last - start)}")

    yield report


def _rate(done: int, start: float) -> str:
    rate = done / max(time.monotonic() - start, 1e-3)
    return f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second"


def _left(done: int, total: int | None, seconds: float) -> str:
    if total is None or total <= done:
        return ""
    return f", about {seconds * (total - done) / done:,.0f} s left"
