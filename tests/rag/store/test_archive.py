"""An archive opens only as what it was made, has one writer, and lets any number of readers see
each commit, whole.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from rag.embed import LocalEmbedder
from rag.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveMismatch,
    ArchiveNotFound,
    UsageError,
)
from rag.model import Filters, Query
from rag.retrieval.retrieve import retrieve
from rag.store.archive import open_archive
from rag.store.layout import DATABASE, Layout
from rag.store.lexical_index import LexicalIndex
from rag.store.writer import Change
from tests.fakes import HashingEmbedder, assert_whole, entry, fill
from tests.processes import add_one, context, hold_lock, make, start, write_and_remove

FERRY = entry("ferry.txt", "The ferry left the harbour at dawn.")
HERON = entry("heron.txt", "A heron stood in the harbour.")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archive(folder):
    made = open_archive(folder, create=True, embedder=HashingEmbedder())
    fill(made, FERRY, HERON)
    yield made
    made.close()


def sources(archive, text="harbour", k=100):
    return sorted(hit.article.source for hit in retrieve(archive, Query(text, k=k)).hits)


def listing(folder):
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.name.endswith(("-wal", "-shm"))
    )


# ---------------------------------------------------------------- making one


def test_an_archive_is_made_once_and_for_its_owner_alone(folder):
    with pytest.raises(ArchiveNotFound) as caught:
        open_archive(folder)
    assert "byline ingest" in caught.value.hint
    assert not folder.exists()
    made = open_archive(folder, create=True, embedder=HashingEmbedder())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert listing(folder) == [DATABASE]
    assert sources(made) == []
    assert made.manifest == open_archive(folder, create=True, embedder=HashingEmbedder()).manifest


def test_a_folder_of_other_things_does_not_become_an_archive(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(UsageError, match="not an archive"):
            open_archive(place, create=True, embedder=HashingEmbedder())
        with pytest.raises(ArchiveNotFound):
            open_archive(place)
    assert listing(tmp_path) == ["thesis.txt"]
    with pytest.raises(UsageError, match="cannot be made"):
        open_archive(tmp_path / "thesis.txt" / "archive", create=True, embedder=HashingEmbedder())


@pytest.mark.parametrize("tokens", [31, 65])
def test_passages_of_a_size_that_the_model_cannot_read_are_refused(folder, tokens):
    with pytest.raises(UsageError, match="32 to 64 tokens"):
        open_archive(folder, create=True, embedder=HashingEmbedder(), chunk_tokens=tokens)
    assert not folder.exists()


def test_two_processes_that_make_the_same_archive_make_one(folder):
    gate, made = context.Event(), context.Queue()
    processes = [start(make, folder, gate, made) for _ in range(3)]
    gate.set()
    ids = {made.get(timeout=300)[0] for _ in processes}
    for process in processes:
        process.join(300)
    assert len(ids) == 1
    assert listing(folder) == [DATABASE]


# ---------------------------------------------------------------- opening it as something else


def test_an_archive_opens_only_as_what_it_was_made(archive, folder):
    for options, name in (
        ({"model": "other"}, "model"),
        ({"embedder": HashingEmbedder("other")}, "model"),
        ({"embedder": HashingEmbedder(), "chunk_tokens": 48}, "chunk tokens"),
        ({"embedder": HashingEmbedder(), "chroma": "http://localhost:1"}, "chroma"),
    ):
        with pytest.raises(ArchiveMismatch, match=name) as caught:
            open_archive(folder, **options)
        assert caught.value.hint
    same = open_archive(folder, embedder=HashingEmbedder(), chunk_tokens=64)
    assert sources(same) == ["ferry.txt", "heron.txt"]


def test_another_model_behind_the_same_name_is_noticed_before_it_is_used(archive, folder):
    other = open_archive(folder, embedder=HashingEmbedder(dim=32))
    for use in (lambda: sources(other), lambda: fill(other, entry("new.txt", "New words."))):
        with pytest.raises(ArchiveMismatch, match="hashing-32") as caught:
            use()
        assert "Install the model" in caught.value.hint
    assert_whole(archive)


def test_another_schema_is_a_mismatch(archive, folder):
    archive.close()
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (json.dumps(99),))
    with pytest.raises(ArchiveMismatch, match="schema 99"):
        open_archive(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"no database" * 400,
        lambda data: data[:5000],
        lambda data: data[:100] + bytes(9000),
    ],
)
def test_a_record_that_is_none_is_damaged_and_not_an_accident(archive, folder, damage):
    archive.close()
    (folder / DATABASE).write_bytes(damage((folder / DATABASE).read_bytes()))
    with pytest.raises(ArchiveDamaged) as caught:
        sources(open_archive(folder, embedder=HashingEmbedder()))
    assert caught.value.hint
    assert caught.value.__cause__ is not None


def test_a_record_that_is_taken_away_is_not_made_anew_by_reading(archive, folder):
    archive.close()
    (folder / DATABASE).unlink()
    with pytest.raises(ArchiveDamaged):
        sources(archive)
    assert not (folder / DATABASE).exists()


# ------------------------------------------------ indexes that are missing or broken


@pytest.mark.parametrize(
    "missing",
    [
        ["vectors-1"],
        ["words-1"],
        ["vectors-1", "words-1"],
        ["vectors-1/chroma.sqlite3"],
        ["words-1/meta.json"],
    ],
)
def test_a_missing_index_is_never_an_empty_answer_and_a_rebuild_mends_it(archive, folder, missing):
    archive.close()
    for name in missing:
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
    before = [name for name in listing(folder) if "lock" not in name]
    with pytest.raises(ArchiveDamaged) as caught:
        sources(archive)
    assert "--rebuild" in caught.value.hint
    assert [name for name in listing(folder) if "lock" not in name] == before, (
        "reading makes nothing"
    )
    with pytest.raises(ArchiveDamaged):
        fill(archive, entry("new.txt", "New words."))
    with archive.writer() as writer:
        writer.rebuild()
    assert sources(archive) == ["ferry.txt", "heron.txt"]
    assert_whole(archive)


@pytest.mark.parametrize(
    "pattern",
    ["vectors-1/chroma.sqlite3", "words-1/meta.json", "words-1/*.store", "words-1/*.term"],
)
def test_a_broken_index_is_an_error_with_a_hint_and_a_rebuild_mends_it(archive, folder, pattern):
    archive.close()
    for path in folder.glob(pattern):
        path.write_bytes(b"\x07" * 200)
    with pytest.raises(ArchiveDamaged) as caught:
        sources(archive)
    assert "--rebuild" in caught.value.hint
    with archive.writer() as writer:
        writer.rebuild()
    assert sources(archive) == ["ferry.txt", "heron.txt"]
    assert_whole(archive)


def test_damage_that_a_killed_writer_left_behind_does_not_keep_a_rebuild_out(archive, folder):
    archive.close()
    with archive.record.transaction() as transaction:
        transaction.add_pending(["left-over"])
    shutil.rmtree(folder / "vectors-1")
    with archive.writer() as writer:
        writer.rebuild()
    assert_whole(archive)


def test_an_archive_in_the_place_of_a_deleted_one_is_seen_as_itself(archive, folder, tmp_path):
    assert sources(archive) == ["ferry.txt", "heron.txt"]
    other = open_archive(tmp_path / "other", create=True, embedder=HashingEmbedder())
    fill(other, entry("seal.txt", "A seal in the harbour."))
    other.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "other", folder)
    assert sources(open_archive(folder, embedder=HashingEmbedder())) == ["seal.txt"]


READ = """
import os, sys
from rag.store.archive import open_archive
from rag.store.layout import DATABASE, Layout
from rag.store.lexical_index import LexicalIndex
from rag.errors import ArchiveError
from rag.model import Filters, Query
from rag.retrieval.retrieve import retrieve
from tests.fakes import HashingEmbedder, entry, fill
if os.getuid() == 0:
    os.setuid(65534)
