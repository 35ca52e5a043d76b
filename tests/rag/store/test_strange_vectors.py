"""Tests that vectors without a direction or of another length are refused, and nothing is half
written.
"""

from __future__ import annotations

import numpy as np
import pytest

from ingest.pipeline import Outcome, ingest_documents
from rag.errors import ModelError
from rag.model import Query, RawDocument
from rag.retrieval.retrieve import retrieve
from rag.store.archive import open_archive
from rag.store.doctor import examine
from tests.fakes import HashingEmbedder, assert_whole, entry, fill

FERRY = entry("ferry.txt", "The ferry Alma waits for calmer water.")


class StrangeEmbedder(HashingEmbedder):
    """Gives `vector` for a text with the word "heron"; cuts all to `length`, if it is given."""

    def __init__(self, vector: float = 1.0, length: int | None = None) -> None:
        super().__init__()
        self.vector, self.length = vector, length

    def encode(self, texts):
        made = super().encode(texts)
        for row, text in enumerate(texts):
            if "heron" in text:
                made[row] = self.vector
        return made[:, : self.length]


@pytest.fixture
def embedder():
    return StrangeEmbedder()


@pytest.fixture
def archive(tmp_path, embedder):
    with open_archive(tmp_path / "archive", create=True, embedder=embedder) as made:
        yield made


def document(name):
    text = f"News of the {name}\n\nA {name} was seen at the harbour on Monday. Many came to look."
    return RawDocument("papers", f"{name}.txt", f"{name}.txt", "text/plain", text.encode())


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 1e30, 1e-30])
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_passage_without_a_direction_refuses_its_article_alone(archive, embedder, value):
    embedder.vector = value
    names = ("gull", "heron", "seal")
    report = ingest_documents(archive, map(document, names))
    assert report.count(Outcome.ADDED) == 2
    (refused,) = (item for item in report.results if item.outcome is Outcome.REFUSED)
    assert refused.source == "heron.txt"
    assert "no direction" in refused.reason
    assert_whole(archive)
    embedder.vector = 1.0
    assert ingest_documents(archive, map(document, names)).count(Outcome.ADDED) == 1
    assert_whole(archive)


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_a_question_without_a_direction_is_an_error_of_the_model(archive, embedder, value):
    fill(archive, FERRY)
    embedder.vector = value
    with pytest.raises(ModelError, match="hashing"):
        retrieve(archive, Query("the heron"))
    assert retrieve(archive, Query("the ferry")).hits


@pytest.mark.parametrize("length", [3, 0])
def test_vectors_of_another_length_are_an_error_of_the_model(archive, embedder, length):
    fill(archive, FERRY)
    revision = archive.record.revision()
    embedder.length = length
    with pytest.raises(ModelError, match="takes 64"):
        ingest_documents(archive, [document("gull")])
    with pytest.raises(ModelError, match="takes 64"):
        retrieve(archive, Query("the ferry"))
    embedder.length = None
    assert archive.record.revision() == revision
    assert_whole(archive)
    assert ingest_documents(archive, [document("gull")]).count(Outcome.ADDED) == 1


def test_whoever_encodes_gets_checked_vectors(archive, embedder):
    embedder.vector = np.nan
    vectors = archive.embedder.encode(["the ferry", "the heron"])
    assert vectors[0].any()
    assert not vectors[1].any()
    embedder.length = 3
    for texts in (["the ferry"], ["the ferry", "the heron"]):
        with pytest.raises(ModelError, match="takes 64"):
            archive.embedder.encode(texts)


def test_a_stored_vector_without_a_direction_is_found_and_made_again(archive):
    fill(archive, FERRY)
    with archive.record.transaction() as transaction:
        (row,) = transaction.all_chunks()
        identity = archive.manifest.identity
        transaction.add_vectors(identity, {row.input_hash: bytes(2 * archive.manifest.dim)})
    assert not all(finding.ok for finding in examine(archive))
    with archive.writer() as writer:
        writer.rebuild()
    assert all(finding.ok for finding in examine(archive))
    assert_whole(archive)
