"""Keeps what people say of answers beside the archive, and exports it as gold questions.

Each verdict is a line of `feedback.jsonl` in the archive's folder: a record of the gold schema with
keys of its own that loaders ignore. Answers come back from browsers, so whatever becomes evidence
is quoted from the database again.

    record_feedback(folder, Feedback(answer.to_json(), "down", now, correction="Ruth Ellery"))
    export_gold(folder).pairs
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.gold.questions import GoldError, SourceText, parse_gold
from rag.answer_json import answer_from_json, filters_to_json
from rag.errors import ArchiveBusy, ArchiveError, UsageError
from rag.model import AnswerValues, Article, Claim, Status
from rag.quotes import Claimed, Refusal, check, make_quote
from rag.render.layout import answer_quotes
from rag.store.archive import open_archive

if TYPE_CHECKING:
    from rag.store.database import Snapshot

FILE = "feedback.jsonl"
VERDICTS = ("up", "down")
NO_ANSWER = "the articles do not say it"
REASONS = (
    "wrong answer",
    "wrong quote",
    NO_ANSWER,
    "the articles do say it",
    "out of date",
    "other",
)
MOST_CHARS = 2_000
_MOST_EVIDENCE = 20
_LOCK_TIMEOUT_S = 30.0
# A quote does not begin or end inside a word; many scripts of Asia set no spaces between theirs.
_LETTER = r"[^\W\u0e00-\U0010ffff]"

GoldRecord = dict[str, Any]
"""One line of the file: a record of the gold schema, with `verdict`, `reason`, `answer_id`, `time`,
`archive_revision`, `status` and the `filters` that a gold question cannot carry."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's verdict on one answer.

    :param answer: as JSON.
    :param verdict: "up" or "down"; the other fields belong to "down".
    :param time: with a time zone.
    :param reason: one of REASONS, or empty.
    :param correction: the right answer, at most 2,000 characters, or empty.
    :param quote: exact words that answer, at most 2,000 characters, or empty.
    :raises UsageError: if these do not go together.
    """

    answer: Mapping[str, Any]
    verdict: str
    time: datetime
    reason: str = ""
    correction: str = ""
    quote: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise UsageError(f"A verdict is {' or '.join(VERDICTS)}, not {self.verdict!r}.")
        if self.reason and self.reason not in REASONS:
            raise UsageError(
                f"{self.reason!r} is not one of the reasons.",
                hint=f"Reasons: {', '.join(REASONS)}.",
            )
        _check_length("correction", self.correction)
        _check_length("quote", self.quote)
        if self.verdict == "up" and (self.reason or self.correction.strip() or self.quote.strip()):
            raise UsageError(
                "Thumbs up takes no reason and no correction.",
                hint="Give thumbs down to say what is wrong.",
            )
        if self.reason == NO_ANSWER and self.quote.strip():
            raise UsageError(
                "Where the articles do not answer, no quote does.",
                hint="Leave the quote out, or give another reason.",
            )


def _check_length(name: str, text: str) -> None:
    if len(text) > MOST_CHARS:
        raise UsageError(
            f"The {name} has {len(text):,} characters; at most {MOST_CHARS:,} can be kept.",
            hint="Use fewer words.",
        )


# ---------------------------------------------------------------- recording


def record_feedback(folder: Path, feedback: Feedback) -> GoldRecord | None:
    """Appends feedback to the file in the archive's folder; returns it if it makes a gold question.

    Thumbs up makes a gold question of what was shown, thumbs down of the correction and the quote;
    thumbs down alone makes one whose answer nobody knows (`answerable` is null).
    Many processes may do so at once.

    :raises UsageError: if the answer is malformed, or no article has the quote word for word.
    :raises ArchiveBusy: if somebody else has been writing feedback for half a minute.
    :raises ArchiveError: if there is no archive in the folder, or it cannot be written to.
    """
    archive = open_archive(folder)
    with archive.record.snapshot() as snapshot:
        answer = answer_from_json(feedback.answer, snapshot)
        _check_length("id", answer.id)
        _check_length("question", answer.asked_as)
        _check_length("publisher", answer.filters.publisher or "")
        if not answer.id.strip() or not answer.asked_as.strip():
            raise UsageError("The answer has no id or no question.", hint="Ask the question again.")
        record = _gold_record(answer, feedback, snapshot)
    _append(archive.folder / FILE, record)
    return None if _why_not_gold(record) else record


def _gold_record(answer: AnswerValues, feedback: Feedback, snapshot: Snapshot) -> GoldRecord:
    if feedback.verdict == "up":
        verdict = _approved(answer, snapshot)
    else:
        verdict = _corrected(answer, feedback, snapshot)
    filters = {
        name: value for name, value in filters_to_json(answer.filters).items() if value is not None
    }
    if not answer.filters.by_date:
        filters.pop("include_undated", None)
    note = [feedback.reason, feedback.correction.strip() if verdict.answerable is False else ""]
    optional = {
        "as_of": filters.pop("as_of", None),
        "note": ": ".join(filter(None, note)),
        "filters": filters,
    }
    return {
        "id": f"feedback-{answer.id}",
        "question": answer.asked_as,
        "type": "feedback",
        **verdict._asdict(),
        "verdict": feedback.verdict,
        "reason": feedback.reason,
        "answer_id": answer.id,
        "time": feedback.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "archive_revision": answer.archive_revision,
        "status": str(answer.status),
    } | {name: value for name, value in optional.items() if value}


class _Verdict(NamedTuple):
    """What feedback says of a question, in the gold schema."""

    answerable: bool | None
    answers: list[list[str]]
    evidence: list[dict[str, Any]]


def _approved(answer: AnswerValues, snapshot: Snapshot) -> _Verdict:
    """The short answer of each part's best claim, and all quotes; a part of the question each."""
    if answer.status is Status.NOT_IN_ARTICLES:
        return _Verdict(answerable=False, answers=[], evidence=[])
    parts = [[answer.claims[i] for i in part.claims] for part in answer.parts if part.claims]
    answers: list[list[str]] = []
    evidence: list[dict[str, Any]] = []
    for number, claims in enumerate(parts or [list(answer.claims)], start=1):
        short = _checked_short_answer(claims[0], snapshot) if claims else None
        answers += [] if short is None else [[short]]
        found = (item for claim in claims for item in _checked_evidence(claim, number, snapshot))
        evidence += [item for item in found if item not in evidence]
    # Some of the parts alone would call half an answer right.
    complete = len(answers) == max(1, len(parts))
    return _Verdict(True, answers if complete else [], evidence[:_MOST_EVIDENCE])


