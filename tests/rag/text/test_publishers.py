"""By which names people call a publisher."""

from __future__ import annotations

import pytest

from rag.text.publishers import is_called, named_publishers


@pytest.mark.parametrize(
    ("publisher", "name"),
    [
        ("harbour.com", "Harbour"),
        ("harbour.com", "harbour.com"),
        ("www.dailyharbour.co.uk", "the Daily Harbour"),
        ("news.harbour.org", "harbour"),
        ("Coast Post", "coast post"),
        ("The Coast Post", "Coast Post"),
        ("Öster Bladet", "ÖSTER BLADET"),
    ],
)
def test_names_of_a_publisher(publisher: str, name: str) -> None:
    assert is_called(publisher, name)


@pytest.mark.parametrize(
    ("publisher", "name"),
    [
        ("Coast Post", "Post"),
        ("harbour.co.uk", "co"),
        ("news.harbour.com", "news"),
        ("harbour.com", "harbours"),
        (None, "harbour"),
    ],
)
def test_what_is_not_its_name(publisher: str | None, name: str) -> None:
    assert not is_called(publisher, name)


def test_publishers_that_a_question_names() -> None:
    known = ["Coast Post", "www.harbour.com", "money.harbour.com", "time.com"]
    assert named_publishers("How many articles are from Harbour?", known) == known[1:3]
    assert named_publishers("articles by the coast post in May", known) == known[:1]
    assert named_publishers("How many articles over time?", known) == []
