"""Words marked in their context as safe HTML: quotes that were shown, gold evidence, both at once.

In go plain text and spans of it; out comes markup in which every character of the text has been escaped.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from eval.scoring.matching import folded

_GAP = 160


class Mark(NamedTuple):
    """`text[start:end]` belongs to a class of marks: `quote`, `gold` or `short`."""

    start: int
    end: int
    kind: str


def find(text: str, words: str) -> tuple[int, int] | None:
    """Where these words stand in the text, whatever white space is between them."""
    at = text.find(words)
    if words and at >= 0:
        return at, at + len(words)
    tokens = folded(words).split()
    # A pattern costs more to make than all else here: most words that do not stand there as they are do not stand there at all.
    if not tokens or not all(token in text for token in tokens):
        return None
    match = re.search(r"\s+".join(map(re.escape, tokens)), text)
    return match.span() if match else None


def marked(text: str, marks: Iterable[Mark]) -> str:
    """The text with its marks, which may overlap; what is far from any mark is left out.

    >>> marked("a <b> c", [Mark(2, 5, "quote")])
    'a <mark class="quote">&lt;b&gt;</mark> c'
    """
    spans = [Mark(max(0, mark.start), min(len(text), mark.end), mark.kind) for mark in marks]
    spans = [mark for mark in spans if mark.start < mark.end]
    edges = sorted({0, len(text), *(mark.start for mark in spans), *(mark.end for mark in spans)})
    pieces = []
    for start, end in itertools.pairwise(edges):
        kinds = sorted({mark.kind for mark in spans if mark.start <= start and end <= mark.end})
        if kinds:
            pieces.append(f'<mark class="{" ".join(kinds)}">{escape(text[start:end])}</mark>')
        else:
            pieces.append(
                escape(
                    _shortened(
                        text[start:end], first=start == 0, last=end == len(text), alone=not spans
                    )
                )
            )
    return "".join(pieces)


def _shortened(text: str, *, first: bool, last: bool, alone: bool) -> str:
    """White space between marks cut to what is near them, between words."""
    if alone or len(text) <= (_GAP if first or last else 2 * _GAP):
        return text
    head = "" if first else text[:_GAP].rsplit(" ", 1)[0] + " "
    tail = "" if last else " " + text[-_GAP:].split(" ", 1)[-1]
    return f"{head}…{tail}"


def clipped(text: str, most: int) -> str:
    """At most that many characters, cut between words."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def marks_of(text: str, items: Sequence[tuple[str, str]]) -> list[Mark]:
    """Marks for those (words, kind) that stand in the text."""
    found = [(find(text, words), kind) for words, kind in items]
    return [Mark(*span, kind) for span, kind in found if span is not None]
