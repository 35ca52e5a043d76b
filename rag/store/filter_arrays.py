"""Holds dates, publishers and validity of all versions as arrays, so that a filter is a mask.

Derived from the database and kept in memory. Arrays are indexed by the ids of versions and of
chunks, of which none is 0. A snapshot of a later revision is read by its list of
changes, so that the first question after a commit is as quick as any other.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from weakref import WeakValueDictionary

from rag.errors import ArchiveDamaged
from rag.model import Filters
from rag.store.database import Snapshot, as_matrix
from rag.store.rows import damage_told
from rag.text.publishers import is_called

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_UNDATED = -(2**62)
_FOR_EVER = 2**62
# The publisher of an article that names none.
_UNKNOWN = -1
# An id above this is damage; arrays that long would not fit into memory.
_HIGHEST_ID = 2**28
# Where more versions have changed, all are read anew.
_MOST_CHANGES = 20_000
_BLOCK_ROWS = 8192
# A cosine of unit vectors is off by at most this, since one of them has numbers of 8 bits.
ROUNDING = 2**-8
_HALF = 16


class FilterArrays(NamedTuple):
    """The arrays at one revision.

    `published`, `published_last`, `publisher`, `article` and `current` have an element for each
    version; publishers are numbered by `publishers`, articles by `article_number`. `chunk_version`
    has an element for each chunk, 0 where there is none. `validity` has a row for each interval:
    version, article, from, to.
    """

    published: Integers
    published_last: Integers
    publisher: Integers
    article: Integers
    current: Mask
    publishers: dict[str, int]
    chunk_version: Integers
    validity: Integers
    last_change: int

    @classmethod
    def of(cls, snapshot: Snapshot, before: FilterArrays | None) -> FilterArrays:
        """Reads what has changed since `before`, or everything.

        :raises ArchiveDamaged: if the database holds other values than were stored.
        """
        changed = None
        if before is not None:
            changed = snapshot.changed_versions(before.last_change, limit=_MOST_CHANGES)
        with damage_told("the dates of an article"):
            if before is None or changed is None:
                return _updated(_nothing(), snapshot, None)
            return _updated(before, snapshot, changed)

    @property
    def chunk_count(self) -> int:
        """How many chunks there are, superseded ones included."""
        return int((self.chunk_version > 0).sum())

    def chunks_of(self, versions: Mask) -> Integers:
        """The rows of the chunks of the versions in a mask, sorted."""
        import numpy as np

        # No version has the row 0, which stands for none.
        return np.flatnonzero(versions[self.chunk_version])

    def undated(self, filters: Filters) -> int:
        """How many articles the filters leave out only because their date is unknown."""
        if not filters.by_date or filters.include_undated:
            return 0
        everywhen = self.passing(filters.with_options(include_undated=True))
        return int((everywhen & (self.published == _UNDATED)).sum())

    def passing(self, filters: Filters) -> Mask:
        """A mask over the rows of versions, true for those that pass the filters."""
        import numpy as np

        mask = self._valid(filters)
        if filters.publisher is not None:
            names = self.publishers.items()
            meant = [number for name, number in names if is_called(name, filters.publisher)]
            mask &= np.isin(self.publisher, meant)
        dated = self.published != _UNDATED
        within = dated.copy()
        if filters.since is not None:
            within &= self.published_last >= filters.since.first_epoch
        if filters.until is not None:
            within &= self.published <= filters.until.last_epoch
        if filters.by_date:
            mask &= within | ~dated if filters.include_undated else within
        return mask

    def _valid(self, filters: Filters) -> Mask:
        """The versions that were valid at `as_of`, or are now."""
        import numpy as np

        if filters.as_of is None:
            return self.current.copy()
        version, article, since, until = self.validity
        at = filters.as_of.last_epoch
        held = (since <= at) & (until > at)
        if filters.include_undated:
            # An undated article may have appeared at any time: its first version stands for
            # all time before it was first seen.
            _, place = np.unique(article, return_inverse=True)
            first = np.full(int(place.max(initial=-1)) + 1, _FOR_EVER)
            np.minimum.at(first, place, since)
            undated = self.published[version] == _UNDATED
            held |= undated & (since > at) & (since == first[place])
        mask = np.zeros(len(self.published), dtype=bool)
        mask[version[held]] = True
        return mask


class SharedArrays:
    """The arrays and the vectors used so far of one folder, shared by all archives of a process."""

    _by_folder: ClassVar[WeakValueDictionary[Path, SharedArrays]] = WeakValueDictionary()
    _registry_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: tuple[str, int] | None = None
        self._revision = -1
        self._arrays: FilterArrays | None = None
        self._blocks: dict[int, _Block] = {}

    @classmethod
    def of(cls, folder: Path) -> SharedArrays:
        with cls._registry_lock:
            found = cls._by_folder.get(folder)
            if found is None:
                found = cls._by_folder[folder] = cls()
            return found

    def at(self, snapshot: Snapshot) -> FilterArrays:
        """The arrays at the snapshot's revision or later.

        :raises ArchiveDamaged: if the database holds other values than were stored.
        """
        with self._lock:
            self._keep_for(snapshot)
            if self._arrays is None or self._revision < snapshot.revision:
                self._arrays = FilterArrays.of(snapshot, self._arrays)
                self._revision = snapshot.revision
            return self._arrays

    def similarities(
        self, snapshot: Snapshot, chunks: Integers, vector: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The cosine of each chunk, by its row in the database, to a unit vector, to `ROUNDING`.

        :param chunks: rows in ascending order.
        :raises ArchiveDamaged: if the database has lost one of their vectors.
        """
        import numpy as np

        numbers, first = np.unique(chunks // _BLOCK_ROWS, return_index=True)
        found = [np.empty(0, dtype=np.float32)]
        with self._lock:
            self._keep_for(snapshot)
            for number, rows in zip(numbers.tolist(), np.split(chunks, first[1:]), strict=False):
                block = self._blocks.get(number) or _Block.empty(len(vector))
                self._blocks[number] = block
                places = rows - number * _BLOCK_ROWS
                block.fill(snapshot, places, number * _BLOCK_ROWS)
                found.append(block.of(places) @ vector)
        return np.concatenate(found)

    def _keep_for(self, snapshot: Snapshot) -> None:
        """Forgets what belongs to another archive in the same folder, or to other ids of chunks."""
        owner = snapshot.meta["manifest"]["archive_id"], snapshot.schema
        if self._owner != owner:
            self._owner, self._arrays, self._blocks = owner, None, {}


class _Block(NamedTuple):
    """Vectors of the chunks of successive ids, and which of them are known.

    `upper` has the upper halves of their numbers as float32, (rows, dim): as exact as `ROUNDING`,
    and made float32 again five times as fast as float16.
    """

    upper: NDArray[np.uint16]
    known: Mask

    @classmethod
    def empty(cls, dim: int) -> _Block:
        import numpy as np

        return cls(np.zeros((_BLOCK_ROWS, dim), np.uint16), np.zeros(_BLOCK_ROWS, bool))

    def of(self, rows: Integers) -> NDArray[np.float32]:
        """The vectors of the rows, (len(rows), dim)."""
        import numpy as np

        return (self.upper[rows].astype(np.uint32) << _HALF).view(np.float32)

    def fill(self, snapshot: Snapshot, rows: Integers, first_id: int) -> None:
        """Reads those of the rows that are not known yet."""
        import numpy as np

        missing = rows[~self.known[rows]]
        if not len(missing):
            return
        found = snapshot.vectors_by_chunk((missing + first_id).tolist())
        if len(found) < len(missing):
            raise ArchiveDamaged(
                f"The database has lost the vectors of {len(missing) - len(found)} passages.",
                hint="Run: byline doctor --rebuild",
            )
        places = [chunk_id - first_id for chunk_id in found]
        bits = as_matrix(list(found.values()), self.upper.shape[1]).view(np.uint32)
        self.upper[places] = (bits + (1 << (_HALF - 1))) >> _HALF
        self.known[places] = True


def _nothing() -> FilterArrays:
    import numpy as np

    none = np.zeros(0, dtype=np.int64)
    current, validity = np.zeros(0, dtype=bool), np.zeros((4, 0), dtype=np.int64)
    return FilterArrays(none, none, none, none, current, {}, none, validity, 0)


def _updated(before: FilterArrays, snapshot: Snapshot, changed: list[int] | None) -> FilterArrays:
    """The arrays with the changed versions, or with all, as they are in the snapshot."""
    import numpy as np

    rows = snapshot.filter_rows(changed, undated=_UNDATED, for_ever=_FOR_EVER)
    publishers = dict(before.publishers)
    numbers = [_number(publishers, name) for *_, name in rows.versions]
    version, published, published_last = _columns([row[:3] for row in rows.versions], 3)
    intervals = _columns([(v, article_number(a), *when) for v, a, *when in rows.validity], 4)
    chunk, chunk_of = _columns(rows.chunks, 2)
    stale = np.array(changed or [], dtype=np.int64)
    lengths = map(_length, (version, intervals[0], chunk_of, stale))
    length = max(len(before.published), *lengths)
    gone = np.zeros(length, dtype=bool)
    gone[stale] = True
    places = _grown(np.where(gone[before.chunk_version], 0, before.chunk_version), _length(chunk))
    places[chunk] = chunk_of
    kept = before.validity[:, ~gone[before.validity[0]]]
    made = FilterArrays(
        _grown(before.published, length),
        _grown(before.published_last, length),
        _grown(before.publisher, length),
        _grown(before.article, length),
        _grown(before.current, length),
        publishers,
        places,
        np.concatenate([kept, intervals], axis=1),
        snapshot.last_change(),
    )
    made.published[version] = published
    made.published_last[version] = published_last
    made.publisher[version] = numbers
    made.article[intervals[0]] = intervals[1]
    made.current[stale] = False
    made.current[intervals[0][intervals[3] == _FOR_EVER]] = True
    return made


def article_number(name: str) -> int:
    """A number for the article of which this is the id, or the id of a chunk; -1 if it is none."""
    try:
        return int(name[:15], 16)
    except ValueError:
        return -1


def _number(publishers: dict[str, int], name: str | None) -> int:
    """The number of a publisher, a new one for a new name."""
    return _UNKNOWN if name is None else publishers.setdefault(name, len(publishers))


def _columns(rows: Sequence[Sequence[int]], width: int) -> Integers:
    """Rows as an array (width, len(rows))."""
    import numpy as np

    return np.array(rows, dtype=np.int64).reshape(-1, width).T


def _length(ids: Integers) -> int:
    """How long an array has to be that has a place for each id."""
    if len(ids) and not 0 < int(ids.min()) <= int(ids.max()) < _HIGHEST_ID:
        raise ValueError("an id is out of bounds")
    return int(ids.max(initial=0)) + 1


def _grown(values: NDArray[Any], length: int) -> NDArray[Any]:
    """A copy with at least `length` elements, new ones 0."""
    import numpy as np

    return np.pad(values, (0, max(0, length - len(values))))
