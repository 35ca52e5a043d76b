"""The articles tab: what is found, in which order, and that nothing in an article becomes markup."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat.library import Order, choices, counts_html, find, histogram_html, page, rows_html
from rag.model import PartialDate
from rag.store.database import Listing

EVIL = "<script>alert(1)</script>\" onload='x' \u202egnp.exe\x1b[31m & more"


def item(
    name: str,
    date: str | None = None,
    *,
    title: str = "",
    publisher: str | None = None,
    url: str | None = None,
    versions: int = 1,
):
    published = None if date is None else PartialDate.parse(date)
    return Listing(
        name, "v1", f"{name}.txt", title or f"Title {name}", publisher, published, url, 3, versions
    )


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def values(self, name: str) -> list[str | None]:
        return [value for key, value in self.attributes if key == name]


def bars(html: str) -> list[str | None]:
    return [
        label
        for label in Seen(html).values("aria-label")
        if label and not label.startswith("Articles by")
    ]


PAPERS = [
    item("a", "2024-10-22", title="Ferry sails", publisher="Northern Ledger"),
    item("b", None, title="Bridge shut", publisher="NORTHERN LEDGER"),
    item("c", "2024-10-22T10:00:00Z", title="école closed", publisher=None),
    item("d", "2023", title="Zebra found", publisher="Daily Post"),
]


# ---------------------------------------------------------------- find


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.NEWEST, "cadb"),
        (Order.OLDEST, "dacb"),
        (Order.PUBLISHER, "dbac"),
        (Order.TITLE, "badc"),
    ],
)
def test_articles_are_sorted_and_what_is_unknown_comes_last(order, expected):
    assert (
        "".join(row.article_id for row in find(PAPERS, text="", publisher=None, order=order))
        == expected
    )


@pytest.mark.parametrize(
    ("text", "publisher", "expected"),
    [
        ("ferry", None, "a"),
        ("  LEDGER bridge ", None, "b"),
        ("ÉCOLE", None, "c"),
        ("d.txt", None, "d"),
        ("", "northern ledger", "ab"),
        ("zebra", "Northern Ledger", ""),
        ("(", None, ""),
        ("", "", "abcd"),
    ],
)
def test_every_word_is_looked_for_in_title_source_and_publisher(text, publisher, expected):
    assert {
        row.article_id for row in find(PAPERS, text=text, publisher=publisher, order=Order.TITLE)
    } == set(expected)


@given(
    st.lists(
        st.sampled_from([None, "2024", "2024-03", "2024-03-09", "1999-12-31T23:59:59Z"]),
        max_size=12,
    ),
    st.sampled_from(Order),
)
def test_sorting_keeps_every_article_and_the_listing_as_it_was(dates, order):
    listing = [item(f"{n}", date) for n, date in enumerate(dates)]
    before = list(listing)
    found = find(listing, text="", publisher=None, order=order)
    assert sorted(row.article_id for row in found) == sorted(row.article_id for row in before)
    assert listing == before


@given(st.integers(0, 130), st.integers(-3, 10), st.integers(1, 60))
def test_pages_hold_all_articles_once(count, number, size):
    listing = [item(f"{n}") for n in range(count)]
    shown = page(listing, number, size=size)
    assert 1 <= shown.number <= shown.pages
    assert shown.total == count
    whole = [row for n in range(1, shown.pages + 1) for row in page(listing, n, size=size).items]
    assert whole == listing
    assert listing[shown.before : shown.before + len(shown.items)] == list(shown.items)


def test_a_page_of_nothing_is_no_page():
    with pytest.raises(ValueError, match="at least one"):
        page(PAPERS, 1, size=0)


# ---------------------------------------------------------------- the table


def test_the_table_has_a_row_for_each_article_with_its_id_date_and_link():
    rows = [
        item(
            "a",
            "2024-10",
            publisher="Post & Sons",
            url="https://paper.example/a?b=1&c=2",
            versions=2,
        ),
        item("b", url="javascript:alert(1)"),
    ]
    html = rows_html(page(rows, 1))
    seen = Seen(html)
    assert seen.values("data-article-id") == ["a", "b"]
    assert seen.values("href") == ["https://paper.example/a?b=1&c=2"]
    assert seen.values("datetime") == ["2024-10"]
    for words in (
        "October 2024",
        "date unknown",
        "Post & Sons",
        "Articles 1 to 2 of 2",
        "2 versions",
        "a.txt",
    ):
        assert words in seen.text
    assert seen.values("scope") == ["col"] * 5 + ["row"] * 2
    assert not seen.open


def test_nothing_in_an_article_becomes_markup_or_turns_the_text_around_it():
    evil = Listing(
        '"><img src=x>',
        "v1",
        EVIL,
        EVIL,
        EVIL,
        None,
        'https://x.example/"onmouseover=alert(1)',
        1,
        1,
    )
    for html in (rows_html(page([evil], 1)), counts_html([evil]), histogram_html([evil])):
        seen = Seen(html)
        assert not {"script", "img", "a"} & set(seen.tags)
        assert not any(name.startswith("on") for name, _ in seen.attributes)
        assert not set(html) & set("\u202e\x1b")
    assert Seen(rows_html(page([evil], 1))).text.count("<script>alert(1)</script>") == 3
    (choice,) = choices([evil])
    assert choice.article_id == evil.article_id
    assert not set(choice.label) & set("\u202e\x1b")


def test_a_megabyte_of_title_is_cut_and_none_at_all_is_the_source():
    long, none = item("a", title="word " * 200_000), item("b")._replace(title="\u202e ")
    assert len(rows_html(page([long], 1))) < 2_000
    assert [len(choice.label) < 300 for choice in choices([long])] == [True]
    assert choices([none])[0].label == "b.txt (date unknown)"


# ---------------------------------------------------------------- counts and time


def test_counts_say_how_many_from_when_to_when():
    text = Seen(counts_html(PAPERS)).text
    assert text == "Articles4Publishers2Published2023 to 22 October 2024Without a known date1"
    assert "Published22 October 2024" in Seen(counts_html(PAPERS[:1])).text
    assert "Publisheddate unknown" in Seen(counts_html(PAPERS[1:2])).text


def test_an_empty_archive_says_so():
    assert "no articles yet" in counts_html([])
    assert "no articles yet" in histogram_html([])
    assert "No article fits" in rows_html(page([], 1))


@pytest.mark.parametrize(
    ("dates", "unit", "expected"),
    [
        (["2024-10-22"], "day", ["22 October 2024: 1 article"]),
        (
            ["2024-10-22", "2024-10-22T23:59:59Z", "2024-11-30"],
            "day",
            ["22 October 2024: 2 articles", "30 November 2024: 1 article"],
        ),
        (
            ["2024-10-22", "2024-12-01"],
            "week",
            ["week of 21 October 2024: 1 article", "week of 25 November 2024: 1 article"],
        ),
        (
            ["2023-01-31", "2024-12-01"],
            "month",
            ["January 2023: 1 article", "December 2024: 1 article"],
        ),
        (["2024-10", "2024-10"], "month", ["October 2024: 2 articles"]),
        (["2024", "2024-10-22"], "year", ["2024: 2 articles"]),
        (["1990-01-01", "2024-10-22"], "year", ["1990: 1 article", "2024: 1 article"]),
        (["1850", "2024-10-22"], "5 years", ["1850–1854: 1 article", "2020–2024: 1 article"]),
        (["0001", "9999"], "500 years", ["1–499: 1 article", "9500–9999: 1 article"]),
    ],
)
def test_a_bar_stands_for_the_shortest_time_that_makes_few_bars(dates, unit, expected):
    html = histogram_html([item(f"{n}", date) for n, date in enumerate(dates)])
    assert f"Articles by {unit}" in (Seen(html).values("aria-label")[0] or "")
    assert bars(html) == expected


@given(st.lists(st.datetimes().map(lambda at: f"{at.year:04d}-{at:%m-%d}"), min_size=1, max_size=8))
def test_every_article_with_a_day_stands_in_one_of_at_most_forty_bars(dates):
    html = histogram_html([item(f"{n}", date) for n, date in enumerate(dates)])
    assert sum(int((label or "").rsplit(": ", 1)[1].split()[0]) for label in bars(html)) == len(
        dates
    )
    width = next(value for name, value in Seen(html).attributes if name == "viewbox")
    assert int((width or "").split()[2]) <= 400


def test_what_has_no_place_on_the_axis_is_counted_beside_it():
    listing = [
        *(item(f"{n}", "2024-10-22") for n in range(20)),
        item("x"),
        item("y", "2024-10"),
        item("z", "2024"),
    ]
    html = histogram_html(listing)
    assert bars(html) == ["22 October 2024: 20 articles"]
    assert (
        "1 article without a known date; 2 articles whose date is known less exactly than to the day"
        in html
    )


def test_an_archive_without_dates_has_no_bars():
    html = histogram_html([item("a"), item("b")])
    assert "<svg" not in html
    assert "2 articles without a known date" in html


def test_ten_thousand_articles_are_quick():
    listing = [
        item(
            f"{n}",
            f"20{n % 25:02d}-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
            publisher=f"Paper {n % 40}",
            title=f"Ferry {n} & more",
        )
        for n in range(10_000)
    ]
    start = time.process_time()
    found = find(listing, text="ferry more", publisher=None, order=Order.NEWEST)
    html = rows_html(page(found, 3)) + counts_html(listing) + histogram_html(listing)
    assert len(found) == 10_000
    assert len(html) < 100_000
    assert time.process_time() - start < 3
