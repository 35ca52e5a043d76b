"""Tests what a user states of articles: options, metadata.csv, edits; and files that are gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest import Outcome, reclean
from ingest import ingest as bring_in
from ingest.extract.article import extract
from ingest.extract.stated import ARTICLE, FILE, FOLDER, checked, opened, state
from ingest.pipeline import edit
from rag.errors import UsageError
from rag.model import RawDocument
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, assert_whole

FERRY = "Ferry sails again\n\nThe ferry Alma sails again on Monday. Its captain waited long."
SCHOOL = "New school for Elmstead\n\nElmstead opens a school in May. The mayor laid a brick."
DOCUMENT = RawDocument("papers", "a.txt", "a.txt", "text/plain", FERRY.encode())


@pytest.fixture
def papers(tmp_path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY)
    (folder / "school.txt").write_text(SCHOOL)
    (folder / "rows.jsonl").write_text(json.dumps({"id": 1, "title": "T", "text": SCHOOL}))
    return folder


@pytest.fixture
def archive(tmp_path):
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    yield made
    made.close()


def publishers(archive):
    return {article.source: article.publisher for article in archive.articles()}


def only(report):
    return {result.outcome for result in report.results}


def named(archive, source):
    return next(article for article in archive.articles() if article.source == source)


def test_a_statement_replaces_what_the_document_says_of_itself():
    page = RawDocument(
        "papers", "a.json", "a.json", "application/json",
        json.dumps({"title": "A", "publisher": "B", "author": "C", "text": SCHOOL}).encode(),
    )  # fmt: skip
    stated = extract(state(page, FOLDER, {"publisher": "Norholm Gazette", "author": ""}))
    assert (stated.title, stated.publisher, stated.author) == ("A", "Norholm Gazette", None)
    assert stated.text == extract(page).text
    assert stated.article_id == extract(page).article_id


def test_the_nearer_statement_counts_more():
    document = state(DOCUMENT, ARTICLE, {"title": "by edit"})
    document = state(document, FOLDER, {"title": "of all", "author": "of all", "url": "of all"})
    document = state(document, FILE, {"title": "of the file", "author": "of the file"})
    article = extract(document)
    assert (article.title, article.author, article.url) == ("by edit", "of the file", "of all")
    assert opened(document)[0] == DOCUMENT


@pytest.mark.parametrize(
    "fields", [{"published": "soon"}, {"url": "not an address"}, {"title": " "}]
)
def test_what_cannot_be_stated(fields):
    with pytest.raises(UsageError):
        checked(fields)


def test_options_hold_for_all_articles_and_at_later_ingests(archive, papers):
    bring_in(archive, [papers], stated={"publisher": "Norholm Gazette", "published": "2019-05"})
    assert set(publishers(archive).values()) == {"Norholm Gazette"}
    assert {str(article.published) for article in archive.articles()} == {"2019-05"}
    assert only(bring_in(archive, [papers])) == {Outcome.UNCHANGED}
    (papers / "ferry.txt").write_text(FERRY.replace("Monday", "Tuesday"))
    bring_in(archive, [papers])
    assert "Tuesday" in named(archive, "ferry.txt").text
    assert set(publishers(archive).values()) == {"Norholm Gazette"}
    assert_whole(archive)


def test_metadata_beside_the_files(archive, papers):
    metadata = papers / "metadata.csv"
    metadata.write_text("file,publisher,published\nferry.txt,Quay Courier,2019-05-07\n")
    report = bring_in(archive, [papers], stated={"publisher": "Norholm Gazette"})
    assert only(report) == {Outcome.ADDED}
    assert publishers(archive) == {
        "ferry.txt": "Quay Courier",
        "school.txt": "Norholm Gazette",
        "rows.jsonl#1": "Norholm Gazette",
    }
    assert str(named(archive, "ferry.txt").published) == "2019-05-07"
    metadata.write_text("file,publisher\nferry.txt,Harbour Post\n")
    bring_in(archive, [papers])
    assert publishers(archive)["ferry.txt"] == "Harbour Post"
    assert named(archive, "ferry.txt").published is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title,publisher\na,b\n", "no column with the names of the files"),
        ("file,published\nferry.txt,soon\n", "in row 1, 'soon' is not a date"),
    ],
)
def test_metadata_that_cannot_be_used_is_refused_alone(archive, papers, text, reason):
    (papers / "metadata.csv").write_text(text)
    report = bring_in(archive, [papers])
    (refused,) = (item for item in report.results if item.outcome is Outcome.REFUSED)
    assert refused.source == "metadata.csv"
    assert reason in refused.reason
    assert report.count(Outcome.ADDED) == 3


def test_a_table_of_articles_may_be_called_metadata(archive, papers):
    (papers / "metadata.csv").write_text("title,text\nA,The bridge opened on Monday at last.\n")
    assert bring_in(archive, [papers]).count(Outcome.ADDED) == 4


def test_an_edit_stays(archive, papers):
    bring_in(archive, [papers])
    before = named(archive, "ferry.txt")
    result = edit(
        archive, before.article_id, {"title": "The Alma sails", "published": "2019-05-07"}
    )
    assert result.outcome is Outcome.UPDATED
    for again in (lambda: None, lambda: bring_in(archive, [papers]), lambda: reclean(archive)):
        again()
        after = named(archive, "ferry.txt")
        assert (after.title, str(after.published)) == ("The Alma sails", "2019-05-07")
        assert (after.text, after.article_id) == (before.text, before.article_id)
    edit(archive, before.article_id, {"published": ""})
    assert named(archive, "ferry.txt").published is None
    assert named(archive, "ferry.txt").title == "The Alma sails"
    assert_whole(archive)


def test_an_author_and_a_link_can_be_corrected_alone(archive, papers):
    bring_in(archive, [papers])
    before = named(archive, "ferry.txt")
    for fields in ({"author": "Rosa Lind"}, {"url": "https://quay.example/alma"}, {"author": ""}):
        assert edit(archive, before.article_id, fields).outcome is Outcome.UPDATED
        assert edit(archive, before.article_id, fields).outcome is Outcome.UNCHANGED
        for again in (lambda: bring_in(archive, [papers]), lambda: reclean(archive)):
            again()
            after = named(archive, "ferry.txt")
            assert {name: getattr(after, name) or "" for name in fields} == fields
    assert (after.text, after.author, after.url) == (before.text, None, "https://quay.example/alma")
    with archive.record.snapshot() as snapshot:
        assert snapshot.version(before.article_id, before.version).article == before
    assert_whole(archive)


def test_an_edit_of_nothing(archive, papers):
    bring_in(archive, [papers])
    with pytest.raises(UsageError, match="no article"):
        edit(archive, "none", {"title": "x"})


def test_files_that_are_gone_are_told_and_removed_on_demand(archive, papers):
    bring_in(archive, [papers])
    (papers / "ferry.txt").unlink()
    (papers / "rows.jsonl").unlink()
    report = bring_in(archive, [papers])
    assert [article.key for article in report.gone] == ["ferry.txt", "rows.jsonl#1"]
    assert len(archive) == 3
    assert bring_in(archive, [papers / "school.txt"]).gone == ()
    pruned = bring_in(archive, [papers], prune=True)
    assert (pruned.pruned, len(pruned.gone)) == (True, 2)
    assert [article.source for article in archive.articles()] == ["school.txt"]
    assert bring_in(archive, [papers], prune=True).gone == ()
    assert_whole(archive)


def test_files_of_another_folder_are_not_gone(archive, papers, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "x#1.txt").write_text(FERRY)
    bring_in(archive, [papers])
    assert bring_in(archive, [other]).gone == ()
    (papers / "ferry.txt").unlink()
    assert bring_in(archive, [other]).gone == ()


# ---------------------------------------------------------------- marks, language


def test_what_is_stated_is_marked_and_stays_when_the_file_changes(archive, papers):
    bring_in(archive, [papers], stated={"publisher": "Norholm Gazette"})
    edit(archive, named(archive, "ferry.txt").article_id, {"author": "Ana Brook"})
    assert named(archive, "ferry.txt").author == "Ana Brook"
    assert named(archive, "ferry.txt").stated == ("author", "publisher")
    assert named(archive, "school.txt").stated == ("publisher",)
    with archive.record.snapshot() as snapshot:
        listed = {item.source: item.stated for item in snapshot.listing()}
    assert listed == {article.source: article.stated for article in archive.articles()}
    assert only(bring_in(archive, [papers])) == {Outcome.UNCHANGED}
    (papers / "ferry.txt").write_text(FERRY.replace("Monday", "Tuesday"))
    bring_in(archive, [papers])
    assert named(archive, "ferry.txt").author == "Ana Brook"
    assert named(archive, "ferry.txt").stated == ("author", "publisher")
    assert_whole(archive)


def test_a_statement_that_repeats_the_document_is_marked_too(archive, papers):
    bring_in(archive, [papers])
    ferry = named(archive, "ferry.txt")
    assert ferry.stated == ()
    assert edit(archive, ferry.article_id, {"title": ferry.title}).outcome is Outcome.UPDATED
    assert named(archive, "ferry.txt").stated == ("title",)
    assert edit(archive, ferry.article_id, {"title": ferry.title}).outcome is Outcome.UNCHANGED
    assert_whole(archive)


@pytest.mark.parametrize(
    ("language", "date"), [("de", "2024-04-03"), ("en-US", "2024-03-04"), ("en", "2024")]
)
def test_a_stated_language_orders_day_and_month(archive, papers, language, date):
    rows = {"id": 1, "title": "T", "date": "03/04/2024", "text": SCHOOL}
    (papers / "rows.jsonl").write_text(json.dumps(rows))
    paragraphs = "".join(f"<p>{text} {text} {text}</p>" for text in (SCHOOL, FERRY))
    (papers / "page.html").write_text(
        f"<html lang=en><head><title>A school</title></head><body><article><h1>A school</h1>"
        f"<p class=date>03/04/2024</p>"
        f"{paragraphs}</article></body></html>"
    )
    bring_in(archive, [papers], stated={"language": language})
    assert str(named(archive, "rows.jsonl#1").published) == date
    assert named(archive, "rows.jsonl#1").stated == ("language",)
    if language != "en":
        assert str(named(archive, "page.html").published) == date


def test_a_language_is_a_code():
    with pytest.raises(UsageError, match="not a language"):
        checked({"language": "in German, I think"})
