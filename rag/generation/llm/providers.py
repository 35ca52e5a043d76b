"""Makes the language model of a name, or of an LLM of llama-index.

Byline reaches Ollama, servers of OpenAI's protocol, OpenAI and Anthropic. Failures are raised as
LLMError; a request that may succeed later is sent once more, as long as nothing was written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from rag.errors import LLMError, UsageError
from rag.generation.llm.clients import connected
from rag.generation.llm.dialects import (
    ChatProtocol,
    chat_arguments,
    end_of,
    protocol_of,
    refused_arguments,
    tokens_of,
)
from rag.generation.llm.exceptions import FEWER_PASSAGES, Peer, broken_off, failure
from rag.generation.llm.model_name import KEY_VARIABLES, ModelName, key_of
from rag.generation.llm.servers import served_model
from rag.generation.llm.types import Message, Tokens, Waiting

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

# Cuts off a model that never comes to an end; each piece is a token or more.
_MAX_PIECES: Final = 10_000
_LOADING_POLL_S = 1.0
_USUAL_TIMEOUT_S = 120.0
_CUT_SHORT = ("length", "max_tokens", "model_context_window_exceeded")
_WITHHELD = ("content_filter", "refusal")


class ProviderModel:
    """A LanguageModel behind llama-index; made by `language_model` or `llamaindex_model`.

    `connect` opens the LLM for a request of that many bytes. Arguments that the server refused are
    left out of later requests.
    """

    def __init__(
        self,
        peer: Peer,
        protocol: ChatProtocol,
        connect: Callable[[int], AbstractContextManager[LLM]],
        *,
        served: Callable[[], str | None] | None = None,
    ) -> None:
        """`served` asks which model a server has; None where the name says it."""
        self._peer, self._protocol, self._connect, self._served = peer, protocol, connect, served
        self._refused: set[str] = set()

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self._peer.name

    def identity(self) -> str | None:
        """The name, with the model that the server has; None if the server does not say."""
        if self._served is None:
            return self.name
        served = self._served()
        if served is None or served == self._peer.model:
            return None if served is None else self.name
        return f"{self.name} ({served.rpartition('/')[2]})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any]
    ) -> Iterator[str | Tokens | Waiting]:
        """The reply, piece by piece; see `LanguageModel.stream`.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        refused, retried, loading = set(self._refused), False, False
        patience_s = self._peer.timeout_s or _USUAL_TIMEOUT_S
        begun = time.monotonic()
        while True:
            written = False
            try:
                with closing(self._request(messages, schema, refused)) as pieces:
                    for piece in pieces:
                        written = True
                        yield piece
                self._refused |= refused
                return
            except Exception as error:
                failed = failure(error, self._peer)
            # Raised here, an error has no context that could show a request with its key.
            if written:
                raise failed.error
            if failed.refusal is not None and (
                more := refused_arguments(self._protocol, failed.refusal, refused)
            ):
                refused |= more
            elif failed.loading and time.monotonic() - begun < patience_s:
                if not loading:
                    yield Waiting(f"{self.name} is loading its model.")
                loading = True
                time.sleep(min(_LOADING_POLL_S, patience_s / 4))
            elif failed.retry_after_s is not None and not retried:
                retried = True
                time.sleep(failed.retry_after_s)
            else:
                raise failed.error

    def _request(
        self, messages: Sequence[Message], schema: Mapping[str, Any], refused: Collection[str]
    ) -> Generator[str | Tokens]:
        size = sum(len(message.text.encode()) for message in messages)
        arguments = chat_arguments(self._protocol, schema, refused)
        tokens, end, written = None, None, False
        with self._connect(size) as llm:
            for count, reply in enumerate(llm.stream_chat(_chat(messages), **arguments)):
                if count == _MAX_PIECES:
                    raise LLMError(f"{self.name} wrote without end.", hint="Use another model.")
                if text := reply.delta:
                    written = True
                    yield text
                tokens = tokens_of(self._protocol, reply) or tokens
                end = end_of(self._protocol, reply) or end
        self._check_end(end, written=written)
        if tokens is not None:
            yield tokens

    def _check_end(self, end: str | None, *, written: bool) -> None:
        if end in _WITHHELD:
            raise LLMError(f"{self.name} withheld its reply ({end}).", hint="Use another model.")
        if end in _CUT_SHORT:
            message = f"{self.name} was cut short: its reply was longer than it may write."
            raise LLMError(message, hint=FEWER_PASSAGES)
        if self._protocol is not None and end is None and written:
            raise broken_off(self._peer)
        if not written:
            hint = "Ask again, or use another model."
            raise LLMError(f"{self.name} sent an empty reply.", hint=hint)


def language_model(name: str, *, timeout_s: float = _USUAL_TIMEOUT_S) -> ProviderModel:
    """The language model of that name, such as `ollama:qwen3:8b`, connected anew for each request.

    :param timeout_s: the longest silence, before the reply and between its pieces.
    :raises UsageError: if the name says too little, or a package or a key is missing.
    """
    parsed = ModelName.parse(name)
    _check_installed(parsed)
    variable = KEY_VARIABLES[parsed.provider]
    if parsed.provider in ("openai", "anthropic") and not key_of(parsed):
        hint = f"Set it with: export {variable}=…"
        raise UsageError(f"{parsed} needs a key, and {variable} is not set.", hint=hint)
    return ProviderModel(
        Peer(str(parsed), parsed.provider, parsed.model, parsed.url, timeout_s),
        parsed.provider,
        partial(connected, parsed, timeout_s),
        served=partial(served_model, parsed, timeout_s)
        if parsed.provider in ("http", "ollama")
        else None,
    )


def llamaindex_model(llm: LLM, name: str | None = None) -> ProviderModel:
    """Any LLM of llama-index as a LanguageModel.

    Those of OpenAI, Ollama and Anthropic, and those that extend them, are held to the schema.
    """
    own_name = llm.metadata.model_name
    called = name or str(own_name if own_name != "unknown" else llm.class_name())
    return ProviderModel(Peer(called), protocol_of(llm), lambda _size: nullcontext(llm))


def _check_installed(name: ModelName) -> None:
    module = "openai_like" if name.provider in ("openai", "http") else name.provider
    try:
        installed = find_spec(f"llama_index.llms.{module}") is not None
    except ModuleNotFoundError:
        installed = False
    if not installed:
        extra = "openai" if name.provider == "http" else name.provider
        hint = f"Install it with: pip install 'byline[{extra}]'"
        raise UsageError(f"{name} needs a package that is not installed.", hint=hint)


def _chat(messages: Sequence[Message]) -> list[ChatMessage]:
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    return [ChatMessage(role=MessageRole(item.role), content=item.text) for item in messages]
