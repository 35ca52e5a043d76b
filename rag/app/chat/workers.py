"""Runs work in threads: in the background, or to make items that another thread reads."""

from __future__ import annotations

import atexit
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")

_END_TIMEOUT_S = 5.0


def background(
    work: Callable[[], None], *, name: str, stop: Callable[[], None]
) -> Callable[[], None]:
    """Starts `work` in a thread that the end of the program stops and waits for.

    Python does not wait for a daemon thread: one that is inside a library then aborts the process,
    and what one was writing is half written.

    :param stop: makes `work` return soon.
    :return: a function that calls `stop` and waits for the work to end.
    """

    def run() -> None:
        try:
            work()
        finally:
            atexit.unregister(close_at_exit)

    # Python waits for threads that are no daemons, but without telling them to stop.
    worker = threading.Thread(target=run, name=name, daemon=True)

    def close() -> None:
        stop()
        worker.join()

    def close_at_exit() -> None:
        # People press Ctrl-C again when a program lingers; that would end the wait, not the work.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        close()

    atexit.register(close_at_exit)
    worker.start()
    return close


class Stopped(Exception):
    """Raised in a worker: nobody waits for further items."""


class ItemStream(Generic[Item]):
    """The items that `work` makes in one thread (`run`), for another thread to iterate over.

    `work` is called with a function that takes each item, and raises `Stopped` after `stop`.
    """

    def __init__(self, work: Callable[[Callable[[Item], None]], None]) -> None:
        self._work = work
        self._queue: SimpleQueue[Item | BaseException | None] = SimpleQueue()
        self._stopped = threading.Event()
        self.over = threading.Event()  # nobody reads any more

    def run(self) -> None:
        """Does the work; whatever it raises is raised where the items are read."""
        try:
            self._work(self._put)
        except Stopped:
            pass
        except BaseException as error:  # also the panics of libraries written in Rust
            self._queue.put(error)
        finally:
            self._queue.put(None)

    def _put(self, item: Item) -> None:
        if self._stopped.is_set():
            raise Stopped
        self._queue.put(item)

    def __iter__(self) -> Iterator[Item]:
        try:
            while (item := self._queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self._stopped.set()
            self.over.set()

    def stop(self, error: Exception | None = None) -> None:
        """Ends the work at its next item; `error` is raised at once where the items are read."""
        self._stopped.set()
        if error is not None:
            self._queue.put(error)


class Ended(Exception):
    """An answer was ended before it was done; `dropped` if its page does not want it any more."""

    def __init__(self, *, dropped: bool) -> None:
        super().__init__("dropped" if dropped else "stopped")
        self.dropped = dropped


class Runs(Generic[Item]):
    """The answers on their way, at most one for each browser tab; safe to share between threads.

    All of a run happens in one thread, whichever threads its items are read from: an open snapshot
    of the database must not be read from another.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, ItemStream[Item]] = {}

    def follow(self, tab: str, items: Callable[[], Generator[Item]]) -> Iterator[Item]:
        """Yields the items as they come; an earlier run of that tab is dropped.

        :raises Ended: if the run is ended.
        :raises Exception: whatever making an item raises.
        """

        def work(put: Callable[[Item], None]) -> None:
            with closing(items()) as made:
                for item in made:
                    put(item)

        run = ItemStream(work)
        with self._lock:
            before, self._runs[tab] = self._runs.get(tab), run
        if before is not None:
            before.stop(Ended(dropped=True))
        background(run.run, name="byline-run", stop=run.stop)
        try:
            yield from run
        finally:
            with self._lock:
                if self._runs.get(tab) is run:
                    del self._runs[tab]

    def end(self, tab: str, *, dropped: bool) -> None:
        """Ends the run of that tab, if any; returns when no more items of it will be read."""
        with self._lock:
            run = self._runs.get(tab)
        if run is not None:
            run.stop(Ended(dropped=dropped))
            run.over.wait(_END_TIMEOUT_S)
