"""Documents prepared by workers: the same archive as without, also where one is killed."""

from __future__ import annotations

import os
import signal
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from ingest.pipeline import Outcome, groups, ingest
from ingest.ray_workers import LOCAL, RayWorkers, Worker
from rag.errors import ModelError, UsageError
from rag.model import RawDocument
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, assert_whole

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is not installed")


class WorkersHere:
    """Prepares in this process what Ray's workers prepare in theirs."""

    def prepared(self, items, archive, writer):
        worker = Worker(HashingEmbedder, archive.manifest)
        for group in groups(items):
            found = worker.prepare([item for item in group if isinstance(item, RawDocument)])
            writer.keep_vectors(found.vectors)
            made = iter(found.items)
            yield from (next(made) if isinstance(item, RawDocument) else item for item in group)


class Deadly(HashingEmbedder):
    """Kills its process at the first text about seal 300, and not again."""

    def __init__(self, mark: Path) -> None:
        super().__init__()
        self.mark = mark

    def encode(self, texts):
        if any("seal 300 " in text for text in texts) and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode(texts)


@pytest.fixture
def papers(tmp_path):
    """450 documents, so that three batches are made of them; some are no articles or the same."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(450):
        text = f"Seal {number % 400} seen\n\nPeople saw seal {number % 400} in the harbour today."
        (folder / f"{number:03}.txt").write_text("" if number % 50 == 7 else text)
    return folder


@pytest.fixture
def made(tmp_path):
    """Makes an archive of a folder, and describes it."""

    def make(name, papers, workers):
        with open_archive(tmp_path / name, create=True, embedder=HashingEmbedder()) as archive:
            report = ingest(archive, [papers], workers=workers)
            assert_whole(archive)
            again = ingest(archive, [papers], workers=workers)
            assert again.count(Outcome.UNCHANGED) + again.count(Outcome.REFUSED) == 450
            with archive.record.snapshot() as snapshot:
                chunks = [(row.chunk_id, row.input_hash) for row in snapshot.all_chunks()]
                listed = snapshot.listing()
            by_writer = len(archive.embedder.model.encoded)
        return report.results, sorted(chunks), listed, by_writer

    return make


def test_workers_make_the_archive_that_one_process_makes(made, papers):
    *alone, encoded = made("alone", papers, None)
    *by_workers, left = made("workers", papers, WorkersHere())
    assert by_workers == alone
    assert encoded == 400 - 8
    assert left == 0, "the writer encodes nothing"


@needs_ray
def test_a_killed_worker_loses_nothing_and_doubles_nothing(made, papers, tmp_path):
    *alone, _ = made("alone", papers, None)
    mark = tmp_path / "killed"
    with RayWorkers(LOCAL, model=partial(Deadly, mark)) as workers:
        *by_workers, left = made("workers", papers, workers)
    assert mark.exists()
    assert by_workers == alone
    assert left == 0


def test_a_worker_with_another_model_is_refused(tmp_path):
    with (
        open_archive(tmp_path / "a", create=True, embedder=HashingEmbedder()) as archive,
        pytest.raises(ModelError, match="not the one that made the archive"),
    ):
        Worker(partial(HashingEmbedder, "other"), archive.manifest)


@needs_ray
def test_an_address_where_nobody_answers_is_told():
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:1") as raised, RayWorkers("127.0.0.1:1"):
        pass
    assert LOCAL in raised.value.hint


@pytest.mark.skipif(find_spec("ray") is not None, reason="the extra ray is installed")
def test_without_ray_the_extra_is_named():
    with pytest.raises(UsageError, match="not installed") as raised, RayWorkers(LOCAL):
        pass
    assert "byline[ray]" in raised.value.hint
