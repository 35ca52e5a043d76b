"""Parses HTML, and removes what a browser does not show."""

from __future__ import annotations

import re

from lxml import etree, html  # type: ignore[import-untyped]

from ingest.clean.bounds import check_count
from ingest.extract.page.blocks import BLOCK_TAGS
from rag.errors import SourceError

_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
# The parser drops the end of an element that it has closed already, and joins the texts around it.
_END_OF_BLOCK = re.compile(rf"</(?:{'|'.join(sorted(BLOCK_TAGS))})\s*>(?=[^\s<])", re.IGNORECASE)
_MOST_TAGS, _MOST_ATTRIBUTES = 100_000, 20_000
# The parser's time grows with the square of the attributes of one tag.
_LONG_TAG = re.compile(r"""<[a-zA-Z](?:[^<>"']++|"[^"]*"|'[^']*')*+""")
_SCRIPT = re.compile(r"<(script|style)\b(?:[^<]++|<(?!/\1))*+", re.IGNORECASE)
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f")
_OF_HEAD = frozenset("title meta link script style base noscript template object".split())
# What holds no text of its own to read. Their tails stay.
_UNREAD = (
    "noscript template iframe svg math select textarea button object audio video canvas map"
).split()
_HIDDEN = etree.XPath(
    "//*[@hidden or @aria-hidden='true' or @style[contains(., 'none') or contains(., 'hidden')]"
    " or @class[contains(., 'visually') or contains(., 'sr-only') or contains(., 'screen-r')]]"
)
_HIDDEN_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.I
)
_HIDDEN_CLASS = re.compile(r"(?:^|\s)(?:visually-?hidden|sr-only|screen-reader(?:-text)?)(?:\s|$)")
# The toolbar of a page saved from web.archive.org.
_ARCHIVE_BAR = etree.XPath("//*[@id='wm-ipp-base' or @id='wm-ipp' or @id='donato']")


def parse(text: str) -> html.HtmlElement:
    """Parses a page or a piece of one.

    :raises SourceError: if there is nothing to parse, or far more than an article has.
    """
    check_count(text, "<", _MOST_TAGS, "tags")
    for tag in _LONG_TAG.finditer(_SCRIPT.sub("", text)):
        if len(tag[0]) > _MOST_ATTRIBUTES:
            bare = _QUOTED.sub(" ", tag[0])
            check_count(" ".join(bare.split()), " /", _MOST_ATTRIBUTES, "attributes in a tag")
    text = _END_OF_BLOCK.sub(r"\g<0> ", _DECLARATION.sub("", text, count=1))
    data = text.encode("utf-8", "replace")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(data.translate(None, _CONTROLS), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise SourceError(f"is an HTML page that cannot be read ({error or 'empty'})") from error
    _move_out_of_head(tree)
    return tree


def _move_out_of_head(tree: html.HtmlElement) -> None:
    """Ends the head where a browser does: before the first element that does not belong there.

    The tags of head and body may be left out, and the parser does not know <article> or <main>.
    """
    head = tree.find("head")
    nodes = [] if head is None else list(head)
    first = next((at for at, node in enumerate(nodes) if node.tag not in _OF_HEAD), None)
    if first is None:
        return
    body = tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    nodes[-1].tail = (nodes[-1].tail or "") + (body.text or "")
    body.text = None
    for at, node in enumerate(nodes[first:]):
        body.insert(at, node)


def remove_unseen(tree: html.HtmlElement) -> None:
    """Removes scripts, hidden elements and a web archive's toolbar; text after them stays."""
    etree.strip_elements(tree, "script", "style", with_tail=False)
    for node in _ARCHIVE_BAR(tree):
        drop(node)
    most = len(tree.text_content()) / 2
    # An element that is never closed seems to hold the rest of the page.
    for node in tree.iter(*_UNREAD):
        if len(node) and len(node.text_content()) > most:
            node.tag = "div"
    etree.strip_elements(tree, *_UNREAD, with_tail=False)
    # A page whose own script shows its text later hides most of it at first.
    for node in _HIDDEN(tree):
        if _is_hidden(node) and len(node.text_content()) < most:
            drop(node)


def drop(node: html.HtmlElement) -> None:
    """Removes an element but not the text after it."""
    if node.getparent() is not None:
        node.drop_tree()


def _is_hidden(node: html.HtmlElement) -> bool:
    if node.tag in ("html", "body"):
        return False
    return (
        node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(node.get("style") or "") is not None
        or _HIDDEN_CLASS.search(node.get("class") or "") is not None
    )
