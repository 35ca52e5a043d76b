"""Defines the values that travel through Byline, from articles to the values of an answer.

All are frozen and hold plain data. Offsets count Unicode code points of `Article.text` and are
half-open: `text[start:end]`. Constructors check their arguments and raise `ValueError`.
Standard library only.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, TypedDict, Unpack

# ---------------------------------------------------------------- dates


class Precision(StrEnum):
    """How exactly a date is known, from least to most."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    SECOND = "second"


_ISO_DATE = re.compile(
    r"(?P<year>\d{4})(?:[-/](?P<month>\d{1,2})(?:[-/](?P<day>\d{1,2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:(?<=:\d{2}:\d{2})\.\d+)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?[0-5]\d)?)?)?)?"
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as exactly as it is known: an interval of UTC time.

    `start` is the first instant of the interval (UTC, whole seconds); `precision` gives its
    length. An unknown date is `None` wherever a PartialDate is expected.

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
        """Reads `2024`, `2024-10`, `2024-10-22`, `2024/10/22` or an ISO timestamp.

        A timestamp without a zone is UTC.

        :raises ValueError: if the text is in none of these forms, or no such day exists.
        """
        match = _ISO_DATE.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"not a date: {text!r} (use 2024, 2024-10, 2024-10-22 or 2024-10-22T10:00:00Z)"
            )
        year, month, day = (int(match[name] or 1) for name in ("year", "month", "day"))
        clock = f"{match['time'] or '00:00'}{match['zone'] or 'Z'}"
        known = (match[name] for name in ("month", "day", "time"))
        precision = list(Precision)[sum(part is not None for part in known)]
        try:
            start = datetime.combine(date(year, month, day), time.fromisoformat(clock))
            return cls(start.astimezone(UTC), precision)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"no such date: {text!r} ({error})") from error

    @classmethod
    def of(cls, value: DateLike) -> PartialDate:
        """Converts a string, `date` or `datetime`; a `datetime` without a zone is UTC.

        >>> str(PartialDate.of(date(2024, 11, 1))), str(PartialDate.of("2024-11"))
        ('2024-11-01', '2024-11')

        :raises ValueError: if a string is no date.
        :raises TypeError: if the value is of another type.
        """
        match value:
            case PartialDate():
                return value
            case str():
                return cls.parse(value)
            case datetime():
                aware = value if value.tzinfo else value.replace(tzinfo=UTC)
                return cls(aware.astimezone(UTC).replace(microsecond=0), Precision.SECOND)
            case date():
                return cls(datetime(value.year, value.month, value.day, tzinfo=UTC), Precision.DAY)
        raise TypeError(f"a date is a string, a date or a datetime, not {value!r}")

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
        """Seconds from 1970-01-01T00:00:00Z to the first second; negative before."""
        return calendar.timegm(self.start.timetuple())

    @property
    def last_epoch(self) -> int:
        """Seconds from 1970-01-01T00:00:00Z to the last second."""
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


def date_text(date: PartialDate | None) -> str | None:
    """The date as JSON has it, None where it is unknown."""
    return None if date is None else str(date)


DateLike: TypeAlias = PartialDate | str | date
"""A date as people write it; `datetime` is a `date`."""


# ---------------------------------------------------------------- articles and their spans


class BlockKind(StrEnum):
    """The kind of a block of an article's text; all kinds can be quoted."""

    STANDFIRST = "standfirst"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Block:
    """One line of an article's text, `text[start:end]`, and its kind."""

    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as it was found.

    `data` holds the bytes of the file, or one row of a table as a JSON object in UTF-8.
    `media_type` says how to read them: `text/plain`, `text/markdown`, `text/html`,
    `application/json` (one article), `application/pdf`. `key` identifies the document within its
    collection; `source` is the name that people are shown.
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
    `stated` names, sorted, what the user said of the article and not the article itself.
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
    stated: tuple[str, ...] = ()

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


def sentences_within(sentences: Sequence[Sentence], start: int, end: int) -> tuple[Sentence, ...]:
    """The sentences that overlap `[start, end)`; `sentences` are in order and do not overlap."""
    first = bisect_right(sentences, start, key=lambda sentence: sentence.end)
    last = bisect_left(sentences, end, key=lambda sentence: sentence.start)
    return tuple(sentences[first:last])


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of one version of an article, `text[start:end]`, sized for the embedder."""

    article_id: str
    version: str
    start: int
    end: int

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)

    @property
    def chunk_id(self) -> str:
        """Unique in an archive; two articles with the same text have different ids."""
        return f"{self.version_key}.{self.start}-{self.end}"

    @property
    def version_key(self) -> str:
        """Names the article's version; the part of `chunk_id` before the span."""
        return f"{self.article_id}.{self.version}"


