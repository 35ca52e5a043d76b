"""Prepares documents in Ray's workers, on this machine or on a cluster; needs the extra `ray`.

Each worker is an actor that holds the model. Its batches come back in the order of the documents,
and the one writer takes them so. Ray starts a lost worker again and gives it its batches again.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from ingest.pipeline import Item, groups
from ingest.prepare import Extracted, NoArticle, entries_of, extracted
from rag.embed import CheckedEmbedder, Embedder, LocalEmbedder
from rag.errors import BylineError, ModelError, UsageError
from rag.model import RawDocument
from rag.store.archive import Archive
from rag.store.database import Entry, with_direction
from rag.store.layout import Manifest
from rag.store.writer import ArchiveWriter, encoded, passages_of

LOCAL = "local"
# Batches for each worker: one to work on, and the next.
_AHEAD = 2
# A document that ends each worker that reads it ends the ingest.
_MOST_LOSSES = 3
_PATIENCE_S = 10.0


class Prepared(NamedTuple):
    """For each document its entry or why it has none, and the vectors of all passages."""

    items: list[Entry | NoArticle]
    vectors: dict[str, bytes]


class Worker:
    """Extracts, segments and encodes documents."""

    def __init__(self, model: Callable[[], Embedder], manifest: Manifest) -> None:
        """:raises ModelError: if the model here is not the one that made the archive."""
        self._embedder = CheckedEmbedder(model(), manifest.dim)
        self._chunk_tokens = manifest.chunk_tokens
        if self._embedder.identity != manifest.identity:
            raise ModelError(
                f"A worker's model {manifest.model} is not the one that made the archive.",
                hint="Install the same on all machines.",
            )

    def prepare(self, documents: list[RawDocument]) -> Prepared:
        """Prepares a batch; a passage without a direction is left to the writer, which tells it."""
        found = [extracted(document) for document in documents]
        new = [item for item in found if isinstance(item, Extracted)]
        entries = entries_of(new, self._embedder, self._chunk_tokens)
        passages = [passage for entry in entries for passage in passages_of(entry)]
        inputs = {passage.input_hash: passage.embedder_input for passage in passages}
        made = iter(entries)
        items = [next(made) if isinstance(item, Extracted) else item for item in found]
        return Prepared(items, with_direction(encoded(self._embedder, inputs)))


class RayWorkers:
    """The workers of one ingest, used in a `with` block; as many as Ray has processors."""

    def __init__(self, address: str, *, model: Callable[[], Embedder] | None = None) -> None:
        """:param address: `local`, or that of a Ray cluster.
        :param model: makes a worker's model; by default the archive's, by its name.
        """
        self._address, self._model = address, model

    def __enter__(self) -> Self:
        """:raises UsageError: if Ray is not installed, or there is no cluster."""
        try:
            # Ray reports nothing to its makers.
            os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
            import ray

            _reach(self._address)
            ray.init(
                self._address,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except ImportError as error:
            raise UsageError("Ray is not installed.", hint="pip install 'byline[ray]'") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise UsageError(
                f"There is no Ray cluster at {self._address}: {error}",
                hint=f"Give the address of one, or {LOCAL}.",
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        ray.shutdown()

    def prepared(
        self, items: Iterable[Item], archive: Archive, writer: ArchiveWriter
    ) -> Iterator[Item]:
        """The items in their order; each document is replaced by its entry, or by why it has none.

        :raises BylineError: if workers are lost again and again.
        """
        workers = self._start(archive.manifest)
        waiting: deque[tuple[list[Item], Any]] = deque()
        for number, group in enumerate(groups(items)):
            documents = [item for item in group if isinstance(item, RawDocument)]
            worker = workers[number % len(workers)]
            waiting.append((group, worker.prepare.remote(documents) if documents else None))
            if len(waiting) == _AHEAD * len(workers):
                yield from _taken(*waiting.popleft(), writer)
        while waiting:
            yield from _taken(*waiting.popleft(), writer)

    def _start(self, manifest: Manifest) -> list[Any]:
        import ray

        model = self._model or partial(LocalEmbedder, manifest.model)
        actor = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=_MOST_LOSSES)(Worker)
        number = max(1, int(ray.cluster_resources().get("CPU", 1)))
        return [actor.remote(model, manifest) for _ in range(number)]


def _reach(address: str) -> None:
    """Reaches the port that the address names, if it does: Ray itself would try without end.

    :raises OSError: if nobody answers there.
    """
    parts = urlsplit(address if "//" in address else f"//{address}")
    if parts.hostname and parts.port:
        socket.create_connection((parts.hostname, parts.port), _PATIENCE_S).close()


def _taken(group: list[Item], promised: Any, writer: ArchiveWriter) -> Iterator[Item]:  # noqa: ANN401
    """Waits for a batch and keeps its vectors."""
    if promised is None:
        yield from group
        return
    prepared = _result(promised)
    writer.keep_vectors(prepared.vectors)
    made = iter(prepared.items)
    for item in group:
        yield next(made) if isinstance(item, RawDocument) else item


def _result(promised: Any) -> Prepared:  # noqa: ANN401
    import ray

    try:
        prepared: Prepared = ray.get(promised)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        raise cause if isinstance(cause, BylineError) else error from error
    except ray.exceptions.RayError as error:
        raise BylineError(
            f"Workers were lost {_MOST_LOSSES} times over the same documents: {error}",
            hint="What was reported is in the archive. Ingest again without --ray.",
        ) from error
    return prepared
