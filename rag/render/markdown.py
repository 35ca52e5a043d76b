"""Writes a `Page` as Markdown in which nothing of an article becomes markup or a link."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote as percent_encode

from rag.render.cards import Card, Words, quote_card
from rag.render.layout import Block, Form, Page, Row, Source
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
    sources = {source.number: source for source in page.sources}
    if page.lead:
        hedge = f"{page.hedge}: " if page.hedge else ""
        yield f"{hedge}**{escape_markdown(page.lead)}**"
    yield from map(escape_markdown, page.text)
    for block in page.blocks:
        yield from _block(block, sources)
    if page.nearest:
        yield "*Nearest in the articles, but not an answer:*"
        yield from map(_card, page.nearest)
    yield from (f"*Note: {escape_markdown(note)}*" for note in _notes(page))


def _notes(page: Page) -> tuple[str, ...]:
    return (page.period, *page.notes) if page.period else page.notes


def _block(block: Block, sources: dict[int, Source]) -> Iterator[str]:
    if block.heading:
        yield f"**{escape_markdown(block.heading)}**"
    if block.form is Form.TEXT:
        yield _running_text(block.rows)
        numbers = dict.fromkeys(number for row in block.rows for number in row.sources)
        yield "\n".join(
            f"{number}. {_facts(quote_card(sources[number].quote))}" for number in numbers
        )
        return
    for row in block.rows:
        yield from _row(row, sources)


def _row(row: Row, sources: dict[int, Source]) -> Iterator[str]:
    """The statement over its sources; words of a source are not written twice."""
    head = ": ".join(part for part in (row.label, row.value) if part)
    if head:
        yield f"**{escape_markdown(head)}**"
    first = sources[row.sources[0]] if row.sources else None
    if row.words.text and (first is None or row.words.text != quote_card(first.quote).words.text):
        yield f"**{escape_markdown(row.words.text)}**"
    for number in row.sources:
        source = sources[number]
        sure = row.confidence is not None and source is first
        facts = [f"{row.confidence:.0%} sure"] if sure else []
        yield _card(quote_card(source.quote, source.short, *facts))


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
