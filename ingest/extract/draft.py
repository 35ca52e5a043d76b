"""What the readers of the formats hand on: lines of text and what their document says about itself, before cleaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rag.model import BlockKind, PartialDate


class Line(NamedTuple):
    """One folded line that is not empty, and what it is as far as its format tells."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH


@dataclass(frozen=True, slots=True)
class Draft:
    """One article as a reader found it. `headlines` are other wordings of the title on the same page; None means not stated."""

    lines: tuple[Line, ...]
    title: str | None = None
    headlines: tuple[str, ...] = ()
    standfirst: str | None = None
    url: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: PartialDate | None = None
    updated: PartialDate | None = None
