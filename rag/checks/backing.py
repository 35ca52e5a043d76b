"""What a statement is checked against."""

from __future__ import annotations

from typing import NamedTuple

from rag.model import PartialDate


class Backing(NamedTuple):
    """One quote of a statement: its words, the text of its article, and the article's date."""

    text: str
    article: str
    published: PartialDate | None
