"""Writes the sources panel as HTML: a card for each quote, marked in its whole article.

Each quote is compared with the database again when its card is made. Everything that comes from an
article is cleaned and escaped.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlencode

from rag.answer_json import filters_to_json
from rag.app.chat.messages import shown_quotes
from rag.app.cite import bibtex, citation, csl_json, fragment_link
from rag.app.terminal import number
from rag.model import AnswerValues, Block, BlockKind, Quote, Span, Status
from rag.quotes import MAX_QUOTE_CHARS, Claimed, Refusal, Versions, make_quote
from rag.render import clean, human_date, nearest, short_span, web_link
from rag.store.rows import StoredArticle

# Characters of an article shown before and after its quote; more would make a page of megabytes.
_MOST_AROUND = 20_000
_MOST_NEIGHBOUR = 400
_MOST_NAME = 300
_MOST_LINK = 4_000
_TICK = (
    '<svg aria-hidden="true" viewBox="0 0 16 16" width="14" height="14">'
    '<path d="M3 8.5l3.2 3.2L13 5" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)
NEW_TAB = 'target="_blank" rel="noopener noreferrer nofollow"'

NOTHING_YET = (
    '<div class="by-empty"><h2>Sources</h2><p>Beside every answer stand the exact words of the '
    "articles. Ask something, then follow the small numbers.</p></div>"
)


class Source(NamedTuple):
    """What one card shows.

    `short` is the short answer inside the quote, `stored` the article in the database, `fault` what
    is wrong with the quote; `answers` is false for a sentence that only comes near.
    """

    number: int
    quote: Quote
    short: Span | None
    stored: StoredArticle | None
    fault: str | None = None
    answers: bool = True


def sources_html(answer: AnswerValues, turn: int, versions: Versions, *, opened: int = 0) -> str:
    """Writes the panel of one turn; card number `opened` (0 for none) shows its whole article."""
    cards = "".join(
        _card(source, turn, opened=source.number == opened) for source in sources(answer, versions)
    )
    heading = "Sources"
    if answer.status is not Status.ANSWERED:
        heading = "Nearest passages, not an answer"
    if not cards:
        nothing = "<p>There is nothing to show for this question.</p>"
        return f'<div class="by-empty"><h2>{heading}</h2>{nothing}</div>'
    link = html.escape(question_link(answer))
    return (
        f'<section class="by-sources" aria-label="{heading}">'
        f'<header class="by-sources-head"><h2>{heading}</h2>'
        f'<button type="button" class="by-copy" data-link="{link}">Link to this question</button>'
        f'<p class="by-question">{_safe(answer.asked_as)}</p></header>'
        f'<ol class="by-cards">{cards}</ol></section>'
    )


def question_link(answer: AnswerValues) -> str:
    """Returns the query string that opens the page with this question and its filters."""
    filters = filters_to_json(answer.filters) | {"include_undated": None}
    given = {name: clean(value) for name, value in filters.items() if value}
    return "?" + urlencode({"q": clean(answer.asked_as), **given})


def sources(answer: AnswerValues, versions: Versions) -> Iterator[Source]:
    """Yields the quotes in the order of their marks, or the nearest sentences of an abstention.

    An answer may have lain in a browser for long, so everything about an article is read from the
    database; only the name is left of an article that is not there any more.
    """
    if answer.status is Status.NOT_IN_ARTICLES:
        for place, candidate in enumerate(nearest(answer), start=1):
            article, start = candidate.article, candidate.sentence.start
            end = min(candidate.sentence.end, start + MAX_QUOTE_CHARS)
            words = article.text[start:end]
            made = make_quote(
                versions, Claimed(article.article_id, article.version, start, end, words)
            )
            if isinstance(made, Quote):
                stored = versions.version(made.article_id, made.version)
                yield Source(place, made, None, stored, answers=False)
        return
    for place, quote in enumerate(shown_quotes(answer), start=1):
        stored = versions.version(quote.article_id, quote.version)
        claimed = Claimed(quote.article_id, quote.version, quote.start, quote.end, quote.text)
        made = make_quote(versions, claimed, outlets=quote.outlets)
        if isinstance(made, Refusal):
            yield Source(place, _refused(quote, stored), None, stored, made.reason)
        else:
            spans = (
                short_span(quote, item.answer) for item in answer.claims if quote in item.quotes
            )
            yield Source(place, made, next(filter(None, spans), None), stored)


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


def _card(source: Source, turn: int, *, opened: bool) -> str:
    quote = _with_short_names(source.quote)
    source = source._replace(quote=quote)
    title, link = _safe(quote.title), web_link(quote.url)
    if link is not None:
        title = f'<a href="{html.escape(link)}" {NEW_TAB}>{title}</a>'
    body = _context(source) + _check(source)
    if source.stored is not None and source.fault is None:
        body += _whole_article(source, source.stored, opened=opened) + _tools(quote)
    return (
        f'<li class="by-card{" by-opened" if opened else ""}"'
        f' id="by-card-{turn}-{source.number}" tabindex="-1">'
        f'<header><span class="by-number" aria-hidden="true">{source.number}</span>'
        f'<div><h3 dir="auto">{title}</h3><p class="by-meta">{_facts(quote)}</p></div></header>'
        f"{body}</li>"
    )


def _with_short_names(quote: Quote) -> Quote:
    """Names come from files and may be of any length."""
    return replace(
        quote,
        source=_cut(quote.source, _MOST_NAME),
        title=_cut(quote.title, _MOST_NAME),
        url=quote.url if len(quote.url or "") <= _MOST_LINK else None,
        publisher=quote.publisher and _cut(quote.publisher, _MOST_NAME),
        outlets=tuple(_cut(name, _MOST_NAME) for name in quote.outlets),
    )


def _facts(quote: Quote) -> str:
    facts = [quote.publisher or quote.source, human_date(quote.published)]
    if quote.updated is not None and quote.updated != quote.published:
        facts.append(f"updated {human_date(quote.updated)}")
    # A name in Arabic does not turn the order of what stands beside it.
    parts = [f"<bdi>{_safe(fact)}</bdi>" for fact in facts]
    if quote.outlets:
        names = html.escape(", ".join(map(clean, quote.outlets)))
        also = f"also in {number(len(quote.outlets), 'outlet')}"
        parts.append(f'<span title="{names}">{also}</span>')
    return " · ".join(parts)


def _context(source: Source) -> str:
    """The quote between the sentences around it; words that are not in the article stand alone."""
    quote, stored = source.quote, source.stored
    if stored is None or source.fault is not None:
        words = _safe(_cut(quote.text, MAX_QUOTE_CHARS))
        return f'<blockquote class="by-context" dir="auto">{words}</blockquote>'
    text = stored.article.text
    previous = next((s for s in reversed(stored.sentences) if s.start < quote.start), None)
    following = next((s for s in stored.sentences if s.end > quote.end), None)
    before = after = ""
    if previous is not None:
        words = text[previous.start : min(previous.end, quote.start)]
        before = words if len(words) <= _MOST_NEIGHBOUR else f"…{words[-_MOST_NEIGHBOUR:]}"
    if following is not None:
        after = _cut(text[max(following.start, quote.end) : following.end], _MOST_NEIGHBOUR)
    return (
        f'<blockquote class="by-context" dir="auto"><span class="by-around">{_safe(before)}</span> '
        f"{_marked(quote.text, quote.start, source)} "
        f'<span class="by-around">{_safe(after)}</span></blockquote>'
    )


def _check(source: Source) -> str:
    if source.fault is not None:
        reason = _safe(source.fault)
        return f'<p class="by-check by-fault" role="status">Not supported: {reason}.</p>'
    result = "exact, checked" if source.answers else "exact words, but not an answer"
    place = f"characters {source.quote.start:,}–{source.quote.end:,}"
    return (
        f'<p class="by-check by-exact">{_TICK} <span>{result}</span>'
        f' <span class="by-place">{place}</span></p>'
    )


def _whole_article(source: Source, stored: StoredArticle, *, opened: bool) -> str:
    """The article's blocks around the quote, folded unless `opened`."""
    text, quote = stored.article.text, source.quote
    first, last = max(0, quote.start - _MOST_AROUND), min(len(text), quote.end + _MOST_AROUND)
    blocks = ""
    for block in stored.article.blocks or (Block(0, len(text)),):
        start, end = max(block.start, first), min(block.end, last)
        if start < end:
            tag = "h5" if block.kind is BlockKind.HEADING else "p"
            words = _marked(text[start:end], start, source)
            blocks += f'<{tag} class="by-{block.kind}" dir="auto">{words}</{tag}>'
    content = _more(first, "before") + blocks + _more(len(text) - last, "after")
    return (
        f'<details class="by-article"{" open" if opened else ""}><summary>Whole article</summary>'
        f'<div class="by-text" tabindex="0" role="region" aria-label="{_safe(quote.title)}">'
        f"{content}</div></details>"
    )


