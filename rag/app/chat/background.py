"""Work in a thread of its own that the end of the program waits for.

Python takes the threads down with it that nobody waits for: one that is inside a library then aborts the process, and what one was
writing is half written. In goes the work and a way to cut it short; it does not know what the work is.
"""

from __future__ import annotations

import atexit
import signal
from collections.abc import Callable
from threading import Thread


def background(
    work: Callable[[], None], *, name: str, stop: Callable[[], None]
) -> Callable[[], None]:
    """Starts `work`, which is to return soon after `stop` is called. The function that comes back calls `stop` and waits for that, as does
    the end of the program.
    """

    def run() -> None:
        try:
            work()
        finally:
            atexit.unregister(close_at_exit)

    # Python would wait for one that is no daemon, too, but before anybody could tell it to stop.
    worker = Thread(target=run, name=name, daemon=True)

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
