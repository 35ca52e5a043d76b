"""Splits plain text into paragraphs at blank lines, and joins hard-wrapped lines again.

Used for text files, PDF pages and the text fields of tables.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

_WIDEST, _NARROWEST = 110, 30
_FULL_SHARE = 0.6
_OPENING = "\"'([{“‘«„*_"
_SENTENCE_END = re.compile(r"""[.!?…:][)\]"'”’»]*$""")
_HYPHEN_AT_END = re.compile(r"[^\W\d_]-$")


class _Junction(NamedTuple):
    """Two neighbouring lines with no blank line between them."""

    before: str
    after: str


def paragraphs(text: str) -> list[str]:
    """Splits a normalized text into its paragraphs, none empty.

    A text counts as hard-wrapped if most lines are filled greedily: the first word of the next
    line would not have fitted before the widest line's end.
    """
    groups = [group for group in _groups(text) if group]
    width = _wrap_width(groups)
    return [
        line for group in groups for line in (group if width is None else _unwrap(group, width))
    ]


def _groups(text: str) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line:
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return groups


def _wrap_width(groups: list[list[str]]) -> int | None:
    """Finds the width at which a text is wrapped, in characters; None if it is not."""
    widest = max(
        (len(line) for group in groups if len(group) > 1 for line in group if " " in line),
        default=0,
    )
    if not _NARROWEST <= widest <= _WIDEST:
        return None
    junctions = [_Junction(*pair) for group in groups for pair in pairwise(group)]
    full = [junction for junction in junctions if _is_full(junction, widest)]
    running = [junction for junction in full if _runs_on(junction)]
    is_wrapped = len(full) >= _FULL_SHARE * len(junctions) and 2 * len(running) > len(full)
    return widest if is_wrapped else None


def _is_full(junction: _Junction, width: int) -> bool:
    return len(junction.before) + 1 + len(junction.after.split(" ", 1)[0]) > width


def _runs_on(junction: _Junction) -> bool:
    """Tells whether the sentence goes on over the line's end."""
    start = junction.after.lstrip(_OPENING)[:1]
    return not _SENTENCE_END.search(junction.before) and start.isalnum() and not start.isupper()


def _unwrap(group: list[str], width: int) -> list[str]:
    joined = [[group[0]]]
    for before, after in pairwise(group):
        junction = _Junction(before, after)
        if _is_full(junction, width) or _runs_on(junction):
            joined[-1].append(after)
        else:
            joined.append([after])
    return [_join(lines) for lines in joined]


def _join(lines: list[str]) -> str:
    # The hyphen of a word broken at a line's end stays: the word may have one of its own.
    return "".join(line if _HYPHEN_AT_END.search(line) else line + " " for line in lines).rstrip()
