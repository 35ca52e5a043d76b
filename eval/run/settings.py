"""Systems and their settings by name, as the command line spells them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from eval.run.llamaindex_baseline import LlamaIndexBaseline
from eval.run.systems import DEFAULT_K, Byline, Command, System
from rag.errors import UsageError

Settings = Mapping[str, Any]
"""Settings that a run or a sweep changes, by name; others stay as the system has them."""

# The field of Byline that each setting sets.
_FIELDS = {
    "retrieve.k": "k",
    "reader.threshold": "threshold",
    "reader.model": "reader",
    "reader.second": "second_reader",
    "retrieve.reranker": "reranker",
    "writer.model": "llm",
}


def parse_settings(texts: Sequence[str]) -> list[Settings]:
    """The grid of `name=value,value…` texts: every combination, in the order given.

    :raises UsageError: if a name is unknown or used twice, or a value is out of its range.
    """
    values: dict[str, list[int | float | str]] = {}
    for text in texts:
        name, _, listed = text.partition("=")
        if name not in _FIELDS:
            known = " or ".join(f"{known}=…" for known in _FIELDS)
            raise UsageError(f"there is no setting {name!r}", hint=f"use {known}")
        if name in values:
            raise UsageError(f"{name} is set twice", hint=f"list its values: {name}=…,…")
        values[name] = [_value(name, item) for item in listed.split(",")]
    return [dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())]


def settings_text(settings: Settings) -> str:
    """The settings as they are given on the command line; "as fitted" if there are none."""
    return " ".join(f"{name}={value}" for name, value in settings.items()) or "as fitted"


def _value(name: str, text: str) -> int | float | str:
    try:
        if name == "retrieve.k" and int(text) >= 1:
            return int(text)
        if name == "reader.threshold" and 0 <= float(text) <= 1:
            return float(text)
    except ValueError:
        pass
    if name not in ("retrieve.k", "reader.threshold") and text:
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
    if name == "byline":
        return Byline(**{_FIELDS[key]: value for key, value in settings.items()})
    if settings.keys() - {"retrieve.k"}:
        raise UsageError(
            f"{name} has no reader, no reranker and no language model to set",
            hint="only retrieve.k can be set for it",
        )
    if name == "llamaindex":
        return LlamaIndexBaseline(settings.get("retrieve.k", DEFAULT_K))
    if not name.startswith("command:"):
        raise UsageError(
            f"there is no system {name!r}",
            hint="use byline, llamaindex or 'command:PROGRAM ARGUMENTS'",
        )
    if settings:
        raise UsageError("a command has no retrieve.k", hint="put it among its own arguments")
    return Command.parse(name.removeprefix("command:"))