new = entry("new.txt", "New words.")
for use in (lambda a: retrieve(a, Query("harbour")), lambda a: fill(a, new)):
    try:
        use(open_archive(sys.argv[1], embedder=HashingEmbedder()))
        print("done")
    except ArchiveError as error:
        print(error.code, bool(error.hint))
"""


def test_a_folder_that_may_not_be_read_or_written_is_an_error_with_a_hint(
    archive, folder, tmp_path
):
    archive.close()
    place = Path("/tmp" if os.access("/tmp", os.W_OK) else tmp_path) / f"byline-test-{os.getpid()}"
    shutil.copytree(folder, place)
    try:
        for mode in (0o555, 0o000):
            place.chmod(mode)
            ran = subprocess.run(
                [sys.executable, "-c", READ, str(place)],
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            words = ran.stdout.split("\n")[:2]
            assert ran.returncode == 0, ran.stderr
            assert words[1] in ("archive True", "archive_damaged True"), ran.stdout
            assert words[0] in ("done", "archive True", "archive_damaged True"), ran.stdout
    finally:
        place.chmod(0o700)
        shutil.rmtree(place)


# ---------------------------------------------------------------- one writer


def test_a_second_writer_is_told_that_another_is_at_work(archive, folder):
    held = context.Event()
    other = start(hold_lock, folder, held)
    assert held.wait(300)
    with pytest.raises(ArchiveBusy) as caught, archive.writer():
        pass
    assert caught.value.retryable
    assert caught.value.hint
    assert sources(archive) == ["ferry.txt", "heron.txt"], "readers go on"
    other.kill()
    other.join(300)
    assert fill(archive, entry("new.txt", "New words in the harbour.")) == [Change.ADDED], (
        "the lock of a killed writer is free"
    )


def test_a_second_writer_in_the_same_process_is_told_so_too(archive, folder):
    with archive.writer():
        for other in (archive, open_archive(folder, embedder=HashingEmbedder())):
            with pytest.raises(ArchiveBusy), other.writer():
                pass
    with archive.writer():
        pass


def test_a_long_work_gives_way_to_whoever_waits(archive, folder, monkeypatch):
    """Another process adds an article between two batches; the first goes on from there."""
    monkeypatch.undo()
    waiting = context.Event()
    with archive.writer() as writer:
        other = start(add_one, folder, waiting)
        assert waiting.wait(300)
        rounds = 0
        while "other.txt" not in sources(archive):
            writer.add([entry(f"batch{rounds}.txt", f"Batch {rounds} of the harbour.")])
            writer.give_way()
            rounds += 1
            assert rounds < 500
        other.join(300)
        writer.give_way()  # nobody waits
        writer.add([entry("last.txt", "The last of the harbour.")])
    assert other.exitcode == 0
    assert {"other.txt", "last.txt"} <= set(sources(archive))
    assert_whole(archive)


def test_the_lock_is_given_back_after_a_failure(archive):
    with pytest.raises(ZeroDivisionError), archive.writer():
        1 / 0  # noqa: B018
    assert fill(archive, entry("new.txt", "New words.")) == [Change.ADDED]


# ------------------------------------------------ readers while somebody writes


def test_readers_see_each_commit_of_another_process_whole_and_at_once(archive, folder):
    """Two archives ask in threads while another process writes 40 batches; what they find is
    exactly what their revision holds.
    """
    log = context.Queue()
    with archive.record.snapshot() as snapshot:
        held = {snapshot.revision: sorted(row.article_id for row in snapshot.listing())}
    writer = start(write_and_remove, folder, 40, log)
    readers = (archive, open_archive(folder, embedder=HashingEmbedder()))
    done = threading.Event()

    def ask(reader):
        found = []
        last = False
        while not last:
            last = done.is_set()
            asked = retrieve(reader, Query("the harbour", k=100))
            assert all(hit.text in hit.article.text and hit.sentences for hit in asked.hits)
            found.append((asked.revision, sorted(hit.article.article_id for hit in asked.hits)))
        return found

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, reader) for reader in readers]
        try:
            held |= dict(iter(lambda: log.get(timeout=300), None))
        finally:
            done.set()
        found = [answer for each in asked for answer in each.result(timeout=300)]
    writer.join(300)
    assert len(held) == 61
    assert {revision for revision, _ in found} <= held.keys()
    wrong = [(revision, live) for revision, live in found if live != held[revision]]
    assert wrong == []
    assert len({revision for revision, _ in found}) > 10, "the readers met the writer at work"
    assert sources(archive) == sources(readers[1])
    assert [answer[-1][0] for answer in (each.result() for each in asked)] == [max(held)] * 2, (
        "the last commit was seen at once"
    )
    assert_whole(archive)


@pytest.fixture
def openings(monkeypatch):
    """The generations whose indexes are opened, as they are; no word finds a passage."""
    found = []
    open_indexes = Layout.open_indexes

    def noting(self, generation, *, create=False):
        found.append(generation)
        return open_indexes(self, generation, create=create)

    monkeypatch.setattr(Layout, "open_indexes", noting)
    monkeypatch.setattr(LexicalIndex, "best", lambda *args, **options: [])
    return found


@pytest.mark.parametrize("filters", [Filters(), Filters(until="2030", include_undated=True)])
@pytest.mark.parametrize(("most_behind", "opened"), [(1, []), (0, [1])])
def test_what_another_process_adds_is_found(  # noqa: PLR0917
    archive, folder, monkeypatch, openings, filters, most_behind, opened
):
    """Chroma is opened anew only where much has been added."""
    monkeypatch.setattr("rag.retrieval.retrieve._Chosen.narrow", False)
    monkeypatch.setattr("rag.store.layout._MOST_BEHIND", most_behind)
    question = Query("another harbour", filters)
    assert "other.txt" not in {hit.article.source for hit in retrieve(archive, question).hits}
    openings.clear()
    waiting = context.Event()
    process = start(add_one, folder, waiting)
    process.join(300)
    assert process.exitcode == 0
    assert retrieve(archive, question).hits[0].article.source == "other.txt"
    assert openings == opened


def test_writers_and_readers_of_a_process_hand_each_other_the_open_indexes(archive, openings):
    fill(archive, entry("a.txt", "The ferry waits."))
    openings.clear()
    for name in ("b", "c"):
        fill(archive, entry(f"{name}.txt", f"The harbour of {name} is shut."))
        assert (
            retrieve(archive, Query(f"harbour of {name}")).hits[0].article.source == f"{name}.txt"
        )
    assert openings == []
    assert_whole(archive)


def test_a_writer_opens_anew_what_another_process_has_written_to(archive, folder, openings):
    fill(archive, entry("a.txt", "The ferry waits."))
    waiting = context.Event()
    process = start(add_one, folder, waiting)
    process.join(300)
    assert process.exitcode == 0
    openings.clear()
    fill(archive, entry("b.txt", "The harbour of Brenn is shut."))
    assert openings == [1]
    for question, source in (("another harbour", "other.txt"), ("harbour of Brenn", "b.txt")):
        assert source in [hit.article.source for hit in retrieve(archive, Query(question)).hits]
    assert_whole(archive)


def test_a_reader_outlives_a_rebuild_by_another_process(archive, folder):
    assert sources(archive) == ["ferry.txt", "heron.txt"]
    with archive.view() as old:
        ran = subprocess.run(
            [sys.executable, "-c", REBUILD, str(folder)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert not old.is_latest()
    assert not (folder / "vectors-1").exists()
    assert sources(archive) == ["ferry.txt", "heron.txt"]
    assert not (folder / "vectors-1").exists(), "reading made nothing"


REBUILD = """
import sys
from rag.store.archive import open_archive
from rag.store.layout import DATABASE, Layout
from rag.store.lexical_index import LexicalIndex
from tests.fakes import HashingEmbedder
with open_archive(sys.argv[1], embedder=HashingEmbedder()).writer() as writer:
    writer.rebuild()
