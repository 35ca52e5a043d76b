"""Decodes bytes to text as browsers do (WHATWG Encoding), and refuses what is not text.

The order: byte order mark, valid UTF-8, the charset that a page declares, the best guess.
"""

from __future__ import annotations

import codecs
import re
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
_FEW_ZEROS = 1_000
# Labels that browsers read as a larger encoding of the same family.
_LABELS = {
    **dict.fromkeys(
        (
            "iso-8859-1",
            "iso8859-1",
            "latin1",
            "latin-1",
            "l1",
            "ascii",
            "us-ascii",
            "x-user-defined",
        ),
        "cp1252",
    ),
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "latin5", "l5"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "dos-874"), "cp874"),
    **dict.fromkeys(("gb2312", "gb_2312", "gb_2312-80", "gbk", "x-gbk", "chinese"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "x-x-big5"), "big5hkscs"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601", "korean"), "cp949"),
    # A page whose declaration can be read as ASCII is not UTF-16, whatever it says.
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be", "unicode"), "utf-8"),
}
_DECLARED = (
    re.compile(
        rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*(?P<label>[\w.:-]{2,40})""", re.IGNORECASE
    ),
    re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["'](?P<label>[\w.:-]{2,40})["']"""),
)
_ON_THE_WEB = re.compile(
    r"utf-?8|(?:windows|cp|ibm)-?\d+|iso-?8859-?\d+|koi8-?[ru]|gb\w+|big5\w*|euc-\w+|iso-?2022-?\w+"
    r"|mac\w+|x-mac-\w+"
)
_DECLARED_WITHIN = 4_096
# In a Western text a sign such as ³ or ¿ never stands between two letters; in Polish read as
# cp1252 it does.
_SIGN_IN_WORD = re.compile(r"[^\W\d_][\u0080-\u0090\u0095-\u00bf\u00d7\u00f7][^\W\d_]")
_APOSTROPHES = re.compile(r"[\u00ad\u00b4\u00b7\u2018\u2019\u0091\u0092]")


class Encoding(NamedTuple):
    """The arguments of `bytes.decode`."""

    name: str
    errors: str = "strict"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "byline-c1"), error.end


def _as_c1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    # The five bytes that windows-1252 leaves open are control characters to browsers.
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("byline-cp1252", _as_cp1252)
codecs.register_error("byline-c1", _as_c1)


def decode(data: bytes, *, is_page: bool = False) -> str:
    """Decodes the bytes of a text file, or of a page that may declare its charset.

    :raises SourceError: if the bytes are not text, or in no known encoding.
    """
    if is_page and 0 < data.count(0) < len(data) / _FEW_ZEROS:
        data = data.replace(b"\0", b"")
    encoding = encoding_of(data, is_page=is_page)
    return data.decode(encoding.name, encoding.errors)


def encoding_of(data: bytes, *, is_page: bool = False) -> Encoding:
    """Finds the encoding of a text or a page.

    :raises SourceError: if the bytes are not text, or in no known encoding.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return Encoding(name, "replace")
    if b"\0" in data:
        return _utf16_without_mark(data)
    if len(data.translate(None, _TEXT_BYTES)) > max(4, len(data) // 200):
        raise SourceError("is not text but a binary file")
    declared = _declared(data) if is_page else None
    # Japanese in seven bits is valid UTF-8 too.
    if declared is not None and declared.startswith("iso2022"):
        return Encoding(declared, "replace")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if declared in (None, "utf-8"):
            return _guess(data)
        return Encoding(declared or "", "byline-c1" if declared == "cp1252" else "replace")
    return Encoding("utf-8")


def _declared(data: bytes) -> str | None:
    """Reads the charset that a page declares, as the name of a codec; None if it is not one."""
    head = data[:_DECLARED_WITHIN]
    for form in _DECLARED:
        for match in form.finditer(head):
            label = match["label"].decode("ascii").lower()
            name = _LABELS.get(label, label)
            if not _ON_THE_WEB.fullmatch(name):
                continue
            try:
                return codecs.lookup(name).name
            except LookupError:
                continue
    return None


def _utf16_without_mark(data: bytes) -> Encoding:
    """Recognizes UTF-16 by its zeros: every second byte, in text of mostly Latin letters."""
    sample = data[:_GUESS_FROM]
    even, odd = sample[0::2], sample[1::2]
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros.count(0) > 0.7 * len(zeros) and others.count(0) < 0.01 * len(others):
            return Encoding(name, "replace")
    raise SourceError("is not text but a binary file (it holds zero bytes)")


def _guess(data: bytes) -> Encoding:
    mostly_utf8 = data.decode("utf-8", "replace")
    broken = mostly_utf8.count("\ufffd")
    if sum(1 for char in mostly_utf8 if char > "\x7f") > 5 * broken:
        return Encoding("utf-8", "byline-cp1252")
    from charset_normalizer import from_bytes

    sample = _sample(data)
    matches = from_bytes(sample)
    if _is_western(sample, {name for match in matches for name in match.could_be_from_charset}):
        return Encoding("cp1252", "byline-c1")
    best_first = [match.encoding for match in matches]
    if not best_first:
        raise SourceError("is in no encoding that is known")
    plausible = (
        name for name in best_first if not _SIGN_IN_WORD.search(sample.decode(name, "replace"))
    )
    return Encoding(next(plausible, best_first[0]), "replace")


def _sample(data: bytes) -> bytes:
    """Takes lines with bytes beyond ASCII, up to a size that is quick to look at."""
    if len(data) <= _GUESS_FROM:
        return data
    lines = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    return b"".join(lines)[:_GUESS_FROM]


def _is_western(sample: bytes, candidates: set[str]) -> bool:
    try:
        text = _APOSTROPHES.sub("'", sample.decode("cp1252"))
    except UnicodeDecodeError:
        return False
    if _SIGN_IN_WORD.search(text):
        return False
    beyond_ascii = len(sample.translate(None, bytes(range(128))))
    return beyond_ascii < _WESTERN_SHARE * len(sample) or "cp1252" in candidates
