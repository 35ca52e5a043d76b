"""Gold questions: reads, checks and writes files with one question a line (JSON lines, or CSV).

All faults of a file are reported at once, each with its line.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple

from annotated_types import Ge, MinLen, Predicate

from eval.scoring.matching import collapse_spaces
from rag.errors import UsageError
from rag.model import ConflictKind, PartialDate
from rag.validation import Malformed, read_json

SourceText = Callable[[str], str | None]
"""Gives the raw text of a document by its source; `None` where there is no such document."""

NonEmpty = Annotated[str, Predicate(str.strip)]
AnswerParts = tuple[Annotated[tuple[NonEmpty, ...], MinLen(1)], ...]
"""Every inner tuple must be met; any string of it meets it."""

_RIGHT_TABLE = "question,answer\nWho met Berri?,Hochstein | Amos Hochstein"
_RIGHT_LINE = (
    '{"id": "q1", "question": "Who met Berri?", "type": "person", "answerable": true, '
    '"answers": [["Hochstein"]], "evidence": [{"source": "a.txt", "quote": "exact words"}]}'
)


class Why(StrEnum):
    """Why the articles do not answer a question."""

    NEAR_MISS = "near_miss"
    FALSE_PREMISE = "false_premise"
    OUT_OF_PERIOD = "out_of_period"
    OFF_TOPIC = "off_topic"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Exact words of one document that answer.

    Items with the same `part` are alternatives; each part is needed.
    """

    source: NonEmpty
    quote: NonEmpty
    part: Annotated[int, Ge(1)] = 1


def _json_key(name: str) -> str:
    return {"start": "from", "end": "to"}.get(name, name)


@dataclass(frozen=True, slots=True)
class DatedAnswers:
    """The answers that held from `start` to `end`, both days included; `None` is an open end.

    In JSON the ends are called `from` and `to`.
    """

    __pydantic_config__: ClassVar = {"alias_generator": _json_key}

    answers: AnswerParts
    start: NonEmpty | None = None
    end: NonEmpty | None = None


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """One question and what is known about its answer.

    `answerable` is `None` where nobody knows. Dates are ISO strings. `candidates` names the
    documents that annotators were given; the bootstrap resamples by `cluster`; `history` has the
    questions asked before this one, oldest first; `wrong` has answers that documents claim and
    that are known to be wrong.
    """

    id: NonEmpty
    question: NonEmpty
    type: NonEmpty = "fact"
    answerable: bool | None = True
    answers: AnswerParts = ()
    evidence: tuple[Evidence, ...] = ()
    why: Why | None = None
    as_of: NonEmpty | None = None
    answers_by_date: tuple[DatedAnswers, ...] = ()
    conflict_kind: ConflictKind | None = None
    cluster: NonEmpty | None = None
    candidates: tuple[NonEmpty, ...] = ()
    choices: tuple[NonEmpty, ...] = ()
    note: NonEmpty | None = None
    history: tuple[NonEmpty, ...] = ()
    wrong: tuple[NonEmpty, ...] = ()

    @property
    def parts(self) -> dict[int, tuple[Evidence, ...]]:
        """Evidence by part, lowest part first."""
        numbers = sorted({item.part for item in self.evidence})
        return {
            number: tuple(item for item in self.evidence if item.part == number)
            for number in numbers
        }


class GoldFault(NamedTuple):
    """One thing that is wrong with a gold file. `line` counts from 1; 0 means the whole file."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.reason}"


class GoldError(UsageError):
    """A gold file was refused. `faults` lists everything to mend, in the file's order."""

    def __init__(self, faults: Sequence[GoldFault]) -> None:
        self.faults = tuple(faults)
        table = any(fault.file.lower().endswith(".csv") for fault in faults)
        right = f"A right table:\n{_RIGHT_TABLE}" if table else f"A right line: {_RIGHT_LINE}"
        super().__init__("\n".join(map(str, faults)), hint=f"Mend these lines. {right}")


class LostEvidence(NamedTuple):
    """Evidence that the raw document has and the archive does not."""

    question_id: str
    evidence: Evidence


# ---------------------------------------------------------------- files


