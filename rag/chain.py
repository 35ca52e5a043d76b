"""Takes one question from its wording to its Answer and yields an event at each step.

    question -> plan -> for each part: passages -> reading -> claims -> Answer

A language model, where there is one, completes follow-ups, takes long questions apart and writes
the claims. Where it fails, the best sentences are quoted instead, as without a model.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.answer_builder import AnswerBuilder
from rag.conversation.rewrite import understand
from rag.conversation.turn import Turn
from rag.errors import LLMError
from rag.events import Asked, Done, Event, Found, Step
from rag.generation.prompts import MAX_PARTS, Exchange
from rag.generation.replies import Plan
from rag.generation.session import Session
from rag.generation.writer import Outcome, Writer
from rag.model import Claim, Filters, Hit, Notice, Query, Reader, Reading, Rejected
from rag.quotes import make_claim
from rag.reading.excerpt import quoting_drafts
from rag.retrieval.rerank import RERANKED, Reranker
from rag.retrieval.retrieve import Retrieved, retrieve
from rag.store.archive import Archive

# A claim after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.1
_MAX_CLAIMS = 3
_MAX_ROUNDS = 2
_UNSUPPORTED = Notice(
    "degraded",
    "The articles support nothing that the language model wrote; quotes alone are the answer.",
)


class Components(NamedTuple):
    """What a question is answered with; above `threshold`, a chance of no answer, it abstains."""

    archive: Archive
    reader: Reader
    reranker: Reranker | None
    threshold: float


class Chain:
    """Answers one question; `session` is with the language model, None without one."""

    def __init__(
        self, components: Components, session: Session | None, filters: Filters, k: int
    ) -> None:
        self._components, self._session, self._filters, self._k = components, session, filters, k
        self._writer = None if session is None else Writer(components.archive, session)
        self._builder = AnswerBuilder()

    def events(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """All events, the answer last; `history` holds the turns before, oldest first."""
        plan = yield from self._plan(question, history)
        yield Asked(plan.question, plan.question != question.strip())
        yield from self._answer_parts(plan, history)
        usage = None if self._session is None else self._session.usage
        yield Done(self._builder.build(question, plan.question, self._filters, usage))

    def _plan(self, question: str, history: Sequence[Turn]) -> Generator[Event, None, Plan]:
        if self._writer is not None:
            try:
                plan = self._writer.plan(question.strip(), history)
                self._builder.lap("plan")
                return plan
            except LLMError as error:
                yield from self._drop_writer(error)
        standalone = understand(question, history).question.strip()
        return Plan(standalone, (standalone,), False)

    def _answer_parts(self, plan: Plan, history: Sequence[Turn]) -> Iterator[Event]:
        """Answers each part; then, once, the parts that need the answers to the first ones."""
        several, parts = plan.more or len(plan.parts) > 1, plan.parts
        answered: list[Exchange] = []
        for rounds_left in reversed(range(_MAX_ROUNDS)):
            for part in parts:
                if several:
                    yield Step(part)
                yield from self._answer_part(Query(part, self._filters, self._k))
                answered.append(Exchange(part, self._builder.finish_part(part)))
            done = not rounds_left or not plan.more or len(answered) >= MAX_PARTS
            if done or self._writer is None:
                return
            try:
                parts = self._writer.plan(plan.question, history, answered).parts
            except LLMError as error:
                yield from self._drop_writer(error)
                return

    def _answer_part(self, query: Query) -> Iterator[Event]:
        builder = self._builder
        retrieved = self._retrieve(query)
        builder.lap("retrieve")
        yield Found(retrieved.hits)
        reading = self._components.reader.read(query.text, retrieved.hits)
        builder.add_reading(retrieved.hits, reading, retrieved.revision)
        for notice in _notices(self._components.archive, retrieved, query.filters):
            yield from builder.add(notice)
        builder.lap("read")
        outcome = Outcome.UNSUPPORTED
        if self._writer is not None and retrieved.hits:
            outcome = yield from self._write(self._writer, query.text, retrieved.hits, reading)
            builder.lap("write")
        if outcome is Outcome.UNSUPPORTED:
            for claim in _quote_best(self._components, retrieved.hits, reading):
                yield from builder.add(claim)
            builder.lap("read")

    def _retrieve(self, query: Query) -> Retrieved:
        archive, reranker = self._components.archive, self._components.reranker
        if reranker is None:
            return retrieve(archive, query)
        retrieved = retrieve(archive, replace(query, k=max(query.k, RERANKED)))
        return retrieved._replace(hits=reranker.rerank(query.text, retrieved.hits)[: query.k])

    def _write(
        self, writer: Writer, question: str, hits: Sequence[Hit], reading: Reading
    ) -> Generator[Event, None, Outcome]:
        builder, outcome = self._builder, Outcome.UNSUPPORTED
        try:
            for item in writer.write(question, hits, reading):
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


def _quote_best(
    components: Components, hits: Sequence[Hit], reading: Reading
) -> list[Claim | Rejected]:
    """Claims that are the best sentences themselves; none where the reader abstains."""
    if not reading.candidates or reading.p_none > components.threshold:
        return []
    least = _SHOWN_SHARE * reading.candidates[0].score
    shown = [item for item in reading.candidates[:_MAX_CLAIMS] if item.score >= least]
    # All at once: events may be read from several threads, which an open snapshot may not.
    with components.archive.record.snapshot() as snapshot:
        return [make_claim(snapshot, draft, hits) for draft in quoting_drafts(shown, hits)]


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
