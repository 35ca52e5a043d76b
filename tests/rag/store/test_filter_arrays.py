"""Filters as arrays: after any changes they say what the database says."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rag.errors import ArchiveDamaged
from rag.model import Filters
from rag.store.archive import open_archive
from rag.store.database import Database
from rag.store.filter_arrays import ROUNDING, FilterArrays, SharedArrays
from tests.fakes import HashingEmbedder, entry, fill

DATES = (None, "2023", "2024-03", "2024-03-10", "2024-03-10T22:30:00Z", "2025-01-01")
PUBLISHERS = (None, "Post", "POST", "CAFÉ Süd", "café süd", "Courier")
FILTERS = [
    Filters(**dates, publisher=publisher, include_undated=undated)
    for dates in (
        {},
        {"since": "2024-03-10"},
        {"until": "2024-03-10"},
        {"since": "2024", "until": "2024-03"},
        {"as_of": "2024-03-10"},
        {"as_of": "1970-01-01T00:33:20Z"},
        {"as_of": "1970-01-01T00:50:00Z", "since": "2023"},
    )
    for publisher in (None, "post", "Café SÜD", "nobody")
    for undated in (False, True)
]


@pytest.fixture
def record(tmp_path) -> Database:
    meta = {"manifest": {"archive_id": "one", "dim": 1, "identity": "fake"}}
    return Database.create(tmp_path / "record.sqlite", meta)


def change_something(record: Database, chance: random.Random, when: int) -> None:
    name = f"{chance.randrange(12)}.txt"
    made = entry(
        name,
        *(f"Line {n} of {chance.randrange(3)}." for n in range(chance.randint(1, 4))),
        published=chance.choice(DATES),
        publisher=chance.choice(PUBLISHERS),
    )
    with record.transaction() as transaction:
        held = transaction.current(made.article.article_id)
        if chance.random() < 0.3:
            transaction.remove([made.article.article_id])
        elif held is None or held.version != made.article.version:
            replace = held is not None and chance.random() < 0.3
            hashes = [f"input-{n}" for n in range(len(made.chunks))]
            transaction.put(made, hashes, valid_from=when, replace=replace)
            if replace:
                gone = transaction.unreachable_chunk_ids(made.article.article_id)
                transaction.drop_chunks(gone)
        transaction.advance()


@pytest.mark.parametrize("seed", range(6))
def test_after_any_changes_the_arrays_say_what_the_database_says(record, seed):
    chance = random.Random(seed)
    arrays = None
    for round_ in range(12):
        for n in range(chance.randint(1, 5)):
            change_something(record, chance, when=1000 * (round_ + 1) + n)
        with record.snapshot() as snapshot:
            arrays = FilterArrays.of(snapshot, arrays)
            rows = {row.row: row.version_id for row in snapshot.all_chunks()}
            assert arrays.chunk_count == len(rows)
            for filters in FILTERS:
                mask = arrays.passing(filters)
                passing = set(snapshot.version_ids(filters))
                assert set(np.flatnonzero(mask).tolist()) == passing, filters
                expected = [row for row, version in sorted(rows.items()) if version in passing]
                assert arrays.chunks_of(mask).tolist() == expected
                undated = filters.with_options(include_undated=True)
                more = len(snapshot.version_ids(undated)) - len(passing)
                if filters.as_of is None and filters.by_date and not filters.include_undated:
                    assert arrays.undated(filters) == more


def test_many_changes_are_read_anew(record, monkeypatch):
    monkeypatch.setattr("rag.store.filter_arrays._MOST_CHANGES", 1)
    chance, arrays = random.Random(0), None
    for _ in range(3):
        for when in range(1000, 1008):
            change_something(record, chance, when)
        with record.snapshot() as snapshot:
            arrays = FilterArrays.of(snapshot, arrays)
            passing = np.flatnonzero(arrays.passing(Filters())).tolist()
            assert passing == sorted(snapshot.version_ids(Filters()))


@pytest.mark.parametrize("value", ["'2024'", "x'ff'", str(2**62)])
def test_odd_rows_are_damage(record, value):
    with record.transaction() as transaction:
        made = entry("a.txt", "Words.", published="2024")
        transaction.put(made, ["input"], valid_from=1)
        transaction.advance()
        transaction._db.execute(f"UPDATE validity SET version_id = {value}")
    if value == "'2024'":
        pytest.skip("SQLite makes a number of it")
    with record.snapshot() as snapshot, pytest.raises(ArchiveDamaged):
        FilterArrays.of(snapshot, None)


def test_similarities_are_those_of_the_stored_vectors(tmp_path):
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, *(entry(f"{n}.txt", f"Boat {n} is in the harbour.") for n in range(9)))
    vector = archive.embedder.encode(["boat 3"])[0]
    shared = SharedArrays()
    with archive.record.snapshot() as snapshot:
        rows = sorted(snapshot.all_chunks(), key=lambda row: row.row)
        wanted = np.array([row.row for row in rows])
        for chosen in (wanted[2:5], wanted, wanted[:1]):
            found = dict(
                zip(chosen.tolist(), shared.similarities(snapshot, chosen, vector), strict=True)
            )
            for row in rows:
                (stored,) = snapshot.vectors([row.input_hash], archive.manifest.identity).values()
                cosine = np.frombuffer(stored, np.float16).astype(np.float32) @ vector
                if row.row in found:
                    assert found[row.row] == pytest.approx(cosine, abs=ROUNDING)
        with pytest.raises(ArchiveDamaged, match="lost the vectors of 1"):
            shared.similarities(snapshot, np.array([10_000]), vector)


def test_archives_of_one_folder_share_the_arrays_and_another_archive_there_has_its_own(tmp_path):
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, entry("a.txt", "Words."))
    twin = open_archive(tmp_path / "archive", embedder=HashingEmbedder())
    with archive.view() as one, twin.view() as other:
        assert one.filter_arrays() is other.filter_arrays()
    fill(twin, entry("b.txt", "More words."))
    with archive.view() as view:
        assert view.filter_arrays().chunk_count == 2
