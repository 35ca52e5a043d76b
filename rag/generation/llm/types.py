"""Defines the messages to a language model, its tokens, and the protocol of a language model.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol


class Message(NamedTuple):
    """One message of a conversation."""

    role: Literal["system", "user"]
    text: str


class Tokens(NamedTuple):
    """How many tokens a request and its reply had, as the server counted them."""

    given: int
    written: int


class Waiting(NamedTuple):
    """A reply that will come later, and why, in words for people."""

    reason: str


class LanguageModel(Protocol):
    """A model that writes; `name` is what the user calls it, such as `ollama:qwen3:8b`.

    One with a method `identity` says which model it is where the name does not: None if that is not
    known, so that no reply is cached.
    """

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any]
    ) -> Iterator[str | Tokens | Waiting]:
        """The reply, piece by piece, and at last its Tokens where the server gives them.

        The reply is one JSON object, held to `schema` where the provider can do that. Close the
        iterator to hang up.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        ...
