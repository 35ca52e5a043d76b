"""Scores how articles are grouped into stories against the events that they are known to tell."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.scoring.metrics import BCubed, b_cubed
from rag.embed import Embedder
from rag.errors import UsageError
from rag.news.stories import Story

_FIELDS = ("title", "text", "published", "url")


def score(path: Path, *, embedder: Embedder | None = None) -> BCubed:
    """Groups the articles of a file of JSON lines, gzipped or not, in an archive of their own.

    A line has `id`, `event` and `text`, and what is known of `title`, `outlet`, `published` and
    `url`.

    :raises UsageError: if the file cannot be read, or a line lacks a field.
    """
    rows = _rows(path)
    grouped = _grouped(rows, embedder)
    found = {item.key: number for number, story in enumerate(grouped) for item in story.articles}
    scored = [(found[row["id"]], row["event"]) for row in rows if row["id"] in found]
    if not scored:
        raise UsageError(f"{path} holds no article")
    return b_cubed(*zip(*scored, strict=True))


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        rows = [json.loads(line) for line in text.decode().split("\n") if line.strip()]
        return [{**row, "id": str(row["id"]), "event": row["event"]} for row in rows]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {error!r}") from error


def _grouped(rows: list[dict[str, Any]], embedder: Embedder | None) -> list[Story]:
    from rag import open_archive

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
        return archive.stories()
