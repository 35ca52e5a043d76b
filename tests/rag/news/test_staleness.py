"""Questions about the present are warned when the articles found are older."""

from __future__ import annotations

from datetime import date

import pytest

from rag.model import Filters, Hit, Notice
from rag.news.staleness import stale_notice
from tests.fakes import entry

TODAY = date(2024, 10, 31)


def hit(published: str | None) -> Hit:
    made = entry("a.txt", "The ferry is closed.", published=published)
    return Hit(made.chunks[0], made.article, made.sentences, 1, 0.5, 0.5)


def notice(question: str, *published: str | None, **filters: str) -> Notice | None:
    return stale_notice(question, [hit(item) for item in published], Filters(**filters), TODAY)


def test_the_newest_article_is_named() -> None:
    found = notice("Who runs the port now?", "2024-10-01", "2024-10-20T12:00:00Z", None)
    assert found == Notice(
        "stale", "The newest article found is of 2024-10-20; the answer may be out of date."
    )


def test_articles_without_dates_may_be_old() -> None:
    found = notice("Who runs the port now?", None)
    assert found is not None
    assert "have no dates" in found.message


@pytest.mark.parametrize("question", ["What is the latest on the port?", "Is it still closed?"])
def test_the_present_is_asked_for_in_many_words(question) -> None:
    assert notice(question, "2024-09") is not None


def test_news_of_this_week_is_the_present() -> None:
    assert notice("Who runs the port now?", "2024-09-01", "2024-10-25") is None
    assert notice("Who runs the port now?", "2024-10") is None


def test_who_does_not_ask_for_the_present_is_not_warned() -> None:
    assert notice("Who ran the port in 2019?", "2019-05-01") is None
    assert notice("Who runs the port now?", "2019-05-01", until="2019") is None
    assert notice("Who runs the port now?", "2019-05-01", as_of="2019-06-01") is None
    assert notice("Who runs the port now?") is None
    assert notice("Tell me about “Port still closed”.", "2019-05-01") is None
