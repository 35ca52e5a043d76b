"""Uploads: one collection, safe names, limits in words, and an archive that is always whole."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest.pipeline
import ingest.prepare
from ingest import Outcome
from ingest import ingest as bring_in
from rag.app.chat import uploads
from rag.app.chat.uploads import (
    COLLECTION,
    Limits,
    Uploaded,
    accepted_types,
    safe_name,
    upload,
)
from rag.store.archive import open_archive
from rag.store.identity import article_id
from tests.fakes import HashingEmbedder, assert_whole, entry, fill
from tests.processes import context, hold_lock, start

STORY = (
    "Ferry sails again\n\nThe ferry Alma sails again on Monday."
    " Its captain, Rosa Lind, waited for calmer water."
)


@pytest.fixture
def archive(tmp_path):
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    yield made
    made.close()


@pytest.fixture
def drop(tmp_path):
    """Puts a file where Gradio would: in a new temporary folder, under the client's name."""

    def put(name: str, content: str | bytes = STORY) -> Path:
        folder = tmp_path / "gradio" / f"{len(list((tmp_path / 'gradio').glob('*'))):04d}"
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / name

    (tmp_path / "gradio").mkdir()
    return put


def listed(archive):
    with archive.record.snapshot() as snapshot:
        return {row.source: row for row in snapshot.listing()}


def state(archive):
    with archive.record.snapshot() as snapshot:
        return snapshot.counts(), snapshot.listing(), snapshot.revision, snapshot.roots()


def nothing_left(archive):
    assert not any(path.is_dir() and "upload" in path.name for path in archive.folder.iterdir())
    assert_whole(archive)


def outcomes(results):
    return {result.name: str(result.outcome) for result in results}


# ---------------------------------------------------------------- one collection


def test_files_come_in_with_a_result_and_a_title_each_and_stay_nowhere_else(archive, drop):
    rows = [
        {"id": "one", "title": "Notice one", "text": "The council met about the pier."},
        {"id": "two", "text": ""},
    ]
    files = [
        drop("ferry.txt"),
        drop("rows.jsonl", "\n".join(map(json.dumps, rows))),
        drop("page.exe", b"MZ"),
    ]
    results = list(upload(archive, files))
    assert outcomes(results) == {
        "ferry.txt": "added",
        "rows.jsonl#one": "added",
        "rows.jsonl#two": "refused",
        "page.exe": "refused",
    }
    assert {result.name: result.title for result in results if result.title} == {
        "ferry.txt": "Ferry sails again",
        "rows.jsonl#one": "Notice one",
    }
    assert all(result.reason for result in results if result.outcome is Outcome.REFUSED)
    assert listed(archive)["ferry.txt"].article_id == article_id(COLLECTION, "ferry.txt")
    assert [path.name for path in files if not path.exists()] == []
    nothing_left(archive)


def test_the_same_file_again_changes_nothing_and_other_words_are_a_new_version(archive, drop):
    list(upload(archive, [drop("ferry.txt")]))
    before = state(archive)
    (again,) = upload(archive, [drop("ferry.txt")])
    assert (again.outcome, again.title) == (Outcome.UNCHANGED, "Ferry sails again")
    assert state(archive) == before
    (changed,) = upload(archive, [drop("ferry.txt", STORY.replace("Monday", "Tuesday"))])
    assert changed.outcome is Outcome.UPDATED
    assert "new version" in changed.reason
    assert [(row.source, row.versions) for row in listed(archive).values()] == [("ferry.txt", 2)]
    assert len(state(archive)[3]) == 1, "one root, however many uploads"
    nothing_left(archive)


def test_an_archive_inside_a_known_folder_takes_uploads_all_the_same(archive, drop, tmp_path):
    (tmp_path / "notice.txt").write_text(
        "Notice\n\nThe pier at Brenn was opened with a song on Friday."
    )
    bring_in(archive, [tmp_path / "notice.txt"])
    assert tmp_path in state(archive)[3]
    assert [result.outcome for result in upload(archive, [drop("ferry.txt")])] == [Outcome.ADDED]
    assert listed(archive)["ferry.txt"].article_id == article_id(COLLECTION, "ferry.txt")


@pytest.mark.parametrize(
    "name",
    [
        "README.txt",
        ".hidden.txt",
        "~$draft.txt",
        "thumbs.db",
        "a#b.txt",
        "naïve – “x”.txt",
        "README",
    ],
)
def test_no_file_is_passed_over_in_silence(archive, drop, name):
    (result,) = upload(archive, [drop(name)])
    assert result.name == name
    assert result.outcome is (Outcome.REFUSED if name.endswith(".db") else Outcome.ADDED)


def test_a_table_without_rows_is_refused(archive, drop):
    (result,) = upload(archive, [drop("rows.csv", "title,text\n")])
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "holds no articles")


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../x.txt", "x.txt"),
        ("..\\..\\x.txt", "x.txt"),
        ("C:\\x.txt", "x.txt"),
        ("c:x.txt", "x.txt"),
        ("/etc/passwd", "passwd"),
        ("..", "unnamed"),
        ("a/..", "unnamed"),
        ("", "unnamed"),
        ("bell\x07\x00 and\nbreak.txt", "bell and break.txt"),
        ("txt.\u202eexe.txt", "txt.exe.txt"),
        ("e\u0301.txt", "é.txt"),
        ("half \ud800.txt", "half \N{REPLACEMENT CHARACTER}.txt"),
    ],
)
def test_a_name_stays_a_name(name, expected):
    assert safe_name(name) == expected


