"""Lays out an Answer as a `Page`: the short answer, blocks of rows, and the sources of the rows.

The kind of the question decides the form of the blocks: sentences, items, dated rows, running
text or sides. All strings of a page are clean (see `rag.render.words.clean`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from rag.model import (
    NOT_IN_ARTICLES,
    AnswerValues,
    Candidate,
    Claim,
    Conflict,
    ConflictKind,
    Kind,
    PartialDate,
    Quote,
    ShortAnswer,
    Side,
    Span,
    Status,
    Verdict,
)
from rag.render.cards import Card, Words, candidate_card, quote_card, quote_words, short_span
from rag.render.words import clean, human_date, number, parts_words, period_words, usage_words

_NEAREST = 3
# A longer one is a sentence rather than a short answer.
_MOST_LEAD_CHARS = 90
_UNSURE = 0.5
# What such answers call confidence tells how much their articles are on the topic.
WITHOUT_CHANCES = frozenset({Kind.SPEECH, Kind.BRIEF, Kind.TIMELINE, Kind.ARTICLES})

_CONFLICTS = {
    ConflictKind.DISAGREE: "The articles disagree",
    ConflictKind.CHANGED: "This changed over time",
}
_VERDICTS = {
    Verdict.YES: "Yes",
    Verdict.NO: "No",
    Verdict.UNCLEAR: "The articles leave it open.",
}


class Form(StrEnum):
    """How the rows of a block stand: one after the other, or beside each other (`SIDES`)."""

    SENTENCES = "sentences"
    ITEMS = "items"
    DATED = "dated"
    TEXT = "text"
    SIDES = "sides"


class Row(NamedTuple):
    """One statement: its words and the numbers of its sources, from 1.

    `value` is what stands out, such as an item of a list or the value of a side; `label` is the
    date, the speaker or the question that it belongs to. In sides, a row without a label belongs
    to the side before it. `confidence` is None for a side, and where it is no chance.
    """

    words: Words
    sources: tuple[int, ...] = ()
    value: str = ""
    label: str = ""
    confidence: float | None = None

    @property
    def head(self) -> str:
        """What stands before or above the words; may be empty."""
        return ": ".join(part for part in (self.label, self.value) if part)


class Block(NamedTuple):
    """Rows of one form under a heading, which may be empty."""

    form: Form
    rows: tuple[Row, ...]
    heading: str = ""


class Source(NamedTuple):
    """A quote under its number, with where the short answer stands in its article."""

    number: int
    quote: Quote
    short: Span | None


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown, in reading order.

    `lead` is the short answer, `hedge` stands before it, `text` below it. `nearest` are the
    sentences that come nearest where nothing answers. `period` tells how a date in the question
    was read.
    """

    lead: str = ""
    hedge: str = ""
    text: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    sources: tuple[Source, ...] = ()
    nearest: tuple[Card, ...] = ()
    notes: tuple[str, ...] = ()
    period: str = ""

    @property
    def all_notes(self) -> tuple[str, ...]:
        """How a date was read, if there is one, then the notes."""
        return (self.period, *self.notes) if self.period else self.notes

    def cited(self, rows: Iterable[Row]) -> list[Source]:
        """The sources of rows, each once, in the order in which the rows name them."""
        numbers = dict.fromkeys(number for row in rows for number in row.sources)
        return [self.sources[number - 1] for number in numbers]

    def row_cards(self, row: Row) -> list[Card]:
        """The cards of a row's sources; the first says how sure the statement is."""
        sure = [] if row.confidence is None else [f"{row.confidence:.0%} sure"]
        return [
            quote_card(source.quote, source.short, *([] if place else sure))
            for place, source in enumerate(self.cited([row]))
        ]


def answer_page(answer: AnswerValues) -> Page:
    """Lays out an answer."""
    return replace(_answer_page(answer), period=period_words(answer.period))


def _answer_page(answer: AnswerValues) -> Page:
    said = (notice.message for notice in answer.notices if notice.message != answer.text)
    notices = [clean(message) for message in said]
    if answer.status in (Status.ABOUT_ARCHIVE, Status.HELP):
        text = [clean(line) for line in answer.text.splitlines() if line.strip()]
        return _with_claims(answer, Page(text=tuple(text), notes=tuple(notices)))
    if answer.status is Status.NOT_IN_ARTICLES:
        cards = tuple(map(candidate_card, nearest(answer)))
        # Why nothing was found is part of such an answer.
        return Page(clean(answer.text), text=tuple(notices), nearest=cards, notes=_notes(answer))
    page = Page(_lead(answer), _hedge(answer), notes=(*_notes(answer), *notices))
    return _with_claims(answer, page)


