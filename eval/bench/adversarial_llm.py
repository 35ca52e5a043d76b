"""How well the checks hold against a language model that lies: gold evidence in, a table of what was told and what was shown out.

A scripted model states fabrications of each kind, and true statements in other words, and points at the sentences that hold the evidence;
all goes the way of any answer, from retrieval to the record. `eval.bench.fabrications` makes the statements.

    python -m eval.bench.adversarial_llm --gold bbc.jsonl seeds.jsonl --corpus bbc seeds [--each 200] [--archives FOLDER] [--json]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from eval.bench.fabrications import Kind, Told, fabricate
from eval.gold.questions import GoldQuestion, folder_sources, in_even_half, load_gold
from eval.run.archives import Archives, Job
from rag.engine import Engine
from rag.errors import BylineError, UsageError
from rag.generation.llm.types import Message
from rag.model import Reader
from rag.quotes import verify_answer
from rag.store.archive import Archive

_AT_ONCE = 6
_LINE = re.compile(r"^\[(\d+\.\d+)\] (.*)$", re.MULTILINE)


class LyingModel:
    """Says what it is told to, and points at the sentences that hold the evidence; what it cannot find there it does not say."""

    def __init__(self, statements: Sequence[Told]) -> None:
        self._statements = statements
        self.said: list[Told] = []
        # Kept replies go by the model's name.
        self.name = f"lying-{sha256(repr(statements).encode()).hexdigest()[:12]}"

    def stream(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Iterator[str]:
        """One reply with all statements; asked once more, it has nothing to add."""
        if "parts" in schema["properties"]:
            yield json.dumps({"question": "", "parts": [], "more": False})
        elif len(messages) > 2:
            yield json.dumps({"answered": False, "statements": [], "sides": [], "changed": False})
        else:
            yield json.dumps(
                {
                    "answered": True,
                    "statements": list(self._stated(messages[1].text)),
                    "sides": [],
                    "changed": False,
                }
            )

    def _stated(self, prompt: str) -> Iterator[dict[str, object]]:
        lines = [(match[1], _folded(match[2])) for match in _LINE.finditer(prompt)]
        for told in self._statements:
            quote = _folded(told.quote)
            ids = [name for name, words in lines if words in quote or quote in words]
            # Short sentences may stand elsewhere, too: the evidence is in one article.
            article = max(
                {name.partition(".")[0] for name in ids},
                key=lambda n: sum(i.startswith(f"{n}.") for i in ids),
                default="",
            )
            if article:
                self.said.append(told)
                yield {
                    "evidence": [name for name in ids if name.startswith(f"{article}.")],
                    "statement": told.statement,
                }


class Row(NamedTuple):
    """What became of the statements of one kind, in one half of the questions or in all."""

    kind: Kind
    half: str
    told: int
    shown: int

    @property
    def share(self) -> float:
        return self.shown / self.told if self.told else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95%, after Wilson (1927)."""
        from scipy.stats import binomtest

        if not self.told:
            return 0.0, 1.0
        found = binomtest(self.shown, self.told).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@dataclass
class Measured:
    """All that was told, whether it was shown, whether the quotes that were shown are exact, and what the checks took."""

    shown: list[tuple[Told, bool]] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    checks_ms: list[float] = field(default_factory=list)

    def rows(self) -> list[Row]:
        """A row for each kind and half, and for all."""
        halves = {"even": True, "odd": False}
        rows = []
        for kind in Kind:
            for half in (*halves, "all"):
                found = [
                    ok
                    for told, ok in self.shown
                    if told.kind is kind
                    and halves.get(half) in (None, in_even_half(told.question_id))
                ]
                rows.append(Row(kind, half, len(found), sum(found)))
        return rows


def measure(
    questions: Sequence[GoldQuestion],
    told: Sequence[Told],
    archive: Archive,
    measured: Measured,
    reader: Reader | None = None,
) -> None:
    """Has the statements told to the questions that they are about, a few at a time, and adds what came of it."""
    for question in questions:
        about = [item for item in told if item.question_id == question.id]
        for start in range(0, len(about), _AT_ONCE):
            model = LyingModel(about[start : start + _AT_ONCE])
            answer = Engine(archive, reader=reader, llm=model).ask(question.question)
            claims = (
                {_folded(claim.text) for claim in answer.claims}
                if answer.mode.startswith("llm:")
                else set()
            )
            measured.shown += [(item, _folded(item.statement) in claims) for item in model.said]
            measured.checks_ms.append(answer.timings_ms.get("write", 0.0))
            with archive.record.snapshot() as record:
                measured.exact += [
                    item.fault is None for item in verify_answer(record, answer.to_json())
                ]


def _folded(text: str) -> str:
    return " ".join(text.split())


def table(measured: Measured) -> str:
    """The rows for people."""
    lines = [f"{'kind':10} {'half':5} {'told':>5} {'shown':>6}  share [95%]"]
    for row in measured.rows():
        low, high = row.interval
        lines.append(
            f"{row.kind:10} {row.half:5} {row.told:5} {row.shown:6}  {row.share:.3f} [{low:.3f}-{high:.3f}]"
        )
    exact, checks = measured.exact, sorted(measured.checks_ms)
    lines.append(f"quotes exact: {sum(exact)} of {len(exact)}")
    if checks:
        late = checks[int(0.95 * (len(checks) - 1))]
        lines.append(
            f"checks of an answer, {_AT_ONCE} statements at most: p50 {statistics.median(checks):.0f} ms, p95 {late:.0f} ms"
        )
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.adversarial_llm",
        description="What a lying language model gets past the checks.",
    )
    parser.add_argument(
        "--gold", nargs="+", type=Path, required=True, help="files of gold questions with evidence"
    )
    parser.add_argument(
        "--corpus", nargs="+", type=Path, required=True, help="the articles of each"
    )
    parser.add_argument(
        "--each",
        type=int,
        default=200,
        help="how many statements of each kind, at most, over each gold set",
    )
    parser.add_argument("--archives", type=Path, help="keep the archives here")
    parser.add_argument("--json", action="store_true", help="the rows as JSON")
    given = parser.parse_args()
    try:
        measured = _measured(given)
    except BylineError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2 if isinstance(error, UsageError) else 1
    rows = [
        row._asdict() | {"share": row.share, "interval": row.interval} for row in measured.rows()
    ]
    plain = {
        "rows": rows,
        "exact": sum(measured.exact),
        "quoted": len(measured.exact),
        "checks_ms": measured.checks_ms,
    }
    sys.stdout.write((json.dumps(plain) if given.json else table(measured)) + "\n")
    return 0


def _measured(given: argparse.Namespace) -> Measured:
    if len(given.gold) != len(given.corpus):
        raise UsageError(
            "Each --gold needs its --corpus.",
            hint="Give as many folders as files, in the same order.",
        )
    measured = Measured()
    with ExitStack() as stack:
        folder = given.archives or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for path, corpus in zip(given.gold, given.corpus, strict=True):
            sources = folder_sources(corpus)
            questions = tuple(load_gold(path, sources=sources))
            archive = stack.enter_context(
                Archives(folder).opened(Job(path.stem, corpus, questions))
            )
            if archive is None:
                raise UsageError(f"There are no articles in {corpus}.")
            measure(questions, fabricate(questions, sources, each=given.each), archive, measured)
    return measured


if __name__ == "__main__":
    sys.exit(main())
