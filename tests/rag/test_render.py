"""Rendering: what people read, and nothing in an article acts on a terminal or a page."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from rag.answer import Answer
from rag.app.chat.views.source_cards import facts_html
from rag.model import (
    Article,
    Block,
    Candidate,
    Chunk,
    Claim,
    Conflict,
    ConflictKind,
    Filters,
    Hit,
    Kind,
    Notice,
    PartialDate,
    Quote,
    Rejected,
    Sentence,
    ShortAnswer,
    Side,
    Status,
)
from rag.render.cards import quote_card
from rag.render.layout import Page, Row, answer_page
from rag.render.markdown import escape_markdown, to_markdown
from rag.render.terminal import passages_to_terminal, to_terminal
from rag.render.words import (
    clean,
    dates_words,
    host_words,
    human_date,
    name_words,
    origin_words,
    web_link,
)

WORDS = "The ferry Alma carried 41 people, its captain said."
HOSTILE = (
    "<script>alert(1)</script> [click](javascript:x) **bold** `code` # head | a | b |\n"
    "- item\n1. one\n> deep\n\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 "
    "\x9b2Jgone \u202egnp.exe\u202c \x07 &amp; www.evil.example me@evil.example "
    "http://evil.example ![i](http://evil.example/i.png) <img src=x onerror=y> \ud800 \"q\" 'q'"
)


def quote(text: str = WORDS, *, start: int = 10, **more: object) -> Quote:
    fields: dict[str, object] = {
        "article_id": "a1",
        "version": "v1",
        "source": "ferry.txt",
        "title": "Ferry back",
    }
    return Quote(start=start, end=start + len(text), text=text, **(fields | more))  # type: ignore[arg-type]


def article(text: str = WORDS, name: str = "a1", **more: object) -> Article:
    return Article(
        name, "v1", "c", "k", f"{name}.txt", "Ferry back", text, (Block(0, len(text)),), **more
    )  # type: ignore[arg-type]


def answered(*claims: Claim, **more: object) -> Answer:
    fields: dict[str, object] = {
        "filters": Filters(),
        "status": Status.ANSWERED,
        "text": "text",
        "confidence": 0.8,
        "claims": claims,
    }
    return Answer(
        id="1", question="q", asked_as="q", mode="extractive", archive_revision=1, **(fields | more)
    )  # type: ignore[arg-type]


def claim(*quotes: Quote, text: str | None = None, answer: ShortAnswer | None = None) -> Claim:
    return Claim(text if text is not None else quotes[0].text, quotes, 0.8, 1.0, answer)


def short(text: str, within: Quote) -> ShortAnswer:
    start = within.start + within.text.index(text)
    return ShortAnswer(text, within.article_id, within.version, start, start + len(text))


def terminal(page: Page, *, width: int = 80, colour: bool = False) -> str:
    """What a terminal of that width is sent."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    console.print(to_terminal(page, width=width), soft_wrap=True)
    return out.getvalue()


def row(page: Page) -> Row:
    """The only row of a page."""
    ((found,),) = (block.rows for block in page.blocks)
    return found


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        (None, "date unknown"),
        ("2024", "2024"),
        ("2024-10", "October 2024"),
        ("2024-10-02", "2 October 2024"),
        ("2024-10-22T23:05:00-02:00", "23 October 2024, 01:05 UTC"),
    ],
)
def test_dates_are_as_exact_as_they_are_known(date: str | None, shown: str) -> None:
    assert human_date(date and PartialDate.parse(date)) == shown  # type: ignore[arg-type]


def test_dates_are_written_from_the_first_day_to_the_last() -> None:
    dates = [PartialDate.parse(text) for text in ("2024-10-22T12:30:00Z", "2023", "2024-05")]
    assert dates_words(dates) == "2023 to 22 October 2024"
    assert dates_words(dates[:1]) == "22 October 2024"
    assert dates_words([]) == "date unknown"


