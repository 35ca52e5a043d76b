"""The cards of sources: quotes marked between their neighbours, ticked only if exact."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat.views.source_cards import cards_html, checked
from rag.model import (
    AnswerValues,
    Article,
    Block,
    BlockKind,
    Conflict,
    ConflictKind,
    PartialDate,
    Quote,
    Sentence,
    ShortAnswer,
    Side,
)
from rag.quotes import Claimed, make_quote
from rag.render.layout import answer_page
from rag.render.words import clean
from rag.store.rows import StoredArticle
from tests.rag.test_render import HOSTILE, answered, claim

OPENING = "The ferry Alma sailed at noon."
CARRIED = "It carried 41 people, its captain said."
RETURNED = "All of them came back."
DATA = {"data-act", "data-turn", "data-number", "data-copy", "data-quote", "data-title"}
ALLOWED = {
    "header": {"class"},
    "h3": {"class"},
    "h4": {"dir"},
    "button": {"type", "class", "data-paper", "data-date", "data-url"} | DATA,
    "p": {"class"},
    "ol": {"class"},
    "li": {"class", "id", "tabindex"},
    "span": {"class", "aria-hidden", "title"},
    "bdi": set(),
    "div": {"class"},
    "a": {"href", "target", "rel", "class"},
    "blockquote": {"dir"},
    "mark": set(),
    "b": set(),
    "details": {"class"},
    "summary": {"class"},
    "svg": {"class", "aria-hidden", "viewbox"},
    "path": {"d"},
}


class Parsed(HTMLParser):
    """The cards as a browser reads them; an element or an attribute that is not ours fails."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.marked: list[str] = []
        self.around: list[str] = []
        self.copies: list[str] = []
        self.bold: list[str] = []
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= ALLOWED[tag], (tag, attrs)
        given_attrs = {name: value or "" for name, value in attrs}
        self._open.append((tag, given_attrs.get("class", "")))
        self.links += [given_attrs["href"]] if "href" in given_attrs else []
        self.copies += [given_attrs["data-copy"]] if "data-copy" in given_attrs else []
        if tag == "mark":
            self.marked.append("")
        if tag == "b":
            self.bold.append("")
        if given_attrs.get("class") == "by-around":
            self.around.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= ALLOWED[tag]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        tags = [tag for tag, _ in self._open]
        if "mark" in tags:
            self.marked[-1] += data
        if "b" in tags:
            self.bold[-1] += data
        if ("span", "by-around") in self._open:
            self.around[-1] += data


class Held:
    """A record of these articles."""

    def __init__(self, *stored: StoredArticle) -> None:
        self.stored = {(item.article.article_id, item.article.version): item for item in stored}

    def version(self, article_id: str, version: str) -> StoredArticle | None:
        return self.stored.get((article_id, version))


def stored(
    *lines: Iterable[str], name: str = "a1", kinds: Iterable[BlockKind] = (), **more: object
) -> StoredArticle:
    """An article whose lines are paragraphs, each of them given as its sentences."""
    blocks, sentences, text = [], [], ""
    for line, kind in zip(lines, [*kinds, *[BlockKind.PARAGRAPH] * len(lines)], strict=False):
        start = len(text)
        for sentence in line:
            sentences.append(Sentence(len(text), len(text) + len(sentence)))
            text += sentence + " "
        text = text[:-1]
        blocks.append(Block(start, len(text), kind))
        text += "\n"
    fields = {"collection": "c", "key": "k", "source": f"{name}.txt", "title": "Ferry back", **more}
    article = Article(article_id=name, version="v1", text=text[:-1], blocks=tuple(blocks), **fields)  # type: ignore[arg-type]
    return StoredArticle(1, article, tuple(sentences))


FERRY = stored([OPENING, CARRIED], [RETURNED])


def quoted(item: StoredArticle, words: str) -> Quote:
    start = item.article.text.index(words)
    made = make_quote(
        Held(item),
        Claimed(item.article.article_id, item.article.version, start, start + len(words), words),
    )
    assert isinstance(made, Quote), made
    return made


def cards(answer: AnswerValues, *items: StoredArticle, turn: int = 0) -> str:
    return cards_html(answer_page(answer).sources, turn, Held(*items))


def asked(quote: Quote, item: StoredArticle | None = FERRY) -> str:
    return cards(answered(claim(quote)), *[item] if item else [])


def is_ticked(html: str) -> bool:
    assert ("Word for word" in html) == ("No longer supported" not in html)
    return "Word for word" in html


# ---------------------------------------------------------------- the quote between its neighbours


@pytest.mark.parametrize(
    "words", [CARRIED, OPENING, RETURNED, f"{OPENING} {CARRIED}", "carried 41 people"]
)
def test_the_quote_is_marked_once(words: str) -> None:
    assert Parsed(asked(quoted(FERRY, words))).marked == [words]


