"""Writes the opening of the page: what the archive holds, its newest articles, good questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from rag.app.chat.library import Order, find, period
from rag.app.chat.views.markup import button, cut, safe
from rag.errors import BylineError
from rag.render.words import human_date, number
from rag.store.database import Listing

_NEWEST, _MOST_PAPERS, _MOST_CHARS = 6, 8, 140
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
    span = f", {period(dates)}" if len(dates) > len(listing) / 2 else ""
    return (
        '<div class="by-hero"><h2>What do you want to know?</h2>'
        f"<p>{safe(' '.join(facts) + span)}. {_HELP}</p></div>"
    )


def front_html(
    listing: Sequence[Listing], questions: Sequence[str], topics: Sequence[Topic]
) -> str:
    """Writes what stands below the box: questions, newest articles, topics and papers."""
    if not listing:
        return ""
    asks = "".join(f"<li>{_question(text)}</li>" for text in questions)
    parts = [
        _part(_first_heading(listing), _newest(listing)),
        _part("Often in the headlines", _topics(topics)),
        _part("Papers", _papers(listing)),
    ]
    return (
        f'<div class="by-front"><ul class="by-questions" aria-label="Questions to begin with">'
        f'{asks}</ul><div class="by-parts">{"".join(parts)}</div></div>'
    )


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


def _article(item: Listing) -> str:
    facts = [item.publisher, human_date(item.published) if item.published else ""]
    meta = " · ".join(f"<bdi>{safe(fact)}</bdi>" for fact in facts if fact)
    title = safe(cut(item.title or item.source, _MOST_CHARS))
    return (
        f'<button type="button" class="by-title" dir="auto" data-act="read"'
        f' data-article="{safe(item.article_id)}">{title}</button>'
        f'<span class="by-meta">{meta}</span>'
    )


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