def test_an_answer_names_title_publisher_date_source_link_and_place() -> None:
    given = quote(
        publisher="The Post",
        published=PartialDate.parse("2024-10-22"),
        updated=PartialDate.parse("2024-10-23"),
        url="https://post.example/f?a=1&b=2",
        outlets=("Gazette", "Herald"),
    )
    page = answer_page(answered(claim(given, answer=short("41 people", given))))
    assert terminal(page) == (
        "41 people\n"
        "\n"
        "  │ The ferry Alma carried 41 people, its captain said.\n"
        "    [1] Ferry back, The Post, 22 October 2024, updated 23 October 2024,\n"
        "    ferry.txt, characters 10–61, 80% sure\n"
        "    also in Gazette, Herald\n"
        "    https://post.example/f?a=1&b=2\n"
    )
    assert to_markdown(page) == (
        "**41 people**\n\n"
        "> The ferry Alma carried **41 people**, its captain said.\n>\n"
        "> — [Ferry back](<https://post.example/f?a=1&b=2>), The Post, "
        "22 October 2024, updated 23 October 2024, ferry.txt, "
        "characters 10–61, 80% sure; also in Gazette, Herald\n"
    )


def test_the_short_answer_is_set_off_only_where_it_lies_in_the_quote() -> None:
    given, other = quote(), quote(article_id="a2")
    page = answer_page(answered(claim(given, other, answer=short("41 people", given))))
    assert row(page).words.marked == "41 people"
    assert [source.short is not None for source in page.sources] == [True, False]
    outside = ShortAnswer("The", "a1", "v1", 5, 8)
    assert row(answer_page(answered(claim(given, answer=outside)))).words.marked == ""


def test_sources_are_numbered_in_reading_order_and_each_place_once() -> None:
    one, other = quote(), quote(article_id="a2")
    page = answer_page(answered(claim(one, other), claim(other, text="In other words.")))
    assert [found.sources for block in page.blocks for found in block.rows] == [(1, 2), (2,)]
    assert [source.quote for source in page.sources] == [one, other]


def test_an_amount_from_several_articles_is_a_row_each_with_its_date() -> None:
    first = quote(published=PartialDate.parse("2024-10-22"))
    second = quote("It carried 44 people.", article_id="a2", published=None)
    said = [claim(first, answer=short("41 people", first))]
    said += [claim(second, answer=short("44 people", second))]
    page = answer_page(answered(*said, kind=Kind.AMOUNT))
    assert [(found.label, found.value) for found in page.blocks[0].rows] == [
        ("22 October 2024", "41 people"),
        ("", "44 people"),
    ]
    alone = answer_page(answered(said[0], kind=Kind.AMOUNT))
    assert (alone.lead, row(alone).value) == ("41 people", "")


def test_colour_is_sent_to_a_terminal_alone() -> None:
    given = quote()
    page = answer_page(answered(claim(given, answer=short("41 people", given))))
    assert "\x1b[" in terminal(page, colour=True)
    assert "\x1b" not in terminal(page)


def test_a_claim_in_other_words_than_its_quote_stands_over_it() -> None:
    page = answer_page(answered(claim(quote(), text="Forty-one were aboard.")))
    assert row(page).words.text == "Forty-one were aboard."
    assert terminal(page).index("Forty-one were aboard.") < terminal(page).index(WORDS)


def test_lines_keep_to_the_width_and_links_stay_whole() -> None:
    long = quote(
        " ".join(["harbourmaster"] * 25),
        url="https://post.example/" + "x" * 60,
        title="A title " * 12,
    )
    lines = terminal(answer_page(answered(claim(long))), width=40).splitlines()
    assert all(len(line) <= 40 for line in lines if "https://" not in line)
    assert any(line.endswith("x" * 60) for line in lines)
    assert not any(line.endswith(" ") for line in lines)


def test_both_sides_of_a_conflict_are_shown_with_their_dates() -> None:
    sides = (
        Side("13 dead", (quote("Thirteen died."),), PartialDate.parse("2024-10-22")),
        Side("18 dead", (quote("Eighteen died."),)),
    )
    answer = answered(
        claim(quote()), conflicts=(Conflict("how many died", ConflictKind.CHANGED, sides),)
    )
    shown = terminal(answer_page(answer))
    assert "This changed over time: how many died" in shown
    assert (
        shown.index("22 October 2024: 13 dead")
        < shown.index("Thirteen died.")
        < shown.index("date unknown: 18 dead")
    )


def test_a_list_counts_the_sentences_that_it_was_found_in() -> None:
    one = quote("The ferries Alma and Berta sailed.")
    said = [claim(one, answer=short(name, one)) for name in ("Alma", "Berta")]
    assert (
        answer_page(answered(*said, kind=Kind.LIST)).lead == "Found in 1 sentence of the articles"
    )


