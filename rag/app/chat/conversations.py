"""What the browser keeps: several conversations, each a list of turns, as plain JSON values.

    {"current": "…", "conversations": [{"id": "…", "turns": [turn, …]}, …]}

A turn is a slim Answer of the contract, or {"question": …, "error": {…}} where asking failed. What comes back from a browser may be old
or edited, so `opened` makes a sound shelf of anything. Every function returns a new shelf; newest conversation first. Pure functions.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

Turn = dict[str, Any]

_MOST_CONVERSATIONS = 50
# Browsers keep five million characters for a site, and the encryption of what is kept adds a third.
_MOST_CHARACTERS = 2_500_000
_TITLE_CHARACTERS = 60


class Conversation(NamedTuple):
    """One conversation; its title is its first question."""

    id: str
    turns: tuple[Turn, ...] = ()

    @property
    def title(self) -> str:
        text = (
            " ".join(str(self.turns[0]["question"]).split()) if self.turns else "New conversation"
        )
        return (
            text if len(text) <= _TITLE_CHARACTERS else text[: _TITLE_CHARACTERS - 1].rstrip() + "…"
        )


class Shelf(NamedTuple):
    """All conversations, newest first, at least one; `current` is the id of the one on the page."""

    current: str
    conversations: tuple[Conversation, ...]

    @property
    def shown(self) -> Conversation:
        return next(item for item in self.conversations if item.id == self.current)

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.shown.turns


def opened(plain: object) -> Shelf:
    """The shelf in what a browser sent; whatever is no conversation is left out."""
    kept = plain.get("conversations") if isinstance(plain, Mapping) else None
    found = [
        item
        for item in map(_conversation, kept if isinstance(kept, list) else [])
        if item is not None
    ]
    conversations = tuple({item.id: item for item in found}.values())
    current = plain.get("current") if isinstance(plain, Mapping) else None
    if not conversations:
        return started(Shelf("", ()))
    known = {item.id for item in conversations}
    return Shelf(
        current if isinstance(current, str) and current in known else conversations[0].id,
        conversations,
    )


def _conversation(plain: object) -> Conversation | None:
    match plain:
        case {"id": str(name), "turns": list(turns)} if name:
            return Conversation(name, tuple(turn for turn in turns if _is_turn(turn)))
    return None


def _is_turn(plain: object) -> bool:
    return (
        isinstance(plain, dict)
        and isinstance(plain.get("question"), str)
        and isinstance(plain.get("error", {}), dict)
    )


def kept(shelf: Shelf) -> dict[str, Any]:
    """The shelf as plain values: the current conversation, and of the others the newest that a browser has room for."""
    left, names = _MOST_CHARACTERS - _size(shelf.shown), {shelf.current}
    for item in shelf.conversations:
        if item.id == shelf.current:
            continue
        left -= _size(item)
        if left < 0 or len(names) == _MOST_CONVERSATIONS:
            break
        names.add(item.id)
    return {
        "current": shelf.current,
        "conversations": [_plain(item) for item in shelf.conversations if item.id in names],
    }


def _plain(conversation: Conversation) -> dict[str, Any]:
    return {"id": conversation.id, "turns": list(conversation.turns)}


def _size(conversation: Conversation) -> int:
    return len(json.dumps(_plain(conversation)))


def started(shelf: Shelf) -> Shelf:
    """A new conversation on the page; one that has no turns yet is taken for it."""
    empty = next((item for item in shelf.conversations if not item.turns), None)
    if empty is not None:
        return shelf._replace(current=empty.id)
    new = Conversation(uuid.uuid4().hex[:12])
    return Shelf(new.id, (new, *shelf.conversations))


def chosen(shelf: Shelf, name: str | None) -> Shelf:
    """That conversation on the page, if it is there."""
    return (
        shelf._replace(current=name)
        if name in {item.id for item in shelf.conversations} and name
        else shelf
    )


def with_turns(shelf: Shelf, turns: tuple[Turn, ...]) -> Shelf:
    """The current conversation with these turns, first on the shelf."""
    changed = Conversation(shelf.current, turns)
    return shelf._replace(
        conversations=(changed, *(item for item in shelf.conversations if item.id != shelf.current))
    )


def dropped(shelf: Shelf) -> Shelf:
    """Without the current conversation."""
    left = tuple(item for item in shelf.conversations if item.id != shelf.current)
    return Shelf(left[0].id, left) if left else started(Shelf("", ()))
