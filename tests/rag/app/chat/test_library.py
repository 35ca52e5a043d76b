"""The list of articles: what is found, in which order, counted over time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat.library import Order, find, over_time
from rag.model import PartialDate
from rag.store.database import Listing


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


def test_articles_with_the_words_inside_are_found_too():
    found = find(PAPERS, text="herring", order=Order.TITLE, inside={"b"})
    assert [row.article_id for row in found] == ["b"]
    narrowed = find(PAPERS, text="herring", publisher="Daily Post", order=Order.TITLE, inside={"b"})
    assert narrowed == []


# ---------------------------------------------------------------- over time


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
    assert over_time(listing)["Articles"].sum() == 10_000
    assert len(found) == 10_000
    assert time.process_time() - start < 3
