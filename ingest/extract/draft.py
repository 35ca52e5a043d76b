"""Defines what every reader returns: lines of text and what the document states, uncleaned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rag.model import BlockKind, PartialDate


class Line(NamedTuple):
    """One normalized line that is not empty, and its kind as far as the format states it."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH


@dataclass(frozen=True, slots=True)
class Draft:
    """One article as a reader found it; None means not stated.

    `headlines` are other wordings of the title in the same document.
    """

    lines: tuple[Line, ...]
    title: str | None = None
    headlines: tuple[str, ...] = ()
    standfirst: str | None = None
    url: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: PartialDate | None = None
    updated: PartialDate | None = None
    fetched: PartialDate | None = None
