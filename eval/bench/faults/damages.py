"""Damages an archive in every way, and looks whether it says so or says what is wrong.

Each trial damages a copy of one small archive, of made vectors: a value of the database, a
setting, or a file. Then it is examined, asked, listed, filled, emptied of an article and rebuilt,
in a process of its own. Whatever is found must be what was found before, and each error one of
ours; what is found no more must be told, by an error or by the doctor.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from eval.bench.faults.trials import Problem, Trials, processes
from eval.bench.scale import MadeVectors
from ingest import ingest
from rag.errors import ArchiveDamaged, BylineError
from rag.model import Filters, Query
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive, open_archive
from rag.store.doctor import examine
from rag.store.layout import DATABASE

SORTS = ("wrong answers without an error", "errors that are not ours")
_STORIES = {
    "ferry.txt": "Ferry back in service\n\nThe ferry Alma sails again on Monday. "
    "Its captain, Rosa Lind, waited for calmer water.",
    "school.txt": "New school for Elmstead\n\nElmstead opens a school for 240 children. "
    "The mayor laid the last brick on Sunday.",
}
_QUESTION = Query("When does the ferry sail with its captain?", k=5)
_QUERIES = (_QUESTION, Query(_QUESTION.text, Filters(since="1990", include_undated=True), 5))
_ODD: dict[str, object] = {
    "empty": "",
    "text": "A ferry of another kind.",
    "a negative number": -3,
    "a huge number": 2**62,
    "bytes": b"\xff\x00\x80",
}
_SETTINGS = ("", "null", "[1]", '"word"', "-5", '{"dim": "many"}', "1e999", b"\xff")
# Values of two rows change places, or one word of a text does.
_STATEMENTS = {
    "a word of a text": "UPDATE versions SET text = replace(text, 'Monday', 'Friday')",
    "a word of a title": "UPDATE versions SET title = replace(title, 'Ferry', 'Train')",
    "a date": "UPDATE versions SET published = 0, published_last = 1, published_precision = 'day'",
    "texts change places": "UPDATE versions SET text = (SELECT text FROM versions v WHERE"
    " v.id != versions.id)",
    "sources change places": "UPDATE articles SET source = (SELECT source FROM articles a WHERE"
    " a.article_id != articles.article_id)",
    "passages change places": "UPDATE chunks SET version_id = (SELECT max(id) + min(id) FROM"
    " versions) - version_id",
    "passages are cut": 'UPDATE chunks SET "end" = "end" - 5',
    "all versions are past": "UPDATE validity SET valid_to = valid_from + 1",
    "all passages are gone": "DELETE FROM chunks",
    "all versions are gone": "DELETE FROM versions",
    "all articles are gone": "DELETE FROM articles",
    "all vectors are gone": "DELETE FROM vectors",
    "all vectors are alike": "UPDATE vectors SET vector = (SELECT min(vector) FROM vectors)",
    "a table is gone": "DROP TABLE validity",
}
_Do = Callable[[Path], object]


class Damage(NamedTuple):
    """A damage by its name, and what does it to an archive's folder."""

    name: str
    do: _Do


class Seen(NamedTuple):
    """What a trial saw: what is wrong and was not told, and errors that are not ours."""

    wrong: list[str]
    foreign: list[str]


def measure(count: int, *, seed: int = 0) -> Trials:
    """Tries so many damages, drawn from all."""
    problems: list[Problem] = []
    with TemporaryDirectory() as folder:
        whole = make_archive(Path(folder))
        everything = list(damages(whole))
        chosen = random.Random(seed).sample(everything, min(count, len(everything)))
        for damage in chosen:
            seen = try_damage(whole, damage)
            for sort, found in zip(SORTS, seen, strict=True):
                problems += [Problem(sort, damage.name, text) for text in found[:1]]
    return Trials("kinds of damage", len(chosen), SORTS, problems)


def make_archive(folder: Path) -> Path:
    """Makes the archive that is damaged, beside its articles."""
    (folder / "stories").mkdir()
    for name, text in _STORIES.items():
        (folder / "stories" / name).write_text(text, encoding="utf-8")
    with open_archive(folder / "archive", create=True, embedder=MadeVectors()) as archive:
        ingest(archive, [folder / "stories"])
    return folder / "archive"


def damages(archive: Path) -> Iterator[Damage]:
    """All damages: of each column, of each setting, of rows, and of each file."""
    with closing(sqlite3.connect(archive / DATABASE)) as db:
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for column in db.execute(f"PRAGMA table_info({table})") if _matters(table) else ():
                for name, value in _ODD.items():
                    alter = f'UPDATE {table} SET "{column[1]}" = ?'
                    yield Damage(f"{table}.{column[1]}: {name}", partial(_alter, alter, value))
        for (key,) in db.execute("SELECT key FROM meta").fetchall():
            for value in _SETTINGS:
                alter = f"UPDATE meta SET value = ? WHERE key = '{key}'"
                yield Damage(f"setting {key}: {value!r}", partial(_alter, alter, value))
    for name, statement in _STATEMENTS.items():
        yield Damage(name, partial(_alter, statement, None))
    for path in sorted(archive.rglob("*")):
        below = path.relative_to(archive)
        for name, ruin in _RUINS.items():
            if path.is_file() or name in ("deleted", "made a link"):
                yield Damage(f"{_plain(below)}: {name}", partial(_ruin, ruin, below))


