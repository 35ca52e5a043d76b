"""The conversations that a browser keeps, as frozen values and as the plain JSON it stores.

    {"current": "…", "conversations": [{"id": "…", "turns": [turn, …]}, …]}

A turn is an Answer (JSON, without passages), or {"question": …, "error": {…}} where asking failed.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import Annotated, Any, NotRequired

from annotated_types import MinLen
from pydantic import ConfigDict, OnErrorOmit, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

Turn = dict[str, Any]

_MOST_CONVERSATIONS = 50
# Browsers keep five million characters for a site, and encryption adds a third.
_MOST_CHARACTERS = 2_500_000
_TITLE_CHARACTERS = 60


@with_config(ConfigDict(extra="allow"))
class _StoredTurn(TypedDict):
    question: str
    error: NotRequired[dict[str, Any]]


class _StoredConversation(TypedDict):
    id: Annotated[str, MinLen(1)]
    turns: list[OnErrorOmit[_StoredTurn]]


class _Stored(TypedDict, total=False):
    current: OnErrorOmit[str]
    conversations: OnErrorOmit[list[OnErrorOmit[_StoredConversation]]]


_STORED = TypeAdapter(_Stored)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation; its title is its first question."""

    id: str
    turns: tuple[Turn, ...] = ()

    @property
    def title(self) -> str:
        question = self.turns[0]["question"] if self.turns else "New conversation"
        text = " ".join(question.split())
        if len(text) > _TITLE_CHARACTERS:
            text = text[: _TITLE_CHARACTERS - 1].rstrip() + "…"
        return text

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "turns": list(self.turns)}


@dataclass(frozen=True, slots=True)
class Conversations:
    """All conversations of a browser, newest first, at least one.

    `current` is the id of the one on the page. Every change returns new Conversations.
    """

    current: str
    items: tuple[Conversation, ...]

    @classmethod
    def read(cls, plain: object) -> Conversations:
        """Reads what a browser sent, which may be old or edited; what does not fit is left out."""
        try:
            stored = _STORED.validate_python(plain)
        except ValidationError:
            stored = {}
        found = {
            item["id"]: Conversation(item["id"], tuple(dict(turn) for turn in item["turns"]))
            for item in stored.get("conversations", [])
        }
        if not found:
            return cls("", ()).start()
        current = stored.get("current", "")
        return cls(current if current in found else next(iter(found)), tuple(found.values()))

    def to_json(self) -> dict[str, Any]:
        """Returns the current conversation, and the newest others that a browser has room for."""
        room, kept = _MOST_CHARACTERS - len(json.dumps(self.shown.to_json())), {self.current}
        for item in self._others:
            room -= len(json.dumps(item.to_json()))
            if room < 0 or len(kept) == _MOST_CONVERSATIONS:
                break
            kept.add(item.id)
        items = [item.to_json() for item in self.items if item.id in kept]
        return {"current": self.current, "conversations": items}

    @property
    def shown(self) -> Conversation:
        return next(item for item in self.items if item.id == self.current)

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.shown.turns

    @property
    def _others(self) -> tuple[Conversation, ...]:
        return tuple(item for item in self.items if item.id != self.current)

    def start(self) -> Conversations:
        """Shows a conversation without turns, a new one if there is none."""
        for item in self.items:
            if not item.turns:
                return self.choose(item.id)
        new = Conversation(uuid.uuid4().hex[:12])
        return Conversations(new.id, (new, *self.items))

    def choose(self, name: str | None) -> Conversations:
        """Shows the conversation of that id, if there is one."""
        known = {item.id for item in self.items}
        return replace(self, current=name) if name in known else self

    def with_turns(self, turns: tuple[Turn, ...]) -> Conversations:
        """Gives the current conversation these turns, and puts it first."""
        return replace(self, items=(Conversation(self.current, turns), *self._others))

    def delete(self) -> Conversations:
        """Deletes the current conversation."""
        if not self._others:
            return Conversations("", ()).start()
        return Conversations(self._others[0].id, self._others)
