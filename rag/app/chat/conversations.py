"""The conversations that a browser keeps, as frozen values and as the plain JSON it stores.

    {"current": "…", "conversations": [{"id": "…", "name": "…", "turns": [turn, …]}, …]}

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
    name: NotRequired[str]
    turns: list[OnErrorOmit[_StoredTurn]]


class _Stored(TypedDict, total=False):
    current: OnErrorOmit[str]
    conversations: OnErrorOmit[list[OnErrorOmit[_StoredConversation]]]
    removed: OnErrorOmit[_StoredConversation]


_STORED = TypeAdapter(_Stored)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation; its title is the name that it was given, or else its first question."""

    id: str
    turns: tuple[Turn, ...] = ()
    name: str = ""

    @property
    def title(self) -> str:
        question = self.turns[0]["question"] if self.turns else "New conversation"
        text = " ".join((self.name or question).split())
        if len(text) > _TITLE_CHARACTERS:
            text = text[: _TITLE_CHARACTERS - 1].rstrip() + "…"
        return text

    def to_json(self) -> dict[str, Any]:
        plain = {"id": self.id, "turns": list(self.turns)}
        return plain | {"name": self.name} if self.name else plain

    @classmethod
    def _of(cls, plain: _StoredConversation) -> Conversation:
        turns = tuple(dict(turn) for turn in plain["turns"])
        return cls(plain["id"], turns, plain.get("name", ""))


@dataclass(frozen=True, slots=True)
class Conversations:
    """All conversations of a browser, newest first, at least one.

    `current` is the id of the one on the page; `removed` was deleted last and can come back. Every
    change returns new Conversations.
    """

    current: str
    items: tuple[Conversation, ...]
    removed: Conversation | None = None

    @classmethod
    def read(cls, plain: object) -> Conversations:
        """Reads what a browser sent, which may be old or edited; what does not fit is left out."""
        try:
            stored = _STORED.validate_python(plain)
        except ValidationError:
            stored = {}
        given = [Conversation._of(item) for item in stored.get("conversations", [])]
        found = {item.id: item for item in given}
        removed = Conversation._of(stored["removed"]) if "removed" in stored else None
        if not found:
            return cls("", (), removed).start()
        current = stored.get("current", "")
        return cls(
            current if current in found else next(iter(found)), tuple(found.values()), removed
        )

    def to_json(self) -> dict[str, Any]:
        """Returns the current conversation, and the newest others that a browser has room for."""
        room, kept = _MOST_CHARACTERS - len(json.dumps(self.shown.to_json())), {self.current}
        for item in self._others:
            room -= len(json.dumps(item.to_json()))
            if room < 0 or len(kept) == _MOST_CONVERSATIONS:
                break
            kept.add(item.id)
        items = [item.to_json() for item in self.items if item.id in kept]
        plain: dict[str, Any] = {"current": self.current, "conversations": items}
        return plain if self.removed is None else plain | {"removed": self.removed.to_json()}

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
        return replace(self, current=new.id, items=(new, *self.items))

    def choose(self, name: str | None) -> Conversations:
        """Shows the conversation of that id, if there is one."""
        known = {item.id for item in self.items}
        return replace(self, current=name) if name in known else self

    def with_turns(self, turns: tuple[Turn, ...]) -> Conversations:
        """Gives the current conversation these turns, and puts it first."""
        changed = replace(self.shown, turns=turns)
        return replace(self, items=(changed, *self._others), removed=None)

    def rename(self, id_: str, name: str) -> Conversations:
        """Gives the conversation of that id a name; an empty one takes its name away."""
        items = (
            replace(item, name=" ".join(name.split())) if item.id == id_ else item
            for item in self.items
        )
        return replace(self, items=tuple(items))

    def delete(self, id_: str) -> Conversations:
        """Deletes the conversation of that id; it can be restored until something else changes."""
        removed = next((item for item in self.items if item.id == id_), None)
        if removed is None:
            return self
        left = tuple(item for item in self.items if item.id != id_)
        current = self.current if self.current != id_ else left[0].id if left else ""
        kept = removed if removed.turns else None
        changed = Conversations(current, left, kept)
        return changed if left else changed.start()

    def restore(self) -> Conversations:
        """Brings back the conversation that was deleted last, and shows it."""
        if self.removed is None:
            return self
        others = tuple(item for item in self.items if item.turns)
        return Conversations(self.removed.id, (self.removed, *others))
