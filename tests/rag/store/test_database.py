"""The record: what goes in comes out, a snapshot stays as it is, and a transaction is all or
nothing.
"""

from __future__ import annotations

import dataclasses
import sqlite3
import threading

import pytest

from rag.errors import ArchiveDamaged, DiskFull
from rag.model import Article, Block, BlockKind, Chunk, Filters, PartialDate, RawDocument, Sentence
from rag.store.database import Database, Entry, as_matrix, raw_hash
from rag.store.schema import SCHEMA_VERSION
from tests.fakes import entry

FETCHED = PartialDate.parse("2024-02-02T10:00:00Z")
TEXT = "Ship in dock\nThe crane “Ada” lifts 🚢 ships."
ARTICLE = Article(
    article_id="a" * 24,
    version="b" * 16,
    collection="papers",
    key="ships/1.html",
    source="ships/1.html",
    title="Ships & docks",
    text=TEXT,
    blocks=(Block(0, 12, BlockKind.CAPTION), Block(13, len(TEXT))),
    url="https://news.example/ships",
    author="Rosa Lind",
    publisher="Ærlig Avis",
    published=PartialDate.parse("1969-12"),
    updated=PartialDate.parse("2024-02-01T09:30:00Z"),
    fetched=FETCHED,
    extractor="test-1",
)
RAW = RawDocument(
    "papers", ARTICLE.key, ARTICLE.source, "text/html", b"<p>\xff\x00 raw", ARTICLE.url, FETCHED
)
RAW_HASH = raw_hash("text/html", ARTICLE.url, RAW.data)
ENTRY = Entry(
    RAW,
    RAW_HASH,
    ARTICLE,
    (Sentence(0, 12, BlockKind.CAPTION), Sentence(13, len(TEXT))),
    (Chunk(ARTICLE.article_id, ARTICLE.version, 0, len(TEXT)),),
)
OTHER = entry("other.txt", "Words of another kind. And more of them.", publisher="Post")


@pytest.fixture
def record(tmp_path) -> Database:
    return Database.create(tmp_path / "a b#c?.sqlite", {"manifest": {"dim": 1}})


def put(record, made, *, valid_from=1_000, names=None, replace=False):
    with record.transaction() as transaction:
        transaction.put(
            made,
            names or [f"input-{n}" for n in range(len(made.chunks))],
            valid_from=valid_from,
            replace=replace,
        )
        transaction.advance()


def make_schema_2(path):
    """Takes out of a database what later schemas have more."""
    with sqlite3.connect(path) as db:
        db.executescript(
            "ALTER TABLE versions DROP COLUMN stated; DROP TABLE bands; DROP TABLE copies;"
            "DROP TABLE files;"
            "UPDATE meta SET value = '2' WHERE key = 'schema'"
        )
    db.close()


def test_an_archive_of_schema_2_is_read_and_upgraded(record):
    put(record, ENTRY)
    make_schema_2(record.path)
    for expected in (2, SCHEMA_VERSION):
        with record.snapshot() as snapshot:
            assert snapshot.schema == expected
            assert snapshot.version(ARTICLE.article_id, ARTICLE.version).article == ARTICLE
            assert [item.stated for item in snapshot.listing()] == [()]
        record.upgrade()
    article = dataclasses.replace(ARTICLE, version="c" * 16, stated=("author", "title"))
    put(record, dataclasses.replace(ENTRY, article=article, chunks=()), valid_from=2_000)
    with record.snapshot() as snapshot:
        assert snapshot.version(article.article_id, article.version).article == article
        assert [item.stated for item in snapshot.listing()] == [("author", "title")]


def test_a_mark_that_was_taken_away_is_damage(record):
    stated = dataclasses.replace(ENTRY, article=dataclasses.replace(ARTICLE, stated=("title",)))
    put(record, stated)
    with sqlite3.connect(record.path) as db:
        db.execute("UPDATE versions SET stated = NULL")
    db.close()
    with record.snapshot() as snapshot, pytest.raises(ArchiveDamaged):
        snapshot.version(ARTICLE.article_id, ARTICLE.version)


def test_an_article_comes_out_as_it_went_in(record):
    put(record, ENTRY)
    with record.snapshot() as snapshot:
        stored = snapshot.version(ARTICLE.article_id, ARTICLE.version)
        assert stored.article == ARTICLE
        assert stored.sentences == ENTRY.sentences
        assert list(snapshot.raw_documents(snapshot.article_ids())) == [ENTRY.raw]
        assert record.raw_hashes([ARTICLE.article_id, "0" * 24]) == {ARTICLE.article_id: RAW_HASH}
        (row,) = snapshot.all_chunks()
        assert (row.chunk_id, row.start, row.end, row.input_hash) == (
            ENTRY.chunks[0].chunk_id,
            0,
            len(TEXT),
            "input-0",
        )
        (line,) = snapshot.listing()
        assert (line.source, line.publisher, str(line.published), line.chunks, line.versions) == (
            "ships/1.html",
            "Ærlig Avis",
            "1969-12",
            1,
            1,
        )
        assert snapshot.publishers() == ["Ærlig Avis"]
        assert snapshot.version(ARTICLE.article_id, "0" * 16) is None
        assert snapshot.current("0" * 24) is None
        assert (snapshot.revision, snapshot.generation, snapshot.meta["manifest"]) == (
            1,
            1,
            {"dim": 1},
        )


