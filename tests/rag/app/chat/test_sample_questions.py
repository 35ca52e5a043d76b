"""Sample questions: headlines of the newest articles, one of each publisher first."""

from __future__ import annotations

from rag.app.chat.sample_questions import sample_questions
from rag.model import PartialDate
from rag.store.database import Listing


def item(title: str, date: str | None = None, publisher: str | None = None) -> Listing:
    published = None if date is None else PartialDate.parse(date)
    return Listing(title, "v1", f"{title}.txt", title, publisher, published, None, 3, 1)


def titles(*listing: Listing, count: int = 4) -> list[str]:
    questions = sample_questions(listing, count)
    return [question.split("“")[1].split("”")[0] for question in questions]


def test_the_newest_article_of_each_publisher_comes_first() -> None:
    listing = (
        item("Bridge shut", "2024-10-22", "Post"),
        item("Ferry sails", "2024-10-21", "Post"),
        item("No date"),
        item("Old news", "1999", "Ledger"),
    )
    assert titles(*listing) == ["Bridge shut", "Old news", "No date", "Ferry sails"]
    assert titles(*listing, count=1) == ["Bridge shut"]


def test_a_headline_is_a_question_once_and_only_if_it_can_be_read() -> None:
    listing = (item("Bridge shut", publisher="Post"), item("Bridge shut", publisher="Ledger"))
    assert titles(*listing, item(" "), item("long " * 100)) == ["Bridge shut"]
    assert titles(item("Bridge \x1b[31mshut\n\u202e")) == ["Bridge shut"]


def test_an_empty_archive_has_no_questions() -> None:
    assert sample_questions([]) == []
