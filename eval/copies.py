"""Scores which articles an archive takes for copies against the pairs that are known to be some."""

from __future__ import annotations

import gzip
import json
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from rag.errors import UsageError
from rag.model import Article, Block, RawDocument
from rag.store.database import Database, Entry, raw_hash
from rag.store.identity import article_id, version_of

_COLLECTION = "copies"


class Pairs(NamedTuple):
    """How many pairs of copies are known, how many of them were found, how many others."""

    known: int
    found: int
    wrong: int


def score(articles: Path, pairs: Path) -> Pairs:
    """Stores the articles one after the other, as an archive does, and compares the pairs.

    Both are JSON lines, gzipped or not: articles with `id` and `text`, pairs with `a` and `b`.

    :raises UsageError: if a file cannot be read, or a line lacks a field.
    """
    texts = {str(row["id"]): str(row["text"]) for row in _rows(articles, ("id", "text"))}
    known = {frozenset((str(row["a"]), str(row["b"]))) for row in _rows(pairs, ("a", "b"))}
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
    article = Article(
        article_id=article_id(_COLLECTION, key),
        version=version,
        collection=_COLLECTION,
        key=key,
        source=key,
        title=key,
        text=text,
        blocks=(Block(0, len(text)),),
    )
    return Entry(raw, raw_hash(raw.media_type, None, raw.data), article, (), ())


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        rows = [json.loads(line) for line in text.decode().split("\n") if line.strip()]
        return [{name: row[name] for name in needed} for row in rows]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {error!r}") from error