def _check_span(start: int, end: int) -> None:
    if not 0 <= start < end:
        raise ValueError(f"not a span: {start} to {end}")


def _check_text(text: str, start: int, end: int) -> None:
    _check_span(start, end)
    if len(text) != end - start:
        raise ValueError(f"{len(text)} characters of text cannot span {start} to {end}")


def _check_chance(name: str, value: float) -> None:
    if not 0 <= value <= 1:  # also refuses NaN
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")


# ---------------------------------------------------------------- questions


class FilterOptions(TypedDict, total=False):
    """The filters as keyword arguments of `Filters` and of everything that takes them."""

    since: DateLike | None
    until: DateLike | None
    as_of: DateLike | None
    publisher: str | None
    include_undated: bool


@dataclass(frozen=True, slots=True, init=False)
class Filters:
    """Which articles may answer.

    `since` and `until` compare with the publication date; `until` includes its whole interval.
    `as_of` asks the archive as it stood at the end of that date. An undated article is left out
    when any of the three is set, unless `include_undated`.

    >>> str(Filters(since="2024-10").since)
    '2024-10'
    """

    since: PartialDate | None
    until: PartialDate | None
    as_of: PartialDate | None
    publisher: str | None
    include_undated: bool

    def __init__(
        self,
        *,
        since: DateLike | None = None,
        until: DateLike | None = None,
        as_of: DateLike | None = None,
        publisher: str | None = None,
        include_undated: bool = False,
    ) -> None:
        """:raises ValueError: if a string is no date, or `since` is after `until`."""
        for name, value in (("since", since), ("until", until), ("as_of", as_of)):
            object.__setattr__(self, name, None if value is None else PartialDate.of(value))
        object.__setattr__(self, "publisher", publisher)
        object.__setattr__(self, "include_undated", include_undated)
        if self.since and self.until and self.since.first_epoch > self.until.last_epoch:
            raise ValueError(f"since {self.since} is after until {self.until}")

    def with_options(self, **options: Unpack[FilterOptions]) -> Filters:
        """The same filters with these changed.

        :raises ValueError: if a string is no date, or `since` is after `until`.
        """
        now: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        return Filters(**{**now, **options})

    @property
    def by_date(self) -> bool:
        return any((self.since, self.until, self.as_of))

    @property
    def empty(self) -> bool:
        return not self.by_date and self.publisher is None


@dataclass(frozen=True, slots=True)
class Period:
    """A period that a question names in its words, such as "in August"; both dates belong to it.

    `strict` is set where the words tell of publication ("articles published in August"): the
    period is then a filter. Otherwise it may be that of the event, and it is a preference.
    """

    words: str
    since: PartialDate | None
    until: PartialDate | None
    strict: bool = False

    def __post_init__(self) -> None:
        if self.since is None and self.until is None:
            raise ValueError(f"{self.words!r} has neither a first nor a last date")


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
    """A retrieved passage.

    `rank` counts from 1, `score` is the fused score in (0, 1], `similarity` the cosine to the
    question. `sentences` are those of the article that overlap the chunk, in order and whole, also
    where a long one was cut for indexing. `copies` are other articles with the same passage or
    nearly the same text. `dense_rank` and `lexical_rank` are its ranks in the two searches that
    were fused, None where a search did not find it.
    """

    chunk: Chunk
    article: Article
    sentences: tuple[Sentence, ...]
    rank: int
    score: float
    similarity: float
    copies: tuple[Article, ...] = ()
    dense_rank: int | None = None
    lexical_rank: int | None = None

    @property
    def text(self) -> str:
        return self.article.text[self.chunk.start : self.chunk.end]


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `[start, end)` of a text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence that may answer, with the short answer inside it where there is one.

    `score` compares sentences of all passages of one question, higher is better; the score of the
    best one is the chance that it answers. `hit_rank` is the rank of its passage. Where the
    sentence refers back ("She won …") and the one before holds a likelier short answer, that is
    `answer_before`. `odds` are the log odds of the short answer in its passage alone, whatever the
    others say.
    """

    article: Article
    sentence: Sentence
    score: float
    answer: Span | None
    hit_rank: int
    answer_before: Span | None = None
    odds: float = 0.0

    @property
    def text(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.end]


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader's result: candidates, best first, and the chance that none of them answers."""

    candidates: tuple[Candidate, ...]
    p_none: float

    def __post_init__(self) -> None:
        _check_chance("p_none", self.p_none)


