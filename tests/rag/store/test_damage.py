"""Damaged databases: whatever stands in a column, nothing false is found, each error is ours."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ingest import ingest
from rag.errors import BylineError
from rag.model import Filters, Query
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive, open_archive
from rag.store.doctor import examine
from rag.store.layout import DATABASE
from tests.fakes import HashingEmbedder

STORIES = {
    "ferry.txt": "Ferry back in service\n\nThe ferry Alma sails again on Monday. "
    "Its captain, Rosa Lind, waited for calmer water.",
    "school.txt": "New school for Elmstead\n\nElmstead opens a school for 240 children. "
    "The mayor laid the last brick on Sunday.",
}
QUESTION = Query("When does the ferry sail with its captain?", k=5)
FILTERED = Query(QUESTION.text, Filters(since="1990", include_undated=True), 5)
ODD: dict[str, Any] = {
    "empty": "",
    "text": "A ferry of another kind.",
    "a negative number": -3,
    "a huge number": 2**62,
    "bytes": b"\xff\x00\x80",
}


class Damage(NamedTuple):
    """An UPDATE of one column in every row; `value` is one of `ODD`."""

    table: str
    column: str
    value: str


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "stories").mkdir()
    for name, text in STORIES.items():
        (folder / "stories" / name).write_text(text, encoding="utf-8")
    with open_archive(folder / "archive", create=True, embedder=HashingEmbedder()) as archive:
        ingest(archive, [folder / "stories"])
    return folder


def _columns() -> list[tuple[str, str]]:
    from rag.store.schema import create_tables

    with closing(sqlite3.connect(":memory:")) as db:
        create_tables(db)
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return [
            (table, column[1])
            for (table,) in tables
            if table not in ("sqlite_sequence", "changes", "pending", "meta", "files")
            for column in db.execute(f"PRAGMA table_info({table})")
        ]


DAMAGES = [Damage(*where, value) for where in _columns() for value in ODD]
NOT_QUOTED = {("raw", "fetched"), ("raw", "fetched_precision"), ("raw", "url"), ("chunks", "id")}
SETTINGS = [
    (key, value)
    for key in ("manifest", "revision", "generation", "schema", "removals", "removed")
    for value in ("", "null", "[1]", '"word"', "-5", '{"dim": "many"}', "1e999", b"\xff")
]


def _apply(damage: Damage, folder: Path) -> bool:
    """Alters the first row; false where SQLite refuses the value."""
    table, column, value = damage
    key = {"roots": "path", "vectors": "input_hash", "bands": "band"}.get(table, "ROWID")
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        try:
            statement = f'UPDATE {table} SET "{column}" = ?'
            db.execute(f"{statement} WHERE {key} = (SELECT min({key}) FROM {table})", (ODD[value],))
        except sqlite3.IntegrityError:
            return False
        return True


class Trial:
    """Reads, asks and writes in a damaged archive, and notes what broke a rule."""

    def __init__(self, folder: Path, stories: Path, said: set[tuple[str, str]]) -> None:
        self.folder, self.stories, self.said = folder, stories, said
        self.sound = False
        self.problems: list[str] = []

    def run(self) -> Trial:
        for act in (
            self.examines,
            lambda archive: self.asks(archive, QUESTION),
            lambda archive: self.asks(archive, FILTERED),
            self.lists,
            lambda archive: ingest(archive, [self.stories]),
            self.removes,
        ):
            try:
                with open_archive(self.folder, embedder=HashingEmbedder()) as archive:
                    act(archive)
            except BylineError:
                continue
            except Exception as error:
                self.problems.append(repr(error))
        return self

    def examines(self, archive: Archive) -> None:
        self.sound = all(finding.ok for finding in examine(archive))

    def asks(self, archive: Archive, query: Query) -> None:
        for hit in retrieve(archive, query).hits:
            if (hit.article.source, hit.text) not in self.said:
                self.problems.append(f"found {hit.text!r} in {hit.article.source}")

    def lists(self, archive: Archive) -> None:
        with archive.record.snapshot() as snapshot:
            snapshot.listing()
        archive.publishers()
        list(archive.articles())

    def removes(self, archive: Archive) -> None:
        with archive.record.snapshot() as snapshot:
            ids = snapshot.article_ids()
        archive.remove(*ids[:1])


@pytest.fixture(scope="module")
def said(whole) -> set[tuple[str, str]]:
    with open_archive(whole / "archive", embedder=HashingEmbedder()) as archive:
        hits = retrieve(archive, QUESTION).hits
    assert len(hits) == 2
    return {(hit.article.source, hit.text) for hit in hits}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: "-".join(damage).replace(" ", "_"))
def test_an_altered_value_is_told_and_never_quoted(whole, said, tmp_path, damage) -> None:
    folder = shutil.copytree(whole / "archive", tmp_path / "archive")
    if not _apply(damage, folder):
        pytest.skip("SQLite refuses it")
    trial = Trial(folder, whole / "stories", said).run()
    assert trial.problems == []
    if damage.table in ("articles", "versions", "chunks", "raw") and damage[:2] not in NOT_QUOTED:
        assert not trial.sound, "the doctor finds it"


@pytest.mark.parametrize(("key", "value"), SETTINGS)
def test_a_setting_that_is_altered_is_told(whole, said, tmp_path, key, value) -> None:
    folder = shutil.copytree(whole / "archive", tmp_path / "archive")
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
    assert Trial(folder, whole / "stories", said).run().problems == []
