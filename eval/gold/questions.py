"""Gold questions: a JSON-lines file in, checked and typed records out.

Every fault of a file is reported at once, with its line. Knows nothing of archives: whoever has the documents hands in a
function from source to raw text. Standard library only, but for `ingest.sources.documents` where a source is a row of a table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from eval.scoring.matching import folded
from rag.errors import UsageError
from rag.model import ConflictKind, PartialDate

SourceText = Callable[[str], str | None]


class Why(StrEnum):
    """Why the articles do not answer a question."""

    NEAR_MISS = "near_miss"
    FALSE_PREMISE = "false_premise"
    OUT_OF_PERIOD = "out_of_period"
    OFF_TOPIC = "off_topic"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of one document that answer. Items with the same `part` are alternatives; each part is needed."""

    source: str
    quote: str
    part: int = 1


@dataclass(frozen=True, slots=True)
class DatedAnswers:
    """The answers that held from the first to the last day named, both included; `None` is an open end."""

    start: str | None
    end: str | None
    answers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """One question and what is known about its answer.

    Every inner tuple of `answers` must be met; any string of it meets it. `answerable` is `None` where nobody knows. Dates are ISO
    strings as the file has them; `candidates` names the documents that were given to annotators; `cluster` is what the bootstrap
    resamples by; `history` holds the questions asked before this one, oldest first.
    """

    id: str
    question: str
    type: str
    answerable: bool | None
    answers: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    why: Why | None = None
    as_of: str | None = None
    answers_by_date: tuple[DatedAnswers, ...] = ()
    conflict_kind: ConflictKind | None = None
    cluster: str | None = None
    candidates: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    note: str | None = None
    history: tuple[str, ...] = ()

    @property
    def parts(self) -> dict[int, tuple[Evidence, ...]]:
        """Evidence by part, lowest part first."""
        numbers = sorted({item.part for item in self.evidence})
        return {
            number: tuple(item for item in self.evidence if item.part == number)
            for number in numbers
        }


class Fault(NamedTuple):
    """One thing that is wrong with a gold file; `line` counts from 1, and is 0 for the file as a whole."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.file}, line {self.line}: {self.reason}"
            if self.line
            else f"{self.file}: {self.reason}"
        )


class GoldError(UsageError):
    """A gold file was refused. `faults` holds all there is to mend, in the file's order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "\n".join(map(str, faults)), hint="mend these lines, then check the file again"
        )


class LostEvidence(NamedTuple):
    """Evidence that stands in the raw document and not in the archive; `article_missing` when its document is not there at all."""

    question_id: str
    evidence: Evidence
    article_missing: bool


# ---------------------------------------------------------------- files


def load_gold(path: Path, *, sources: SourceText | None) -> list[GoldQuestion]:
    """The questions of a JSON-lines file, in its order; unknown keys and blank lines are ignored.

    `sources` gives the raw text of a document, or `None` when there is none of that name; without it quotes are not looked up.

    :raises GoldError: if the file cannot be read, holds no question, or any record has a fault; all faults are listed.
    """
    faults: list[Fault] = []
    questions: list[GoldQuestion] = []
    seen: dict[str, int] = {}
    for line, text in _lines(path):
        reasons, question = _read_record(text)
        if question is not None:
            reasons += _quote_faults(question, sources) if sources else []
            if first := seen.get(question.id):
                reasons.append(f"the id {question.id!r} was used before, in line {first}")
            seen.setdefault(question.id, line)
            questions.append(question)
        faults += [Fault(str(path), line, reason) for reason in reasons]
    if not faults and not questions:
        faults.append(Fault(str(path), 0, "there is no question in this file"))
    if faults:
        raise GoldError(faults)
    return questions


def write_gold(path: Path, questions: Iterable[GoldQuestion]) -> None:
    """Writes questions as the JSON lines that `load_gold` reads back equal."""
    path.write_text(
        "".join(json.dumps(_record(question), ensure_ascii=False) + "\n" for question in questions),
        encoding="utf-8",
    )


