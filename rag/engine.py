"""Questions in, Answers out: the engine that people hold. The composition root, where archive, reader, reranker and language model meet.

In go an archive and questions, with the turns before them; out come events as they happen and, last, the Answer. `chain.py` has the way
that one question goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from rag.chain import Chain, Components
from rag.conversation.turn import Turn
from rag.events import Asked, Checked, Differing, Done, Event, Found, Noticed, Step
from rag.generation.llm.types import LanguageModel
from rag.generation.session import Session
from rag.answer import Answer
from rag.model import (Filters, Query, Reader)
from rag.reading.reader import TrainedReader
from rag.retrieval.rerank import Reranker
from rag.store.archive import Archive

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

__all__ = ["Asked", "Checked", "Differing", "Done", "Engine", "Event", "Found", "Noticed", "Step"]


class Engine:
    """Answers questions from one archive. Safe to share between threads."""

    def __init__(
        self,
        archive: Archive,
        *,
        reader: Reader | None = None,
        reranker: Reranker | None = None,
        threshold: float | None = None,
        llm: LanguageModel | LLM | str | None = None,
    ) -> None:
        """`reader` defaults to the one that ships; `reranker` orders the passages anew before they are read; above `threshold`, a chance
        that none of the passages answers, the engine abstains; it defaults to the reader's own. `llm` writes the claims: a name such as
        `ollama:qwen3:8b`, or any LLM of llama-index; without one, claims are the quotes themselves.

        :raises UsageError: if `llm` is no name of a model, or its package or key is missing.
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

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int = 10,
    ) -> Answer:
        """The answer from the best `k` passages; `history` holds the turns before the question, oldest first. A language model that fails
        is no error: the quotes alone are the answer then, and a notice says what happened.

        :raises ValueError: if the question is empty or `k` below 1.
        :raises ArchiveError: if the archive cannot be read.
        :raises ModelError: if a model is missing or cannot be loaded.
        """
        for event in self.stream(question, history=history, filters=filters, k=k):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with the answer")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int = 10,
    ) -> Iterator[Event]:
        """The question as understood, passages, claims as each is checked, conflicts, notices, and at last the Answer. Close it to cancel.

        With `history` (the turns before, oldest first) a follow-up is asked as it stands alone; the answer says both.

        :raises ValueError: if the question is empty or `k` below 1.
        :raises ArchiveError: if the archive cannot be read.
        :raises ModelError: if a model is missing or cannot be loaded.
        """
        Query(question, filters, k)
        components = Components(self._archive, self._reader, self._reranker, self._threshold)
        session = None if self._llm is None else Session(self._llm, self._archive.replies_folder)
        yield from Chain(components, session, filters, k).events(question, history)


def _model_of(llm: LanguageModel | LLM | str) -> LanguageModel:
    from rag.generation.llm.providers import language_model, llamaindex_model

    if isinstance(llm, str):
        return language_model(llm)
    # By what only llama-index's have: a name and a `stream` of another kind they may have, too.
    return llamaindex_model(cast("LLM", llm)) if hasattr(llm, "stream_chat") else llm
