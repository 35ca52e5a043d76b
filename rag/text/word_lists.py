"""Reads the word lists in `rag/text/data`: TOML files with words, or groups of words by line."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"


@cache
def word_file(name: str) -> dict[str, Any]:
    """All entries of data/NAME.toml."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


def word_set(file: str, name: str) -> frozenset[str]:
    """The words of one list."""
    return frozenset(word_file(file)[name].split())


def word_groups(file: str, name: str) -> tuple[tuple[str, ...], ...]:
    """The groups of a list that has one group a line."""
    return tuple(tuple(line.split()) for line in word_file(file)[name].strip().splitlines())


def first_forms(file: str, name: str) -> dict[str, str]:
    """Each word of a list of groups, with the first word of its group."""
    return {form: group[0] for group in word_groups(file, name) for form in group}
