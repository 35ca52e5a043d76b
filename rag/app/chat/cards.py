"""The sources panel: an Answer and the record in, safe HTML out; a card for each quote, with the quote marked in its whole article.

Each quote is compared with the record again when its card is made, and only then carries its tick. Everything that comes from an article
is cleaned and escaped. Knows no page.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlencode

from rag.app.chat.messages import shown_quotes
from rag.app.cite import bibtex, citation, csl_json, fragment_link
from rag.app.render import clean, human_date, nearest, web_link
from rag.model import Answer, Block, BlockKind, Candidate, Claim, Quote, Span, Status, filters_json
from rag.quotes import MAX_QUOTE_CHARS, Claimed, Refusal, Versions, make_quote
from rag.store.database import StoredArticle

# Characters of an article shown before and after its quote; more would make a page of megabytes.
_MOST_AROUND = 20_000
_MOST_NEIGHBOUR = 400
_MOST_NAME = 300
_MOST_LINK = 4_000
_TICK = (
    '<svg aria-hidden="true" viewBox="0 0 16 16" width="14" height="14">'
    '<path d="M3 8.5l3.2 3.2L13 5" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)
_TAGS = {
    BlockKind.HEADING: "h5",
    BlockKind.STANDFIRST: "p",
    BlockKind.PARAGRAPH: "p",
    BlockKind.CAPTION: "p",
}

NOTHING_YET = (
    '<div class="by-empty"><h2>Sources</h2><p>Beside every answer stand the exact words of the articles. '
    "Ask something, then follow the small numbers.</p></div>"
)


class Source(NamedTuple):
    """What one card shows: the quote, the short answer in it, the stored article, and what is wrong with the quote, if anything."""

    number: int
    quote: Quote
    short: Span | None
    stored: StoredArticle | None
    fault: str | None
    answers: bool


def sources_html(answer: Answer, turn: int, record: Versions, *, opened: int = 0) -> str:
    """The panel of one turn; the card of the number `opened` (0 for none) shows its whole article."""
    cards = "".join(
        _card(source, turn, opened=source.number == opened) for source in sources(answer, record)
    )
    kind = "Sources" if answer.status is Status.ANSWERED else "Nearest passages, not an answer"
    if not cards:
        return f'<div class="by-empty"><h2>{kind}</h2><p>There is nothing to show for this question.</p></div>'
    return (
        f'<section class="by-sources" aria-label="{kind}"><header class="by-sources-head"><h2>{kind}</h2>'
        f'<button type="button" class="by-copy" data-link="{html.escape(question_link(answer))}">Link to this question</button>'
        f'<p class="by-question">{_safe(answer.asked_as)}</p></header><ol class="by-cards">{cards}</ol></section>'
    )


def question_link(answer: Answer) -> str:
    """The query string that opens the page with this question and its filters."""
    filters = {
        name: value
        for name, value in filters_json(answer.filters).items()
        if value and name != "include_undated"
    }
    return "?" + urlencode(
        {name: clean(value) for name, value in {"q": answer.asked_as, **filters}.items()}
    )


def sources(answer: Answer, record: Versions) -> Iterator[Source]:
    """The quotes of an answer in the order of their marks; when it abstained, the sentences that came nearest.

    What is known of an article comes from the record, not from the answer, which may have lain in a browser for long; of an article that
    is not there any more, only its name is left.
    """
    if answer.status is Status.NOT_IN_ARTICLES:
        for place, candidate in enumerate(nearest(answer), start=1):
            made = _nearest_quote(record, candidate)
            if isinstance(made, Quote):
                yield Source(
                    place,
                    made,
                    None,
                    record.version(made.article_id, made.version),
                    None,
                    answers=False,
                )
        return
    for place, quote in enumerate(shown_quotes(answer), start=1):
        stored = record.version(quote.article_id, quote.version)
        claimed = Claimed(quote.article_id, quote.version, quote.start, quote.end, quote.text)
        made = make_quote(record, claimed, outlets=quote.outlets)
        if isinstance(made, Refusal):
            yield Source(place, _unchecked(quote, stored), None, stored, made.reason, answers=True)
        else:
            yield Source(
                place,
                replace(made, speaker=quote.speaker),
                _short(answer.claims, quote),
                stored,
                None,
                answers=True,
            )


def _unchecked(quote: Quote, stored: StoredArticle | None) -> Quote:
    if stored is None:
        return replace(quote, url=None)
    article = stored.article
    known = {
        name: getattr(article, name)
        for name in ("source", "title", "url", "publisher", "published", "updated")
    }
    return replace(quote, **known)


def _nearest_quote(record: Versions, candidate: Candidate) -> Quote | Refusal:
    article, start = candidate.article, candidate.sentence.start
    end = min(candidate.sentence.end, start + MAX_QUOTE_CHARS)
    return make_quote(
        record, Claimed(article.article_id, article.version, start, end, article.text[start:end])
    )


def _short(claims: tuple[Claim, ...], quote: Quote) -> Span | None:
    """The short answer of the claim that stands on this quote, where it lies in it."""
    for claim in claims:
        answer = claim.answer
        if (
            answer is None
            or quote not in claim.quotes
            or (answer.article_id, answer.version) != (quote.article_id, quote.version)
        ):
            continue
        if quote.start <= answer.start < answer.end <= quote.end:
            return Span(answer.start, answer.end)
    return None


# ---------------------------------------------------------------- one card


def _card(source: Source, turn: int, *, opened: bool) -> str:
    quote = _bounded(source.quote)
    source = source._replace(quote=quote)
    return (
        f'<li class="by-card{" by-opened" if opened else ""}" id="by-card-{turn}-{source.number}" tabindex="-1">'
        f'<header><span class="by-number" aria-hidden="true">{source.number}</span><div><h3 dir="auto">{_title(quote)}</h3>'
        f'<p class="by-meta">{_meta(quote)}</p></div></header>'
        f"{_context(source)}{_check(source)}{_whole(source, opened=opened)}{_tools(source)}</li>"
    )


def _bounded(quote: Quote) -> Quote:
    """Names come from files, and so may be of any length."""
    return replace(
        quote,
        source=_cut(quote.source, _MOST_NAME),
        title=_cut(quote.title, _MOST_NAME),
        url=quote.url if len(quote.url or "") <= _MOST_LINK else None,
        publisher=quote.publisher and _cut(quote.publisher, _MOST_NAME),
        speaker=quote.speaker and _cut(quote.speaker, _MOST_NAME),
        outlets=tuple(_cut(name, _MOST_NAME) for name in quote.outlets),
    )


def _title(quote: Quote) -> str:
    link, title = web_link(quote.url), _safe(quote.title)
    return (
        title
        if link is None
        else f'<a href="{html.escape(link)}" target="_blank" rel="noopener noreferrer nofollow">{title}</a>'
    )


def _meta(quote: Quote) -> str:
    facts = [quote.publisher or quote.source, human_date(quote.published)]
    if quote.updated is not None and quote.updated != quote.published:
        facts.append(f"updated {human_date(quote.updated)}")
    if quote.speaker:
        facts.append(f"said by {quote.speaker}")
    # A name in Arabic does not turn the order of what stands beside it.
    line = " · ".join(f"<bdi>{_safe(fact)}</bdi>" for fact in facts)
    if not quote.outlets:
        return line
    count = len(quote.outlets)
    names = html.escape(", ".join(map(clean, quote.outlets)))
    return (
        f'{line} · <span title="{names}">also in {count} outlet{"" if count == 1 else "s"}</span>'
    )


def _context(source: Source) -> str:
    """The quote between the sentence before it and the one after; words that are not borne out stand alone and are not marked."""
    if source.stored is None or source.fault is not None:
        return f'<blockquote class="by-context" dir="auto">{_safe(_cut(source.quote.text, MAX_QUOTE_CHARS))}</blockquote>'
    before, after = _neighbours(source.stored, source.quote)
    words = _marked(source.quote.text, source.quote.start, source.quote, source.short)
    return (
        f'<blockquote class="by-context" dir="auto"><span class="by-around">{_safe(before)}</span> {words} '
        f'<span class="by-around">{_safe(after)}</span></blockquote>'
    )


def _neighbours(stored: StoredArticle, quote: Quote) -> tuple[str, str]:
    """The sentence before and the one after; of a sentence that is quoted in part, what else it says."""
    text = stored.article.text
    before = next((s for s in reversed(stored.sentences) if s.start < quote.start), None)
    after = next((s for s in stored.sentences if s.end > quote.end), None)
    return (
        _cut(text[before.start : min(before.end, quote.start)][::-1], _MOST_NEIGHBOUR)[::-1]
        if before
        else "",
        _cut(text[max(after.start, quote.end) : after.end], _MOST_NEIGHBOUR) if after else "",
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _check(source: Source) -> str:
    place = f"characters {source.quote.start:,}–{source.quote.end:,}"
    if source.fault is not None:
        return (
            f'<p class="by-check by-fault" role="status">Not borne out: {_safe(source.fault)}.</p>'
        )
    says = "exact, checked" if source.answers else "exact words, but not an answer"
    return f'<p class="by-check by-exact">{_TICK} <span>{says}</span> <span class="by-place">{place}</span></p>'


def _whole(source: Source, *, opened: bool) -> str:
    if source.stored is None or source.fault is not None:
        return ""
    return (
        f'<details class="by-article"{" open" if opened else ""}><summary>Whole article</summary>'
        f'<div class="by-text" tabindex="0" role="region" aria-label="{_safe(source.quote.title)}">'
        f"{_article(source, source.stored)}</div></details>"
    )


def _article(source: Source, stored: StoredArticle) -> str:
    """The blocks of the article around the quote, which is marked in them."""
    text, quote = stored.article.text, source.quote
    first, last = max(0, quote.start - _MOST_AROUND), min(len(text), quote.end + _MOST_AROUND)
    blocks = stored.article.blocks or (Block(0, len(text)),)
    shown = [
        _block(text, max(block.start, first), min(block.end, last), block.kind, source)
        for block in blocks
        if block.start < last and block.end > first
    ]
    return _more(first, "before") + "".join(shown) + _more(len(text) - last, "after")


def _block(text: str, start: int, end: int, kind: BlockKind, source: Source) -> str:
    tag = _TAGS[kind]
    return f'<{tag} class="by-{kind}" dir="auto">{_marked(text[start:end], start, source.quote, source.short)}</{tag}>'


def _marked(words: str, start: int, quote: Quote, short: Span | None) -> str:
    """Words of an article that begin at its character `start`, with what is quoted of them marked and the short answer bold."""
    end = start + len(words)
    first, last = min(max(quote.start, start), end), min(max(quote.end, start), end)
    if first >= last:
        return _safe(words)
    quoted = words[first - start : last - start]
    if short is not None and first <= short.start < short.end <= last:
        a, b = short.start - first, short.end - first
        inside = f"{_safe(quoted[:a])}<b>{_safe(quoted[a:b])}</b>{_safe(quoted[b:])}"
    else:
        inside = _safe(quoted)
    return f"{_safe(words[: first - start])}<mark>{inside}</mark>{_safe(words[last - start :])}"


def _more(characters: int, where: str) -> str:
    return (
        f'<p class="by-more">… {characters:,} more characters {where} this</p>'
        if characters > 0
        else ""
    )


def _tools(source: Source) -> str:
    """Copying with a citation, in three forms, and the way to the words on the original page."""
    if source.fault is not None:
        return ""
    quote = source.quote
    forms = {
        "Copy with citation": citation(quote),
        "BibTeX": bibtex(quote),
        "CSL-JSON": json.dumps(csl_json(quote), ensure_ascii=False),
    }
    buttons = "".join(
        f'<button type="button" class="by-copy" data-copy="{html.escape(text)}">{name}</button>'
        for name, text in forms.items()
    )
    link = fragment_link(quote)
    if link is not None:
        buttons += (
            f'<a class="by-copy" href="{html.escape(link)}" target="_blank" rel="noopener noreferrer nofollow">Original page'
            '<span aria-hidden="true"> ↗</span></a>'
        )
    return f'<div class="by-tools">{buttons}</div>'


def _safe(text: str) -> str:
    return html.escape(clean(text))
