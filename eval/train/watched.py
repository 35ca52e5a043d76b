"""How far a training has come: a bar on a terminal, a line now and then elsewhere. Goes to stderr."""

from __future__ import annotations

import sys
import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINE_SECONDS = 60
_SMOOTHED = 100


class Watched:
    """Told of each step of a training in a `with` block; `done` of its `steps` were made before."""

    def __init__(self, steps: int, done: int) -> None:
        self._steps, self._done = steps, done
        self._losses: deque[float] = deque(maxlen=_SMOOTHED)
        self._passages, self._made, self._began = 0, 0, time.monotonic()
        self._told = self._began - _LINE_SECONDS
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Watched:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._task = self._bar.add_task("training", total=self._steps, completed=self._done)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, loss: float, passages: int) -> None:
        """One more step has been made, on so many passages."""
        self._losses.append(loss)
        self._made += 1
        self._done += 1
        self._passages += passages
        taken = time.monotonic() - self._began
        told = f"loss {sum(self._losses) / len(self._losses):.3f}, {self._passages / taken:.0f} passages/s"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done, description=told)
        elif time.monotonic() - self._told >= _LINE_SECONDS or self._done == self._steps:
            self._told = time.monotonic()
            left = taken / self._made * (self._steps - self._done) / 60
            sys.stderr.write(f"step {self._done} of {self._steps}: {told}, {left:.0f} minutes left\n")
            sys.stderr.flush()