@given(st.text(max_size=400))
def test_any_name_is_one_part_of_a_path_that_fits(name):
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 200
    assert Path("root", safe).parent == Path("root")
    assert safe not in ("..", ".")
    assert not set(safe) & set("/\\\x00\n\x1b\u202e")
    assert safe_name(safe) == safe


def test_long_names_keep_their_suffix_and_stay_apart():
    one, other = "é" * 300 + "1.txt.gz", "é" * 300 + "2.txt.gz"
    assert safe_name(one) != safe_name(other)
    assert safe_name(one).endswith(".txt.gz")


@pytest.mark.parametrize(
    "name", ["..\\..\\x.txt", "C:\\x.txt", "bell\x07\n\x1b[2J.txt", "w" * 250 + ".txt"]
)
def test_hostile_names_land_nowhere_else(archive, drop, name, tmp_path):
    path = drop(name)
    before = {found for found in tmp_path.rglob("*") if not found.is_relative_to(archive.folder)}
    (result,) = upload(archive, [path])
    assert (result.name, result.outcome) == (safe_name(name), Outcome.ADDED)
    assert {
        found for found in tmp_path.rglob("*") if not found.is_relative_to(archive.folder)
    } == before
    assert list(listed(archive)) == [safe_name(name)]


# ---------------------------------------------------------------- limits


def test_what_may_not_come_in_is_refused_in_words(archive, drop, tmp_path):
    folder, link = tmp_path / "folder.txt", tmp_path / "link.txt"
    folder.mkdir()
    link.symlink_to(drop("secret.txt"))
    os.mkfifo(tmp_path / "pipe.txt")
    bomb, broken = (
        drop("bomb.txt.gz", gzip.compress(b"a" * 100_000)),
        drop("broken.txt.gz", gzip.compress(os.urandom(500))[:100]),
    )
    paths = [
        folder,
        link,
        tmp_path / "pipe.txt",
        tmp_path / "gone.txt",
        drop("empty.txt", ""),
        drop("big.txt", b"a" * 2000),
        bomb,
        broken,
    ]
    results = list(
        upload(
            archive,
            [*paths, Path("nul\x00.txt"), drop("ferry.txt"), drop("ferry.txt", "Other\n\nwords.")],
            limits=Limits(max_bytes=1000),
        )
    )
    reasons = [result.reason for result in results]
    expected = [
        "folder",
        "link",
        "link or a device",
        "No such file",
        "empty",
        "1,000 bytes",
        "1,000 bytes",
        "not a whole .gz",
        "null byte",
        "another file",
    ]
    assert len(results) == len(expected) + 1
    assert [
        words for words, reason in zip(expected, reasons, strict=False) if words not in reason
    ] == []
    assert results[-1] == Uploaded("ferry.txt", Outcome.ADDED, "", "Ferry sails again")
    nothing_left(archive)


def test_too_many_files_and_too_many_bytes(archive, drop):
    files = [
        drop(f"{n}.txt", f"Notice {n}\n\nThe council met {n} times about the pier.")
        for n in range(4)
    ]
    size = files[0].stat().st_size
    many = list(upload(archive, files, limits=Limits(max_files=2)))
    assert outcomes(many) == {
        "0.txt": "added",
        "1.txt": "added",
        "2.txt": "refused",
        "3.txt": "refused",
    }
    assert "2 files at once" in many[0].reason
    much = list(upload(archive, files, limits=Limits(max_total=3 * size)))
    assert outcomes(much) == {
        "0.txt": "unchanged",
        "1.txt": "unchanged",
        "2.txt": "added",
        "3.txt": "refused",
    }
    assert "may hold" in much[0].reason


def test_a_file_that_cannot_be_read_is_refused_and_the_others_go_on(archive, drop, monkeypatch):
    bad, good = drop("bad.txt"), drop("good.txt")
    opened = Path.open

    def deny(path, *args, **kwargs):
        if path == bad:
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", deny)
    results = list(upload(archive, [bad, good]))
    assert outcomes(results) == {"bad.txt": "refused", "good.txt": "added"}
    assert "permission denied" in results[0].reason


def test_the_suffixes_are_those_that_ingest_reads(archive, drop):
    types = accepted_types()
    assert {".txt", ".md", ".html", ".json", ".jsonl", ".csv", ".gz"} <= set(types)
    for suffix in types:
        results = list(upload(archive, [drop(f"x{suffix}", b"nothing much")]))
        assert suffix == ".gz" or not any(
            "not a kind of file" in result.reason for result in results
        )
    (result,) = upload(archive, [drop("x.xlsx", b"PK")])
    assert "not a kind of file" in result.reason


# ---------------------------------------------------------------- cut short


