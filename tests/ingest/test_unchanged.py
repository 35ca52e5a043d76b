"""Tests that files that have not changed are not read again, and that no change is missed."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import ingest.pipeline
from ingest import Outcome, reclean
from ingest import ingest as bring_in
from ingest.pipeline import edit
from ingest.sources import documents, known_files
from rag.errors import SourceError
from rag.store.archive import open_archive
from rag.store.layout import DATABASE
from tests.fakes import HashingEmbedder, assert_whole

FERRY = "Ferry sails again\n\nThe ferry Alma sails again on Monday. Its captain waited long."
SCHOOL = "New school for Elmstead\n\nElmstead opens a school in May. The mayor laid a brick."
ROWS = [
    {"id": n, "title": f"Notice {n}", "text": f"The council met {n} times about the pier."}
    for n in range(1, 5)
]


@pytest.fixture
def papers(tmp_path) -> Path:
    folder = tmp_path / "papers"
    (folder / "north").mkdir(parents=True)
    (folder / "north" / "ferry.txt").write_text(FERRY)
    (folder / "school.txt").write_text(SCHOOL)
    write_rows(folder, ROWS)
    return folder


def write_rows(folder, rows):
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


@pytest.fixture
def archive(tmp_path):
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    yield made
    made.close()


@pytest.fixture
def settled(monkeypatch):
    """Takes every file for one that was last changed long ago."""
    monkeypatch.setattr(known_files, "_TICK_NS", -(10**20))


@pytest.fixture
def read(monkeypatch):
    """The names of the files that are read, as they are."""
    names = []
    read_file = documents._read_file

    def noting(place):
        names.append(place.path.name)
        return read_file(place)

    monkeypatch.setattr(documents, "_read_file", noting)
    return names


def outcomes(report):
    return {result.source: str(result.outcome) for result in report.results}


def again(archive, papers, read, **options):
    """Brings the folder in once more; returns the files that were read, and the report."""
    read.clear()
    report = bring_in(archive, [papers], **options)
    assert_whole(archive)
    return sorted(read), report


def rewrite_unseen(path: Path, text: str) -> None:
    """Changes a file in place, its size and its time of change as before."""
    before = path.stat()
    while True:
        path.write_text(text)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = path.stat()
        assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        if after.st_ctime_ns != before.st_ctime_ns:  # another tick of the file system's clock
            return


def test_files_that_have_not_changed_are_not_read_again(archive, papers, settled, read):
    first = bring_in(archive, [papers])
    assert sorted(read) == ["ferry.txt", "rows.jsonl", "school.txt"]
    revision = archive.record.revision()
    files, second = again(archive, papers, read)
    assert files == []
    assert set(outcomes(second).values()) == {"unchanged"}
    assert [item[::2] for item in second.results] == [item[::2] for item in first.results]
    assert second.gone == ()
    assert archive.record.revision() == revision


def test_a_file_that_has_just_been_changed_is_read_again(archive, papers, read):
    bring_in(archive, [papers])
    path = papers / "school.txt"
    before = path.stat()
    path.write_text(SCHOOL.replace("May", "Jun"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    files, report = again(archive, papers, read)
    assert "school.txt" in files
    assert outcomes(report)["school.txt"] == "updated"


def test_a_change_that_leaves_size_and_time_is_not_missed(archive, papers, settled, read):
    bring_in(archive, [papers])
    rewrite_unseen(papers / "school.txt", SCHOOL.replace("May", "Jun"))
    files, report = again(archive, papers, read)
    assert files == ["school.txt"]
    assert outcomes(report)["school.txt"] == "updated"


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    archive, papers, settled, read, monkeypatch
):
    read_document = documents.read_document

    def changing(path):
        data = read_document(path)
        rewrite_unseen(path, data.decode().replace("Monday", "Friday"))
        return data

    monkeypatch.setattr(documents, "read_document", changing)
    bring_in(archive, [papers / "north"])
    monkeypatch.setattr(documents, "read_document", read_document)
    assert outcomes(bring_in(archive, [papers / "north"])) == {"ferry.txt": "updated"}


def test_a_file_of_the_same_bytes_is_told_by_its_hash(archive, papers, settled, read, monkeypatch):
    bring_in(archive, [papers])
    for path in papers.rglob("*.*"):
        os.utime(path, ns=(0, 10**18))
    files, report = again(archive, papers, read)
    assert (files, report.count(Outcome.UNCHANGED)) == ([], 6)
    monkeypatch.setattr(known_files, "_content", lambda path: pytest.fail("hashed again"))
    assert again(archive, papers, read)[0] == []


def test_what_else_a_document_depends_on_lets_it_be_read(
    archive, papers, settled, read, monkeypatch
):
    bring_in(archive, [papers])
    stated = {"publisher": "Norholm Gazette"}
    files, report = again(archive, papers, read, stated=stated)
    assert (len(files), report.count(Outcome.UPDATED)) == (3, 6)
    assert again(archive, papers, read, stated=stated)[0] == []
    (papers / "metadata.csv").write_text("file,author\nnorth,Rosa Lind\n")
    files, report = again(archive, papers, read, stated=stated)
    assert files == ["ferry.txt"]
    assert {article.author for article in archive.articles()} == {"Rosa Lind", None}
    monkeypatch.setattr(known_files, "EXTRACTOR", "another")
    assert len(again(archive, papers, read, stated=stated)[0]) == 3


def test_what_became_of_its_articles_lets_a_file_be_read(archive, papers, settled, read):
    first = bring_in(archive, [papers])
    ids = {result.source: result.article_id for result in first.results}
    archive.remove(ids["rows.jsonl#2"])
    files, report = again(archive, papers, read)
    assert files == ["rows.jsonl"]
    assert outcomes(report)["rows.jsonl#2"] == "added"
    edit(archive, ids["school.txt"], {"title": "A school"})
    files, report = again(archive, papers, read)
    assert files == ["school.txt"]
    assert set(outcomes(report).values()) == {"unchanged"}
    assert archive.get(ids["school.txt"]).title == "A school", "a correction stays"
    assert again(archive, papers, read)[0] == []
    reclean(archive)
    assert again(archive, papers, read)[0] == []


def test_what_is_gone_is_told_and_pruned_and_leaves_no_name(archive, papers, settled, read):
    bring_in(archive, [papers])
    (papers / "north" / "ferry.txt").unlink()
    write_rows(papers, ROWS[:3])
    for _ in range(2):  # the second time the shorter table is known
        _, told = again(archive, papers, read)
        assert [article.key for article in told.gone] == ["north/ferry.txt"]
    files, pruned = again(archive, papers, read, prune=True)
    assert (files, len(pruned.gone), len(archive)) == ([], 1, 5)
    assert b"ferry" not in (archive.folder / DATABASE).read_bytes()
    (papers / "north" / "ferry.txt").write_text(FERRY)
    assert outcomes(again(archive, papers, read)[1])["north/ferry.txt"] == "added"


def test_refusals_are_told_again(archive, papers, settled, read):
    (papers / "empty.txt").write_text("")
    write_rows(papers, [*ROWS, {"id": 9, "text": "?"}, "no row"])
    first = bring_in(archive, [papers])
    assert first.count(Outcome.REFUSED) == 3
    files, second = again(archive, papers, read)
    assert files == []
    told = [(item.source, item.reason) for item in first.results if item.reason]
    assert sorted(told) == sorted(
        (item.source, item.reason) for item in second.results if item.reason
    )


def test_a_file_that_could_not_be_read_whole_is_read_again(archive, papers, settled, read):
    (papers / "rows.csv").write_text('id,text\n1,"The council met twice."\n2,"The council')
    bring_in(archive, [papers])
    files, report = again(archive, papers, read)
    assert files == ["rows.csv"]
    assert outcomes(report)["rows.csv"] == "refused"


def test_a_file_with_an_article_that_could_not_be_stored_is_read_again(
    archive, papers, settled, read, monkeypatch
):
    monkeypatch.setattr(ingest.pipeline, "_BATCH_CHARS", 1)
    add = ingest.pipeline.ArchiveWriter.add

    def failing(self, entries, *, replace=False):
        if any(entry.article.key == "rows.jsonl#2" for entry in entries):
            raise SourceError("cannot be stored")
        return add(self, entries, replace=replace)

    monkeypatch.setattr(ingest.pipeline.ArchiveWriter, "add", failing)
    assert bring_in(archive, [papers]).count(Outcome.REFUSED) == 1
    monkeypatch.setattr(ingest.pipeline.ArchiveWriter, "add", add)
    files, report = again(archive, papers, read)
    assert files == ["rows.jsonl"]
    assert outcomes(report)["rows.jsonl#2"] == "added"


def test_an_ingest_that_is_stopped_remembers_only_whole_files(
    archive, papers, settled, read, monkeypatch
):
    monkeypatch.setattr(ingest.pipeline, "_BATCH_CHARS", 1)

    def stop(result):
        if result.source == "rows.jsonl#3":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(archive, [papers], on_result=stop)
    files, _ = again(archive, papers, read)
    assert files == ["rows.jsonl", "school.txt"]
    assert len(archive) == 6


@pytest.mark.parametrize("column", ["read_as", "looks", "content", "documents", "seal"])
def test_a_damaged_record_counts_for_nothing(archive, papers, settled, read, column):
    bring_in(archive, [papers])
    for value in ("[]", b"\xff", 7):
        with closing(sqlite3.connect(archive.folder / DATABASE, isolation_level=None)) as db:
            db.execute(f"UPDATE files SET {column} = ?", (value,))
        files, report = again(archive, papers, read)
        assert len(files) == 3
        assert report.count(Outcome.UNCHANGED) == 6
