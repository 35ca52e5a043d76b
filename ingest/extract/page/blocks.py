"""Reads the blocks of an HTML element: runs of text between the edges of block elements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.clean.characters import one_line
from rag.model import BlockKind

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _HEADINGS | frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset"
    " figcaption figure footer form header hgroup hr html legend li main menu nav ol p pre section"
    " summary table tbody td tfoot th thead tr ul".split()
)
_CELLS = frozenset(("td", "th"))
_SKIPPED = frozenset(
    "head script style noscript template iframe svg math select textarea button input object audio"
    " video canvas map datalist title".split()
)
_LONGEST_CELL = 200
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The characters that mark texts: rare ones, which count as letters.
_FIRST_MARK, _LAST_MARK = 0x20000, 0x2A6DF


@dataclass(slots=True)
class TextBlock:
    """A run of text and where it stands: its block element, and how much of it is linked.

    `length`, `linked` and `kept` count characters; `kept` those of nodes that were kept.
    """

    text: str
    element: HtmlElement
    kind: BlockKind
    length: int
    linked: int
    kept: int

    @property
    def is_linked(self) -> bool:
        return 2 * self.linked >= self.length


def mark_texts(tree: HtmlElement) -> None:
    """Puts a rare character before each text, so that it can be found again elsewhere."""
    mark = _FIRST_MARK
    for node in tree.iter("*"):
        for name in ("text", "tail"):
            text = getattr(node, name)
            if text and not text.isspace() and mark <= _LAST_MARK:
                try:
                    setattr(node, name, chr(mark) + text)
                except ValueError:
                    setattr(node, name, chr(mark) + _NOT_XML.sub("", text))
                mark += 1


def unmark_texts(tree: HtmlElement) -> None:
    """Takes the marks of `mark_texts` off again."""
    for node in tree.iter("*"):
        for name in ("text", "tail"):
            text = getattr(node, name)
            if text and _FIRST_MARK <= ord(text[0]) <= _LAST_MARK:
                setattr(node, name, text[1:])


def marks_in(text: str) -> frozenset[str]:
    """Finds the marks in a text that was made of a marked tree."""
    return frozenset(char for char in set(text) if _FIRST_MARK <= ord(char) <= _LAST_MARK)


def read_blocks(root: HtmlElement, kept: frozenset[str] | None = None) -> list[TextBlock]:
    """Reads the blocks of an element in order, without scripts and form controls.

    :param kept: the marks of the texts that were kept, for a marked tree (see `mark_texts`).
    """
    reader = _Reader(kept)
    reader.read(root, root, BlockKind.PARAGRAPH, linked=False)
    reader.end_block(root, BlockKind.PARAGRAPH)
    return reader.blocks


@dataclass(slots=True)
class _Reader:
    kept_marks: frozenset[str] | None
    blocks: list[TextBlock] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    linked: int = 0
    kept: int = 0

    def read(self, node: HtmlElement, block: HtmlElement, kind: BlockKind, *, linked: bool) -> None:
        tag = node.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            return
        if tag == "br":
            self.end_block(block, kind)
            return
        is_block = tag in _BLOCKS and not (tag in _CELLS and _is_row_of_data(node.getparent()))
        outer_block, outer_kind = block, kind
        if is_block:
            self.end_block(block, kind)
            block, kind = node, _kind(tag, kind)
        elif tag in _CELLS:
            self.pieces.append(" ")
        linked = linked or tag == "a"
        self.add(node.text, linked=linked, lines=tag == "pre")
        for child in node:
            self.read(child, block, kind, linked=linked)
            self.add(child.tail, linked=linked, lines=tag == "pre")
        if is_block:
            self.end_block(block, kind)
            block, kind = outer_block, outer_kind

    def add(self, text: str | None, *, linked: bool, lines: bool) -> None:
        if not text:
            return
        if self.kept_marks is not None and _FIRST_MARK <= ord(text[0]) <= _LAST_MARK:
            is_kept, text = text[0] in self.kept_marks, text[1:]
        else:
            is_kept = False
        length = len(text.strip())
        self.length += length
        self.linked += length if linked else 0
        self.kept += length if is_kept else 0
        self.pieces.append(text if lines else text.replace("\n", " "))

    def end_block(self, element: HtmlElement, kind: BlockKind) -> None:
        if not self.pieces:
            return
        lines = "".join(self.pieces).split("\n")
        for line in lines:
            if text := one_line(line):
                share = len(text) / self.length if len(lines) > 1 and self.length else 1
                self.blocks.append(
                    TextBlock(
                        text,
                        element,
                        kind,
                        round(self.length * share),
                        round(self.linked * share),
                        round(self.kept * share),
                    )
                )
        self.pieces.clear()
        self.length = self.linked = self.kept = 0


def _kind(tag: str, outer: BlockKind) -> BlockKind:
    if tag in _HEADINGS:
        return BlockKind.HEADING
    if tag == "figcaption" or outer is BlockKind.CAPTION:
        return BlockKind.CAPTION
    return BlockKind.PARAGRAPH


def _is_row_of_data(row: HtmlElement | None) -> bool:
    """Tells a row of data, whose cells are read as one line, from columns of a layout."""
    if row is None or row.tag != "tr":
        return False
    return not any(
        node.tag in _BLOCKS and node.tag not in _CELLS for node in row.iterdescendants()
    ) and all(len(cell.text_content()) < _LONGEST_CELL for cell in row)
