"""Scores how an archive groups articles, as copies and into stories, against what is known.

Both read files of JSON lines, gzipped where their name ends in `.gz`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.bench.scale import MadeVectors
from eval.gold.rows import read_rows
from eval.scoring.metrics import BCubed, b_cubed
from rag.embed import Embedder
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.store.archive import Archive

_FIELDS = ("title", "text", "published", "url")


def score_stories(path: Path, *, embedder: Embedder | None = None) -> BCubed:
    """Groups the articles of a file into stories.

    A line has `id`, `event` and `text`, and what is known of `title`, `outlet`, `published` and
    `url`.

    :raises UsageError: if the file cannot be read, holds no article, or a line lacks a field.
    """
    rows = read_rows(path, lambda row: {**row, "id": str(row["id"]), "event": row["event"]})
    articles = (
        {name: row.get(name) for name in _FIELDS}
        | {"key": row["id"], "publisher": row.get("outlet")}
        for row in rows
    )
    with _archive_of(articles, embedder) as archive:
        grouped = archive.stories()
    found = {item.key: number for number, story in enumerate(grouped) for item in story.articles}
    scored = [(found[row["id"]], row["event"]) for row in rows if row["id"] in found]
    if not scored:
        raise UsageError(f"{path} holds no article")
    return b_cubed(*zip(*scored, strict=True))


class Pairs(NamedTuple):
    """How many pairs of copies are known, how many of them were found, how many others."""

    known: int
    found: int
    wrong: int


def score_copies(articles: Path, pairs: Path) -> Pairs:
    """Finds which articles of a file are copies of each other.

    A line of the articles has `id` and `text`, a line of the pairs `a` and `b`.

    :raises UsageError: if a file cannot be read, or a line lacks a field.
    """
    rows = read_rows(articles, lambda row: {"key": str(row["id"]), "text": str(row["text"])})
    known = set(read_rows(pairs, lambda row: frozenset((str(row["a"]), str(row["b"])))))
    # Copies are told by their words, so nothing needs to be encoded.
    with _archive_of(rows, MadeVectors()) as archive:
        clusters = archive.copies()
    found = {
        frozenset((one.key, other.key))
        for cluster in clusters
        for one, other in combinations(cluster, 2)
    }
    return Pairs(len(known), len(known & found), len(found - known))


@contextmanager
def _archive_of(
    articles: Iterable[Mapping[str, Any]], embedder: Embedder | None
) -> Iterator[Archive]:
    """An archive of these articles, kept as long as it is used."""
    from rag import open_archive

    with (
        TemporaryDirectory() as folder,
        open_archive(Path(folder) / "archive", create=True, embedder=embedder) as archive,
    ):
        archive.add_many(articles)
        yield archive