def claims_page(claims: Sequence[Claim]) -> Page:
    """Lays out the claims that have been checked so far."""
    numbers = _Numbers()
    rows = tuple(numbers.row(claim) for claim in claims)
    return Page(blocks=(Block(Form.SENTENCES, rows),), sources=numbers.sources)


def answer_quotes(answer: AnswerValues) -> list[Quote]:
    """Returns the quotes of the claims, then those of the conflicts."""
    sides = (side for conflict in answer.conflicts for side in conflict.sides)
    return [*answer.quotes, *(quote for side in sides for quote in side.quotes)]


def nearest(answer: AnswerValues) -> list[Candidate]:
    """Returns the best candidate of each of the first three articles, none if all are far."""
    if any(notice.code == "far" for notice in answer.notices):
        return []
    best: dict[str, Candidate] = {}
    for candidate in answer.candidates:
        best.setdefault(candidate.article.article_id, candidate)
    return list(best.values())[:_NEAREST]


# ---------------------------------------------------------------- the short answer


def _lead(answer: AnswerValues) -> str:
    match answer.kind:
        case Kind.YES_NO:
            return _lead_of_verdict(answer)
        case Kind.LIST:
            sentences = len({quote for claim in answer.claims for quote in claim.quotes})
            return f"Found in {number(sentences, 'sentence')} of the articles"
        case Kind.ARTICLES:
            return number(len(answer.claims), "article")
        case Kind.FACT | Kind.AMOUNT if answer.conflicts:
            return _lead_of_conflict(answer.conflicts[0])
        case Kind.FACT | Kind.AMOUNT if answer.claims:
            return _short(answer.claims[0])
    return ""


def _lead_of_verdict(answer: AnswerValues) -> str:
    """The verdict in words; that the articles disagree, where this is why it is unclear."""
    if answer.verdict is Verdict.UNCLEAR and answer.conflicts:
        return f"{_CONFLICTS[answer.conflicts[0].kind]}."
    return "" if answer.verdict is None else _VERDICTS[answer.verdict]


def _lead_of_conflict(conflict: Conflict) -> str:
    """All values where the articles disagree, the latest where the answer changed."""
    if conflict.kind is ConflictKind.DISAGREE:
        return clean(" or ".join(dict.fromkeys(side.value for side in conflict.sides)))
    return clean(max(conflict.sides, key=_age).value)


def _age(side: Side) -> int:
    return 0 if side.published is None else side.published.last_epoch


def _short(claim: Claim) -> str:
    """The short answer of a claim, unless it is most of a long sentence."""
    text = "" if claim.answer is None else clean(claim.answer.text)
    return text if len(text) <= _MOST_LEAD_CHARS else ""


def _hedge(answer: AnswerValues) -> str:
    hedged = (Kind.FACT, Kind.AMOUNT, Kind.YES_NO)
    unsure = answer.kind in hedged and answer.confidence < _UNSURE
    open_verdict = answer.verdict is Verdict.UNCLEAR
    return "possibly" if unsure and _lead(answer) and not open_verdict else ""


def _notes(answer: AnswerValues) -> tuple[str, ...]:
    notes = [
        f"Left out: {item.text} ({item.reason})" if item.text else f"Left out: {item.reason}"
        for item in answer.rejected
    ]
    looked_up = "" if answer.kind in _BY_PART else parts_words(answer)
    newest = "" if answer.kind in _BY_DATE else _newest(answer_quotes(answer))
    notes += [words for words in (looked_up, newest, usage_words(answer)) if words]
    return tuple(map(clean, notes))


def _newest(quotes: Sequence[Quote]) -> str:
    """The date of the newest source, where the sources have several dates."""
    dates = {quote.published for quote in quotes if quote.published is not None}
    newest = max(dates, key=lambda date: date.last_epoch, default=None)
    return f"The newest source is of {human_date(newest)}." if len(dates) > 1 else ""


# ---------------------------------------------------------------- blocks

# Their rows begin with dates.
_BY_DATE = (Kind.TIMELINE, Kind.ARTICLES)
_BY_PART = (Kind.MANY_PARTS, Kind.COMPARE)
_FORMS = {
    Kind.AMOUNT: Form.ITEMS,
    Kind.LIST: Form.ITEMS,
    Kind.ARTICLES: Form.ITEMS,
    Kind.SPEECH: Form.ITEMS,
    Kind.COMPARE: Form.SIDES,
    Kind.BRIEF: Form.TEXT,
    Kind.TIMELINE: Form.DATED,
}


def _with_claims(answer: AnswerValues, page: Page) -> Page:
    numbers = _Numbers(has_chances=answer.kind not in WITHOUT_CHANCES)
    blocks = (*_conflict_blocks(answer, numbers), *_claim_blocks(answer, numbers))
    return Page(page.lead, page.hedge, page.text, blocks, numbers.sources, page.nearest, page.notes)


