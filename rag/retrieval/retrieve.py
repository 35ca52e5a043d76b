"""Finds the passages for a question: dense and lexical search, fused by rank, filtered."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rag.embed import usable
from rag.errors import ArchiveDamaged, ModelError
from rag.model import Filters, Hit, Query, sentences_within
from rag.retrieval.fusion import fuse
from rag.store.archive import Archive, View
from rag.store.database import as_matrix
from rag.store.filter_arrays import ROUNDING, article_number
from rag.store.rows import ChunkRow, chunk_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.store.lexical_index import LexicalIndex

# How many chunks each index is asked for, so that a passage which one of them ranks low counts.
DEPTH = 50
# Up to this number an exact search over the stored vectors beats over-fetching from Chroma.
NARROW = 5000
# How many chunks are searched one by one in the time that over-fetching takes where all pass:
# measured with `byline eval bench scale`, see docs/scale.md.
FETCH_COST = 2000
# Up to this number of versions the lexical index is told which ones, before it looks for words.
NAMED = 1000
# Two cosines in the wrong order differ by less than this.
_ERROR = 2 * ROUNDING
# After ten commits in a row the reader takes what it has: it lacks at most what is being removed.
_ATTEMPTS = 10
# So many outlets of one report are named at most.
_MOST_COPIES = 20


class Retrieved(NamedTuple):
    """The best passages, best first, and the archive's revision.

    `undated` counts articles that a date filter left out, `withheld` sentences that were left out
    because the text there speaks to a language model.
    """

    hits: tuple[Hit, ...]
    revision: int
    undated: int
    withheld: int = 0


def retrieve(archive: Archive, query: Query) -> Retrieved:
    """Finds up to `query.k` passages in one revision of the archive.

    :raises ArchiveError: if the archive cannot be read.
    :raises ModelError: if the embedding model gives no vector that fits.
    """
    vector = _question_vector(archive, query.text)
    for attempt in range(_ATTEMPTS):
        with archive.view() as view:
            last = attempt == _ATTEMPTS - 1
            try:
                hits = _search(view, query, vector)
            except ArchiveDamaged:
                if last or view.is_latest():
                    raise
                continue  # the indexes were rebuilt and the old ones deleted
            # While a writer removes articles, their chunks leave the indexes one by one: retry.
            if last or view.is_latest():
                return Retrieved(hits, view.snapshot.revision, _undated(view, query.filters))
    raise AssertionError("the last attempt returns or raises")


def _question_vector(archive: Archive, text: str) -> NDArray[np.float32]:
    vectors = archive.embedder.encode([text])
    vector: NDArray[np.float32] = vectors[0]
    if not usable(vectors).all():
        raise ModelError(
            f"The embedding model {archive.embedder.name} finds no direction for the question.",
            hint="Put it in other words; if that does not help, the model is broken.",
        )
    return vector


def _undated(view: View, filters: Filters) -> int:
    return view.filter_arrays().undated(filters) if filters.by_date else 0


class _Scores(NamedTuple):
    """The fused scores of texts, their cosines, and their ranks in the two searches, from 1."""

    fused: dict[str, float]
    similarity: dict[str, float]
    dense: dict[str, int]
    lexical: dict[str, int]


def _search(view: View, query: Query, vector: NDArray[np.float32]) -> tuple[Hit, ...]:
    if not view.snapshot.holds_chunks():
        return ()  # the indexes may not exist yet
    depth = max(DEPTH, 2 * query.k)
    chosen = None if query.filters.empty else _chosen(view, query.filters)
    share = 1.0 if chosen is None else chosen.share
    with view.indexes() as indexes:
        lexical = _lexical(view, indexes.lexical, query.text, chosen, depth)
        if chosen is None and indexes.vectors.interrupted:
            chosen = _chosen(view, query.filters)
        dense = (
            _nearest_of(view, chosen.chunks, vector, depth)
            if chosen is not None and (chosen.narrow or indexes.vectors.interrupted)
            else _over_fetch(view, chosen, depth, partial(indexes.vectors.nearest, vector), share)
        )
        if chosen is None or not chosen.narrow:
            dense |= _added_since(view, indexes.last_chunk, query.filters, vector, depth)
            dense = _completed(view, dense, query.filters, vector, depth)
    rows = {**dense, **lexical}
    similarity = _similarities(view, rows, vector)
    by_similarity = sorted(dense, key=lambda name: (-similarity[dense[name].input_hash], name))
    rankings = ([rows[name].input_hash for name in names] for names in (by_similarity, lexical))
    # Copies of one text take one place.
    ranked = [list(dict.fromkeys(texts))[:depth] for texts in rankings]
    scores = fuse(ranked)
    found = [row for row in rows.values() if row.input_hash in scores]
    found.sort(key=lambda row: (-scores[row.input_hash], row.input_hash, row.chunk_id))
    ranks = ({name: rank for rank, name in enumerate(one, start=1)} for one in ranked)
    passages = different(found, query.k, _clusters(view, found))
    near = _near_copies(view, [passage.row.version_id for passage in passages], chosen)
    return _hits(view, passages, _Scores(scores, similarity, *ranks), near)


class _Chosen(NamedTuple):
    """What passes the filters: a mask over rows of versions, rows of chunks, their share of all.

    `articles` are the numbers of the articles of these versions.
    """

    versions: NDArray[np.bool_]
    chunks: NDArray[np.int64]
    articles: NDArray[np.int64]
    share: float

    @property
    def narrow(self) -> bool:
        """Whether searching the chunks one by one costs less than over-fetching.

        The fewer of all chunks pass, the more has to be fetched for one that does.
        """
        return len(self.chunks) <= max(NARROW, FETCH_COST / self.share)

    def of_articles(self, ids: list[str]) -> list[str]:
        """Those of the chunks whose article passes; all if the articles are too many to compare."""
        import numpy as np

        if not self.narrow:
            return ids
        numbers = np.array([article_number(name) for name in ids], dtype=np.int64)
        return [ids[place] for place in np.flatnonzero(np.isin(numbers, self.articles))]


def _chosen(view: View, filters: Filters) -> _Chosen:
    arrays = view.filter_arrays()
    versions = arrays.passing(filters)
    chunks = arrays.chunks_of(versions)
    share = max(1, len(chunks)) / max(1, arrays.chunk_count)
    return _Chosen(versions, chunks, arrays.article[versions], share)


def _lexical(
    view: View, index: LexicalIndex, text: str, chosen: _Chosen | None, depth: int
) -> dict[str, ChunkRow]:
    """The chunks with the question's words that pass, best first.

    The index itself looks for few versions alone.
    """
    if chosen is None:
        return _over_fetch(view, None, depth, partial(index.best, text), 1.0)
    if int(chosen.versions.sum()) > NAMED:
        return _over_fetch(view, chosen, depth, partial(index.best, text), chosen.share)
    keys = view.snapshot.version_keys(chosen.versions.nonzero()[0].tolist())
    return _over_fetch(view, chosen, depth, partial(index.best, text, versions=keys), 1.0)


def _nearest_of(
    view: View, chunks: NDArray[np.int64], vector: NDArray[np.float32], wanted: int
) -> dict[str, ChunkRow]:
    """Those of the chunks that hold the `wanted` different texts nearest to the vector."""
    import numpy as np

    similarity = view.similarities(chunks, vector)
    n = wanted
    while True:
        near = chunks
        if n < len(chunks):
            # Whatever may be among the nearest goes on to be compared exactly.
            near = chunks[similarity >= np.partition(similarity, -n)[-n] - _ERROR]
        rows = view.snapshot.chunks_by_row(near.tolist())
        if len({row.input_hash for row in rows.values()}) >= wanted or len(near) == len(chunks):
            return rows
        n *= 2


def _added_since(
    view: View, last_chunk: int, filters: Filters, vector: NDArray[np.float32], wanted: int
) -> dict[str, ChunkRow]:
    """The nearest of the chunks that pass and were added after the row `last_chunk`."""
    if view.snapshot.last_chunk() <= last_chunk:
        return {}
    chunks = _chosen(view, filters).chunks
    return _nearest_of(view, chunks[chunks > last_chunk], vector, wanted)


def _completed(
    view: View,
    found: dict[str, ChunkRow],
    filters: Filters,
    vector: NDArray[np.float32],
    wanted: int,
) -> dict[str, ChunkRow]:
    """What was found, or the nearest of all that pass where the graph of vectors led to too few.

    Of thousands of equal passages each is linked to others of them alone: the search ends there.
    """
    if len({row.input_hash for row in found.values()}) >= wanted:
        return found
    chunks = _chosen(view, filters).chunks
    return found if len(found) >= len(chunks) else _nearest_of(view, chunks, vector, wanted)


def _over_fetch(
    view: View,
    chosen: _Chosen | None,
    wanted: int,
    fetch: Callable[[int], list[str]],
    share: float,
) -> dict[str, ChunkRow]:
    """Asks an index for more until `wanted` different texts of its chunks pass, or it has no more.

    Begins with as many as it takes if the `share` that passes lies evenly among all. Returns the
    chunks that pass in the order of the index.
    """
    n = math.ceil(wanted / share)
    while True:
        ids = fetch(n)
        held = _held(view, ids, chosen)
        if len({row.input_hash for row in held.values()}) >= wanted or len(ids) < n:
            return {name: held[name] for name in ids if name in held}
        n *= 2


def _held(view: View, ids: list[str], chosen: _Chosen | None) -> dict[str, ChunkRow]:
    """Those of the chunks that the snapshot has and that pass."""
    if chosen is None:
        return view.snapshot.held(ids, Filters())
    rows = view.snapshot.chunks(chosen.of_articles(ids))
    versions = chosen.versions
    return {
        name: row
        for name, row in rows.items()
        if row.version_id < len(versions) and versions[row.version_id]
    }


class Passage(NamedTuple):
    """A chunk, and the chunks of other articles with the same title and text."""

    row: ChunkRow
    copies: tuple[ChunkRow, ...]


def _clusters(view: View, rows: Sequence[ChunkRow]) -> dict[int, int]:
    """A number for each version that has copies, the same for all of them; no row of a version."""
    clusters = view.snapshot.clusters(row.version_id for row in rows)
    return {version: -cluster for version, cluster in clusters.items()}


def different(
    rows: Sequence[ChunkRow], k: int, clusters: Mapping[int, int] | None = None
) -> list[Passage]:
    """The first k different texts among ranked chunks.

    At most a third of them are of one article and its copies, as long as others are left.

    :param clusters: the number of a version's cluster; by default none has copies.
    """
    clusters = clusters or {}
    places: dict[str, list[ChunkRow]] = {}
    for row in rows:
        places.setdefault(row.input_hash, []).append(row)
    passages = [
        Passage(first, tuple(row for row in more if row.version_id != first.version_id))
        for first, *more in places.values()
    ]
    most, taken = max(1, math.ceil(k / 3)), Counter[int]()
    early, late = list[Passage](), list[Passage]()
    for passage in passages:
        report = clusters.get(passage.row.version_id, passage.row.version_id)
        taken[report] += 1
        (early if taken[report] <= most else late).append(passage)
    return (early + late)[:k]


def _similarities(
    view: View, rows: dict[str, ChunkRow], vector: NDArray[np.float32]
) -> dict[str, float]:
    """Cosines of texts from the database's vectors: exact, and the same after a rebuild."""
    if not rows:
        return {}
    names = sorted({row.input_hash for row in rows.values()})
    vectors = view.snapshot.vectors(names, view.identity)
    if len(vectors) < len(names):
        raise ArchiveDamaged(
            f"The database has lost the vectors of {len(names) - len(vectors)} passages.",
            hint="Run: byline doctor --rebuild",
        )
    # One product for each vector: its last bits depend on its row, and copies must come out equal.
    products = (as_matrix([vectors[name] for name in names], view.dim) @ vector).tolist()
    return dict(zip(names, products, strict=True))


