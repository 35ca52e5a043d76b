"""Knows each protocol's arguments for JSON by schema, and its marks of tokens and of a reply's end.

All in llama-index's terms: arguments for `stream_chat`, and the pieces of its replies. The protocol
is None for an LLM of another class, where only the prompt asks for JSON. Provider packages are
imported when a request is made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from rag.generation.llm.model_name import Provider
from rag.generation.llm.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatResponse
    from llama_index.core.llms import LLM

ChatProtocol = Provider | None
"""How a model is spoken to; "http" is OpenAI's protocol at other servers."""

_OPENAI_OPTIONAL = {
    "response_format": ("response_format", "json_schema", "schema", "grammar"),
    "stream_options": ("stream_options",),
    "temperature": ("temperature",),
    "reasoning_effort": ("reasoning_effort", "reasoning.effort"),
}
# A reply of twelve statements has some 700 tokens; a model that goes on is cut off. Thoughts count.
MAX_WRITTEN_TOKENS = 2048
MAX_THOUGHT_TOKENS = 8192
# Arguments that a server may refuse, and the words of its refusals; the first argument of each
# protocol holds the reply to the schema.
_OPTIONAL: Mapping[ChatProtocol, Mapping[str, tuple[str, ...]]] = {
    "openai": {**_OPENAI_OPTIONAL, "max_completion_tokens": ("max_completion_tokens",)},
    "http": {
        **_OPENAI_OPTIONAL,
        "max_tokens": ("max_tokens",),
        "extra_body": ("chat_template_kwargs",),
    },
    "ollama": {"format": ("format", "schema", "grammar")},
    "anthropic": {
        "output_config": ("output_", "output format", "structured output", "schema"),
        "thinking": ("thinking",),
        "temperature": ("temperature",),
    },
    None: {},
}


def protocol_of(llm: LLM) -> ChatProtocol:
    """The protocol of an LLM of llama-index, by the class that it is or extends."""
    modules = {cls.__module__ for cls in type(llm).__mro__}
    protocols: tuple[Provider, ...] = ("openai", "ollama", "anthropic")
    found = (item for item in protocols if f"llama_index.llms.{item}.base" in modules)
    return next(found, None)


def chat_arguments(
    protocol: ChatProtocol, schema: Mapping[str, Any], refused: Collection[str]
) -> dict[str, Any]:
    """The arguments for `stream_chat`, without those that were refused before."""
    match protocol:
        case "openai" | "http":
            from openai import NOT_GIVEN

            json_schema = {"name": "answer", "strict": True, "schema": dict(schema)}
            arguments: dict[str, Any] = {
                "response_format": {"type": "json_schema", "json_schema": json_schema},
                "stream_options": {"include_usage": True},
            }
            if protocol == "http":
                # Servers of one's own let models think aloud unless told otherwise.
                template = {"chat_template_kwargs": {"enable_thinking": False}}
                arguments |= {"extra_body": template, "max_tokens": MAX_WRITTEN_TOKENS}
            else:
                arguments["max_completion_tokens"] = MAX_THOUGHT_TOKENS
            return arguments | dict.fromkeys(refused, NOT_GIVEN)
        case "anthropic":
            from anthropic import NOT_GIVEN as OMITTED
            from anthropic import transform_schema

            # The service takes no bounds on numbers and lengths: they go into descriptions.
            form = {"type": "json_schema", "schema": transform_schema(dict(schema))}
            return {"output_config": {"format": form}} | dict.fromkeys(refused, OMITTED)
        case "ollama" if "format" not in refused:
            return {"format": dict(schema)}
    return {}


def refused_arguments(protocol: ChatProtocol, message: str, before: Collection[str]) -> set[str]:
    """The arguments that a refusal is about, or else the first; none that was left out before."""
    message, optional = message.lower(), _OPTIONAL[protocol]
    named = {name for name, words in optional.items() if any(word in message for word in words)}
    return (named or set(list(optional)[:1])).difference(before)


def tokens_of(protocol: ChatProtocol, piece: ChatResponse) -> Tokens | None:
    """The tokens of the request, if this piece of the reply holds them."""
    match protocol:
        case "openai" | "http":
            usage = getattr(piece.raw, "usage", None)
            given = getattr(usage, "prompt_tokens", None)
            written = getattr(usage, "completion_tokens", None)
        case "ollama":
            raw = piece.raw or {}
            given, written = raw.get("prompt_eval_count"), raw.get("eval_count")
        case "anthropic":
            counts = piece.message.additional_kwargs.get("usage") or {}
            given, written = counts.get("input_tokens"), counts.get("output_tokens")
        case None:
            counts = piece.additional_kwargs
            given, written = counts.get("prompt_tokens"), counts.get("completion_tokens")
    return Tokens(given, written) if isinstance(given, int) and isinstance(written, int) else None


def end_of(protocol: ChatProtocol, piece: ChatResponse) -> str | None:
    """Why the reply ends, if this piece is its end; always None for another class of LLM."""
    match protocol:
        case "openai" | "http":
            choices = getattr(piece.raw, "choices", None)
            return choices[0].finish_reason if choices else None
        case "ollama":
            raw = piece.raw or {}
            return (raw.get("done_reason") or "stop") if raw.get("done") else None
        case "anthropic":
            return piece.message.additional_kwargs.get("stop_reason")
        case None:
            return None
