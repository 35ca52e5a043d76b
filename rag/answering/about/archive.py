"""Answers a question about the archive itself, from the database: no passage is read.

What was asked comes first: how many articles, whose, from when, or on what; a question that asks
for none of these gets them all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from rag.answering.about.largest_topics import largest_topics
from rag.answering.findings import Finding, Inquiry, Statement, Tools
from rag.model import Filters, PartialDate, Status
from rag.news.stories import Story, shared_stories
from rag.render.words import dates_words, filters_words, human_date
from rag.store.archive import View
from rag.store.database import Headline
from rag.text.dates import WrittenDate, dates
from rag.text.publishers import named_publishers

_MOST_PUBLISHERS, _MOST_TOPICS, _MOST_TITLES, _MOST_YEARS = 10, 6, 8, 12
_ASKS_PUBLISHERS = re.compile(
    r"\b(?:papers?|newspapers?|publishers?|publications?|outlets?|sources?|agenc(?:y|ies)"
    r"|magazines?|sites?|who (?:wrote|published)|come from)\b",
    re.IGNORECASE,
)
_ASKS_DATES = re.compile(
    r"\b(?:when|years?|months?|dates?|period|time|old|oldest|earliest|first|recent|new|newest"
    r"|latest|last|far back|up to date|span)\b",
    re.IGNORECASE,
)
_ASKS_TOPICS = re.compile(
    r"\babout\b|\b(?:topics?|subjects?|themes?|ask|what(?:'s| is| do(?:es)?)[^?]*\b(?:in (?:here|it"
    r"|this|the)|contain|cover|hold))\b",
    re.IGNORECASE,
)
_ASKS_OLDEST = re.compile(r"\b(?:oldest|earliest|first)\b", re.IGNORECASE)
_ASKS_NEWEST = re.compile(r"\b(?:newest|latest|last|most recent)\b", re.IGNORECASE)
_COUNTS = re.compile(
    r"\b(?:how (?:many|much|often|big|large)|number of|size|count)\b", re.IGNORECASE
)
# "how many articles mention X", "how often is X mentioned"
_MENTIONS = re.compile(
    r"\b(?:mention(?:s|ing)?|about|on|contain(?:s|ing)?|cover(?:s|ing)?)\s+(?P<after>.+)"
    r"|\bhow often (?:is|are|was|were)\s+(?P<before>.+?)\s+mentioned"
    r"|\bdoes(?: the words?)?\s+(?P<word>.+?)\s+(?:appear|occur)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“\"](.+?)[”\"]")


class Overview(NamedTuple):
    """The articles that the question and the filters let in.

    `publishers` are those that the question names; `only` says in words which articles these are.
    """

    view: View
    filters: Filters
    headlines: Sequence[Headline]
    publishers: frozenset[str]
    only: str


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields one statement: what was asked of the archive, a fact a line."""
    with tools.archive.view() as view:
        lines = list(_lines(inquiry.question, _overview(inquiry, view)))
        yield Statement(Status.ABOUT_ARCHIVE, "\n".join(lines), view.snapshot.revision)


def _overview(inquiry: Inquiry, view: View) -> Overview:
    """The articles that pass the filters and the publishers and date that the question names."""
    filters, only = inquiry.filters, [filters_words(inquiry.filters)]
    written = [date for date in dates(inquiry.question, years=True) if date.year]
    if len(written) == 1 and not filters.by_date:
        date = _partial(written[0])
        filters = filters.with_options(since=date, until=date)
        only.append(f"published in {human_date(date)}")
    headlines = view.snapshot.headlines(filters)
    named = frozenset(named_publishers(inquiry.question, view.snapshot.publishers()))
    if named:
        headlines = [item for item in headlines if item.publisher in named]
        only.append(f"from {', '.join(sorted(named))}")
    return Overview(view, filters, headlines, named, ", ".join(filter(None, only)))


def _partial(written: WrittenDate) -> PartialDate:
    parts = takewhile(bool, (written.year, written.month, written.day))
    return PartialDate.parse("-".join(f"{part:02}" for part in parts))


def _lines(question: str, overview: Overview) -> Iterator[str]:
    """The lines of the answer: what was asked for first, how many articles there are at the end."""
    counts, count = bool(_COUNTS.search(question)), _count_line(overview)
    mentioned = _mentioned(question) if counts else None
    asked = [
        lines
        for pattern, lines in (
            (_ASKS_DATES, _date_lines),
            (_ASKS_PUBLISHERS, _publisher_lines),
            (_ASKS_TOPICS, _topic_lines),
        )
        if pattern.search(question)
    ]
    if not overview.headlines:
        asked = []
    elif mentioned is not None:
        yield _mentions_line(mentioned, overview)
        asked = []
    elif counts:
        yield count
    elif not asked:
        asked = [_publisher_lines, _date_lines, _topic_lines]
    for lines in asked:
        yield from lines(question, overview)
    if mentioned is not None or not counts or not overview.headlines:
        yield count


