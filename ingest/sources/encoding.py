"""Bytes in, folded text out: finds the encoding, refuses what is not text, folds newlines, spaces and invisible characters.

Knows nothing of articles. No word changes here: folding touches only white space, characters that show nothing, and the
choice between equivalent code points (NFC).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

from rag.errors import SourceError

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_BYTES = bytes(
    byte for byte in range(256) if byte >= 0x20 or byte in b"\t\n\x0b\x0c\r\x1a\x1b"
)
_GUESS_FROM = 65_536
_WESTERN_SHARE = 0.03
# In a Western text a sign such as ³ or ¿ never stands between two letters; in Polish read as cp1252 it does.
_SIGN_IN_WORD = re.compile(r"[^\W\d_][\u0080-\u0090\u0095-\u00bf\u00d7\u00f7][^\W\d_]")
_APOSTROPHES = re.compile(r"[\u00ad\u00b4\u00b7\u2018\u2019\u0091\u0092]")

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)
# Joiners spell words in Persian and Hindi and hold emoji together; beside Latin letters and signs they are debris.
_JOINERS = re.compile(r"[\u200c\u200d]+")
_LAST_LATIN = "\u024f"
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")


class Encoding(NamedTuple):
    """What `bytes.decode` needs to know."""

    name: str
    errors: str = "strict"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("byline-cp1252", _as_cp1252)


def encoding_of(data: bytes) -> Encoding:
    """The encoding of a text: its byte order mark, else UTF-8, else the best guess, Windows-1252 before rarer ones.

    :raises SourceError: if the bytes are no text, or of no encoding that is known.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return Encoding(name, "replace")
    if b"\0" in data:
        return _without_mark(data)
    if len(data.translate(None, _TEXT_BYTES)) > max(4, len(data) // 200):
        raise SourceError("is not text but a binary file")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data)
    return Encoding("utf-8")


def decode(data: bytes) -> str:
    """The text of a file, as it was written.

    :raises SourceError: if the bytes are no text, or of no encoding that is known.
    """
    encoding = encoding_of(data)
    return data.decode(encoding.name, encoding.errors)


def fold(text: str) -> str:
    """NFC, one kind of newline, single spaces, nothing invisible, no space at either end of a line.

    >>> fold("a\\u00a0 b \\r\\n\\ufeffc")
    'a b\\nc'
    """
    if _is_folded(text):
        return text
    text = _INVISIBLE.sub("", _NEWLINES.sub("\n", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", _JOINERS.sub(_joiner, text)))
    lines = _SPACES.sub(" ", text).split("\n")
    return "\n".join([line.strip(" \u200c\u200d") for line in lines])


def _is_folded(text: str) -> bool:
    """Is a text plain ASCII with nothing to fold? Most articles are, and to look costs less than to fold."""
    if not text.isascii() or not text.replace("\n", "").isprintable():
        return False
    return not (
        text.startswith(" ")
        or text.endswith(" ")
        or any(pair in text for pair in ("  ", " \n", "\n "))
    )


def _joiner(match: re.Match[str]) -> str:
    text = match.string
    neighbours = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
    return match[0] if all(char > _LAST_LATIN for char in neighbours) else ""


def fold_line(text: str) -> str:
    """The same on one line, for titles and names."""
    return " ".join(fold(text).split())


def _without_mark(data: bytes) -> Encoding:
    """UTF-16 without its mark: in text of mostly Latin letters, every second byte is zero."""
    sample = data[:_GUESS_FROM]
    for name, zeros, others in (
        ("utf-16-le", sample[1::2], sample[0::2]),
        ("utf-16-be", sample[0::2], sample[1::2]),
    ):
        if zeros.count(0) > 0.7 * len(zeros) and others.count(0) < 0.01 * len(others):
            return Encoding(name, "replace")
    raise SourceError("is not text but a binary file (it holds zero bytes)")


def _guess(data: bytes) -> Encoding:
    hybrid = data.decode("utf-8", "replace")
    broken = hybrid.count("\ufffd")
    if sum(1 for char in hybrid if char > "\x7f") > 5 * broken:
        return Encoding("utf-8", "byline-cp1252")
    sample = _sample(data)
    from charset_normalizer import from_bytes

    matches = from_bytes(sample)
    names = {name for match in matches for name in match.could_be_from_charset}
    if _western(sample, names):
        return Encoding("cp1252", "replace")
    names_best_first = [match.encoding for match in matches]
    if not names_best_first:
        raise SourceError("is in no encoding that is known")
    plausible = (
        name
        for name in names_best_first
        if not _SIGN_IN_WORD.search(sample.decode(name, "replace"))
    )
    return Encoding(next(plausible, names_best_first[0]), "replace")


def _sample(data: bytes) -> bytes:
    """Lines with bytes beyond ASCII, up to a size that is quick to look at."""
    if len(data) <= _GUESS_FROM:
        return data
    lines = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    return b"".join(lines)[:_GUESS_FROM]


def _western(sample: bytes, names: set[str]) -> bool:
    try:
        text = _APOSTROPHES.sub("'", sample.decode("cp1252"))
    except UnicodeDecodeError:
        return False
    if _SIGN_IN_WORD.search(text):
        return False
    high = len(sample.translate(None, bytes(range(128))))
    return high < _WESTERN_SHARE * len(sample) or "cp1252" in names