@given(st.data())
def test_whatever_is_quoted_is_what_is_marked(data: st.DataObject) -> None:
    text = FERRY.article.text
    start = data.draw(st.integers(0, len(text) - 1))
    made = make_quote(
        Held(FERRY),
        Claimed(
            "a1", "v1", start, end := data.draw(st.integers(start + 1, len(text))), text[start:end]
        ),
    )
    if isinstance(made, Quote):
        parsed = Parsed(asked(made))
        assert parsed.marked == [clean(text[start:end])]
        before, after = parsed.around
        assert text[:start].rstrip().endswith(before.rstrip())
        assert text[end:].lstrip().startswith(after.lstrip())


@pytest.mark.parametrize(
    ("words", "around"),
    [
        (CARRIED, [OPENING, RETURNED]),
        (OPENING, ["", CARRIED]),
        (RETURNED, [CARRIED, ""]),
        ("carried 41 people", ["It ", ", its captain said."]),
    ],
)
def test_the_sentence_before_and_the_one_after_stand_around_it(
    words: str, around: list[str]
) -> None:
    assert Parsed(asked(quoted(FERRY, words))).around == around


def test_a_long_neighbour_is_cut_at_its_far_end() -> None:
    item = stored(["a" + "b" * 600, CARRIED, "c" * 600 + "d"])
    before, after = Parsed(asked(quoted(item, CARRIED), item)).around
    assert (before[:2], before[-1], len(before)) == ("…b", "b", 401)
    assert (after[0], after[-2:], len(after)) == ("c", "c…", 400)


def test_the_short_answer_is_bold_within_the_quote() -> None:
    given_quote = quoted(FERRY, CARRIED)
    start = FERRY.article.text.index("41 people")
    said = claim(given_quote, answer=ShortAnswer("41 people", "a1", "v1", start, start + 9))
    assert Parsed(cards(answered(said), FERRY)).bold == ["41 people"]


def test_the_short_answer_of_one_article_marks_nothing_in_another() -> None:
    other = stored([OPENING, CARRIED], name="a2")
    start = FERRY.article.text.index("41 people")
    said = claim(
        quoted(FERRY, CARRIED),
        quoted(other, CARRIED),
        answer=ShortAnswer("41 people", "a1", "v1", start, start + 9),
    )
    found = answer_page(answered(said)).sources
    shown = [checked(source, Held(FERRY, other)).short for source in found]
    assert [short is not None for short in shown] == [True, False]


# ---------------------------------------------------------------- the cards


def test_cards_have_the_numbers_of_their_marks_and_open_their_article() -> None:
    first, second = quoted(FERRY, CARRIED), quoted(FERRY, OPENING)
    conflict = Conflict("x", ConflictKind.DISAGREE, (Side("a", (second,)), Side("b", (first,))))
    html = cards(answered(claim(first, second), conflicts=(conflict,)), FERRY, turn=3)
    assert re.findall(r'id="(by-card-3-\d)"', html) == ["by-card-3-1", "by-card-3-2"]
    assert Parsed(html).marked == [OPENING, CARRIED]
    assert 'data-act="source" data-turn="3" data-number="2"' in html


def test_an_answer_without_sources_has_no_cards() -> None:
    assert cards(answered(), FERRY) == ""


# ---------------------------------------------------------------- the tick


def test_exact_words_have_their_tick_and_their_place() -> None:
    html = asked(quoted(FERRY, CARRIED))
    assert is_ticked(html)
    assert 'title="characters 31–70"' in html


def test_altered_words_have_none() -> None:
    parsed = asked(replace(quoted(FERRY, CARRIED), text=CARRIED.replace("41", "44")))
    assert not is_ticked(parsed)
    assert "No longer supported: the article has other words there." in Parsed(parsed).text
    assert "<mark>" not in parsed
    assert "<details" not in parsed
    assert Parsed(parsed).copies == []


def test_a_removed_article_has_none() -> None:
    html = asked(replace(quoted(FERRY, CARRIED), url="https://post.example/"), None)
    assert not is_ticked(html)
    assert "the archive does not hold that version of the article" in html
    assert Parsed(html).links == []


def test_another_version_has_none() -> None:
    assert not is_ticked(asked(replace(quoted(FERRY, CARRIED), version="v2")))


@pytest.mark.parametrize(
    ("start", "end"),
    [(32, 71), (0, len(CARRIED)), (10**9, 10**9 + len(CARRIED)), (60, 60 + len(CARRIED))],
)
def test_another_place_has_none(start: int, end: int) -> None:
    html = asked(replace(quoted(FERRY, CARRIED), start=start, end=end))
    assert not is_ticked(html)


