"""A model's reply, piece by piece in, drafted statements out as soon as each is whole; at the end what else it says.

A reply is one JSON object, as `prompts.py` asks for it. Thoughts before it and a fence around it are passed over; broken JSON is not
mended. Nothing is believed here: ids and statements are checked elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_STATEMENTS = re.compile(r"\"statements\"\s*:\s*\[")
_NOT_ANSWERED = re.compile(r"\"answered\"\s*:\s*false\b")
_SHOWN = 120
_BETWEEN = re.compile(r"[\s,]*")


class BadReply(ValueError):
    """A reply that is not what was asked for; the text says why, for the model and for people."""


class Draft(NamedTuple):
    """What a model wants to say, and the ids of the sentences it points at."""

    evidence: tuple[str, ...]
    text: str


class Reply(NamedTuple):
    """What a reply says beside its statements: `sides` are values in which articles differ."""

    answered: bool
    sides: tuple[Draft, ...] = ()
    changed: bool = False


class Plan(NamedTuple):
    """A question as it stands alone, the parts to look up, and whether more parts will have to be asked after them."""

    question: str
    parts: tuple[str, ...]
    more: bool


class ReplyReader:
    """Reads one reply as it comes.

    >>> reader = ReplyReader()
    >>> reader.feed('{"answered": true, "statements": [{"evidence": ["1.2"], "statement": "It rai')
    []
    >>> reader.feed('ned."}], "sides": [], "changed": false}')
    [Draft(evidence=('1.2',), text='It rained.')]
    >>> reader.finish()
    Reply(answered=True, sides=(), changed=False)
    """

    def __init__(self) -> None:
        self.text = ""
        self._begin: int | None = None
        self._at: int | None = None

    def feed(self, piece: str) -> list[Draft]:
        """The drafts that have become whole with this piece."""
        self.text += piece
        if self._at is None:
            self._find_statements()
        drafts: list[Draft] = []
        while self._at is not None and (found := self._next(self._at)) is not None:
            plain, self._at = found
            drafts.append(_draft(plain, "statement"))
        return drafts

    def finish(self) -> Reply:
        """What the whole reply says.

        :raises BadReply: if it is not the JSON object that was asked for.
        """
        plain = _object(self.text)
        answered, changed = plain.get("answered"), plain.get("changed", False)
        if (
            not isinstance(answered, bool)
            or not isinstance(changed, bool)
            or not isinstance(plain.get("statements"), list)
        ):
            raise BadReply("the reply lacks answered (true or false) or statements (a list)")
        sides = plain.get("sides") or []
        if not isinstance(sides, list):
            raise BadReply("sides must be a list")
        return Reply(answered, tuple(_draft(side, "value") for side in sides), changed)

    def _find_statements(self) -> None:
        if self._begin is None:
            start = _begin(self.text)
            if start is None:
                return
            self._begin = start
        match = _STATEMENTS.search(self.text, self._begin)
        # Whoever says that nothing answers has nothing to state.
        if match is not None and not _NOT_ANSWERED.search(self.text, self._begin, match.start()):
            self._at = match.end()

    def _next(self, position: int) -> tuple[object, int] | None:
        between = _BETWEEN.match(self.text, position)
        position = between.end() if between else position
        if self.text[position : position + 1] != "{":
            return None
        try:
            return _DECODER.raw_decode(self.text, position)
        except ValueError:
            return None  # not whole yet


def read_plan(text: str) -> Plan:
    """:raises BadReply: if it is not the JSON object that was asked for."""
    plain = _object(text)
    question, parts, more = plain.get("question"), plain.get("parts"), plain.get("more", False)
    if (
        not isinstance(question, str)
        or not isinstance(parts, list)
        or not all(isinstance(part, str) for part in parts)
    ):
        raise BadReply("the reply lacks question (a text) or parts (a list of texts)")
    return Plan(_tidy(question), tuple(_tidy(part) for part in parts if part.strip()), more is True)


def _tidy(text: str) -> str:
    """On one line; half a surrogate pair, which JSON can spell, is no text."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _begin(text: str) -> int | None:
    """Where the object begins; None while that is not known."""
    thoughts = _THOUGHTS.match(text)
    if thoughts is None and text.lstrip()[:7] in "<think>":
        return None
    start = text.find("{", thoughts.end() if thoughts else 0)
    return None if start < 0 else start


def _object(text: str) -> Mapping[str, Any]:
    start = _begin(text)
    if start is None:
        raise BadReply("the reply holds no JSON object")
    try:
        plain, _ = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise BadReply(f"the reply is not whole JSON: {error}") from error
    if not isinstance(plain, Mapping):
        raise BadReply("the reply is not a JSON object")
    return plain


def _draft(plain: object, name: str) -> Draft:
    """What is no statement with its evidence comes back without evidence, which no check lets through."""
    match plain:
        case {"evidence": [*ids], **more} if all(
            isinstance(item, str) for item in ids
        ) and isinstance(said := more.get(name), str):
            return Draft(tuple(_tidy(item).strip("[]") for item in ids), _tidy(said))
        case _:
            return Draft((), _tidy(json.dumps(plain, ensure_ascii=False))[:_SHOWN])
