"""Reads text that is set in columns, column by column, from its layout on a grid of characters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")
_FEWEST_ROWS, _FEWEST_CHARACTERS, _NARROWEST = 4, 15, 2


class _Row(NamedTuple):
    """The parts of a line on both sides of a gutter."""

    left: str
    right: str


def in_columns(layout: str, plain: str) -> str | None:
    """Reads a page's columns one after the other if its plain text runs across them, else None.

    :param layout: the page's text on a grid, so that what stands below each other is aligned.
    :param plain: the page's text in the order in which the file draws it.
    """
    lines = layout.split("\n")
    gutter = _gutter(lines)
    if gutter is None:
        return None
    rows = _whole_rows(lines, gutter)
    flat = " ".join(plain.split())
    across = sum(" ".join(f"{row.left} {row.right}".split()) in flat for row in rows)
    return "\n".join(_read(lines)) if 2 * across > len(rows) else None


def _read(lines: Sequence[str]) -> list[str]:
    """Reads the left column, then the right one; a line across both ends what is above it."""
    gutter = _gutter(lines)
    if gutter is None:
        return [line.strip() for line in lines]
    found: list[str] = []
    rows: list[_Row] = []
    for line in lines:
        row = _split(line, gutter)
        if row is None:
            found += [*_both(rows), line.strip()]
            rows = []
        else:
            rows.append(row)
    return found + _both(rows)


def _both(rows: Sequence[_Row]) -> list[str]:
    return [*_read([row.left for row in rows]), *_read([row.right for row in rows])]


def _gutter(lines: Sequence[str]) -> int | None:
    """Finds the column of characters that is blank between texts in most lines with two parts."""
    blank = Counter(
        column
        for line in lines
        for gap in _GAP.finditer(line.rstrip())
        for column in range(gap.start(), gap.end())
    )
    gutter = max(blank, key=lambda column: (blank[column], -column), default=None)
    if gutter is None or blank[gutter] < _FEWEST_ROWS:
        return None
    lengths = [min(len(row.left), len(row.right.strip())) for row in _whole_rows(lines, gutter)]
    # The columns of a table are short.
    return gutter if median(lengths) >= _FEWEST_CHARACTERS else None


def _whole_rows(lines: Sequence[str], gutter: int) -> list[_Row]:
    """Lists the rows with text on both sides."""
    rows = (_split(line, gutter) for line in lines)
    return [row for row in rows if row is not None and row.left and row.right.strip()]


def _split(line: str, gutter: int) -> _Row | None:
    """Splits a line at the gutter; None if its text runs across."""
    left, right = line[:gutter].rstrip(), line[gutter:].strip()
    blank = len(line.rstrip()) - len(left) - len(right)
    runs_across = line[gutter : gutter + 1].strip() or (left and right and blank < _NARROWEST)
    return None if runs_across else _Row(left, line[gutter:])
