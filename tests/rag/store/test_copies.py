"""Copies are found as articles come in, across versions and removals, and cited as outlets."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model import Query
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive, open_archive
from rag.store.copies import LEAST_LIKENESS, bands, likeness, shingles
from rag.store.database import Database
from tests.fakes import HashingEmbedder, entry, fill
from tests.rag.store.test_database import make_schema_2

NOUNS = "port ferry mayor flood bridge strike vote budget court school harbour engine roof".split()
WIRE = (
    "Dockers shut the port of Fennmouth on Monday over night shifts, the union said. "
    "Some 640 dockers walked out at six in the morning and blocked the northern gate. "
    "The harbour company called the strike unlawful and asked the court in Lowick for help. "
    "Talks between both sides are to go on next week in the town hall, the mayor announced."
)


def sentences(seed: int, count: int = 12) -> list[str]:
    words = random.Random(seed)
    return [f"The {' '.join(words.choices(NOUNS, k=9))} {seed}." for _ in range(count)]


def changed(text: str, share: float, seed: int) -> str:
    """The text with that share of its words replaced."""
    made = random.Random(seed)
    words = text.split()
    for place in made.sample(range(len(words)), round(share * len(words))):
        words[place] = f"new{place}"
    return " ".join(words)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())


def clusters(archive: Archive) -> list[list[str]]:
    return [[article.key for article in group] for group in archive.copies()]


# ---------------------------------------------------------------- texts


def test_a_text_has_the_same_bands_for_ever() -> None:
    """The bands are kept in databases: another hash would find no copy of what is stored."""
    assert bands(shingles(WIRE))[:2] == [6402663951853884369, -6467956798755839446]


@given(st.text(max_size=300))
def test_equal_texts_are_alike_and_short_ones_never(text: str) -> None:
    found = shingles(text)
    assert likeness(found, found) == (1.0 if found else 0.0)
    assert len(bands(found)) == (16 if found else 0)
    assert all(-(2**63) <= band < 2**63 for band in bands(found))


def test_pairs_that_share_four_fifths_have_a_band_in_common() -> None:
    common, of_pairs = 0, 0
    for seed in range(120):
        text = " ".join(sentences(seed))
        other = changed(text, 0.035, seed)
        if likeness(shingles(text), shingles(other)) < 0.8:
            continue
        of_pairs += 1
        common += not set(bands(shingles(text))).isdisjoint(bands(shingles(other)))
    assert of_pairs >= 40
    assert common >= 0.95 * of_pairs


# ---------------------------------------------------------------- an archive


def test_near_copies_form_one_cluster_with_the_earliest_first(archive: Archive) -> None:
    fill(archive, entry("b.txt", WIRE, published="2024-10-02"))
    fill(
        archive,
        entry("a.txt", WIRE.replace("640", "460"), published="2024-10-01"),
        entry("c.txt", *sentences(1)),
        entry("d.txt", f"{WIRE} This report will be updated."),
    )
    assert likeness(shingles(WIRE), shingles(WIRE.replace("640", "460"))) >= LEAST_LIKENESS
    assert clusters(archive) == [["a.txt", "b.txt", "d.txt"]]


def test_an_article_that_is_like_two_clusters_joins_them(archive: Archive) -> None:
    whole = sentences(2, 20)
    first, last = [*whole[:18], *sentences(3, 2)], [*whole[2:], *sentences(4, 2)]
    fill(archive, entry("first", *first))
    fill(archive, entry("last", *last))
    assert clusters(archive) == []
    fill(archive, entry("whole", *whole))
    assert clusters(archive) == [["first", "last", "whole"]]


def test_an_article_is_compared_with_few_of_many_copies(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.database._MOST_COMPARED", 3)
    names = [f"copy{place}" for place in range(9)]
    for name in names:
        fill(archive, entry(name, WIRE, title=name))
    with sqlite3.connect(archive.record.path) as db:
        numbers = {version for (version,) in db.execute("SELECT cluster FROM copies")}
    assert len(numbers) == 1
    assert clusters(archive) == [names]
    archive.remove(*(article_named(archive, name) for name in ("copy0", "copy5")))
    fill(archive, entry("copy9", WIRE, title="copy9"), entry("other", *sentences(7)))
    assert clusters(archive) == [[*names[1:5], *names[6:], "copy9"]]


def article_named(archive: Archive, key: str) -> str:
    return next(article.article_id for article in archive.articles() if article.key == key)


def test_versions_of_an_article_are_no_copies_and_removed_ones_leave_nothing(
    archive: Archive,
) -> None:
    fill(archive, entry("a", WIRE))
    fill(archive, entry("a", f"{WIRE} It was a long day."))
    assert clusters(archive) == []
    fill(archive, entry("b", WIRE))
    assert clusters(archive) == [["a", "b"]]
    fill(archive, entry("b", *sentences(5)))
    assert clusters(archive) == []
    archive.remove(*(article.article_id for article in archive.articles()))
    with sqlite3.connect(archive.record.path) as db:
        assert db.execute("SELECT count(*) FROM bands").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM copies").fetchone() == (0,)


def test_an_older_archive_gets_its_clusters_when_it_is_first_written_to(archive: Archive) -> None:
    fill(archive, entry("a", WIRE), entry("b", WIRE.replace("640", "460")))
    path = archive.record.path
    make_schema_2(path)
    with Database(path).snapshot() as snapshot:
        assert snapshot.copies([1, 2], current=True) == {}
    with archive.writer():
        pass
    assert clusters(archive) == [["a", "b"]]


def test_a_copy_that_was_not_found_itself_is_an_outlet(archive: Archive) -> None:
    fill(
        archive,
        entry("a", WIRE, publisher="Post"),
        entry("b", f"{WIRE} A reader writes.", publisher="Echo", title="Another headline"),
        entry("c", *sentences(6)),
    )
    hit = retrieve(archive, Query("Who shut the port of Fennmouth?", k=1)).hits[0]
    assert {hit.article.key, *(copy.key for copy in hit.copies)} == {"a", "b"}


def test_copies_leave_room_for_other_reports(archive: Archive) -> None:
    for place in range(8):
        fill(archive, entry(f"copy{place}", changed(WIRE, 0.02, place), title=f"Copy {place}"))
    fill(archive, entry("other", "The dockers of Fennmouth have a new leader of the union."))
    hits = retrieve(archive, Query("dockers port Fennmouth union strike", k=6)).hits
    assert "other" in [hit.article.key for hit in hits[:3]]
    assert len(hits) == 6
