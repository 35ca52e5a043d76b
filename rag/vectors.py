"""The dense index: chunk vectors in Chroma, embedded in the archive's folder or on a Chroma server.

In go chunk ids with their vectors and what other readers of the collection want to see; out come the ids nearest to a vector. It is
derived from the record and can be made anew at any time. The only home of chromadb, which is imported when an index is opened.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from rag.errors import ArchiveDamaged, ArchiveError

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from numpy.typing import NDArray

# What the hosted service takes in one write is 300; a local one takes far more and is quicker so.
_LOCAL_BATCH = 2000
_SERVER_BATCH = 300


class IndexedChunk(NamedTuple):
    """One row of the collection. The text and metadata are for other readers of it: our own queries ask for ids alone."""

    chunk_id: str
    text: str
    metadata: dict[str, str | int]


class VectorIndex:
    """One collection of one Chroma client. Close it before opening the same folder anew."""

    def __init__(self, location: Path | str, collection: str) -> None:
        """Opens the collection, making it where it is not there yet; `location` is a folder or a server's URL.

        :raises ArchiveError: if the server does not answer.
        :raises ArchiveDamaged: if the folder cannot be opened as Chroma's.
        """
        self._client = _server(location) if isinstance(location, str) else _embedded(location)
        self._batch = min(_SERVER_BATCH if isinstance(location, str) else _LOCAL_BATCH, self._client.get_max_batch_size())
        self._collection = self._client.get_or_create_collection(
            collection, configuration={"hnsw": {"space": "cosine", "ef_search": 200}}, embedding_function=None
        )

    def upsert(self, chunks: Sequence[IndexedChunk], vectors: NDArray[np.float32]) -> None:
        """Writes chunks with their vectors, shape (len(chunks), dim); one that is there already is replaced."""
        for start in range(0, len(chunks), self._batch):
            batch = chunks[start : start + self._batch]
            self._collection.upsert(
                ids=[chunk.chunk_id for chunk in batch],
                embeddings=vectors[start : start + self._batch],
                documents=[chunk.text for chunk in batch],
                metadatas=[dict(chunk.metadata) for chunk in batch],
            )

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Takes out the chunks; one that is not there is no error."""
        for start in range(0, len(chunk_ids), self._batch):
            self._collection.delete(ids=list(chunk_ids[start : start + self._batch]))

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[str]:
        """Up to `n` chunk ids, nearest first by cosine."""
        found = self._collection.query(query_embeddings=vector.reshape(1, -1), n_results=n, include=[])
        return list(found["ids"][0])

    def count(self) -> int:
        return int(self._collection.count())

    def ids(self) -> set[str]:
        """Every chunk id of the collection."""
        return set(self._collection.get(include=[])["ids"])

    def drop(self) -> None:
        """Deletes the collection from its client."""
        with suppress(Exception):
            self._client.delete_collection(self._collection.name)

    def close(self) -> None:
        """Lets go of the folder; a client that stays open does not see what another process writes."""
        self._client.close()  # type: ignore[attr-defined]


def _embedded(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    # Chroma warns through logging of telemetry and of configuration that are both as intended.
    logging.getLogger("chromadb").setLevel(logging.ERROR)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    except Exception as error:
        raise ArchiveDamaged(f"The vector index {folder} cannot be opened: {error}", hint="Run: byline doctor --rebuild") from error


def _server(url: str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    settings = Settings(anonymized_telemetry=False)
    try:
        return chromadb.HttpClient(parts.hostname or "localhost", parts.port or (443 if secure else 8000), ssl=secure, settings=settings)
    except Exception as error:
        raise ArchiveError(f"The Chroma server at {url} does not answer: {error}", hint="Start it with: chroma run") from error
