"""Tells copies of texts: what shares nearly all runs of three words, in time that does not grow.

MinHash (Broder 1997): the least hashes of a text's shingles under several functions agree with
those of another text as often as the texts share shingles. Groups of four of them are bands, and
texts with a band in common are compared word by word. Two texts that share 75% of their shingles
have one of 16 bands in common in 99.8% of cases, two that share 20% in 3%.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Set as AbstractSet
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_LIKENESS = 0.75
"""Texts that share so many of their shingles (Jaccard) are copies."""
_WORDS = 3
_BANDS, _ROWS = 16, 4
_WORD = re.compile(r"\w+")
# Shorter texts are alike by chance: a caption, "This story will be updated."
_FEWEST_WORDS = 12


def shingles(text: str) -> frozenset[str]:
    """The runs of three words of a text, in lower case; none of a text of under 12 words.

    >>> len(shingles("The port of Fennmouth is shut, and 640 dockers walked out on Monday."))
    11
    """
    found = _WORD.findall(text.casefold())
    if len(found) < _FEWEST_WORDS:
        return frozenset()
    return frozenset(" ".join(found[i : i + _WORDS]) for i in range(len(found) - _WORDS + 1))


def likeness(one: AbstractSet[str], two: AbstractSet[str]) -> float:
    """The share of all shingles that both texts have (Jaccard), in [0, 1]."""
    return len(one & two) / len(one | two) if one and two else 0.0


def bands(found: AbstractSet[str]) -> list[int]:
    """The bands of a text as 64-bit numbers; a later release must find the same ones."""
    import numpy as np

    if not found:
        return []
    hashes = np.array([zlib.crc32(item.encode()) for item in found], dtype=np.uint64)
    factors, offsets = _functions()
    least = ((factors[:, None] * hashes + offsets[:, None]) >> np.uint64(32)).min(axis=1)
    groups = least.astype("<u4").reshape(_BANDS, _ROWS)
    return [_number(bytes([place]) + group.tobytes()) for place, group in enumerate(groups)]


@cache
def _functions() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Factors and offsets of the hash functions (multiply-shift, Dietzfelbinger 1997)."""
    import numpy as np

    count = _BANDS * _ROWS
    factors = [_number(f"factor {i}".encode()) | 1 for i in range(count)]
    offsets = [_number(f"offset {i}".encode()) for i in range(count)]
    return np.array(factors).astype(np.uint64), np.array(offsets).astype(np.uint64)


def _number(data: bytes) -> int:
    """A signed 64-bit hash, as SQLite keeps numbers."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little", signed=True)
