"""The list of articles and the results of uploads; nothing in an article becomes markup."""

from __future__ import annotations

import re

import pytest

from ingest import Outcome
from rag.app.chat.uploads import Uploaded
from rag.app.chat.views.article_list import counts_html, list_html, removed_html, results_html
from tests.rag.app.chat.test_library import PAPERS, item

EVIL = "<script>alert(1)</script>\" onload='x' \u202egnp.exe\x1b[31m & more"


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_each_article_has_its_title_paper_and_date_and_opens() -> None:
    rows = [item("a", "2024-10", publisher="Post & Sons", versions=2), item("b")]
    html = list_html(rows, 50, "", {})
    assert re.findall(r'data-act="read" data-article="(\w)"', html) == ["a", "b"]
    said = text(html)
    assert "Title a Post &amp; Sons · October 2024 · 2 versions" in said
    assert "Title b b.txt · date unknown" in said


def test_the_sentence_with_the_words_stands_below_with_the_words_in_bold() -> None:
    html = list_html(PAPERS[:1], 50, "ferry (sailed", {"a": "The ferry (sailed) <at> noon."})
    assert "The <b>ferry</b> " in html
    assert "&lt;at&gt; noon." in html


def test_more_are_shown_when_asked_for() -> None:
    rows = [item(f"{number}") for number in range(120)]
    html = list_html(rows, 50, "", {})
    assert html.count("<li ") == 50
    assert "Show more (70 left)" in html
    assert "Show more" not in list_html(rows, 120, "", {})


def test_nothing_in_an_article_becomes_markup_or_turns_the_text_around_it() -> None:
    evil = item(f'"><img src=x>{EVIL}', title=EVIL, publisher=EVIL)
    for html in (
        list_html([evil], 50, EVIL, {evil.article_id: EVIL}),
        counts_html([evil], [evil]),
        removed_html(EVIL, EVIL),
        results_html([Uploaded(EVIL, Outcome.REFUSED, EVIL, EVIL)]),
    ):
        assert not re.search(r"<(script|img)", html)
        assert not re.search(r"<[^>]*\son\w+=", re.sub(r'="[^"]*"', "=", html))
        assert not set(html) & set("\u202e\x1b")


def test_a_megabyte_of_title_is_cut_and_none_at_all_is_the_source() -> None:
    assert len(list_html([item("a", title="word " * 200_000)], 50, "", {})) < 2_000
    assert ">b.txt</button>" in list_html([item("b")._replace(title=" ")], 50, "", {})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (PAPERS, "4 articles · 2023 to 22 October 2024 · 1 without a date"),
        (PAPERS[:1], "1 of 4 articles · 22 October 2024"),
        (PAPERS[1:2], "1 of 4 articles · 1 without a date"),
    ],
)
def test_counts_say_how_many_of_how_many_and_from_when_to_when(found, words) -> None:
    assert text(counts_html(PAPERS, found)) == words


def test_what_is_empty_says_so() -> None:
    assert "no articles here yet" in counts_html([], [])
    assert "No article matches" in list_html([], 50, "", {})


def test_results_come_with_their_reasons_refusals_first() -> None:
    results = [
        Uploaded("ferry.txt", Outcome.ADDED, "", "Ferry back"),
        Uploaded("x.exe", Outcome.REFUSED, "is no text"),
        Uploaded("old.txt", Outcome.UNCHANGED, "was here already"),
    ]
    html = results_html(results)
    assert text(html).startswith("1 added, 1 already here, 1 not added")
    assert html.index("x.exe") < html.index("ferry.txt")
    assert "is no text" in html


def test_a_reason_does_not_repeat_the_name() -> None:
    refused = Uploaded("plan.pdf", Outcome.REFUSED, "plan.pdf is a PDF without text")
    assert "plan.pdf · not added · is a PDF without text" in text(results_html([refused]))


def test_thousands_of_results_are_counted_and_not_all_listed() -> None:
    results = [Uploaded(f"rows.jsonl#{n}", Outcome.ADDED) for n in range(5000)]
    html = results_html([*results, Uploaded("bad.txt", Outcome.REFUSED, "is empty")])
    assert html.count("<li") == 200
    assert "bad.txt" in html
    assert "5,000 added, 1 not added" in html
    assert "4,801 more" in html