def test_the_newest_source_may_be_one_of_a_conflict() -> None:
    days = [PartialDate.parse(f"2024-10-0{day}") for day in (1, 2)]
    quotes = [quote(published=day, article_id=str(day)) for day in days]
    sides = tuple(Side(str(day), (one,), day) for day, one in zip(days, quotes, strict=True))
    conflict = Conflict("when it sailed", ConflictKind.CHANGED, sides)
    page = answer_page(answered(claim(quotes[0]), conflicts=(conflict,)))
    assert "The newest source is of 2 October 2024." in page.notes


def test_what_was_left_out_and_notices_are_shown() -> None:
    answer = answered(
        claim(quote()),
        rejected=(Rejected("A claim.", "other words"),),
        notices=(Notice("undated", "2 had no date."),),
    )
    shown = terminal(answer_page(answer))
    assert "Note: Left out: A claim. (other words)" in shown
    assert "Note: 2 had no date." in shown


def test_abstaining_offers_the_nearest_sentences_as_no_answer() -> None:
    far = [
        Candidate(article(name=name), Sentence(0, len(WORDS)), 0.2, None, 1)
        for name in ("a1", "a1", "a2", "a3", "a4")
    ]
    page = answer_page(
        answered(
            status=Status.NOT_IN_ARTICLES, text="The articles do not say.", candidates=tuple(far)
        )
    )
    shown = terminal(page)
    assert shown.startswith(
        "The articles do not say.\n\nNearest in the articles, but not an answer:"
    )
    assert [card.facts[1] for card in page.nearest] == ["a1.txt", "a2.txt", "a3.txt"]
    assert "sure" not in shown
    assert "│" not in shown


def test_passages_are_listed_with_score_and_cut() -> None:
    long = article("word " * 200 + "end", publisher="The Post")
    hit = Hit(Chunk("a1", "v1", 0, len(long.text)), long, (), 1, 0.5, 0.75)
    shown = passages_to_terminal([hit], width=80).plain
    assert "score 0.500, similarity 0.75" in " ".join(shown.split())
    assert "…" in shown
    assert len(shown) < 700
    assert passages_to_terminal([], width=80).plain == "Nothing was found."


# ---------------------------------------------------------------- hostile text


def hostile_page() -> Page:
    given = quote(
        HOSTILE,
        title=HOSTILE,
        source=HOSTILE,
        publisher=HOSTILE,
        url="javascript:alert(1)",
        outlets=(HOSTILE,),
    )
    return answer_page(
        answered(
            claim(given, text=HOSTILE + "!"),
            notices=(Notice("stale", HOSTILE),),
            rejected=(Rejected(HOSTILE, HOSTILE),),
        )
    )


def test_nothing_in_an_article_acts_on_the_terminal() -> None:
    shown = terminal(hostile_page())
    assert (
        re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
        is None
    )
    assert "[31m" not in shown
    assert "2Jgone" not in shown
    assert "**bold**" in shown
    assert "[click]" in shown


def test_nothing_in_an_article_becomes_markdown() -> None:
    html = MarkdownIt("js-default", {"html": True}).render(to_markdown(hostile_page()))
    assert set(_tags(html)) == {"p", "strong", "em", "blockquote"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def _tags(html: str) -> list[str]:
    found: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.append(tag)

    Parser().feed(html)
    return found


def _shown_by_markdown(text: str) -> str | None:
    """The words of the one paragraph that Markdown makes of the text, else None."""
    tokens = MarkdownIt("js-default", {"html": True}).parse(escape_markdown(text).strip())
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return None
    children = tokens[1].children or []
    return (
        "".join(child.content for child in children)
        if {child.type for child in children} <= {"text"}
        else None
    )


@given(
    st.text(st.sampled_from("ab1. -+*_`~[]()<>&;#!|\\=:/@^$\"'{}wh\n\t"), min_size=1, max_size=30)
)
@example("1) one")
@example("- [ ] task")
@example("&amp; http://x.example")
@example("    code")
@example("+")
@example(" -")
@example(" 1. one")
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    expected = clean(text).strip()
    assert not expected or _shown_by_markdown(text) == expected


@given(st.text())
@example("\x1b]0;title\x07x")
@example("\x9d0;never ended")
@example("\x1b")
def test_clean_text_can_be_sent_anywhere_and_cleaning_again_changes_nothing(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", once)
    assert clean(once) == once


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1))
def test_cleaning_leaves_harmless_text_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "url",
    [
        None,
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x.example",
        "//x.example",
        "https://",
        "https://x.example/a b",
        'https://x.example/"onclick=',
        "https://x.example/\x1b[31m",
        "https://[x",
        " https://x.example",
    ],
)
def test_a_link_that_could_do_harm_is_none(url: str | None) -> None:
    assert web_link(url) is None


