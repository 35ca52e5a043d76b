"""What is said to a language model and what comes back, as plain values, and the shape of anything that can be talked to.

Standard library only. It knows no provider, no prompt and no archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol


class Message(NamedTuple):
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    text: str


class Tokens(NamedTuple):
    """How many tokens a request took and gave, as the server counted them."""

    given: int
    written: int


class LanguageModel(Protocol):
    """Something that writes. `name` is what a user calls it, such as `ollama:qwen3:8b`."""

    @property
    def name(self) -> str: ...

    def stream(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Iterator[str | Tokens]:
        """The reply, piece by piece: one JSON object that keeps to `schema` where the provider can see to that; last its Tokens, where the
        server tells them. Close it to hang up.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        ...
