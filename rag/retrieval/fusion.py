"""Fuses rankings by reciprocal rank (Cormack, Clarke and Buettcher, SIGIR 2009)."""

from __future__ import annotations

import math
from collections.abc import Sequence

_CONSTANT = 60


def fuse(rankings: Sequence[Sequence[str]]) -> dict[str, float]:
    """Scores each name by the sum over rankings of 1 / (60 + rank), divided by the highest sum.

    Scores lie in (0, 1]; the order of the rankings does not matter.

    >>> fuse([["a", "b"], ["a"]])["a"]
    1.0
    """
    shares: dict[str, list[float]] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            shares.setdefault(name, []).append(1 / (_CONSTANT + rank))
    most = math.fsum([1 / (_CONSTANT + 1)] * len(rankings))
    # fsum rounds once, so that the order of the rankings does not change the last bit.
    return {name: math.fsum(parts) / most for name, parts in shares.items()}