def test_results_come_while_others_are_still_to_do_and_closing_cancels(archive, drop, monkeypatch):
    monkeypatch.setattr(uploads, "_GROUP", 2)
    files = [
        drop(f"{n}.txt", f"Notice {n}\n\nThe council met {n} times about the pier.")
        for n in range(12)
    ]
    going = upload(archive, files)
    ingested = ingest.pipeline.ingest
    calls = []

    def slowly(*args, **kwargs):
        calls.append(time.monotonic())
        if len(calls) > 1:
            time.sleep(0.3)
        return ingested(*args, **kwargs)

    monkeypatch.setattr(ingest.pipeline, "ingest", slowly)
    first = next(going)
    assert first.outcome is Outcome.ADDED
    assert first.name in listed(archive), "what is reported is stored"
    going.close()
    stored = set(listed(archive))
    assert first.name in stored
    assert len(stored) < len(files)
    nothing_left(archive)
    assert outcomes(upload(archive, files)) == {
        path.name: "unchanged" if path.name in stored else "added" for path in files
    }
    nothing_left(archive)


UPLOADING = """
import sys, threading, time
from pathlib import Path
from rag.app.chat.uploads import upload
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder

archive = open_archive(Path(sys.argv[1]), embedder=HashingEmbedder())

def consume():
    for result in upload(archive, sys.argv[2:]):
        print(result.name, flush=True)
        time.sleep(0.05)

# As a page does it: in a thread, while the main one waits to be interrupted.
threading.Thread(target=consume, daemon=True).start()
time.sleep(60)
"""


def test_an_interrupt_leaves_the_archive_whole_and_no_file_behind(archive, drop):
    files = [
        drop(f"{n}.txt", f"Notice {n}\n\n" + f"The council met {n} times about the pier. " * 20)
        for n in range(60)
    ]
    root = Path(__file__).resolve().parents[4]
    command = [sys.executable, "-c", UPLOADING, str(archive.folder), *map(str, files)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root
    ) as other:
        assert other.stdout is not None
        reported = [other.stdout.readline().strip()]
        other.send_signal(signal.SIGINT)
        more, errors = other.communicate(timeout=300)
    assert "KeyboardInterrupt" in errors
    reported += more.split()
    assert set(reported) <= set(listed(archive))
    assert len(listed(archive)) < len(files)
    nothing_left(archive)


def test_an_iterator_that_is_never_asked_does_nothing(archive, drop):
    before = state(archive)
    upload(archive, [drop("ferry.txt")]).close()
    assert state(archive) == before
    assert list(upload(archive, [])) == []


def test_a_failure_of_ours_is_raised_and_leaves_the_archive_whole(archive, drop, monkeypatch):
    def broken(document):
        raise RuntimeError("a bug")

    monkeypatch.setattr(ingest.prepare, "extract", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        list(upload(archive, [drop("ferry.txt")]))
    nothing_left(archive)


def test_a_full_disk_is_one_result(archive, drop, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    (result,) = upload(archive, [drop("ferry.txt"), drop("heron.txt")])
    assert (result.name, result.outcome) == ("", Outcome.REFUSED)
    assert "No space left" in result.reason
    nothing_left(archive)


def test_the_folder_is_private_while_it_is_there_and_leftovers_go(archive, drop, monkeypatch):
    left = archive.folder / ".uploads"
    left.mkdir()
    (left / "secret.txt").write_text("of a process that was killed")
    modes = []
    ingested = ingest.pipeline.ingest

    def look(archive, files, **kwargs):
        modes.append(
            (files[0].parent.stat().st_mode & 0o777, sorted(path.name for path in left.iterdir()))
        )
        return ingested(archive, files, **kwargs)

    monkeypatch.setattr(ingest.pipeline, "ingest", look)
    list(upload(archive, [drop("ferry.txt")]))
    assert modes == [(0o700, ["ferry.txt"])]
    nothing_left(archive)


def test_a_busy_archive_is_one_result(archive, drop):
    fill(archive, entry("heron.txt", "A heron stood in the harbour."))
    held = context.Event()
    other = start(hold_lock, archive.folder, held)
    try:
        assert held.wait(300)
        (result,) = upload(archive, [drop("ferry.txt"), drop("tern.txt")])
        assert (result.name, result.outcome) == ("", Outcome.REFUSED)
        assert "Somebody else" in result.reason
        assert str(archive.folder) not in result.reason
    finally:
        other.kill()
        other.join(300)
    assert [result.outcome for result in upload(archive, [drop("ferry.txt")])] == [Outcome.ADDED]
    nothing_left(archive)


def test_of_two_uploads_at_once_one_is_told_to_wait(archive, drop):
    first = upload(
        archive,
        [
            drop("ferry.txt"),
            drop(
                "rows.jsonl",
                "\n".join(
                    json.dumps({"id": n, "text": f"The council met {n} times about the pier."})
                    for n in range(50)
                ),
            ),
        ],
    )
    with uploads._staging(archive):
        (result,) = upload(archive, [drop("tern.txt")])
        assert "Somebody else" in result.reason
    assert sum(result.outcome is Outcome.ADDED for result in first) == 51
    nothing_left(archive)
