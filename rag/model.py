"""The values that travel through Byline: articles, spans, queries, passages, quotes, answers.

Everything here is frozen and holds plain data; nothing reads a file, a clock or a model. Offsets count Unicode code points of
`Article.text` and are half-open: `text[start:end]`. Constructors check what they are given and raise `ValueError`.
Standard library only.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

# ---------------------------------------------------------------- dates


class Precision(StrEnum):
    """How exactly a date is known, from least to most."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    SECOND = "second"


_ISO_DATE = re.compile(
    r"(?P<year>\d{4})(?:[-/](?P<month>\d{1,2})(?:[-/](?P<day>\d{1,2})"
    r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?)?)?"
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as exactly as it is known: an interval of UTC time.

    `start` is the first instant of the interval (UTC, whole seconds); `precision` says how long it is. An unknown date is
    `None` where a PartialDate is expected, never a guess.

    >>> PartialDate.parse("2024-10").last.isoformat()
    '2024-10-31T23:59:59+00:00'
    """

    start: datetime
    precision: Precision

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC:
            raise ValueError(f"a date must be in UTC, not {self.start.tzinfo}")

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Reads `2024`, `2024-10`, `2024-10-22`, `2024/10/22` or an ISO timestamp; a timestamp without a zone is UTC.

        :raises ValueError: if the text is nothing of the kind, or no such day exists.
        """
        match = _ISO_DATE.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"not a date: {text!r} (use 2024, 2024-10, 2024-10-22 or 2024-10-22T10:00:00Z)"
            )
        parts = match.groupdict()
        precision = (
            Precision.SECOND
            if parts["hour"]
            else Precision.DAY
            if parts["day"]
            else Precision.MONTH
            if parts["month"]
            else Precision.YEAR
        )
        fields = (parts[name] for name in ("year", "month", "day", "hour", "minute", "second"))
        year, month, day, hour, minute, second = (
            int(part) if part else default
            for part, default in zip(fields, (1, 1, 1, 0, 0, 0), strict=True)
        )
        try:
            start = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _zone_offset(
                parts["zone"]
            )
        except (ValueError, OverflowError) as error:
            raise ValueError(f"no such date: {text!r} ({error})") from error
        return cls(start, precision)

    @classmethod
    def from_epoch(cls, seconds: int, precision: Precision) -> PartialDate:
        """The interval of that precision which begins `seconds` after 1970-01-01T00:00:00Z."""
        return cls(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), precision)

    @property
    def last(self) -> datetime:
        """The last second of the interval."""
        start = self.start
        if self.precision is Precision.SECOND:
            return start
        if self.precision is Precision.DAY:
            return start.replace(hour=23, minute=59, second=59)
        month = 12 if self.precision is Precision.YEAR else start.month
        day = calendar.monthrange(start.year, month)[1]
        return start.replace(month=month, day=day, hour=23, minute=59, second=59)

    @property
    def first_epoch(self) -> int:
        """Seconds from 1970-01-01T00:00:00Z to the first second of the interval; negative before."""
        return calendar.timegm(self.start.timetuple())

    @property
    def last_epoch(self) -> int:
        """Seconds from 1970-01-01T00:00:00Z to the last second of the interval."""
        return calendar.timegm(self.last.timetuple())

    def __str__(self) -> str:
        formats = {
            Precision.YEAR: "%Y",
            Precision.MONTH: "%Y-%m",
            Precision.DAY: "%Y-%m-%d",
            Precision.SECOND: "%Y-%m-%dT%H:%M:%SZ",
        }
        # strftime("%Y") does not pad years below 1000 everywhere.
        return self.start.strftime(formats[self.precision].replace("%Y", f"{self.start.year:04d}"))


def _zone_offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    if int(digits[:2]) > 23 or int(digits[2:]) > 59:
        raise ValueError(f"there is no time zone {zone}")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


# ---------------------------------------------------------------- articles and their spans


class BlockKind(StrEnum):
    """What a block of an article's text is. Only furniture is left out of the text; all of these can be quoted."""

    STANDFIRST = "standfirst"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Block:
    """One line of an article's text, `text[start:end]`, and what it is."""

    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as it was found, before anything is made of it.

    `data` holds the bytes of the file, or of the one row of a table (as a JSON object in UTF-8); `media_type` says how to read
    them: `text/plain`, `text/markdown`, `text/html`, `application/json` (one article), `application/pdf`. `key` names the
    document within its collection (law 3) and `source` is what people are shown.
    """

    collection: str
    key: str
    source: str
    media_type: str
    data: bytes
    url: str | None = None
    fetched: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One version of one article: clean text, and what is known about it.

    `blocks` cover the text without overlap, in order, separated by exactly one newline.
    """

    article_id: str
    version: str
    collection: str
    key: str
    source: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    url: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: PartialDate | None = None
    updated: PartialDate | None = None
    fetched: PartialDate | None = None
    extractor: str = ""

    def __post_init__(self) -> None:
        position = 0
        for block in self.blocks:
            if block.start != position or block.end > len(self.text):
                raise ValueError(f"the blocks of {self.source} do not cover its text at {position}")
            position = block.end + 1
        if self.blocks and position != len(self.text) + 1:
            raise ValueError(
                f"the blocks of {self.source} end at {position - 1}, its text at {len(self.text)}"
            )


