"""Measures what a lying language model gets past the checks.

A scripted model states fabrications of each kind, and true statements in other words, and cites
the sentences with the evidence. Its replies go the way of any answer, from retrieval to the
checks against the archive. `eval.bench.fabrications` makes the statements.
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from eval.bench.fabrications import Kind, Statement, fabricate
from eval.gold.questions import GoldQuestion, folder_sources, in_even_half, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from rag.engine import Engine
from rag.errors import UsageError
from rag.generation.llm.types import Message
from rag.model import Reader
from rag.store.archive import Archive
from rag.verify import verify_answer

_STATEMENTS_A_REPLY = 6
_LINE = re.compile(r"^\[(\d+\.\d+)\] (.*)$", re.MULTILINE)


class AdversarialModel:
    """A scripted language model that makes given statements and cites the sentences they are of.

    What it cannot find among the sentences of the prompt it does not state. `stated` has the rest.
    """

    name = "adversarial"

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self.stated: list[Statement] = []

    def identity(self) -> None:
        """None, so that no reply is kept: a kept one would not be counted."""

    def stream(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Iterator[str]:
        """Gives one reply with all statements."""
        if "parts" in schema["properties"]:
            yield json.dumps({"question": "", "parts": [], "more": False})
            return
        yield json.dumps({"answered": True, "statements": list(self._cited(messages[1].text))})

    def _cited(self, prompt: str) -> Iterator[dict[str, object]]:
        lines = [(match[1], _one_line(match[2])) for match in _LINE.finditer(prompt)]
        for statement in self._statements:
            quote = _one_line(statement.quote)
            ids = [name for name, text in lines if text in quote or quote in text]
            # Short sentences may stand elsewhere, too: the evidence is in one article.
            articles = Counter(name.partition(".")[0] for name in ids)
            if articles:
                article = articles.most_common(1)[0][0]
                self.stated.append(statement)
                evidence = [name for name in ids if name.startswith(f"{article}.")]
                yield {"evidence": evidence, "statement": statement.text}


class KindRow(NamedTuple):
    """What became of the statements of one kind, in one half of the questions or in all."""

    kind: Kind
    half: str
    stated: int
    shown: int

    @property
    def share(self) -> float:
        return self.shown / self.stated if self.stated else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95%, after Wilson (1927)."""
        from scipy.stats import binomtest

        if not self.stated:
            return 0.0, 1.0
        found = binomtest(self.shown, self.stated).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@dataclass
class Measured:
    """Every statement made and whether it was shown, exactness of quotes, times of the checks."""

    shown: list[tuple[Statement, bool]] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    checks_ms: list[float] = field(default_factory=list)

    def rows(self) -> list[KindRow]:
        """A row for each kind and half, and for all."""
        rows = []
        for kind in Kind:
            of_kind = [(in_even_half(s.question_id), ok) for s, ok in self.shown if s.kind is kind]
            for half, wanted in (("even", {True}), ("odd", {False}), ("all", {True, False})):
                found = [ok for even, ok in of_kind if even in wanted]
                rows.append(KindRow(kind, half, len(found), sum(found)))
        return rows

    def to_json(self) -> dict[str, Any]:
        """All figures as plain values."""
        rows = [
            row._asdict() | {"share": row.share, "interval": row.interval} for row in self.rows()
        ]
        exact = {"exact": sum(self.exact), "quoted": len(self.exact)}
        return {"rows": rows, **exact, "checks_ms": self.checks_ms}

    def table(self) -> str:
        """All figures as a table of text."""
        lines = [f"{'kind':10} {'half':5} {'stated':>6} {'shown':>6}  share [95%]"]
        for row in self.rows():
            low, high = row.interval
            counts = f"{row.kind:10} {row.half:5} {row.stated:6} {row.shown:6}"
            lines.append(f"{counts}  {row.share:.3f} [{low:.3f}-{high:.3f}]")
        lines.append(f"quotes exact: {sum(self.exact)} of {len(self.exact)}")
        if self.checks_ms:
            times = sorted(self.checks_ms)
            late = times[int(0.95 * (len(times) - 1))]
            times_text = f"p50 {statistics.median(times):.0f} ms, p95 {late:.0f} ms"
            lines.append(f"checks of up to {_STATEMENTS_A_REPLY} statements: {times_text}")
        return "\n".join(lines)


def measure(
    questions: Sequence[GoldQuestion],
    statements: Sequence[Statement],
    archive: Archive,
    measured: Measured,
    reader: Reader | None = None,
) -> None:
    """Asks each question of a model that makes its statements, a few at a time."""
    for question in questions:
        about = [item for item in statements if item.question_id == question.id]
        for start in range(0, len(about), _STATEMENTS_A_REPLY):
            model = AdversarialModel(about[start : start + _STATEMENTS_A_REPLY])
            answer = Engine(archive, reader=reader, llm=model).ask(question.question)
            written = answer.mode.startswith("llm:")
            claims = {_one_line(claim.text) for claim in answer.claims} if written else set()
            measured.shown += [(item, _one_line(item.text) in claims) for item in model.stated]
            measured.checks_ms.append(answer.timings_ms.get("write", 0.0))
            with archive.record.snapshot() as record:
                checked = verify_answer(record, answer.to_json())
            measured.exact += [item.ok for item in checked]


def measure_files(
    files: Sequence[tuple[Path, Path]], *, each: int, archives: Path | None
) -> Measured:
    """Measures over gold files, each with its articles.

    :param each: how many statements of each kind, at most, over each gold file.
    :param archives: the folder that archives are kept in; by default they are not kept.
    :raises UsageError: if there are no articles.
    """
    measured = Measured()
    with ExitStack() as stack:
        folder = archives or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for path, corpus in files:
            sources = folder_sources(corpus)
            questions = tuple(load_gold(path, sources=sources))
            job = Job(path.stem, corpus, questions)
            archive = stack.enter_context(Archives(folder).opened(job))
            if archive is None:
                raise UsageError(f"There are no articles in {corpus}.")
            measure(questions, fabricate(questions, sources, each=each), archive, measured)
    return measured


def _one_line(text: str) -> str:
    return " ".join(text.split())
