"""Systems and their settings by name, as the command line spells them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from eval.run.llamaindex_baseline import LlamaIndexBaseline
from eval.run.systems import DEFAULT_K, Byline, Command, System
from rag.errors import UsageError


class Settings(NamedTuple):
    """The settings that a run or a sweep may change; `None` leaves a system's own."""

    k: int | None = None
    threshold: float | None = None
    reader: str | None = None
    second_reader: str | None = None
    reranker: str | None = None
    llm: str | None = None

    def __str__(self) -> str:
        """The settings as they are given on the command line."""
        given = zip(_NAMES, self, strict=True)
        return " ".join(f"{name}={value}" for name, value in given if value is not None)


# In the order of the fields of Settings.
_NAMES = (
    "retrieve.k",
    "reader.threshold",
    "reader.model",
    "reader.second",
    "retrieve.reranker",
    "writer.model",
)


def parse_settings(texts: Sequence[str]) -> list[Settings]:
    """The grid of `name=value,value…` texts: every combination, in the order given.

    :raises UsageError: if a name is unknown or used twice, or a value is out of its range.
    """
    values: dict[str, list[int | float | str]] = {}
    for text in texts:
        name, _, listed = text.partition("=")
        if name not in _NAMES:
            known = " or ".join(f"{known}=…" for known in _NAMES)
            raise UsageError(f"there is no setting {name!r}", hint=f"use {known}")
        if name in values:
            raise UsageError(f"{name} is set twice", hint=f"list its values: {name}=…,…")
        values[name] = [_value(name, item) for item in listed.split(",")]
    lists: list[Sequence[Any]] = [values.get(name, [None]) for name in _NAMES]
    return [Settings(*point) for point in itertools.product(*lists)]


def _value(name: str, text: str) -> int | float | str:
    try:
        if name == "retrieve.k" and int(text) >= 1:
            return int(text)
        if name == "reader.threshold" and 0 <= float(text) <= 1:
            return float(text)
    except ValueError:
        pass
    if name.endswith(("model", "second", "reranker")) and text:
        return text
    raise UsageError(
        f"{name} cannot be {text!r}",
        hint="k is a whole number from 1, a threshold a number from 0 to 1, a model has a name; "
        "put commas and no spaces between values",
    )


def named_system(name: str, settings: Settings) -> System:
    """The system that `--system` names: `byline`, `llamaindex` or `command:PROGRAM ARGUMENTS`.

    :raises UsageError: if there is none of that name, or it does not have a setting that is given.
    """
    k = DEFAULT_K if settings.k is None else settings.k
    if name == "byline":
        return Byline(k, *settings[1:])
    if any(value is not None for value in settings[1:]):
        raise UsageError(
            f"{name} has no reader, no reranker and no language model to set",
            hint="only retrieve.k can be set for it",
        )
    if name == "llamaindex":
        return LlamaIndexBaseline(k)
    if not name.startswith("command:"):
        raise UsageError(
            f"there is no system {name!r}",
            hint="use byline, llamaindex or 'command:PROGRAM ARGUMENTS'",
        )
    if settings.k is not None:
        raise UsageError("a command has no retrieve.k", hint="put it among its own arguments")
    return Command.parse(name.removeprefix("command:"))
