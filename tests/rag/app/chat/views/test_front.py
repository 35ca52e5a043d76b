"""The opening: what the archive holds, and whether it can be asked yet."""

from __future__ import annotations

import re

from rag.app.chat.views.front import Topic, front_html, head_html, hero_html, questions_html
from rag.errors import ArchiveDamaged
from rag.news.stories import Story
from tests.fakes import entry
from tests.rag.app.chat.test_library import PAPERS, item
from tests.rag.app.chat.views.test_article_list import EVIL, text


def test_the_head_says_how_many_articles_there_are_and_whether_it_is_ready() -> None:
    assert "4 articles" in head_html(PAPERS, warmed=True, failed=None)
    assert "by-ready" in head_html(PAPERS, warmed=True, failed=None)
    assert "Getting ready" in head_html(PAPERS, warmed=False, failed=None)


def test_the_head_says_what_failed_as_text() -> None:
    failed = ArchiveDamaged("words: <b>gone</b>.", hint="Run: byline doctor")
    html = head_html([], warmed=True, failed=failed)
    assert "words: &lt;b&gt;gone&lt;/b&gt;. Run: byline doctor" in html
    assert "by-failed" in html


def test_the_opening_says_what_is_there() -> None:
    assert "4 articles from 3 papers, 2023 to 22 October 2024." in text(hero_html(PAPERS))


def test_an_archive_of_mostly_undated_articles_names_no_dates() -> None:
    undated = [item("x"), item("y"), item("z", "2024")]
    assert "2024" not in hero_html(undated)


def test_an_empty_archive_says_in_one_sentence_what_to_do() -> None:
    said = text(hero_html([]))
    assert "Add your own files" in said
    assert "byline" not in said.lower()
    assert front_html([], [], []) == ""


def test_questions_articles_topics_and_papers_can_be_pressed() -> None:
    html = questions_html(["Who sailed?"]) + front_html(PAPERS, [Topic("Ferry", 3)], [])
    assert 'data-act="ask" data-question="Who sailed?"' in html
    assert re.findall(r'data-article="(\w)"', html) == ["c", "a", "d", "b"]
    assert 'data-act="find" data-text="Ferry"' in html
    assert 'data-act="find" data-paper="Daily Post"' in html


def test_copies_stand_among_the_newest_once() -> None:
    listing = [item("Cap", "2024"), item("Cap", "2024"), item("Dam", "2023")]
    said = text(front_html(listing, [], []))
    assert (said.count("Cap"), said.count("Dam")) == (1, 1)


def story(count: int, *, title: str = "Ferry sinks", publisher: str = "Post") -> Story:
    articles = (
        entry(f"{i}.txt", title=title, publisher=f"{publisher} {i % 2}", published="2024-05-06")
        for i in range(count)
    )
    return Story(title, tuple(item.article for item in articles))


def test_a_story_unfolds_to_its_reports_and_leads_to_a_question() -> None:
    told = story(2)
    html = front_html(PAPERS, [Topic("Ferry", 3)], [told])
    assert "Ferry sinks 2 articles · 2 papers · 6 May 2024" in text(html)
    assert 'data-question="Tell me about “Ferry sinks”."' in html
    for article in told.articles:
        assert f'data-act="read" data-article="{article.article_id}"' in html
    assert "Often in the headlines" not in html  # the stories tell more


def test_of_a_long_story_the_first_and_the_latest_reports_are_listed() -> None:
    told = story(45)
    html = front_html(PAPERS, [], [told])
    shown = [item.article_id in html for item in told.articles]
    assert shown == [True] * 10 + [False] * 25 + [True] * 10
    assert "25 more articles" in html


def test_nothing_in_an_article_becomes_markup() -> None:
    evil = [item("x", title=EVIL, publisher=EVIL), item("y", title=EVIL, publisher="Post")]
    told = story(2, title=EVIL, publisher=EVIL)
    html = questions_html([EVIL]) + front_html(evil, [Topic(EVIL, 3)], []) + hero_html(evil)
    html += front_html(evil, [], [told])
    assert "<script" not in html
    assert not re.search(r"<[^>]*\son\w+=", re.sub(r'="[^"]*"', "=", html))
