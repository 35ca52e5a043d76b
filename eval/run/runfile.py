"""A run as a value and as a folder: what it was made with, its gold questions, and what every one of them came to.

    runs/today/
      run.jsonl     first line the manifest, then one Record a line, in the order asked
      gold.jsonl    the questions, so that a run can be read without anything else

Records are appended one by one, so that an interrupted run goes on where it stopped. Knows no engine, archive or metric.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from eval.gold.questions import GoldQuestion, gold_hash, load_gold, write_gold
from eval.scoring.score import AnswerJson, Outcome, ScoredRun, score_run
from rag.errors import UsageError

RUN_FILE = "run.jsonl"
GOLD_FILE = "gold.jsonl"
SCHEMA = 1
# Records made under different values of these must not stand in one run.
_AGREED = ("schema", "system", "settings", "gold", "archive", "packages", "commit")


class Held(StrEnum):
    """Whether the archive holds a piece of gold evidence."""

    HELD = "held"
    LOST = "lost"  # the article is there, the words are not: cleaning took them out
    NO_ARTICLE = "no_article"


@dataclass(frozen=True, slots=True)
class GoldInArchive:
    """One item of a question's gold evidence as the archive has it: `quote` in the words of the archive, with what stands around it.

    Where it is not held, `quote` has the gold record's words.
    """

    source: str
    part: int
    held: Held
    quote: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What one question came to: an Answer as it came, or the error that it raised, in `wall_ms` milliseconds.

    `verbatim` says of each quote shown whether the archive reads it back; `None` if there was no archive to ask.
    """

    id: str
    wall_ms: float
    answer: AnswerJson | None = None
    error: str | None = None
    verbatim: tuple[bool, ...] | None = None
    evidence: tuple[GoldInArchive, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for one line of a run file."""
        # asdict would copy all of the answer.
        plain = {
            name: getattr(self, name) for name in ("id", "wall_ms", "answer", "error", "verbatim")
        }
        return {**plain, "evidence": [asdict(item) for item in self.evidence]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Record:
        """:raises KeyError, TypeError, ValueError: if that is no record."""
        verbatim = plain["verbatim"]
        evidence = tuple(
            GoldInArchive(**{**item, "held": Held(item["held"])}) for item in plain["evidence"]
        )
        return cls(
            **{
                **plain,
                "verbatim": None if verbatim is None else tuple(verbatim),
                "evidence": evidence,
            }
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Gold questions and what has been recorded of them; `manifest` says what the run was made with."""

    manifest: Mapping[str, Any]
    gold: tuple[GoldQuestion, ...]
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        return str(self.manifest.get("name") or "run")

    def score(self) -> ScoredRun:
        """The values of every metric for every recorded question."""
        return score_run(
            self.gold,
            (Outcome(item.id, item.answer, item.error, item.verbatim) for item in self.records),
        )


def read_run(folder: Path) -> Run:
    """A recorded run, complete or not; a last line that was only half written is left out.

    :raises UsageError: if there is no run, or it cannot be read.
    """
    path = folder / RUN_FILE
    if not path.is_file():
        raise UsageError(
            f"there is no run in {folder}: no {RUN_FILE}",
            hint="make one with: byline eval run --gold … --corpus … --out FOLDER",
        )
    lines = _whole_lines(path)
    if not lines:
        raise UsageError(f"{path} holds nothing yet", hint="run the evaluation again")
    manifest = _manifest(path, lines[0])
    gold = tuple(load_gold(folder / GOLD_FILE, sources=None))
    if gold_hash(gold) != manifest["gold"]:
        raise UsageError(
            f"{folder / GOLD_FILE} has been changed since the run",
            hint="run the evaluation again, in a new folder",
        )
    return Run(
        manifest,
        gold,
        tuple(_record(path, number, line) for number, line in enumerate(lines[1:], start=2)),
    )


class RunFile:
    """The one writer of a run folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / RUN_FILE

    def begin(self, manifest: Mapping[str, Any], gold: Sequence[GoldQuestion]) -> Run:
        """Starts a run, or goes on with the one that is there: what has been recorded already comes back.

        :raises UsageError: if the run there was made with another gold set, other settings or other code.
        """
        lines = _whole_lines(self._path) if self._path.is_file() else []
        if lines:
            _check_same(self._folder, _manifest(self._path, lines[0]), manifest)
            # What was half written goes, so that the next record begins on a line of its own.
            os.truncate(self._path, sum(len(line.encode()) + 1 for line in lines))
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_gold(self._folder / GOLD_FILE, gold)
            self._path.write_text(_line(manifest) + "\n", encoding="utf-8")
        return read_run(self._folder)

    def append(self, record: Record) -> None:
        """Adds one record; it is on disk when this returns."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(_line(record.to_json()) + "\n")


def plain_answer(answer: object) -> AnswerJson:
    """An answer as a run file gives it back: only what JSON can say.

    :raises ValueError, TypeError: if it holds what JSON cannot say, or is no object.
    """
    value = json.loads(_line(answer))
    if not isinstance(value, dict):
        raise TypeError(f"an Answer is a JSON object, not {type(answer).__name__}")
    return value


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _whole_lines(path: Path) -> list[str]:
    try:
        # Not splitlines: an article may hold U+2028 or U+0085, which JSON leaves as they are.
        whole, newline, _ = path.read_bytes().rpartition(b"\n")
        return whole.decode("utf-8").split("\n") if newline else []
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _manifest(path: Path, line: str) -> dict[str, Any]:
    try:
        manifest = json.loads(line)
    except ValueError as error:
        raise UsageError(
            f"{path}, line 1: not JSON: {error}", hint="run the evaluation again, in a new folder"
        ) from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA or "gold" not in manifest:
        raise UsageError(
            f"{path} does not begin with the manifest of a run",
            hint="run the evaluation again, in a new folder",
        )
    return manifest


def _record(path: Path, number: int, line: str) -> Record:
    try:
        return Record.from_json(json.loads(line))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path}, line {number}: not a record: {error!r}",
            hint="delete this line and run the evaluation again",
        ) from error


def _check_same(folder: Path, there: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    differing = [name for name in _AGREED if there.get(name) != now.get(name)]
    if differing:
        what = "; ".join(
            f"{name} was {_short(there.get(name))}, is {_short(now.get(name))}"
            for name in differing
        )
        raise UsageError(
            f"the run in {folder} was made differently: {what}",
            hint="name a new folder with --out, or delete this one",
        )


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"
