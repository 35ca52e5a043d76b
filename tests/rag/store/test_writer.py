"""Laws 3 and 4: the same thing twice changes nothing, and a writer killed at any moment leaves an
archive that is whole or made whole.
"""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
import zlib
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path

import pytest

from rag.errors import ArchiveDamaged, DiskFull, SourceError
from rag.model import Filters, PartialDate, Query
from rag.quotes import Claimed, Quote, make_quote
from rag.retrieval.retrieve import retrieve
from rag.store.archive import open_archive
from rag.store.database import Database
from rag.store.vector_index import VectorIndex
from rag.store.writer import ArchiveWriter, Change
from tests.fakes import HashingEmbedder, assert_whole, entry, fill
from tests.processes import Moment, killed

NOW = 1_700_000_000  # 2023-11-14
PLACES = ("Aldwater", "Brenn", "Corrie", "Dunmoor", "Elmstead", "Fennmouth")
ARTICLES = [
    entry(
        f"{place}.txt",
        f"The harbour of {place} was closed on Monday. The mayor of {place} spoke of rust. "
        "Ferries go round it.",
        f"Traders in {place} want {n + 2} million for it. They met at the harbour. "
        "Nothing was decided.",
        title=f"{place} harbour",
        published=f"2023-0{n + 1}-10",
    )
    for n, place in enumerate(PLACES)
]
OLD, NEW = (
    entry("toll.txt", f"The harbour toll is {n} crowns.", published="2023-02-01", updated=date)
    for n, date in ((4, None), (5, "2023-06-01"))
)
OTHER = entry("other.txt", "The ferry of Brenn has a new bell.", published="2023-03-04")
SPARE = entry("spare.txt", "The harbour master keeps a heron.", published="2023-03-03")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A folder that holds an archive of seven articles, one of them in two versions."""
    folder = tmp_path_factory.mktemp("base") / "archive"
    archive = open_archive(folder, create=True, embedder=HashingEmbedder())
    fill(archive, *ARTICLES, OLD)
    fill(archive, NEW)
    archive.close()
    return folder


@pytest.fixture
def folder(base, tmp_path) -> Path:
    shutil.copytree(base, tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture
def archive(folder):
    made = open_archive(folder, embedder=HashingEmbedder())
    yield made
    made.close()


def state(archive):
    """All that a second ingest must not change, apart from the revision."""
    with archive.record.snapshot() as snapshot:
        return snapshot.counts(), snapshot.listing(), list(snapshot.all_chunks())


def hits(archive, text="harbour toll", k=100, filters=Filters()):
    return [
        (hit.chunk.chunk_id, round(hit.score, 3))
        for hit in retrieve(archive, Query(text, filters, k=k)).hits
    ]


# ---------------------------------------------------------------- law 3


def test_the_same_batch_twice_changes_nothing(archive):
    before, revision, encoded = (
        state(archive),
        archive.record.revision(),
        len(archive.embedder.model.encoded),
    )
    assert fill(archive, *ARTICLES, NEW) == [Change.UNCHANGED] * 7
    assert state(archive) == before
    assert archive.record.revision() == revision
    assert len(archive.embedder.model.encoded) == encoded
    assert_whole(archive)


def test_two_exact_copies_keep_ids_of_their_own_and_share_a_vector(archive):
    copies = [
        entry(key, "Seals were seen in the harbour mouth.", title="Seals")
        for key in ("seals.txt", "copy.txt")
    ]
    assert fill(archive, *copies) == [Change.ADDED, Change.ADDED]
    assert copies[0].article.version == copies[1].article.version
    assert archive.embedder.model.encoded == ["Seals\nSeals were seen in the harbour mouth."]
    best = retrieve(archive, Query("seals seen", k=2)).hits[0]
    found = [best.article, *best.copies]
    key = attrgetter("article_id")
    assert sorted(found, key=key) == sorted((copy.article for copy in copies), key=key)
    assert_whole(archive)


def test_an_article_changed_back_has_three_times_and_two_versions(archive):
    for moment, toll in ((NOW, OLD), (NOW + 50, NEW), (NOW + 100, OLD)):
        with ArchiveWriter(archive, now=lambda moment=moment: moment) as writer:
            writer.add([toll])
    with archive.record.snapshot() as snapshot:
        assert snapshot.current(OLD.article.article_id) == (OLD.article.version, NOW + 100)
        assert next(row.versions for row in snapshot.listing() if row.source == "toll.txt") == 2
    for at, expected in (
        ("2023-05-31", OLD),
        ("2023-06-01", NEW),
        ("2023-11-13", NEW),
        ("2023-11-14", OLD),
        ("2024", OLD),
    ):
        asked = retrieve(
            archive, Query("harbour toll", Filters(as_of=PartialDate.parse(at)), k=100)
        )
        assert [hit.article.version for hit in asked.hits if hit.article.source == "toll.txt"] == [
            expected.article.version
        ], at
    assert archive.embedder.model.encoded.count(f"{OLD.article.title}\n{OLD.article.text}") == 0, (
        "its vector was there"
    )
    assert_whole(archive)


def test_versions_follow_each_other_even_when_the_clock_goes_back(archive):
    undated = [entry("note.txt", f"The harbour note says {n}.") for n in range(3)]
    for n, note in enumerate(undated):
        with ArchiveWriter(archive, now=lambda n=n: NOW - 1000 * n) as writer:
            writer.add([note])
    with archive.record.snapshot() as snapshot:
        assert snapshot.current(undated[2].article.article_id) == (
            undated[2].article.version,
            NOW + 2,
        )


# ---------------------------------------------------------------- reclean


def better(of, text, extractor="test-2"):
    made = entry(
        of.raw.key,
        text,
        title=of.article.title,
        published="2023-02-01",
        updated="2023-06-01",
        extractor=extractor,
    )
    assert made.article.version != of.article.version
    return made


def test_a_better_reading_takes_over_the_time_and_leaves_the_old_one_to_verify(archive):
    before = archive.record.revision()
    cleaned = better(NEW, "The toll at the harbour is 5 crowns.")
    assert fill(archive, cleaned, replace=True) == [Change.UPDATED]
    assert archive.record.revision() == before + 1
    assert_whole(archive)
    for at in ("2023-06-01", "2030"):
        asked = retrieve(
            archive, Query("harbour toll", Filters(as_of=PartialDate.parse(at)), k=100)
        )
        assert [hit.article.version for hit in asked.hits if hit.article.source == "toll.txt"] == [
            cleaned.article.version
        ]
    old = NEW.article
    with archive.record.snapshot() as snapshot:
        assert isinstance(
            make_quote(snapshot, Claimed(old.article_id, old.version, 4, 11, "harbour")), Quote
        )
        assert not [row for row in snapshot.all_chunks() if old.version in row.chunk_id]
        assert [row for row in snapshot.all_chunks() if OLD.article.version in row.chunk_id], (
            "an earlier version is not touched"
        )


def test_a_better_extractor_that_reads_the_same_makes_no_version(archive):
    before = archive.record.revision()
    same = entry(
        "toll.txt",
        NEW.article.text,
        published="2023-02-01",
        updated="2023-06-01",
        extractor="test-2",
    )
    assert fill(archive, same, replace=True) == [Change.UNCHANGED]
    assert archive.record.revision() == before


def test_a_reading_that_comes_back_is_found_again(archive):
    for cleaned in (
        better(NEW, "The toll is five."),
        better(NEW, NEW.article.text, extractor="test-3"),
        better(NEW, "The toll is five."),
    ):
        fill(archive, cleaned, replace=True)
        assert_whole(archive)
        found = {
            hit.article.version
            for hit in retrieve(archive, Query("toll", k=100)).hits
            if hit.article.source == "toll.txt"
        }
        assert found == {cleaned.article.version}


# ---------------------------------------------------------------- remove and rebuild


def test_remove_takes_an_article_out_of_everything(archive):
    with archive.writer() as writer:
        writer.remove([NEW.article.article_id, "0" * 24])
    assert_whole(archive)
    with archive.record.snapshot() as snapshot:
        assert snapshot.version(OLD.article.article_id, OLD.article.version) is None
        assert snapshot.counts()["articles"] == 6
        assert len(list(snapshot.raw_documents(snapshot.article_ids()))) == 6
    assert fill(archive, NEW) == [Change.ADDED]
    assert_whole(archive)


SECRET = entry(
    "secret.txt",
    "The harbour master hid nine herons under the old customs stairs.",
    "Nobody at Wexcombe quay was ever told of the birds.",
    title="Nine herons below the stairs",
)
AGAIN = entry(
    "secret.txt",
    "The harbour master hid ten herons under the old customs stairs.",
    title="Ten herons below the stairs",
)


def test_no_file_of_the_archive_holds_a_sentence_of_a_removed_article(archive):
    fill(archive, *(entry(f"more{n}.txt", f"Ferry {n} is late.") for n in range(9)), SECRET)
    fill(archive, AGAIN)
    assert files_with_secrets(archive) == {"record.sqlite"}
    archive.remove(SECRET.article.article_id)
    assert files_with_secrets(archive) == set()
    assert_whole(archive)


def test_removing_from_an_index_of_an_earlier_release_builds_it_anew(archive):
    fill(archive, SECRET, AGAIN)
    with archive.record.transaction() as transaction:
        transaction.set_meta("textless_generation", 0)
    archive.remove(OLD.article.article_id)
    with archive.record.snapshot() as snapshot:
        assert snapshot.generation == 2
        assert not snapshot.index_has_texts
    assert_whole(archive)


def test_a_document_that_changed_without_a_new_version_leaves_nothing(archive):
    before = raw_documents(archive)
    for blanks in (1, 2, 3):
        data = SPARE.raw.data + b"\n" * blanks
        raw = dataclasses.replace(SPARE.raw, data=data)
        fill(archive, dataclasses.replace(SPARE, raw=raw, raw_hash=str(blanks)))
    archive.remove(SPARE.article.article_id)
    assert raw_documents(archive) == before


def raw_documents(archive):
    db = sqlite3.connect(archive.folder / "record.sqlite")
    count = db.execute("SELECT count(*) FROM raw").fetchone()[0]
    db.close()
    return count


def files_with_secrets(archive):
    """The names of the archive's files that hold a title, a sentence or a packed document."""
    secrets = [
        text.encode()
        for said in (SECRET, AGAIN)
        for text in (said.article.title, *said.article.text.split("\n"))
    ]
    secrets += [zlib.compress(said.raw.data, 6)[:40] for said in (SECRET, AGAIN)]
    return {
        path.name
        for path in archive.folder.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    }


