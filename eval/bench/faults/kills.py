"""Kills the command line at random moments and looks what the same command makes of it afterwards.

A run is one command on a small archive, killed with SIGKILL at a moment in time or at a call that
the archive's own code makes, a third of them once more when it is repeated. Then the same command
has to finish, and the archive must hold what one holds that nobody disturbed. The commands are the
real ones, as in `python -m rag.app.cli`, in processes that have their libraries loaded; only the
embedding model is replaced, so that the moments fall into the work on the archive.
"""

from __future__ import annotations

import random
import runpy
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import partial
from itertools import count as numbers
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

from eval.bench.faults.trials import Problem, Trials, processes
from eval.bench.scale import MadeVectors
from ingest.clean.layout import tidy
from ingest.extract.draft import Draft
from rag.embed import passage_input
from rag.errors import ArchiveNotFound, BylineError
from rag.model import Article, Filters, Query
from rag.quotes import Claimed, check
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive, open_archive
from rag.store.doctor import examine

SORTS = ("lost", "doubled", "stuck", "misread")
_PATIENCE_S = 300
_FILES, _ROWS, _CHANGED, _GONE = 20, 8, 6, 4
# Small, so that a command writes several batches.
_BATCH_CHARS = 4_000
_COUNTED = ("rag.store", "chromadb", "shutil")
_WORDS = "ferry harbour mayor bridge school vote flood price court coach winter island".split()
_GONE_NAMES = [f"report-{n}.txt" for n in range(_CHANGED, _CHANGED + _GONE)]
# Every so many passages, one is looked for by its own words.
_PROBED = 7

if TYPE_CHECKING:
    Counted = Synchronized[int]


class Job(NamedTuple):
    """A command, and the archive on which it begins; `{stories}` stands for the articles."""

    name: str
    start: str
    arguments: tuple[str, ...]


JOBS = (
    Job("ingest", "none", ("ingest", "{stories}")),
    Job("re-ingest", "filled", ("ingest", "{stories}")),
    Job("prune", "filled", ("ingest", "--prune", "{stories}")),
    Job("remove", "filled", ("remove", "--yes", *_GONE_NAMES)),
    Job("reclean", "read otherwise", ("reclean",)),
    Job("rebuild", "filled", ("doctor", "--rebuild")),
)


class Ran(NamedTuple):
    """How a command ended, after how many seconds and counted calls."""

    exit_code: int | None
    seconds: float
    calls: int


class Moment(NamedTuple):
    """When a command is killed: after so many seconds, or at its call of that number.

    With neither, its calls are counted.
    """

    seconds: float | None = None
    call: int | None = None


class _Calls:
    """Counts calls of the archive's code, into C too, and kills the process at one of them."""

    def __init__(self, counter: Counted, deadly: int | None) -> None:
        self._counter, self._deadly = counter, deadly

    def __call__(self, frame: FrameType, *_: object) -> None:
        if not frame.f_globals.get("__name__", "").startswith(_COUNTED):
            return
        self._counter.value += 1
        if self._counter.value == self._deadly:
            signal.raise_signal(signal.SIGKILL)


def measure(count: int, *, seed: int = 0) -> Trials:
    """Kills commands until `count` of them were killed, each kind as often as the others."""
    made, killed = random.Random(seed), 0
    problems: list[Problem] = []
    with TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        for number in numbers():
            if killed >= count:
                return Trials("commands killed", killed, SORTS, problems)
            job = JOBS[number % len(JOBS)]
            run = _Run(bench, job, made)
            killed += run.kill()
            problems += run.finish()
    raise AssertionError("not reached")


