"""Example questions, made from the articles of the archive at hand: what the empty page offers to ask.

In go an archive and its engine; out come a few questions in plain English that the engine answers from the very sentence each was
made from (`templates` makes them). It does not know the page. Articles in other languages than English give nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from rag.app.chat.templates import NAME, Example, Pattern, made_of
from rag.engine import Engine
from rag.model import Answer, BlockKind, Status
from rag.store.archive import Archive
from rag.store.database import Listing

_ARTICLES = 40
_SENTENCES = 40  # of one article, from its top
_CHARS = 300  # of one sentence
_ASKED = 6  # questions put to the engine for each one returned
_SPARE = 2  # answered ones to choose from for each one returned
# It says little that the engine could search by, and is asked when the others are out.
_LAST = Pattern.WHO_IS


def example_questions(
    archive: Archive, engine: Engine, *, count: int = 4, budget_s: float = 3.0
) -> list[str]:
    """At most `count` questions that the archive answers, the most confident answer first; no two from one story.

    At most 40 articles are read, the newest of each publisher first, and no question is put to the engine after `budget_s` seconds,
    so a slow machine gives fewer: let the models warm up before. An archive without articles gives none.

    :raises ArchiveError: if the archive cannot be read.
    """
    deadline = time.monotonic() + budget_s
    answered: list[tuple[float, Example]] = []
    for example in _in_turn(examples(archive))[: count * _ASKED]:
        if time.monotonic() > deadline or len(answered) >= count * _SPARE:
            break
        if any(_one_story(example, other) for _, other in answered):
            continue
        answer = engine.ask(example.question)
        if _answers(answer, example):
            answered.append((answer.confidence, example))
    return [example.question for _, example in _best(answered, count)]


def examples(archive: Archive) -> list[Example]:
    """Every question that the patterns make of a bounded sample of the archive's articles; unasked, so the engine may not answer it."""
    with archive.record.snapshot() as record:
        found = (
            record.version(item.article_id, item.version) for item in _sample(record.listing())
        )
        stored = [article for article in found if article is not None]
    return [
        example
        for _, article, sentences in stored
        for sentence in sentences[:_SENTENCES]
        if sentence.kind is not BlockKind.HEADING and sentence.end - sentence.start <= _CHARS
        for example in made_of(article, sentence)
    ]


def _sample(listing: Iterable[Listing]) -> list[Listing]:
    """The newest article of each publisher, then each one's second newest; undated ones after, in the fixed order of their ids."""

    def age(item: Listing) -> tuple[bool, int, str]:
        return (
            item.published is None,
            -item.published.last_epoch if item.published else 0,
            item.article_id,
        )

    def publisher(item: Listing) -> str:
        return item.publisher or ""

    groups = groupby(sorted(listing, key=lambda item: (publisher(item), *age(item))), key=publisher)
    turns = [(turn, item) for _, group in groups for turn, item in enumerate(group)]
    return [item for _, item in sorted(turns, key=lambda pair: (pair[0], *age(pair[1])))][
        :_ARTICLES
    ]


def _in_turn(made: Iterable[Example]) -> list[Example]:
    """The first of each pattern, then the second of each; no two of one pattern from one article, the last resort at the end."""
    distinct = {
        (example.article.article_id, example.pattern): example for example in reversed(list(made))
    }
    turns: Counter[Pattern] = Counter()
    order: list[tuple[bool, int, Example]] = []
    for example in reversed(distinct.values()):
        order.append((example.pattern is _LAST, turns[example.pattern], example))
        turns[example.pattern] += 1
    return [example for _, _, example in sorted(order, key=lambda entry: entry[:2])]


def _answers(answer: Answer, example: Example) -> bool:
    """Whether the first quote is the sentence itself, or the same words in another paper."""
    if answer.status is not Status.ANSWERED:
        return False
    quote = answer.claims[0].quotes[0]
    own = (
        quote.article_id == example.article.article_id and quote.version == example.article.version
    )
    return (
        own and quote.start < example.sentence.end and example.sentence.start < quote.end
    ) or quote.text == example.said


def _best(answered: list[tuple[float, Example]], count: int) -> list[tuple[float, Example]]:
    """The most confident `count`, the best of each pattern before all others; most confident first."""
    ranked = sorted(answered, key=lambda pair: -pair[0])
    firsts = {example.pattern: example for _, example in reversed(ranked)}
    chosen = sorted(ranked, key=lambda pair: firsts[pair[1].pattern] is not pair[1])[:count]
    return sorted(chosen, key=lambda pair: -pair[0])


def _one_story(one: Example, other: Example) -> bool:
    """Whether one's article has the other's sentence or speaks of a full name that the other asks about."""
    return any(
        text in article.text
        for example, article in ((one, other.article), (other, one.article))
        for text in (
            example.said,
            *(name for name in NAME.findall(example.question) if " " in name),
        )
    )
