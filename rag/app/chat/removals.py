"""Removes articles after a while in which it can be undone."""

from __future__ import annotations

import logging
import threading

from rag.errors import ArchiveBusy, BylineError
from rag.store.archive import Archive

SECONDS_TO_UNDO = 10.0
log = logging.getLogger(__name__)


class Removals:
    """The articles that are about to be removed from one archive; safe to share between threads."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._timers: dict[str, threading.Timer] = {}
        self._going: set[str] = set()  # too late to keep them

    @property
    def pending(self) -> frozenset[str]:
        """The ids of the articles that are still there and about to go."""
        with self._lock:
            return frozenset(self._timers) | self._going

    def add(self, article_id: str) -> None:
        """Removes an article after ten seconds, unless it is kept before."""
        timer = threading.Timer(SECONDS_TO_UNDO, self._remove, [article_id])
        timer.daemon = True
        with self._lock:
            self._timers[article_id] = timer
        timer.start()

    def keep(self, article_id: str) -> bool:
        """Keeps an article that was about to be removed; returns whether it was."""
        with self._lock:
            timer = self._timers.pop(article_id, None)
        if timer is not None:
            timer.cancel()
        return timer is not None

    def finish(self) -> None:
        """Removes at once whatever is about to be removed."""
        with self._lock:
            waiting = dict(self._timers)
        for article_id, timer in waiting.items():
            timer.cancel()
            self._remove(article_id)

    def _remove(self, article_id: str) -> None:
        """Removes one article; while another process is writing, it is tried again later."""
        with self._lock:
            if self._timers.pop(article_id, None) is None:
                return
            self._going.add(article_id)
        try:
            with self._archive.writer() as writer:
                writer.remove([article_id])
        except ArchiveBusy:
            self.add(article_id)
        except BylineError:
            log.exception("an article could not be removed")
        finally:
            with self._lock:
                self._going.discard(article_id)