@pytest.mark.parametrize("url", ["https://x.example/a?b=c&d=(e)#f", "http://localhost:8000/é"])
def test_a_harmless_link_is_kept(url: str) -> None:
    assert web_link(url) == url
    tokens = MarkdownIt("js-default").parse(
        to_markdown(answer_page(answered(claim(quote(url=url)))))
    )
    links = [
        child.attrs["href"]
        for token in tokens
        for child in token.children or []
        if child.type == "link_open"
    ]
    assert len(links) == 1
    assert str(links[0]).startswith("http")


@pytest.mark.parametrize(
    ("published", "event", "shown"),
    [
        ("2024-10-22", "2024-10-18", True),
        ("2024-10-22", "2024-09", True),
        (None, "2024-10-18", True),
        ("2024-10-22", "2024-10-22", False),
        ("2024-10-22T10:00:00Z", "2024-10-22", False),
    ],
)
def test_the_day_of_the_event_is_shown_unless_it_is_that_of_publication(published, event, shown):
    date = None if published is None else PartialDate.parse(published)
    card = quote_card(quote(published=date, event_date=PartialDate.parse(event)))
    assert (f"tells of {human_date(PartialDate.parse(event))}" in card.facts) == shown


# ---------------------------------------------------------------- who claims to be whom


LOOKALIKE = "BB\N{CYRILLIC CAPITAL LETTER ES} News"
POSING = {
    "publisher": LOOKALIKE,
    "url": "https://bb\N{CYRILLIC SMALL LETTER ES}.example/news",
    "outlets": ("\u202esemiT\u202c Daily",),
}


@pytest.mark.parametrize(
    "name",
    ["Le Monde", "Æther", "ТАСС", "РИА Novosti", "東京Tokyo新聞", "Το Βήμα", "اليوم السابع", "W3C"],
)
def test_a_name_in_one_script_is_shown_as_it_is(name: str) -> None:
    assert name_words(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (LOOKALIKE, f"{LOOKALIKE} (letters of two scripts: Cyrillic, Latin)"),
        ("\u202etsoP\u202c", "⟨U+202E⟩tsoP⟨U+202C⟩"),
    ],
)
def test_a_name_that_may_pose_as_another_is_marked(name: str, shown: str) -> None:
    assert name_words(name) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.bbc.example/news", None),
        ("ftp://bbc.example", None),
        (None, None),
        ("https://xn--80a1acny.xn--p1ai/a", "link to почта.рф (Cyrillic)"),
        ("https://xn--\u00e9.example", "link to xn--é.example (Latin)"),
    ],
)
def test_a_host_that_is_not_in_plain_letters_is_spelled_out(
    url: str | None, shown: str | None
) -> None:
    assert host_words(url) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rows.jsonl#7", ["Coast Post", "row 7 of rows.jsonl"]),
        ("rows.jsonl#ferry-2", ["Coast Post", "from rows.jsonl#ferry-2"]),
        (f"rows.jsonl#{'0a1b' * 16}", ["Coast Post", "from rows.jsonl#0a1b0a1b0a1b…"]),
        ("web.warc#https://coastpost.example/a", ["Coast Post"]),
        (
            "web.warc#https://other.example/a",
            ["Coast Post", "from web.warc#https://other.example/a"],
        ),
    ],
)
def test_where_an_article_came_from_stands_beside_the_paper_that_it_claims(
    source: str, shown: list[str]
) -> None:
    assert origin_words("Coast Post", source) == shown


def test_all_renderers_mark_who_poses_as_another() -> None:
    posing = quote(**POSING)
    page = answer_page(answered(claim(posing)))
    for shown in (terminal(page, width=500), to_markdown(page), facts_html(posing)):
        assert "letters of two scripts" in shown
        assert "link to bb" in shown
        assert "ferry.txt" in shown
        assert "U+202E" in shown
