"""Reads the entries of feed files: RSS, RDF and Atom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree  # type: ignore[import-untyped]

from ingest.clean.bounds import check_count
from rag.errors import SourceError

FEED_SUFFIXES = frozenset((".xml", ".rss", ".atom", ".rdf"))
_ENTRIES = ("item", "entry")
_FIELDS = {
    "title": "title",
    "encoded": "content",
    "content": "content",
    "creator": "author",
    "author": "author",
    "pubDate": "published",
    "published": "published",
    "issued": "published",
    "date": "published",
    "updated": "updated",
    "modified": "updated",
    "guid": "guid",
    "id": "guid",
    "source": "publisher",
}
_SUMMARIES = ("description", "summary")
# A description is the whole text in some feeds, a summary in most.
_LONG_SUMMARY = 1_000
_MOST_TAGS = 1_000_000


def read_feed(data: bytes) -> Iterator[Mapping[str, str]]:
    """Reads the entries of a feed as fields of articles; an entry with a summary has no content.

    :raises SourceError: if it is not a feed.
    """
    check_count(data, "<", _MOST_TAGS, "tags")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"is not XML ({error})") from error
    if root is None or _name(root) not in ("rss", "RDF", "feed"):
        raise SourceError("is XML, but not a feed (RSS or Atom)")
    channel = next((node for node in root.iter() if _name(node) in ("channel", "feed")), root)
    publisher = next((_text(node) for node in channel if _name(node) == "title"), "")
    for entry in root.iter():
        if _name(entry) in _ENTRIES:
            yield _fields(entry, publisher)


def _fields(entry: etree._Element, publisher: str) -> Mapping[str, str]:
    fields = {"publisher": publisher}
    summary = ""
    for node in entry:
        name = _name(node)
        if name in _SUMMARIES:
            summary = max(summary, _text(node), key=len)
        elif name == "link" and node.get("rel", "alternate") == "alternate":
            fields.setdefault("url", node.get("href") or _text(node))
        elif name in _FIELDS and (name != "source" or _text(node)):
            key = _FIELDS[name]
            if key == "publisher" or len(_text(node)) > len(fields.get(key, "")):
                fields[key] = _text(node)
    if "content" not in fields and len(summary) > _LONG_SUMMARY:
        fields["content"] = summary
    elif "content" not in fields:
        fields["summary"] = summary
    return {key: value for key, value in fields.items() if value}


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _text(node: etree._Element) -> str:
    """Reads the text of an element; the name of a person; markup of XHTML content as it is."""
    for child in node:
        if _name(child) == "name":
            return _text(child)
    if len(node):
        return "".join(etree.tostring(child, encoding="unicode") for child in node)
    return (node.text or "").strip()
