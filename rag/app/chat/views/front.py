"""Writes the opening of the page: good questions, stories, newest articles, topics and papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from rag.app.chat.library import Order, find
from rag.app.chat.views.markup import button, cut, safe
from rag.errors import BylineError
from rag.model import Article
from rag.news.stories import Story
from rag.render.words import dates_words, human_date, number
from rag.store.database import Listing

MOST_STORIES = 8
_NEWEST, _MOST_PAPERS, _MOST_CHARS = 6, 8, 140
# So many reports of a story are listed, half of them the first and half the latest ones.
_MOST_REPORTS = 20
_HELP = "Ask in plain words. Every answer is quoted word for word, with its paper and date."
EMPTY = "There are no articles here yet. Add your own files, or look around with nine samples."

HEAD_LOADING = '<header class="by-head"><h1>Byline</h1></header>'


class Topic(NamedTuple):
    """What many articles are about, and how many."""

    name: str
    articles: int


def head_html(listing: Sequence[Listing], *, warmed: bool, failed: BylineError | None) -> str:
    """Writes the head of the page: its name, and whether it can be asked yet."""
    state, words = "ready", number(len(listing), "article")
    if failed is not None:
        state, words = "failed", f"{failed.message} {failed.hint}".strip()
    elif not warmed:
        state, words = "warming", "Getting ready …"
    return (
        '<header class="by-head"><h1>Byline</h1>'
        f'<p class="by-state by-{state}" role="status"><span aria-hidden="true"></span>'
        f"{safe(words)}</p></header>"
    )


def hero_html(listing: Sequence[Listing]) -> str:
    """Writes what stands above the box for the first question."""
    if not listing:
        return f'<div class="by-hero"><h2>Ask the news</h2><p>{EMPTY}</p></div>'
    papers = {item.publisher for item in listing if item.publisher}
    facts = [number(len(listing), "article")]
    facts += [f"from {number(len(papers), 'paper')}"] if papers else []
    dates = [item.published for item in listing if item.published is not None]
    span = f", {dates_words(dates)}" if len(dates) > len(listing) / 2 else ""
    return (
        '<div class="by-hero"><h2>What do you want to know?</h2>'
        f"<p>{safe(' '.join(facts) + span)}. {_HELP}</p></div>"
    )


def questions_html(questions: Sequence[str]) -> str:
    """Writes questions to begin with, right below the box."""
    asks = "".join(f"<li>{_question(text)}</li>" for text in questions)
    return f'<ul class="by-questions" aria-label="Questions to begin with">{asks}</ul>'


def front_html(
    listing: Sequence[Listing], topics: Sequence[Topic], stories: Sequence[Story]
) -> str:
    """Writes what stands below the questions: stories, newest articles, topics and papers."""
    if not listing:
        return ""
    parts = [
        _part("Stories in several papers", "".join(map(_story, stories))),
        _part(_first_heading(listing), _newest(listing)),
        _part("Often in the headlines", "" if stories else _topics(topics)),
        _part("Papers", _papers(listing)),
    ]
    return f'<div class="by-front">{"".join(parts)}</div>'


def _first_heading(listing: Sequence[Listing]) -> str:
    return "Newest articles" if any(item.published for item in listing) else "Some of the articles"


def _question(text: str) -> str:
    return button(text, act="ask", question=text)


def _part(heading: str, items: str) -> str:
    return f"<section><h3>{heading}</h3><ul>{items}</ul></section>" if items else ""


def _newest(listing: Iterable[Listing]) -> str:
    by_title: dict[str, Listing] = {}
    for item in find(listing, order=Order.NEWEST):
        by_title.setdefault(item.title or item.source, item)
    return "".join(f"<li>{_article(item)}</li>" for item in islice(by_title.values(), _NEWEST))


def _article(item: Listing | Article) -> str:
    facts = [item.publisher, human_date(item.published) if item.published else ""]
    meta = " · ".join(f"<bdi>{safe(fact)}</bdi>" for fact in facts if fact)
    title = safe(cut(item.title or item.source, _MOST_CHARS))
    return (
        f'<button type="button" class="by-title" dir="auto" data-act="read"'
        f' data-article="{safe(item.article_id)}">{title}</button>'
        f'<span class="by-meta">{meta}</span>'
    )


# ---------------------------------------------------------------- stories


def _story(story: Story) -> str:
    """A headline that unfolds to its reports, and a question that leads on."""
    title, count = cut(story.title, _MOST_CHARS), len(story.articles)
    facts = f"{number(count, 'article')} · {number(len(story.outlets), 'paper')}"
    ask = button("What happened?", act="ask", question=f"Tell me about “{title}”.")
    return (
        f'<li><details class="by-story"><summary><span class="by-title" dir="auto">{safe(title)}'
        f'</span><span class="by-meta">{facts} · {safe(dates_words(story.dates))}</span></summary>'
        f"{ask}<ol>{_reports(story.articles)}</ol></details></li>"
    )


def _reports(articles: Sequence[Article]) -> str:
    """The reports of a story in order of time; of many, the first and the latest ones."""
    if len(articles) <= _MOST_REPORTS:
        return "".join(f"<li>{_article(item)}</li>" for item in articles)
    half = _MOST_REPORTS // 2
    left = f'<li class="by-meta">{number(len(articles) - 2 * half, "more article")}</li>'
    return _reports(articles[:half]) + left + _reports(articles[-half:])


# ---------------------------------------------------------------- topics and papers


def _topics(topics: Sequence[Topic]) -> str:
    return "".join(_finder(item.name, "text", number(item.articles, "article")) for item in topics)


def _papers(listing: Iterable[Listing]) -> str:
    counts = Counter(item.publisher for item in listing if item.publisher)
    if len(counts) < 2:
        return ""
    return "".join(
        _finder(paper, "paper", number(count, "article"))
        for paper, count in counts.most_common(_MOST_PAPERS)
    )


def _finder(name: str, field: str, facts: str) -> str:
    """A name that opens the articles which have it."""
    return (
        f'<li><button type="button" class="by-topic" data-act="find" data-{field}="{safe(name)}">'
        f'{safe(cut(name, _MOST_CHARS))}</button><span class="by-meta">{facts}</span></li>'
    )
