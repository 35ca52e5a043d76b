"""Sends one answer's requests to a language model, caches the replies and counts the tokens.

A reply is cached under a hash of the model's identity, the messages with their passages, and the
schema: the same question over the same articles costs nothing a second time. No key is in the hash.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from rag.generation.llm.types import LanguageModel, Message, Tokens, Waiting
from rag.generation.prompts import VERSION
from rag.model import Usage


class Session:
    """The requests to one model for one answer; `folder` is where replies are cached."""

    def __init__(self, model: LanguageModel, folder: Path) -> None:
        self._model, self._folder = model, folder
        self.usage = Usage(model.name, VERSION)

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any]
    ) -> Generator[str | Waiting]:
        """The reply, piece by piece; a cached one in one piece.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        model = self._identity or self._model.name
        self.usage = replace(self.usage, model=model, requests=self.usage.requests + 1)
        path = self._path(messages, schema)
        if path is not None and (cached := _read(path)) is not None:
            self.usage = replace(self.usage, cached=self.usage.cached + 1)
            yield cached
            return
        pieces: list[str] = []
        for piece in self._model.stream(messages, schema):
            if isinstance(piece, Tokens):
                self._count(piece)
                continue
            if isinstance(piece, str):
                pieces.append(piece)
            yield piece
        if path is not None:
            _write(path, "".join(pieces))

    @cached_property
    def _identity(self) -> str | None:
        """Which model it is that replies: another one may stand at the same address."""
        ask = getattr(self._model, "identity", None)
        return self._model.name if ask is None else cast("str | None", ask())

    def _path(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Path | None:
        """Where the reply is cached; None where it is not known which model replies."""
        if self._identity is None:
            return None
        request = [self._identity, VERSION, messages, schema]
        name = sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.json"

    def _count(self, tokens: Tokens) -> None:
        self.usage = replace(
            self.usage,
            tokens_in=self.usage.tokens_in + tokens.given,
            tokens_out=self.usage.tokens_out + tokens.written,
        )


def _read(path: Path) -> str | None:
    """A cached reply; None where there is none, or the file cannot be read."""
    with suppress(OSError, ValueError):
        plain = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(plain, dict) and isinstance(plain.get("reply"), str):
            return str(plain["reply"])
    return None


def _write(path: Path, reply: str) -> None:
    """Caches a reply in one step; an archive that cannot be written to caches none."""
    new = path.with_suffix(f".{uuid.uuid4().hex}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps({"reply": reply}), encoding="utf-8")
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
