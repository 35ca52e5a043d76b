"""Finds the region of a page that is the article's: its text, its headline and what is between.

What stands elsewhere (navigation, sidebars, comments, cards of other stories) never dates or names
the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.extract.page.blocks import TextBlock

_TEXT_SHARE = 0.8
_LONG = 60
_HEADINGS = ("h1", "h2", "h3")
ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|disqus|replies|related|recirc\w*|recommend\w*|promo\w*"
    r"|newsletter|sidebar|side-?bar|aside|widget\w*|most-?(?:read|viewed|popular)|popular|trending"
    r"|latest|recent\w*|more-?(?:from|on|stories|news|articles)?|teasers?|cards?|read-?next|up-?next"
    r"|outbrain|taboola|sponsor\w*|ads?|advert\w*|site-?footer|colophon|carousel|nav(?:bar|igation|-?menu)|menu"
    r"|breadcrumbs?"
    r"|prev(?:ious)?|next|archives?|calendar)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ASIDE_TAGS = frozenset(("nav", "aside"))


class Region(NamedTuple):
    """The element that holds headline and text, those above it, and the headline's element."""

    root: HtmlElement
    around: frozenset[HtmlElement]
    headline: HtmlElement | None


def article_region(
    tree: HtmlElement, blocks: Sequence[TextBlock], headlines: Sequence[str]
) -> Region:
    """Finds the region of the article with these blocks.

    :param headlines: what the page calls its article, to know its headline among others.
    """
    text = _common(blocks) if blocks else None
    if text is None:
        body = tree.find("body")
        text = tree if body is None else body
    headline = _headline(tree, blocks, headlines)
    root = text
    if headline is not None:
        inside = set(headline.iterancestors())
        while root not in inside and root.getparent() is not None:
            root = root.getparent()
    return Region(root, frozenset((root, *root.iterancestors())), headline)


def is_aside(node: HtmlElement, region: Region) -> bool:
    """Tells whether an element stands in navigation, a sidebar, comments or cards."""
    for parent in (node, *node.iterancestors()):
        if parent in region.around:
            return False
        if parent.tag in _ASIDE_TAGS or ELSEWHERE.search(
            f"{parent.get('class') or ''} {parent.get('id') or ''}"
        ):
            return True
    return False


def _common(blocks: Sequence[TextBlock]) -> HtmlElement | None:
    """Finds the deepest element that holds most of the text."""
    weights: dict[HtmlElement, int] = {}
    total = 0
    for block in blocks:
        length = block.length if block.length >= _LONG else 1
        total += length
        for node in (block.element, *block.element.iterancestors()):
            weights[node] = weights.get(node, 0) + length
    holding = [node for node, weight in weights.items() if weight >= _TEXT_SHARE * total]
    return max(holding, key=lambda node: sum(1 for _ in node.iterancestors()), default=None)


def _headline(
    tree: HtmlElement, blocks: Sequence[TextBlock], headlines: Sequence[str]
) -> HtmlElement | None:
    """Finds the heading that says a known headline, else the last <h1> above the text, if any."""
    known = {_essence(headline) for headline in headlines}
    first = blocks[0].element if blocks else None
    above, last = True, None
    for node in tree.iter("*"):
        if node is first:
            above = False
        if node.tag in _HEADINGS:
            text = _essence(node.text_content())
            if text and any(
                text == headline or (len(text) > 15 and text in headline) for headline in known
            ):
                return node
            if node.tag == "h1" and text and (above or last is None):
                last = node
    return last


def _essence(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
