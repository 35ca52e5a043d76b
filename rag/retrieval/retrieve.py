"""Query -> Hits: dense and lexical search over chunks, fused by rank, filtered by date and publisher.

In goes a Query; out come the best passages of one revision of the archive with their articles and sentences. It does not know what
an answer is. Reciprocal rank fusion as in Cormack, Clarke and Buettcher (SIGIR 2009), with their constant of 60.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import ArchiveDamaged
from rag.model import Chunk, Filters, Hit, Query, Sentence
from rag.store.archive import Archive, View
from rag.store.database import ChunkRow, StoredArticle, as_matrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# How many chunks each index is asked for: enough that a passage which one of them ranks low still counts there.
DEPTH = 50
# Up to here an exact search over the stored vectors beats asking Chroma for more and more.
NARROW = 5000
_RRF_CONSTANT = 60
# A reader that meets ten commits in a row takes what it has: it lacks at most what is being removed at that moment.
_ATTEMPTS = 10


class Retrieved(NamedTuple):
    """The best passages, best first; the revision they stand in; how many undated articles a date filter left out."""

    hits: tuple[Hit, ...]
    revision: int
    undated: int


def retrieve(archive: Archive, query: Query) -> Retrieved:
    """Up to `query.k` passages.

    :raises ArchiveError: if the archive cannot be read.
    """
    vector = archive.embedder.encode([query.text])[0]
    for attempt in range(_ATTEMPTS):
        with archive.view() as view:
            last = attempt == _ATTEMPTS - 1
            try:
                hits = _search(view, query, vector)
            except ArchiveDamaged:
                if last or view.is_latest():
                    raise
                continue  # the indexes were made anew and the old ones dropped
            # What a writer removes meanwhile goes from the indexes one after the other; then we ask the newer revision.
            if last or view.is_latest():
                return Retrieved(hits, view.record.revision, view.record.undated(query.filters))
    raise AssertionError("unreachable")


def fuse(rankings: Sequence[Sequence[str]]) -> dict[str, float]:
    """Reciprocal rank fusion: sum over rankings of 1 / (60 + rank), as a share of the most there could be; in (0, 1].

    >>> fuse([["a", "b"], ["a"]])["a"]
    1.0
    """
    shares: dict[str, list[float]] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            shares.setdefault(name, []).append(1 / (_RRF_CONSTANT + rank))
    most = math.fsum([1 / (_RRF_CONSTANT + 1)] * len(rankings))
    # fsum rounds once, so that the order of the rankings does not even change the last bit.
    return {name: math.fsum(parts) / most for name, parts in shares.items()}


def _search(view: View, query: Query, vector: NDArray[np.float32]) -> tuple[Hit, ...]:
    if not view.record.holds_chunks():
        return ()  # its indexes may not have been made yet
    filters, depth = query.filters, max(DEPTH, 2 * query.k)
    narrow = _narrow(view, filters)
    versions = (
        None if narrow is None else sorted({row.chunk_id.rpartition(".")[0] for row in narrow})
    )
    with view.indexes() as indexes:
        lexical = _over_fetch(
            view, filters, depth, lambda n: indexes.words.best(query.text, n, versions=versions)
        )
        if narrow is None and indexes.vectors.interrupted:
            narrow = view.record.qualifying(filters)
        if narrow is None:
            dense = _over_fetch(view, filters, depth, lambda n: indexes.vectors.nearest(vector, n))
        else:
            dense = {row.chunk_id: row for row in narrow}
    similarity = _similarities(view, {**dense, **lexical}, vector)
    by_similarity = sorted(dense, key=lambda name: (-similarity[name], name))[:depth]
    scores = fuse([by_similarity, list(lexical)[:depth]])
    best = sorted(scores, key=lambda name: (-scores[name], name))[: query.k]
    return _hits(view, [(dense.get(name) or lexical[name]) for name in best], scores, similarity)


def _narrow(view: View, filters: Filters) -> list[ChunkRow] | None:
    """The chunks that the filters let in, if they are few enough to be searched one by one."""
    if filters.empty:
        return None
    rows = view.record.qualifying(filters, limit=NARROW + 1)
    return rows if len(rows) <= NARROW else None


def _over_fetch(
    view: View, filters: Filters, want: int, fetch: Callable[[int], list[str]]
) -> dict[str, ChunkRow]:
    """Asks an index for more and more until `want` of its chunks are held and let in, or it has no more; in its order."""
    n = want
    while True:
        ids = fetch(n)
        held = view.record.held(ids, filters)
        if len(held) >= want or len(ids) < n:
            return _in_order(ids, held)
        n *= 2


def _in_order(ids: Sequence[str], held: dict[str, ChunkRow]) -> dict[str, ChunkRow]:
    return {name: held[name] for name in ids if name in held}


def _similarities(
    view: View, rows: dict[str, ChunkRow], vector: NDArray[np.float32]
) -> dict[str, float]:
    """Cosines from the record's own vectors: exact, and the same after a rebuild, whatever the index rounded."""
    if not rows:
        return {}
    names = sorted({row.input_hash for row in rows.values()})
    vectors = view.record.vectors(names, view.identity)
    if len(vectors) < len(names):
        raise ArchiveDamaged(
            f"The record has lost the vectors of {len(names) - len(vectors)} passages.",
            hint="Run: byline doctor --rebuild",
        )
    # Once for each vector: a product's last bits depend on the row it stands in, and copies have to come out equal.
    cosines = dict(
        zip(
            names,
            (as_matrix([vectors[name] for name in names], view.dim) @ vector).tolist(),
            strict=True,
        )
    )
    return {name: cosines[row.input_hash] for name, row in rows.items()}


def _hits(
    view: View, rows: Sequence[ChunkRow], scores: dict[str, float], similarity: dict[str, float]
) -> tuple[Hit, ...]:
    stored = view.record.articles(row.version_id for row in rows)
    return tuple(
        _hit(stored[row.version_id], row, rank, scores[row.chunk_id], similarity[row.chunk_id])
        for rank, row in enumerate(rows, start=1)
    )


def _hit(stored: StoredArticle, row: ChunkRow, rank: int, score: float, similarity: float) -> Hit:
    article = stored.article
    chunk = Chunk(article.article_id, article.version, row.start, row.end)
    return Hit(
        chunk,
        article,
        sentences_within(stored.sentences, row.start, row.end),
        rank,
        score,
        similarity,
    )


def sentences_within(sentences: Sequence[Sentence], start: int, end: int) -> tuple[Sentence, ...]:
    """The sentences that overlap `[start, end)`; they stand in order and apart."""
    first = bisect_right(sentences, start, key=lambda sentence: sentence.end)
    last = bisect_left(sentences, end, key=lambda sentence: sentence.start)
    return tuple(sentences[first:last])