def _count_line(overview: Overview) -> str:
    count = len(overview.headlines)
    if overview.only:
        return f"The archive holds {_articles(count)} {overview.only}."
    return f"The archive holds {_articles(count)}." if count else "The archive is empty."


def _articles(count: int) -> str:
    return f"{count:,} article{'' if count == 1 else 's'}"


# ---------------------------------------------------------------- publishers


def _publisher_lines(_: str, overview: Overview) -> Iterator[str]:
    counts = Counter(item.publisher for item in overview.headlines if item.publisher)
    unnamed = len(overview.headlines) - counts.total()
    if not counts:
        yield "No article names its publisher."
        return
    largest = [f"{name} ({count:,})" for name, count in counts.most_common(_MOST_PUBLISHERS)]
    more = len(counts) - len(largest)
    others = f" and {more:,} more" if more > 0 else ""
    publishers = "1 publisher" if len(counts) == 1 else f"{len(counts):,} publishers"
    yield f"They come from {publishers}: {', '.join(largest)}{others}."
    if unnamed:
        yield f"{_articles(unnamed)} without a publisher."


# ---------------------------------------------------------------- dates


def _date_lines(question: str, overview: Overview) -> Iterator[str]:
    dated = [(item.published, item) for item in overview.headlines if item.published is not None]
    undated = len(overview.headlines) - len(dated)
    if not dated:
        yield "No article has a known date, so the period that they cover is unknown."
        return
    first_date, oldest = min(dated, key=lambda pair: pair[0].first_epoch)
    last_date, newest = max(dated, key=lambda pair: pair[0].last_epoch)
    if not _ASKS_OLDEST.search(question):
        yield f"The newest is {_named(newest, last_date)}."
    if not _ASKS_NEWEST.search(question):
        yield f"The oldest is {_named(oldest, first_date)}."
    years = Counter(date.start.year for date, _ in dated)
    if 1 < len(years) <= _MOST_YEARS:
        by_year = ", ".join(f"{count:,} of {year}" for year, count in sorted(years.items()))
        yield f"By year: {by_year}."
    if undated:
        yield f"{_articles(undated)} without a known date."


def _named(item: Headline, date: PartialDate) -> str:
    by = f"{item.publisher}, " if item.publisher else ""
    return f"“{item.title}” ({by}{human_date(date)})"


# ---------------------------------------------------------------- topics


def _topic_lines(_: str, overview: Overview) -> Iterator[str]:
    """The largest stories of several outlets; where there are none, topics or headlines."""
    if told := _shared(overview):
        known = "1 story is" if len(told) == 1 else f"{len(told):,} stories are"
        yield f"{known} told by several outlets. The largest:"
        yield from map(_story_line, told[:_MOST_TOPICS])
        return
    topics = largest_topics(overview.view, overview.headlines, _MOST_TOPICS)
    if topics:
        yield "The largest topics:"
        for topic in topics:
            size = f"about {_articles(topic.articles)}"
            yield f"{', '.join(topic.words)}: {size}, such as “{topic.example}”"
        return
    titles = [item.title for item in overview.headlines if item.title][:_MOST_TITLES]
    more = len(overview.headlines) - len(titles)
    yield "The headlines: " + "; ".join(f"“{title}”" for title in titles)
    if more > 0:
        yield f"and {more:,} more."


def _shared(overview: Overview) -> list[Story]:
    """The stories that several outlets tell; none where the question names its publishers."""
    if overview.publishers:
        return []
    view = overview.view
    return shared_stories(view.snapshot, overview.filters, model=view.identity, dim=view.dim)


def _story_line(story: Story) -> str:
    outlets, dates = len(story.outlets), dates_words(story.dates)
    return f"“{story.title}”: {_articles(len(story.articles))}, {outlets:,} outlets, {dates}"


def _mentioned(question: str) -> str | None:
    """The words whose articles are to be counted."""
    if quoted := _QUOTED.search(question):
        return quoted[1]
    match = _MENTIONS.search(question.strip().rstrip("?!. "))
    if match is None:
        return None
    words = match["after"] or match["before"] or match["word"]
    return re.sub(r"^(?:the|a|an)\s|\s+(?:are there|do you have|in (?:the|this)\s\w+)$", "", words)


def _mentions_line(words: str, overview: Overview) -> str:
    titles = overview.view.snapshot.titles_with(words, overview.filters)
    if not titles:
        return f"No article has the words “{words}”."
    have = "has" if len(titles) == 1 else "have"
    return f"{_articles(len(titles))} {have} the words “{words}”, such as “{titles[0]}”."
