"""The reader: a whole article once, its quotes marked, and nothing in it acts on the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat.views.reader import article_html
from rag.model import Article, Block, BlockKind, PartialDate, Span
from rag.render.words import clean
from tests.rag.test_render import HOSTILE

LINES = (
    (BlockKind.STANDFIRST, "Forty-one came back."),
    (BlockKind.HEADING, "At noon"),
    (BlockKind.PARAGRAPH, "The ferry Alma sailed at noon. It carried 41 people."),
    (BlockKind.CAPTION, "The Alma in June."),
)
OURS = {"section", "header", "button", "svg", "path", "div", "h2", "h3", "p", "bdi", "mark", "a"}


def article(*lines: tuple[BlockKind, str], **known: object) -> Article:
    blocks, position = [], 0
    for kind, line in lines:
        blocks.append(Block(position, position + len(line), kind))
        position += len(line) + 1
    fields = {"source": "ferry.txt", "title": "Ferry back"} | known
    text = "\n".join(line for _, line in lines)
    return Article("a1", "v1", "c", "k", text=text, blocks=tuple(blocks), **fields)  # type: ignore[arg-type]


FERRY = article(*LINES)


class Parsed(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.marked: list[str] = []
        self.paragraphs: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS
        given_attrs = dict(attrs)
        assert not any(name.startswith("on") for name in given_attrs)
        self.links += [given_attrs["href"] or ""] if "href" in given_attrs else []
        self.marked += [""] if tag == "mark" else []
        named = str(given_attrs.get("class", "")).removeprefix("by-")
        is_block = named in {str(kind) for kind in BlockKind}
        self.paragraphs += [""] if is_block else []
        self._open.append("block" if is_block else tag)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if "mark" in self._open:
            self.marked[-1] += data
        if "block" in self._open:
            self.paragraphs[-1] += data


def span(words: str, within: Article = FERRY) -> Span:
    start = within.text.index(words)
    return Span(start, start + len(words))


def test_the_whole_article_stands_there_once_with_its_quotes_marked() -> None:
    quotes = [span("It carried 41 people."), span("Forty-one came back.")]
    parsed = Parsed(article_html(FERRY, quotes, back="Back"))
    assert parsed.paragraphs == [line for _, line in LINES]
    assert parsed.marked == ["Forty-one came back.", "It carried 41 people."]


def test_a_quote_over_two_paragraphs_is_marked_in_both() -> None:
    parsed = Parsed(article_html(FERRY, [span("At noon\nThe ferry")], back="Back"))
    assert parsed.marked == ["At noon", "The ferry"]


@given(st.data())
def test_whatever_is_quoted_is_marked_and_no_word_is_lost(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(FERRY.text) - 1))
    end = data.draw(st.integers(start + 1, len(FERRY.text)))
    parsed = Parsed(article_html(FERRY, [Span(start, end)], back="Back"))
    marked = [line for line in FERRY.text[start:end].split("\n") if line]
    assert parsed.marked == marked
    assert parsed.paragraphs == [line for _, line in LINES]


def test_kinds_of_blocks_look_different() -> None:
    html = article_html(FERRY, back="Back")
    assert '<h3 class="by-heading" dir="auto">At noon</h3>' in html
    assert '<p class="by-caption" dir="auto">' in html


def test_what_is_known_stands_below_the_title() -> None:
    known: dict[str, object] = {
        "publisher": "The Post",
        "author": "Ann Lee",
        "published": PartialDate.parse("2024-10-22"),
        "updated": PartialDate.parse("2024-10-23"),
        "url": "https://post.example/f",
    }
    html = article_html(article(*LINES, **known), back="Back")
    words = re.sub(r"<[^>]+>", "", html)
    assert (
        "The Post · from ferry.txt · 22 October 2024 · updated 23 October 2024 · by Ann Lee"
        in words
    )
    assert "by hand" not in words
    known["stated"] = ("author", "published")
    words = re.sub(r"<[^>]+>", "", article_html(article(*LINES, **known), back="Back"))
    assert "by Ann Lee · entered by hand: author, published" in words
    assert Parsed(html).links == ["https://post.example/f"]


@pytest.mark.parametrize(
    ("quotes", "label"), [([], None), (["At noon"], "To the quote"), (["At noon", "Alma"], "Next")]
)
def test_a_button_goes_from_quote_to_quote(quotes: list[str], label: str | None) -> None:
    html = article_html(FERRY, [span(words) for words in quotes], back="Back")
    assert ('data-act="next"' in html) == (label is not None)
    assert label is None or label in html


def test_of_an_endless_article_the_part_around_the_quote_is_shown() -> None:
    filler = "<b>&'\" " * 70_000
    long = article(
        (BlockKind.PARAGRAPH, filler),
        (BlockKind.PARAGRAPH, "Here it is."),
        (BlockKind.PARAGRAPH, filler),
        title="t" * 10**6,
    )
    html = article_html(long, [span("Here it is.", long)], back="Back")
    parsed = Parsed(html)
    assert parsed.marked == ["Here it is."]
    assert "more characters before this" in html
    assert "more characters after this" in html
    assert len(html) < 2_000_000


@pytest.mark.parametrize("url", ["javascript:alert(1)", 'https://x.example/"onmouseover="y'])
def test_nothing_in_an_article_acts_on_the_page(url: str) -> None:
    line = HOSTILE.replace("\n", " ")
    hostile = article((BlockKind.PARAGRAPH, line), title=HOSTILE, publisher=HOSTILE, url=url)
    html = article_html(hostile, [Span(0, len(line))], back="Back")
    parsed = Parsed(html)
    assert parsed.links == []
    assert parsed.marked == [clean(line)]
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", html) is None
