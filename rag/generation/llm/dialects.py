"""How each provider is asked for JSON that keeps to a schema, and how its replies tell tokens and their end, in llama-index's terms.

In go schemas and llama-index's pieces of a reply; out come arguments for `stream_chat`, Tokens and reasons for ending. It knows no address,
no key and no errors. Nothing heavy is imported before a request is made.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from rag.generation.llm.model_name import Provider
from rag.generation.llm.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatResponse
    from llama_index.core.llms import LLM


class Dialect(ABC):
    """One provider's way. `optional` names the arguments that a server may refuse, each with the words it would refuse it in; the first
    is the one that holds the reply to the schema. `ends` says whether a whole reply always tells its end."""

    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    ends: ClassVar[bool] = True

    @abstractmethod
    def arguments(self, schema: Mapping[str, Any], refused: Collection[str]) -> dict[str, Any]:
        """What `stream_chat` is given, without what was refused before. Where the schema is empty, the reply may have any form."""

    @abstractmethod
    def tokens(self, piece: ChatResponse) -> Tokens | None:
        """What the request took, where this piece tells it."""

    @abstractmethod
    def end(self, piece: ChatResponse) -> str | None:
        """Why the reply ends, where this piece is its end."""

    def refused(self, words: str, before: Collection[str]) -> set[str]:
        """The arguments that a refusal speaks of, or else the first; none where all of these were left out already."""
        words = words.lower()
        meant = {
            name for name, signs in self.optional.items() if any(sign in words for sign in signs)
        } or set(list(self.optional)[:1])
        return meant.difference(before)


class Plain(Dialect):
    """An LLM of which nothing more is known than that it is llama-index's: the prompt alone asks for JSON."""

    ends = False

    def arguments(self, schema: Mapping[str, Any], refused: Collection[str]) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def tokens(self, piece: ChatResponse) -> Tokens | None:
        told = piece.additional_kwargs
        return _tokens(told.get("prompt_tokens"), told.get("completion_tokens"))

    def end(self, piece: ChatResponse) -> str | None:  # noqa: ARG002
        return None


class OpenAIDialect(Dialect):
    """Chat completions at OpenAI."""

    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "response_format": ("response_format", "json_schema", "schema", "grammar"),
        "stream_options": ("stream_options",),
        "temperature": ("temperature",),
        "reasoning_effort": ("reasoning_effort", "reasoning.effort"),
    }

    def arguments(self, schema: Mapping[str, Any], refused: Collection[str]) -> dict[str, Any]:
        from openai import NOT_GIVEN

        return {**self._wanted(schema), **dict.fromkeys(refused, NOT_GIVEN)}

    def _wanted(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        form = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)},
        }
        return {"response_format": form, "stream_options": {"include_usage": True}}

    def tokens(self, piece: ChatResponse) -> Tokens | None:
        usage = getattr(piece.raw, "usage", None)
        return _tokens(
            getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
        )

    def end(self, piece: ChatResponse) -> str | None:
        choices = getattr(piece.raw, "choices", None)
        return choices[0].finish_reason if choices else None


class ServerDialect(OpenAIDialect):
    """The same protocol at servers of one's own, which let models think aloud unless told otherwise."""

    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **OpenAIDialect.optional,
        "extra_body": ("chat_template_kwargs",),
    }

    def _wanted(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **super()._wanted(schema),
            "extra_body": {"chat_template_kwargs": {"enable_thinking": False}},
        }


class OllamaDialect(Dialect):
    """Ollama's own protocol."""

    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {"format": ("format", "schema", "grammar")}

    def arguments(self, schema: Mapping[str, Any], refused: Collection[str]) -> dict[str, Any]:
        return {} if "format" in refused else {"format": dict(schema)}

    def tokens(self, piece: ChatResponse) -> Tokens | None:
        raw = piece.raw or {}
        return _tokens(raw.get("prompt_eval_count"), raw.get("eval_count"))

    def end(self, piece: ChatResponse) -> str | None:
        raw = piece.raw or {}
        return (raw.get("done_reason") or "stop") if raw.get("done") else None


class AnthropicDialect(Dialect):
    """Anthropic's messages."""

    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "output_config": (
            "output_config",
            "output_format",
            "output format",
            "structured output",
            "schema",
        ),
        "thinking": ("thinking",),
        "temperature": ("temperature",),
    }

    def arguments(self, schema: Mapping[str, Any], refused: Collection[str]) -> dict[str, Any]:
        from anthropic import NOT_GIVEN, transform_schema

        # The service knows no bounds on numbers and lengths; they go into descriptions. It does not cite in JSON.
        form = (
            {
                "output_config": {
                    "format": {"type": "json_schema", "schema": transform_schema(dict(schema))}
                }
            }
            if schema
            else {}
        )
        return {**form, **dict.fromkeys(refused, NOT_GIVEN)}

    def tokens(self, piece: ChatResponse) -> Tokens | None:
        usage = piece.message.additional_kwargs.get("usage") or {}
        return _tokens(usage.get("input_tokens"), usage.get("output_tokens"))

    def end(self, piece: ChatResponse) -> str | None:
        return piece.message.additional_kwargs.get("stop_reason")


def dialect_for(provider: Provider) -> Dialect:
    """How a provider is spoken to."""
    dialects: dict[Provider, type[Dialect]] = {
        "openai": OpenAIDialect,
        "http": ServerDialect,
        "ollama": OllamaDialect,
        "anthropic": AnthropicDialect,
    }
    return dialects[provider]()


def dialect_of(llm: LLM) -> Dialect:
    """How an LLM that somebody brings is spoken to, by the class of llama-index that it is or stands on."""
    homes = {cls.__module__ for cls in type(llm).__mro__}
    for home, dialect in (
        ("llama_index.llms.openai.base", OpenAIDialect),
        ("llama_index.llms.ollama.base", OllamaDialect),
        ("llama_index.llms.anthropic.base", AnthropicDialect),
    ):
        if home in homes:
            return dialect()
    return Plain()


def _tokens(given: object, written: object) -> Tokens | None:
    return Tokens(given, written) if isinstance(given, int) and isinstance(written, int) else None