def _checked_evidence(claim: Claim, part: int, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """The quotes that the database has word for word."""
    for quote in claim.quotes:
        claimed = Claimed(quote.article_id, quote.version, quote.start, quote.end, quote.text)
        made = make_quote(snapshot, claimed)
        if not isinstance(made, Refusal):
            yield _evidence(made.source, made.text, part)


def _checked_short_answer(claim: Claim, snapshot: Snapshot) -> str | None:
    short = claim.answer
    if short is None:
        return None
    claimed = Claimed(short.article_id, short.version, short.start, short.end, short.text)
    fault = check(snapshot.version(short.article_id, short.version), claimed)
    return None if fault else short.text


def _corrected(answer: AnswerValues, feedback: Feedback, snapshot: Snapshot) -> _Verdict:
    correction, quote = feedback.correction.strip(), feedback.quote.strip()
    if feedback.reason == NO_ANSWER:
        return _Verdict(answerable=False, answers=[], evidence=[])
    if not correction and not quote:
        return _Verdict(answerable=None, answers=[], evidence=[])
    evidence = [_find_quote(quote, answer, snapshot)] if quote else []
    return _Verdict(True, [[correction]] if correction else [], evidence)


def _evidence(source: str, quote: str, part: int = 1) -> dict[str, Any]:
    return {"source": source, "quote": quote, "part": part}


def _find_quote(quote: str, answer: AnswerValues, snapshot: Snapshot) -> dict[str, Any]:
    """Finds a person's quote in an article, one of the answer's first; only white space may differ.

    :raises UsageError: if no article has these words in this order.
    """
    words = r"\s+".join(map(re.escape, unicodedata.normalize("NFC", quote).split()))
    pattern = re.compile(rf"(?<!{_LETTER}){words}(?!{_LETTER})")
    for article in _articles(answer, snapshot):
        if (match := pattern.search(article.text)) is not None:
            return _evidence(article.source, match[0])
    raise UsageError(
        "No article has these words.",
        hint="Copy the quote from an article, word for word, or leave it empty.",
    )


def _articles(answer: AnswerValues, snapshot: Snapshot) -> Iterator[Article]:
    shown = [(quote.article_id, quote.version) for quote in answer_quotes(answer)]
    shown += [(item.article.article_id, item.article.version) for item in answer.candidates]
    others = [(item.article_id, item.version) for item in snapshot.listing()]
    for article_id, version in dict.fromkeys(shown + others):
        stored = snapshot.version(article_id, version)
        if stored is not None:
            yield stored.article


# ---------------------------------------------------------------- the file


def _append(path: Path, record: GoldRecord) -> None:
    """Appends a line. Under the lock, one that was cut short is not one still being written."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_suffix(".lock"), timeout=_LOCK_TIMEOUT_S):
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                # A last line without an end was cut short, as by a full disk.
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 1))
                cut_short = size > 0 and file.read(1) != b"\n"
                data = (b"\n" if cut_short else b"") + _line(record)
                if file.write(data) < len(data):
                    raise OSError("the disk is full")
                os.fsync(file)
    except Timeout as error:
        raise ArchiveBusy(f"Another process keeps {path} busy.", hint="Try again later.") from error
    except OSError as error:
        raise ArchiveError(
            f"The feedback cannot be written to {path}: {error}",
            hint="Is the disk full, or does the folder belong to somebody else?",
        ) from error


def _line(record: GoldRecord) -> bytes:
    # JSON can spell lone surrogates, which no file takes.
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


# ---------------------------------------------------------------- gold questions


class LeftOut(NamedTuple):
    """Feedback that makes no gold question, and why; `question` is empty if it cannot be read."""

    question: str
    reason: str


class Exported(NamedTuple):
    """Gold questions in the order of their verdicts, and what was left out."""

    pairs: tuple[GoldRecord, ...]
    left_out: tuple[LeftOut, ...]


def export_gold(folder: Path) -> Exported:
    """Returns the gold questions in an archive's feedback, the last verdict on each answer only.

    `eval.gold.questions.load_gold` takes each of them with the archive's articles as they are now.

    :raises ArchiveError: if there is no archive in the folder, or the feedback cannot be read.
    """
    archive = open_archive(folder)
    pairs, left_out = [], []
    for record, reason in _last_verdicts(archive.folder / FILE):
        if reason is None:
            pairs.append(record)
        else:
            left_out.append(LeftOut(_question(record), reason))
    with archive.record.snapshot() as snapshot:
        faults = _gold_faults(pairs, _source_text(snapshot))
    left_out += [LeftOut(_question(pairs[i]), reason) for i, reason in faults.items()]
    return Exported(tuple(pair for i, pair in enumerate(pairs) if i not in faults), tuple(left_out))


def write_pairs(path: Path, pairs: Iterable[GoldRecord]) -> None:
    """Writes gold questions as JSON lines.

    :raises UsageError: if the file cannot be written.
    """
    try:
        path.write_bytes(b"".join(map(_line, pairs)))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error}", hint="Name another file with --out."
        ) from error


class _Read(NamedTuple):
    """A record of the file, empty if it cannot be read, and why it makes no gold question."""

    record: GoldRecord
    reason: str | None


def _last_verdicts(path: Path) -> list[_Read]:
    """Reads the file; of several lines on one answer, the last counts."""
    try:
        text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
    except OSError as error:
        raise ArchiveError(
            f"The feedback in {path} cannot be read: {error}",
            hint="Does it belong to somebody else?",
        ) from error
    last: dict[object, _Read] = {}
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            read = _read_line(line)
            answer_id = read.record.get("answer_id")
            name = answer_id if isinstance(answer_id, str) else number
            last.pop(name, None)
            last[name] = read
    return list(last.values())


def _read_line(line: str) -> _Read:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return _Read({}, "the line is not JSON")
    if not isinstance(record, dict):
        return _Read({}, "the line is not a JSON object")
    return _Read(record, _why_not_gold(record))


def _why_not_gold(record: GoldRecord) -> str | None:
    """Explains why a record makes no gold question, as far as it shows without the articles."""
    if record.get("filters"):
        return "it was asked with filters that a gold question cannot carry"
    if record.get("answerable") is None:
        return None  # a thumbs down alone: that the answer was wrong is known, the right one is not
    if record.get("answerable") is False:
        return None if record.get("why") else "nobody said why the articles do not answer"
    if record.get("answers") or record.get("evidence"):
        return None
    return "nothing that was shown stands in the archive any more"


def _question(record: GoldRecord) -> str:
    question = record.get("question")
    return question if isinstance(question, str) else ""


def _gold_faults(pairs: Sequence[GoldRecord], sources: SourceText) -> dict[int, str]:
    """What `parse_gold` says against pairs, by their place."""
    faults: dict[int, list[str]] = {}
    if not pairs:
        return {}
    try:
        parse_gold(b"".join(map(_line, pairs)).decode(), FILE, sources=sources)
    except GoldError as error:
        for fault in error.faults:
            faults.setdefault(fault.line - 1, []).append(fault.reason)
    return {place: "; ".join(reasons) for place, reasons in faults.items()}


def _source_text(snapshot: Snapshot) -> SourceText:
    """Reads the current articles of a source as one text: two collections may each have one."""
    by_source: dict[str, list[tuple[str, str]]] = {}
    for item in snapshot.listing():
        by_source.setdefault(item.source, []).append((item.article_id, item.version))

    def read(source: str) -> str | None:
        found = (snapshot.version(*name) for name in by_source.get(source, []))
        texts = [stored.article.text for stored in found if stored is not None]
        return "\n".join(texts) if texts else None

    return read
