"""Reads the blocks of a piece of HTML as lines: bodies that tables and feeds give with tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.clean.characters import one_line
from ingest.extract.draft import Line
from rag.model import BlockKind

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped]

_TAG = re.compile(
    r"</(?:p|div|span|a|h[1-6]|ul|ol|li|strong|em|b|i|figure|article|section|blockquote|td)\s*>"
    r"|<(?:br|p|img|hr)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"address|article|aside|blockquote|br|body|caption|d[dlt]|div|fig(?:caption|ure)|footer|form"
    r"|h[1-6r]|header|html|li|main|nav|[ou]l|p|pre|section|t(?:able|body|d|h|head|r)"
)
_LEFT_OUT = re.compile(
    r"script|style|noscript|template|iframe|svg|form|button|nav|footer|head|title|select|object"
    r"|video|audio"
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_HEADING = re.compile(r"h[1-6]")


def looks_like_markup(text: str) -> bool:
    """Tells whether a text holds HTML tags."""
    return _TAG.search(text) is not None


def read_fragment(text: str) -> tuple[Line, ...]:
    """Reads the blocks of a piece of HTML in order; empty if it cannot be parsed."""
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        root = html.fragment_fromstring(
            _XML_DECLARATION.sub("", text).replace("\0", ""), create_parent="div"
        )
    except (etree.LxmlError, ValueError):
        return ()
    return blocks_of(root)


def blocks_of(root: HtmlElement) -> tuple[Line, ...]:
    """Reads an element, one line for each block, without scripts, forms and navigation."""
    from lxml import etree

    gathering = _Gathering([], [])
    skipped = None
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start" and skipped is None:
            skipped = node if _LEFT_OUT.fullmatch(tag) else None
            if skipped is None:
                gathering.open(tag, node.text)
        elif event != "start" and skipped in (None, node):
            skipped = None
            gathering.close(tag, None if node is root else node.tail)
    gathering.end_block()
    return tuple(gathering.lines)


@dataclass(slots=True)
class _Gathering:
    """Collects the finished blocks and the pieces of the open one."""

    lines: list[Line]
    pieces: list[str]
    kind: BlockKind = BlockKind.PARAGRAPH

    def open(self, tag: str, text: str | None) -> None:
        if _BLOCK.fullmatch(tag):
            self.end_block()
            self.kind = _kind(tag)
        self.pieces.append(text or "")

    def close(self, tag: str, tail: str | None) -> None:
        if _BLOCK.fullmatch(tag):
            self.end_block()
        self.pieces.append(tail or "")

    def end_block(self) -> None:
        if text := one_line("".join(self.pieces)):
            self.lines.append(Line(text, self.kind))
        self.pieces.clear()
        self.kind = BlockKind.PARAGRAPH


def _kind(tag: str) -> BlockKind:
    if _HEADING.fullmatch(tag):
        return BlockKind.HEADING
    return BlockKind.CAPTION if tag == "figcaption" else BlockKind.PARAGRAPH