class Reader(Protocol):
    """Reads the passages of one question."""

    @property
    def threshold(self) -> float:
        """The chance of no answer above which the engine abstains."""
        ...

    def read(self, question: str, hits: Sequence[Hit]) -> Reading: ...


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of a stored article, made only by `rag.quotes.make_quote`, which checks them.

    `speaker` is who says the words, `event_date` when what they tell happened, `outlets` who else
    has the same words; each only where it is known.
    """

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
    event_date: PartialDate | None = None

    def __post_init__(self) -> None:
        _check_text(self.text, self.start, self.end)


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The few words that answer, and where they stand."""

    text: str
    article_id: str
    version: str
    start: int
    end: int

    def __post_init__(self) -> None:
        _check_text(self.text, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer and its quotes; `confidence` and `support` are in [0, 1]."""

    text: str
    quotes: tuple[Quote, ...]
    confidence: float
    support: float
    answer: ShortAnswer | None = None

    def __post_init__(self) -> None:
        if not self.quotes:
            raise ValueError(f"a claim needs a quote: {self.text!r}")
        _check_chance("confidence", self.confidence)
        _check_chance("support", self.support)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values in which articles differ."""

    value: str
    quotes: tuple[Quote, ...]
    published: PartialDate | None = None


class ConflictKind(StrEnum):
    """Whether articles of the same time contradict each other or a later one updates an earlier."""

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
    """Something to know about an answer; codes are words such as `undated`, `empty`, `language`."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a language model's part in an answer cost.

    Of `requests`, `cached` were answered from replies kept in the archive's folder. Tokens are as
    the server counted them, 0 where it does not say.
    """

    model: str
    prompt_version: int
    requests: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class Status(StrEnum):
    """What an answer says. "Not in the articles" is an answer and no error."""

    ANSWERED = "answered"
    NOT_IN_ARTICLES = "not_in_articles"
    ABOUT_ARCHIVE = "about_archive"
    HELP = "help"


class Kind(StrEnum):
    """The kinds of questions, by the form of their answers."""

    FACT = "fact"
    AMOUNT = "amount"
    LIST = "list"
    COMPARE = "compare"
    MANY_PARTS = "many_parts"
    YES_NO = "yes_no"
    SPEECH = "speech"
    BRIEF = "brief"
    TIMELINE = "timeline"
    ARTICLES = "articles"
    ABOUT_ARCHIVE = "about_archive"
    HELP = "help"


class Verdict(StrEnum):
    """The answer to a yes-or-no question, as far as the quoted sentences decide it."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question with several; `claims` are indices into the answer's claims."""

    question: str
    status: Status
    claims: tuple[int, ...]


NOT_IN_ARTICLES = "The articles do not say."


# The codes of notices that say why there is no answer where the articles may well have one.
REASONS = frozenset({"empty", "language", "beyond", "far"})


def joined_text(claims: Sequence[str], notices: Sequence[Notice] = ()) -> str:
    """The text of an answer whose claims have these texts; without claims, why there are none."""
    reasons = (notice.message for notice in notices if notice.code in REASONS)
    return " ".join(claims) or next(reasons, NOT_IN_ARTICLES)


@dataclass(frozen=True, slots=True)
class AnswerValues:
    """The values of one answer; claims, quotes and candidates stand best first.

    `rag.answer.Answer` adds the forms that people and programs read.
    """

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
    kind: Kind = Kind.FACT
    verdict: Verdict | None = None
    period: Period | None = None

    def __post_init__(self) -> None:
        _check_chance("confidence", self.confidence)
        if self.archive_revision < 0:
            raise ValueError(f"a revision counts from 0, not {self.archive_revision}")
        for part in self.parts:
            if not all(0 <= index < len(self.claims) for index in part.claims):
                raise ValueError(f"part {part.question!r} names a claim that is not there")

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All quotes of all claims, in order."""
        return tuple(quote for claim in self.claims for quote in claim.quotes)
