"""Reads what a user calls a language model: its provider, its name there, and its address.

    ollama:qwen3:8b                       a model that Ollama has pulled, at OLLAMA_HOST
    openai:gpt-4o-mini                    needs OPENAI_API_KEY; at OPENAI_BASE_URL where that is set
    anthropic:claude-sonnet-4-5           needs ANTHROPIC_API_KEY; at ANTHROPIC_BASE_URL
    http://127.0.0.1:8080/v1              a server of OpenAI's protocol (llama.cpp, vLLM), its first
                                          model
    http://127.0.0.1:8080/v1#qwen3-8b     one of its models

No server is contacted, and no name holds a key. Standard library only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, Literal
from urllib.parse import SplitResult, urlsplit

from rag.errors import UsageError

Provider = Literal["ollama", "openai", "anthropic", "http"]

KEY_VARIABLES: Final[dict[Provider, str]] = {
    "ollama": "OLLAMA_API_KEY",
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "http": "BYLINE_LLM_KEY",
}
_OLLAMA_PORT = 11434
_PORTS = {"http": 80, "https": 443}
_HINT = (
    "Write for example ollama:qwen3:8b, openai:gpt-4o-mini, anthropic:claude-sonnet-4-5 "
    "or http://127.0.0.1:8080/v1."
)


@dataclass(frozen=True, slots=True)
class ModelName:
    """A language model by name; made by `parse`.

    `model` is None where the server is asked for it. `url` is the address of the server.
    """

    typed: str
    provider: Provider
    model: str | None
    url: str

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """Reads what a user typed.

        >>> ModelName.parse("http://127.0.0.1:8080/v1#qwen3-8b").model
        'qwen3-8b'

        :raises UsageError: if it names no provider, no model or no address, or holds a password.
        """
        text = text.strip()
        if "://" in text.partition("#")[0]:
            return _server(text)
        prefix, colon, model = text.partition(":")
        if not colon:
            raise UsageError(f"{text!r} does not say who provides the model.", hint=_HINT)
        provider: Provider
        match prefix:
            case "ollama":
                provider, url = "ollama", _ollama_url()
            case "openai":
                provider, url = "openai", _url_from("OPENAI_BASE_URL", "https://api.openai.com/v1")
            case "anthropic":
                url = _url_from("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
                provider = "anthropic"
            case _:
                message = f"{prefix!r} is not a known provider of language models."
                raise UsageError(message, hint=_HINT)
        if not model or model.split() != [model]:
            raise UsageError(f"{text!r} does not name a model.", hint=_HINT)
        return cls(text, provider, model, url)

    def __str__(self) -> str:
        return self.typed

    @property
    def loopback(self) -> bool:
        """Whether the server runs on this machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def direct(self) -> dict[str, Any]:
        """Arguments of httpx: a server on this machine is reached without the usual proxies."""
        return {"mounts": dict.fromkeys(("all://", "http://", "https://"))} if self.loopback else {}


def key_of(name: ModelName) -> str:
    """The key for a model, from the environment; empty where there is none."""
    return os.environ.get(KEY_VARIABLES[name.provider], "").strip()


def _server(text: str) -> ModelName:
    parts = _split(text, "The address")
    if parts.query:
        raise UsageError(f"{text!r} is not the address of a server.", hint=_HINT)
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return ModelName(text, "http", parts.fragment or None, f"{parts.scheme}://{parts.netloc}{path}")


def _url_from(variable: str, default: str) -> str:
    url = os.environ.get(variable, "").strip()
    if not url:
        return default
    _split(url, variable)
    return url.rstrip("/")


def _ollama_url() -> str:
    """Reads OLLAMA_HOST as Ollama does: the scheme, the port and the host may be missing."""
    given = os.environ.get("OLLAMA_HOST", "").strip()
    has_scheme = "://" in given
    parts = _split(given if has_scheme else f"http://{given}", "OLLAMA_HOST", bare=True)
    # The server's own setting may be "all interfaces", which is no address to send to.
    host = "127.0.0.1" if parts.hostname in (None, "0.0.0.0", "::") else parts.hostname
    port = parts.port or (_PORTS[parts.scheme] if has_scheme else _OLLAMA_PORT)
    netloc = f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def _split(url: str, what: str, *, bare: bool = False) -> SplitResult:
    """The parts of a server's address, which may lack its host if `bare`.

    An error does not show one that may hold a password.
    """
    if "@" in url.partition("#")[0]:
        hint = f"Keys come from the environment: {', '.join(KEY_VARIABLES.values())}."
        raise UsageError(f"{what} holds a user name or password.", hint=hint)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{what} {url!r} cannot be read: {error}", hint=_HINT) from error
    if parts.scheme not in _PORTS or not (parts.hostname or bare):
        raise UsageError(f"{what} {url!r} is not the address of a server.", hint=_HINT)
    return parts
