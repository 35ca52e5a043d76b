"""Reads a page's JSON-LD, and finds the node that describes the page's own article."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.clean.characters import one_line
from ingest.extract.addresses import same_address

Node = Mapping[str, Any]

_ARTICLE = re.compile(
    r"(?:https?://schema\.org/)?\w*(?:Article|Posting|Report|Review|Recipe|CreativeWork)$"
)
_PAGE = re.compile(r"(?:https?://schema\.org/)?(?:Item|About|FAQ|Medical)?(?:Web)?Page$")
# What stands around the JSON in a script element.
_WRAPPING = re.compile(
    r"^\s*(?:/[/*])?\s*<!(?:--|\[CDATA\[)\s*(?:\*/)?|(?:/[/*])?\s*(?:-->|\]\]>)\s*(?:\*/)?\s*$"
)
_INNER = ("@graph", "mainEntity", "mainEntityOfPage", "about", "itemReviewed", "subjectOf")
_DEPTH = 6
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class StructuredData:
    """All JSON-LD nodes of a page, and those with an @id by it."""

    nodes: Sequence[Node]
    by_id: Mapping[str, Node]

    def resolve(self, value: object) -> object:
        """Follows a reference such as {"@id": "#author"} to its node."""
        if isinstance(value, dict) and "name" not in value:
            return self.by_id.get(str(value.get("@id")), value)
        if isinstance(value, str) and value.startswith(("#", "http")):
            return self.by_id.get(value, value)
        return value

    def names(self, value: object) -> list[str]:
        """Reads the names of people or organizations: texts, nodes, references or lists of them."""
        if isinstance(value, list):
            return list(dict.fromkeys(name for item in value[:20] for name in self.names(item)))
        found = self.resolve(value)
        if isinstance(found, dict):
            return self.names(found.get("name") or found.get("legalName"))
        return [text] if (text := text_of(found)) else []

    def article(self, addresses: Sequence[str], headlines: Sequence[str]) -> Node:
        """Finds the node of the page's own article; empty if all describe something else.

        :param addresses: the page's own URLs.
        :param headlines: what the page calls its article.
        """
        found = [node for node in self.nodes if _is_type(node, _ARTICLE)]
        ranked = [(self._match(node, addresses, headlines), node) for node in found]
        best = max((rank for rank, _ in ranked), default=0)
        # A node that names neither address nor headline describes the page it stands on.
        if best < 0:
            return {}
        return next((node for rank, node in ranked if rank == best), {})

    def page(self, addresses: Sequence[str], headlines: Sequence[str]) -> Node:
        """Finds the node of the web page itself."""
        pages = (node for node in self.nodes if _is_type(node, _PAGE))
        return next((node for node in pages if self._match(node, addresses, headlines) >= 0), {})

    def _match(self, node: Node, addresses: Sequence[str], headlines: Sequence[str]) -> int:
        main = node.get("mainEntityOfPage")
        own = [
            node.get("url"),
            node.get("@id"),
            main,
            main.get("@id") if isinstance(main, dict) else None,
        ]
        stated = [item for item in own if isinstance(item, str) and item.startswith("http")]
        if any(same_address(one, other) for one in stated for other in addresses):
            return 2
        words = _words(text_of(node.get("headline")) or text_of(node.get("name")) or "")
        titles = [title for headline in headlines if (title := _words(headline))]
        if words and titles:
            shared = max(len(words & title) / min(len(words), len(title)) for title in titles)
            if shared >= 0.5:
                return 1
            if shared == 0 or stated:
                return -1
        return 0


def read_structured_data(tree: HtmlElement) -> StructuredData:
    """Reads all JSON-LD of a page; what is not JSON is left aside."""
    nodes: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            nodes.extend(_objects(_parse(script.text or "")))
    by_id: dict[str, Node] = {}
    for node in nodes:
        for inner in _all_objects(node):
            name = inner.get("@id")
            if isinstance(name, str) and len(inner) > len(by_id.get(name, {})):
                by_id[name] = inner
    return StructuredData(nodes, by_id)


def text_of(value: object) -> str | None:
    """Reads a plain text; None if it is empty or something else."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value")
    return one_line(html.unescape(html.unescape(value))) or None if isinstance(value, str) else None


def _parse(text: str) -> object:
    text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";").rstrip()
    for attempt in (text, text.replace("\\'", "'"), html.unescape(text)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(attempt)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _objects(value: object, depth: int = 0) -> Iterator[Node]:
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in _INNER:
            yield from _objects(value.get(name), depth + 1)


def _all_objects(value: object, depth: int = 0) -> Iterator[Node]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield value
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for item in inner:
        if isinstance(item, (dict, list)):
            yield from _all_objects(item, depth + 1)


def _is_type(node: Node, pattern: re.Pattern[str]) -> bool:
    types = node.get("@type")
    return any(
        isinstance(name, str) and pattern.match(name)
        for name in (types if isinstance(types, list) else [types])
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
