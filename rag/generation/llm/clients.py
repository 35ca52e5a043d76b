"""Connects to the model of a provider for one request.

An LLM of llama-index gets temperature 0, no thinking where that can be switched off, no retries of
its own, and a key that stands in none of its fields. Closing the connection cuts the reply off.
This module is the home of the providers' client packages; they are imported with the first request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from rag.errors import LLMError, LLMTooLong
from rag.generation.llm.dialects import MAX_THOUGHT_TOKENS, MAX_WRITTEN_TOKENS
from rag.generation.llm.exceptions import FEWER_PASSAGES, WrongReply
from rag.generation.llm.model_name import ModelName, key_of

if TYPE_CHECKING:
    from httpx import Client, Response
    from llama_index.core.llms import LLM
    from openai import OpenAI

_CONNECT_S = 10.0
# llama-index's classes print and pass on their fields: the key is in the client alone.
_NO_KEY = "-"
# Ollama reads what fits into the window that it is asked for and drops the beginning without a
# word. English has more bytes a token than this.
_BYTES_PER_TOKEN = 3
_USUAL_WINDOW = 8192


def connected(name: ModelName, timeout_s: float, size: int) -> AbstractContextManager[LLM]:
    """The model, for a request of `size` bytes.

    :raises LLMError: if the server names no model, or the request is more than the model can read.
    """
    match name.provider:
        case "ollama":
            return _ollama(name, timeout_s, size)
        case "anthropic":
            return _anthropic(name, timeout_s)
        case "openai" | "http":
            return _openai(name, timeout_s)


@contextmanager
def _openai(name: ModelName, timeout_s: float) -> Iterator[LLM]:
    # For OpenAI too: the class of its own refuses every model that is newer than the class.
    from llama_index.core.callbacks import CallbackManager
    from llama_index.llms.openai_like import OpenAILike
    from openai import DefaultHttpxClient, OpenAI

    with OpenAI(**_client_options(name, timeout_s, DefaultHttpxClient)) as client:
        if name.provider == "http":
            # The account's names, which the client takes from the environment, are for OpenAI.
            client.organization = client.project = None
        own_client: dict[str, Any] = {"openai_client": client}
        yield OpenAILike(
            **own_client,
            model=name.model or _first_model(client, name),
            api_base=name.url,
            api_key=_NO_KEY,
            is_chat_model=True,
            max_retries=0,
            temperature=0.0,
            reasoning_effort="low",
            callback_manager=CallbackManager([]),
        )


def _first_model(client: OpenAI, name: ModelName) -> str:
    models: list[Any] = getattr(client.models.list(), "data", None) or []
    if not models:
        hint = f"Name one: {name}#the-model"
        raise LLMError(f"{name} does not say which models it has.", hint=hint)
    return str(models[0].id)


@contextmanager
def _anthropic(name: ModelName, timeout_s: float) -> Iterator[LLM]:
    from anthropic import Anthropic as AnthropicClient
    from anthropic import DefaultHttpxClient
    from llama_index.llms.anthropic import Anthropic

    with AnthropicClient(**_client_options(name, timeout_s, DefaultHttpxClient)) as client:
        llm = Anthropic(
            model=name.model or "",
            max_tokens=MAX_THOUGHT_TOKENS,
            temperature=0.0,
            thinking_dict={"type": "disabled"},
            max_retries=0,
            api_key=_NO_KEY,
            base_url=name.url,
        )
        try:
            _ = llm.metadata
        except ValueError:
            update = "pip install -U llama-index-llms-anthropic"
            hint = f"Check the name of the model, or get a newer list: {update}"
            raise LLMError(f"{name} is no model that llama-index knows.", hint=hint) from None
        # The class takes no client, and makes one that cannot be closed.
        llm._client = client
        yield llm


@contextmanager
def _ollama(name: ModelName, timeout_s: float, size: int) -> Iterator[LLM]:
    from llama_index.core.callbacks import CallbackManager
    from llama_index.llms.ollama import Ollama
    from ollama import Client

    timeout = (min(_CONNECT_S, timeout_s), timeout_s, timeout_s, timeout_s)
    with Client(host=name.url, timeout=timeout, **name.direct) as client:
        model = name.model or ""
        yield Ollama(
            model=model,
            base_url=name.url,
            client=client,
            context_window=_window(name, client.show(model).modelinfo or {}, size),
            temperature=0.0,
            thinking=False,
            additional_kwargs={"num_predict": MAX_WRITTEN_TOKENS},
            callback_manager=CallbackManager([]),
        )


def _window(name: ModelName, info: Mapping[str, Any], size: int) -> int:
    """The window to ask Ollama for: the usual one, doubled until the request fits."""
    lengths = (int(value) for key, value in info.items() if key.endswith(".context_length"))
    most = next(lengths, _USUAL_WINDOW)
    wanted = size // _BYTES_PER_TOKEN + MAX_WRITTEN_TOKENS
    if wanted > most:
        message = f"The passages are more than the {most} tokens that {name} can read at once."
        raise LLMTooLong(message, hint=FEWER_PASSAGES)
    window = _USUAL_WINDOW
    while window < wanted:
        window *= 2
    return min(window, most)


def _client_options(name: ModelName, timeout_s: float, http_client: type[Client]) -> dict[str, Any]:
    """The options that the clients of OpenAI and Anthropic have in common."""
    from httpx import Timeout

    hooks = {"response": [_check_stream]}
    return {
        "api_key": key_of(name) or _NO_KEY,
        "base_url": name.url,
        "max_retries": 0,
        "timeout": Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        "http_client": http_client(**name.direct, event_hooks=hooks),
    }


def _check_stream(response: Response) -> None:
    """Refuses what the clients would read as an empty stream: an error as JSON, a page of HTML."""
    media_type = response.headers.get("content-type", "")
    may_be_stream = "json" not in media_type and "html" not in media_type
    if response.status_code != 200 or response.request.method != "POST" or may_be_stream:
        return
    response.read()
    if response.text.lstrip().startswith(("data:", "event:")):
        return
    try:
        body = response.json()
    except ValueError:
        body = None
    raise WrongReply(body if isinstance(body, dict) and body.get("error") else None)
