"""Ingests hostile files one by one, and measures the time and memory that each takes.

A process reads them, with made vectors in place of the embedding model, so that what is measured is
what comes beyond it. A file that ends the process, or raises what is no refusal, is a crash.
"""

from __future__ import annotations

import io
import logging
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from eval.bench.faults.hostile_files import HostileFile, make
from eval.bench.faults.trials import Problem, Trials, processes
from eval.bench.scale import MadeVectors

LONGEST_S, LARGEST_MIB = 20, 500
SORTS = ("crashes", f"over {LONGEST_S} s", f"over {LARGEST_MIB} MB", "archives unsound")
_GIVEN_UP_S = 3 * LONGEST_S
# An archive is examined and begun anew after so many files.
_AN_ARCHIVE = 500


class Cost(NamedTuple):
    """What reading a file took: processor time, memory, and what was raised."""

    seconds: float
    mib: float
    error: str


def measure(count: int, *, seed: int = 0) -> Trials:
    """Ingests so many files."""
    problems: list[Problem] = []
    with TemporaryDirectory() as folder:
        for start in range(0, count, _AN_ARCHIVE):
            numbers = range(start, min(start + _AN_ARCHIVE, count))
            problems += _measure(Path(folder) / str(start), numbers, seed)
    return Trials("hostile files", count, SORTS, problems)


def _measure(folder: Path, numbers: range, seed: int) -> Iterator[Problem]:
    (folder / "files").mkdir(parents=True)
    reader = _Reader(folder)
    for number in numbers:
        file = make(seed, number)
        cost = reader.read(file)
        trial = f"file {number} ({file.way}, {file.name}, {len(file.data):,} bytes)"
        for sort, too_much in zip(
            SORTS,
            (cost.error, cost.seconds > LONGEST_S, cost.mib > LARGEST_MIB),
            strict=False,
        ):
            if too_much:
                yield Problem(sort, trial, f"{cost.seconds:.1f} s, {cost.mib:.0f} MiB {cost.error}")
    yield from (Problem(SORTS[3], f"files {numbers}", seen) for seen in reader.close())


class _Reader:
    """The process that reads files; started again when one has ended it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start()

    def _start(self) -> None:
        self._pipe, other = processes.Pipe()
        self._process = processes.Process(
            target=_read_files, args=(self._folder, other), daemon=True
        )
        self._process.start()
        other.close()

    def read(self, file: HostileFile) -> Cost:
        path = self._folder / "files" / file.name
        path.write_bytes(file.data)
        started = time.monotonic()
        try:
            self._pipe.send(path)
            if self._pipe.poll(_GIVEN_UP_S):
                return self._pipe.recv()  # type: ignore[no-any-return]
            error = ""
        except (EOFError, OSError):
            error = "the process ended"
        self._process.kill()
        self._process.join()
        path.unlink()
        self._start()
        return Cost(time.monotonic() - started, 0, error)

    def close(self) -> list[str]:
        """Ends the process; returns what the doctor finds."""
        self._pipe.send(None)
        found: list[str] = self._pipe.recv()
        self._process.join()
        return found


def _read_files(folder: Path, pipe: Connection) -> None:
    """Ingests each file of which the path comes, and sends what it took."""
    from ingest import ingest
    from rag.store.archive import open_archive
    from rag.store.doctor import examine

    logging.disable()
    sys.stderr = io.StringIO()  # warcio writes there
    with open_archive(folder / "archive", create=True, embedder=MadeVectors()) as archive:
        ingest(archive, [folder / "files"])  # a file's collection is then its folder's
        while (path := pipe.recv()) is not None:
            before, started, error = _memory_mib("VmRSS", reset=True), time.process_time(), ""
            try:
                ingest(archive, [path])
            except BaseException as raised:
                error = repr(raised)[:300]
            taken = time.process_time() - started
            pipe.send(Cost(taken, _memory_mib("VmHWM") - before, error))
            path.unlink()
        pipe.send([str(finding) for finding in examine(archive) if not finding.ok])


def _memory_mib(name: str, *, reset: bool = False) -> float:
    """The memory that this process holds now, or held at most since a reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))
