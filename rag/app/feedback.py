"""What a person says of an answer, kept beside the archive and handed on as gold questions.

In goes an Answer (as JSON) with a verdict and perhaps a correction; out comes a line of `feedback.jsonl` in the archive's folder, in the
gold schema with keys of its own that loaders ignore. Answers come back from browsers, so that whatever becomes evidence is quoted from
the record again. Knows no page and no clock.

    record_feedback(folder, Feedback(answer.to_json(), "down", now, reason="wrong answer", correction="Ruth Ellery"))
    export_gold(folder).pairs
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.gold.questions import GoldError, SourceText, load_gold
from rag.app.answers import answer_of
from rag.errors import ArchiveBusy, ArchiveError, UsageError
from rag.model import Answer, Article, Claim, Quote, Status, filters_json
from rag.quotes import Claimed, Refusal, check, make_quote
from rag.store.archive import open_archive

if TYPE_CHECKING:
    from rag.store.database import Snapshot

FILE = "feedback.jsonl"
VERDICTS = ("up", "down")
SAY_NOTHING = "should have said nothing"
REASONS = ("wrong answer", "wrong quote", SAY_NOTHING, "is in the articles", "out of date", "other")
MAX_CHARS = 2_000
_MOST_QUOTES = 20
_PATIENCE_S = 30.0
# A quote does not begin or end inside a word; the scripts of Asia set no spaces between theirs.
_LETTER = r"[^\W\u0e00-\U0010ffff]"

GoldRecord = dict[str, Any]
"""One line of the file: a record of the gold schema, with `verdict`, `reason`, `answer_id`, `time`, `archive_revision`, `status` and the
`filters` that a gold question cannot carry."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's verdict on one answer (as JSON), at an aware `time`.

    `reason` is one of REASONS or empty; `correction` says what the right answer is and `quote` gives exact words that answer, both of at
    most 2,000 characters and both empty where nobody said. All three go with the verdict "down" alone.

    :raises UsageError: if it is not so.
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
                f"{self.reason!r} is no reason that can be given.",
                hint=f"Reasons: {', '.join(REASONS)}.",
            )
        for name, text in (("correction", self.correction), ("quote", self.quote)):
            _within_bounds(name, text)
        if self.verdict == "up" and (self.reason or self.correction.strip() or self.quote.strip()):
            raise UsageError(
                "Thumbs up takes no reason and no correction.",
                hint="Give thumbs down to say what is wrong.",
            )
        if self.reason == SAY_NOTHING and self.quote.strip():
            raise UsageError(
                "Where the articles do not answer, no quote does.",
                hint="Leave the quote out, or give another reason.",
            )


class LeftOut(NamedTuple):
    """Feedback that is no gold pair: the question, empty where the line cannot be read, and why."""

    question: str
    reason: str


class Exported(NamedTuple):
    """The gold pairs, the last verdict on each answer alone, in the order in which these were given; and what was left out."""

    pairs: tuple[GoldRecord, ...]
    left_out: tuple[LeftOut, ...]


# ---------------------------------------------------------------- recording


def record_feedback(folder: Path, feedback: Feedback) -> GoldRecord | None:
    """Appends the feedback to `feedback.jsonl` in the archive's folder (mode 0600) and returns it where it makes a gold pair.

    Many processes may do so at once. Thumbs up on claims makes a pair of what was shown; thumbs down makes one of the correction and
    the quote, and without these is kept as it is.

    :raises UsageError: if the answer is malformed, or the quote does not stand word for word in any article.
    :raises ArchiveBusy: if somebody else has been writing feedback for half a minute.
    :raises ArchiveError: if there is no archive in the folder, or it cannot be written to.
    """
    archive = open_archive(folder)
    with archive.record.snapshot() as record:
        answer = answer_of(feedback.answer, record)
        for name, text in (
            ("id", answer.id),
            ("question", answer.asked_as),
            ("publisher", answer.filters.publisher or ""),
        ):
            _within_bounds(name, text)
        if not answer.id.strip() or not answer.asked_as.strip():
            raise UsageError("The answer has no id or no question.", hint="Ask the question again.")
        line = _gold(answer, feedback, record)
    _append(archive.folder / FILE, line)
    return None if _why_not(line) else line


def _within_bounds(name: str, text: str) -> None:
    if len(text) > MAX_CHARS:
        raise UsageError(
            f"The {name} has {len(text):,} characters; at most {MAX_CHARS:,} can be kept.",
            hint="Say it in fewer words.",
        )


