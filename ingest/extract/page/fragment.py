"""Reads the blocks of a piece of HTML as lines: bodies that tables and feeds give with tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.clean.characters import one_line
from ingest.extract.draft import Line
from ingest.extract.page.blocks import TextBlock, read_blocks
from ingest.extract.page.tree import parse, remove_unseen
from rag.errors import SourceError

_TAG = re.compile(
    r"</(?:p|div|span|a|h[1-6]|ul|ol|li|strong|em|b|i|figure|article|section|blockquote|td)\s*>"
    r"|<(?:br|p|img|hr)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_LEFT_OUT = frozenset(("form", "nav", "footer"))


def looks_like_markup(text: str) -> bool:
    """Tells whether a text holds HTML tags."""
    return _TAG.search(text) is not None


def read_fragment(text: str) -> tuple[Line, ...]:
    """Reads the blocks of a piece of HTML in order; empty if it cannot be parsed."""
    try:
        tree = parse(text)
    except SourceError:
        return ()
    remove_unseen(tree)
    return lines_of(tree)


def lines_of(root: HtmlElement) -> tuple[Line, ...]:
    """Reads an element, one line for each block, without forms and navigation."""
    return lines_from(
        block
        for block in read_blocks(root)
        if not any(
            node.tag in _LEFT_OUT for node in (block.element, *block.element.iterancestors())
        )
    )


def lines_from(blocks: Iterable[TextBlock]) -> tuple[Line, ...]:
    """Normalizes the texts of blocks, and leaves out those that show nothing."""
    lines = (Line(one_line(block.text), block.kind) for block in blocks)
    return tuple(line for line in lines if line.text)