def _more(characters: int, where: str) -> str:
    if not characters:
        return ""
    return f'<p class="by-more">… {characters:,} more characters {where} this</p>'


def _marked(words: str, start: int, source: Source) -> str:
    """Marks what is quoted of words that begin at `start`, with the short answer in bold."""
    quote, short = source.quote, source.short
    first = min(max(quote.start - start, 0), len(words))
    last = min(max(quote.end - start, 0), len(words))
    if first >= last:
        return _safe(words)
    inside = _safe(words[first:last])
    if short is not None and first <= short.start - start < short.end - start <= last:
        a, b = short.start - start, short.end - start
        inside = f"{_safe(words[first:a])}<b>{_safe(words[a:b])}</b>{_safe(words[b:last])}"
    return f"{_safe(words[:first])}<mark>{inside}</mark>{_safe(words[last:])}"


def _tools(quote: Quote) -> str:
    """Buttons that copy the quote with a citation, and a link to its words on the original page."""
    forms = {
        "Copy with citation": citation(quote),
        "BibTeX": bibtex(quote),
        "CSL-JSON": json.dumps(csl_json(quote), ensure_ascii=False),
    }
    tools = "".join(
        f'<button type="button" class="by-copy" data-copy="{html.escape(text)}">{name}</button>'
        for name, text in forms.items()
    )
    link = fragment_link(quote)
    if link is not None:
        label = 'Original page<span aria-hidden="true"> ↗</span>'
        tools += f'<a class="by-copy" href="{html.escape(link)}" {NEW_TAB}>{label}</a>'
    return f'<div class="by-tools">{tools}</div>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _safe(text: str) -> str:
    return html.escape(clean(text))