class _Bench:
    """The articles, archives in each state to begin with, and what each job makes undisturbed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._copies = folder, 0
        self.stories = folder / "stories"
        _write_stories(self.stories, edition=1)
        self._fill("filled")
        with patch("ingest.extract.article.tidy", _tidied_otherwise):
            self._fill("read otherwise")
        _write_stories(self.stories, edition=2)
        self.whole = {job.name: self._undisturbed(job) for job in JOBS}

    def copy(self, job: Job) -> Path:
        """A new copy of the archive on which a job begins."""
        shutil.rmtree(self.folder / f"archive-{self._copies}", ignore_errors=True)
        self._copies += 1
        target = self.folder / f"archive-{self._copies}"
        if job.start != "none":
            shutil.copytree(self.folder / job.start, target)
        return target

    def run(self, job: Job, archive: Path, moment: Moment | None = None) -> Ran:
        """Runs a job's command, perhaps up to a moment."""
        arguments = [word.format(stories=self.stories) for word in job.arguments]
        begun, counter = processes.Event(), processes.Value("q", 0)
        command = [*arguments, "--json", "--archive", str(archive)]
        process = processes.Process(
            target=_run_command, args=(command, self.folder / "log", begun, counter, moment)
        )
        process.start()
        begun.wait(_PATIENCE_S)
        start = time.monotonic()
        process.join(_PATIENCE_S if moment is None or moment.seconds is None else moment.seconds)
        process.kill()
        process.join()
        return Ran(process.exitcode, time.monotonic() - start, counter.value)

    def log(self) -> str:
        """What the last command said at the end."""
        return (self.folder / "log").read_text(encoding="utf-8").strip()[-300:]

    def _fill(self, name: str) -> None:
        from ingest import ingest

        with open_archive(self.folder / name, create=True, embedder=MadeVectors()) as archive:
            ingest(archive, [self.stories])

    def _undisturbed(self, job: Job) -> tuple[Counter[Claimed], Ran]:
        calls = self.run(job, self.copy(job), Moment()).calls
        archive = self.copy(job)
        ran = self.run(job, archive)
        if ran.exit_code != 0:
            raise BylineError(f"{job.name} ended with {ran.exit_code}: {self.log()}")
        with open_archive(archive, embedder=MadeVectors()) as opened:
            return _held(opened), ran._replace(calls=calls)


class _Run:
    """One run: a job that is killed, read in between, and done again."""

    def __init__(self, bench: _Bench, job: Job, made: random.Random) -> None:
        self._bench, self._job, self._made = bench, job, made
        self._archive = bench.copy(job)
        self._whole, self._took = bench.whole[job.name]
        self._moments: list[Moment] = []

    def kill(self) -> int:
        """Kills the command, perhaps a second time; returns how often it was killed."""
        killed = 0
        for _ in range(self._made.choice((1, 1, 2))):
            self._moments.append(self._moment())
            ran = self._bench.run(self._job, self._archive, self._moments[-1])
            killed += ran.exit_code == -signal.SIGKILL
        return killed

    def _moment(self) -> Moment:
        if self._made.random() < 0.5:
            return Moment(seconds=self._made.uniform(0, self._took.seconds))
        return Moment(call=self._made.randint(1, self._took.calls))

    def finish(self) -> Iterator[Problem]:
        """Reads the archive as it was left, does the command again, and compares."""
        problem = partial(Problem, trial=f"{self._job.name} {self._moments}")
        try:
            with open_archive(self._archive, embedder=MadeVectors()) as archive:
                yield from (problem("misread", seen=seen) for seen in _misread(archive))
        except ArchiveNotFound:
            pass  # killed before it was made
        except BylineError as error:
            yield problem("misread", seen=error.message)
        ran = self._bench.run(self._job, self._archive)
        if ran.exit_code != 0:
            yield problem("stuck", seen=f"ended with {ran.exit_code}: {self._bench.log()}")
            return
        with open_archive(self._archive, embedder=MadeVectors()) as archive:
            for sort, seen in self._differences(archive):
                yield problem(sort, seen=seen)

    def _differences(self, archive: Archive) -> Iterator[tuple[str, str]]:
        held = _held(archive)
        yield from (("lost", str(item)) for item in self._whole - held)
        yield from (("doubled", str(item)) for item in held - self._whole)
        yield from (("misread", seen) for seen in _misread(archive))
        with archive.record.snapshot() as snapshot:
            for quote in self._whole:
                if wrong := check(snapshot.version(quote.article_id, quote.version), quote):
                    yield "misread", wrong
        yield from (("stuck", str(finding)) for finding in examine(archive) if not finding.ok)


