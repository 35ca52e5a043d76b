"""Corrections: what is known of an article changes, its text and its quotes do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import Outcome, ingest
from ingest.corrections import correct
from rag.errors import UsageError
from rag.model import Article, Filters, PartialDate, Query
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive, open_archive
from rag.store.writer import Change
from tests.fakes import HashingEmbedder, assert_whole

STORY = "Ferry sails again\n\nThe ferry Alma sails again on Monday. Its captain waited for calm."


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "ferry.txt").write_text(STORY, encoding="utf-8")
    return folder


@pytest.fixture
def archive(tmp_path: Path, papers: Path) -> Iterator[Archive]:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    ingest(made, [papers])
    yield made
    made.close()


def only(archive: Archive) -> Article:
    (article,) = archive.articles()
    return article


def corrected(archive: Archive, **details: object) -> Change:
    article = only(archive)
    known = {"title": article.title, "publisher": None, "published": None} | details
    return correct(archive, article.article_id, **known)  # type: ignore[arg-type]


def test_title_paper_and_date_change_and_the_text_stays(archive: Archive) -> None:
    before = only(archive)
    date = PartialDate.parse("2024-10-22")
    details = {"title": " The Alma ", "publisher": "The Post", "published": date}
    assert corrected(archive, **details) is Change.UPDATED
    after = only(archive)
    assert (after.title, after.publisher, after.published) == ("The Alma", "The Post", date)
    assert (after.article_id, after.text, after.blocks) == (
        before.article_id,
        before.text,
        before.blocks,
    )
    assert_whole(archive)


def test_a_correction_is_marked_and_survives_a_changed_file(archive: Archive, papers: Path) -> None:
    corrected(archive, publisher="The Post", published=PartialDate.parse("2024-10-22"))
    assert only(archive).stated == ("published", "publisher")
    (papers / "ferry.txt").write_text(STORY.replace("Monday", "Tuesday"), encoding="utf-8")
    ingest(archive, [papers])
    after = only(archive)
    assert "Tuesday" in after.text
    assert (after.publisher, str(after.published)) == ("The Post", "2024-10-22")
    assert after.stated == ("published", "publisher")


def test_the_earlier_version_stays_for_answers_that_quote_it(archive: Archive) -> None:
    before = only(archive)
    corrected(archive, title="The Alma")
    with archive.record.snapshot() as snapshot:
        kept = snapshot.version(before.article_id, before.version)
    assert kept is not None
    assert kept.article.title == before.title


def test_the_article_is_found_under_its_new_date_and_once(archive: Archive) -> None:
    corrected(archive, published=PartialDate.parse("2024-10-22"))
    hits = retrieve(archive, Query("ferry", Filters(since="2024-10"))).hits
    assert {hit.article.version for hit in hits} == {only(archive).version}
    assert len(retrieve(archive, Query("ferry")).hits) == len(hits)


def test_the_same_again_changes_nothing(archive: Archive) -> None:
    corrected(archive, title="The Alma")
    revision = archive.record.revision()
    assert corrected(archive, title="The Alma") is Change.UNCHANGED
    assert archive.record.revision() == revision


def test_a_correction_outlives_reading_the_same_file_again(archive: Archive, papers: Path) -> None:
    corrected(archive, title="The Alma")
    (result,) = ingest(archive, [papers]).results
    assert result.outcome is Outcome.UNCHANGED
    assert only(archive).title == "The Alma"


def test_what_cannot_be_corrected_says_why(archive: Archive) -> None:
    with pytest.raises(UsageError, match="needs a title"):
        corrected(archive, title="  ")
    with pytest.raises(UsageError, match="no longer there"):
        correct(archive, "gone", title="x", publisher=None, published=None)
