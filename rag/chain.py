"""Takes one question from its wording to its Answer and yields an event at each step.

    question -> plan -> for each part: kind -> findings -> claims -> Answer

A language model, where there is one, completes follow-ups, takes long questions apart and writes
the claims. Where it fails, the best sentences are quoted instead, as without a model.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from rag.answer_builder import AnswerBuilder
from rag.answering.findings import Evidence, Inquiry, PartBegins, Statement, Tools
from rag.answering.kinds import classify
from rag.answering.methods import method_for
from rag.conversation.rewrite import understand
from rag.conversation.turn import Turn
from rag.errors import LLMError
from rag.events import Asked, Done, Event, Found, Step
from rag.generation.prompts import MAX_PARTS, Exchange
from rag.generation.replies import Plan
from rag.generation.session import Session
from rag.generation.writer import Outcome, Writer
from rag.model import Claim, Conflict, Filters, Kind, Notice, Verdict
from rag.quotes import Draft, make_claim
from rag.retrieval.retrieve import Retrieved
from rag.store.archive import Archive

_MAX_ROUNDS = 2
_UNSUPPORTED = Notice(
    "degraded",
    "The articles support nothing that the language model wrote; quotes alone are the answer.",
)
# Kinds that need no article: they never cost a call of a language model.
_WITHOUT_ARTICLES = frozenset({Kind.ABOUT_ARCHIVE, Kind.HELP})


class Chain:
    """Answers one question; `session` is with the language model, None without one."""

    def __init__(
        self, tools: Tools, session: Session | None, filters: Filters, k: int, kind: Kind | None
    ) -> None:
        """With `kind` the question is answered as one of that kind."""
        self._builder = AnswerBuilder()
        self._tools = replace(tools, lap=self._builder.lap)
        self._session, self._filters, self._k, self._kind = session, filters, k, kind
        self._writer = None if session is None else Writer(tools.archive, session)

    def events(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """All events, the answer last; `history` holds the turns before, oldest first."""
        plan = yield from self._plan(question, history)
        yield Asked(plan.question, plan.question != question.strip())
        yield from self._answer_parts(plan, history)
        usage = None if self._session is None else self._session.usage
        yield Done(self._builder.build(question, plan.question, self._filters, usage))

    def _plan(self, question: str, history: Sequence[Turn]) -> Generator[Event, None, Plan]:
        if self._kind_of(question) in _WITHOUT_ARTICLES:
            return _unplanned(question)
        if self._writer is not None:
            try:
                plan = self._writer.plan(question.strip(), history)
                self._builder.lap("plan")
                return plan
            except LLMError as error:
                yield from self._drop_writer(error)
        return _unplanned(understand(question, history).question)

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
        return classify(question, self._tools.archive.embedder).kind

    def _answer_part(self, question: str) -> Iterator[Event]:
        builder, kind = self._builder, self._kind_of(question)
        builder.kind = kind if builder.kind is None else builder.kind
        inquiry = Inquiry(question, self._filters, self._k)
        for finding in method_for(kind)(inquiry, self._tools):
            match finding:
                case Evidence():
                    yield from self._add_evidence(finding)
                    if self._writer is not None and finding.hits:
                        outcome = yield from self._write(self._writer, finding)
                        if outcome is not Outcome.UNSUPPORTED:
                            return
                case PartBegins(part):
                    yield Step(part)
                    builder.begin_part(part)
                case Draft():
                    yield from self._add_draft(finding)
                case Statement() | Verdict():
                    builder.state(finding)
                case Conflict() | Notice():
                    yield from builder.add(finding)

    def _add_evidence(self, evidence: Evidence) -> Iterator[Event]:
        found = evidence.found
        yield Found(found.hits)
        self._builder.add_reading(found.hits, evidence.reading, found.revision)
        for notice in _notices(self._tools.archive, found, self._filters):
            yield from self._builder.add(notice)

    def _add_draft(self, draft: Draft) -> Iterator[Event]:
        with self._tools.archive.record.snapshot() as snapshot:
            claim = make_claim(snapshot, draft, self._builder.hits)
        yield from self._builder.add(claim)
        self._builder.lap("read")

    def _write(self, writer: Writer, evidence: Evidence) -> Generator[Event, None, Outcome]:
        builder, outcome = self._builder, Outcome.UNSUPPORTED
        try:
            for item in writer.write(evidence.question, evidence.hits, evidence.reading):
                if isinstance(item, Outcome):
                    outcome = item
                    continue
                if isinstance(item, Claim):
                    builder.mark("first_claim")
                yield from builder.add(item)
        except LLMError as error:
            yield from self._drop_writer(error)
            # Claims that were shown before stay.
            outcome = Outcome.STATED if builder.part_is_answered else Outcome.UNSUPPORTED
        else:
            if outcome is Outcome.UNSUPPORTED:
                yield from builder.add(_UNSUPPORTED)
        builder.lap("write")
        if outcome is not Outcome.UNSUPPORTED and self._session is not None:
            builder.mode = f"llm:{self._session.usage.model}"
        return outcome

    def _drop_writer(self, error: LLMError) -> Iterator[Event]:
        """Goes on without the language model."""
        self._writer = None
        message = f"{error.message} {error.hint}".strip()
        yield from self._builder.add(
            Notice("degraded", f"{message} From here on, quotes alone are the answer.")
        )


def _unplanned(question: str) -> Plan:
    return Plan(question.strip(), (question.strip(),), False)


def _notices(archive: Archive, retrieved: Retrieved, filters: Filters) -> Iterator[Notice]:
    if number := retrieved.undated:
        articles = "1 article has" if number == 1 else f"{number} articles have"
        yield Notice(
            "undated",
            f"{articles} no known date and were left out; --include-undated lets them in.",
        )
    if not retrieved.hits:
        yield Notice("empty", _why_empty(archive, filters))


def _why_empty(archive: Archive, filters: Filters) -> str:
    with archive.record.snapshot() as snapshot:
        if not snapshot.counts()["articles"]:
            return "The archive is empty. Fill it with: byline ingest"
        publishers = snapshot.publishers()
    wanted = filters.publisher
    if wanted is not None and wanted.casefold() not in {name.casefold() for name in publishers}:
        known = ", ".join(publishers[:10]) or "none is named"
        return f"No article is from {wanted}. Publishers: {known}."
    return "No article passes the filters."