def _run_command(
    arguments: list[str], log: Path, begun: Event, counter: Counted, moment: Moment | None
) -> None:
    """Runs the command line in this process."""
    with ExitStack() as stack:
        stream = stack.enter_context(log.open("w", encoding="utf-8"))
        stack.enter_context(redirect_stdout(stream))
        stack.enter_context(redirect_stderr(stream))
        stack.enter_context(patch("rag.store.archive.LocalEmbedder", lambda _: MadeVectors()))
        stack.enter_context(patch("ingest.pipeline._BATCH_CHARS", _BATCH_CHARS))
        sys.argv = ["byline", *arguments]
        begun.set()
        if moment is not None and moment.seconds is None:
            sys.setprofile(_Calls(counter, moment.call))
        runpy.run_module("rag.app.cli", run_name="__main__")


def _tidied_otherwise(draft: Draft) -> Draft:
    """The article as an extractor reads it that takes its first paragraph alone."""
    tidied = tidy(draft)
    return replace(tidied, lines=tidied.lines[:1])


def _held(archive: Archive) -> Counter[Claimed]:
    """What can be quoted: the texts of all versions and the words of all passages."""
    with archive.record.snapshot() as snapshot:
        articles = {item.version_id: item.article for item in snapshot.all_versions()}
        held = Counter(_claimed(item, 0, len(item.text)) for item in articles.values())
        for row in snapshot.all_chunks():
            held[_claimed(articles[row.version_id], row.start, row.end)] += 1
    return held


def _claimed(article: Article, start: int, end: int) -> Claimed:
    return Claimed(article.article_id, article.version, start, end, article.text[start:end])


def _misread(archive: Archive) -> Iterator[str]:
    """What is wrong with what a reader finds for the words of some passages."""
    with archive.record.snapshot() as snapshot:
        chunks = snapshot.held([row.chunk_id for row in snapshot.all_chunks()], Filters())
        articles = snapshot.articles(row.version_id for row in chunks.values())
        for row in sorted(chunks.values())[::_PROBED]:
            article = articles[row.version_id].article
            words = passage_input(article.title, article.text[row.start : row.end])
            hits = retrieve(archive, Query(words)).hits
            if [hit.rank for hit in hits if hit.chunk.chunk_id == row.chunk_id] != [1]:
                yield f"{words!r} is not found first, once"
            for hit in hits:
                stored = snapshot.version(hit.article.article_id, hit.article.version)
                quote = _claimed(hit.article, hit.chunk.start, hit.chunk.end)
                yield from filter(None, [check(stored, quote)])


def _write_stories(folder: Path, *, edition: int) -> None:
    """Writes the articles; those of the second edition changed, came and went."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number in range(_FILES + _CHANGED * (edition - 1)):
        name = f"report-{number}.txt"
        if edition == 1 or name not in _GONE_NAMES:
            (folder / name).write_text(_story(number, edition), encoding="utf-8")
    rows = [f"{n},Row {n},2024-02-{n + 1:02d},{_prose(1000 + n, edition)}" for n in range(_ROWS)]
    (folder / "rows.csv").write_text(
        "\n".join(["id,title,published,text", *rows]), encoding="utf-8"
    )


def _story(number: int, edition: int) -> str:
    paragraphs = [_prose(number * 10 + n, edition if number < _CHANGED else 1) for n in range(3)]
    return "\n\n".join([f"Report {number}", *paragraphs])


def _prose(number: int, edition: int) -> str:
    """Six sentences, which no other number has."""
    made = random.Random(number)
    things = [f"{made.choice(_WORDS)} {made.randrange(10_000)}" for _ in range(18)]
    return " ".join(
        f"The {one} and the {two} came to the {three} in {2000 + edition}."
        for one, two, three in zip(things[:6], things[6:12], things[12:], strict=True)
    )
