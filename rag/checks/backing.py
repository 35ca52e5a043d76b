"""What a statement stands on. Plain values."""

from __future__ import annotations

from typing import NamedTuple

from rag.model import PartialDate


class Backing(NamedTuple):
    """One quote that a statement stands on: its exact words, all the text of its article, and when that was published."""

    text: str
    article: str
    published: PartialDate | None
