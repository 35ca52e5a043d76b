"""Shows on stderr how far a run has come: a bar on a terminal, else a line every ten seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from rag.app import terminal

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Counts what is done in a `with` block, and shows the count, the pace and the time left.

    with Progress(len(questions), "questions") as progress:
        for question in questions:
            failed += not ask(question)
            progress.advance(note=f"{failed} failed" if failed else "")
    """

    def __init__(self, total: int | None, what: str = "articles", *, done: int = 0) -> None:
        """Nothing is shown before the first `advance`.

        :param total: how many there will be, perhaps estimated; None if that is unknown.
        :param what: what is counted, in the plural.
        :param done: how many were done before this run.
        """
        self._total, self._what = total, what
        self._done = done
        self._last_line = time.monotonic()
        # When the first were done, and how many: they may have waited for a model to load.
        self._first: tuple[float, int] | None = None
        self._bar: Bar | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, n: int = 1, note: str = "") -> None:
        """Counts `n` more as done.

        :param note: stands at the end of the line, such as "3 failed".
        """
        self._done += n
        if self._first is None:
            self._first = time.monotonic(), self._done
        if sys.stderr.isatty():
            self._draw(note)
        elif time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            terminal.tell(self._line(note))

    def _draw(self, note: str) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        if self._bar is None:
            columns = SpinnerColumn(), BarColumn(), TextColumn("{task.description}")
            self._bar = Progress(*columns, console=terminal.stderr(), transient=True)
            self._bar.add_task("", total=self._total)
            self._bar.start()
        self._bar.update(
            self._bar.task_ids[0],
            completed=self._done,
            total=self._most,
            description=self._line(note),
        )

    @property
    def _most(self) -> int | None:
        """The total, corrected where more have come than were estimated."""
        return None if self._total is None else max(self._total, self._done)

    def _line(self, note: str) -> str:
        of_total = "" if self._most is None else f" of {self._most:,}"
        parts = [f"{self._done:,}{of_total} {self._what}"]
        if rate := self._rate():
            parts.append(f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second")
            if self._most is not None and self._most > self._done:
                parts.append(f"about {_duration((self._most - self._done) / rate)} left")
        return ", ".join([*parts, note] if note else parts)

    def _rate(self) -> float:
        """How many were done a second since the first were; 0 if none were."""
        if self._first is None:
            return 0.0
        start, done = self._first
        return (self._done - done) / max(time.monotonic() - start, 1e-3)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
