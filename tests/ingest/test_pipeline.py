"""Tests the way from files to an archive: a result for each document, nothing twice."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

import ingest.pipeline
import ingest.prepare
from ingest import Outcome, reclean
from ingest import ingest as bring_in
from rag.errors import ArchiveBusy, SourceError, UsageError
from rag.model import Block, Filters, PartialDate, Query
from rag.quotes import Claimed, Quote, make_quote
from rag.retrieval.retrieve import retrieve
from rag.store.archive import open_archive
from rag.store.identity import article_id, version_of
from tests.fakes import HashingEmbedder, assert_whole

FERRY = (
    "Ferry sails again\n\nThe ferry Alma sails again on Monday. "
    "Its captain, Rosa Lind, waited for calmer water."
)
STORIES = {
    "north/ferry.txt": FERRY,
    "north/school.txt": "New school for Elmstead\n\nElmstead opens a school for 240 children in "
    "May. The mayor laid the last brick.",
    "south/frost.txt": "Frost takes the cherries\n\nGrowers in the Varn valley lost nine tenths of "
    "their cherries. Frost came twice.",
    "south/copy.txt": FERRY,
}
ROWS = [
    {
        "id": n,
        "title": f"Notice {n}",
        "published": f"2024-0{n}-01",
        "text": f"The council met {n} times about the pier. Nothing was decided then.",
    }
    for n in range(1, 6)
]


@pytest.fixture
def papers(tmp_path) -> Path:
    folder = tmp_path / "papers"
    for name, text in STORIES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    write_rows(folder, ROWS)
    return folder


def write_rows(folder, rows):
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")


@pytest.fixture
def archive(tmp_path):
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    yield made
    made.close()


def outcomes(report):
    return {result.source: str(result.outcome) for result in report.results}


def state(archive):
    with archive.record.snapshot() as snapshot:
        return (
            snapshot.counts(),
            snapshot.listing(),
            list(snapshot.all_chunks()),
            snapshot.revision,
            snapshot.roots(),
        )


def test_the_same_folder_twice_changes_nothing(archive, papers, monkeypatch):
    first = bring_in(archive, [papers])
    assert first.count(Outcome.ADDED) == len(first.results) == 9
    before, encoded = state(archive), len(archive.embedder.model.encoded)
    assert before[0]["articles"] == 9
    monkeypatch.setattr(ingest.prepare, "extract", lambda document: pytest.fail("read again"))
    told = []
    second = bring_in(archive, [papers], on_result=told.append)
    assert set(outcomes(second).values()) == {"unchanged"}
    assert told == list(second.results)
    assert [result.article_id for result in second.results] == [
        result.article_id for result in first.results
    ]
    assert state(archive) == before
    assert len(archive.embedder.model.encoded) == encoded
    assert_whole(archive)


def test_exact_copies_are_two_articles_of_one_vector(archive, papers):
    bring_in(archive, [papers])
    with archive.record.snapshot() as snapshot:
        copies = [row for row in snapshot.listing() if row.title == "Ferry sails again"]
    assert [row.source for row in copies] == ["north/ferry.txt", "south/copy.txt"]
    assert len({row.article_id for row in copies}) == 2
    assert (
        sum(text.startswith("Ferry sails again\n") for text in archive.embedder.model.encoded)
        == copies[0].chunks
    )


@pytest.mark.parametrize("inner", ["north", "north/ferry.txt", "south/../north/"])
def test_what_lies_in_a_known_root_belongs_to_it(archive, papers, inner):
    bring_in(archive, [papers])
    before = state(archive)
    assert set(outcomes(bring_in(archive, [papers / inner])).values()) == {"unchanged"}
    (papers / "north" / "new.txt").write_text(
        "A new pier\n\nThe new pier at Brenn was opened with a song on Friday.", encoding="utf-8"
    )
    (result,) = [
        r for r in bring_in(archive, [papers / "north"]).results if r.outcome is Outcome.ADDED
    ]
    assert (result.source, result.article_id) == (
        "north/new.txt",
        article_id("papers", "north/new.txt"),
    )
    assert state(archive)[4] == before[4] == {papers: "papers"}


def test_rows_go_by_their_id_and_not_by_their_place(archive, papers):
    bring_in(archive, [papers])
    encoded = len(archive.embedder.model.encoded)
    changed = [dict(ROWS[0], text=ROWS[0]["text"] + " They meet again in June."), *ROWS[1:]]
    write_rows(papers, changed[::-1])
    report = bring_in(archive, [papers])
    assert outcomes(report)["rows.jsonl#1"] == "updated"
    assert report.count(Outcome.UNCHANGED) == 8
    assert len(archive.embedder.model.encoded) == encoded + 1
    assert_whole(archive)


def test_an_article_that_changes_and_changes_back(archive, papers):
    ferry = papers / "north" / "ferry.txt"
    for text, expected in (
        (STORIES["north/ferry.txt"], "added"),
        (STORIES["north/ferry.txt"].replace("Monday", "Tuesday"), "updated"),
        (STORIES["north/ferry.txt"], "updated"),
    ):
        ferry.write_text(text, encoding="utf-8")
        assert outcomes(bring_in(archive, [ferry], collection="one")) == {"ferry.txt": expected}
        hits = retrieve(archive, Query("When does the ferry Alma sail?", k=50)).hits
        assert {hit.article.text for hit in hits} == {text.split("\n\n")[1]}
    with archive.record.snapshot() as snapshot:
        assert [row.versions for row in snapshot.listing()] == [2]
    assert_whole(archive)


def test_bytes_that_change_without_a_change_of_words_make_no_version(archive, papers):
    bring_in(archive, [papers])
    before = state(archive)
    ferry = papers / "north" / "ferry.txt"
    ferry.write_text(
        STORIES["north/ferry.txt"].replace("\n\n", "\r\n\r\n\r\n") + "  \n", encoding="utf-8"
    )
    for _ in range(2):
        assert outcomes(bring_in(archive, [ferry])) == {"north/ferry.txt": "unchanged"}
    assert state(archive) == before


def test_what_is_no_article_is_refused_with_a_reason_and_the_others_go_on(archive, papers):
    (papers / "empty.txt").write_bytes(b"")
    (papers / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (papers / "broken.jsonl").write_text('{"text": "half', encoding="utf-8")
    report = bring_in(archive, [papers])
    refused = {
        result.source.split("#")[0]: result.reason
        for result in report.results
        if result.outcome is Outcome.REFUSED
    }
    assert refused.keys() == {"empty.txt", "binary.txt", "broken.jsonl"}
    assert all(refused.values())
    assert report.count(Outcome.ADDED) == 9
    assert_whole(archive)


def test_a_target_that_is_not_there_leaves_no_trace_of_the_others(archive, papers, tmp_path):
    before = state(archive)
    with pytest.raises(UsageError):
        bring_in(archive, [papers, tmp_path / "nowhere"])
    assert state(archive) == before
    assert bring_in(archive, [papers]).count(Outcome.ADDED) == 9


def test_an_ingest_that_is_stopped_keeps_what_it_reported(archive, papers, monkeypatch):
    monkeypatch.setattr(ingest.pipeline, "_BATCH_CHARS", 1)
    reported = []

    def stop_after_four(result):
        reported.append(result)
        if len(reported) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(archive, [papers], on_result=stop_after_four)
    with archive.record.snapshot() as snapshot:
        assert {row.article_id for row in snapshot.listing()} == {
            result.article_id for result in reported
        }
    encoded = len(archive.embedder.model.encoded)
    report = bring_in(archive, [papers])
    assert (report.count(Outcome.UNCHANGED), report.count(Outcome.ADDED)) == (4, 5)
    texts = archive.embedder.model.encoded
    assert len(texts) == len(set(texts)) > encoded, "nothing encoded twice"
    assert_whole(archive)


def test_batches_do_not_matter(archive, papers, tmp_path, monkeypatch):
    bring_in(archive, [papers])
    monkeypatch.setattr(ingest.pipeline, "_BATCH_CHARS", 1)
    other = open_archive(tmp_path / "other", create=True, embedder=HashingEmbedder())
    bring_in(other, [papers])
    assert state(other)[0] == state(archive)[0]
    assert state(other)[1] == state(archive)[1]
    assert {row.chunk_id: row.input_hash for row in state(other)[2]} == {
        row.chunk_id: row.input_hash for row in state(archive)[2]
    }


def test_a_folder_that_moved_with_its_archive_known_by_name(archive, papers, tmp_path):
    bring_in(archive, [papers])
    (tmp_path / "elsewhere").mkdir()
    moved = Path(shutil.move(papers, tmp_path / "elsewhere" / "papers"))
    assert set(outcomes(bring_in(archive, [moved])).values()) == {"unchanged"}


def test_titles_of_any_length_leave_passages_their_room(archive, tmp_path):
    rows = tmp_path / "titles" / "rows.jsonl"
    rows.parent.mkdir()
    title = " ".join("a" * 60)
    rows.write_text(
        json.dumps({"title": title, "text": "The pier at Brenn was opened with a song. " * 30}),
        encoding="utf-8",
    )
    assert outcomes(bring_in(archive, [rows])) == {"rows.jsonl#1": "added"}
    with archive.record.snapshot() as snapshot:
        (row,) = snapshot.listing()
        assert row.chunks > 1
        stored = snapshot.version(row.article_id, row.version)
        covered = [(chunk.start, chunk.end) for chunk in snapshot.all_chunks()]
    assert (min(covered)[0], max(end for _, end in covered)) == (0, len(stored.article.text))


def test_passages_are_as_long_as_the_archive_was_made_for(papers, tmp_path):
    for tokens in (32, 64):
        archive = open_archive(
            tmp_path / f"archive-{tokens}",
            create=True,
            embedder=HashingEmbedder(),
            chunk_tokens=tokens,
        )
        (papers / "long.txt").write_text(
            "Long\n\n" + "The council met about the old pier again today. " * 20, encoding="utf-8"
        )
        bring_in(archive, [papers])
        assert max(archive.embedder.count_tokens(archive.embedder.model.encoded)) <= tokens - 2
        assert_whole(archive)


def test_only_one_ingest_at_a_time(archive, papers):
    with archive.writer(), pytest.raises(ArchiveBusy):
        bring_in(archive, [papers])


def test_reclean_reads_the_kept_documents_again(archive, papers, monkeypatch):
    bring_in(archive, [papers])
    shutil.rmtree(papers)
    before = state(archive)
    assert set(outcomes(reclean(archive)).values()) == {"unchanged"}
    assert state(archive) == before

    extract = ingest.prepare.extract

    def better(document):
        """As if a better extractor found out that a caption was glued to the text."""
        article = extract(document)
        text = article.text.replace(" Frost came twice.", "")
        version = version_of(
            text=text,
            title=article.title,
            publisher=article.publisher,
            published=article.published,
            updated=article.updated,
            extractor="test-2",
        )
        return dataclasses.replace(
            article, text=text, blocks=(Block(0, len(text)),), version=version, extractor="test-2"
        )

    with archive.record.snapshot() as snapshot:
        old = next(row for row in snapshot.listing() if row.source == "south/frost.txt")
    monkeypatch.setattr(ingest.prepare, "extract", better)
    report = reclean(archive)
    assert {source for source, outcome in outcomes(report).items() if outcome != "unchanged"} == {
        "south/frost.txt"
    }
    assert_whole(archive)
    assert state(archive)[3] == before[3] + 1
    hits = retrieve(archive, Query("Frost took cherries in the Varn valley", k=50)).hits
    assert not any("twice" in hit.text for hit in hits)
    assert hits[0].article.source == "south/frost.txt"
    with archive.record.snapshot() as snapshot:
        stored = snapshot.version(old.article_id, old.version)
        start = stored.article.text.index("Frost came")
        assert isinstance(
            make_quote(
                snapshot, Claimed(old.article_id, old.version, start, start + 10, "Frost came")
            ),
            Quote,
        )


def test_reclean_leaves_alone_what_it_can_no_longer_read(archive, papers, monkeypatch):
    bring_in(archive, [papers])
    before = state(archive)

    def picky(document):
        raise SourceError(f"{document.source} is not to our taste")

    monkeypatch.setattr(ingest.prepare, "extract", picky)
    report = reclean(archive)
    assert report.count(Outcome.REFUSED) == 9
    assert state(archive) == before


def test_dates_of_rows_reach_the_filters(archive, papers):
    bring_in(archive, [papers])
    asked = retrieve(
        archive, Query("council pier", Filters(until=PartialDate.parse("2024-02")), k=50)
    )
    assert {hit.article.source for hit in asked.hits} == {"rows.jsonl#1", "rows.jsonl#2"}
    assert asked.undated == 4
