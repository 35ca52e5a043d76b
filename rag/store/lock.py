"""The writer's lock of an archive: one writer at a time, and whoever waits gets a turn.

Both locks are the operating system's, which releases them when their holder dies. Whoever waits
for the lock holds the queue meanwhile; so a holder of the lock can tell that somebody waits.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import ArchiveBusy, ArchiveError
from rag.store.disk import full_disk_told

_LOCK, _QUEUE = "write.lock", "write.queue"
_POLL_S = 0.02
_FOR_EVER = -1


class WriteLock:
    """The lock of one archive's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / _LOCK, mode=0o600, poll_interval=_POLL_S)
        self._queue = FileLock(folder / _QUEUE, mode=0o600, poll_interval=_POLL_S)

    def acquire(self, patience_s: float) -> None:
        """Waits in the queue for at most `patience_s` seconds; a negative number waits for ever.

        :raises ArchiveBusy: if somebody else writes all that time.
        :raises ArchiveError: if the folder cannot be written to.
        """
        try:
            with full_disk_told(self._folder), self._queue.acquire(timeout=patience_s):
                self._lock.acquire(timeout=patience_s)
        except Timeout as error:
            raise ArchiveBusy(
                f"Another process is writing to {self._folder}.", hint="Try again when it is done."
            ) from error
        except OSError as error:
            raise ArchiveError(
                f"The archive {self._folder} cannot be written to: {error}",
                hint="Is it read-only?",
            ) from error

    def release(self) -> None:
        self._lock.release()

    def is_wanted(self) -> bool:
        """Whether somebody waits for the lock."""
        try:
            self._queue.acquire(timeout=0)
        except Timeout:
            return True
        self._queue.release()
        return False

    def give_way(self) -> None:
        """Lets whoever waits write first, then takes the lock again."""
        self.release()
        self.acquire(_FOR_EVER)