def _record(question: GoldQuestion) -> dict[str, Any]:
    """One question as the schema spells it, without what is empty and may be missing."""
    record = {
        name: value
        for name, value in asdict(question).items()
        if value not in (None, ()) or name in ("answerable", "answers")
    }
    if question.answers_by_date:
        record["answers_by_date"] = [
            {"from": item.start, "to": item.end, "answers": item.answers}
            for item in question.answers_by_date
        ]
    return record


def gold_hash(questions: Iterable[GoldQuestion]) -> str:
    """SHA-256 in hex over all fields of all questions, the history where there is one; the order of questions does not matter."""
    ordered = sorted(questions, key=lambda question: question.id)
    text = json.dumps(
        ordered, default=_fields, sort_keys=True, ensure_ascii=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _fields(item: GoldQuestion | Evidence | DatedAnswers) -> dict[str, Any]:
    # asdict would copy all there is in it.
    values = {field.name: getattr(item, field.name) for field in fields(item)}
    # Sets without a history keep the hash that runs and baselines were recorded under.
    return {name: value for name, value in values.items() if name != "history" or value}


def in_even_half(question_id: str) -> bool:
    """Which half of a gold set a question belongs to, for two-fold cross-fitting: by the parity of sha256(id)."""
    return hashlib.sha256(question_id.encode()).digest()[-1] % 2 == 0


def lost_by_cleaning(
    questions: Iterable[GoldQuestion], archived: Mapping[str, str]
) -> list[LostEvidence]:
    """The evidence that `archived` (cleaned text by source) does not hold: counted apart from wrong answers, never refused."""
    texts = {source: folded(text) for source, text in archived.items()}
    return [
        LostEvidence(question.id, item, item.source not in texts)
        for question in questions
        for item in question.evidence
        if folded(item.quote) not in texts.get(item.source, "")
    ]


def folder_sources(root: Path) -> SourceText:
    """Reads documents below `root`, a folder or one file, by the source that ingest gives them; each file is read once.

    A path gives the file's raw text: UTF-8, or Latin-1 where it is not UTF-8. `path#row` gives all strings of that row of a table.
    """
    base = root if root.is_dir() else root.parent
    texts: dict[str, str | None] = {}

    def read(source: str) -> str | None:
        if source not in texts:
            file, table = base / source, base / source.partition("#")[0]
            if file.is_file():
                texts[source] = _decoded(file.read_bytes())
            elif table.is_file():
                texts.update(_rows(table, base))
        return texts.setdefault(source, None)

    return read


def _rows(table: Path, base: Path) -> dict[str, str]:
    """The strings of each row of a table, a line each, under the source that ingest gives the row."""
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


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError([Fault(str(path), 0, f"cannot be read: {error}")]) from error
    # Not splitlines: a quote may hold U+2028 or U+0085, which JSON leaves as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


# ---------------------------------------------------------------- one record


class _Bad(Exception):
    """A field has the wrong type; caught where the record is read."""


def _read_record(text: str) -> tuple[list[str], GoldQuestion | None]:
    """The faults of one line, and its question when it could be read at all."""
    try:
        record = json.loads(text)
    except ValueError as error:
        return [f"not JSON: {error}"], None
    if not isinstance(record, dict):
        return [f"a record is an object, not {_kind(record)}"], None
    reasons: list[str] = []
    values: dict[str, Any] = {}
    for name, read in _FIELDS.items():
        try:
            values[name] = read(record, name)
        except _Bad as error:
            reasons.append(str(error))
    if reasons:
        return reasons, None
    question = GoldQuestion(**values)
    return _sense_faults(question), question


def _sense_faults(question: GoldQuestion) -> list[str]:
    reasons = []
    if question.answerable is True and not (question.answers or question.evidence):
        reasons.append("an answerable question needs answers or evidence")
    if question.answerable is False:
        reasons += [
            f"an unanswerable question cannot have {name}"
            for name in ("evidence", "answers")
            if getattr(question, name)
        ]
        if question.why is None:
            reasons.append(f"an unanswerable question needs a why: {_choices(Why)}")
    if question.answers_by_date and question.as_of is None:
        reasons.append("answers_by_date needs as_of, the date that the question asks about")
    return reasons


def _quote_faults(question: GoldQuestion, sources: SourceText) -> list[str]:
    reasons = []
    for item in question.evidence:
        text = sources(item.source)
        if text is None:
            reasons.append(f"there is no document {item.source!r}")
        elif folded(item.quote) not in folded(text):
            reasons.append(f"not in {item.source}: {item.quote!r}")
    return reasons


# ---------------------------------------------------------------- fields


def _kind(value: object) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        type(None): "null",
    }
    return names.get(type(value), "a number")


