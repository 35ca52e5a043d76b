"""Adds what a user states of a document, beside the document itself: publisher, date, language.

The statements travel with the raw document, so that they hold when it is extracted again.
"""

from __future__ import annotations

import json
import re
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
FIELDS = ("title", "author", "publisher", "published", "updated", "url", "language")
# Who states it, from the most general on: a later one counts more.
FOLDER, FILE, ARTICLE = LAYERS = ("folder", "file", "article")

Fields = Mapping[str, str]
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z\d]{2,8})*", re.IGNORECASE)


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
    if (language := found.get("language")) and not _LANGUAGE.fullmatch(language):
        raise UsageError(f"{language!r} is not a language", hint="write it as de or en-US")
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


def merged(layers: Mapping[str, Fields]) -> dict[str, str]:
    """Merges the layers; of two statements of one name the nearer to the article counts."""
    return {name: value for layer in LAYERS for name, value in layers.get(layer, {}).items()}


def with_statements(draft: Draft, fields: Fields) -> Draft:
    """Puts the statements in the place of what the document says of itself."""
    language = fields.get("language") or None
    values: dict[str, Any] = {
        name: value or None for name, value in fields.items() if name != "language"
    }
    for name in ("published", "updated"):
        if name in fields:
            values[name] = parse_date(fields[name], language=language)
    return replace(draft, **values)
