"""What a user calls a language model -> who provides it, which model, and where it is reached.

    ollama:qwen3:8b                       a model that Ollama has pulled; OLLAMA_HOST says where it runs
    openai:gpt-4o-mini                    OPENAI_API_KEY, and OPENAI_BASE_URL where it is not OpenAI's own address
    anthropic:claude-sonnet-4-5           ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL
    anthropic+citations:claude-sonnet-4-5 the same, citing by Anthropic's own means instead of by the numbers of sentences
    http://127.0.0.1:8080/v1              a server of the OpenAI protocol (llama.cpp, vLLM), with the first model it names
    http://127.0.0.1:8080/v1#qwen3-8b     the same, with one of its models

Nothing is contacted here, and no name holds a key. Standard library only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from rag.errors import UsageError

Provider = Literal["ollama", "openai", "anthropic", "http"]

KEY_VARIABLES: Final[dict[Provider, str]] = {
    "ollama": "OLLAMA_API_KEY",
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "http": "BYLINE_LLM_KEY",
}
_ADDRESSES: Final[dict[Provider, tuple[str, str]]] = {
    "openai": ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
}
_CITATIONS = "+citations"
_OLLAMA_PORT = 11434
_PORTS = {"http": 80, "https": 443}
_HINT = "Write for example ollama:qwen3:8b, openai:gpt-4o-mini, anthropic:claude-sonnet-4-5 or http://127.0.0.1:8080/v1."


@dataclass(frozen=True, slots=True)
class ModelName:
    """A language model by name. `model` is None where the server is asked for it; `url` is where requests go; `cites` by its provider's own
    means. Make one with `parse`.
    """

    typed: str
    provider: Provider
    model: str | None
    url: str
    cites: bool = False

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
        before, colon, model = text.partition(":")
        if not colon:
            raise UsageError(f"{text!r} does not say who provides the model.", hint=_HINT)
        cites = before == f"anthropic{_CITATIONS}"
        bare = before.removesuffix(_CITATIONS) if cites else before
        provider = next((known for known in KEY_VARIABLES if known == bare != "http"), None)
        if provider is None:
            raise UsageError(
                f"{before!r} is not a provider of language models that is known here.", hint=_HINT
            )
        if not model or model.split() != [model]:
            raise UsageError(f"{text!r} does not name a model.", hint=_HINT)
        return cls(
            text,
            provider,
            model,
            _ollama() if provider == "ollama" else _address(*_ADDRESSES[provider]),
            cites,
        )

    def __str__(self) -> str:
        return self.typed

    @property
    def loopback(self) -> bool:
        """Whether the server that is spoken to runs on this machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def passed_on(self) -> bool:
        """Whether Ollama does not run the model itself but hands it to its cloud."""
        return self.provider == "ollama" and (self.model or "").endswith(("-cloud", ":cloud"))

    @property
    def local(self) -> bool:
        """Whether no text leaves this machine."""
        return self.loopback and not self.passed_on


def _server(text: str) -> ModelName:
    parts = _split(text, "The address")
    if parts.scheme not in _PORTS or parts.query:
        raise UsageError(f"{text!r} is not the address of a server.", hint=_HINT)
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return ModelName(text, "http", parts.fragment or None, f"{parts.scheme}://{parts.netloc}{path}")


def _address(variable: str, usual: str) -> str:
    url = os.environ.get(variable, "").strip()
    if not url:
        return usual
    if _split(url, variable).scheme not in _PORTS:
        raise UsageError(
            f"{variable} is not the address of a server.", hint=f"It looks like {usual}"
        )
    return url.rstrip("/")


def _ollama() -> str:
    """OLLAMA_HOST as Ollama reads it: the scheme, the port and the host may each be left out."""
    given = os.environ.get("OLLAMA_HOST", "").strip()
    parts = _split(given if "://" in given else f"http://{given}", "OLLAMA_HOST", bare=True)
    if parts.scheme not in _PORTS:
        raise UsageError(
            "OLLAMA_HOST is not the address of a server.",
            hint="It looks like http://127.0.0.1:11434",
        )
    # The server's own setting may say that it listens everywhere, which is no place to send to.
    host = "127.0.0.1" if parts.hostname in (None, "0.0.0.0", "::") else parts.hostname
    port = parts.port or (_PORTS[parts.scheme] if "://" in given else _OLLAMA_PORT)
    return f"{parts.scheme}://{f'[{host}]' if ':' in str(host) else host}:{port}{parts.path.rstrip('/')}"


def _split(url: str, what: str, *, bare: bool = False) -> SplitResult:
    """The parts of an address. What is wrong with it is told without showing it where it may hold a password."""
    if "@" in url.partition("#")[0]:
        raise UsageError(
            f"{what} holds a user name or password.",
            hint=f"Keys come from the environment: {', '.join(KEY_VARIABLES.values())}.",
        )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{what} {url!r} cannot be read: {error}", hint=_HINT) from error
    if not parts.hostname and not bare:
        raise UsageError(f"{what} {url!r} names no host.", hint=_HINT)
    return parts
