"""The plain LlamaIndex pipeline, to be scored and timed beside Byline.

It is LlamaIndex as its documentation begins: SentenceSplitter, HuggingFaceEmbedding, a
VectorStoreIndex over Chroma, no language model. It uses the same embedding model as Byline.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.run.runfile import plain_answer
from eval.run.systems import DEFAULT_K, Ask, needed
from eval.scoring.answer import AnswerJson
from rag.errors import UsageError
from rag.model import Article, Block, Filters

if TYPE_CHECKING:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import Document, NodeWithScore

    from rag.store.archive import Archive

CHUNK_SIZE = 256
CHUNK_OVERLAP = 20
_COLLECTION = "nodes"


class PlainIndex:
    """The index of the plain pipeline, kept in a folder.

    :param model: the folder of the embedding model.
    :raises UsageError: if LlamaIndex's integrations are not installed.
    """

    def __init__(self, folder: Path, model: Path) -> None:
        try:
            from chromadb import PersistentClient
            from chromadb.config import Settings
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
            from llama_index.vector_stores.chroma import ChromaVectorStore
        except ImportError as error:
            raise UsageError(
                f"the LlamaIndex pipeline is not installed: {error}",
                hint="pip install 'byline[bench]'",
            ) from error
        client = PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        self._done = folder.with_name(f"{folder.name}.done")
        # An index whose making was interrupted is made anew.
        if not self.complete and _COLLECTION in [item.name for item in client.list_collections()]:
            client.delete_collection(_COLLECTION)
        self._store = ChromaVectorStore(
            chroma_collection=client.get_or_create_collection(_COLLECTION, embedding_function=None)
        )
        self._model = HuggingFaceEmbedding(model_name=str(model), device="cpu")

    @property
    def complete(self) -> bool:
        """Whether `finish` has marked the index as complete."""
        return self._done.exists()

    def add(self, documents: Sequence[Document]) -> None:
        """Splits and embeds documents, and stores their nodes."""
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        VectorStoreIndex.from_documents(
            documents,
            storage_context=StorageContext.from_defaults(vector_store=self._store),
            embed_model=self._model,
            transformations=[SentenceSplitter(chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP)],
        )

    def finish(self) -> None:
        """Marks the index as complete."""
        self._done.touch()

    def retrieve(self, question: str, k: int) -> list[NodeWithScore]:
        """The `k` nodes most like the question, best first."""
        return self._index.as_retriever(similarity_top_k=k).retrieve(question)

    @cached_property
    def _index(self) -> VectorStoreIndex:
        from llama_index.core import VectorStoreIndex

        return VectorStoreIndex.from_vector_store(self._store, embed_model=self._model)


@dataclass(frozen=True, slots=True)
class LlamaIndexBaseline:
    """The plain pipeline as a System, over an archive's clean articles with their titles.

    Its answer is its best node; its passages are the best `k`, its candidates their sentences in
    order. It never abstains and ignores dates. Offsets are given where a node's text stands in its
    article exactly once.
    """

    k: int = DEFAULT_K

    @property
    def name(self) -> str:
        return "llamaindex"

    @property
    def settings(self) -> Mapping[str, object]:
        return {"retrieve.k": self.k, "chunk_size": CHUNK_SIZE, "chunk_overlap": CHUNK_OVERLAP}

    def over(self, archive: Archive | None) -> Ask:
        from rag.embed import LocalEmbedder

        held = needed(archive, self.name)
        with held.record.snapshot() as record:
            stored = [record.version(item.article_id, item.version) for item in record.listing()]
        articles = {item.article.article_id: item.article for item in stored if item is not None}
        name = f"{held.folder.name}-llamaindex-{CHUNK_SIZE}-{CHUNK_OVERLAP}"
        model = LocalEmbedder(held.manifest.model).folder
        index = PlainIndex(held.folder.with_name(name), model)
        if not index.complete:
            index.add(_documents(articles))
            index.finish()

        def ask(question: str, _: Filters) -> AnswerJson:
            start = time.perf_counter()
            nodes = [ArticleNode.of(node, articles) for node in index.retrieve(question, self.k)]
            return _answer(question, nodes, 1e3 * (time.perf_counter() - start))

        return ask


def _documents(articles: Mapping[str, Article]) -> list[Document]:
    from llama_index.core import Document

    return [
        Document(
            text=article.text,
            doc_id=name,
            metadata={"title": article.title, "article_id": name},
            excluded_embed_metadata_keys=["article_id"],
            excluded_llm_metadata_keys=["article_id"],
        )
        for name, article in articles.items()
    ]


class ArticleNode(NamedTuple):
    """A retrieved node: its text, its article, and where it begins there, if that is known."""

    text: str
    article: Article
    start: int | None
    score: float

    @classmethod
    def of(cls, found: NodeWithScore, articles: Mapping[str, Article]) -> ArticleNode:
        text, article = found.node.get_content(), articles[found.node.metadata["article_id"]]
        start = article.text.find(text)
        once = start >= 0 and article.text.find(text, start + 1) < 0
        return cls(text, article, start if once else None, float(found.score or 0.0))

    def excerpt(self, start: int, end: int) -> dict[str, Any]:
        """The node's text from `start` to `end`, with its place in the article as Answer JSON."""
        place = {} if self.start is None else {"start": self.start + start, "end": self.start + end}
        return {
            "article_id": self.article.article_id,
            "version": self.article.version,
            "source": self.article.source,
            **place,
            "text": self.text[start:end],
        }

    def sentences(self) -> list[dict[str, Any]]:
        """The node's sentences as candidates."""
        from ingest.segment.sentences import sentences

        lines = [Block(*match.span()) for match in re.finditer(r"[^\n]+", self.text)]
        found = sentences(self.text, lines)
        return [{**self.excerpt(item.start, item.end), "score": self.score} for item in found]


def _answer(question: str, nodes: Sequence[ArticleNode], retrieve_ms: float) -> AnswerJson:
    passages = [
        {**node.excerpt(0, len(node.text)), "rank": rank, "score": node.score}
        for rank, node in enumerate(nodes, start=1)
    ]
    claims = [
        {
            "text": node.text,
            "quotes": [{**node.excerpt(0, len(node.text)), "title": node.article.title}],
        }
        for node in nodes[:1]
    ]
    return plain_answer(
        {
            "schema": 1,
            "question": question,
            "status": "answered" if nodes else "not_in_articles",
            "mode": "llamaindex",
            "text": nodes[0].text if nodes else "",
            "confidence": None,
            "claims": claims,
            "candidates": [sentence for node in nodes for sentence in node.sentences()],
            "passages": passages,
            "timings_ms": {"retrieve": retrieve_ms},
        }
    )
