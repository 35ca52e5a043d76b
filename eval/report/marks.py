"""Highlights words in their context as safe HTML: every character of the text is escaped."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from eval.scoring.matching import find_quote

_GAP = 160


class Mark(NamedTuple):
    """`text[start:end]` is highlighted as a `quote`, as `gold` evidence or as a `short` answer."""

    start: int
    end: int
    kind: str


def marks_of(text: str, quotes: Iterable[str], kind: str) -> list[Mark]:
    """Marks for those quotes that stand in the text."""
    found = (find_quote(text, quote) for quote in quotes)
    return [Mark(span.start, span.end, kind) for span in found if span is not None]


def marked(text: str, marks: Iterable[Mark]) -> str:
    """The text with its marks, which may overlap; what is far from any mark is left out.

    >>> marked("a <b> c", [Mark(2, 5, "quote")])
    'a <mark class="quote">&lt;b&gt;</mark> c'
    """
    spans = [Mark(max(0, mark.start), min(len(text), mark.end), mark.kind) for mark in marks]
    spans = [mark for mark in spans if mark.start < mark.end]
    if not spans:
        return escape(text)
    edges = sorted({0, len(text), *(mark.start for mark in spans), *(mark.end for mark in spans)})
    pieces = []
    for start, end in itertools.pairwise(edges):
        piece = text[start:end]
        kinds = sorted({mark.kind for mark in spans if mark.start <= start and end <= mark.end})
        if kinds:
            pieces.append(f'<mark class="{" ".join(kinds)}">{escape(piece)}</mark>')
        else:
            pieces.append(escape(_shortened(piece, first=start == 0, last=end == len(text))))
    return "".join(pieces)


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """Unmarked text, cut between words to what is near the marks around it."""
    if len(text) <= (_GAP if first or last else 2 * _GAP):
        return text
    head = "" if first else text[:_GAP].rsplit(" ", 1)[0] + " "
    tail = "" if last else " " + text[-_GAP:].split(" ", 1)[-1]
    return f"{head}…{tail}"


def clipped(text: str, most: int) -> str:
    """At most that many characters, cut between words."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