def test_a_snapshot_stays_as_it_is_while_others_write(record):
    put(record, ENTRY)
    with record.snapshot() as before:
        put(record, OTHER)
        with record.transaction() as transaction:
            transaction.remove([ARTICLE.article_id])
        assert before.revision == 1
        assert [row.source for row in before.listing()] == ["ships/1.html"]
        assert before.version(ARTICLE.article_id, ARTICLE.version) is not None
    with record.snapshot() as after:
        assert after.revision == record.revision() == 3
        assert [row.source for row in after.listing()] == ["other.txt"]
        left = after.raw_documents(after.article_ids())
        assert [raw.key for raw in left] == ["other.txt"]


def test_a_transaction_that_fails_leaves_nothing(record):
    def half_way():
        with record.transaction() as transaction:
            transaction.put(ENTRY, ["input"], valid_from=1)
            transaction.add_pending(["x"])
            transaction.advance()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_way()
    with record.snapshot() as snapshot:
        assert set(snapshot.counts().values()) == {0}
        assert snapshot.revision == 0


def test_the_reason_is_told_even_where_sqlite_has_rolled_back_by_itself(record):
    def fill_the_disk():
        with record.transaction() as transaction:
            transaction._db.execute("ROLLBACK")
            raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(DiskFull):
        fill_the_disk()


def test_writers_wait_for_each_other(record):
    def write(n):
        for _ in range(5):
            with record.transaction() as transaction:
                transaction.add_pending([f"{n}"])
                transaction.advance()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert record.revision() == 20
    with record.snapshot() as snapshot:
        assert snapshot.pending() == ["0", "1", "2", "3"]


def test_a_record_is_only_made_when_asked_to(tmp_path):
    missing = Database(tmp_path / "none.sqlite")
    with pytest.raises(ArchiveDamaged) as caught, missing.snapshot():
        pass
    assert caught.value.hint
    with pytest.raises(ArchiveDamaged):
        missing.revision()
    assert not missing.path.exists()


def test_chunks_are_looked_up_however_many_there_are(record):
    put(record, ENTRY)
    put(record, OTHER)
    wanted = [f"missing-{n}" for n in range(2500)] + [
        ENTRY.chunks[0].chunk_id,
        OTHER.chunks[0].chunk_id,
    ]
    with record.snapshot() as snapshot:
        assert snapshot.chunks(wanted).keys() == set(wanted[-2:])
        assert snapshot.held(wanted, Filters(publisher="æRLIG avis")).keys() == {
            ENTRY.chunks[0].chunk_id
        }
        rows = [row.row for row in snapshot.chunks(wanted).values()]
        assert snapshot.chunks_by_row([*rows, 99]) == snapshot.chunks(wanted)


def test_a_superseded_version_is_held_but_does_not_qualify(record):
    put(record, OTHER, valid_from=1_000)
    newer = entry("other.txt", "Words of a newer kind.", publisher="Post")
    put(record, newer, valid_from=2_000)
    old, new = OTHER.chunks[0].chunk_id, newer.chunks[0].chunk_id
    with record.snapshot() as snapshot:
        assert snapshot.chunks([old, new]).keys() == {old, new}
        assert snapshot.held([old, new], Filters()).keys() == {new}
        at = Filters(as_of=PartialDate.parse("1970-01-01T00:33:19Z"), include_undated=True)
        assert snapshot.held([old, new], at).keys() == {old}
        assert snapshot.current(newer.article.article_id) == (newer.article.version, 2_000)
        assert snapshot.publishers() == ["Post"]


def test_what_nothing_refers_to_is_deleted(record):
    put(record, ENTRY, names=["kept"])
    put(record, OTHER, names=["gone"])
    with record.transaction() as transaction:
        transaction.add_vectors("model", {"kept": b"12", "gone": b"34", "never": b"56"})
        transaction.remove([OTHER.article.article_id])
        transaction.sweep_vectors()
    with record.snapshot() as snapshot:
        assert snapshot.vectors(["kept", "gone", "never"], "model") == {"kept": b"12"}
        assert snapshot.vectors(["kept"], "another model") == {}
        assert snapshot.counts() == {
            "articles": 1,
            "versions": 1,
            "chunks": 1,
            "vectors": 1,
            "pending": 0,
        }
        assert snapshot.integrity_problems() == []


def test_a_read_that_changes_nothing_of_the_article_points_to_the_new_document(record):
    put(record, ENTRY)
    other = dataclasses.replace(ENTRY.raw, data=b"other bytes")
    name = raw_hash(other.media_type, other.url, other.data)
    again = dataclasses.replace(ENTRY, raw=other, raw_hash=name)
    with record.transaction() as transaction:
        transaction.point_to_raw(again)
    with record.snapshot() as snapshot:
        (kept,) = snapshot.raw_documents([ARTICLE.article_id])
        assert kept.data == b"other bytes"
        assert snapshot.counts()["versions"] == 1


def test_roots_are_remembered(record, tmp_path):
    with record.transaction() as transaction:
        transaction.add_root(tmp_path / "naïve", "papers")
        transaction.add_root(tmp_path / "naïve", "press")
    with record.snapshot() as snapshot:
        assert snapshot.roots() == {tmp_path / "naïve": "press"}


def test_vectors_become_a_matrix():
    matrix = as_matrix([b"\x00\x3c\x00\x40", b"\x00\xbc\x00\x00"], 2)
    assert matrix.tolist() == [[1.0, 2.0], [-1.0, 0.0]]
    assert str(matrix.dtype) == "float32"
