"""Why there is no answer: no articles, a filter, the language, the request, nothing near."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest import ingest
from rag.embed import DEFAULT_MODEL
from rag.engine import Engine
from rag.model import NOT_IN_ARTICLES, Filters, Hit, Kind, Notice, Reading, Status
from rag.render.layout import answer_page, nearest
from rag.store.archive import Archive, open_archive
from rag.verify import verify_answer
from tests.fakes import HashingEmbedder

ARTICLES = (
    {
        "title": "Dockers shut the port",
        "text": "Dockers shut the port of Fennmouth. Owen Tarrant runs the port.",
        "publisher": "harbour.com",
        "published": "2024-09-09",
    },
    {
        "title": "Flood in Aldwater",
        "text": "The river Dell flooded Aldwater. Mayor Anna Reyes thanked the crews.",
        "publisher": "Coast Post",
        "published": "2024-10-03",
    },
)


class Abstaining:
    """Finds that no passage answers."""

    threshold = 0.5

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        return Reading((), 1.0)


def filled(folder: Path, articles: Sequence[dict[str, str]], name: str = "hashing") -> Archive:
    rows = folder / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    made = open_archive(folder / "archive", create=True, embedder=HashingEmbedder(name))
    ingest(made, [rows])
    return made


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return filled(tmp_path, ARTICLES)


def why(archive: Archive, question: str = "Who runs the port?", **filters: str) -> str:
    answer = Engine(archive, reader=Abstaining()).ask(
        question, filters=Filters(**filters), kind=Kind.FACT
    )
    assert answer.status is Status.NOT_IN_ARTICLES
    with archive.record.snapshot() as record:
        assert all(item.ok for item in verify_answer(record, answer.to_json()))
    return answer.text


def test_without_a_reason_the_articles_do_not_say(archive: Archive) -> None:
    assert why(archive) == NOT_IN_ARTICLES


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({"publisher": "Moon"}, "No article is from Moon. Publishers: Coast Post, harbour.com."),
        ({"publisher": "Post"}, "No article is from Post. Do you mean Coast Post?"),
        ({"publisher": "harbor"}, "No article is from harbor. Do you mean harbour.com?"),
        (
            {"since": "2025"},
            "No article was published since the beginning of 2025. "
            "The articles date from 9 September 2024 to 3 October 2024.",
        ),
        (
            {"until": "2020", "publisher": "harbour"},
            "No article was published by the end of 2020. "
            "The articles date from 9 September 2024 to 3 October 2024.",
        ),
        (
            {"since": "2024-10", "publisher": "harbour"},
            "No article passes all filters together: published from October 2024, "
            "publisher harbour. "
            "The articles date from 9 September 2024 to 3 October 2024.",
        ),
    ],
)
def test_the_filter_that_leaves_nothing_is_named(
    archive: Archive, filters: dict[str, str], reason: str
) -> None:
    assert why(archive, **filters) == reason


def test_a_publisher_is_found_by_the_name_that_people_use(archive: Archive) -> None:
    answer = Engine(archive, reader=Abstaining()).ask("Who runs the port?", publisher="Harbour")
    assert {hit.article.publisher for hit in answer.passages} == {"harbour.com"}


def test_undated_articles_are_the_reason_where_there_is_no_other(tmp_path: Path) -> None:
    undated = filled(tmp_path, [{"title": "Ferry", "text": "The ferry to Skarn was late."}])
    assert why(undated, since="2024").startswith("No article has a known date")
    assert why(undated, publisher="Moon") == (
        "No article is from Moon: no article names its publisher."
    )


def test_an_empty_archive_is_a_reason(tmp_path: Path) -> None:
    empty = open_archive(tmp_path / "empty", create=True, embedder=HashingEmbedder())
    assert why(empty, since="2024").startswith("The archive is empty.")


def test_another_language_is_named_and_never_taken_for_silence(archive: Archive) -> None:
    said = why(archive, "Wer leitet den Hafen von Fennmouth?")
    assert said.startswith("The question seems to be in German.")


def test_an_article_in_another_language_is_named_as_the_reason(tmp_path: Path) -> None:
    bridge = {
        "title": "Brücke gesperrt",
        "text": "Die Brücke in Nordheim bleibt gesperrt. Die Busse fahren nicht über den Fluss.",
    }
    reason = why(filled(tmp_path, [bridge]), "How long will the bridge in Nordheim stay closed?")
    assert "Brücke gesperrt" in reason
    assert "German" in reason


def test_what_byline_does_not_do_is_named(archive: Archive) -> None:
    assert why(archive, "Write a poem about the port").startswith("Byline quotes what articles say")


class FarFromAll(HashingEmbedder):
    """Puts texts about baking at right angles to all others."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = super().encode(texts)
        for i, text in enumerate(texts):
            vectors[i, -1] = 0
            if "bake" in text:
                vectors[i] = np.eye(self.dim, dtype=np.float32)[-1]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_where_nothing_is_near_nothing_is_shown_as_near(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, ARTICLES)), encoding="utf-8")
    archive = open_archive(
        tmp_path / "archive", create=True, embedder=FarFromAll(DEFAULT_MODEL, dim=384)
    )
    ingest(archive, [rows])
    engine = Engine(archive, threshold=0.0)
    near, far = engine.ask("Who runs the port of Fennmouth?"), engine.ask("How do I bake bread?")
    assert near.text == NOT_IN_ARTICLES
    assert nearest(near)
    assert [notice.code for notice in far.notices] == ["far"]
    assert far.text == far.notices[0].message
    assert far.candidates  # kept for those who evaluate
    assert (nearest(far), answer_page(far).notes) == ([], ())


def test_a_reason_is_checked_when_an_answer_is_verified(archive: Archive) -> None:
    answer = Engine(archive, reader=Abstaining()).ask("Wer leitet den Hafen von Fennmouth?")
    assert isinstance(answer.notices[0], Notice)
    forged = answer.to_json() | {"text": "The port is run by nobody."}
    with archive.record.snapshot() as record:
        assert not all(item.ok for item in verify_answer(record, forged))