@dataclass(frozen=True, slots=True)
class Sentence:
    """The sentence `text[start:end]` of an article, with no white space at either end."""

    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of one version of an article, `text[start:end]`: whole sentences, sized for the embedder."""

    article_id: str
    version: str
    start: int
    end: int

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)

    @property
    def chunk_id(self) -> str:
        """Unique in an archive; two articles with the same words keep ids of their own."""
        return f"{self.article_id}.{self.version}.{self.start}-{self.end}"


def _check_span(start: int, end: int) -> None:
    if not 0 <= start < end:
        raise ValueError(f"not a span: {start} to {end}")


# ---------------------------------------------------------------- questions


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer. `since` and `until` compare with the publication date, `until` includes its whole interval.

    `as_of` asks the archive as it stood at the end of that date. An undated article is left out when any of the three is set,
    unless `include_undated`.
    """

    since: PartialDate | None = None
    until: PartialDate | None = None
    as_of: PartialDate | None = None
    publisher: str | None = None
    include_undated: bool = False

    def __post_init__(self) -> None:
        if self.since and self.until and self.since.first_epoch > self.until.last_epoch:
            raise ValueError(f"since {self.since} is after until {self.until}")

    @property
    def by_date(self) -> bool:
        return any((self.since, self.until, self.as_of))

    @property
    def empty(self) -> bool:
        return not self.by_date and self.publisher is None


@dataclass(frozen=True, slots=True)
class Query:
    """A question that stands alone, and where to look: the best `k` passages (at least 1)."""

    text: str
    filters: Filters = Filters()
    k: int = 10

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("the question is empty")
        if any("\ud800" <= char <= "\udfff" for char in self.text):
            raise ValueError("the question holds bytes that are no text")
        if self.k < 1:
            raise ValueError(f"k must be at least 1, not {self.k}")


# ---------------------------------------------------------------- what retrieval and reading find


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. `rank` counts from 1; `score` is the fused score in (0, 1]; `similarity` is the cosine to the question.

    `sentences` are those of the article that lie within the chunk, in order; a sentence longer than a chunk is cut to it for
    indexing, but stands here whole.
    """

    chunk: Chunk
    article: Article
    sentences: tuple[Sentence, ...]
    rank: int
    score: float
    similarity: float

    @property
    def text(self) -> str:
        return self.article.text[self.chunk.start : self.chunk.end]


@dataclass(frozen=True, slots=True)
class Span:
    """A span of characters with a meaning of its own: the short answer inside a sentence."""

    start: int
    end: int

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence that may answer, from the hit it was read in, with the short answer inside it where there is one.

    `score` is comparable between passages of one question, higher is better; the best one's is the chance that it answers.
    """

    article: Article
    sentence: Sentence
    score: float
    answer: Span | None
    hit_rank: int

    @property
    def text(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.end]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of the passages of one question: candidates, best first, and the chance that none of them answers."""

    candidates: tuple[Candidate, ...]
    p_none: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.p_none <= 1.0:
            raise ValueError(f"a chance lies between 0 and 1, not {self.p_none}")


class Reader(Protocol):
    """Reads the passages of one question. Above `threshold`, a chance that none of them answers, it is better not to answer."""

    @property
    def threshold(self) -> float: ...

    def read(self, question: str, hits: Sequence[Hit]) -> Reading: ...


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of a stored article. Make one with `rag.quotes.make_quote`, which checks it against the record."""

    article_id: str
    version: str
    source: str
    title: str
    start: int
    end: int
    text: str
    url: str | None = None
    publisher: str | None = None
    published: PartialDate | None = None
    updated: PartialDate | None = None
    kind: BlockKind = BlockKind.PARAGRAPH
    speaker: str | None = None
    outlets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)
        if len(self.text) != self.end - self.start:
            raise ValueError(
                f"a quote of {len(self.text)} characters cannot span {self.start} to {self.end}"
            )


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The few words that answer, where they stand."""

    text: str
    article_id: str
    version: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer and the quotes it stands on. `confidence` and `support` are chances."""

    text: str
    quotes: tuple[Quote, ...]
    confidence: float
    support: float
    answer: ShortAnswer | None = None

    def __post_init__(self) -> None:
        if not self.quotes:
            raise ValueError(f"a claim needs a quote: {self.text!r}")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values that articles differ in."""

    value: str
    quotes: tuple[Quote, ...]
    published: PartialDate | None = None


class ConflictKind(StrEnum):
    """Whether articles contradict each other, or the answer changed with time."""

    DISAGREE = "disagree"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two or more sides of one question."""

    subject: str
    kind: ConflictKind
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A claim that was not shown, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should know about an answer. Codes: stale, undated, degraded, language, empty."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a language model's part in an answer cost. Of `requests`, `cached` were answered from what the archive's folder keeps, for
    nothing; tokens are as the server counted them, 0 where it does not say.
    """

    model: str
    prompt_version: int
    requests: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question that was taken apart; `claims` are indices into the answer's claims."""

    question: str
    status: Status
    claims: tuple[int, ...]


