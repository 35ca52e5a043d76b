"""A run as a value and as a folder: its manifest, its gold questions and their outcomes.

    runs/today/
      run.jsonl     the manifest, then one Outcome a line, in the order asked
      gold.jsonl    the questions, so that a run can be read without anything else

Outcomes are appended one by one, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.gold.questions import GoldQuestion, gold_hash, load_gold, write_gold
from eval.run.manifest import SCHEMA
from eval.scoring.answer import AnswerJson
from eval.scoring.outcome import Outcome
from eval.scoring.score import ScoredRun, score_run
from rag.errors import UsageError
from rag.validation import Malformed, read_json

RUN_FILE = "run.jsonl"
GOLD_FILE = "gold.jsonl"
# Outcomes made under different values of these must not stand in one run.
_AGREED = ("schema", "system", "settings", "gold", "archive", "packages", "commit")
_AGAIN = "run the evaluation again, in a new folder"


@dataclass(frozen=True, slots=True)
class Run:
    """Gold questions and what has been recorded of them."""

    manifest: Mapping[str, Any]
    gold: tuple[GoldQuestion, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def name(self) -> str:
        return str(self.manifest.get("name") or "run")

    def score(self) -> ScoredRun:
        """The values of every metric for every recorded question."""
        return score_run(self.gold, self.outcomes)


def read_run(folder: Path) -> Run:
    """Reads a recorded run, complete or not; a half-written last line is left out.

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
        raise UsageError(f"{folder / GOLD_FILE} has been changed since the run", hint=_AGAIN)
    outcomes = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            outcomes.append(read_json(Outcome, line))
        except Malformed as error:
            raise UsageError(
                f"{path}, line {number}: not an outcome: {error}",
                hint='delete this line and run the evaluation again. A right line: {"id": "q1", '
                '"answer": {"status": "answered", …}, "verbatim": [true], "wall_ms": 41.5}',
            ) from error
    return Run(manifest, gold, tuple(outcomes))


class RunFile:
    """The one writer of a run folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / RUN_FILE

    def begin(self, manifest: Mapping[str, Any], gold: Sequence[GoldQuestion]) -> Run:
        """Starts a run, or goes on with the one that is there, and returns what is recorded.

        :raises UsageError: if the run there was made with another gold set, settings or code.
        """
        lines = _whole_lines(self._path) if self._path.is_file() else []
        if lines:
            _check_same(self._folder, _manifest(self._path, lines[0]), manifest)
            # What was half written goes, so that the next outcome begins on a line of its own.
            os.truncate(self._path, sum(len(line.encode()) + 1 for line in lines))
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_gold(self._folder / GOLD_FILE, gold)
            self._path.write_text(_line(manifest) + "\n", encoding="utf-8")
        return read_run(self._folder)

    def append(self, outcome: Outcome) -> None:
        """Adds one outcome; it is on disk when this returns."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(_line(asdict(outcome)) + "\n")


def plain_answer(answer: object) -> AnswerJson:
    """An answer as a run file gives it back: only what JSON can express.

    :raises ValueError, TypeError: if it holds what JSON cannot express, or is no object.
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
        raise UsageError(f"{path}, line 1: not JSON: {error}", hint=_AGAIN) from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA or "gold" not in manifest:
        raise UsageError(f"{path}, line 1: not the manifest of a run", hint=_AGAIN)
    return manifest


def _check_same(folder: Path, there: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    def shown(value: object) -> str:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return text if len(text) <= 80 else f"{text[:77]}…"

    differing = "; ".join(
        f"{name} was {shown(there.get(name))}, is {shown(now.get(name))}"
        for name in _AGREED
        if there.get(name) != now.get(name)
    )
    if differing:
        raise UsageError(
            f"the run in {folder} was made differently: {differing}",
            hint="name a new folder with --out, or delete this one",
        )
