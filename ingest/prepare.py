"""Prepares documents for an archive: extracts their articles and cuts them into passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ingest.extract.article import extract
from ingest.segment.chunks import chunks
from ingest.segment.sentences import sentences
from rag.embed import Embedder, passage_title
from rag.errors import SourceError
from rag.model import Article, RawDocument
from rag.store.database import Entry, raw_hash

_SPECIAL_TOKENS = 2


class Extracted(NamedTuple):
    """A document and its article."""

    raw: RawDocument
    raw_hash: str
    article: Article


class NoArticle(NamedTuple):
    """A document that is not an article, and why."""

    raw: RawDocument
    reason: str


def extracted(document: RawDocument) -> Extracted | NoArticle:
    """Extracts the document's article."""
    try:
        return Extracted(document, hash_of(document), extract(document))
    except SourceError as error:
        return NoArticle(document, error.message)


def hash_of(document: RawDocument) -> str:
    """Changes whenever the article could change that is extracted from the document."""
    return raw_hash(document.media_type, document.url, document.data)


def entries_of(batch: Sequence[Extracted], embedder: Embedder, chunk_tokens: int) -> list[Entry]:
    """Segments a whole batch, so that the tokenizer is called once for all its sentences.

    :param chunk_tokens: the most tokens of a passage, its title included.
    """
    spans = [sentences(item.article.text, item.article.blocks) for item in batch]
    texts = [
        item.article.text[span.start : span.end]
        for item, found in zip(batch, spans, strict=True)
        for span in found
    ]
    count_tokens = embedder.count_tokens
    tokens = iter(count_tokens(texts))
    titles = count_tokens([passage_title(item.article.title) for item in batch])
    entries = []
    for item, found, title in zip(batch, spans, titles, strict=True):
        # A title of many tokens leaves a passage its room; then the model reads less of its end.
        budget = max(chunk_tokens - _SPECIAL_TOKENS - title, chunk_tokens // 4)
        counts = [next(tokens) for _ in found]
        cut = chunks(item.article, found, counts, budget=budget, count_tokens=count_tokens)
        entries.append(Entry(item.raw, item.raw_hash, item.article, found, cut))
    return entries
