"""Checks that the direct speech of a statement stands in its quotes, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"[^\W_]+(?:['.,][^\W_]+)*|[&%£$€+#@=]")
_STRAIGHT = re.compile(r"\"|``|''")
_CURLY = re.compile("[“”]")
# An apostrophe opens where no letter stands before it, and closes where none stands after it.
_OPENS = re.compile(r"(?<![\w'])'(?=[^\s'])(?!\d\ds\b)")
_CLOSES = re.compile(r"(?<=[^\s'])'(?![\w'])")


def missing_speech(statement: str, quotes: Sequence[str]) -> str | None:
    """Words between quotation marks that no quote has unbroken; None if all are there.

    Punctuation and the case of the first letter do not count.
    """
    have = [_WORD.findall(quote) for quote in quotes]
    for speech in _speech(statement):
        if not (said := _WORD.findall(speech)):
            continue
        first, *rest = said
        forms = [[word, *rest] for word in (first, first.lower(), first[0].upper() + first[1:])]
        if not any(_is_within(form, quote) for quote in have for form in forms):
            return speech
    return None


def _is_within(part: list[str], whole: list[str]) -> bool:
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def _speech(text: str) -> Iterator[str]:
    """What stands between quotation marks; an unclosed mark counts to the end of the text."""
    yield from _between_curly(text)
    marks = [match.span() for match in _STRAIGHT.finditer(text)]
    ends = [*(start for start, _ in marks[1::2]), len(text)]
    for (_, start), end in zip(marks[::2], ends, strict=False):
        yield text[start:end]
    yield from _between_single(_STRAIGHT.sub('"', text))


def _between_curly(text: str) -> Iterator[str]:
    """What stands between marks that open and close, also one pair within the other."""
    opened: list[int] = []
    for match in _CURLY.finditer(text):
        if match.group() == "“":
            opened.append(match.end())
        else:
            yield text[opened.pop() if opened else 0 : match.start()]
    yield from (text[start:] for start in opened)


def _between_single(text: str) -> Iterator[str]:
    openings = [match.start() for match in _OPENS.finditer(text)]
    for start, limit in zip(openings, [*openings, len(text)][1:], strict=True):
        closings = [match.start() for match in _CLOSES.finditer(text, start + 1, limit)]
        yield text[start + 1 : [*closings, len(text)][0]]