class Status(StrEnum):
    """Whether the articles answer. "not in the articles" is an answer, not an error."""

    ANSWERED = "answered"
    NOT_IN_ARTICLES = "not_in_articles"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Byline says to one question. `to_json` is the public contract; claims, quotes and candidates stand best first."""

    id: str
    question: str
    asked_as: str
    filters: Filters
    status: Status
    mode: str
    text: str
    confidence: float
    archive_revision: int
    claims: tuple[Claim, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    passages: tuple[Hit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    parts: tuple[Part, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notices: tuple[Notice, ...] = ()
    usage: Usage | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The answer as plain values for `json.dumps`, schema 1 of the Answer contract."""
        return {
            "schema": 1,
            "id": self.id,
            "question": self.question,
            "asked_as": self.asked_as,
            "filters": filters_json(self.filters),
            "status": str(self.status),
            "mode": self.mode,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "archive_revision": self.archive_revision,
            "claims": [_claim_json(claim) for claim in self.claims],
            "candidates": [_candidate_json(candidate) for candidate in self.candidates],
            "conflicts": [_conflict_json(conflict) for conflict in self.conflicts],
            "parts": [
                {"question": part.question, "status": str(part.status), "claims": list(part.claims)}
                for part in self.parts
            ],
            "rejected": [{"text": item.text, "reason": item.reason} for item in self.rejected],
            "notices": [
                {"code": notice.code, "message": notice.message} for notice in self.notices
            ],
            "passages": [hit_json(hit) for hit in self.passages],
            "usage": None if self.usage is None else asdict(self.usage),
            "timings_ms": {name: round(value, 2) for name, value in self.timings_ms.items()},
        }


def date_text(date: PartialDate | None) -> str | None:
    """The date as JSON shows it, None where it is unknown."""
    return None if date is None else str(date)


def filters_json(filters: Filters) -> dict[str, Any]:
    """Filters as the contract spells them; keys beyond the contract only where they are set."""
    plain: dict[str, Any] = {
        "as_of": date_text(filters.as_of),
        "since": date_text(filters.since),
        "until": date_text(filters.until),
        "publisher": filters.publisher,
    }
    return plain | {"include_undated": True} if filters.include_undated else plain


def quote_json(quote: Quote) -> dict[str, Any]:
    """One quote of the Answer contract."""
    return {
        "article_id": quote.article_id,
        "version": quote.version,
        "source": quote.source,
        "url": quote.url,
        "title": quote.title,
        "publisher": quote.publisher,
        "published": date_text(quote.published),
        "precision": None if quote.published is None else str(quote.published.precision),
        "updated": date_text(quote.updated),
        "start": quote.start,
        "end": quote.end,
        "text": quote.text,
        "kind": str(quote.kind),
        "speaker": quote.speaker,
        "outlets": list(quote.outlets),
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """One passage of the Answer contract."""
    return {
        "chunk_id": hit.chunk.chunk_id,
        "article_id": hit.chunk.article_id,
        "version": hit.chunk.version,
        "source": hit.article.source,
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "text": hit.text,
    }


def _claim_json(claim: Claim) -> dict[str, Any]:
    answer = claim.answer
    return {
        "text": claim.text,
        "confidence": round(claim.confidence, 4),
        "support": round(claim.support, 4),
        "answer": answer
        and {
            "text": answer.text,
            "article_id": answer.article_id,
            "version": answer.version,
            "start": answer.start,
            "end": answer.end,
        },
        "quotes": [quote_json(quote) for quote in claim.quotes],
    }


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    article, answer = candidate.article, candidate.answer
    return {
        "article_id": article.article_id,
        "version": article.version,
        "source": article.source,
        "start": candidate.sentence.start,
        "end": candidate.sentence.end,
        "text": candidate.text,
        "score": round(candidate.score, 6),
        "answer": answer
        and {
            "text": article.text[answer.start : answer.end],
            "start": answer.start,
            "end": answer.end,
        },
    }


def _conflict_json(conflict: Conflict) -> dict[str, Any]:
    return {
        "subject": conflict.subject,
        "kind": str(conflict.kind),
        "sides": [
            {
                "value": side.value,
                "published": date_text(side.published),
                "quotes": [quote_json(quote) for quote in side.quotes],
            }
            for side in conflict.sides
        ],
    }
