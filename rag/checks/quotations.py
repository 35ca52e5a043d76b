"""Direct speech: which words of a statement stand between quotation marks, and whether a quote has them word for word.

In go folded texts. It does not know who is said to have spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"[^\W_]+(?:['.,][^\W_]+)*|[&%£$€+#@=]")
_STRAIGHT = re.compile(r"\"|``|''")
_CURLY = re.compile("[“”]")
# An apostrophe opens where no letter stands before it, and closes where none stands after it.
_OPENS = re.compile(r"(?<![\w'])'(?=[^\s'])")
_CLOSES = re.compile(r"(?<=[^\s'])'(?![\w'])")
_DECADE = re.compile(r"'\d\ds\b")
_PLURAL_OWNER = re.compile(r"s' [a-z]")


def spoken(text: str) -> Iterator[str]:
    """What stands between quotation marks; what is not closed goes on to the end, what is not opened begins at the beginning."""
    yield from _curly(text)
    marks = [match.span() for match in _STRAIGHT.finditer(text)]
    for (_, start), end in zip(
        marks[::2], [*(begin for begin, _ in marks[1::2]), len(text)], strict=False
    ):
        yield text[start:end]
    yield from _single(_STRAIGHT.sub('"', text))


def _curly(text: str) -> Iterator[str]:
    """What stands between marks that open and close, one within the other as well."""
    opened: list[int] = []
    for match in _CURLY.finditer(text):
        if match.group() == "“":
            opened.append(match.end())
        else:
            yield text[opened.pop() if opened else 0 : match.start()]
    yield from (text[start:] for start in opened)


def _single(text: str) -> Iterator[str]:
    openings = [
        match.start() for match in _OPENS.finditer(text) if not _DECADE.match(text, match.start())
    ]
    for start, limit in zip(openings, [*openings, len(text)][1:], strict=True):
        closings = [match.start() for match in _CLOSES.finditer(text, start + 1, limit)]
        # The apostrophe of "the workers' rights" closes nothing, if something else does.
        sure = [place for place in closings if not _PLURAL_OWNER.match(text, place - 1)]
        yield text[start + 1 : sure[0] if sure else closings[-1] if closings else len(text)]


def is_said(speech: str, quotes: Sequence[str]) -> bool:
    """Whether one quote has these words, in this order and unbroken; the first letter's case and punctuation do not count."""
    said = _words(speech)
    if not said:
        return True
    alone = [said[0].lower(), *said[1:]], [said[0][:1].upper() + said[0][1:], *said[1:]]
    return any(_within(form, _words(quote)) for quote in quotes for form in (said, *alone))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _within(part: list[str], whole: list[str]) -> bool:
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))