def test_an_archive_that_was_emptied_answers_nothing_and_takes_new_articles(archive):
    with archive.record.snapshot() as snapshot:
        everything = [row.article_id for row in snapshot.listing()]
    with archive.writer() as writer:
        writer.remove(everything)
    assert hits(archive) == []
    assert set(state(archive)[0].values()) == {0}
    fill(archive, SPARE)
    assert len(hits(archive)) == 1
    assert_whole(archive)


def test_a_rebuild_encodes_nothing_and_finds_the_same_in_the_same_order(archive, monkeypatch):
    # More copies than either index is asked for: which of them come first is no chance.
    monkeypatch.setattr("rag.retrieval.retrieve.DEPTH", 10)
    fill(
        archive,
        *(
            entry(f"copy{n}.txt", "The harbour bell is rung at noon.", title="Bell")
            for n in range(30)
        ),
    )
    asked = ("harbour bell", "mayor of Brenn", "ferries", "toll crowns")
    before = {text: hits(archive, text, k=5) for text in asked}
    revision, encoded = archive.record.revision(), len(archive.embedder.model.encoded)
    told = []
    with archive.writer() as writer:
        done = writer.rebuild(told.append)
    assert told[-1] == done == len(state(archive)[2])
    assert archive.record.revision() == revision + 1
    assert_whole(archive)
    assert {text: hits(archive, text, k=5) for text in asked} == before
    assert len(archive.embedder.model.encoded) == encoded + len(asked), "the questions"


