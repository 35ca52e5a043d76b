"""Groups the articles of an archive into stories: what several outlets report on one event.

Articles join a story one by one, oldest first, as in topic detection and tracking (Allan et al.
1998): each joins the story whose mean vector is closest to its own, unless that is too far away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.model import Article, Filters, PartialDate
from rag.store.database import Snapshot, as_matrix
from rag.store.rows import ChunkRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# An article joins a story from this cosine on; each day since the story's latest report adds to it.
# Without dates, the time between is taken to be long: likeness alone must tell.
_LEAST_SIMILARITY = 0.54
_A_DAY = 0.003
_MOST_DAYS = 60
# A story without a report for so many days is over: the next flood is another one.
_OVER = 90
# So many articles are grouped for an overview of an archive that may hold many more.
_NEWEST = 4000
_CHUNKS_AT_ONCE = 5000
_SECONDS_A_DAY = 86400


class Story(NamedTuple):
    """Articles on one event, the earliest first, undated ones last.

    `title` is that of the article that is most like all the others.
    """

    title: str
    articles: tuple[Article, ...]

    @property
    def first(self) -> PartialDate | None:
        """The earliest publication date that is known."""
        return next(iter(self.dates), None)

    @property
    def latest(self) -> PartialDate | None:
        """The latest publication date that is known."""
        return max(self.dates, key=lambda date: date.last_epoch, default=None)

    @property
    def dates(self) -> tuple[PartialDate, ...]:
        """The publication dates that are known, in the order of the articles."""
        return tuple(item.published for item in self.articles if item.published is not None)

    @property
    def outlets(self) -> tuple[str, ...]:
        """The publishers, in the order in which they reported."""
        return tuple(dict.fromkeys(item.publisher for item in self.articles if item.publisher))


def stories(snapshot: Snapshot, filters: Filters, *, model: str, dim: int) -> list[Story]:
    """All stories of the articles that pass the filters, those with the most articles first.

    :param model: the identity of the embedding model, whose vectors have `dim` numbers.
    """
    chunks = snapshot.qualifying(filters)
    if not chunks:
        return []
    versions, vectors = _version_vectors(snapshot, chunks, model, dim)
    stored = snapshot.articles(versions)
    articles = [stored[version].article for version in versions]
    groups = defaultdict(list)
    for place, story in enumerate(assign([_days(item.published) for item in articles], vectors)):
        groups[story].append(place)
    found = [_story(places, articles, vectors) for places in groups.values()]
    return sorted(found, key=lambda story: (-len(story.articles), story.title))


def shared_stories(snapshot: Snapshot, filters: Filters, *, model: str, dim: int) -> list[Story]:
    """The stories that several outlets tell in the newest articles, the largest ones first.

    There are none where no article has a date and a publisher.
    """
    heads = snapshot.headlines(filters)
    dates = [item.published for item in heads if item.published and item.publisher]
    if not dates:
        return []
    oldest = sorted(dates, key=lambda date: date.first_epoch)[-_NEWEST:][0]
    since = max(filter(None, (filters.since, oldest)), key=lambda date: date.first_epoch)
    recent = filters.with_options(since=since, include_undated=False)
    found = stories(snapshot, recent, model=model, dim=dim)
    return [story for story in found if len(story.outlets) > 1]


def _version_vectors(
    snapshot: Snapshot, chunks: Sequence[ChunkRow], model: str, dim: int
) -> tuple[list[int], Vectors]:
    """The rows of the versions, and the mean of each one's chunk vectors, of length 1."""
    import numpy as np

    versions = sorted({chunk.version_id for chunk in chunks})
    places = {version: place for place, version in enumerate(versions)}
    sums = np.zeros((len(versions), dim), dtype=np.float32)
    for start in range(0, len(chunks), _CHUNKS_AT_ONCE):
        batch = chunks[start : start + _CHUNKS_AT_ONCE]
        blobs = snapshot.vectors(sorted({chunk.input_hash for chunk in batch}), model)
        known = [chunk for chunk in batch if chunk.input_hash in blobs]
        if known:
            matrix = as_matrix([blobs[chunk.input_hash] for chunk in known], dim)
            np.add.at(sums, [places[chunk.version_id] for chunk in known], matrix)
    return versions, sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)


def assign(days: Sequence[float | None], vectors: Vectors) -> list[int]:
    """The story of each article, as a number.

    :param days: when each was published, in days; None where it is unknown.
    :param vectors: shape (n, dim), each of length 1.
    """
    import numpy as np

    numbers = [0] * len(days)
    sums, latest = np.zeros_like(vectors), np.full(len(days), np.nan)
    means, count = np.zeros_like(vectors), 0
    for place in sorted(range(len(days)), key=lambda i: (days[i] is None, days[i] or 0.0)):
        day = np.nan if (known := days[place]) is None else known
        gaps = day - latest[:count]
        penalty = _A_DAY * np.nan_to_num(np.minimum(gaps, _MOST_DAYS), nan=_MOST_DAYS)
        likeness = means[:count] @ vectors[place] - penalty
        likeness[gaps > _OVER] = -1.0
        story = int(likeness.argmax()) if count else 0
        if not count or likeness[story] < _LEAST_SIMILARITY:
            story, count = count, count + 1
        numbers[place] = story
        sums[story] += vectors[place]
        means[story] = sums[story] / max(float(np.linalg.norm(sums[story])), 1e-9)
        latest[story] = np.fmax(latest[story], day)
    return numbers


def _story(places: Sequence[int], articles: Sequence[Article], vectors: Vectors) -> Story:
    members = vectors[list(places)]
    typical = places[int((members @ members.sum(axis=0)).argmax())]
    in_order = sorted(places, key=lambda place: _order(articles[place]))
    return Story(articles[typical].title, tuple(articles[place] for place in in_order))


def _order(article: Article) -> tuple[bool, int, str]:
    published = article.published
    return published is None, published.first_epoch if published else 0, article.source


def _days(published: PartialDate | None) -> float | None:
    return None if published is None else published.first_epoch / _SECONDS_A_DAY
