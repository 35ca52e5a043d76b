"""How far a run has come: a bar on a terminal, a line now and then elsewhere. Goes to stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_ARTICLES = 500


class Watched:
    """Told of articles and questions as they are done, in a `with` block."""

    def __init__(self, questions: int) -> None:
        self._questions = questions
        self._asked = 0
        self._failed = 0
        self._bar: Progress | None = None
        self._articles: TaskID | None = None
        self._answers: TaskID | None = None

    def __enter__(self) -> Watched:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def article(self, done: int) -> None:
        """`done` articles of the corpus have been looked at."""
        if self._bar is not None:
            if self._articles is None:
                self._articles = self._bar.add_task("articles", total=None)
            self._bar.update(self._articles, completed=done)
        elif done % _ARTICLES == 0:
            sys.stderr.write(f"articles: {done}\n")

    def question(self, *, failed: bool) -> None:
        """One more question has been answered, or has failed."""
        self._asked += 1
        self._failed += failed
        if self._bar is not None:
            if self._answers is None:
                self._answers = self._bar.add_task("questions", total=self._questions)
            self._bar.update(
                self._answers,
                completed=self._asked,
                description=f"questions, {self._failed} failed" if self._failed else "questions",
            )
        elif self._asked == self._questions or self._asked % max(1, self._questions // 10) == 0:
            failures = f", {self._failed} failed" if self._failed else ""
            sys.stderr.write(f"questions: {self._asked} of {self._questions}{failures}\n")
