"""Writes a `Page` as Markdown in which nothing of an article becomes markup or a link."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote as percent_encode

from rag.render.cards import Card, Words, quote_card
from rag.render.layout import Block, Form, Page, Row
from rag.render.words import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]|~$^=#!])")
# What Markdown makes a link (a scheme, www, an address), or a list at the start of a line.
_SELF_LINKING = re.compile(r"(?<=[A-Za-z])(?=://)|(?<=[Ww]{3})(?=\.)|(?=@)")
_LIST_ITEM = re.compile(r"^(\s*\d*)([.)+-])")
_URL_SAFE = "%:/?#@!$&*+,;=~-._"


def escape_markdown(text: str) -> str:
    """Escapes text so that Markdown shows it as it is, also at the start of a line."""
    text = _SPECIAL.sub(r"\\\1", html.escape(clean(text), quote=False))
    text = _SELF_LINKING.sub(r"\\", text)
    return _LIST_ITEM.sub(r"\1\\\2", text)


def to_markdown(page: Page) -> str:
    """Writes the page as Markdown."""
    return "\n\n".join(_paragraphs(page)) + "\n"


def _paragraphs(page: Page) -> Iterator[str]:
    if page.lead:
        hedge = f"{page.hedge}: " if page.hedge else ""
        yield f"{hedge}**{escape_markdown(page.lead)}**"
    yield from map(escape_markdown, page.text)
    for block in page.blocks:
        yield from _block(block, page)
    if page.nearest:
        yield "*Nearest in the articles, but not an answer:*"
        yield from map(_card, page.nearest)
    yield from (f"*Note: {escape_markdown(note)}*" for note in page.all_notes)


def _block(block: Block, page: Page) -> Iterator[str]:
    if block.heading:
        yield f"**{escape_markdown(block.heading)}**"
    if block.form is Form.TEXT:
        yield _running_text(block.rows)
        cited = page.cited(block.rows)
        yield "\n".join(f"{item.number}. {_facts(quote_card(item.quote))}" for item in cited)
        return
    for row in block.rows:
        yield from _row(row, page.row_cards(row))


def _row(row: Row, cards: Sequence[Card]) -> Iterator[str]:
    """The statement over its sources; words of a source are not written twice."""
    if row.head:
        yield f"**{escape_markdown(row.head)}**"
    if row.words.text and row.words.text not in [card.words.text for card in cards[:1]]:
        yield f"**{escape_markdown(row.words.text)}**"
    yield from map(_card, cards)


def _running_text(rows: Sequence[Row]) -> str:
    return " ".join(
        " ".join([escape_markdown(row.words.text.strip()), *(f"\\[{n}\\]" for n in row.sources)])
        for row in rows
    )


def _card(card: Card) -> str:
    return f"> {_marked(card.words)}\n>\n> — {_facts(card)}"


def _marked(words: Words) -> str:
    marked = f"**{escape_markdown(words.marked)}**" if words.marked else ""
    # Four spaces at the start would be a block of code.
    return (escape_markdown(words.before) + marked + escape_markdown(words.after)).strip()


def _facts(card: Card) -> str:
    title = escape_markdown(card.title)
    if card.link is not None:
        title = f"[{title}](<{percent_encode(card.link, safe=_URL_SAFE)}>)"
    facts = ", ".join([title, *map(escape_markdown, card.facts)])
    also = f"; also in {', '.join(map(escape_markdown, card.outlets))}" if card.outlets else ""
    return facts + also
