"""Adds what a user states of a document, beside the document itself: publisher, date, author.

The statements travel with the raw document, so that they hold when it is extracted again.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ingest.clean.characters import one_line
from ingest.extract.addresses import web_address
from ingest.extract.dates import parse_date
from ingest.extract.draft import Draft
from rag.errors import UsageError
from rag.model import RawDocument

STATED = "application/vnd.byline.stated+json"
FIELDS = ("title", "author", "publisher", "published", "updated", "url")
# Who states it, from the most general on: a later one counts more.
FOLDER, FILE, ARTICLE = LAYERS = ("folder", "file", "article")

Fields = Mapping[str, str]


def checked(fields: Fields) -> dict[str, str]:
    """Normalizes statements; an empty one takes away what the document says.

    :raises UsageError: if a date, an address or an empty title cannot be stated.
    """
    found = {name: one_line(value) for name, value in fields.items()}
    for name, value in found.items():
        if name in ("published", "updated") and value and parse_date(value) is None:
            raise UsageError(f"{value!r} is not a date", hint="write it as 2024-05-31")
        if name == "url" and value and web_address(value) is None:
            raise UsageError(f"{value!r} is not an address", hint="write it as https://…")
    if found.get("title") == "":
        raise UsageError("an article needs a title")
    return found


def state(document: RawDocument, layer: str, fields: Fields) -> RawDocument:
    """Adds statements to a document; they replace those of the same layer and name."""
    if not fields:
        return document
    bare, layers = opened(document)
    layers = {**layers, layer: {**layers.get(layer, {}), **fields}}
    content = {
        "media_type": bare.media_type,
        "data": b64encode(bare.data).decode("ascii"),
        "stated": layers,
    }
    data = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
    return replace(bare, media_type=STATED, data=data)


def opened(document: RawDocument) -> tuple[RawDocument, Mapping[str, Fields]]:
    """Returns the document itself, and the statements about it by layer."""
    if document.media_type != STATED:
        return document, {}
    content = json.loads(document.data)
    data = b64decode(content["data"])
    return replace(document, media_type=content["media_type"], data=data), content["stated"]


def with_statements(draft: Draft, layers: Mapping[str, Fields]) -> Draft:
    """Puts the statements in the place of what the document says of itself."""
    fields: dict[str, Any] = {}
    for layer in LAYERS:
        for name, value in layers.get(layer, {}).items():
            is_date = name in ("published", "updated")
            fields[name] = (parse_date(value) if is_date else value) or None
    return replace(draft, **fields)