def _hits(
    view: View, passages: Sequence[Passage], scores: _Scores, near: Mapping[int, Sequence[int]]
) -> tuple[Hit, ...]:
    """The passages as hits; `near` has the versions that are copies of a passage's."""
    rows = [row for passage in passages for row in (passage.row, *passage.copies)]
    stored = view.snapshot.articles({row.version_id for row in rows}.union(*near.values()))
    chunks = {row.chunk_id: chunk_of(row, stored.get(row.version_id)) for row in rows}
    hits = []
    for rank, (row, others) in enumerate(passages, start=1):
        _, article, spans = stored[row.version_id]
        text = row.input_hash
        same = [other.version_id for other in others]
        alike = dict.fromkeys([*same, *near.get(row.version_id, ())])
        hit = Hit(
            chunks[row.chunk_id],
            article,
            sentences_within(spans, row.start, row.end),
            rank,
            scores.fused[text],
            scores.similarity[text],
            copies=tuple(stored[version].article for version in alike if version in stored),
            dense_rank=scores.dense.get(text),
            lexical_rank=scores.lexical.get(text),
        )
        hits.append(hit)
    return tuple(hits)


def _near_copies(
    view: View, versions: Sequence[int], chosen: _Chosen | None
) -> dict[int, list[int]]:
    """Copies of whole articles that pass the filters, up to `_MOST_COPIES` of each."""
    found = view.snapshot.copies(versions, current=chosen is None)
    if chosen is not None:
        mask = chosen.versions
        found = {
            version: [copy for copy in copies if copy < len(mask) and mask[copy]]
            for version, copies in found.items()
        }
    return {version: copies[:_MOST_COPIES] for version, copies in found.items()}