def test_a_writer_goes_on_in_the_indexes_that_it_rebuilt(archive):
    with archive.writer() as writer:
        writer.add([entry("before.txt", "A word before the harbour.")])
        writer.rebuild()
        writer.add([SPARE])
    assert_whole(archive)
    assert len(hits(archive, "heron")) == 9


def test_a_rebuild_makes_lost_vectors_anew_and_keeps_them(archive):
    with sqlite3.connect(archive.folder / "record.sqlite") as db:
        assert db.execute("DELETE FROM vectors").rowcount == 8
    db.close()
    with pytest.raises(ArchiveDamaged) as caught:
        hits(archive)
    assert "--rebuild" in caught.value.hint
    with archive.writer() as writer:
        writer.rebuild()
    assert len(hits(archive)) == 7
    assert_whole(archive)


def test_removing_deletes_the_replies_of_language_models_and_those_that_come_late(archive):
    kept = archive.replies_folder
    write_reply(kept)
    with archive.writer() as writer:
        writer.remove([NEW.article.article_id])
    assert not kept.exists()
    write_reply(kept)  # by a question that was asked before
    assert archive.stale_replies() == [kept]
    write_reply(archive.replies_folder)
    with archive.writer():
        pass
    assert archive.stale_replies() == []
    assert (archive.replies_folder / "ab" / "reply.json").is_file()


