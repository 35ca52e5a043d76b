"""The way of one question: understood -> passages -> reading -> checked claims -> Answer, as events.

Every quote is checked against the record at the moment it is made; a claim whose quote fails is taken out with it and kept as rejected.
Where there is a language model it takes long questions apart and writes the claims; where it fails, the quotes alone are the answer.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.assembly import Asked, Assembly, Done, Event, Found, Step
from rag.conversation.rewrite import understand
from rag.conversation.turn import Turn
from rag.errors import LLMError
from rag.generation.prompts import MOST_PARTS
from rag.generation.replies import Plan
from rag.generation.session import Session
from rag.generation.writer import Outcome, Writer
from rag.model import Claim, Filters, Hit, Notice, Query, Reader, Reading, Rejected
from rag.quotes import Claimed, Refusal, Versions, make_quote, outlets_of
from rag.reading.excerpt import Excerpt, excerpts, short_answer
from rag.retrieval.rerank import RERANKED, Reranker
from rag.retrieval.retrieve import Retrieved, retrieve
from rag.store.archive import Archive

# A claim after the first is shown where it is at least this likely, compared with the first.
_SHOWN_SHARE = 0.1
_MAX_CLAIMS = 3
_MOST_ROUNDS = 2
_UNBORNE = Notice(
    "degraded",
    "Nothing that the language model wrote was borne out by the articles; these are their quotes alone.",
)


class Parts(NamedTuple):
    """What a chain works with."""

    archive: Archive
    reader: Reader
    reranker: Reranker | None
    threshold: float


class Chain:
    """One question on its way."""

    def __init__(self, parts: Parts, session: Session | None, filters: Filters, k: int) -> None:
        """`session` is with the language model, where there is one."""
        self._parts, self._session, self._filters, self._k = parts, session, filters, k
        self._writer = None if session is None else Writer(parts.archive, session)
        self._told = Assembly()

    def events(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """All events, the answer last."""
        told = self._told
        plan = yield from self._planned(question, history)
        yield Asked(plan.question, plan.question != question.strip())
        yield from self._rounds(plan, history)
        usage = None if self._session is None else self._session.usage
        yield Done(told.answer(question, plan.question, self._filters, usage))

    # ------------------------------------------------------------ what is asked

    def _planned(self, question: str, history: Sequence[Turn]) -> Generator[Event, None, Plan]:
        if self._writer is not None:
            try:
                plan = self._writer.plan(question.strip(), history)
                self._told.clock("plan")
                return plan
            except LLMError as error:
                yield from self._failed(error)
        alone = understand(question, history).question.strip()
        return Plan(alone, (alone,), False)

    def _rounds(self, plan: Plan, history: Sequence[Turn]) -> Iterator[Event]:
        """Looks up each part; where a model said that more would have to be asked after them, once more what it asks then."""
        several, looked_up = plan.more or len(plan.parts) > 1, list[tuple[str, str]]()
        parts = plan.parts
        for left in reversed(range(_MOST_ROUNDS)):
            for part in parts:
                if several:
                    yield Step(part)
                yield from self._looked_up(Query(part, self._filters, self._k))
                looked_up.append((part, self._told.part(part)))
            if not left or self._writer is None or not plan.more or len(looked_up) >= MOST_PARTS:
                return
            try:
                parts = self._writer.plan(plan.question, history, looked_up).parts
            except LLMError as error:
                yield from self._failed(error)
                return

    def _failed(self, error: LLMError) -> Iterator[Event]:
        """From here on without the model."""
        self._writer = None
        message = f"{error.message} {error.hint}".strip()
        yield from self._told.tell(
            Notice("degraded", f"{message} From here on, quotes alone are the answer.")
        )

    # ------------------------------------------------------------ one part

    def _looked_up(self, query: Query) -> Iterator[Event]:
        told = self._told
        retrieved = self._retrieve(query)
        told.clock("retrieve")
        yield Found(retrieved.hits)
        reading = self._parts.reader.read(query.text, retrieved.hits)
        told.read(retrieved.hits, reading, retrieved.revision)
        for notice in self._notices(retrieved, query.filters):
            yield from told.tell(notice)
        told.clock("read")
        outcome = Outcome.UNBORNE
        if self._writer is not None and retrieved.hits:
            outcome = yield from self._written(self._writer, query.text, retrieved.hits, reading)
            told.clock("write")
        if outcome is Outcome.UNBORNE:
            for claim in self._claims(reading, retrieved.hits):
                yield from told.tell(claim)
            told.clock("read")

    def _written(
        self, writer: Writer, question: str, hits: tuple[Hit, ...], reading: Reading
    ) -> Generator[Event, None, Outcome]:
        told, outcome = self._told, Outcome.UNBORNE
        try:
            for item in writer.write(question, hits, reading):
                if isinstance(item, Outcome):
                    outcome = item
                    continue
                if isinstance(item, Claim):
                    told.mark("first_claim")
                yield from told.tell(item)
        except LLMError as error:
            yield from self._failed(error)
            # What was told before stands.
            outcome = Outcome.STATED if told.answering else Outcome.UNBORNE
        else:
            if outcome is Outcome.UNBORNE:
                yield from told.tell(_UNBORNE)
        if outcome is not Outcome.UNBORNE and self._session is not None:
            told.mode = f"llm:{self._session.usage.model}"
        return outcome

    def _retrieve(self, query: Query) -> Retrieved:
        if self._parts.reranker is None:
            return retrieve(self._parts.archive, query)
        found = retrieve(self._parts.archive, replace(query, k=max(query.k, RERANKED)))
        return found._replace(hits=self._parts.reranker.rerank(query.text, found.hits)[: query.k])

    def _claims(self, reading: Reading, hits: tuple[Hit, ...]) -> Iterator[Claim | Rejected]:
        if not reading.candidates or reading.p_none > self._parts.threshold:
            return
        least = _SHOWN_SHARE * reading.candidates[0].score
        # All before the first is told: a stream may be read from several threads, which an open record may not.
        with self._parts.archive.record.snapshot() as record:
            shown = [
                candidate
                for candidate in reading.candidates[:_MAX_CLAIMS]
                if candidate.score >= least
            ]
            claims = [_claim(record, excerpt, hits) for excerpt in excerpts(shown, hits)]
        yield from claims

    def _notices(self, retrieved: Retrieved, filters: Filters) -> tuple[Notice, ...]:
        notices = []
        if retrieved.undated:
            articles = (
                "1 article has" if retrieved.undated == 1 else f"{retrieved.undated} articles have"
            )
            notices.append(
                Notice(
                    "undated",
                    f"{articles} no known date and were left out; include_undated lets them in.",
                )
            )
        if not retrieved.hits:
            notices.append(Notice("empty", self._why_empty(filters)))
        return tuple(notices)

    def _why_empty(self, filters: Filters) -> str:
        with self._parts.archive.record.snapshot() as record:
            if not record.counts()["articles"]:
                return "The archive is empty. Fill it with: byline ingest"
            publishers = record.publishers()
        if filters.publisher is not None and filters.publisher.casefold() not in {
            name.casefold() for name in publishers
        }:
            known = ", ".join(publishers[:10]) or "none is named"
            return f"No article is from {filters.publisher}. Publishers: {known}."
        return "No article passes the filters."


def _claim(record: Versions, excerpt: Excerpt, hits: tuple[Hit, ...]) -> Claim | Rejected:
    """In extractive mode a claim says exactly what its quote says."""
    (candidate, span), article = excerpt, excerpt.candidate.article
    text = article.text[span.start : span.end]
    claimed = Claimed(article.article_id, article.version, span.start, span.end, text)
    quote = make_quote(record, claimed, outlets=outlets_of(article, text, hits))
    if isinstance(quote, Refusal):
        return Rejected(text, quote.reason)
    return Claim(
        quote.text,
        (quote,),
        confidence=candidate.score,
        support=1.0,
        answer=short_answer(candidate, (quote,)),
    )
