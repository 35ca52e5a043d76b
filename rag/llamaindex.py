"""Joins Byline with llama-index: a retriever, a query engine, and its embeddings as an embedder.

This module imports llama-index at once: import it only where llama-index is wanted.

    from rag.llamaindex import ArchiveRetriever, QuoteQueryEngine
    engine = QuoteQueryEngine(Engine(archive))
    response = engine.query("Who did Amos Hochstein meet in Beirut?")
    response.response, response.source_nodes[0].node.get_content(), response.metadata["answer"]
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.utils import get_tokenizer
from numpy.typing import NDArray

from rag.engine import Engine
from rag.model import Article, Chunk, Filters, Query, Quote, date_text
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive

# Metadata that no language model or embedder needs to see.
_IDS = ["article_id", "version"]


class ArchiveRetriever(BaseRetriever):
    """Retrieves passages as nodes: a node has its chunk's id, and offsets in the stored article."""

    def __init__(self, archive: Archive, *, k: int = 10, filters: Filters = Filters()) -> None:
        # Without a callback manager of our own, llama-index would build its global settings.
        super().__init__(callback_manager=CallbackManager([]))
        self._archive, self._k, self._filters = archive, k, filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = retrieve(self._archive, Query(query_bundle.query_str, self._filters, self._k))
        return [_node(hit.article, hit.text, hit.chunk, hit.score) for hit in found.hits]


class QuoteQueryEngine(BaseQueryEngine):
    """Answers with a response: its text, one source node a quote, the Answer in its metadata.

    `response.metadata["answer"]` holds the Answer as JSON.
    """

    def __init__(self, engine: Engine, *, k: int = 10, filters: Filters = Filters()) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._engine, self._k, self._filters = engine, k, filters

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._engine.ask(query_bundle.query_str, filters=self._filters, k=self._k)
        nodes = [
            _node(
                quote,
                quote.text,
                Chunk(quote.article_id, quote.version, quote.start, quote.end),
                claim.confidence,
            )
            for claim in answer.claims
            for quote in claim.quotes
        ]
        metadata = {"answer": answer.to_json()}
        return Response(response=answer.text, source_nodes=nodes, metadata=metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _node(origin: Article | Quote, text: str, chunk: Chunk, score: float) -> NodeWithScore:
    """A node with flat metadata, as vector stores and prompts take it, without unknown values."""
    values = {
        "article_id": origin.article_id,
        "version": origin.version,
        "source": origin.source,
        "title": origin.title,
        "publisher": origin.publisher,
        "published": date_text(origin.published),
        "url": origin.url,
    }
    node = TextNode(
        id_=chunk.chunk_id,
        text=text,
        metadata={name: value for name, value in values.items() if value is not None},
        excluded_llm_metadata_keys=_IDS,
        excluded_embed_metadata_keys=_IDS,
        start_char_idx=chunk.start,
        end_char_idx=chunk.end,
    )
    return NodeWithScore(node=node, score=score)


class LlamaIndexEmbedder:
    """An embedding of llama-index as an embedder of archives; its name identifies the model."""

    # llama-index does not tell how much of a text its models read.
    max_tokens = 256

    def __init__(self, embedding: BaseEmbedding) -> None:
        self._embedding = embedding
        self.name = f"llama-index:{embedding.class_name()}:{embedding.model_name}"

    @property
    def identity(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:16]

    @cached_property
    def dim(self) -> int:
        return len(self._embedding.get_text_embedding("dimensions"))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, (len(texts), dim), in the order of the texts."""
        found = self._embedding.get_text_embedding_batch(list(texts)) if texts else []
        vectors = np.asarray(found, dtype=np.float32).reshape(len(texts), self.dim)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-12))
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by llama-index's own tokenizer."""
        tokenize = get_tokenizer()
        return [len(tokenize(text)) for text in texts]
