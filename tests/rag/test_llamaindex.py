"""The same chain where llama-index is at home."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rag.archive import Archive
from rag.engine import Engine
from rag.llamaindex import ArchiveRetriever, QuoteQueryEngine
from rag.model import Filters, PartialDate
from rag.reading.reader import TrainedReader
from rag.retrieve import Query, retrieve
from tests.rag.test_engine import archive  # noqa: F401  (the fixture)

QUESTION = "How many people drowned in Aldwater?"


@pytest.fixture
def engine(archive: Archive) -> Engine:  # noqa: F811
    return Engine(archive, reader=TrainedReader(), threshold=0.9)


def test_the_retriever_brings_the_archives_passages(archive: Archive) -> None:  # noqa: F811
    nodes = ArchiveRetriever(archive, k=2).retrieve(QUESTION)
    hits = retrieve(archive, Query(QUESTION, k=2)).hits
    assert [(node.node.node_id, node.score) for node in nodes] == [(hit.chunk.chunk_id, hit.score) for hit in hits]
    assert nodes[0].node.get_content() == hits[0].text
    assert nodes[0].node.metadata["publisher"] == "Aldwater Post"


def test_the_retriever_keeps_to_its_filters(archive: Archive) -> None:  # noqa: F811
    nodes = ArchiveRetriever(archive, filters=Filters(until=PartialDate.parse("2024-09"))).retrieve(QUESTION)
    assert {node.node.metadata["publisher"] for node in nodes} == {"Fennmouth Echo"}


def test_the_query_engine_answers_as_the_engine_does(engine: Engine) -> None:
    response = QuoteQueryEngine(engine).query(QUESTION)
    answer = engine.ask(QUESTION)
    assert str(response) == answer.text
    assert [node.node.get_content() for node in response.source_nodes] == [quote.text for claim in answer.claims for quote in claim.quotes]
    assert response.metadata["answer"]["claims"] == answer.to_json()["claims"]


def test_the_query_engine_works_in_an_event_loop(engine: Engine) -> None:
    response = asyncio.run(QuoteQueryEngine(engine).aquery(QUESTION))
    assert str(response) == engine.ask(QUESTION).text


def test_the_collection_opens_in_llama_indexs_own_vector_store(archive: Archive, tmp_path: Path) -> None:  # noqa: F811
    stores = pytest.importorskip("llama_index.vector_stores.chroma", reason="the extra bench is not installed")
    import chromadb
    from llama_index.core.vector_stores import VectorStoreQuery

    location, name = archive.collection(1)
    archive.close()
    client = chromadb.PersistentClient(str(location))
    store = stores.ChromaVectorStore(chroma_collection=client.get_collection(name, embedding_function=None))
    vector = archive.embedder.encode([QUESTION])[0].tolist()
    found = store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=1))
    assert found.nodes is not None
    assert "18 people drowned" in found.nodes[0].get_content()
    assert found.nodes[0].metadata["title"] == "River Dell floods Aldwater"
