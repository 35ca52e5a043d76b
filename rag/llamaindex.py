"""The archive where llama-index is at home: a retriever over `retrieve` and a query engine over `Engine`, the same chain.

In go llama-index queries; out come its nodes, and responses whose text stands on quotes that were checked. The home of llama-index's
retrieval interfaces, which this module imports at once: import it only where llama-index is wanted.

    from rag.llamaindex import ArchiveRetriever, QuoteQueryEngine
    engine = QuoteQueryEngine(Engine(archive))
    response = engine.query("Who did Amos Hochstein meet in Beirut?")
    response.response, response.source_nodes[0].node.get_content(), response.metadata["answer"]
"""

from __future__ import annotations

from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.engine import Engine
from rag.model import Answer, Filters, Hit, Query, Quote, date_text
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive


class ArchiveRetriever(BaseRetriever):
    """Byline's passages as llama-index nodes. A node's id is the chunk's, its character offsets those in the stored article."""

    def __init__(self, archive: Archive, *, k: int = 10, filters: Filters = Filters()) -> None:
        # A callback manager of our own: without one, llama-index would build its global settings.
        super().__init__(callback_manager=CallbackManager([]))
        self._archive = archive
        self._k = k
        self._filters = filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = retrieve(self._archive, Query(query_bundle.query_str, self._filters, self._k))
        return [_passage_node(hit) for hit in found.hits]


class QuoteQueryEngine(BaseQueryEngine):
    """Byline's answers as llama-index responses: the text, one source node a quote, and the whole Answer under `metadata["answer"]`."""

    def __init__(self, engine: Engine, *, k: int = 10, filters: Filters = Filters()) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._engine = engine
        self._k = k
        self._filters = filters

    def _query(self, query_bundle: QueryBundle) -> Response:
        return _response(self._engine.ask(query_bundle.query_str, filters=self._filters, k=self._k))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        import asyncio

        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _response(answer: Answer) -> Response:
    nodes = [
        _quote_node(quote, claim.confidence) for claim in answer.claims for quote in claim.quotes
    ]
    return Response(response=answer.text, source_nodes=nodes, metadata={"answer": answer.to_json()})


def _passage_node(hit: Hit) -> NodeWithScore:
    article, chunk = hit.article, hit.chunk
    metadata = _metadata(
        article_id=article.article_id,
        version=article.version,
        source=article.source,
        title=article.title,
        publisher=article.publisher,
        published=date_text(article.published),
        url=article.url,
    )
    return NodeWithScore(
        node=_node(chunk.chunk_id, hit.text, chunk.start, chunk.end, metadata), score=hit.score
    )


def _quote_node(quote: Quote, confidence: float) -> NodeWithScore:
    metadata = _metadata(
        article_id=quote.article_id,
        version=quote.version,
        source=quote.source,
        title=quote.title,
        publisher=quote.publisher,
        published=date_text(quote.published),
        url=quote.url,
    )
    name = f"{quote.article_id}.{quote.version}.{quote.start}-{quote.end}"
    return NodeWithScore(
        node=_node(name, quote.text, quote.start, quote.end, metadata), score=confidence
    )


def _metadata(**values: str | None) -> dict[str, Any]:
    """Flat metadata, as vector stores and prompts take it: what is not known is left out."""
    return {name: value for name, value in values.items() if value is not None}


def _node(name: str, text: str, start: int, end: int, metadata: dict[str, Any]) -> TextNode:
    return TextNode(id_=name, text=text, metadata=metadata, start_char_idx=start, end_char_idx=end)
