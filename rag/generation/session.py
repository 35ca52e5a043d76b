"""Sends one answer's requests to a language model, caches the replies and counts the tokens.

A reply is cached under a hash of the model's name, the messages with their passages, and the
schema: the same question over the same articles costs nothing a second time. No key is in the hash.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from rag.generation.llm.types import LanguageModel, Message, Tokens
from rag.generation.prompts import VERSION
from rag.model import Usage


class Session:
    """The requests to one model for one answer; `folder` is where replies are cached."""

    def __init__(self, model: LanguageModel, folder: Path) -> None:
        self._model, self._folder = model, folder
        self.usage = Usage(model.name, VERSION)

    @property
    def cites(self) -> bool:
        """Whether the model takes documents and cites them by its provider's own means."""
        return bool(getattr(self._model, "cites", False))

    def stream(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Generator[str]:
        """The reply, piece by piece; a cached one in one piece.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        self.usage = replace(self.usage, requests=self.usage.requests + 1)
        request = [self._model.name, VERSION, messages, schema]
        name = sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        path = self._folder / name[:2] / f"{name}.json"
        if (cached := _read(path)) is not None:
            self.usage = replace(self.usage, cached=self.usage.cached + 1)
            yield cached
            return
        pieces: list[str] = []
        for piece in self._model.stream(messages, schema):
            if isinstance(piece, Tokens):
                self.usage = replace(
                    self.usage,
                    tokens_in=self.usage.tokens_in + piece.given,
                    tokens_out=self.usage.tokens_out + piece.written,
                )
            else:
                pieces.append(piece)
                yield piece
        _write(path, "".join(pieces))


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
