"""The plain LlamaIndex pipeline as a System, to be scored beside Byline over the same articles with the same embedding model.

In go an archive's clean articles; out comes an Ask. llama-index and chromadb are imported when it is first asked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.run.runfile import plain_answer
from eval.run.systems import DEFAULT_K, Ask, needed
from eval.scoring.score import AnswerJson
from rag.errors import UsageError
from rag.model import Article, Block, Filters

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeWithScore, TextNode

    from rag.store.archive import Archive


@dataclass(frozen=True, slots=True)
class PlainLlamaIndex:
    """LlamaIndex as its documentation begins: SentenceSplitter, HuggingFaceEmbedding, a VectorStoreIndex over Chroma, no language model.

    It is given the archive's clean articles, with the title as metadata, and the same embedding model. Its answer is its best node;
    passages are the best `k`, candidates their sentences in order. It never abstains and knows no dates. Offsets are given where the
    node's text stands in its article exactly once.
    """

    k: int = DEFAULT_K
    chunk_size: int = 256
    chunk_overlap: int = 20

    @property
    def name(self) -> str:
        return "llamaindex"

    @property
    def settings(self) -> Mapping[str, object]:
        return {
            "retrieve.k": self.k,
            "chunk_size": self.chunk_size,
            "chunk_overlap": self.chunk_overlap,
        }

    def over(self, archive: Archive | None) -> Ask:
        held = needed(archive, self.name)
        with held.record.snapshot() as record:
            named = [(item.article_id, item.version) for item in record.listing()]
            stored = [record.version(*names) for names in named]
        articles = {item.article.article_id: item.article for item in stored if item is not None}
        retriever = self._retriever(held, articles)

        def ask(question: str, _: Filters) -> AnswerJson:
            start = time.perf_counter()
            nodes = retriever.retrieve(question)
            return _answer_of_nodes(
                question,
                [_Node.of(node, articles) for node in nodes],
                1e3 * (time.perf_counter() - start),
            )

        return ask

    def _retriever(self, archive: Archive, articles: Mapping[str, Article]) -> BaseRetriever:
        """Over the index beside the archive, which is filled the first time."""
        try:
            from chromadb import PersistentClient
            from chromadb.config import Settings
            from llama_index.core import StorageContext, VectorStoreIndex
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
            from llama_index.vector_stores.chroma import ChromaVectorStore
        except ImportError as error:
            raise UsageError(
                f"the LlamaIndex pipeline is not installed: {error}",
                hint="pip install 'byline[bench]'",
            ) from error
        from rag.embed import LocalEmbedder

        folder = archive.folder.with_name(
            f"{archive.folder.name}-llamaindex-{self.chunk_size}-{self.chunk_overlap}"
        )
        done = folder.with_name(f"{folder.name}.done")
        client = PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        if not done.exists() and any(found.name == "nodes" for found in client.list_collections()):
            client.delete_collection("nodes")
        store = ChromaVectorStore(
            chroma_collection=client.get_or_create_collection("nodes", embedding_function=None)
        )
        model = HuggingFaceEmbedding(model_name=str(LocalEmbedder(archive.manifest.model).folder))
        if not done.exists():
            storage = StorageContext.from_defaults(vector_store=store)
            VectorStoreIndex(self._nodes(articles), storage_context=storage, embed_model=model)
            done.touch()
        index = VectorStoreIndex.from_vector_store(store, embed_model=model)
        return index.as_retriever(similarity_top_k=self.k)

    def _nodes(self, articles: Mapping[str, Article]) -> list[TextNode]:
        from llama_index.core import Document
        from llama_index.core.node_parser import SentenceSplitter

        documents = [
            Document(
                text=article.text,
                doc_id=name,
                metadata={"title": article.title, "article_id": name},
                excluded_embed_metadata_keys=["article_id"],
                excluded_llm_metadata_keys=["article_id"],
            )
            for name, article in articles.items()
        ]
        splitter = SentenceSplitter(chunk_size=self.chunk_size, chunk_overlap=self.chunk_overlap)
        nodes: list[Any] = splitter.get_nodes_from_documents(documents)
        return nodes


class _Node(NamedTuple):
    """A retrieved node: its words, their article, and where they begin in it, where that is known."""

    text: str
    article: Article
    start: int | None
    score: float

    @classmethod
    def of(cls, found: NodeWithScore, articles: Mapping[str, Article]) -> _Node:
        text, article = found.node.get_content(), articles[found.node.metadata["article_id"]]
        start = article.text.find(text)
        once = start >= 0 and article.text.find(text, start + 1) < 0
        return cls(text, article, start if once else None, float(found.score or 0.0))

    def span(self, start: int, end: int) -> dict[str, Any]:
        """The node's words from `start` to `end` as the contract spells what stands in an article."""
        article = self.article
        place = {} if self.start is None else {"start": self.start + start, "end": self.start + end}
        named = {
            "article_id": article.article_id,
            "version": article.version,
            "source": article.source,
        }
        return {**named, **place, "text": self.text[start:end]}

    def sentences(self) -> Iterator[dict[str, Any]]:
        from ingest.segment.sentences import sentences

        for sentence in sentences(self.text, _lines(self.text)):
            yield {**self.span(sentence.start, sentence.end), "score": self.score}


def _lines(text: str) -> list[Block]:
    blocks, position = [], 0
    for line in text.split("\n"):
        if line:
            blocks.append(Block(position, position + len(line)))
        position += len(line) + 1
    return blocks


def _answer_of_nodes(question: str, nodes: Sequence[_Node], retrieve_ms: float) -> AnswerJson:
    whole = [node.span(0, len(node.text)) for node in nodes]
    best = nodes[0].text if nodes else ""
    return plain_answer(
        {
            "schema": 1,
            "question": question,
            "status": "answered" if nodes else "not_in_articles",
            "mode": "llamaindex",
            "text": best,
            "confidence": None,
            "claims": [{"text": best, "quotes": [{**whole[0], "title": nodes[0].article.title}]}]
            if nodes
            else [],
            "candidates": [sentence for node in nodes for sentence in node.sentences()],
            "passages": [
                {**span, "rank": rank, "score": node.score}
                for rank, (span, node) in enumerate(zip(whole, nodes, strict=True), start=1)
            ],
            "timings_ms": {"retrieve": retrieve_ms},
        }
    )
