"""Doctor: a whole archive is whole, each kind of damage is a finding that names its part, and a
rebuild mends the indexes.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest import ingest
from rag.app.library import WritableArchive
from rag.store.archive import Archive, open_archive
from rag.store.doctor import examine
from rag.store.layout import DATABASE
from tests.fakes import HashingEmbedder

STORIES = {
    "ferry.txt": "Ferry back in service\n\nThe ferry Alma sails again on Monday. "
    "Its captain, Rosa Lind, waited for calmer water.",
    "school.txt": "New school for Elmstead\n\nElmstead opens a school for 240 children. "
    "The mayor laid the last brick on Sunday.",
    "orchard.txt": "Late frost takes the cherries\n\nGrowers in the Varn valley lost their"
    " cherries. Frost came twice in April.",
}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    stories = tmp_path / "stories"
    stories.mkdir()
    for name, text in STORIES.items():
        (stories / name).write_text(text, encoding="utf-8")
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    ingest(made, [stories])
    made.close()
    return made


PARTS = {"vectors": "vector index", "words": "lexical index"}


def bad(archive: Archive) -> dict[str, str]:
    return {finding.part: finding.message for finding in examine(archive) if not finding.ok}


def change(archive: Archive, statement: str) -> None:
    with closing(sqlite3.connect(archive.folder / DATABASE, isolation_level=None)) as db:
        assert db.execute(statement).rowcount > 0


def test_a_whole_archive_is_whole_in_every_part(archive: Archive) -> None:
    findings = examine(archive)
    assert [finding.part for finding in findings] == [
        "manifest",
        "model",
        "database",
        "spans",
        "documents",
        "stored vectors",
        "pending",
        "vector index",
        "lexical index",
        "replies",
    ]
    assert all(finding.ok and not finding.hint for finding in findings), findings
    assert "3 articles, 3 versions, 3 passages" in findings[2].message
    assert findings[7].message == findings[8].message == "3 passages, 3 probes found"


def test_an_empty_archive_is_whole(tmp_path: Path) -> None:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    assert bad(made) == {}
    with made.writer() as writer:
        writer.rebuild()
    assert bad(made) == {}


def test_what_an_index_lacks_and_has_too_many_is_counted(archive: Archive) -> None:
    with archive.record.snapshot() as snapshot:
        gone = next(snapshot.all_chunks()).chunk_id
        indexes = archive.open_indexes(snapshot.generation)
    indexes.vectors.delete([gone])
    indexes.lexical.delete([gone])
    indexes.vectors.close()
    assert bad(archive) == dict.fromkeys(
        ("vector index", "lexical index"), "of 3 passages: 1 missing, 1 not found when asked for"
    )
    # Without its articles the record holds none of what the indexes still hold.
    for table in ("chunks", "validity", "versions", "articles"):
        change(archive, f"DELETE FROM {table}")
    assert bad(archive) == dict.fromkeys(
        ("vector index", "lexical index"), "of 0 passages: 2 too many"
    )


def test_a_lost_vector_is_a_finding_and_a_rebuild_makes_it_again(archive: Archive) -> None:
    change(
        archive,
        "UPDATE vectors SET vector = x'0000'"
        " WHERE input_hash = (SELECT min(input_hash) FROM vectors)",
    )
    assert bad(archive)["stored vectors"] == "1 passage without one"
    change(archive, "DELETE FROM vectors WHERE length(vector) = 2")
    assert bad(archive)["stored vectors"] == "1 passage without one"
    with archive.writer() as writer:
        writer.rebuild()
    assert bad(archive) == {}


@pytest.mark.parametrize("part", ["vectors", "words"])
def test_a_missing_index_is_a_finding_and_is_not_made(archive: Archive, part: str) -> None:
    folder = archive.folder / f"{part}-1"
    shutil.rmtree(folder)
    assert list(bad(archive)) == [PARTS[part]]
    assert not folder.exists()


def _overwrite(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"no index " * 20)


def _truncate(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_a_writer_that_was_killed_in_the_vector_index_is_a_finding(archive: Archive) -> None:
    (archive.folder / "vectors-1" / "writing").touch()
    (found,) = [finding for finding in examine(archive) if not finding.ok]
    assert found.part == "vector index"
    assert "killed" in found.message
    assert "ingest" in found.hint


@pytest.mark.parametrize("damage", [_overwrite, _truncate])
@pytest.mark.parametrize("part", ["vectors", "words"])
def test_a_damaged_index_is_a_finding_with_a_hint_and_a_rebuild_mends_it(
    archive: Archive, part: str, damage: Callable[[Path], None]
) -> None:
    damage(archive.folder / f"{part}-1")
    findings = [finding for finding in examine(archive) if not finding.ok]
    assert [finding.part for finding in findings] == [PARTS[part]]
    assert "doctor --rebuild" in findings[0].hint
    with archive.writer() as writer:
        writer.rebuild()
    assert bad(archive) == {}


def test_pending_work_is_a_finding_and_its_chunks_are_not_counted_as_missing(
    archive: Archive,
) -> None:
    change(archive, "INSERT INTO pending SELECT chunk_id FROM chunks LIMIT 1")
    with archive.record.snapshot() as snapshot:
        (gone,) = snapshot.pending()
        indexes = archive.open_indexes(snapshot.generation)
    indexes.vectors.delete([gone])
    indexes.vectors.close()
    assert list(bad(archive)) == ["pending"]


def test_spans_outside_the_text_are_findings(archive: Archive) -> None:
    change(
        archive,
        'UPDATE chunks SET "end" = 100000 WHERE chunk_id = (SELECT min(chunk_id) FROM chunks)',
    )
    assert "lies outside" in bad(archive)["spans"]


def test_blocks_that_do_not_cover_the_text_are_a_finding(archive: Archive) -> None:
    change(archive, "UPDATE versions SET text = 'short' WHERE id = 1")
    assert "cannot be read" in bad(archive)["spans"]


@pytest.mark.parametrize("column", ["text", "title", "sentences", "raw_hash"])
def test_one_letter_of_a_version_that_was_altered_is_a_finding(archive, column) -> None:
    change(archive, f"UPDATE versions SET {column} = replace({column}, '1', '2') WHERE id = 1")
    change(archive, f"UPDATE versions SET {column} = replace({column}, 'a', 'o') WHERE id = 1")
    assert ".txt" in bad(archive)["spans"]


def test_a_document_that_was_altered_is_a_finding(archive: Archive) -> None:
    change(archive, "UPDATE raw SET url = 'https://elsewhere.example/' WHERE rowid = 2")
    (message,) = bad(archive).values()
    assert "has changed since it was stored" in message
    change(archive, "DELETE FROM raw WHERE rowid = 1")
    assert "1 more" in bad(archive)["documents"]


def test_replies_about_removed_articles_are_a_finding(archive: Archive) -> None:
    stale = archive.replies_folder
    with archive.record.snapshot() as snapshot:
        name = snapshot.article_ids()[0]
    archive.remove(name)
    stale.mkdir(parents=True)
    assert list(bad(archive)) == ["replies"]
    with archive.writer():
        pass
    assert bad(archive) == {}


def test_an_address_that_two_documents_claim_is_listed(archive: Archive) -> None:
    rows = [
        {"title": "Vote", "text": f"The vote of {name} was lost.", "url": "https://paper.example/v"}
        for name in ("Elmstead", "Varn", "Varn")
    ]
    WritableArchive.of(archive).add_many([{**row, "key": f"{n}"} for n, row in enumerate(rows)])
    findings = examine(archive)
    assert all(finding.ok for finding in findings)
    assert "https://paper.example/v is claimed by articles of different" in findings[2].message


def test_an_article_without_a_current_version_is_a_finding(archive: Archive) -> None:
    change(archive, "DELETE FROM validity WHERE version_id = 1")
    assert bad(archive)["database"] == "3 articles, but 2 current versions"


def test_a_record_that_is_no_database_is_a_finding(archive: Archive) -> None:
    (archive.folder / DATABASE).write_bytes(b"nothing " * 4096)
    for name in ("-wal", "-shm"):
        (archive.folder / (DATABASE + name)).unlink(missing_ok=True)
    assert list(bad(archive)) == ["database"]


def test_another_model_is_a_finding_and_the_rest_is_still_examined(archive: Archive) -> None:
    other = Archive(archive.folder, HashingEmbedder("other"), archive.manifest)
    assert list(bad(other)) == ["model"]