def _conflict_blocks(answer: AnswerValues, numbers: _Numbers) -> Iterator[Block]:
    for conflict in answer.conflicts:
        heading = f"{_CONFLICTS[conflict.kind]}: {clean(conflict.subject)}"
        rows = tuple(_side_row(side, numbers) for side in conflict.sides)
        yield Block(Form.SIDES, rows, heading)


def _side_row(side: Side, numbers: _Numbers) -> Row:
    words = quote_words(side.quotes[0], None) if side.quotes else Words("")
    cited = numbers.of(side.quotes)
    return Row(words, cited, clean(side.value).strip() or "?", human_date(side.published))


def _claim_blocks(answer: AnswerValues, numbers: _Numbers) -> Iterator[Block]:
    """One block, or one for each part of a question that has several."""
    if answer.kind in _BY_PART and answer.parts:
        yield from _part_blocks(answer, numbers)
        return
    shown = {
        quote for conflict in answer.conflicts for side in conflict.sides for quote in side.quotes
    }
    claims = [item for item in answer.claims if not shown.issuperset(item.quotes)]
    form = _FORMS.get(answer.kind, Form.SENTENCES)
    if len(claims) == 1 and answer.kind is Kind.AMOUNT:
        yield Block(Form.SENTENCES, (numbers.row(claims[0]),))  # its value is the lead
    elif claims:
        yield Block(form, tuple(_rows(claims, answer.kind, numbers)))


def _part_blocks(answer: AnswerValues, numbers: _Numbers) -> Iterator[Block]:
    """Parts that are compared stand beside each other, others below each other."""
    blocks = []
    for part in answer.parts:
        rows = [
            numbers.row(claim, value=_short(claim) if place == 0 else "")
            for place, claim in enumerate(answer.claims[i] for i in part.claims)
        ]
        found = tuple(rows) or (Row(Words(""), value=NOT_IN_ARTICLES),)
        blocks.append(Block(Form.ITEMS, found, clean(part.question)))
    if answer.kind is Kind.MANY_PARTS:
        yield from blocks
        return
    sides = [
        row._replace(label=block.heading if place == 0 else "")
        for block in blocks
        for place, row in enumerate(block.rows)
    ]
    yield Block(Form.SIDES, tuple(sides))


def _rows(claims: Sequence[Claim], kind: Kind, numbers: _Numbers) -> Iterator[Row]:
    speaker = ""
    for claim in claims:
        quote = claim.quotes[0]
        match kind:
            case Kind.LIST | Kind.COMPARE:
                yield numbers.row(claim, value=_short(claim))
            case Kind.AMOUNT:
                yield numbers.row(claim, value=_short(claim), label=_when(quote))
            case Kind.ARTICLES:
                date = human_date(quote.published) if quote.published else ""
                yield numbers.row(claim, value=clean(quote.title), label=date)
            case Kind.TIMELINE:
                yield numbers.row(claim, label=_when(quote) or human_date(None))
            case Kind.SPEECH:
                said_by = clean(quote.speaker or "")
                yield numbers.row(claim, value=said_by if said_by != speaker else "")
                speaker = said_by
            case _:
                yield numbers.row(claim)


def _when(quote: Quote) -> str:
    """The date of what a quote tells of, else of its publication; empty if neither is known."""
    date: PartialDate | None = quote.event_date or quote.published
    return "" if date is None else human_date(date)


# ---------------------------------------------------------------- numbers


class _Place(NamedTuple):
    """Where a quote stands; quotes of one place share a number."""

    article_id: str
    version: str
    start: int
    end: int


class _Numbers:
    """Numbers quotes from 1 in the order in which they are read, each place once."""

    def __init__(self, *, has_chances: bool = True) -> None:
        self._sources: dict[_Place, Source] = {}
        self._has_chances = has_chances

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(self._sources.values())

    def of(self, quotes: Iterable[Quote], answer: ShortAnswer | None = None) -> tuple[int, ...]:
        """The numbers of these quotes."""
        numbers: dict[int, None] = {}
        for quote in quotes:
            place = _Place(quote.article_id, quote.version, quote.start, quote.end)
            short = short_span(quote, answer)
            known = self._sources.get(place)
            if known is None:
                known = Source(len(self._sources) + 1, quote, short)
            elif known.short is None:
                known = known._replace(short=short)
            self._sources[place] = known
            numbers[known.number] = None
        return tuple(numbers)

    def row(self, claim: Claim, *, value: str = "", label: str = "") -> Row:
        """The row of a claim: its own words, which are mostly those of its quote."""
        cited = self.of(claim.quotes, claim.answer)
        words = Words(clean(claim.text))
        if claim.text == claim.quotes[0].text:
            words = quote_words(claim.quotes[0], short_span(claim.quotes[0], claim.answer))
        return Row(words, cited, value, label, claim.confidence if self._has_chances else None)