"""


def test_a_rebuild_between_snapshot_and_search_is_noticed(archive, folder, monkeypatch):
    """The reader's snapshot names indexes that are dropped before it opens them: it asks the newer
    revision.
    """
    opened = type(archive).open_indexes
    calls = []

    def rebuild_first(self, generation, **options):
        if not calls and not options.get("create"):
            calls.append(generation)
            monkeypatch.undo()
            with self.writer() as writer:
                writer.rebuild()
        return opened(self, generation, **options)

    archive.close()
    monkeypatch.setattr(type(archive), "open_indexes", rebuild_first)
    assert sources(archive) == ["ferry.txt", "heron.txt"]
    assert calls == [1]


def test_an_archive_can_be_closed_and_used_again(archive):
    archive.close()
    archive.close()
    assert sources(archive) == ["ferry.txt", "heron.txt"]


def test_opening_an_archive_does_not_load_its_model(archive, folder, monkeypatch):
    monkeypatch.setattr(
        LocalEmbedder, "folder", property(lambda self: pytest.fail("the model was touched"))
    )
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        meta = json.loads(db.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()[0])
        db.execute(
            "UPDATE meta SET value = ? WHERE key = 'manifest'",
            (json.dumps(meta | {"model": "some/model"}),),
        )
    with open_archive(folder).record.snapshot() as snapshot:
        assert len(snapshot.listing()) == 2


def test_what_goes_wrong_is_an_archive_error():
    for kind in (ArchiveBusy, ArchiveDamaged, ArchiveMismatch, ArchiveNotFound):
        assert issubclass(kind, ArchiveError)
