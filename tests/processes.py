"""What tests let other processes do to an archive: write and be killed, write while others read,
hold the lock.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rag.store.archive import open_archive
from rag.store.vector_index import VectorIndex
from tests.fakes import HashingEmbedder, entry, fill

# One process loads the libraries; each test's process is a fork of it from before any of them was
# used.
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["chromadb", "filelock", "tantivy", "tests.fakes"])


def start(job: Callable[..., None], *args: Any) -> BaseProcess:
    process = context.Process(target=job, args=args, daemon=True)
    process.start()
    return process


class Moment(NamedTuple):
    """When a process is killed: around the `nth` call of a function, named as
    `module:Class.function`.
    """

    function: str
    when: str = "after"
    nth: int = 1


def write_until(moment: Moment, folder: Path, job: Callable[..., None]) -> None:
    """Does the job to the archive in the folder, up to that moment."""
    module, _, path = moment.function.partition(":")
    *owner_path, name = path.split(".")
    owner: Any = import_module(module)
    for part in owner_path:
        owner = getattr(owner, part)
    plain = vars(owner)[name]
    original = getattr(plain, "__func__", plain)
    calls = 0

    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == moment.nth and moment.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        value = original(*args, **kwargs)
        if calls == moment.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return value

    setattr(owner, name, staticmethod(deadly) if isinstance(plain, staticmethod) else deadly)
    job(folder)


def killed(moment: Moment, folder: Path, job: Callable[..., None]) -> bool:
    """Whether another process that did the job was killed at that moment."""
    process = start(write_until, moment, folder, job)
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def hold_lock(folder: Path, held: Any) -> None:
    """Enters the archive as its writer and stays there."""
    with open_archive(folder, embedder=HashingEmbedder()).writer():
        held.set()
        time.sleep(60)


def add_one(folder: Path, waiting: Any) -> None:
    """Adds an article, as soon as whoever writes gives way."""
    archive = open_archive(folder, embedder=HashingEmbedder())
    waiting.set()
    fill(archive, entry("other.txt", "Another harbour."))


def make(folder: Path, gate: Any, done: Any) -> None:
    """Makes the archive at the same moment as others and adds an article of its own."""
    gate.wait()
    archive = open_archive(folder, create=True, embedder=HashingEmbedder())
    done.put((archive.manifest.archive_id, os.getpid()))


def write_and_remove(folder: Path, batches: int, log: Any) -> None:
    """Adds an article a batch, and takes the oldest out again in every second one; logs each
    revision's articles.
    """
    archive = open_archive(folder, embedder=HashingEmbedder())
    with archive.record.snapshot() as snapshot:
        live = [row.article_id for row in snapshot.listing()]
    for n in range(batches):
        new = entry(
            f"batch-{n}.txt",
            f"The ferry number {n} left the harbour. Nobody was told.",
            published=f"2024-01-{1 + n % 28:02d}",
        )
        fill(archive, new)
        live.append(new.article.article_id)
        log.put((archive.record.revision(), sorted(live)))
        time.sleep(0.01)
        if n % 2:
            with archive.writer() as writer:
                writer.remove([live.pop(0)])
            log.put((archive.record.revision(), sorted(live)))
            time.sleep(0.01)
    log.put(None)


def open_and_ask(folder: Path, stop: Any, asked: Any) -> None:
    """Opens a vector index anew for each question, as readers do after each commit, until told to
    stop; counts them in `asked`.
    """
    while not stop.is_set():
        index = VectorIndex(folder, "byline")
        assert index.nearest(unit_vectors(1)[0], 5)
        index.close()
        asked.value += 1


def unit_vectors(count: int, *, start: int = 0) -> np.ndarray:
    """Random unit vectors of 16 dimensions, the same for the same numbers."""
    rows = np.stack(
        [
            np.random.default_rng(start + n).standard_normal(16, dtype=np.float32)
            for n in range(count)
        ]
    )
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