def _choices(of: type[StrEnum]) -> str:
    return ", ".join(of)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _Bad(f"{name} must be a string, not {_kind(value)}")
    if not value.strip():
        raise _Bad(f"{name} is empty")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise _Bad(f"{name} must be a list, not {_kind(value)}")
    return value


def _needed(record: dict[str, Any], name: str) -> object:
    if name not in record:
        raise _Bad(f"{name} is missing")
    return record[name]


def _needed_text(record: dict[str, Any], name: str) -> str:
    return _text(_needed(record, name), name)


def _optional_text(record: dict[str, Any], name: str) -> str | None:
    return None if record.get(name) is None else _text(record[name], name)


def _optional_date(record: dict[str, Any], name: str) -> str | None:
    text = _optional_text(record, name)
    try:
        return text if text is None else str(PartialDate.parse(text))
    except ValueError as error:
        raise _Bad(f"{name}: {error}") from error


def _texts(record: dict[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_text(item, f"an item of {name}") for item in _list(record.get(name) or [], name))


def _answerable(record: dict[str, Any], name: str) -> bool | None:
    value = _needed(record, name)
    if value is not None and not isinstance(value, bool):
        raise _Bad(f"{name} must be true, false or null, not {_kind(value)}")
    return value


def _answers(record: dict[str, Any], name: str) -> tuple[tuple[str, ...], ...]:
    parts = _list(_needed(record, name), name)
    for part in parts:
        if not _list(part, f"an item of {name}"):
            raise _Bad(f"an item of {name} is an empty list")
    return tuple(tuple(_text(item, f"a string of {name}") for item in part) for part in parts)


def _evidence(record: dict[str, Any], name: str) -> tuple[Evidence, ...]:
    return tuple(_evidence_item(item) for item in _list(record.get(name) or [], name))


def _evidence_item(item: object) -> Evidence:
    if not isinstance(item, dict):
        raise _Bad(f"an item of evidence must be an object, not {_kind(item)}")
    part = item.get("part", 1)
    if not isinstance(part, int) or isinstance(part, bool) or part < 1:
        raise _Bad("the part of an item of evidence must be a whole number from 1")
    return Evidence(_needed_text(item, "source"), _needed_text(item, "quote"), part)


def _answers_by_date(record: dict[str, Any], name: str) -> tuple[DatedAnswers, ...]:
    return tuple(_dated_answers(item, name) for item in _list(record.get(name) or [], name))


def _dated_answers(item: object, name: str) -> DatedAnswers:
    if not isinstance(item, dict):
        raise _Bad(f"an item of {name} must be an object, not {_kind(item)}")
    return DatedAnswers(
        _optional_date(item, "from"), _optional_date(item, "to"), _answers(item, "answers")
    )


def _why(record: dict[str, Any], name: str) -> Why | None:
    text = _optional_text(record, name)
    if text is not None and text not in set(Why):
        raise _Bad(f"{name} must be one of {_choices(Why)}, not {text!r}")
    return None if text is None else Why(text)


def _conflict_kind(record: dict[str, Any], name: str) -> ConflictKind | None:
    text = _optional_text(record, name)
    if text is not None and text not in set(ConflictKind):
        raise _Bad(f"{name} must be one of {_choices(ConflictKind)}, not {text!r}")
    return None if text is None else ConflictKind(text)


_FIELDS: dict[str, Callable[[dict[str, Any], str], object]] = {
    "id": _needed_text,
    "question": _needed_text,
    "type": _needed_text,
    "answerable": _answerable,
    "answers": _answers,
    "evidence": _evidence,
    "why": _why,
    "as_of": _optional_date,
    "answers_by_date": _answers_by_date,
    "conflict_kind": _conflict_kind,
    "cluster": _optional_text,
    "candidates": _texts,
    "choices": _texts,
    "note": _optional_text,
    "history": _texts,
}
