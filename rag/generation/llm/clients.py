"""The llama-index LLM of a named model, connected for one request: close it, and the line is cut.

In go a ModelName and the environment's keys; out comes an LLM with temperature 0, no thinking where that is a switch, no retries of its
own, and a key that stands in no field of it. It knows neither prompts nor what a failure means. The home of the providers' clients; none
is imported before a request is made.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from rag.errors import LLMError, LLMTooLong, UsageError
from rag.generation.llm.failures import WrongReply
from rag.generation.llm.model_name import KEY_VARIABLES, ModelName, Provider

if TYPE_CHECKING:
    from httpx import Response
    from llama_index.core.llms import LLM
    from openai import OpenAI

_PACKAGES: Final[dict[Provider, tuple[str, str]]] = {
    "openai": ("openai_like", "openai"),
    "http": ("openai_like", "openai"),
    "ollama": ("ollama", "ollama"),
    "anthropic": ("anthropic", "anthropic"),
}
_CONNECT_S = 10.0
# What stands in the fields of llama-index's classes, which print and pass on what they hold.
_NO_KEY = "-"
_MOST_WRITTEN = 8192
# Ollama reads what it is told to make room for and silently drops the rest, from the beginning. English has more bytes a token than this.
_BYTES_A_TOKEN = 3
_REPLY_TOKENS = 1024
_USUAL_WINDOW = 8192


def check(name: ModelName) -> None:
    """Whether a model can be spoken to at all, as far as that can be told without contacting anybody.

    :raises UsageError: if a package or a key is missing.
    """
    module, extra = _PACKAGES[name.provider]
    if not _installed(f"llama_index.llms.{module}"):
        raise UsageError(
            f"{name} needs a package that is not installed.",
            hint=f"Install it with: pip install 'byline[{extra}]'",
        )
    variable = KEY_VARIABLES[name.provider]
    if name.provider in ("openai", "anthropic") and not _key(name):
        raise UsageError(
            f"{name} needs a key, and {variable} is not set.",
            hint=f"Set it with: export {variable}=…",
        )


def connected(name: ModelName, timeout_s: float, size: int) -> AbstractContextManager[LLM]:
    """The model, for a request of `size` bytes.

    :raises LLMError: if the server names no model, or the request is more than the model can read.
    """
    ways: dict[Provider, Callable[[ModelName, float, int], AbstractContextManager[LLM]]] = {
        "openai": _openai,
        "http": _openai,
        "ollama": _ollama,
        "anthropic": _anthropic,
    }
    return ways[name.provider](name, timeout_s, size)


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _key(name: ModelName) -> str:
    return os.environ.get(KEY_VARIABLES[name.provider], "").strip()


@contextmanager
def _openai(name: ModelName, timeout_s: float, size: int) -> Iterator[LLM]:  # noqa: ARG001
    # The class for servers of the protocol, for OpenAI too: the other one refuses every model that is newer than itself.
    from llama_index.core.callbacks import CallbackManager
    from llama_index.llms.openai_like import OpenAILike
    from openai import DefaultHttpxClient, OpenAI, Timeout

    with OpenAI(
        api_key=_key(name) or _NO_KEY,
        base_url=name.url,
        max_retries=0,
        timeout=Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        http_client=DefaultHttpxClient(**_direct(name), event_hooks={"response": [_check_stream]}),
    ) as client:
        if name.provider == "http":
            # The account's names, which the client takes from the environment, are for OpenAI alone.
            client.organization = client.project = None
        ours: dict[str, Any] = {"openai_client": client}
        yield OpenAILike(
            **ours,
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
        raise LLMError(
            f"{name} does not say which models it has.", hint=f"Name one: {name}#the-model"
        )
    return str(models[0].id)


@contextmanager
def _anthropic(name: ModelName, timeout_s: float, size: int) -> Iterator[LLM]:  # noqa: ARG001
    from anthropic import Anthropic as Client
    from anthropic import DefaultHttpxClient, Timeout
    from llama_index.llms.anthropic import Anthropic

    with Client(
        api_key=_key(name),
        base_url=name.url,
        max_retries=0,
        timeout=Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        http_client=DefaultHttpxClient(**_direct(name), event_hooks={"response": [_check_stream]}),
    ) as client:
        llm = Anthropic(
            model=name.model or "",
            max_tokens=_MOST_WRITTEN,
            temperature=0.0,
            thinking_dict={"type": "disabled"},
            max_retries=0,
            api_key=_NO_KEY,
            base_url=name.url,
        )
        try:
            _ = llm.metadata
        except ValueError:
            hint = "Check the name of the model, or get a newer list: pip install -U llama-index-llms-anthropic"
            raise LLMError(f"{name} is no model that llama-index knows.", hint=hint) from None
        # The class takes no client of ours, and makes one that cannot be closed.
        llm._client = client
        yield llm


@contextmanager
def _ollama(name: ModelName, timeout_s: float, size: int) -> Iterator[LLM]:
    from llama_index.core.callbacks import CallbackManager
    from llama_index.llms.ollama import Ollama
    from ollama import Client

    connect_s = min(_CONNECT_S, timeout_s)
    with Client(
        host=name.url, timeout=(connect_s, timeout_s, timeout_s, timeout_s), **_direct(name)
    ) as client:
        model = name.model or ""
        yield Ollama(
            model=model,
            base_url=name.url,
            client=client,
            context_window=_window(name, client.show(model).modelinfo or {}, size),
            temperature=0.0,
            thinking=False,
            callback_manager=CallbackManager([]),
        )


def _window(name: ModelName, info: Mapping[str, Any], size: int) -> int:
    """How many tokens Ollama makes room for: the usual, doubled until the request fits, and never more than the model can read."""
    most = next(
        (int(value) for key, value in info.items() if key.endswith(".context_length")),
        _USUAL_WINDOW,
    )
    wanted = size // _BYTES_A_TOKEN + _REPLY_TOKENS
    if wanted > most:
        hint = "Ask with fewer passages, or a larger model."
        raise LLMTooLong(
            f"The passages are more than the {most} tokens that {name} can read at once.", hint=hint
        )
    window = _USUAL_WINDOW
    while window < wanted:
        window *= 2
    return min(window, most)


def _direct(name: ModelName) -> dict[str, Any]:
    """Servers on this machine are reached without the proxies that the environment names."""
    return {"mounts": dict.fromkeys(("all://", "http://", "https://"))} if name.loopback else {}


def _check_stream(response: Response) -> None:
    """Refuses a reply that is no stream though its status is good: the clients would read it as one with nothing in it."""
    kind = response.headers.get("content-type", "")
    if (
        response.status_code != 200
        or response.request.method != "POST"
        or not ("json" in kind or "html" in kind)
    ):
        return
    response.read()
    if response.text.lstrip().startswith(("data:", "event:")):
        return
    raise WrongReply(_body(response))


def _body(response: Response) -> object:
    """The JSON of an error, or else the text."""
    try:
        body = response.json()
    except ValueError:
        return response.text
    return body if isinstance(body, dict) and body.get("error") else response.text
