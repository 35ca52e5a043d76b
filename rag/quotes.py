"""Claimed words + the record -> Quote, or the reason for refusing it. The only place where a Quote is made.

In go the names of a version and a span or words; out comes a Quote whose text has just been compared with the stored article. It does
not know why somebody wants to quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from rag.model import Article, BlockKind, Hit, Quote
from rag.store.database import StoredArticle

MAX_CHARS = 400
MAX_SENTENCES = 2


class Versions(Protocol):
    """Where stored versions are looked up: a snapshot of the record."""

    def version(self, article_id: str, version: str) -> StoredArticle | None: ...


class Refusal(NamedTuple):
    """Why words cannot be shown as a quote."""

    reason: str


class Claimed(NamedTuple):
    """Words that somebody says stand in an article, half-open offsets in code points."""

    article_id: str
    version: str
    start: int
    end: int
    text: str


def make_quote(
    record: Versions, claimed: Claimed, *, outlets: Iterable[str] = ()
) -> Quote | Refusal:
    """A quote of at most two sentences and 400 characters, checked against the record now.

    >>> make_quote(record, Claimed("0" * 24, "1" * 16, 0, 5, "words"))  # doctest: +SKIP
    Refusal(reason='the archive does not hold that version of the article')
    """
    stored = record.version(claimed.article_id, claimed.version)
    fault = check(stored, claimed)
    if stored is None or fault is not None:
        return Refusal(fault or "")
    if claimed.end - claimed.start > MAX_CHARS:
        return Refusal(
            f"a quote holds at most {MAX_CHARS} characters, not {claimed.end - claimed.start}"
        )
    touched = [s for s in stored.sentences if s.start < claimed.end and s.end > claimed.start]
    if len(touched) > MAX_SENTENCES:
        return Refusal(f"a quote holds at most {MAX_SENTENCES} sentences, not {len(touched)}")
    return _quote(
        stored.article, claimed, touched[0].kind if touched else BlockKind.PARAGRAPH, tuple(outlets)
    )


def check(stored: StoredArticle | None, claimed: Claimed) -> str | None:
    """What is wrong with claimed words, None where the stored article has exactly them at exactly that place."""
    if stored is None:
        return "the archive does not hold that version of the article"
    text = stored.article.text
    if not 0 <= claimed.start < claimed.end <= len(text):
        return f"the article has {len(text)} characters, the quote runs from {claimed.start} to {claimed.end}"
    if text[claimed.start : claimed.end] != claimed.text:
        return "the article has other words there"
    return None


def outlets_of(article: Article, text: str, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Who else among the passages has the very same words: their publisher, or their source where that is not known."""
    others = (
        hit.article
        for hit in hits
        if hit.article.article_id != article.article_id and text in hit.article.text
    )
    return tuple(dict.fromkeys(other.publisher or other.source for other in others))


def _quote(article: Article, claimed: Claimed, kind: BlockKind, outlets: tuple[str, ...]) -> Quote:
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
        kind=kind,
        outlets=outlets,
    )