def write_reply(folder):
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "reply.json").write_text('{"reply": "The toll is 5 crowns."}')


# ---------------------------------------------------------------- law 4: killed


def add(folder):
    fill(
        open_archive(folder, embedder=HashingEmbedder()),
        SPARE,
        ARTICLES[0],
        entry("toll.txt", "The harbour toll is gone."),
    )


def back(folder):
    """The indexes hold these chunks already: an interrupted writer must not take them along."""
    fill(open_archive(folder, embedder=HashingEmbedder()), OLD, SPARE)


def remove(folder):
    """As a program does that does not know what an earlier run has done."""
    archive = open_archive(folder, embedder=HashingEmbedder())
    if not archive.replies_folder.exists():
        write_reply(archive.replies_folder)
    archive.remove(NEW.article.article_id, ARTICLES[1].article.article_id)


def reclean(folder):
    fill(
        open_archive(folder, embedder=HashingEmbedder()),
        better(NEW, "The toll at the harbour is 5 crowns."),
        replace=True,
    )


def rebuild(folder):
    with open_archive(folder, embedder=HashingEmbedder()).writer() as writer:
        writer.rebuild()


TRANSACTION, WRITER = "rag.store.database:Transaction", "rag.store.writer:ArchiveWriter"
CHROMA = "chromadb.api.models.Collection:Collection"
MOMENTS = [
    (add, Moment(f"{TRANSACTION}.add_vectors")),
    (add, Moment(f"{TRANSACTION}.add_pending")),
    (add, Moment("rag.store.writer:_write", "before")),
    (add, Moment(f"{CHROMA}.upsert", "before")),
    (add, Moment(f"{CHROMA}.upsert")),
    (add, Moment("rag.store.vector_index:VectorIndex.upsert")),
    (add, Moment("rag.store.lexical_index:LexicalIndex.upsert")),
    (add, Moment(f"{TRANSACTION}.put", "after", 2)),
    (add, Moment(f"{TRANSACTION}.advance")),
    (add, Moment(f"{WRITER}.add")),
    (back, Moment("rag.store.writer:_write", "before")),
    (back, Moment(f"{CHROMA}.upsert")),
    (back, Moment("rag.store.vector_index:VectorIndex.upsert")),
    (back, Moment("rag.store.lexical_index:LexicalIndex.upsert")),
    (remove, Moment(f"{TRANSACTION}.remove")),
    (remove, Moment(f"{TRANSACTION}.advance")),
    (remove, Moment(f"{WRITER}._drop_stale_replies", "before", 2)),
    (remove, Moment(f"{WRITER}.settle", "before", 2)),
    (remove, Moment(f"{CHROMA}.delete")),
    (remove, Moment("rag.store.vector_index:VectorIndex.delete")),
    (remove, Moment("rag.store.lexical_index:LexicalIndex.delete")),
    (remove, Moment(f"{TRANSACTION}.clear_pending")),
    (reclean, Moment("rag.store.lexical_index:LexicalIndex.upsert")),
    (reclean, Moment(f"{TRANSACTION}.advance")),
    (reclean, Moment(f"{WRITER}.settle", "before", 2)),
    (reclean, Moment("rag.store.vector_index:VectorIndex.delete")),
    (rebuild, Moment(f"{CHROMA}.upsert")),
    (rebuild, Moment("rag.store.lexical_index:LexicalIndex.upsert")),
    (rebuild, Moment(f"{TRANSACTION}.set_meta")),
    (rebuild, Moment(f"{TRANSACTION}.advance")),
    (rebuild, Moment(f"{WRITER}._drop_generations", "before", 2)),
    (rebuild, Moment("shutil:rmtree")),
]


