"""The articles tab: what is found, in which order; nothing in an article becomes markup."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat.library import Order, choices, counts_html, find, over_time, page, rows_html
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


def bars(listing) -> dict[str, int]:
    frame = over_time(listing)
    return dict(zip(frame["Published"], frame["Articles"], strict=True))


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
    pages = max(1, -(-count // size))
    assert shown.before in range(0, pages * size, size)
    assert shown.total == count
    whole = [row for n in range(1, pages + 1) for row in page(listing, n, size=size).items]
    assert whole == listing
    assert listing[shown.before : shown.before + len(shown.items)] == list(shown.items)


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
    for html in (rows_html(page([evil], 1)), counts_html([evil])):
        seen = Seen(html)
        assert not {"script", "img", "a"} & set(seen.tags)
        assert not any(name.startswith("on") for name, _ in seen.attributes)
        assert not set(html) & set("\u202e\x1b")
    assert Seen(rows_html(page([evil], 1))).text.count("<script>alert(1)</script>") == 3
    ((label, article_id),) = choices([evil])
    assert article_id == evil.article_id
    assert not set(label) & set("\u202e\x1b")


def test_a_megabyte_of_title_is_cut_and_none_at_all_is_the_source():
    long, none = item("a", title="word " * 200_000), item("b")._replace(title="\u202e ")
    assert len(rows_html(page([long], 1))) < 2_000
    assert [len(label) < 300 for label, _ in choices([long])] == [True]
    assert choices([none])[0][0] == "b.txt (date unknown)"


# ---------------------------------------------------------------- counts and time


def test_counts_say_how_many_from_when_to_when():
    text = Seen(counts_html(PAPERS)).text
    assert text == "Articles4Publishers2Published2023 to 22 October 2024Without a known date1"
    assert "Published22 October 2024" in Seen(counts_html(PAPERS[:1])).text
    assert "Publisheddate unknown" in Seen(counts_html(PAPERS[1:2])).text


def test_an_empty_archive_says_so():
    assert "no articles yet" in counts_html([])
    assert "No article matches" in rows_html(page([], 1))


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2024-10-22"], {"2024-10-22": 1}),
        (
            ["2024-10-22", "2024-10-22T23:59:59Z", "2024-10-24"],
            {"2024-10-22": 2, "2024-10-23": 0, "2024-10-24": 1},
        ),
        (["2024-01-31", "2024-03-31"], {"2024-01": 1, "2024-02": 0, "2024-03": 1}),
        (["2024-10", "2024-10"], {"2024-10": 2}),
        (["2024", "2024-10-22"], {"2024": 2}),
        (["2022-01-01", "2024", "2024"], {"2022": 1, "2023": 0, "2024": 2}),
        (["0001", "9999"], {"0001": 1, "9999": 1}),
    ],
)
def test_a_bar_stands_for_a_day_a_month_or_a_year(dates, expected):
    assert bars([item(f"{n}", date) for n, date in enumerate(dates)]) == expected


@given(st.lists(st.datetimes().map(lambda at: f"{at.year:04d}-{at:%m-%d}"), min_size=1, max_size=8))
def test_every_article_with_a_day_stands_in_one_of_few_bars(dates):
    found = bars([item(f"{n}", date) for n, date in enumerate(dates)])
    assert sum(found.values()) == len(dates)
    assert len(found) <= 60


def test_few_dates_that_are_too_coarse_are_left_out():
    listing = [*(item(f"{n}", "2024-10-22") for n in range(20)), item("x"), item("y", "2024")]
    assert bars(listing) == {"2024-10-22": 20}


def test_an_archive_without_dates_has_no_bars():
    assert bars([]) == bars([item("a"), item("b")]) == {}


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
    html = rows_html(page(found, 3)) + counts_html(listing)
    assert over_time(listing)["Articles"].sum() == 10_000
    assert len(found) == 10_000
    assert len(html) < 100_000
    assert time.process_time() - start < 3
