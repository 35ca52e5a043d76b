"""Makes every Quote and every Claim, each checked against the database when it is made.

A reader or a writer yields a `Draft`: a sentence of an answer and the spans that it stands on.
`make_claim` turns it into a Claim with exact quotes, or into a Rejected with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from rag.model import Article, BlockKind, Claim, Hit, Quote, Rejected, ShortAnswer
from rag.news.event_dates import clause_around, event_date
from rag.news.time_expressions import is_simple_past, time_expressions
from rag.store.rows import StoredArticle

MAX_QUOTE_CHARS = 400
MAX_QUOTE_SENTENCES = 2
_SENTENCE_END = re.compile(r"[.!?][\"”’]?\s")


class Versions(Protocol):
    """Looks up stored versions of articles: a snapshot of the database."""

    def version(self, article_id: str, version: str) -> StoredArticle | None: ...


class Refusal(NamedTuple):
    """Why a span cannot be quoted."""

    reason: str


class Claimed(NamedTuple):
    """Words that are claimed to stand in an article at `[start, end)`, in code points."""

    article_id: str
    version: str
    start: int
    end: int
    text: str


class ArticleSpan(NamedTuple):
    """The characters `[start, end)` of an article's text."""

    article: Article
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.article.text[self.start : self.end]

    def overlaps(self, other: ArticleSpan) -> bool:
        """Whether both have a character of the same version in common."""
        same = version_key(self.article) == version_key(other.article)
        return same and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One sentence of an answer before its quotes are checked.

    `spans` are to be quoted, at least one. `text` is None where the sentence says exactly what its
    quotes say. `confidence` and `support` are in [0, 1]. `answer` is the short answer; it is shown
    only if a quote contains it. `speaker` says what is quoted, where that is known.
    """

    spans: tuple[ArticleSpan, ...]
    text: str | None = None
    confidence: float
    support: float = 1.0
    answer: ArticleSpan | None = None
    speaker: str | None = None


def make_claim(versions: Versions, draft: Draft, hits: Sequence[Hit]) -> Claim | Rejected:
    """The draft as a claim with exact quotes; rejected if one of them cannot be made.

    :param hits: the passages that were read, to name other outlets with the same words.
    """
    text = draft.text
    if text is None:
        text = " ".join(span.text for span in draft.spans)
    quotes = make_quotes(versions, draft.spans, hits)
    if isinstance(quotes, Refusal):
        return Rejected(text, quotes.reason)
    answer = _short_answer(draft.answer, quotes)
    quotes = tuple(replace(_dated_by(quote, answer), speaker=draft.speaker) for quote in quotes)
    return Claim(text, quotes, draft.confidence, draft.support, answer)


def make_quotes(
    versions: Versions, spans: Sequence[ArticleSpan], hits: Sequence[Hit]
) -> tuple[Quote, ...] | Refusal:
    """A quote for each span, in their order, or the first refusal."""
    quotes: list[Quote] = []
    for span in spans:
        claimed = Claimed(*version_key(span.article), span.start, span.end, span.text)
        quote = make_quote(versions, claimed, outlets=_other_outlets(span, hits))
        if isinstance(quote, Refusal):
            return quote
        quotes.append(quote)
    return tuple(quotes)


def make_quote(
    versions: Versions, claimed: Claimed, *, outlets: Iterable[str] = ()
) -> Quote | Refusal:
    """A quote of at most two sentences and 400 characters, compared with the stored article.

    >>> make_quote(versions, Claimed("0" * 24, "1" * 16, 0, 5, "words"))  # doctest: +SKIP
    Refusal(reason='the archive does not hold that version of the article')
    """
    stored = versions.version(claimed.article_id, claimed.version)
    mismatch = check(stored, claimed)
    if stored is None or mismatch is not None:
        return Refusal(mismatch or "")
    length = claimed.end - claimed.start
    if length > MAX_QUOTE_CHARS:
        return Refusal(f"a quote holds at most {MAX_QUOTE_CHARS} characters, not {length}")
    touched = [s for s in stored.sentences if s.start < claimed.end and s.end > claimed.start]
    if len(touched) > MAX_QUOTE_SENTENCES:
        return Refusal(f"a quote holds at most {MAX_QUOTE_SENTENCES} sentences, not {len(touched)}")
    article = stored.article
    # Of two sentences, the first one stands there to be referred to.
    told_from = max(claimed.start, touched[-1].start) if touched else claimed.start
    return Quote(
        article_id=article.article_id,
        version=article.version,
        source=article.source,
        title=article.title,
        start=claimed.start,
        end=claimed.end,
        text=claimed.text,
        url=article.url,
        publisher=article.publisher,
        published=article.published,
        updated=article.updated,
        kind=touched[0].kind if touched else BlockKind.PARAGRAPH,
        outlets=tuple(outlets),
        event_date=event_date(article.text[told_from : claimed.end], article.published),
    )


def check(stored: StoredArticle | None, claimed: Claimed) -> str | None:
    """What is wrong with claimed words; None where the stored article has them at that place."""
    if stored is None:
        return "the archive does not hold that version of the article"
    text = stored.article.text
    if not 0 <= claimed.start < claimed.end <= len(text):
        span = f"the quote runs from {claimed.start} to {claimed.end}"
        return f"the article has {len(text)} characters, {span}"
    if text[claimed.start : claimed.end] != claimed.text:
        return "the article has other words there"
    return None


def version_key(item: Article | Quote) -> tuple[str, str]:
    """Identifies the version of an article: its `article_id` and `version`."""
    return item.article_id, item.version


def _other_outlets(span: ArticleSpan, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Publishers, or else sources, of other articles among the passages with the same words."""
    others = (
        article
        for hit in hits
        for article in (hit.article, *hit.copies)
        if article.article_id != span.article.article_id and span.text in article.text
    )
    return tuple(dict.fromkeys(other.publisher or other.source for other in others))


def _short_answer(answer: ArticleSpan | None, quotes: Sequence[Quote]) -> ShortAnswer | None:
    """The short answer, if a quote contains it."""
    if answer is None:
        return None
    key = version_key(answer.article)
    if any(
        version_key(quote) == key and quote.start <= answer.start and answer.end <= quote.end
        for quote in quotes
    ):
        return ShortAnswer(answer.text, *key, answer.start, answer.end)
    return None


def _dated_by(quote: Quote, answer: ShortAnswer | None) -> Quote:
    """The quote with the event date of the part between semicolons that has the short answer.

    A part in the simple past without any date keeps the quote's, if that is past too.
    """
    if answer is None or ";" not in quote.text:
        return quote
    if (answer.article_id, answer.version) != version_key(quote):
        return quote
    start, end = answer.start - quote.start, answer.end - quote.start
    clause = clause_around(quote.text, start, end)
    if not 0 <= start < end or clause == quote.text or _SENTENCE_END.search(clause):
        return quote
    if not time_expressions(clause) and is_simple_past(clause) and _is_past(quote):
        return quote
    return replace(quote, event_date=event_date(clause, quote.published))


def _is_past(quote: Quote) -> bool:
    """Whether the event of a quote was not after its publication, as far as both are known."""
    if quote.event_date is None or quote.published is None:
        return True
    return quote.event_date.start <= quote.published.last
