"""What is said to a language model and what comes back, as plain values, and the shape of anything that can be talked to.

Standard library only. It knows no provider, no prompt and no archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable


class Document(NamedTuple):
    """An article as a model is given it that cites by itself: what it is called, and its sentences, each with its id."""

    heading: str
    sentences: tuple[tuple[str, str], ...]


class Message(NamedTuple):
    """One message of a conversation with a model; `documents` come before its text, and only for one that `cites`."""

    role: Literal["system", "user", "assistant"]
    text: str
    documents: tuple[Document, ...] = ()


class Tokens(NamedTuple):
    """How many tokens a request took and gave, as the server counted them."""

    given: int
    written: int


class LanguageModel(Protocol):
    """Something that writes. `name` is what a user calls it, such as `ollama:qwen3:8b`."""

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any]
    ) -> Iterator[str | Tokens]:
        """The reply, piece by piece: one JSON object that keeps to `schema` where the provider can see to that; last its Tokens, where the
        server tells them. Close it to hang up.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        ...


@runtime_checkable
class CitingModel(LanguageModel, Protocol):
    """One that may be given documents, if `cites`: it then cites their sentences by its provider's own means, and `stream` gives that as
    the JSON that was asked for.
    """

    @property
    def cites(self) -> bool: ...