def test_words_beyond_the_end_are_said_to_be_beyond_it() -> None:
    html = asked(replace(quoted(FERRY, CARRIED), start=500, end=500 + len(CARRIED)))
    assert (
        f"the article has {len(FERRY.article.text)} characters, the quote runs from 500 to 539"
        in html
    )


def test_more_than_a_quote_may_hold_has_none() -> None:
    item = stored([OPENING, CARRIED, RETURNED])
    text = item.article.text
    html = asked(replace(quoted(item, CARRIED), start=0, end=len(text), text=text), item)
    assert not is_ticked(html)
    assert "at most 2 sentences" in html


def test_words_that_are_not_supported_are_bounded() -> None:
    assert len(asked(replace(quoted(FERRY, CARRIED), start=0, end=10**6, text="x" * 10**6))) < 5_000


# ---------------------------------------------------------------- what is known of an article


KNOWN = {
    "url": "https://post.example/f?a=1&b=2",
    "publisher": "The Post",
    "published": PartialDate.parse("2024-10-22"),
    "updated": PartialDate.parse("2024-10-23"),
}
TOLD = {
    "title": "Another title",
    "source": "other.txt",
    "url": "https://evil.example/",
    "publisher": "Other",
    "published": PartialDate.parse("1999"),
    "updated": None,
}


@pytest.mark.parametrize("text", [CARRIED, CARRIED.replace("41", "44")])
def test_the_record_and_not_the_browser_is_believed(text: str) -> None:
    item = stored([OPENING, CARRIED], **KNOWN)
    parsed = Parsed(asked(replace(quoted(item, CARRIED), text=text, **TOLD), item))  # type: ignore[arg-type]
    assert "The Post · from a1.txt · 22 October 2024 · updated 23 October 2024" in parsed.text
    links = {link.partition("#")[0] for link in parsed.links}
    assert links == ({KNOWN["url"]} if text == CARRIED else set())
    assert not any(str(told) in parsed.text for told in TOLD.values() if isinstance(told, str))


def test_outlets_are_shown() -> None:
    quote = replace(quoted(FERRY, CARRIED), outlets=("Gazette", "Herald"))
    html = asked(quote)
    assert "also in 2 outlets" in Parsed(html).text
    assert '<span title="Gazette, Herald">' in html


def test_a_quote_is_copied_with_its_citation() -> None:
    item = stored([OPENING, CARRIED], **KNOWN)
    plain, bibtex, csl = Parsed(asked(quoted(item, CARRIED), item)).copies
    assert CARRIED in plain
    assert plain.endswith(str(KNOWN["url"]))
    assert bibtex.startswith("@online{")
    assert csl.startswith("{")


# ---------------------------------------------------------------- hostile articles


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        'https://x.example/"onmouseover="alert(1)',
        "data:text/html,<script>x</script>",
    ],
)
def test_nothing_in_an_article_acts_on_the_page(url: str) -> None:
    line = [
        f"{HOSTILE} first.",
        f"</mark></div></li>{HOSTILE} second.",
        f"\0\u202e\x1b]8;;{HOSTILE} third.",
    ]
    item = stored([HOSTILE], line, title=f"</h3>{HOSTILE}", publisher=HOSTILE, url=url)
    words = line[1]
    quote = replace(quoted(item, words), outlets=(f'">{HOSTILE}',))
    answer = replace(answered(claim(quote)), asked_as=f'"></button>{HOSTILE}')
    html = cards(answer, item)
    parsed = Parsed(html)
    assert parsed.links == []
    assert parsed.marked == [clean(words)]
    assert (
        re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
        is None
    )


def test_a_fault_shows_hostile_words_as_words() -> None:
    quote = quoted(FERRY, CARRIED)
    lie = replace(
        quote,
        text=HOSTILE,
        end=quote.start + len(HOSTILE),
        title=HOSTILE,
        source=HOSTILE,
        publisher=HOSTILE,
    )
    for item in (FERRY, None):
        assert Parsed(asked(lie, item)).marked == []


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_and_any_title_stay_text(words: str, title: str) -> None:
    item = stored(
        [f"x{words}".replace("\n", " ").rstrip() + "."], title=title, publisher=title, url=title
    )
    text = item.article.text
    assert Parsed(asked(quoted(item, text), item)).marked == [clean(text)]


def test_a_megabyte_on_one_line_is_cut_to_what_stands_around_the_quote() -> None:
    filler = "<b>&'\" " * 70_000
    item = stored(
        [filler.strip(), CARRIED, filler.strip()],
        title="t" * 10**6,
        publisher="p" * 10**6,
        url="https://x.example/" + "u" * 10**6,
    )
    quote = quoted(item, CARRIED)
    begun = time.process_time()
    html = asked(quote, item)
    assert time.process_time() - begun < 2
    parsed = Parsed(html)
    assert len(html) < 400_000
    assert parsed.marked == [CARRIED]
    assert all(len(words) <= 401 for words in parsed.around)
