"""Reads a Markdown file: front matter as fields, blocks as lines without their marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ingest.extract.draft import Draft, Line
from ingest.extract.rows import draft_of_fields
from rag.model import BlockKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\s*---\n(?P<yaml>.{0,20000}?)\n(?:---|\.\.\.)(?:\n|$)", re.DOTALL)

_LONGEST_BLOCK = 20_000
# Markdown would read 2*3*4 as emphasis; in an article it is a product.
_TIMES = re.compile(r"(?<=\d)\*(?=\d)")
_BREAK = re.compile(r"</?(?:br|p|div|hr|li|tr|td|h[1-6])\b", re.IGNORECASE)


def read_markdown(text: str, *, language: str | None = None) -> Draft:
    """Reads a normalized Markdown text; without a stated title, a first heading is the title."""
    front = _FRONT_MATTER.match(text)
    fields = _fields(front["yaml"]) if front else {}
    body = text[front.end() :] if front and fields else text
    draft = draft_of_fields(fields, language=language)
    lines = tuple(line for line in _lines(_without_comments(body)) if line.text)
    if draft.title is None and lines and lines[0].kind is BlockKind.HEADING:
        return replace(draft, title=lines[0].text, lines=lines[1:])
    return replace(draft, lines=lines)


def _fields(text: str) -> dict[str, Any]:
    """Reads front matter as YAML; if it is not YAML, as plain "key: value" lines."""
    import yaml  # type: ignore[import-untyped]

    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        pairs = (line.partition(":") for line in text.split("\n"))
        return {key.strip(): value.strip(" \"'") for key, mark, value in pairs if mark}
    return {str(key): value for key, value in fields.items()} if isinstance(fields, dict) else {}


def _without_comments(text: str) -> str:
    # A regular expression would search for the end of each opening mark anew.
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[position:start])
        position = end + 3
    return "".join([*kept, text[position:]])


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Pasted articles indent paragraphs and wrap them in tags; neither makes them code.
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return parser.disable(["code", "html_block", "inline"])


def _lines(text: str) -> Iterator[Line]:
    kind = BlockKind.PARAGRAPH
    number = ""
    environment: dict[str, Any] = {}
    for token in _parser().parse(text, environment):
        if token.type == "heading_open":
            kind = BlockKind.HEADING
        elif token.type == "heading_close":
            kind = BlockKind.PARAGRAPH
        elif token.type == "list_item_open":
            # The number of an item can be quoted, a bullet cannot.
            number = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "inline":
            for part in _inline(token.content, environment).split("\n"):
                yield Line(number + " ".join(part.split()) if part.strip() else "", kind)
                number = ""
        elif token.type == "fence":
            yield from (Line(" ".join(line.split())) for line in token.content.split("\n"))


def _inline(text: str, environment: dict[str, Any]) -> str:
    """Renders the marks within one block; a very long block is left as it is, to stay linear."""
    if len(text) > _LONGEST_BLOCK:
        return text.replace("\n", " ")
    tokens: list[Token] = []
    parser = _parser()
    parser.inline.parse(_TIMES.sub(r"\\*", text), parser, environment, tokens)
    return "".join(map(_plain, tokens))


def _plain(token: Token) -> str:
    match token.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "html_inline":
            return " " if _BREAK.match(token.content) else ""
        case "image":
            return ""
        case _:
            return token.content
