"""Normalizes white space and Unicode; never changes a word.

Applies NFC, one kind of newline and single spaces, removes characters that show nothing, and
repairs control characters that stand for Windows-1252 signs.
"""

from __future__ import annotations

import html
import re
import unicodedata

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\u2028\u2029]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f\u00ad\u061c\u180e\u200b\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)
# Windows-1252 that was read as Latin-1: 0x85 is an ellipsis, 0x93 opens a quote.
_C1 = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_HAS_C1 = re.compile(r"[\x80-\x9f]")
# Joiners spell words in Persian and Hindi and hold emoji together; beside Latin letters and
# signs they are debris.
_JOINERS = re.compile(r"[\u200c\u200d]+")
_LAST_LATIN = "\u024f"
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_REFERENCE = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]+\d*);")
_SPACES = re.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")


def normalize(text: str) -> str:
    """Normalizes a text line by line.

    >>> normalize("a\\u00a0 b \\r\\n\\ufeffc")
    'a b\\nc'
    """
    if _is_normal(text):
        return text
    text = _INVISIBLE.sub("", _NEWLINES.sub("\n", repair_c1(text)))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", _JOINERS.sub(_joiner, text)))
    lines = _SPACES.sub(" ", text).split("\n")
    return "\n".join([line.strip(" \u200c\u200d") for line in lines])


def repair_c1(text: str) -> str:
    """Replaces C1 control characters by the Windows-1252 signs of their code.

    Must come before any splitting: Python counts U+0085 as white space.

    >>> repair_c1("\x93Wait\x85\x94")
    '“Wait…”'
    """
    return text.translate(_C1) if _HAS_C1.search(text) else text


def resolve_references(text: str) -> str:
    """Puts characters in the place of HTML's references, which exports leave in plain text.

    >>> resolve_references("&#163;1.8m for M&amp;S at AT&T")
    '£1.8m for M&S at AT&T'
    """
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def one_line(text: str) -> str:
    """Normalizes a title or a name: as `normalize`, on a single line."""
    return " ".join(normalize(text).split())


def _is_normal(text: str) -> bool:
    """Finds plain ASCII with nothing to change: most articles, and the check is cheap."""
    if not text.isascii() or not text.replace("\n", "").isprintable():
        return False
    padded = text.startswith(" ") or text.endswith(" ")
    return not (padded or any(pair in text for pair in ("  ", " \n", "\n ")))


def _joiner(match: re.Match[str]) -> str:
    text = match.string
    neighbours = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
    return match[0] if all(char > _LAST_LATIN for char in neighbours) else ""
