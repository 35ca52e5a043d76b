"""What was worked out lately, by key, up to a bound: the least recently used goes first. Standard library only."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """At most `most` values. Safe to share between threads.

    >>> squares = Memory[int, int](100)
    >>> squares.recall([2, 3, 2], lambda new: [n * n for n in new])
    [4, 9, 4]
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def recall(
        self, keys: Sequence[Key], work_out: Callable[[list[Key]], Sequence[Value]]
    ) -> list[Value]:
        """The values of the keys, in their order; those that are not remembered are worked out together, each once."""
        with self._lock:
            known = {key: self._values[key] for key in keys if key in self._values}
        new = [key for key in dict.fromkeys(keys) if key not in known]
        if new:
            known.update(zip(new, work_out(new), strict=True))
        with self._lock:
            for key in dict.fromkeys(keys):
                self._values[key] = known[key]
                self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return [known[key] for key in keys]
