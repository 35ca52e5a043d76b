"""The Python API: articles from memory, filters as people write them, conversations."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest
from llama_index.core import Document, MockEmbedding

from ingest import Outcome
from rag import Engine, open_archive
from rag.errors import ArchiveNotFound, UsageError
from tests.fakes import FirstSentences, HashingEmbedder

BRIDGE = {"title": "Bridge shut", "text": "The bridge was shut on Monday. It is old."}
FERRY = {"title": "Ferry", "text": "The ferry sails again. It is free.", "publisher": "Post"}


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "archive"
    with open_archive(folder, create=True, embedder=HashingEmbedder()) as opened:
        yield opened


def test_an_article_from_memory_is_added_once(archive):
    first = archive.add(**BRIDGE, published="2024-10-22", url="https://example.org/bridge")
    again = archive.add(**BRIDGE, published="2024-10-22", url="https://example.org/bridge")
    assert (first.outcome, again.outcome) == (Outcome.ADDED, Outcome.UNCHANGED)
    assert len(archive) == 1
    stored = archive.get(first.article_id)
    assert (stored.title, stored.url) == ("Bridge shut", "https://example.org/bridge")
    assert str(stored.published) == "2024-10-22"
    assert stored.text == "The bridge was shut on Monday. It is old."


def test_the_same_key_with_other_text_is_a_new_version(archive):
    archive.add(**BRIDGE, key="bridge")
    changed = archive.add(title="Bridge open", text="The bridge is open again.", key="bridge")
    assert changed.outcome is Outcome.UPDATED
    assert [article.title for article in archive.articles()] == ["Bridge open"]


def test_many_are_added_with_a_result_each(archive):
    document = Document(
        text="The mayor resigned on Friday. Nobody knows why.",
        metadata={"title": "Mayor resigns", "publisher": "Ledger", "published": "2024-05"},
        id_="mayor",
    )
    results = archive.add_many([BRIDGE, {"title": "Empty", "text": ""}, document])
    assert [result.outcome for result in results] == ["added", "refused", "added"]
    assert results[1].reason
    assert archive.publishers() == ["Ledger"]


@pytest.mark.parametrize(
    "published", ["2024-10-22", date(2024, 10, 22), datetime(2024, 10, 22, 8, tzinfo=UTC)]
)
def test_dates_are_strings_dates_or_datetimes(archive, published):
    archive.add(**BRIDGE, published=published)
    assert len(list(archive.articles(since=date(2024, 10, 22), until="2024-10"))) == 1
    assert list(archive.articles(since="2024-11")) == []


def test_a_wrong_date_adds_nothing(archive):
    with pytest.raises(ValueError, match="not a date"):
        archive.add_many([BRIDGE, FERRY | {"published": "soon"}])
    assert len(archive) == 0


def test_articles_are_filtered_and_removed(archive):
    added = archive.add(**FERRY)
    archive.add(**BRIDGE)
    assert [article.title for article in archive.articles(publisher="post")] == ["Ferry"]
    archive.remove(added.article_id)
    assert archive.get(added.article_id) is None
    archive.remove(added.article_id)
    with pytest.raises(UsageError, match="no article"):
        archive.remove("0" * 24)


def test_an_engine_takes_filters_one_by_one(archive):
    archive.add(**BRIDGE, published="2024-10-22")
    engine = Engine(archive, reader=FirstSentences())
    assert engine.ask("What of the bridge?", since="2024").claims
    assert not engine.ask("What of the bridge?", since=date(2025, 1, 1)).claims
    assert [hit.article.title for hit in engine.search("bridge", until="2024")] == ["Bridge shut"]
    with pytest.raises(ValueError, match="not a date"):
        engine.ask("What of the bridge?", since="soon")
    answer = asyncio.run(engine.aask("What of the bridge?", since="2024"))
    assert answer.quotes[0].title == "Bridge shut"


def test_a_conversation_remembers_its_turns(archive):
    archive.add(title="Port", text="Owen Tarrant runs the port. He replaced Ruth Ellery.")
    chat = Engine(archive, reader=FirstSentences()).chat()
    chat.ask("Who runs the port?")
    assert chat.ask("and why?").asked_as != "and why?"
    assert [turn.typed for turn in chat.history] == ["Who runs the port?", "and why?"]


def test_an_answer_prints_itself(archive):
    archive.add(**FERRY, published="2024-03-01")
    answer = Engine(archive, reader=FirstSentences()).ask("Does the ferry sail?")
    assert "The ferry sails again." in str(answer)
    assert "Post" in str(answer)
    assert "he ferry sails again" in answer.to_markdown()
    assert answer._repr_html_().startswith("<")


def test_html_of_an_article_is_escaped_in_a_notebook(archive):
    archive.add(title="<b>Bold</b>", text="The <script>alert(1)</script> ferry sails again today.")
    html = Engine(archive, reader=FirstSentences()).ask("Does the ferry sail?")._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html


def test_an_embedding_of_llama_index_embeds(tmp_path):
    folder, embedding = tmp_path / "archive", MockEmbedding(embed_dim=8)
    with open_archive(folder, create=True, embedder=embedding) as archive:
        archive.add(**BRIDGE)
        assert archive.manifest.dim == 8
    with open_archive(folder, embedder=embedding) as archive:
        assert [hit.article.title for hit in Engine(archive).search("bridge")] == ["Bridge shut"]


def test_there_is_no_archive_until_one_is_made(tmp_path):
    with pytest.raises(ArchiveNotFound):
        open_archive(tmp_path / "nowhere")
