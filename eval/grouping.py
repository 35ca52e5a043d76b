"""Scores how an archive groups articles, as copies and into stories, against what is known.

Both read files of JSON lines, gzipped where their name ends in `.gz`.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from eval.gold.rows import read_rows
from eval.scoring.metrics import BCubed, b_cubed
from rag.embed import Embedder
from rag.errors import UsageError
from rag.model import Article, Block, RawDocument
from rag.store.database import Database, Entry, raw_hash
from rag.store.identity import article_id, version_of

_COLLECTION = "copies"
_FIELDS = ("title", "text", "published", "url")


# ---------------------------------------------------------------- stories


def score_stories(path: Path, *, embedder: Embedder | None = None) -> BCubed:
    """Groups the articles of a file in an archive of their own.

    A line has `id`, `event` and `text`, and what is known of `title`, `outlet`, `published` and
    `url`.

    :raises UsageError: if the file cannot be read, holds no article, or a line lacks a field.
    """
    from rag import open_archive

    rows = read_rows(path, lambda row: {**row, "id": str(row["id"]), "event": row["event"]})
    articles = (
        {name: row.get(name) for name in _FIELDS}
        | {"key": row["id"], "publisher": row.get("outlet")}
        for row in rows
    )
    with (
        TemporaryDirectory() as folder,
        open_archive(Path(folder) / "archive", create=True, embedder=embedder) as archive,
    ):
        archive.add_many(articles)
        grouped = archive.stories()
    found = {item.key: number for number, story in enumerate(grouped) for item in story.articles}
    scored = [(found[row["id"]], row["event"]) for row in rows if row["id"] in found]
    if not scored:
        raise UsageError(f"{path} holds no article")
    return b_cubed(*zip(*scored, strict=True))


# ---------------------------------------------------------------- copies


class Pairs(NamedTuple):
    """How many pairs of copies are known, how many of them were found, how many others."""

    known: int
    found: int
    wrong: int


def score_copies(articles: Path, pairs: Path) -> Pairs:
    """Stores articles one after the other, as an archive does, and compares the pairs of copies.

    A line of the articles has `id` and `text`, a line of the pairs `a` and `b`.

    :raises UsageError: if a file cannot be read, or a line lacks a field.
    """
    texts = dict(read_rows(articles, lambda row: (str(row["id"]), str(row["text"]))))
    known = set(read_rows(pairs, lambda row: frozenset((str(row["a"]), str(row["b"])))))
    with TemporaryDirectory() as folder:
        found = _stored_pairs(Database.create(Path(folder) / "copies.sqlite", {}), texts)
    return Pairs(len(known), len(known & found), len(found - known))


def _stored_pairs(database: Database, texts: dict[str, str]) -> set[frozenset[str]]:
    with database.transaction() as transaction:
        for key, text in texts.items():
            transaction.put(_entry(key, text), (), valid_from=0)
        names = dict(enumerate(texts, start=1))
        copies = transaction.copies(names, current=True)
    clusters = {frozenset((version, *others)) for version, others in copies.items()}
    return {
        frozenset((names[one], names[two]))
        for cluster in clusters
        for one, two in combinations(cluster, 2)
    }


def _entry(key: str, text: str) -> Entry:
    """An article of one block without passages: copies are told by its text alone."""
    version = version_of(
        text=text, title=key, publisher=None, published=None, updated=None, extractor=""
    )
    raw = RawDocument(_COLLECTION, key, key, "text/plain", key.encode())
    names: dict[str, Any] = {"collection": _COLLECTION, "key": key, "source": key, "title": key}
    blocks = (Block(0, len(text)),)
    name = article_id(_COLLECTION, key)
    article = Article(article_id=name, version=version, text=text, blocks=blocks, **names)
    return Entry(raw, raw_hash(raw.media_type, None, raw.data), article, (), ())
