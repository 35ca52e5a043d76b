"""Turns rows of the database into values, and refuses rows that are not what was stored.

A version's row is sealed with a hash over all that was stored of it. An archive of schema 1 has no
seals; there the version's own id, a hash of its text, title, publisher and dates, is compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from rag.errors import ArchiveDamaged
from rag.model import Article, Block, BlockKind, Chunk, PartialDate, Precision, Sentence
from rag.store.identity import article_id, version_of

RESTORE = (
    "Restore a copy of the archive; or remove the article with byline remove and ingest it again."
)
STORED_COLUMNS = (
    "v.id, v.seal, a.article_id, v.version, a.collection, a.key, a.source, v.title, v.text,"
    " v.blocks, v.sentences, v.url, v.author, v.publisher, v.published, v.published_last,"
    " v.published_precision, v.updated, v.updated_precision, v.fetched, v.fetched_precision,"
    " v.extractor, v.raw_hash, v.stated"
)
"""The columns of `stored_article`: the row, its seal, and the values that are sealed."""


class StoredArticle(NamedTuple):
    """A stored version: its row, the article, and all its sentence spans in order."""

    version_id: int
    article: Article
    sentences: tuple[Sentence, ...]


class ChunkRow(NamedTuple):
    """One stored chunk; `input_hash` names the vector of its text, `row` is its own id."""

    chunk_id: str
    version_id: int
    start: int
    end: int
    input_hash: str
    row: int

    @property
    def version_key(self) -> str:
        """Names the article's version, as `Chunk.version_key`."""
        return self.chunk_id.rpartition(".")[0]


@contextmanager
def damage_told(what: str) -> Iterator[None]:
    """Maps what goes wrong with altered values to ArchiveDamaged."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ArchiveDamaged(
            f"The database holds {what} that cannot be read: {error!r}",
            hint="Run: byline doctor",
        ) from error


def typed(row: Sequence[Any], kinds: Sequence[type | tuple[type, ...]], what: str) -> Sequence[Any]:
    """The row, if each value is of its kind.

    :raises ArchiveDamaged: if one is not.
    """
    if not all(map(isinstance, row, kinds)):
        raise ArchiveDamaged(
            f"The database holds {what} with values of a wrong kind.", hint="Run: byline doctor"
        )
    return row


_CHUNK_KINDS = (str, int, int, int, str, int)


def chunk_row(row: Sequence[Any]) -> ChunkRow:
    """:raises ArchiveDamaged: if a value is not of the kind that a chunk's has."""
    return ChunkRow(*typed(row, _CHUNK_KINDS, "a passage"))


def chunk_of(row: ChunkRow, stored: StoredArticle | None) -> Chunk:
    """The chunk of a row in the version to which it belongs.

    :raises ArchiveDamaged: if there is no such version, or the chunk is not one of it.
    """
    chunk = None if stored is None else _chunk(row, stored.article)
    if chunk is None or chunk.chunk_id != row.chunk_id:
        fault = "belongs to no article" if stored is None else f"is none of {stored.article.source}"
        raise ArchiveDamaged(
            f"The passage {row.chunk_id}, characters {row.start} to {row.end}, {fault}.",
            hint=RESTORE,
        )
    return chunk


def _chunk(row: ChunkRow, article: Article) -> Chunk | None:
    if not 0 <= row.start < row.end <= len(article.text):
        return None
    return Chunk(article.article_id, article.version, row.start, row.end)


def seal_of(values: Sequence[Any]) -> str:
    """Seals the values of a version, in the order of `STORED_COLUMNS`.

    The last one, what the user stated, does not count where there is none: before schema 3 no
    version had it.
    """
    sealed = values if values[-1] is not None else values[:-1]
    text = json.dumps(sealed, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def stored_article(row: Sequence[Any]) -> StoredArticle:
    """Reads a version from `STORED_COLUMNS`.

    :raises ArchiveDamaged: if it is not what was stored.
    """
    version_id, seal, *values = row
    with damage_told(f"an article ({values[4]!r})"):
        stored = _decoded(version_id, values)
        altered = is_altered(stored.article) if seal is None else seal_of(values) != seal
    if altered:
        raise ArchiveDamaged(
            f"The database does not hold {stored.article.source} as it was stored.", hint=RESTORE
        )
    return stored


def is_altered(article: Article) -> bool:
    """Whether the article does not say what its own ids name."""
    expected = version_of(
        text=article.text,
        title=article.title,
        publisher=article.publisher,
        published=article.published,
        updated=article.updated,
        extractor=article.extractor,
    )
    key = article_id(article.collection, article.key)
    return (article.article_id, article.version) != (key, expected)


def _decoded(version_id: int, values: Sequence[Any]) -> StoredArticle:
    blocks = (Block(start, end, BlockKind(kind)) for start, end, kind in json.loads(values[7]))
    spans = (Sentence(start, end, BlockKind(kind)) for start, end, kind in json.loads(values[8]))
    article = Article(
        article_id=values[0],
        version=values[1],
        collection=values[2],
        key=values[3],
        source=values[4],
        title=values[5],
        text=values[6],
        blocks=tuple(blocks),
        url=values[9],
        author=values[10],
        publisher=values[11],
        published=date(values[12], values[14]),
        updated=date(values[15], values[16]),
        fetched=date(values[17], values[18]),
        extractor=values[19],
        stated=stated_fields(values[21]),
    )
    return StoredArticle(version_id, article, tuple(spans))


def stated_fields(names: str | None) -> tuple[str, ...]:
    """What the user stated, as a column keeps it."""
    return tuple(names.split()) if names else ()


def date(seconds: int | None, precision: str | None) -> PartialDate | None:
    """The date of two columns, None where it is unknown."""
    if seconds is None or precision is None:
        return None
    return PartialDate.from_epoch(seconds, Precision(precision))


def date_columns(date: PartialDate | None) -> tuple[int | None, str | None]:
    """The two columns of a date."""
    return (None, None) if date is None else (date.first_epoch, str(date.precision))


def spans_json(spans: Sequence[Block | Sentence]) -> str:
    """Spans as a column keeps them."""
    return json.dumps([[s.start, s.end, s.kind] for s in spans], separators=(",", ":"))
