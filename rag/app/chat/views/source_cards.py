"""Writes the sources beside an answer: a card for each quote, between the sentences around it.

Each quote is compared with the database again when its card is made: an answer may have lain in a
browser for long, so everything about an article is read from the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from rag.app.chat.views.markup import button, cut, icon, link, menu, safe
from rag.app.cite import bibtex, citation, csl_json, fragment_link
from rag.model import Quote, Span
from rag.quotes import MAX_QUOTE_CHARS, Claimed, Refusal, Versions, make_quote
from rag.render.layout import Source
from rag.render.words import (
    event_words,
    host_words,
    human_date,
    name_words,
    number,
    origin_words,
)
from rag.store.rows import StoredArticle

_MOST_NEIGHBOUR = 400
_MOST_NAME = 300
_MOST_LINK = 4_000


class CheckedSource(NamedTuple):
    """A source after its quote was compared with the database; `fault` says what differs."""

    number: int
    quote: Quote
    short: Span | None
    stored: StoredArticle | None
    fault: str | None = None


def cards_html(sources: Iterable[Source], turn: int, versions: Versions) -> str:
    """Writes the list of cards; empty if there is none."""
    cards = "".join(_card(checked(source, versions), turn) for source in sources)
    return (
        f'<h3 class="by-aside-head">Sources</h3><ol class="by-cards">{cards}</ol>' if cards else ""
    )


def checked(source: Source, versions: Versions) -> CheckedSource:
    """Compares the quote of a source with the database."""
    quote = source.quote
    stored = versions.version(quote.article_id, quote.version)
    claimed = Claimed(quote.article_id, quote.version, quote.start, quote.end, quote.text)
    made = make_quote(versions, claimed, outlets=quote.outlets)
    if isinstance(made, Refusal):
        return CheckedSource(source.number, _refused(quote, stored), None, stored, made.reason)
    made = replace(made, speaker=quote.speaker, event_date=quote.event_date)
    return CheckedSource(source.number, made, source.short, stored)


def _refused(quote: Quote, stored: StoredArticle | None) -> Quote:
    """The quote with what the database says of its article, not what the browser does."""
    if stored is None:
        return replace(quote, url=None)
    article = stored.article
    return replace(
        quote,
        source=article.source,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        published=article.published,
        updated=article.updated,
    )


# ---------------------------------------------------------------- one card


def _card(source: CheckedSource, turn: int) -> str:
    quote = _with_short_names(source.quote)
    source = source._replace(quote=quote)
    title, tools = safe(quote.title), ""
    if source.stored is not None and source.fault is None:
        opens = f'data-act="source" data-turn="{turn}" data-number="{source.number}"'
        title = f'<button type="button" class="by-title" {opens}>{title}</button>'
        tools = _tools(quote, turn, source.number)
    return (
        f'<li class="by-card" id="by-card-{turn}-{source.number}" tabindex="-1">'
        f'<header><span class="by-number" aria-hidden="true">{source.number}</span>'
        f'<div><h4 dir="auto">{title}</h4><p class="by-meta">{facts_html(quote)}</p></div></header>'
        f"{_context(source)}{_fault(source)}{tools}</li>"
    )


def _with_short_names(quote: Quote) -> Quote:
    """Names come from files and may be of any length."""
    return replace(
        quote,
        source=cut(quote.source, _MOST_NAME),
        title=cut(quote.title, _MOST_NAME),
        url=quote.url if len(quote.url or "") <= _MOST_LINK else None,
        publisher=quote.publisher and cut(quote.publisher, _MOST_NAME),
        outlets=tuple(cut(name, _MOST_NAME) for name in quote.outlets),
    )


def facts_html(quote: Quote) -> str:
    """Writes paper and dates, who says the words, and where else they stand."""
    facts = [*origin_words(quote.publisher, quote.source), human_date(quote.published)]
    if quote.updated is not None and quote.updated != quote.published:
        facts.append(f"updated {human_date(quote.updated)}")
    if quote.speaker:
        facts.append(f"said by {quote.speaker}")
    facts += [words for words in (event_words(quote), host_words(quote.url)) if words]
    # A name in Arabic does not turn the order of what stands beside it.
    parts = [f"<bdi>{safe(fact)}</bdi>" for fact in facts]
    if quote.outlets:
        names = safe(", ".join(map(name_words, quote.outlets)))
        also = f"also in {number(len(quote.outlets), 'outlet')}"
        parts.append(f'<span title="{names}">{also}</span>')
    return " · ".join(parts)


def _context(source: CheckedSource) -> str:
    """The quote between the sentences around it; words that are not in the article stand alone."""
    quote, stored = source.quote, source.stored
    if stored is None or source.fault is not None:
        words = safe(cut(quote.text, MAX_QUOTE_CHARS))
        return f'<blockquote dir="auto">{words}</blockquote>'
    text = stored.article.text
    previous = next((s for s in reversed(stored.sentences) if s.start < quote.start), None)
    following = next((s for s in stored.sentences if s.end > quote.end), None)
    before = after = ""
    if previous is not None:
        words = text[previous.start : min(previous.end, quote.start)]
        before = words if len(words) <= _MOST_NEIGHBOUR else f"…{words[-_MOST_NEIGHBOUR:]}"
    if following is not None:
        after = cut(text[max(following.start, quote.end) : following.end], _MOST_NEIGHBOUR)
    return (
        f'<blockquote dir="auto"><span class="by-around">{safe(before)}</span> '
        f"<mark>{_with_short(source)}</mark> "
        f'<span class="by-around">{safe(after)}</span></blockquote>'
    )


def _with_short(source: CheckedSource) -> str:
    quote, short = source.quote, source.short
    if short is None:
        return safe(quote.text)
    start, end = short.start - quote.start, short.end - quote.start
    text = quote.text
    return f"{safe(text[:start])}<b>{safe(text[start:end])}</b>{safe(text[end:])}"


def _fault(source: CheckedSource) -> str:
    if source.fault is None:
        return ""
    return f'<p class="by-fault">No longer supported: {safe(source.fault)}.</p>'


def _tools(quote: Quote, turn: int, source: int) -> str:
    """What can be done with a quote: read on, copy, cite, save as a picture."""
    place = f"characters {quote.start:,}–{quote.end:,}"
    exact = f'<span class="by-exact" title="{place}">{icon("check")}Word for word</span>'
    cite = [
        button("Copy with citation", copy=citation(quote)),
        button("Copy for BibTeX", copy=bibtex(quote)),
        button("Copy as CSL-JSON", copy=json.dumps(csl_json(quote), ensure_ascii=False)),
        button(
            "Save as a picture",
            act="picture",
            quote=quote.text,
            title=quote.title,
            paper=quote.publisher or quote.source,
            date=human_date(quote.published),
            url=quote.url or "",
        ),
    ]
    if original := fragment_link(quote):
        cite.append(link("Open the original page", original))
    read = button("Read the article", icon_name="read", act="source", turn=turn, number=source)
    return f'<div class="by-tools">{exact}{read}{menu("Cite", "share", *cite)}</div>'
