"""The archive of the Python API: articles can be added from memory.

with open_archive("my-archive", create=True) as archive:
    archive.add(title="Bridge shut", text="…", published="2024-10-22", url="https://…")
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rag.embed import Embedder
from rag.model import DateLike, PartialDate, RawDocument
from rag.store import archive as store
from rag.store.archive import Archive

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.schema import Document

    from ingest.pipeline import Result

_COLLECTION = "memory"


class WritableArchive(Archive):
    """An archive to which articles can be added; make one with `open_archive`."""

    def add(  # noqa: PLR0913
        self,
        *,
        text: str,
        title: str | None = None,
        publisher: str | None = None,
        author: str | None = None,
        published: DateLike | None = None,
        updated: DateLike | None = None,
        url: str | None = None,
        key: str | None = None,
    ) -> Result:
        """Adds one article; the result tells what became of it.

        `key` identifies the article: adding the same key again with other text makes a new
        version. It is by default the URL, else a hash of title and text.

        :raises ValueError: if a date is none.
        :raises ArchiveBusy: if another process is writing.
        """
        article = {
            "text": text,
            "title": title,
            "publisher": publisher,
            "author": author,
            "published": published,
            "updated": updated,
            "url": url,
            "key": key,
        }
        return self.add_many([article])[0]

    def add_many(self, articles: Iterable[Mapping[str, Any] | Document]) -> list[Result]:
        """Adds articles and returns a result for each, in order.

        An article is a mapping with the arguments of `add`, or a Document of llama-index, whose
        metadata are read by the same names.

        :raises ValueError: if a date is none; then nothing is added.
        :raises ArchiveBusy: if another process is writing.
        """
        from ingest.pipeline import ingest_documents

        documents = list(_documents(articles))
        results: dict[str, deque[Result]] = defaultdict(deque)
        for result in ingest_documents(self, documents).results:  # refusals come first
            results[result.source].append(result)
        return [results[document.source].popleft() for document in documents]


def open_archive(  # noqa: PLR0913
    folder: Path | str,
    *,
    create: bool = False,
    model: str | None = None,
    chroma: str | None = None,
    chunk_tokens: int | None = None,
    embedder: Embedder | BaseEmbedding | None = None,
) -> WritableArchive:
    """Opens the archive in a folder; with `create` it is made where there is none.

    `model` is an embedding model by name or path, `chroma` the URL of a Chroma server that keeps
    the vectors, `chunk_tokens` the most tokens of a passage, its title included; all three are
    fixed when the archive is made. `embedder` is for models of your own, any embedding of
    llama-index included; it has to be given each time.

    :raises ArchiveNotFound: if there is no archive and `create` is not set.
    :raises ArchiveError: if the folder may not be read.
    :raises ArchiveMismatch: if the archive was made with something else than what is asked for.
    """
    opened = store.open_archive(
        folder,
        create=create,
        model=model,
        chroma=chroma,
        chunk_tokens=chunk_tokens,
        embedder=_embedder(embedder),
    )
    return WritableArchive.of(opened)


def _embedder(given: Embedder | BaseEmbedding | None) -> Embedder | None:
    if given is None or hasattr(given, "encode"):
        return cast("Embedder | None", given)
    from rag.llamaindex import LlamaIndexEmbedder

    return LlamaIndexEmbedder(given)


def _documents(articles: Iterable[Mapping[str, Any] | Document]) -> Iterator[RawDocument]:
    for article in articles:
        if isinstance(article, Mapping):
            fields = dict(article)
        else:
            fields = {**article.metadata, "text": article.text}
            fields.setdefault("key", article.doc_id)
        for name in ("published", "updated"):
            if fields.get(name) is not None:
                fields[name] = str(PartialDate.of(fields[name]))
        key = fields.pop("key", None) or fields.get("url") or _digest(fields)
        plain = {name: value for name, value in fields.items() if value is not None}
        data = json.dumps(plain, default=str).encode()
        source = str(fields.get("url") or key)
        yield RawDocument(_COLLECTION, str(key), source, "application/json", data)


def _digest(fields: Mapping[str, Any]) -> str:
    said = json.dumps([fields.get("title"), fields.get("text")], default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