def _matters(table: str) -> bool:
    return not table.startswith(("sqlite_", "changes", "pending", "meta"))


def _plain(path: Path) -> str:
    """The path without names that are drawn by chance."""
    return "/".join(part if len(part) < 30 else f"…{Path(part).suffix}" for part in path.parts)


def _alter(statement: str, value: object, folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.execute(statement, () if "?" not in statement else (value,))


def _ruin(ruin: _Do, below: Path, folder: Path) -> None:
    ruin(folder / below)


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _overwrite(change: Callable[[bytes], bytes], path: Path) -> None:
    path.write_bytes(change(path.read_bytes()))


def _made_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _made_link(path: Path) -> None:
    _remove(path)
    path.symlink_to(path.name)


def _flipped(data: bytes) -> bytes:
    start, end = len(data) // 2, len(data) // 2 + 64
    return data[:start] + bytes(255 - byte for byte in data[start:end]) + data[end:]


_RUINS: dict[str, _Do] = {
    "deleted": _remove,
    "emptied": partial(_overwrite, lambda _: b""),
    "cut in half": partial(_overwrite, lambda data: data[: len(data) // 2]),
    "its end cut": partial(_overwrite, lambda data: data[:-7]),
    "overwritten": partial(_overwrite, lambda data: random.Random(1).randbytes(len(data))),
    "zeros": partial(_overwrite, lambda data: bytes(len(data))),
    "altered in the middle": partial(_overwrite, _flipped),
    "more at its end": partial(_overwrite, lambda data: data + b"more"),
    "not to be read": lambda path: path.chmod(0),
    "made a folder": _made_folder,
    "made a link": _made_link,
}


def try_damage(whole: Path, damage: Damage) -> Seen:
    """Damages a copy of the archive, and uses it in a process of its own."""
    with TemporaryDirectory() as folder:
        target = shutil.copytree(whole, Path(folder) / "archive")
        try:
            damage.do(target)
        except sqlite3.IntegrityError:
            return Seen([], [])  # SQLite refuses it
        pipe, other = processes.Pipe()
        process = processes.Process(
            target=_use, args=(target, whole.parent / "stories", other), daemon=True
        )
        process.start()
        other.close()
        try:
            seen = pipe.recv() if pipe.poll(120) else Seen([], ["the process hangs"])
        except EOFError:
            process.join()
            seen = Seen([], [f"the process ended with {process.exitcode}"])
        process.kill()
        process.join()
        return seen


def _use(folder: Path, stories: Path, pipe: Connection) -> None:
    pipe.send(_Use(folder, stories).run())


class _Use:
    """Uses a damaged archive in each way, and notes what breaks a rule."""

    def __init__(self, folder: Path, stories: Path) -> None:
        self._folder, self._stories = folder, stories
        self._seen = Seen([], [])
        self._told = False

    def run(self) -> Seen:
        for act in (
            self._examine, self._ask, self._list, self._fill, self._ask, self._remove,
            self._rebuild, self._examine, self._ask,
        ):  # fmt: skip
            self._try(act)
        return self._seen

    def _try(self, act: Callable[[Archive], None]) -> None:
        try:
            with open_archive(self._folder, embedder=MadeVectors()) as archive:
                act(archive)
        except BylineError:
            self._told = True
        except BaseException as error:
            self._seen.foreign.append(f"{act.__name__.strip('_')}: {error!r}")

    def _examine(self, archive: Archive) -> None:
        if not all(finding.ok for finding in examine(archive)):
            raise ArchiveDamaged("the doctor says so")

    def _ask(self, archive: Archive) -> None:
        held = {article.source for article in archive.articles()}
        for query in _QUERIES:
            hits = retrieve(archive, query).hits
            for hit in hits:
                if hit.text != _STORIES.get(hit.article.source, "").partition("\n\n")[2]:
                    self._seen.wrong.append(f"{hit.text!r} in {hit.article.source}")
            if not self._told and held != {hit.article.source for hit in hits}:
                self._seen.wrong.append(f"{len(hits)} passages found, and nothing was told")

    def _list(self, archive: Archive) -> None:
        with archive.record.snapshot() as snapshot:
            snapshot.listing()
        archive.publishers()

    def _fill(self, archive: Archive) -> None:
        ingest(archive, [self._stories])

    def _remove(self, archive: Archive) -> None:
        with archive.record.snapshot() as snapshot:
            ids = snapshot.article_ids()
        archive.remove(*ids[:1])

    def _rebuild(self, archive: Archive) -> None:
        with archive.writer() as writer:
            writer.rebuild()
        self._told = False