def _gold(answer: Answer, feedback: Feedback, record: Snapshot) -> GoldRecord:
    answerable, answers, evidence = (
        _up(answer, record) if feedback.verdict == "up" else _down(answer, feedback, record)
    )
    silent_words = feedback.correction.strip() if answerable is False else ""
    filters = {
        name: value for name, value in filters_json(answer.filters).items() if value is not None
    }
    if not answer.filters.by_date:
        filters.pop("include_undated", None)
    optional = {
        "as_of": filters.pop("as_of", None),
        "note": ": ".join(filter(None, (feedback.reason, silent_words))),
        "filters": filters,
    }
    return {
        "id": f"feedback-{answer.id}",
        "question": answer.asked_as,
        "type": "feedback",
        "answerable": answerable,
        "answers": answers,
        "evidence": evidence,
        "verdict": feedback.verdict,
        "reason": feedback.reason,
        "answer_id": answer.id,
        "time": feedback.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "archive_revision": answer.archive_revision,
        "status": str(answer.status),
    } | {name: value for name, value in optional.items() if value}


class _Says(NamedTuple):
    """What feedback says of a question, as the gold schema spells it."""

    answerable: bool | None
    answers: list[list[str]]
    evidence: list[dict[str, Any]]


def _up(answer: Answer, record: Snapshot) -> _Says:
    """The best claim's short answer and all quotes shown; one part of each part of the question."""
    if answer.status is Status.NOT_IN_ARTICLES:
        return _Says(answerable=False, answers=[], evidence=[])
    parts = [[answer.claims[i] for i in part.claims] for part in answer.parts if part.claims] or [
        list(answer.claims)
    ]
    shorts = [_short(claims[0], record) if claims else None for claims in parts]
    quotes = [
        (part, quote)
        for part, claims in enumerate(parts, start=1)
        for claim in claims
        for quote in _checked(claim, record)
    ]
    evidence = [_evidence(quote.source, quote.text, part) for part, quote in dict.fromkeys(quotes)]
    answers = [[short] for short in shorts if short is not None]
    # Some of the parts alone would call half an answer right.
    return _Says(True, answers if len(answers) == len(parts) else [], evidence[:_MOST_QUOTES])


def _down(answer: Answer, feedback: Feedback, record: Snapshot) -> _Says:
    correction, quote = feedback.correction.strip(), feedback.quote.strip()
    if feedback.reason == SAY_NOTHING:
        return _Says(answerable=False, answers=[], evidence=[])
    if not correction and not quote:
        return _Says(answerable=None, answers=[], evidence=[])
    evidence = [_evidence(*_found(quote, answer, record))] if quote else []
    return _Says(True, [[correction]] if correction else [], evidence)


def _evidence(source: str, quote: str, part: int = 1) -> dict[str, Any]:
    return {"source": source, "quote": quote, "part": part}


def _checked(claim: Claim, record: Snapshot) -> Iterator[Quote]:
    """The quotes as the record has them; what it does not have word for word is no evidence."""
    for quote in claim.quotes:
        made = make_quote(
            record, Claimed(quote.article_id, quote.version, quote.start, quote.end, quote.text)
        )
        if not isinstance(made, Refusal):
            yield made


def _short(claim: Claim, record: Snapshot) -> str | None:
    short = claim.answer
    if short is None:
        return None
    claimed = Claimed(short.article_id, short.version, short.start, short.end, short.text)
    return None if check(record.version(short.article_id, short.version), claimed) else short.text


# ---------------------------------------------------------------- a person's quote


class _Words(NamedTuple):
    """Exact words of an article, and its source."""

    source: str
    quote: str


def _found(quote: str, answer: Answer, record: Snapshot) -> _Words:
    """The quote as an article has it: one that the answer shows or came upon if it can be, else any.

    :raises UsageError: if no article has these words in this order; only runs of white space may differ.
    """
    words = unicodedata.normalize("NFC", quote).split()
    pattern = re.compile(
        rf"(?<!{_LETTER})" + r"\s+".join(map(re.escape, words)) + rf"(?!{_LETTER})"
    )
    for article in _articles(answer, record):
        if (match := pattern.search(article.text)) is not None:
            return _Words(article.source, match[0])
    raise UsageError(
        "No article has these words.",
        hint="Copy the quote from an article, word for word, or leave it empty.",
    )


def _articles(answer: Answer, record: Snapshot) -> Iterator[Article]:
    quotes = [quote for claim in answer.claims for quote in claim.quotes]
    quotes += [
        quote for conflict in answer.conflicts for side in conflict.sides for quote in side.quotes
    ]
    near = [(quote.article_id, quote.version) for quote in quotes]
    near += [
        (candidate.article.article_id, candidate.article.version) for candidate in answer.candidates
    ]
    for name in chain(
        dict.fromkeys(near), ((item.article_id, item.version) for item in record.listing())
    ):
        stored = record.version(*name)
        if stored is not None:
            yield stored.article


# ---------------------------------------------------------------- the file


