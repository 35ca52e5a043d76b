"""Makes cards: words of an article with its title, publisher, date, source and link.

All strings of a card are clean (see `rag.render.words.clean`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.model import Article, Candidate, Hit, Quote, Sentence, ShortAnswer, Span
from rag.render.words import (
    clean,
    event_words,
    host_words,
    human_date,
    name_words,
    web_link,
)

_EXCERPT_CHARS = 300


class Words(NamedTuple):
    """Words that are shown; `marked` is the short answer in them."""

    before: str
    marked: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        return self.before + self.marked + self.after


@dataclass(frozen=True, slots=True)
class Card:
    """Words of an article, and facts about them in reading order."""

    words: Words
    title: str
    facts: tuple[str, ...]
    link: str | None = None
    outlets: tuple[str, ...] = ()


def quote_words(quote: Quote, short: Span | None) -> Words:
    """Returns the words of a quote; the short answer, if it lies in them, is marked."""
    start, end = (short.start, short.end) if short else (quote.start, quote.start)
    return Words(
        clean(quote.text[: start - quote.start]),
        clean(quote.text[start - quote.start : end - quote.start]),
        clean(quote.text[end - quote.start :]),
    )


def quote_card(quote: Quote, short: Span | None = None, *facts: str) -> Card:
    """Makes the card of a quote, with more facts at its end."""
    updated = quote.updated if quote.updated != quote.published else None
    dates = [
        human_date(quote.published),
        f"updated {human_date(updated)}" if updated else None,
        event_words(quote),
    ]
    return _card(quote_words(quote, short), quote, quote, dates, *facts)


def short_span(quote: Quote, answer: ShortAnswer | None) -> Span | None:
    """Returns where a short answer stands in its article, if it lies in the quote, else None."""
    if answer is None or not quote.start <= answer.start < answer.end <= quote.end:
        return None
    same = (answer.article_id, answer.version) == (quote.article_id, quote.version)
    return Span(answer.start, answer.end) if same else None


def candidate_card(candidate: Candidate) -> Card:
    """Makes the card of a sentence that may answer."""
    return _excerpt_card(candidate.article, candidate.sentence)


def passage_card(hit: Hit) -> Card:
    """Makes the card of the beginning of a passage."""
    scores = f"score {hit.score:.3f}, similarity {hit.similarity:.2f}"
    return _excerpt_card(hit.article, Span(hit.chunk.start, hit.chunk.end), scores)


def _excerpt_card(article: Article, span: Span | Sentence, *facts: str) -> Card:
    text = clean(article.text[span.start : span.end])
    if len(text) > _EXCERPT_CHARS:
        text = text[:_EXCERPT_CHARS].rsplit(" ", 1)[0] + " …"
    return _card(Words(text), article, span, [human_date(article.published)], *facts)


def _card(
    words: Words,
    cited: Quote | Article,
    span: Quote | Span | Sentence,
    dates: Sequence[str | None],
    *facts: str,
) -> Card:
    place = f"characters {span.start}–{span.end}"
    paper = cited.publisher and name_words(cited.publisher)
    shown = (paper, *dates, cited.source, host_words(cited.url), place, *facts)
    return Card(
        words,
        title=clean(cited.title),
        facts=tuple(clean(fact) for fact in shown if fact),
        link=web_link(cited.url),
        outlets=tuple(map(name_words, cited.outlets)) if isinstance(cited, Quote) else (),
    )
