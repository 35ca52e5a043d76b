"""The chain, start to end: question -> passages -> reading -> checked claims -> Answer. The composition root.

In go an archive and questions, with the turns before them; out come events as they happen and, last, the Answer. Every quote is
checked against the record at the moment it is made; a claim whose quote fails is taken out with it and kept as rejected.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.archive import Archive
from rag.conversation import Turn, understand
from rag.excerpt import Excerpt, excerpts
from rag.model import (
    Answer,
    Article,
    Candidate,
    Claim,
    Filters,
    Hit,
    Notice,
    Query,
    Quote,
    Reader,
    Reading,
    Rejected,
    ShortAnswer,
    Status,
)
from rag.quotes import Claimed, Refusal, Versions, make_quote
from rag.reading.reader import TrainedReader
from rag.rerank import RERANKED, Reranker
from rag.retrieve import Retrieved, retrieve

# A claim after the first is shown where it is at least this likely, compared with the first.
_SHOWN_SHARE = 0.1
_MAX_CLAIMS = 3
_MAX_CANDIDATES = 20
_NOT_IN_ARTICLES = "The articles do not say."


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it was understood: a follow-up as it stands alone."""

    question: str
    follow_up: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The passages that were read."""

    passages: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim whose quotes stand in the record."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something the person should know."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Done:
    """The answer as a whole; always the last event."""

    answer: Answer


Event = Asked | Found | Checked | Noticed | Done


class Engine:
    """Answers questions from one archive. Safe to share between threads."""

    def __init__(
        self, archive: Archive, *, reader: Reader | None = None, reranker: Reranker | None = None, threshold: float | None = None
    ) -> None:
        """`reader` defaults to the one that ships; `reranker` orders the passages anew before they are read; above `threshold`, a chance
        that none of the passages answers, the engine abstains; it defaults to the reader's own.
        """
        self._archive = archive
        self._reader = reader or TrainedReader()
        self._reranker = reranker
        self._threshold = self._reader.threshold if threshold is None else threshold

    def ask(self, question: str, *, history: Sequence[Turn] = (), filters: Filters = Filters(), k: int = 10) -> Answer:
        """The answer from the best `k` passages; `history` holds the turns before the question, oldest first.

        :raises ValueError: if the question is empty or `k` below 1.
        :raises ArchiveError: if the archive cannot be read.
        :raises ModelError: if a model is missing or cannot be loaded.
        """
        for event in self.stream(question, history=history, filters=filters, k=k):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with the answer")

    def stream(self, question: str, *, history: Sequence[Turn] = (), filters: Filters = Filters(), k: int = 10) -> Iterator[Event]:
        """The question as understood, passages, claims as each is checked, notices, and at last the Answer. Close it to cancel.

        With `history` (the turns before, oldest first) a follow-up is asked as it stands alone; the answer says both.

        :raises ValueError: if the question is empty or `k` below 1.
        :raises ArchiveError: if the archive cannot be read.
        :raises ModelError: if a model is missing or cannot be loaded.
        """
        understood = understand(question, history)
        query = Query(understood.question.strip(), filters, k)
        yield Asked(query.text, understood.follow_up)
        start = time.perf_counter()
        retrieved = self._retrieve(query)
        yield Found(retrieved.hits)
        middle = time.perf_counter()
        reading = self._reader.read(query.text, retrieved.hits)
        notices = self._notices(retrieved, filters)
        yield from (Noticed(notice) for notice in notices)
        claims, rejected = [], []
        for claim in self._claims(reading, retrieved.hits):
            if isinstance(claim, Rejected):
                rejected.append(claim)
                continue
            claims.append(claim)
            yield Checked(claim)
        end = time.perf_counter()
        yield Done(
            Answer(
                id=uuid.uuid4().hex,
                question=question,
                asked_as=query.text,
                filters=filters,
                status=Status.ANSWERED if claims else Status.NOT_IN_ARTICLES,
                mode="extractive",
                text=" ".join(claim.text for claim in claims) or _NOT_IN_ARTICLES,
                confidence=reading.candidates[0].score if reading.candidates else 0.0,
                archive_revision=retrieved.revision,
                claims=tuple(claims),
                candidates=reading.candidates[:_MAX_CANDIDATES],
                passages=retrieved.hits,
                rejected=tuple(rejected),
                notices=notices,
                timings_ms={"retrieve": 1e3 * (middle - start), "read": 1e3 * (end - middle)},
            )
        )

    def _retrieve(self, query: Query) -> Retrieved:
        if self._reranker is None:
            return retrieve(self._archive, query)
        found = retrieve(self._archive, replace(query, k=max(query.k, RERANKED)))
        return found._replace(hits=self._reranker.rerank(query.text, found.hits)[: query.k])

    def _claims(self, reading: Reading, hits: tuple[Hit, ...]) -> Iterator[Claim | Rejected]:
        if not reading.candidates or reading.p_none > self._threshold:
            return
        least = _SHOWN_SHARE * reading.candidates[0].score
        # All before the first is told: a stream may be read from several threads, which an open record may not.
        with self._archive.record.snapshot() as record:
            shown = [candidate for candidate in reading.candidates[:_MAX_CLAIMS] if candidate.score >= least]
            claims = [_claim(record, excerpt, hits) for excerpt in excerpts(shown, hits)]
        yield from claims

    def _notices(self, retrieved: Retrieved, filters: Filters) -> tuple[Notice, ...]:
        notices = []
        if retrieved.undated:
            articles = "1 article has" if retrieved.undated == 1 else f"{retrieved.undated} articles have"
            notices.append(Notice("undated", f"{articles} no known date and were left out; include_undated lets them in."))
        if not retrieved.hits:
            notices.append(Notice("empty", self._why_empty(filters)))
        return tuple(notices)

    def _why_empty(self, filters: Filters) -> str:
        with self._archive.record.snapshot() as record:
            if not record.counts()["articles"]:
                return "The archive is empty. Fill it with: byline ingest"
            publishers = record.publishers()
        if filters.publisher is not None and filters.publisher.casefold() not in {name.casefold() for name in publishers}:
            known = ", ".join(publishers[:10]) or "none is named"
            return f"No article is from {filters.publisher}. Publishers: {known}."
        return "No article passes the filters."


def _claim(record: Versions, excerpt: Excerpt, hits: tuple[Hit, ...]) -> Claim | Rejected:
    """In extractive mode a claim says exactly what its quote says."""
    (candidate, span), article = excerpt, excerpt.candidate.article
    text = article.text[span.start : span.end]
    claimed = Claimed(article.article_id, article.version, span.start, span.end, text)
    quote = make_quote(record, claimed, outlets=_outlets(article, text, hits))
    if isinstance(quote, Refusal):
        return Rejected(text, quote.reason)
    return Claim(quote.text, (quote,), confidence=candidate.score, support=1.0, answer=_short_answer(candidate, quote))


def _short_answer(candidate: Candidate, quote: Quote) -> ShortAnswer | None:
    answer, article = candidate.answer, candidate.article
    if answer is None or not quote.start <= answer.start < answer.end <= quote.end:
        return None
    return ShortAnswer(article.text[answer.start : answer.end], article.article_id, article.version, answer.start, answer.end)


def _outlets(article: Article, text: str, hits: tuple[Hit, ...]) -> tuple[str, ...]:
    """Who else among the passages has the very same words: their publisher, or their source where that is not known."""
    others = (hit.article for hit in hits if hit.article.article_id != article.article_id and text in hit.article.text)
    return tuple(dict.fromkeys(other.publisher or other.source for other in others))
