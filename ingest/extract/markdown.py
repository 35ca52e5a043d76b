"""A folded Markdown file in, a draft out: front matter read, marks taken off, headings kept as headings.

Takes off only marks that Markdown defines; a line that merely looks odd stays as it is. Knows no furniture.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

from ingest.extract.draft import Draft, Line
from ingest.extract.rows import draft_of_fields
from rag.model import BlockKind

_FRONT_MATTER = re.compile(r"\s*---\n(?P<yaml>.{0,20000}?)\n(?:---|\.\.\.)(?:\n|$)", re.DOTALL)
_FENCE = re.compile(r"(?:```|~~~).*")
_RULE = re.compile(r"(?:[-*_] ?){3,}")
_HEADING = re.compile(r"#{1,6} +(?P<text>.*?)(?: +#+)?")
_UNDERLINE = re.compile(r"=+|-{2,}")
_DEFINITION = re.compile(r"\[[^\]\n]{1,200}\]: ?\S+.*")
_ITEM = re.compile(r"(?:[-*+] |(?=\d{1,3}[.)] ))(?=\S)")
_QUOTE = re.compile(r"(?:> ?)+")
_INLINE = (
    (
        re.compile(
            r"!\[[^\[\]]{0,500}\](?:\([^()\s]{0,2000}(?: [^()]{0,300})?\)|\[[^\[\]]{0,200}\])"
        ),
        "",
    ),
    (
        re.compile(
            r"\[([^\[\]]{1,500})\]\((?:[^()\s]{0,2000}(?:\([^()\s]{0,200}\))?[^()\s]{0,200})(?: [^()]{0,300})?\)"
        ),
        r"\1",
    ),
    (re.compile(r"\[([^\[\]]{1,500})\]\[[^\[\]]{0,200}\]"), r"\1"),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>"), r"\1"),
    (
        re.compile(
            r"</?(?:a|b|i|u|em|strong|span|div|p|br|hr|img|sup|sub|small|center|details|summary|figure|figcaption)(?: [^<>]{0,500})? ?/?>",
            re.I,
        ),
        "",
    ),
    (
        re.compile(
            r"(?<![A-Za-z0-9\\])(\*\*\*|\*\*|\*)(?=\S)([^*]{1,2000}?)(?<=[^\s\\])\1(?![A-Za-z0-9])"
        ),
        r"\2",
    ),
    (re.compile(r"(?<![\w\\])(___|__|_)(?=\S)([^_]{1,2000}?)(?<=[^\s\\])\1(?!\w)"), r"\2"),
    (re.compile(r"~~(?=\S)([^~]{1,2000}?)(?<=\S)~~"), r"\1"),
    (re.compile(r"(`{1,2})([^`]{1,500})\1"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!~>|])"), r"\1"),
)


def read_markdown(text: str) -> Draft:
    """The draft of a folded Markdown text."""
    front = _FRONT_MATTER.match(text)
    fields = _fields(front["yaml"]) if front else {}
    body = text[front.end() :] if front and fields else text
    draft = draft_of_fields(fields)
    lines = tuple(line for line in _lines(_without_comments(body)) if line.text)
    if draft.title is None and lines and lines[0].kind is BlockKind.HEADING:
        return replace(draft, title=lines[0].text, lines=lines[1:])
    return replace(draft, lines=lines)


def _without_comments(text: str) -> str:
    # By hand: a regular expression would look for the end of each opening mark anew, however many there are.
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[position:start])
        position = end + 3
    return "".join([*kept, text[position:]])


def _fields(text: str) -> dict[str, Any]:
    """The front matter as fields; where it is no YAML, as plain "key: value" lines; empty where it is neither."""
    import yaml  # type: ignore[import-untyped]

    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        pairs = (line.partition(":") for line in text.split("\n"))
        return {key.strip(): value.strip(" \"'") for key, mark, value in pairs if mark}
    return {str(key): value for key, value in fields.items()} if isinstance(fields, dict) else {}


def _lines(text: str) -> list[Line]:
    """The blocks of the body; the lines of one paragraph are one line, as Markdown has it."""
    blocks: list[Line] = []
    paragraph: list[str] = []

    def close(kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        if paragraph:
            blocks.append(Line(_plain(" ".join(paragraph)), kind))
            paragraph.clear()

    for line in (
        _QUOTE.sub("", raw, count=1) if raw.startswith(">") else raw for raw in text.split("\n")
    ):
        if heading := _HEADING.fullmatch(line):
            close()
            blocks.append(Line(_plain(heading["text"]), BlockKind.HEADING))
        elif len(paragraph) == 1 and _UNDERLINE.fullmatch(line):
            close(BlockKind.HEADING)
        elif (
            not line
            or _FENCE.fullmatch(line)
            or _RULE.fullmatch(line)
            or _DEFINITION.fullmatch(line)
        ):
            close()
        elif item := _ITEM.match(line):
            close()
            paragraph.append(line[item.end() :])
        else:
            paragraph.append(line)
    close()
    return blocks


def _plain(text: str) -> str:
    for pattern, plain in _INLINE:
        text = pattern.sub(plain, text)
    return " ".join(html.unescape(text).split())
