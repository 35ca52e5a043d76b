"""Writes a `Page` as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.model import Article, Block, Hit, Quote
from rag.render.cards import Card, Words, passage_card, quote_card
from rag.render.layout import Block as RowBlock
from rag.render.layout import Form, Page, Row
from rag.render.words import clean, human_date, name_words

if TYPE_CHECKING:
    from rich.text import Text

_LEAST_COLUMNS, _MOST_COLUMNS = 20, 100
_NEAREST = "Nearest in the articles, but not an answer:"


def to_terminal(page: Page, *, width: int) -> Text:
    """Writes the page in lines of at most `width` columns (kept between 20 and 100)."""
    from rich.text import Text

    writer = _Writer(width)
    return Text("\n\n").join(Text("\n").join(lines) for lines in writer.paragraphs(page))


def passages_to_terminal(hits: Sequence[Hit], *, width: int) -> Text:
    """Writes the beginnings of passages that a search found."""
    from rich.text import Text

    writer = _Writer(width)
    if not hits:
        return Text("Nothing was found.", style="bold")
    found = [
        [*writer.wrapped(Text(f"{hit.rank}.", style="bold")), *writer.card(passage_card(hit))]
        for hit in hits
    ]
    return Text("\n\n").join(Text("\n").join(lines) for lines in found)


def article_to_terminal(article: Article, quote: Quote, *, width: int) -> Text:
    """Writes an article from the paragraph before a quote to the one after it."""
    from rich.text import Text

    writer = _Writer(width)
    blocks = list(article.blocks) or [Block(0, len(article.text))]
    within = [i for i, b in enumerate(blocks) if b.start < quote.end and quote.start < b.end]
    shown = blocks[max(0, within[0] - 1) : within[-1] + 2]
    paper = article.publisher and name_words(article.publisher)
    facts = (paper, human_date(article.published), article.source)
    lines = writer.wrapped(Text(clean(article.title), style="bold"))
    lines += writer.wrapped(Text(", ".join(clean(fact) for fact in facts if fact), style="dim"))
    gap = [Text(""), Text("…", style="dim")]
    lines += gap if shown[0].start > 0 else []
    for block in shown:
        lines += [Text(""), *writer.wrapped(_quoted(article.text, block, quote))]
    lines += gap if shown[-1].end < len(article.text) else []
    return Text("\n").join(lines)


def _quoted(text: str, block: Block, quote: Quote) -> Text:
    """The words of a block, those of the quote marked."""
    from rich.text import Text

    start = min(max(block.start, quote.start), block.end)
    end = max(min(block.end, quote.end), start)
    before, marked, after = text[block.start : start], text[start:end], text[end : block.end]
    return Text.assemble(clean(before), (clean(marked), "bold green"), clean(after))


class _Writer:
    """Writes the parts of one page as lines of a width, kept between 20 and 100 columns."""

    def __init__(self, width: int) -> None:
        self._width = max(_LEAST_COLUMNS, min(width, _MOST_COLUMNS))

    def paragraphs(self, page: Page) -> Iterator[list[Text]]:
        from rich.text import Text

        if page.lead:
            hedge = f"{page.hedge}: " if page.hedge else ""
            yield self.wrapped(Text.assemble(hedge, (page.lead, "bold")))
        if page.text:
            yield [line for text in page.text for line in self.wrapped(Text(text))]
        for block in page.blocks:
            yield from self._block(block, page)
        if page.nearest:
            yield self.wrapped(Text(_NEAREST, style="dim"))
            for card in page.nearest:
                yield self.card(card, quiet=True)
        for note in page.all_notes:
            yield self.wrapped(Text(f"Note: {note}", style="yellow"))

    def _block(self, block: RowBlock, page: Page) -> Iterator[list[Text]]:
        from rich.text import Text

        if block.heading:
            yield self.wrapped(Text(block.heading, style="bold"))
        if block.form is Form.TEXT:
            yield self.wrapped(_running_text(block.rows))
            for source in page.cited(block.rows):
                yield self.card(quote_card(source.quote), source.number, words=False)
            return
        for row in block.rows:
            yield self._row(row, page.row_cards(row))

    def _row(self, row: Row, cards: Sequence[Card]) -> list[Text]:
        """The statement with its sources; words of a source are not written twice."""
        from rich.text import Text

        lines = self.wrapped(Text(row.head, style="bold")) if row.head else []
        if row.words.text and row.words.text not in [card.words.text for card in cards[:1]]:
            lines += self.wrapped(_marked(row.words, "bold"))
        for number, card in zip(row.sources, cards, strict=True):
            lines += self.card(card, number)
        return lines

    def card(
        self, card: Card, number: int = 0, *, quiet: bool = False, words: bool = True
    ) -> list[Text]:
        """Writes the words of a card, its facts, and its link in a line of its own."""
        from rich.text import Text

        bar, style = ("  ┊ ", "dim") if quiet else ("  │ ", "")
        lines = self.wrapped(_marked(card.words, style), bar) if words else []
        head = f"[{number}] " if number else ""
        facts = Text.assemble(head, (card.title, "italic"), ", ", ", ".join(card.facts))
        lines += self.wrapped(facts, "    ")
        if card.outlets:
            lines += self.wrapped(Text("also in " + ", ".join(card.outlets)), "    ")
        if card.link is not None:
            # A link that is cut at the edge cannot be followed.
            lines.append(Text.assemble("    ", (card.link, "cyan")))
        return lines

    def wrapped(self, text: Text, indent: str = "") -> list[Text]:
        return wrapped(text, self._width, indent, indent)


def wrapped(text: Text, width: int, first: str, others: str) -> list[Text]:
    """Lines of at most `width` columns; `first` stands before the first one, `others` before each
    further one, which has as many columns.
    """
    from rich.console import Console
    from rich.text import Text

    lines = text.wrap(Console(width=width), width - len(first), overflow="fold")
    for line in lines:
        line.rstrip()
    heads = [first, *[others] * len(lines)]
    return [Text.assemble((head, "dim"), line) for head, line in zip(heads, lines, strict=False)]


def _marked(words: Words, style: str = "") -> Text:
    from rich.text import Text

    return Text.assemble((words.before, style), (words.marked, "bold green"), (words.after, style))


def _running_text(rows: Sequence[Row]) -> Text:
    from rich.text import Text

    sentences = []
    for row in rows:
        marks = "".join(f" [{number}]" for number in row.sources)
        sentences.append(Text.assemble(_marked(row.words), (marks, "dim")))
    return Text(" ").join(sentences)
