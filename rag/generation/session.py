"""One answer's requests to a model: replies kept in a folder are taken from there, the others are kept; requests and tokens are counted.

A reply is kept under a hash of the model, the prompt with its passages, and the form that was asked for, so that the same question over
the same articles costs nothing a second time. Keys are no part of it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from rag.generation.llm.prices import price_usd
from rag.generation.llm.types import CitingModel, LanguageModel, Message, Tokens
from rag.generation.prompts import VERSION
from rag.model import Usage


class Session:
    """What is said to one model for one answer. `folder` is where replies are kept."""

    def __init__(self, model: LanguageModel, folder: Path) -> None:
        self._model, self._folder = model, folder
        self._requests = self._cached = self._counted = 0
        self._tokens = Tokens(0, 0)

    @property
    def cites(self) -> bool:
        """Whether the model takes documents and cites them by its provider's own means."""
        return isinstance(self._model, CitingModel) and self._model.cites

    @property
    def usage(self) -> Usage:
        """What it has cost so far."""
        name, spent = self._model.name, self._tokens
        # Where a request's tokens are not known, nor is the price of all.
        price = price_usd(name, spent) if self._cached + self._counted == self._requests else None
        return Usage(name, VERSION, self._requests, self._cached, spent.given, spent.written, price)

    def stream(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Iterator[str]:
        """The reply, piece by piece; one that is kept comes whole.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        self._requests += 1
        path = self._path(messages, schema)
        if (kept := _read(path)) is not None:
            self._cached += 1
            yield kept
            return
        pieces: list[str] = []
        for piece in self._model.stream(messages, schema):
            if isinstance(piece, Tokens):
                self._counted += 1
                self._tokens = Tokens(
                    self._tokens.given + piece.given, self._tokens.written + piece.written
                )
                continue
            pieces.append(piece)
            yield piece
        _write(path, "".join(pieces))

    def whole(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """The whole reply.

        :raises LLMError: if there is no reply, or it breaks off.
        """
        return "".join(self.stream(messages, schema))

    def _path(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Path:
        told = json.dumps([self._model.name, VERSION, messages, schema], sort_keys=True)
        name = sha256(told.encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.json"


def _read(path: Path) -> str | None:
    """A kept reply; None where there is none, or what is there cannot be read."""
    with suppress(OSError, ValueError):
        plain = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(plain, dict) and isinstance(plain.get("reply"), str):
            return str(plain["reply"])
    return None


def _write(path: Path, reply: str) -> None:
    """Keeps a reply, whole or not at all; an archive that cannot be written to keeps none."""
    new = path.with_suffix(f".{uuid.uuid4().hex}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps({"reply": reply}), encoding="utf-8")
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
