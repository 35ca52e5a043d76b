"""The language models people run, through llama-index: Ollama, servers of the OpenAI protocol, OpenAI, Anthropic, or an LLM of one's own.

In go messages and a schema; out come the pieces of a reply and its Tokens. What fails is raised as an LLMError in words for people; what
may succeed a second time is asked once more, as long as nothing was written. It knows neither prompts nor what the replies mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from rag.errors import LLMError
from rag.generation.anthropic_citations import CitedReply
from rag.generation.llm.clients import check, connected
from rag.generation.llm.dialects import Dialect, dialect_for, dialect_of
from rag.generation.llm.failures import Peer, broken_off, fault
from rag.generation.llm.model_name import ModelName
from rag.generation.llm.types import Message, Tokens

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

# A model that never comes to an end is cut off; each piece is a token or more.
_MOST_PIECES: Final = 20_000
_CUT_SHORT = ("length", "max_tokens", "model_context_window_exceeded")
_WITHHELD = ("content_filter", "refusal")


class LlamaIndexModel:
    """Any llama-index LLM as a LanguageModel. Those of OpenAI, Ollama and Anthropic, and what stands on them, are held to the schema."""

    def __init__(self, llm: LLM, name: str | None = None) -> None:
        called = name or str(
            llm.metadata.model_name if llm.metadata.model_name != "unknown" else llm.class_name()
        )
        self._asking = _Asking(Peer(called), dialect_of(llm), lambda _size: nullcontext(llm))

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self._asking.peer.name

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any]
    ) -> Iterator[str | Tokens]:
        """The reply, piece by piece; see `LanguageModel.stream`.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        return self._asking.stream(messages, schema)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class ProviderModel(LlamaIndexModel):
    """A model by name, connected anew for each request. Make one with `language_model`."""

    def __init__(self, name: ModelName, *, timeout_s: float) -> None:
        peer = Peer(str(name), name.provider, name.model, name.url, timeout_s)
        self._asking = _Asking(
            peer, dialect_for(name.provider), partial(connected, name, timeout_s)
        )
        self.local = name.local
        """Whether no text leaves this machine."""
        self.cites = name.cites
        """Whether it may be given documents, and cites them by its provider's own means."""


def language_model(name: str, *, timeout_s: float = 120.0) -> ProviderModel:
    """The language model of that name, such as `ollama:qwen3:8b`. Nobody is contacted before something is asked of it.

    :param timeout_s: the longest silence, before the reply and between its pieces.
    :raises UsageError: if the name says too little, or a package or a key is missing.
    """
    parsed = ModelName.parse(name)
    check(parsed)
    return ProviderModel(parsed, timeout_s=timeout_s)


class _Asking:
    """One peer, its dialect, and what it has refused so far, which later requests leave out from the start."""

    def __init__(
        self, peer: Peer, dialect: Dialect, connect: Callable[[int], AbstractContextManager[LLM]]
    ) -> None:
        self.peer = peer
        self._dialect = dialect
        self._connect = connect
        self._refused: set[str] = set()

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any]
    ) -> Iterator[str | Tokens]:
        refused, asked_again = set(self._refused), False
        while True:
            written = False
            try:
                with closing(self._once(messages, schema, refused)) as pieces:
                    for piece in pieces:
                        written = True
                        yield piece
                self._refused |= refused
                return
            except Exception as error:
                trouble = fault(error, self.peer)
            # Raised out here, an error has no cause that could show a request with its key.
            if written:
                raise trouble.error
            if trouble.refused is not None and (
                more := self._dialect.refused(trouble.refused, refused)
            ):
                refused |= more
            elif trouble.again_s is not None and not asked_again:
                asked_again = True
                time.sleep(trouble.again_s)
            else:
                raise trouble.error

    def _once(
        self, messages: Sequence[Message], schema: Mapping[str, Any], refused: Collection[str]
    ) -> Generator[str | Tokens]:
        size = sum(len(message.text.encode()) for message in messages)
        documents = [document for message in messages for document in message.documents]
        cited = CitedReply(documents) if documents else None
        tokens, end, written = None, None, False
        with self._connect(size) as llm:
            replies = llm.stream_chat(
                _chat(messages), **self._dialect.arguments({} if cited else schema, refused)
            )
            for count, reply in enumerate(replies):
                if count == _MOST_PIECES:
                    raise LLMError(
                        f"{self.peer.name} wrote without end.", hint="Use another model."
                    )
                if text := cited.feed(reply.raw or {}) if cited else reply.delta:
                    written = True
                    yield text
                tokens = self._dialect.tokens(reply) or tokens
                end = self._dialect.end(reply) or end
        self._check_end(end, written=written)
        if tokens is not None:
            yield tokens

    def _check_end(self, end: str | None, *, written: bool) -> None:
        name = self.peer.name
        if end in _WITHHELD:
            raise LLMError(f"{name} withheld its reply ({end}).", hint="Use another model.")
        if end in _CUT_SHORT:
            hint = "Ask with fewer passages, or a larger model."
            raise LLMError(
                f"{name} was cut short: its reply was longer than it may write.", hint=hint
            )
        if self._dialect.ends and end is None and written:
            raise broken_off(self.peer)
        if not written:
            raise LLMError(f"{name} sent an empty reply.", hint="Ask again, or use another model.")


def _chat(messages: Sequence[Message]) -> list[ChatMessage]:
    from llama_index.core.base.llms.types import ChatMessage, CitableBlock, MessageRole, TextBlock

    found = []
    for message in messages:
        documents = [
            CitableBlock(
                title=item.heading,
                source=f"article {number}",
                content=[TextBlock(text=said) for _, said in item.sentences],
            )
            for number, item in enumerate(message.documents, start=1)
        ]
        found.append(
            ChatMessage(
                role=MessageRole(message.role), blocks=[*documents, TextBlock(text=message.text)]
            )
        )
    return found
