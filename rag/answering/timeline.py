"""Answers "what happened after …" with dated sentences in order of time.

Each day on which articles on the topic appeared gets its most telling sentences. Where the articles
carry no dates, sentences that name a date themselves stand in the order of those dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import TypeAlias

from rag.answering.brief import brief_of, shown
from rag.answering.findings import Finding, Inquiry, Tools
from rag.answering.topics.articles_on import Topic, find_topic
from rag.answering.topics.coverage import Choice, choices, choose, in_order_of_time
from rag.model import Notice
from rag.text.dates import dates
from rag.text.terms import terms

_PASSAGES = 50
_MAX_SENTENCES = 8
_MAX_A_DAY = 2

_Day: TypeAlias = date


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence and the sentences; a brief and a notice where nothing has a date."""
    topic = find_topic(inquiry, tools, passages=_PASSAGES)
    line = timeline_of(topic)
    chosen = line or brief_of(topic, tools.archive.embedder)
    yield from shown(inquiry, topic, chosen)
    if len(chosen) > 1 and not line:
        yield Notice("undated_order", "These articles have no dates; their order is not known.")


def timeline_of(topic: Topic) -> list[Choice]:
    """Up to eight sentences in order of time; none if fewer than two have a date."""
    found = choices(topic.articles)
    dated = [item for item in found if item.source.article.published]
    wanted = frozenset(terms(topic.words))
    if not dated:
        return _by_written_date(found, wanted)
    days = _by_day(dated)
    a_day = _MAX_A_DAY if _MAX_A_DAY * len(days) <= _MAX_SENTENCES else 1
    best = sorted(days, key=lambda day: -max(item.source.relevance for item in day))
    chosen: list[Choice] = []
    for day in sorted(best[: _MAX_SENTENCES // a_day], key=_published):
        chosen += choose(day, wanted, a_day, chosen)
    return in_order_of_time(chosen)


def _by_day(dated: Sequence[Choice]) -> list[list[Choice]]:
    """The choices by the day on which their articles appeared, the first day first."""
    ordered = sorted(dated, key=lambda item: _published([item]))
    return [list(day) for _, day in groupby(ordered, key=lambda item: _published([item]))]


def _published(day: Sequence[Choice]) -> _Day:
    published = day[0].source.article.published
    return published.start.date() if published else date.max


def _by_written_date(found: Sequence[Choice], wanted: frozenset[str]) -> list[Choice]:
    """The best sentences on the topic that name a month and a year, in the order of these."""
    words = frozenset(word for word in wanted if not word.isdecimal())
    by_date = {
        id(item): written
        for item in found
        if not (words and words.isdisjoint(item.terms))
        and (written := _written_date(item.source.text(item.sentence))) is not None
    }
    dated = [item for item in found if id(item) in by_date]
    chosen = choose(dated, wanted, _MAX_SENTENCES)
    return sorted(chosen, key=lambda item: by_date[id(item)]) if len(chosen) > 1 else []


def _written_date(text: str) -> _Day | None:
    """The first date in a text that has a month and a year."""
    for found in dates(text):
        if found.year and found.month:
            try:
                return date(found.year, found.month, found.day or 1)
            except ValueError:
                continue
    return None