def load_gold(path: Path, *, sources: SourceText | None) -> list[GoldQuestion]:
    """Reads the questions of a JSON-lines or CSV file, in order; skips blank lines, unknown keys.

    With `sources`, every quote is looked up in its raw document.

    :raises GoldError: if the file cannot be read, holds no question, or any line has a fault.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError([GoldFault(str(path), 0, f"cannot be read: {error}")]) from error
    return parse_gold(text, str(path), sources=sources)


def parse_gold(text: str, name: str, *, sources: SourceText | None) -> list[GoldQuestion]:
    """Reads the questions of a file's text; `name` ends in `.csv` if it is a table.

    :raises GoldError: as `load_gold` does.
    """
    faults: list[GoldFault] = []
    questions: list[GoldQuestion] = []
    seen: dict[str, int] = {}
    try:
        lines = list((_csv_lines if name.lower().endswith(".csv") else _json_lines)(text))
    except Malformed as error:
        raise GoldError([GoldFault(name, 1, reason) for reason in error.reasons]) from error
    for number, line in lines:
        try:
            question = _with_iso_dates(read_json(GoldQuestion, line))
            reasons = _contradictions(question) + _missing_quotes(question, sources)
            if first := seen.get(question.id):
                reasons.append(f"the id {question.id!r} was used before, in line {first}")
            seen.setdefault(question.id, number)
            questions.append(question)
        except Malformed as error:
            reasons = error.reasons
        faults += [GoldFault(name, number, reason) for reason in reasons]
    if not faults and not questions:
        faults.append(GoldFault(name, 0, "there is no question in this file"))
    if faults:
        raise GoldError(faults)
    return questions


def _json_lines(text: str) -> Iterator[tuple[int, str]]:
    # Not splitlines: a quote may hold U+2028 or U+0085, which JSON leaves as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _csv_lines(text: str) -> Iterator[tuple[int, str]]:
    """Gives each row of a table with the columns `question` and `answer` as a JSON line.

    A column `id` is optional. `|` separates answers of which any is right; no answer means that
    nobody knows whether the articles have one.
    """
    rows = csv.DictReader(text.splitlines(keepends=True), skipinitialspace=True)
    for column in ("question", "answer"):
        if column not in (rows.fieldnames or ()):
            raise Malformed([f"there is no column {column!r}; the first line names the columns"])
    for count, row in enumerate(rows, start=1):
        right = [answer.strip() for answer in (row.get("answer") or "").split("|")]
        answers = [[answer for answer in right if answer]] if any(right) else []
        question = {
            "id": row.get("id") or f"row-{count}",
            "question": row.get("question") or "",
            "answerable": True if answers else None,
            "answers": answers,
        }
        yield rows.line_num, json.dumps(question)


def _with_iso_dates(question: GoldQuestion) -> GoldQuestion:
    def iso(key: str, date: str | None) -> str | None:
        try:
            return None if date is None else str(PartialDate.parse(date))
        except ValueError as error:
            raise Malformed([f"{key}: {error}"]) from error

    dated = (
        replace(
            item,
            start=iso("answers_by_date.from", item.start),
            end=iso("answers_by_date.to", item.end),
        )
        for item in question.answers_by_date
    )
    return replace(question, as_of=iso("as_of", question.as_of), answers_by_date=tuple(dated))


def _contradictions(question: GoldQuestion) -> list[str]:
    reasons = []
    if question.answerable is True and not (question.answers or question.evidence):
        reasons.append("an answerable question needs answers or evidence")
    if question.answerable is False and question.evidence:
        reasons.append("an unanswerable question cannot have evidence")
    if question.answerable is False and question.answers:
        reasons.append("an unanswerable question cannot have answers")
    if question.answerable is False and question.why is None:
        reasons.append(f"an unanswerable question needs a why: {', '.join(Why)}")
    if question.answers_by_date and question.as_of is None:
        reasons.append("answers_by_date needs as_of, the date that the question asks about")
    return reasons


def _missing_quotes(question: GoldQuestion, sources: SourceText | None) -> list[str]:
    reasons = []
    for item in question.evidence if sources else ():
        text = sources(item.source) if sources else None
        if text is None:
            reasons.append(f"there is no document {item.source!r}")
        elif collapse_spaces(item.quote) not in collapse_spaces(text):
            reasons.append(f"not in {item.source}: {item.quote!r}")
    return reasons


def write_gold(path: Path, questions: Iterable[GoldQuestion]) -> None:
    """Writes questions as the JSON lines that `load_gold` reads back equal."""
    lines = (json.dumps(_json_line(question), ensure_ascii=False) + "\n" for question in questions)
    path.write_text("".join(lines), encoding="utf-8")


def _json_line(question: GoldQuestion) -> dict[str, Any]:
    line = {
        name: value
        for name, value in asdict(question).items()
        if value not in (None, ()) or name in ("answerable", "answers")
    }
    if question.answers_by_date:
        line["answers_by_date"] = [
            {_json_key(name): value for name, value in item.items()}
            for item in line["answers_by_date"]
        ]
    return line


def gold_hash(questions: Iterable[GoldQuestion]) -> str:
    """SHA-256 in hex over all fields of all questions; their order does not matter."""
    # Sets without these fields keep the hash that runs and baselines were recorded under.
    later = {"history", "wrong"}
    plain = [
        {name: value for name, value in asdict(question).items() if name not in later or value}
        for question in sorted(questions, key=lambda question: question.id)
    ]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def in_even_half(question_id: str) -> bool:
    """Which half of a gold set a question belongs to, by the parity of sha256(id)."""
    return hashlib.sha256(question_id.encode()).digest()[-1] % 2 == 0


def lost_by_cleaning(
    questions: Iterable[GoldQuestion], archived: Mapping[str, str]
) -> list[LostEvidence]:
    """The evidence that `archived`, the cleaned text of each source, does not have."""
    texts = {source: collapse_spaces(text) for source, text in archived.items()}
    return [
        LostEvidence(question.id, item)
        for question in questions
        for item in question.evidence
        if collapse_spaces(item.quote) not in texts.get(item.source, "")
    ]


# ---------------------------------------------------------------- raw documents


def folder_sources(root: Path) -> SourceText:
    """Reads the raw documents of `root`, a folder or one file, by the sources that ingest gives.

    A path gives the file's text: UTF-8, or Latin-1 where it is not UTF-8. `path#row` gives all
    strings of that row of a table. Each file is read once.
    """
    base = root if root.is_dir() else root.parent
    texts: dict[str, str | None] = {}

    def read(source: str) -> str | None:
        if source not in texts:
            file, table = base / source, base / source.partition("#")[0]
            if file.is_file():
                data = file.read_bytes()
                try:
                    texts[source] = data.decode("utf-8-sig")
                except UnicodeDecodeError:
                    texts[source] = data.decode("latin-1")
            elif table.is_file():
                texts.update(_table_rows(table, base))
        return texts.setdefault(source, None)

    return read


def _table_rows(table: Path, base: Path) -> dict[str, str]:
    """The strings of each row of a table, a line each, by the source that ingest gives the row."""
    from ingest.sources.documents import Refused, read_sources

    documents = read_sources([table], roots={base.resolve(): base.name})
    return {
        row.source: "\n".join(_strings(json.loads(row.data)))
        for row in documents
        if not isinstance(row, Refused)
    }


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)
