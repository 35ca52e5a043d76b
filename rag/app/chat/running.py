"""What is on its way for each tab, at most one thing at a time, made in a thread of its own and ended from outside.

In goes a function that gives items; out come its items, until it is done or somebody ends it. All of a run happens in one thread,
whichever threads its items are read from: a record that is open is not to be read from another. Knows no page and no engine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from enum import Enum, auto
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Signal(Enum):
    """How a run came to its end."""

    DONE = auto()
    STOPPED = auto()  # what was made of it is to be kept
    DROPPED = auto()  # nobody wants it any more


class Ended(Exception):
    """The run was ended before it was done; `dropped` says that nobody wants it any more."""

    def __init__(self, signal: Signal) -> None:
        super().__init__(signal.name.lower())
        self.dropped = signal is Signal.DROPPED


class _Run(Generic[Item]):
    def __init__(self) -> None:
        self.told: SimpleQueue[Item | Exception | Signal] = SimpleQueue()
        self.unwanted = threading.Event()
        self.over = threading.Event()

    def make(self, items: Callable[[], Generator[Item]]) -> None:
        try:
            with closing(items()) as made:
                for item in made:
                    if self.unwanted.is_set():
                        return
                    self.told.put(item)
            self.told.put(Signal.DONE)
        except Exception as error:  # raised again where the items are read
            self.told.put(error)

    def end(self, signal: Signal) -> None:
        self.unwanted.set()
        self.told.put(signal)


class Runs(Generic[Item]):
    """The runs of all tabs; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, _Run[Item]] = {}

    def follow(self, tab: str, items: Callable[[], Generator[Item]]) -> Iterator[Item]:
        """The items as they come; what else is on its way for that tab is dropped.

        :raises Ended: if the run is ended.
        :raises Exception: whatever making an item raises.
        """
        run: _Run[Item] = _Run()
        with self._lock:
            before, self._runs[tab] = self._runs.get(tab), run
        if before is not None:
            before.end(Signal.DROPPED)
        threading.Thread(target=run.make, args=(items,), name="byline-run", daemon=True).start()
        try:
            yield from self._items(run)
        finally:
            run.unwanted.set()
            with self._lock:
                if self._runs.get(tab) is run:
                    del self._runs[tab]
            run.over.set()

    def _items(self, run: _Run[Item]) -> Iterator[Item]:
        while True:
            told = run.told.get()
            if told is Signal.DONE:
                return
            if isinstance(told, Signal):
                raise Ended(told)
            if isinstance(told, Exception):
                raise told
            yield told

    def end(self, tab: str, signal: Signal, *, wait_s: float = 5.0) -> None:
        """Ends what is on its way for that tab, if anything, and returns when nothing of it will come any more."""
        with self._lock:
            run = self._runs.get(tab)
        if run is not None:
            run.end(signal)
            run.over.wait(wait_s)