@pytest.mark.parametrize(
    ("job", "moment"),
    MOMENTS,
    ids=lambda value: getattr(value, "__name__", None) or "-".join(map(str, value)),
)
def test_killed_at_any_moment_the_archive_is_consistent_and_the_next_writer_finishes(
    folder, tmp_path, job, moment
):
    archive = open_archive(folder, embedder=HashingEmbedder())
    before = dict.fromkeys(name for name, _ in hits(archive)).keys()
    archive.close()
    twin = tmp_path / "twin"
    shutil.copytree(folder, twin)
    job(twin)
    undisturbed = open_archive(twin, embedder=HashingEmbedder())
    after = dict(hits(undisturbed)).keys()

    assert killed(moment, folder, job)
    # Readers see the state before or the one after, in both indexes.
    assert dict(hits(archive)).keys() in (before, after)
    assert_held_alike(archive)
    # The next writer finishes or undoes the work; done again, it comes to the same as if nothing
    # had happened.
    with archive.writer():
        pass
    assert_whole(archive)
    assert dict(hits(archive)).keys() in (before, after)
    job(folder)
    assert_whole(archive)
    assert archive.stale_replies() == []
    assert [row[:-1] for row in state(archive)[1]] == [row[:-1] for row in state(undisturbed)[1]]
    assert state(archive)[0] == state(undisturbed)[0]
    assert dict(hits(archive)).keys() == after


def assert_held_alike(archive):
    """What a reader can see through either index is what the record holds."""
    with archive.view() as view, view.indexes() as indexes:
        everything = [row.chunk_id for row in view.snapshot.all_chunks()]
        current = view.snapshot.held(everything, Filters()).keys()
        assert view.snapshot.held(sorted(indexes.lexical.ids()), Filters()).keys() == current
        if not indexes.vectors.interrupted:
            assert view.snapshot.held(sorted(indexes.vectors.ids()), Filters()).keys() == current


def test_a_writer_killed_inside_chroma_leaves_an_index_that_nobody_trusts_until_it_is_made_anew(
    folder,
):
    archive = open_archive(folder, embedder=HashingEmbedder())
    found = hits(archive)
    assert killed(Moment(f"{CHROMA}.upsert"), folder, add)
    archive.close()
    with (
        archive.view() as view,
        view.indexes() as indexes,
        pytest.raises(ArchiveDamaged, match="killed"),
    ):
        indexes.vectors.count()
    assert hits(archive) == found, "a reader searches the record's own vectors meanwhile"
    with archive.writer() as writer:
        assert writer.add([SPARE]) == [Change.ADDED]
    assert_whole(archive)
    assert (folder / "vectors-2").is_dir()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_writer_takes_over_no_index_in_which_another_was_killed(folder, when):
    archive = open_archive(folder, embedder=HashingEmbedder())
    with archive.writer() as writer:
        writer.add([OTHER])
    assert killed(Moment(f"{CHROMA}.upsert", when), folder, add)
    with archive.writer() as writer:
        assert writer.add([SPARE]) == [Change.ADDED]
    assert_whole(archive)
    assert (folder / "vectors-2").is_dir()
    archive.close()


def test_what_an_interrupted_writer_had_encoded_is_not_encoded_again(folder):
    assert killed(Moment("rag.store.lexical_index:LexicalIndex.upsert"), folder, add)
    archive = open_archive(folder, embedder=HashingEmbedder())
    fill(archive, SPARE)
    assert archive.embedder.model.encoded == []


