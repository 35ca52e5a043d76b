"""Reads a language model's reply, piece by piece, and yields each statement as soon as it is whole.

A reply is one JSON object, as `prompts` asks for it. Thoughts before it and a code fence around it
are skipped; broken JSON is not repaired. Statements and their ids are checked later.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_STATEMENTS = re.compile(r"\"statements\"\s*:\s*\[")
_NOT_ANSWERED = re.compile(r"\"answered\"\s*:\s*false\b")
_SEPARATOR = re.compile(r"[\s,]*(?=\{)")


class Statement(NamedTuple):
    """A sentence that a model wrote, and the ids of sentences that it names as its evidence."""

    evidence: tuple[str, ...]
    text: str


class Plan(NamedTuple):
    """A question that stands alone and its parts; `more` parts may follow after these."""

    question: str
    parts: tuple[str, ...]
    more: bool


class ReplyReader:
    """Reads one reply while it arrives.

    >>> reader = ReplyReader()
    >>> reader.feed('{"answered": true, "statements": [{"evidence": ["1.2"], "statement": "It rai')
    []
    >>> reader.feed('ned."}]}')
    [Statement(evidence=('1.2',), text='It rained.')]
    >>> reader.finish()
    True
    """

    def __init__(self) -> None:
        self.text = ""
        self._position: int | None = None
        """Where the next statement begins; None before the list of statements has begun."""

    def feed(self, piece: str) -> list[Statement]:
        """The statements that have become whole with this piece."""
        self.text += piece
        if self._position is None:
            self._position = self._find_statements()
        statements: list[Statement] = []
        while self._position is not None:
            separator = _SEPARATOR.match(self.text, self._position)
            if separator is None:
                break
            try:
                plain, self._position = _DECODER.raw_decode(self.text, separator.end())
            except ValueError:
                break  # not whole yet
            statements.append(_statement(plain))
        return statements

    def finish(self) -> bool | None:
        """Whether the whole reply says that the question is answered.

        :return: None if it is not the JSON object that was asked for.
        """
        match _json_object(self.text):
            case {"answered": bool(answered), "statements": list()}:
                return answered
        return None

    def _find_statements(self) -> int | None:
        """Where the first statement begins; None if the reply says that nothing answers."""
        start = _object_start(self.text)
        match = None if start is None else _STATEMENTS.search(self.text, start)
        if match is None or _NOT_ANSWERED.search(self.text, start or 0, match.start()):
            return None
        return match.end()


def read_plan(text: str) -> Plan | None:
    """The reply to `plan_messages`; None if it is not the JSON object that was asked for."""
    plain = _json_object(text)
    match plain:
        case {"question": str(question), "parts": [*parts]} if all(
            isinstance(part, str) for part in parts
        ):
            tidied = tuple(_tidy(part) for part in parts if part.strip())
            return Plan(_tidy(question), tidied, plain.get("more") is True)
    return None


def _statement(plain: dict[str, Any]) -> Statement:
    """A statement, empty if it is malformed; of its ids, those that are texts."""
    text, ids = plain.get("statement"), plain.get("evidence")
    if not isinstance(text, str):
        return Statement((), "")
    texts = (item for item in ids if isinstance(item, str)) if isinstance(ids, list) else ()
    return Statement(tuple(_tidy(item).strip("[]") for item in texts), _tidy(text))


def _tidy(text: str) -> str:
    """The text on one line; half a surrogate pair, which JSON can spell, is replaced."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _object_start(text: str) -> int | None:
    """Where the JSON object begins; None while that is unknown."""
    thoughts = _THOUGHTS.match(text)
    if thoughts is None and text.lstrip()[:7] in "<think>":
        return None
    start = text.find("{", thoughts.end() if thoughts else 0)
    return None if start < 0 else start


def _json_object(text: str) -> dict[str, Any]:
    """The object in a reply; empty if there is none, or it is not whole."""
    start = _object_start(text)
    with suppress(ValueError, RecursionError):
        plain = {} if start is None else _DECODER.raw_decode(text, start)[0]
        return plain if isinstance(plain, dict) else {}
    return {}
