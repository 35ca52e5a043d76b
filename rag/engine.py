"""Answers questions from an archive: the composition root of archive, readers and language model.

`Engine` is what people hold; `rag.chain` takes one question from its wording to its Answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Unpack, cast

from rag.answer import Answer
from rag.answering.findings import Tools
from rag.chain import Chain
from rag.conversation.turn import Turn
from rag.events import Done, Event, Found
from rag.explanation import Explanation, explanation_of
from rag.generation.llm.types import LanguageModel
from rag.generation.session import Session
from rag.model import AnswerValues, FilterOptions, Filters, Hit, Kind, Query, Reader
from rag.reading.reader import TrainedReader
from rag.retrieval.rerank import Reranker
from rag.retrieval.retrieve import retrieve
from rag.store.archive import Archive

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


class Engine:
    """Answers questions from one archive; safe to share between threads.

    >>> Engine(archive).ask("Who runs the port?", since="2024-10").text  # doctest: +SKIP
    'Owen Tarrant took over the port in July.'
    """

    def __init__(
        self,
        archive: Archive,
        *,
        reader: Reader | None = None,
        reranker: Reranker | None = None,
        threshold: float | None = None,
        llm: LanguageModel | LLM | str | None = None,
    ) -> None:
        """Composes an engine; nothing is loaded before the first question.

        `reader` is by default the one that ships. `reranker` reorders the passages before they
        are read. Above `threshold`, a chance of no answer in [0, 1], the engine abstains; by
        default it is the reader's own. `llm` writes the claims: a name such as `ollama:qwen3:8b`,
        or an LLM of llama-index; without one, claims are the quotes themselves.

        :raises UsageError: if `llm` names no model, or its package or key is missing.
        """
        self._archive = archive
        self._reader = reader or TrainedReader()
        self._reranker = reranker
        self._threshold = self._reader.threshold if threshold is None else threshold
        self._llm = None if llm is None else _model_of(llm)

    @property
    def llm(self) -> str | None:
        """The name of the language model, None without one."""
        return None if self._llm is None else self._llm.name

    def quoting(self) -> Engine:
        """The same engine without its language model."""
        return Engine(
            self._archive, reader=self._reader, reranker=self._reranker, threshold=self._threshold
        )

    def ask(  # noqa: PLR0913
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int = 10,
        kind: Kind | None = None,
        use_dates: bool = True,
        **more_filters: Unpack[FilterOptions],
    ) -> Answer:
        """Answers from the best `k` passages.

        `history` are the turns before the question, oldest first. Filters are given one by one
        (`since="2024-10"`, `publisher="The Ledger"`) or as one value. The form of the answer
        follows from the question unless `kind` gives it. A period that the question names ("in
        August") is preferred, or required where it is that of publication ("published in
        August"), unless `use_dates` is false; `Answer.period` has it. Where a language model
        fails, the quotes alone are the answer and a notice says what happened.

        :raises ValueError: if the question is empty, `k` is below 1, or a date is none.
        :raises ArchiveError: if the archive cannot be read.
        :raises ModelError: if a model is missing or cannot be loaded.
        """
        chosen = filters.with_options(**more_filters)
        for event in self.stream(
            question, history=history, filters=chosen, k=k, kind=kind, use_dates=use_dates
        ):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with the answer")

    async def aask(  # noqa: PLR0913
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int = 10,
        kind: Kind | None = None,
        use_dates: bool = True,
        **more_filters: Unpack[FilterOptions],
    ) -> Answer:
        """Answers as `ask` does, in a thread of its own."""
        chosen = filters.with_options(**more_filters)
        asked = partial(
            self.ask,
            question,
            history=history,
            filters=chosen,
            k=k,
            kind=kind,
            use_dates=use_dates,
        )
        return await asyncio.to_thread(asked)

    def stream(  # noqa: PLR0913
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int = 10,
        kind: Kind | None = None,
        use_dates: bool = True,
    ) -> Iterator[Event]:
        """Yields what happens on the way to the answer, and the answer last; close it to cancel.

        Arguments and errors are those of `ask`.
        """
        query = Query(question, filters, k)
        tools = Tools(self._archive, self._reader, self._reranker, self._threshold)
        session = None if self._llm is None else Session(self._llm, self._archive.replies_folder)
        yield from Chain(tools, session, query, kind=kind, use_dates=use_dates).events(history)

    def explain(
        self, answer: AnswerValues, *, history: Sequence[Turn] = (), k: int = 10
    ) -> Explanation:
        """Explains an answer: asks its question again, and keeps what is found and read on the way.

        `history` and `k` are those that the answer was asked with. A language model is not asked
        again; what it wrote and the checks refused stands in the answer.

        :raises ArchiveError: if the archive cannot be read.
        :raises ModelError: if a model is missing or cannot be loaded.
        """
        stands_alone = answer.question.strip() == answer.asked_as.strip()
        found = list[Found]()
        for event in self.quoting().stream(
            answer.question,
            history=() if stands_alone else history,
            filters=answer.filters,
            k=k,
            kind=answer.kind,
            use_dates=answer.period is not None,
        ):
            match event:
                case Found():
                    found.append(event)
                case Done(again):
                    return explanation_of(answer, again, found, self._reader, self._threshold)
        raise AssertionError("a stream ends with the answer")

    def search(
        self,
        text: str,
        *,
        filters: Filters = Filters(),
        k: int = 10,
        **more_filters: Unpack[FilterOptions],
    ) -> tuple[Hit, ...]:
        """Finds the best `k` passages for a text, best first.

        :raises ValueError: if the text is empty, `k` is below 1, or a date is none.
        :raises ArchiveError: if the archive cannot be read.
        """
        return retrieve(self._archive, Query(text, filters.with_options(**more_filters), k)).hits

    def chat(self) -> Chat:
        """Starts a conversation."""
        return Chat(self)


class Chat:
    """A conversation: each question is understood after the turns before it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.history: list[Turn] = []

    def ask(
        self,
        question: str,
        *,
        k: int = 10,
        kind: Kind | None = None,
        use_dates: bool = True,
        **filters: Unpack[FilterOptions],
    ) -> Answer:
        """Answers as `Engine.ask` does, and remembers the turn."""
        answer = self._engine.ask(
            question, history=self.history, k=k, kind=kind, use_dates=use_dates, **filters
        )
        self.history.append(Turn.of(answer))
        return answer


def _model_of(llm: LanguageModel | LLM | str) -> LanguageModel:
    from rag.generation.llm.providers import language_model, llamaindex_model

    if isinstance(llm, str):
        return language_model(llm)
    # Only llama-index's have `stream_chat`; models of one's own may have a name and a `stream`.
    return llamaindex_model(cast("LLM", llm)) if hasattr(llm, "stream_chat") else llm
