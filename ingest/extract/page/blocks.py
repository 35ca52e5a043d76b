"""Reads the blocks of an HTML element: runs of text between the edges of block elements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.clean.characters import repair_c1
from rag.model import BlockKind

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
BLOCK_TAGS = _HEADINGS | frozenset(
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

    `text` has single spaces and is not normalized otherwise. `length`, `linked` and `kept` count
    characters: all, those in links, and those of texts that were kept.
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
        text, tail = node.text, node.tail
        try:
            if text and not text.isspace():
                node.text = chr(mark) + text
                mark += 1
            if tail and not tail.isspace():
                node.tail = chr(mark) + tail
                mark += 1
        except ValueError:
            node.text = node.text and _NOT_XML.sub("", text)
            node.tail = node.tail and _NOT_XML.sub("", tail)
        if mark >= _LAST_MARK:
            return


def unmark_texts(tree: HtmlElement) -> None:
    """Takes the marks of `mark_texts` off again."""
    for node in tree.iter("*"):
        text, tail = node.text, node.tail
        if text and _FIRST_MARK <= ord(text[0]) <= _LAST_MARK:
            node.text = text[1:]
        if tail and _FIRST_MARK <= ord(tail[0]) <= _LAST_MARK:
            node.tail = tail[1:]


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
        if tag in _SKIPPED:
            return
        if tag == "br":
            self.end_block(block, kind)
            return
        is_block = tag in BLOCK_TAGS and not (tag in _CELLS and _is_row_of_data(node.getparent()))
        if is_block:
            if self.pieces:
                self.end_block(block, kind)
            block, kind = node, _kind(tag, kind)
        elif tag in _CELLS:
            self.pieces.append(" ")
        linked = linked or tag == "a"
        if text := node.text:
            self.add(text, linked=linked, lines=tag == "pre")
        for child in node.iterchildren("*"):
            self.read(child, block, kind, linked=linked)
            if tail := child.tail:
                self.add(tail, linked=linked, lines=tag == "pre")
        if is_block and self.pieces:
            self.end_block(block, kind)

    def add(self, text: str, *, linked: bool, lines: bool) -> None:
        if text.isspace():
            self.pieces.append("\n" if lines and "\n" in text else " ")
            return
        marks = self.kept_marks
        length = len(text)
        if marks is not None and _FIRST_MARK <= ord(text[0]) <= _LAST_MARK:
            if text[0] in marks:
                self.kept += length
            text = text[1:]
        self.length += length
        if linked:
            self.linked += length
        self.pieces.append(text if lines else text.replace("\n", " "))

    def end_block(self, element: HtmlElement, kind: BlockKind) -> None:
        lines = repair_c1("".join(self.pieces)).split("\n")
        texts = [text for line in lines if (text := " ".join(line.split()))]
        for text in texts:
            share = 1 if len(texts) == 1 else len(text) / max(1, sum(map(len, texts)))
            counts = (round(count * share) for count in (self.length, self.linked, self.kept))
            self.blocks.append(TextBlock(text, element, kind, *counts))
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
        node.tag in BLOCK_TAGS and node.tag not in _CELLS for node in row.iterdescendants()
    ) and all(len(cell.text_content()) < _LONGEST_CELL for cell in row)
