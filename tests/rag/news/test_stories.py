"""Articles are grouped by event: by what they say, and by how far apart they were published."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model import Filters
from rag.news.stories import assign, shared_stories
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, entry, fill

FERRY = "The ferry Kestrel sank off Aldwater with forty people on board."
MILL = "Orvane has bought the old paper mill at Tellis for nine million crowns."


def turned(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_like_articles_of_one_time_are_one_story() -> None:
    assert assign([1.0, 2.0, 2.0], turned(0, 20, 90)) == [0, 0, 1]


def test_articles_far_apart_in_time_must_be_more_alike() -> None:
    # cos 50° = 0.64: enough within days, too little after two months.
    assert assign([1.0, 3.0], turned(0, 50)) == [0, 0]
    assert assign([1.0, 90.0], turned(0, 50)) == [0, 1]
    assert assign([1.0, 90.0], turned(0, 20)) == [0, 0]


def test_a_story_without_a_report_for_three_months_is_over() -> None:
    assert assign([1.0, 91.0, 100.0], turned(0, 0, 0)) == [0, 0, 0]
    assert assign([1.0, 92.0, 100.0], turned(0, 0, 0)) == [0, 1, 1]


def test_without_dates_likeness_alone_must_tell() -> None:
    assert assign([None, None], turned(0, 50)) == [0, 1]
    assert assign([None, None], turned(0, 20)) == [0, 0]


@given(st.lists(st.tuples(st.none() | st.floats(0, 1000), st.floats(0, 180)), max_size=12))
def test_every_article_is_in_a_story_and_numbers_leave_no_gap(items) -> None:
    numbers = assign([day for day, _ in items], turned(*(angle for _, angle in items)))
    assert len(numbers) == len(items)
    assert set(numbers) == set(range(len(set(numbers))))


@pytest.fixture
def archive(tmp_path):
    with open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder()) as made:
        yield made


def test_a_story_has_its_articles_in_order_its_dates_and_outlets(archive) -> None:
    fill(
        archive,
        entry(
            "b.txt",
            FERRY,
            "Divers search.",
            title="Ferry sinks",
            publisher="Post",
            published="2024-05-07",
        ),
        entry("a.txt", FERRY, title="Ferry sinks", publisher="Ledger", published="2024-05-06"),
        entry("c.txt", FERRY, title="Ferry sinks", publisher="Post"),
        entry("d.txt", MILL, title="Mill sold", publisher="Post", published="2024-05-06"),
    )
    ferry, mill = archive.stories()
    assert [item.source for item in ferry.articles] == ["a.txt", "b.txt", "c.txt"]
    assert (str(ferry.first), str(ferry.latest)) == ("2024-05-06", "2024-05-07")
    assert ferry.outlets == ("Ledger", "Post")
    assert ferry.title == "Ferry sinks"
    assert [item.source for item in mill.articles] == ["d.txt"]


def test_filters_choose_the_articles(archive) -> None:
    fill(
        archive,
        entry("a.txt", FERRY, published="2024-05-06"),
        entry("b.txt", FERRY, published="2024-06-06"),
    )
    (story,) = archive.stories(since="2024-06")
    assert [item.source for item in story.articles] == ["b.txt"]


def test_an_empty_archive_has_no_stories(archive) -> None:
    assert archive.stories() == []
    assert shared(archive) == []


def shared(archive, **filters) -> list[tuple[str, ...]]:
    """The sources of the articles of each story that several outlets tell."""
    with archive.view() as view:
        found = shared_stories(view.snapshot, Filters(**filters), model=view.identity, dim=view.dim)
    return [tuple(article.source for article in story.articles) for story in found]


def test_shared_stories_are_of_several_outlets_and_dated(archive) -> None:
    fill(
        archive,
        entry("a.txt", FERRY, publisher="Post", published="2024-05-06"),
        entry("b.txt", FERRY, publisher="Ledger", published="2024-05"),
        entry("c.txt", FERRY, publisher="Times"),
        entry("d.txt", MILL, publisher="Post", published="2024-05-06"),
        entry("e.txt", MILL, publisher="Post", published="2024-05-07"),
    )
    assert shared(archive) == [("b.txt", "a.txt")]
    assert shared(archive, until="2024-05-06") == [("b.txt", "a.txt")]
    assert shared(archive, publisher="Post") == shared(archive, since="2024-06") == []


def test_shared_stories_are_those_of_the_newest_articles(archive, monkeypatch) -> None:
    monkeypatch.setattr("rag.news.stories._NEWEST", 2)
    for name, text, year in (("mill", MILL, "2023"), ("ferry", FERRY, "2024")):
        for paper in ("Post", "Ledger"):
            made = entry(f"{name}-{paper}", text, publisher=paper, published=f"{year}-05-06")
            fill(archive, made)
    assert shared(archive) == [("ferry-Ledger", "ferry-Post")]


def test_articles_without_dates_or_publishers_share_no_story(archive) -> None:
    fill(
        archive,
        entry("a.txt", FERRY, published="2024-05-06"),
        entry("b.txt", FERRY, published="2024-05-06"),
        entry("c.txt", FERRY, publisher="Post"),
        entry("d.txt", FERRY, publisher="Ledger"),
    )
    assert shared(archive) == []
