"""Finds the article's blocks in a page.

Trafilatura, set to precision, chooses texts; then come all other paragraphs that stand in the same
place of the page's structure, which trafilatura may lose: parts in containers of their own, text
between blocks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.extract.page.blocks import TextBlock, mark_texts, marks_in, read_blocks, unmark_texts
from rag.model import BlockKind

_SHORT, _LONG = 40, 80
# Below this much text, or this share of the page's largest group of paragraphs, the quick choice
# is checked by trafilatura's slower way.
_FEW_CHARACTERS, _SMALL_SHARE = 400, 0.25
_LITTLE, _MUCH_MORE = 800, 2.5
_ASIDE = re.compile(
    r"comment|disqus|related|recirc|recommend|promo|newsletter|sidebar|footer|most-?read|trending"
    r"|outbrain|taboola|sponsor|cookie|consent|subscri|paywall-|share|social",
    re.IGNORECASE,
)
# Classes of elements that stand between paragraphs and are no text of the article.
_LABEL = re.compile(r"author|byline|caption|credit|legend|label|advert", re.IGNORECASE)
_ASIDE_TAGS = frozenset(("nav", "aside", "footer", "form"))

Place = tuple[object, ...]


class MainText(NamedTuple):
    """The blocks of a page's body, and the indexes of those that are the article's."""

    blocks: Sequence[TextBlock]
    chosen: Sequence[int]

    @property
    def article(self) -> list[TextBlock]:
        return [self.blocks[index] for index in self.chosen]


def find_main_text(tree: HtmlElement) -> MainText:
    """Chooses the article's blocks of a parsed page, from which hidden parts have been removed."""
    body = tree.find("body")
    root = tree if body is None else body
    mark_texts(tree)
    blocks = read_blocks(root, _marks_kept(tree, fast=True))
    if _is_doubtful(blocks):
        quick = blocks
        blocks = read_blocks(root, _marks_kept(tree, fast=False))
        _keep_what_was_missed(blocks)
        _keep_between(blocks, quick)
    unmark_texts(tree)
    return MainText(blocks, _with_neighbours(blocks))


def with_standfirst(main: MainText, summary: str | None) -> MainText:
    """Adds the paragraph above the text that says what the page states as its summary.

    Trafilatura takes it for a repetition of the metadata.
    """
    wanted = _words(summary or "")
    first = min(main.chosen, default=0)
    added = [
        index
        for index, block in enumerate(main.blocks[:first])
        if wanted and not block.is_linked and _words(block.text) == wanted
    ]
    # The last one, next to the text; others may stand in a menu.
    return main._replace(chosen=[*added[-1:], *main.chosen])


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _marks_kept(tree: HtmlElement, *, fast: bool) -> frozenset[str]:
    from trafilatura import bare_extraction

    found = bare_extraction(tree, fast=fast, favor_precision=True, include_comments=False)
    text = getattr(found, "text", None)
    return marks_in(text or "")


def _is_doubtful(blocks: Sequence[TextBlock]) -> bool:
    kept = sum(block.length for block in blocks if _is_kept(block))
    return kept < max(_FEW_CHARACTERS, _SMALL_SHARE * _length(_largest_group(blocks)))


def _largest_group(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """Finds the long paragraphs that share one place and together are the longest."""
    groups: dict[Place, list[TextBlock]] = {}
    for block in blocks:
        if _is_long(block):
            groups.setdefault(_place(block), []).append(block)
    return max(groups.values(), key=_length, default=[])


def _length(blocks: Sequence[TextBlock]) -> int:
    return sum(block.length for block in blocks)


def _keep_what_was_missed(blocks: Sequence[TextBlock]) -> None:
    """Keeps the largest group of paragraphs instead of the little that trafilatura kept."""
    kept = sum(block.length for block in blocks if _is_kept(block))
    # Some articles stand in an <aside>, none in a <figure>.
    tags = _ASIDE_TAGS - {"aside"} | {"figure"}
    largest = _largest_group(
        [block for block in blocks if not is_in_aside(block.element, tags=tags)]
    )
    if kept < _LITTLE and _length(largest) > _MUCH_MORE * kept and not any(map(_is_kept, largest)):
        for block in blocks:
            block.kept = 0
        for block in largest:
            block.kept = block.length


def _keep_between(blocks: Sequence[TextBlock], quick: Sequence[TextBlock]) -> None:
    """Keeps what the quick choice kept between the first and the last block that is kept."""
    kept = [index for index, block in enumerate(blocks) if _is_kept(block)]
    inner = slice(kept[0], kept[-1]) if kept else slice(0)
    for block, same in zip(blocks[inner], quick[inner], strict=True):
        block.kept = max(block.kept, same.kept)


def _is_kept(block: TextBlock) -> bool:
    return 2 * block.kept >= block.length


def _with_neighbours(blocks: Sequence[TextBlock]) -> list[int]:
    """Adds the paragraphs that stand where long ones were kept: between them, or beside them."""
    long = [block for block in blocks if _is_kept(block) and _is_long(block)]
    between = _between_siblings(blocks, long)
    places = {_place(block) for block in long}
    elements = {block.element for block in long}
    parents = {element.getparent() for element in elements}

    def is_beside(block: TextBlock) -> bool:
        # Text after an inner block, directly in what holds the paragraphs.
        if block.element in parents or block.element in elements:
            return True
        if block.kind is BlockKind.HEADING and block.element.getparent() in elements:
            return True
        if block.element.getparent() in parents and _is_long(block):
            return True
        return block.length >= _SHORT and _place(block) in places

    return [
        index
        for index, block in enumerate(blocks)
        if _is_kept(block)
        or (
            not block.is_linked
            and (index in between or is_beside(block))
            and not is_in_aside(block.element)
        )
    ]


def _between_siblings(blocks: Sequence[TextBlock], long: Sequence[TextBlock]) -> set[int]:
    """Finds the indexes of the blocks that stand in one parent between two long ones.

    Bylines, captions, and texts that stand there twice ("Advertisement") are left out.
    """
    elements = {block.element for block in long}
    spans: dict[HtmlElement, list[int]] = {}
    for index, block in enumerate(blocks):
        if block.element in elements:
            spans.setdefault(block.element.getparent(), []).append(index)
    between = [
        index
        for index, block in enumerate(blocks)
        if (span := spans.get(block.element.getparent()))
        and span[0] < index < span[-1]
        and block.element.tag != "figure"
        and not _LABEL.search(_classes(block.element))
    ]
    times = Counter(blocks[index].text for index in between)
    return {index for index in between if times[blocks[index].text] == 1}


def _is_long(block: TextBlock) -> bool:
    return block.length >= _LONG and not block.is_linked


def _place(block: TextBlock) -> Place:
    """Describes where a block stands: its tag, and tag and classes of the elements around it."""
    parents = list(block.element.iterancestors())[:3]
    return (block.element.tag, *((node.tag, _classes(node)) for node in parents))


def _classes(node: HtmlElement) -> str:
    return " ".join((node.get("class") or "").split()[:2])


def is_in_aside(element: HtmlElement, *, tags: frozenset[str] = _ASIDE_TAGS) -> bool:
    return any(
        node.tag in tags or _ASIDE.search(f"{node.get('class')} {node.get('id')}")
        for node in (element, *element.iterancestors())
    )