def _append(path: Path, line: GoldRecord) -> None:
    """One line at the end of the file. The lock is what tells a line that was cut short from one that another writer is still writing."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_suffix(".lock"), timeout=_PATIENCE_S):
            file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                data = (b"\n" if _cut_short(file) else b"") + _line(line)
                if os.write(file, data) < len(data):
                    raise OSError("the disk is full")
                os.fsync(file)
            finally:
                os.close(file)
    except Timeout as error:
        raise ArchiveBusy(f"Another process keeps {path} busy.", hint="Try again later.") from error
    except OSError as error:
        hint = "Is the disk full, or does the folder belong to somebody else?"
        raise ArchiveError(
            f"The feedback cannot be written to {path}: {error}", hint=hint
        ) from error


def _cut_short(file: int) -> bool:
    """Whether the last line has no end, as after a full disk: it must not take the next one with it."""
    if os.fstat(file).st_size == 0:
        return False
    os.lseek(file, -1, os.SEEK_END)
    return os.read(file, 1) != b"\n"


def _line(record: GoldRecord) -> bytes:
    # JSON spells half a surrogate pair as an escape, which is no text that a file takes.
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


# ---------------------------------------------------------------- gold


def export_gold(folder: Path) -> Exported:
    """The gold pairs in the feedback on an archive, each as `eval.gold.questions.load_gold` takes it with the archive's articles as they are now.

    :raises ArchiveError: if there is no archive in the folder, or the feedback cannot be read.
    """
    archive = open_archive(folder)
    pairs, left_out = [], []
    for line in _last_verdicts(archive.folder / FILE):
        record, reason = _read(line)
        if reason is None:
            pairs.append(record)
        else:
            left_out.append(LeftOut(_question(record), reason))
    with archive.record.snapshot() as snapshot:
        faults = _faults(pairs, _archived(snapshot))
    left_out += [LeftOut(_question(pairs[i]), reason) for i, reason in faults.items()]
    return Exported(tuple(pair for i, pair in enumerate(pairs) if i not in faults), tuple(left_out))


def write_pairs(path: Path, pairs: Iterable[GoldRecord]) -> None:
    """Writes gold pairs as JSON lines.

    :raises UsageError: if the file cannot be written.
    """
    try:
        path.write_bytes(b"".join(map(_line, pairs)))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error}", hint="Name another file with --out."
        ) from error


def _last_verdicts(path: Path) -> list[str]:
    """The lines of the file, of those on one answer the last; a line that is no record stays as it is."""
    try:
        text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
    except OSError as error:
        raise ArchiveError(
            f"The feedback in {path} cannot be read: {error}",
            hint="Does it belong to somebody else?",
        ) from error
    last: dict[object, str] = {}
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            answer_id = _read(line)[0].get("answer_id")
            name = answer_id if isinstance(answer_id, str) else number
            last.pop(name, None)
            last[name] = line
    return list(last.values())


class _Line(NamedTuple):
    record: GoldRecord
    reason: str | None


def _read(line: str) -> _Line:
    """The record, empty where there is none, and why it is no gold pair, as far as it shows without the articles."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return _Line({}, "the line is not JSON")
    return (
        _Line(record, _why_not(record))
        if isinstance(record, dict)
        else _Line({}, "the line is not a JSON object")
    )


def _why_not(record: GoldRecord) -> str | None:
    if record.get("filters"):
        return "it was asked with filters that a gold question cannot carry"
    if record.get("answerable") is None and not record.get("answers"):
        return "thumbs down without a correction"
    if record.get("answerable") is False:
        return None if record.get("why") else "nobody said why the articles do not answer"
    return (
        None
        if record.get("answers") or record.get("evidence")
        else "nothing that was shown stands in the archive any more"
    )


def _question(record: GoldRecord) -> str:
    question = record.get("question")
    return question if isinstance(question, str) else ""


def _faults(pairs: list[GoldRecord], sources: SourceText) -> dict[int, str]:
    """What `load_gold` says against pairs, by their place."""
    if not pairs:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        write_pairs(path, pairs)
        try:
            load_gold(path, sources=sources)
        except GoldError as error:
            faults: dict[int, list[str]] = {}
            for fault in error.faults:
                faults.setdefault(fault.line - 1, []).append(fault.reason)
            return {place: "; ".join(reasons) for place, reasons in faults.items()}
    return {}


def _archived(record: Snapshot) -> SourceText:
    """The text of all current articles of a source: two collections may each have one."""
    named: dict[str, list[tuple[str, str]]] = {}
    for item in record.listing():
        named.setdefault(item.source, []).append((item.article_id, item.version))

    def read(source: str) -> str | None:
        found = [record.version(*name) for name in named.get(source, [])]
        return (
            "\n".join(stored.article.text for stored in found if stored is not None)
            if found
            else None
        )

    return read