# ---------------------------------------------------------------- other failures


def test_a_failure_in_the_middle_leaves_the_archive_as_it_was(archive, monkeypatch):
    before = state(archive), hits(archive)
    monkeypatch.setattr(VectorIndex, "upsert", fail)
    with pytest.raises(RuntimeError):
        fill(archive, SPARE)
    monkeypatch.undo()
    assert hits(archive) == before[1]
    fill(archive)  # the next writer
    assert_whole(archive)
    with archive.record.snapshot() as snapshot:
        assert snapshot.counts() | {"vectors": 0} == before[0][0] | {"vectors": 0}


def fail(*args):
    raise RuntimeError("no more")


UNSTORABLE = {
    "half a surrogate in its source": lambda made: dataclasses.replace(
        made, raw=dataclasses.replace(made.raw, source="half \ud800.txt")
    ),
    "half a surrogate in its author": lambda made: dataclasses.replace(
        made, article=dataclasses.replace(made.article, author="\udfff")
    ),
    "a document that is no bytes": lambda made: dataclasses.replace(
        made, raw=dataclasses.replace(made.raw, data=object())
    ),
}


@pytest.mark.parametrize("fault", UNSTORABLE)
def test_an_entry_that_cannot_be_stored_leaves_no_mark_and_no_passage(archive, folder, fault):
    before, found = state(archive), hits(archive)
    more = entry("more.txt", "More words of the harbour.")
    with archive.writer() as writer:
        with pytest.raises(SourceError, match="cannot be stored"):
            writer.add([more, UNSTORABLE[fault](SPARE)])
        assert not list(folder.glob("vectors-*/writing"))
        assert_whole(archive)
        assert writer.add([more]) == [Change.ADDED], "the same writer goes on"
    assert_whole(archive)
    assert len(hits(archive)) == len(found) + 1
    with archive.writer() as writer:
        writer.remove([more.article.article_id])
    assert state(archive)[1] == before[1]


def test_work_left_by_a_failed_writer_survives_a_second_failure(archive, monkeypatch):
    monkeypatch.setattr(VectorIndex, "upsert", fail)
    with pytest.raises(RuntimeError):
        fill(archive, SPARE)
    with archive.record.snapshot() as snapshot:
        left = snapshot.pending()
    assert left == [chunk.chunk_id for chunk in SPARE.chunks]
    monkeypatch.undo()
    monkeypatch.setattr(VectorIndex, "delete", damaged)
    fill(archive, entry("more.txt", "More of the harbour."))
    with archive.record.snapshot() as snapshot:
        assert snapshot.pending() == left
    monkeypatch.undo()
    fill(archive)
    assert_whole(archive)


def damaged(*args):
    raise ArchiveDamaged("cannot be written")


def test_a_full_disk_is_an_error_with_a_hint_and_nothing_is_half_written(archive, monkeypatch):
    before, found = state(archive), hits(archive)
    connect = Database._connect

    @contextmanager
    def full(record, **options):
        with connect(record, **options) as db:
            db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")
            yield db

    monkeypatch.setattr(Database, "_connect", full)
    big = entry(
        "big.txt", *(f"Line {n} of the harbour report, number {n * n}." for n in range(400))
    )
    with pytest.raises(DiskFull, match="full") as caught:
        fill(archive, big)
    assert "Free some room" in caught.value.hint
    monkeypatch.undo()
    assert hits(archive) == found
    fill(archive)
    assert_whole(archive)
    assert state(archive) == before


def test_a_commit_that_fails_writes_nothing(archive, monkeypatch):
    before, found = state(archive), hits(archive)
    connect = sqlite3.connect

    class Full(sqlite3.Connection):
        def execute(self, sql, *args):
            if sql == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *args)

    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **options: connect(*args, factory=Full, **options)
    )
    with pytest.raises(DiskFull, match="full"):
        fill(archive, SPARE)
    monkeypatch.undo()
    assert hits(archive) == found
    assert state(archive) == before
    assert_whole(archive)
