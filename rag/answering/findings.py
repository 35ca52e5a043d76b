"""Defines what a way of answering gets and what it finds.

Every kind of question has a module with one function, `answer(inquiry, tools)`, that yields
findings in the order in which they are shown. `rag.chain` makes claims, events and the Answer of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from rag.model import (
    Conflict,
    Filters,
    Hit,
    Notice,
    Period,
    Query,
    Reader,
    Reading,
    Status,
    Verdict,
)
from rag.news.conflicts import Position, make_conflict, positions_on
from rag.news.periods import last_reports, preferring_period, reports_of
from rag.quotes import Draft
from rag.retrieval.rerank import RERANKED, Reranker
from rag.retrieval.retrieve import Retrieved, retrieve
from rag.retrieval.screening import screened
from rag.store.archive import Archive


class Inquiry(NamedTuple):
    """A question that stands alone, and where to look: the best `k` passages that pass filters.

    `context` has the words of the last turn if the question was a follow-up: they are searched for
    beside those of the question.
    """

    question: str
    filters: Filters = Filters()
    k: int = 10
    context: str = ""

    def about(self, question: str) -> Inquiry:
        """The same inquiry with another question."""
        return self._replace(question=question)


@dataclass(frozen=True, slots=True)
class Tools:
    """What questions are answered with; a chance of no answer above `threshold` means none.

    Passages and sentences of `period` are preferred.
    """

    archive: Archive
    reader: Reader
    reranker: Reranker | None
    threshold: float
    lap: Callable[[str], None] = lambda _: None
    """Called with `retrieve` or `read` when that is done, to measure how long it took."""
    period: Period | None = None

    def find(self, inquiry: Inquiry, *, k: int | None = None) -> Retrieved:
        """The best passages for the question, `inquiry.k` or more of them with `k`."""
        query = Query(inquiry.question, inquiry.filters, max(k or 0, inquiry.k))
        if self.reranker is None:
            found = self._search(query, inquiry.context)
        else:
            found = self._search(replace(query, k=max(query.k, RERANKED)))
            hits = self.reranker.rerank(query.text, found.hits)[: query.k]
            found = found._replace(hits=hits)
        screen = screened(found.hits, self.archive.embedder)
        self.lap("retrieve")
        return found._replace(hits=screen.hits, withheld=screen.withheld)

    def _search(self, query: Query, context: str = "") -> Retrieved:
        """What the query finds, in turn with what it finds in the period and with the context.

        Without a period in the question, `as_of` asks for what was reported last before it.
        """
        found = retrieve(self.archive, query)
        searches = [found]
        period = reports_of(query.filters, self.period) if self.period else None
        if then := period or last_reports(query.filters):
            searches.insert(0, retrieve(self.archive, replace(query, filters=then)))
        if context:
            beside = replace(query, text=f"{query.text} {context}")
            searches.append(retrieve(self.archive, beside))
        return found._replace(hits=taken_in_turn(*searches)) if len(searches) > 1 else found

    def read(self, inquiry: Inquiry, *, k: int | None = None) -> Evidence:
        """Finds passages and reads them."""
        return self.read_found(inquiry.question, self.find(inquiry, k=k))

    def read_found(self, question: str, found: Retrieved) -> Evidence:
        """Reads passages that were found before, also for another question."""
        reading = self.reader.read(question, found.hits)
        if self.period is not None:
            reading = preferring_period(reading, self.period)
        self.lap("read")
        return Evidence(question, found, reading)

    def conflicts(self, evidence: Evidence) -> Iterator[Conflict]:
        """The conflict between the articles' answers to one question, if there is one."""
        positions = positions_on(evidence.question, evidence.reading)
        if found := self.conflict_of(positions, evidence):
            yield found

    def conflict_of(self, positions: Sequence[Position], evidence: Evidence) -> Conflict | None:
        """The conflict between these answers; None where fewer than two can be quoted."""
        with self.archive.record.snapshot() as snapshot:
            return make_conflict(snapshot, evidence.question, positions, evidence.hits)

    def abstains(self, reading: Reading) -> bool:
        """Whether the passages more likely than not hold no answer."""
        return not reading.candidates or reading.p_none > self.threshold


def taken_in_turn(*found: Retrieved) -> tuple[Hit, ...]:
    """The passages of several searches, one of each in turn, each passage once."""
    hits: dict[str, Hit] = {}
    for same_rank in zip_longest(*(search.hits for search in found)):
        for hit in filter(None, same_rank):
            hits.setdefault(hit.chunk.chunk_id, hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits.values(), start=1))


class Evidence(NamedTuple):
    """The passages that were read for a question, and what the reader made of them."""

    question: str
    found: Retrieved
    reading: Reading

    @property
    def hits(self) -> Sequence[Hit]:
        return self.found.hits


class PartBegins(NamedTuple):
    """What follows answers this part of the question."""

    question: str


class Statement(NamedTuple):
    """An answer in Byline's own words, about one revision of the archive, or help."""

    status: Status
    text: str
    revision: int


Finding: TypeAlias = Evidence | Draft | Conflict | Notice | Verdict | PartBegins | Statement
Answering: TypeAlias = Callable[[Inquiry, Tools], Iterator[Finding]]
