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
from threading import Event, Thread

from ingest.pipeline import Result
from ingest.sources.tables import TABLE_SUFFIXES
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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("articles{task.fields[pace]}"),
    )
    with Progress(*columns, console=terminal.stderr(), transient=True) as progress:
        task, start, done = progress.add_task("", total=total, pace=""), time.monotonic(), 0

        def report(_: Result) -> None:
            nonlocal done
            done += 1
            at_least = None if total is None else max(total, done)
            progress.update(task, completed=done, total=at_least, pace=_pace(done, total, start))

        yield report


@contextmanager
def _lines_now_and_then(total: int | None) -> Iterator[Report]:
    start, done, ended = time.monotonic(), 0, Event()

    def report(_: Result) -> None:
        nonlocal done
        done += 1

    def tell() -> None:
        # By the clock, not by the results: those come in bursts, a batch at a time.
        while not ended.wait(_SECONDS_BETWEEN_LINES):
            about = "" if total is None else f" of about {max(total, done):,}"
            terminal.tell(f"{done:,}{about} articles{_pace(done, total, start)}")

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield report
    finally:
        ended.set()
        teller.join()


def _pace(done: int, total: int | None, start: float) -> str:
    """Articles a second since the start and, from that, the time left; nothing before the first."""
    if not done:
        return ""
    seconds = max(time.monotonic() - start, 1e-3)
    rate = done / seconds
    pace = f", {rate:,.0f} a second" if rate >= 10 else f", {rate:.1f} a second"
    return (
        pace
        if total is None or total <= done
        else f"{pace}, about {(total - done) / rate:,.0f} s left"
    )
