"""Takes one question from its wording to its Answer and yields an event at each step.

    question -> plan -> for each part: kind -> findings -> claims -> Answer

A language model, where there is one, completes follow-ups, takes long questions apart and writes
the claims. Where it fails, the best sentences are quoted instead, as without a model.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from textwrap import shorten

from rag.answer_builder import AnswerBuilder
from rag.answering.findings import Evidence, Finding, Inquiry, PartBegins, Statement, Tools
from rag.answering.kinds import classify
from rag.answering.limits import limits_of, nothing_near, nothing_to_read, other_language
from rag.answering.methods import method_for
from rag.conversation.rewrite import context_of, understand
from rag.conversation.turn import Turn
from rag.errors import LLMError
from rag.events import Asked, Done, Event, Found, Step
from rag.generation.material import Material, Written, divided, gather
from rag.generation.prompts import MAX_PARTS, Exchange
from rag.generation.replies import Plan
from rag.generation.session import Session
from rag.generation.writer import Outcome, Writer
from rag.model import Claim, Conflict, Filters, Kind, Notice, Query, Rejected, Verdict
from rag.news.corrections import correction_notices
from rag.news.periods import period_of, strictly, too_late
from rag.news.staleness import stale_notice, too_late_notice
from rag.quotes import Draft, make_claim
from rag.retrieval.retrieve import Retrieved
from rag.retrieval.spelling import with_known_spelling
from rag.store.archive import Archive
from rag.text.languages import foreign_language

_MAX_ROUNDS = 2
_NOTICE_CHARS = 300
_UNSUPPORTED = "The articles support nothing that the language model wrote"
_DENIED = "The language model found no answer in the articles; these quotes may hold one."
# From this chance on that the best quote is right, a model that finds no answer is not believed.
_SURE = 0.5
# Kinds whose answers are no sentences of articles: they never cost a call of a language model.
_UNWRITTEN = frozenset({Kind.ABOUT_ARCHIVE, Kind.HELP, Kind.ARTICLES})


class Chain:
    """Answers one question; `session` is with the language model, None without one."""

    def __init__(
        self,
        tools: Tools,
        session: Session | None,
        query: Query,
        *,
        kind: Kind | None,
        use_dates: bool,
    ) -> None:
        """With `kind` the question is answered as one of that kind.

        :param use_dates: whether a period that the question names is preferred or required.
        """
        self._builder = AnswerBuilder()
        self._tools = replace(tools, lap=self._builder.lap)
        self._question, self._filters, self._k = query.text, query.filters, query.k
        self._session, self._kind, self._use_dates = session, kind, use_dates
        self._writer = None if session is None else Writer(tools.archive, session)
        self._context, self._readings = "", tuple[str, ...]()
        self._is_too_late = False

    def events(self, history: Sequence[Turn]) -> Iterator[Event]:
        """All events, the answer last; `history` holds the turns before, oldest first."""
        question = self._question
        plan = yield from self._plan(question, history)
        yield Asked(plan.question, plan.question != question.strip())
        yield from self._read_period(plan.question)
        if self._readings:
            readings = " or ".join(f"“{reading}”" for reading in self._readings)
            message = f"The question may mean more than one person. Ask: {readings}"
            yield from self._builder.add(Notice("readings", message))
        yield from self._answer_parts(plan, history)
        yield from self._add_limits(question)
        yield from self._tell_corrections()
        usage = None
        if self._session is not None and self._session.usage.requests:
            usage = self._session.usage
        yield Done(self._builder.build(question, plan.question, self._filters, usage))

    def _tell_corrections(self) -> Iterator[Event]:
        """Says which of the quoted articles carry a correction that is not quoted itself."""
        for article, quotes in self._builder.quoted_articles():
            for span in correction_notices(article):
                if any(quote.start < span.end and span.start < quote.end for quote in quotes):
                    continue
                said = shorten(article.text[span.start : span.end], _NOTICE_CHARS, placeholder=" …")
                message = f"“{article.title}” carries a correction: “{said}”"
                yield from self._builder.add(Notice("corrected", message))

    def _read_period(self, question: str) -> Iterator[Event]:
        """Prefers the period that the question names, or filters by it where it is strict.

        Whoever filters by `since` or `until` has said which period counts.
        """
        filters = self._filters
        if not self._use_dates or filters.since or filters.until or foreign_language(question):
            return
        if self._kind_of(question) in (Kind.ABOUT_ARCHIVE, Kind.HELP):
            return
        with self._tools.archive.record.snapshot() as snapshot:
            newest = snapshot.newest()
        today = filters.as_of.last if filters.as_of else datetime.now(UTC)
        period = period_of(question, today.date(), None if newest is None else newest.start.date())
        if period is None:
            return
        if period.strict:
            self._filters = strictly(filters, period)
        elif newest is not None and too_late(period, newest):
            self._is_too_late = True
            yield from self._builder.add(too_late_notice(period, newest))
            return
        else:
            self._tools = replace(self._tools, period=period)
        self._builder.period = period

    def _add_limits(self, question: str) -> Iterator[Event]:
        builder = self._builder
        if self._writer is None or not builder.is_answered:
            for notice in limits_of(question):
                yield from builder.add(notice)
        if not builder.is_answered:
            for notice in nothing_near(builder.hits, self._tools.archive.embedder):
                yield from builder.add(notice)
            for notice in other_language(question, builder.hits):
                yield from builder.add(notice)

    def _plan(self, question: str, history: Sequence[Turn]) -> Generator[Event, None, Plan]:
        kind = self._kind_of(question)
        if kind in (Kind.ABOUT_ARCHIVE, Kind.HELP):
            return _unplanned(question)
        if self._writer is not None and kind not in _UNWRITTEN:
            try:
                plan = self._writer.plan(question.strip(), history)
                self._builder.lap("plan")
                return plan
            except LLMError as error:
                yield from self._drop_writer(error)
        if foreign_language(question):
            return _unplanned(question)
        understood = understand(question, history)
        if understood.follow_up:
            self._context = context_of(history)
        self._readings = understood.readings
        return _unplanned(with_known_spelling(self._tools.archive, understood.question))

    def _answer_parts(self, plan: Plan, history: Sequence[Turn]) -> Iterator[Event]:
        """Answers each part; then, once, the parts that need the answers to the first ones."""
        several, parts = plan.more or len(plan.parts) > 1, plan.parts
        answered: list[Exchange] = []
        for rounds_left in reversed(range(_MAX_ROUNDS)):
            for part in parts:
                if several:
                    yield Step(part)
                self._builder.begin_part(part)
                yield from self._answer_part(part)
                answered.append(Exchange(part, self._builder.finish_part()))
            done = not rounds_left or not plan.more or len(answered) >= MAX_PARTS
            if done or self._writer is None:
                return
            try:
                parts = self._writer.plan(plan.question, history, answered).parts
            except LLMError as error:
                yield from self._drop_writer(error)
                return

    def _kind_of(self, question: str) -> Kind:
        if self._kind is not None:
            return self._kind
        if foreign_language(question):  # the kinds are told by English words
            return Kind.FACT
        # Without spaces around it, as it is searched for: the embedder knows the last questions.
        return classify(question.strip(), self._tools.archive.embedder).kind

    def _answer_part(self, question: str) -> Iterator[Event]:
        builder, kind = self._builder, self._kind_of(question)
        builder.kind = kind if builder.kind is None else builder.kind
        findings = method_for(kind)(
            Inquiry(question, self._filters, self._k, self._context), self._tools
        )
        if self._writer is None or kind in _UNWRITTEN:
            for finding in findings:
                yield from self._show(finding)
        else:
            yield from self._answer_in_words(self._writer, question, kind, findings)

    def _show(self, item: Finding | Written) -> Iterator[Event]:
        match item:
            case Evidence():
                yield from self._add_evidence(item)
            case PartBegins(part):
                yield Step(part)
                self._builder.begin_part(part)
            case Draft():
                yield from self._add_draft(item)
            case Statement() | Verdict():
                self._builder.state(item)
            case Claim() | Rejected() | Conflict() | Notice():
                yield from self._builder.add(item)

    def _add_evidence(self, evidence: Evidence) -> Iterator[Event]:
        found = evidence.found
        yield Found(evidence.question, found.hits, evidence.reading)
        self._builder.add_reading(found.hits, evidence.reading, found.revision)
        today = datetime.now(UTC).date()
        stale = stale_notice(evidence.question, found.hits, self._filters, today)
        if stale is not None and not self._is_too_late:
            yield from self._builder.add(stale)
        for notice in _notices(self._tools.archive, found, self._filters):
            yield from self._builder.add(notice)

    def _add_draft(self, draft: Draft) -> Iterator[Event]:
        with self._tools.archive.record.snapshot() as snapshot:
            claim = make_claim(snapshot, draft, self._builder.hits)
        yield from self._builder.add(claim)
        self._builder.lap("read")

    def _answer_in_words(
        self, writer: Writer, question: str, kind: Kind, findings: Iterable[Finding]
    ) -> Iterator[Event]:
        """Has the model write from all that was found, and divides its claims among the parts."""
        material = gather(question, kind, findings)
        parts = material.parts
        written: Iterable[Written] = self._written(writer, material) if material.hits else ()
        streamed = len(parts) == 1 and not material.by_topic
        shares = [written] if streamed else divided(written, material)
        for part, share in zip(parts, shares, strict=True):
            if len(parts) > 1:
                yield from self._show(PartBegins(part.question))
            for evidence in part.evidence:
                yield from self._add_evidence(evidence)
            for item in share:
                yield from self._show(item)
            if self._builder.part_is_answered or not part.drafts:
                for other in part.others:
                    yield from self._show(other)
        self._builder.lap("write")

    def _written(self, writer: Writer, material: Material) -> Iterator[Written]:
        """What the model writes; the quotes alone where it fails, or nothing passes the checks."""
        answered, outcome = False, Outcome.UNSUPPORTED
        try:
            for item in writer.write(material):
                if isinstance(item, Outcome):
                    outcome = item
                    continue
                if isinstance(item, Claim):
                    self._builder.mark("first_claim")
                answered = answered or isinstance(item, Claim | Draft)
                yield item
        except LLMError as error:
            self._writer = None
            yield _failure(error)
            outcome = Outcome.STATED if answered else Outcome.FAILED
        quotes = material.drafts
        if outcome is Outcome.UNSUPPORTED:
            rest = "quotes alone are the answer" if quotes else "so it is left out"
            yield Notice("degraded", f"{_UNSUPPORTED}; {rest}.")
        elif outcome is Outcome.NOT_ANSWERED and _outweighs(material):
            yield Notice("degraded", _DENIED)
        elif outcome is not Outcome.FAILED and self._session is not None:
            self._builder.mode = f"llm:{self._session.usage.model}"
            return
        yield from quotes

    def _drop_writer(self, error: LLMError) -> Iterator[Event]:
        """Goes on without the language model."""
        self._writer = None
        yield from self._builder.add(_failure(error))


def _outweighs(material: Material) -> bool:
    """Whether the quotes count more than a model that finds no answer."""
    quotes = material.drafts
    return bool(quotes) and (material.by_topic or quotes[0].confidence >= _SURE)


def _failure(error: LLMError) -> Notice:
    message = f"{error.message} {error.hint}".strip()
    return Notice("degraded", f"{message} From here on, answers are quotes alone.")


def _unplanned(question: str) -> Plan:
    return Plan(question.strip(), (question.strip(),), False)


def _notices(archive: Archive, retrieved: Retrieved, filters: Filters) -> Iterator[Notice]:
    if number := retrieved.undated:
        articles = "1 article has" if number == 1 else f"{number} articles have"
        yield Notice(
            "undated",
            f"{articles} no known date and were left out; --include-undated lets them in.",
        )
    if number := retrieved.withheld:
        sentences = "1 sentence was" if number == 1 else f"{number} sentences were"
        yield Notice(
            "withheld", f"{sentences} left out: the text there speaks to a language model."
        )
    if not retrieved.hits:
        with archive.record.snapshot() as snapshot:
            yield nothing_to_read(snapshot, filters)
