"""The same chain where llama-index is at home."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.agent.workflow import ReActAgent
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from llama_index.core.schema import MetadataMode
from llama_index.core.tools import QueryEngineTool
from pydantic import Field

from rag.engine import Engine
from rag.llamaindex import ArchiveRetriever, QuoteQueryEngine
from rag.model import Filters, PartialDate
from rag.reading.reader import TrainedReader
from rag.retrieval.retrieve import Query, retrieve
from rag.store.archive import Archive
from tests.fakes import FirstSentences, stated
from tests.rag.test_engine import archive  # noqa: F401  (the fixture)

QUESTION = "How many people drowned in Aldwater?"
WHERE = "In which town did 18 people drown?"


@pytest.fixture
def engine(archive: Archive) -> Engine:  # noqa: F811
    return Engine(archive, reader=TrainedReader(), threshold=0.9)


def test_the_retriever_brings_the_archives_passages(archive: Archive) -> None:  # noqa: F811
    nodes = ArchiveRetriever(archive, k=2).retrieve(QUESTION)
    hits = retrieve(archive, Query(QUESTION, k=2)).hits
    assert [(node.node.node_id, node.score) for node in nodes] == [
        (hit.chunk.chunk_id, hit.score) for hit in hits
    ]
    assert nodes[0].node.get_content() == hits[0].text
    assert nodes[0].node.metadata["publisher"] == "Aldwater Post"


def test_no_ids_are_shown_to_a_language_model_or_embedder(archive: Archive) -> None:  # noqa: F811
    node = ArchiveRetriever(archive, k=1).retrieve(QUESTION)[0].node
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        seen = node.get_content(mode)
        assert "Aldwater Post" in seen
        assert node.metadata["article_id"] not in seen
        assert node.metadata["version"] not in seen


def test_the_retriever_keeps_to_its_filters(archive: Archive) -> None:  # noqa: F811
    nodes = ArchiveRetriever(archive, filters=Filters(until=PartialDate.parse("2024-09"))).retrieve(
        QUESTION
    )
    assert {node.node.metadata["publisher"] for node in nodes} == {"Fennmouth Echo"}


def test_the_query_engine_answers_as_the_engine_does(engine: Engine) -> None:
    response = QuoteQueryEngine(engine).query(QUESTION)
    answer = engine.ask(QUESTION)
    assert str(response) == answer.text
    assert [node.node.get_content() for node in response.source_nodes] == [
        quote.text for claim in answer.claims for quote in claim.quotes
    ]
    assert response.metadata["answer"]["claims"] == answer.to_json()["claims"]


def test_the_query_engine_works_in_an_event_loop(engine: Engine) -> None:
    response = asyncio.run(QuoteQueryEngine(engine).aquery(QUESTION))
    assert str(response) == engine.ask(QUESTION).text


def test_the_collection_opens_in_llama_indexs_own_vector_store(
    archive: Archive,  # noqa: F811
    tmp_path: Path,
) -> None:
    stores = pytest.importorskip(
        "llama_index.vector_stores.chroma", reason="the extra bench is not installed"
    )
    import chromadb
    from llama_index.core.vector_stores import VectorStoreQuery

    location, name = archive.collection(1)
    vector = archive.embedder.encode([QUESTION])[0].tolist()
    archive.close()
    client = chromadb.PersistentClient(str(location))
    store = stores.ChromaVectorStore(
        chroma_collection=client.get_collection(name, embedding_function=None)
    )
    found = store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=1))
    assert found.nodes is not None
    # The collection holds no text: its metadata say where the text stands in the archive.
    place = found.nodes[0].metadata
    article = archive.get(place["article_id"])
    assert article is not None
    assert article.title == "River Dell floods Aldwater"
    assert "18 people drowned" in article.text[place["start"] : place["end"]]


# ---------------------------------------------------------------- with models of llama-index


class Scripted(CustomLLM):
    """Any LLM of llama-index, which says what it is given, one reply a request."""

    replies: list[str]
    told: list[str] = Field(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted-llm", is_chat_model=False)

    def complete(self, prompt: str, formatted: bool = False, **_: object) -> CompletionResponse:
        self.told.append(prompt)
        return CompletionResponse(text=self.replies[min(len(self.told), len(self.replies)) - 1])

    def stream_complete(
        self, prompt: str, formatted: bool = False, **_: object
    ) -> CompletionResponseGen:
        text = self.complete(prompt).text
        yield from (CompletionResponse(text=text[: i + 1], delta=text[i]) for i in range(len(text)))


class Remembered(BaseEventHandler):
    """Keeps the names of the events that fired."""

    names: list[str] = Field(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        return "Remembered"

    def handle(self, event: BaseEvent, **_: object) -> None:
        self.names.append(type(event).__name__)


@pytest.fixture
def fired() -> Iterator[list[str]]:
    handler = Remembered(names=[])
    dispatcher = get_dispatcher()
    dispatcher.add_event_handler(handler)
    yield handler.names
    dispatcher.event_handlers.remove(handler)


DROWNED = "In Aldwater 18 people drowned."
REPLY = stated((["1.2"], DROWNED))


def test_any_llm_of_llama_index_writes_and_the_usual_events_fire(
    archive: Archive,  # noqa: F811
    fired: list[str],
) -> None:
    llm = Scripted(replies=[REPLY])
    response = QuoteQueryEngine(Engine(archive, reader=FirstSentences(), llm=llm)).query(WHERE)
    assert str(response).startswith(DROWNED)
    assert response.metadata["answer"]["mode"] == "llm:scripted-llm"
    first = response.source_nodes[0].node.get_content()
    assert first == "In Aldwater 18 people drowned in the flood."
    ArchiveRetriever(archive).retrieve(QUESTION)
    assert {"QueryStartEvent", "QueryEndEvent", "RetrievalStartEvent", "RetrievalEndEvent"} <= set(
        fired
    )
    assert {name for name in fired if name.startswith("LLM")} != set()


def test_the_query_engine_is_a_tool_of_an_agent(archive: Archive) -> None:  # noqa: F811
    writer = Scripted(replies=[REPLY], told=[])
    engine = Engine(archive, reader=FirstSentences(), llm=writer)
    tool = QueryEngineTool.from_defaults(
        QuoteQueryEngine(engine),
        name="news",
        description="Answers from news articles, with quotes.",
    )
    asks = f'Thought: I need the news.\nAction: news\nAction Input: {{"input": "{QUESTION}"}}'
    mind = Scripted(
        replies=[asks, "Thought: I can answer without using any more tools.\nAnswer: 18 people."],
        told=[],
    )

    async def run() -> str:
        return str(
            await ReActAgent(tools=[tool], llm=mind, streaming=False).run("How many drowned?")
        )

    assert asyncio.run(run()) == "18 people."
    assert DROWNED in mind.told[1]
    assert len(writer.told) == 1
