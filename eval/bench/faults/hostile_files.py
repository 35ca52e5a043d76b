"""Makes files that no reader expects: cut, altered, under a false name, nested, swollen.

`make(seed, number)` always makes the same file. Each begins as a small file of its kind, written
for this, as `FORMATS` has them.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

_STORY = "The harbour bridge opened on Monday after ten years of work. The toll is 4.50 a car."
_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Bridge opens</title>'
    '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "author": '
    '{"@id": "#a"}, "datePublished": "2019-05-07T08:00:00+02:00"}, {"@id": "#a", "name": "M"}]}'
    '</script></head><body><article><h1>Bridge <br>opens</h1><time datetime="2019-05-07">7 May'
    f"</time><p>{_STORY}</p>More of it.<table><tr><td>One<td>Two</table><ul><li>First<li>Second"
    "</ul></article></body></html>"
)
_ROW: dict[str, Any] = {
    "id": "1",
    "title": "Bridge opens",
    "text": f"<p>{_STORY}</p>",
    "authors": [{"name": "Mara Holt"}],
    "published": "2019-05-07",
    "url": "https://gazette.example/bridge",
}
_MAIL = f"From: A <a@b.example>\nSubject: =?utf-8?q?Br=C3=BCcke?=\nDate: 7 May 2019\n\n{_STORY}"
_FEED = (
    "<?xml version='1.0'?><rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
    "<title>G</title><item><title>T</title><link>https://a.example/1</link><content:encoded>"
    f"{_STORY}</content:encoded></item></channel></rss>"
)
_WORD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    f"<w:body><w:p><w:r><w:t>{_STORY}</w:t></w:r></w:p></w:body></w:document>"
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml'
    '.document.main+xml"/></Types>'
)
_BOOK = (
    '<package><metadata><date>2019</date></metadata><manifest><item id="a" href="a.html" '
    'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>'
)
_RESPONSE = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{_PAGE}"
_WARC = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/1\r\nWARC-Date: "
    "2019-05-07T08:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
    f"Content-Length: {len(_RESPONSE)}\r\n\r\n{_RESPONSE}\r\n\r\n"
)
_PRINT = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>>>",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)
# A part of a file, or the whole, on its way into it.
Change = Callable[[bytes], bytes]


class HostileFile(NamedTuple):
    """A file to be read: how it was made, its name and its bytes."""

    way: str
    name: str
    data: bytes


def _gz(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def _plain(text: str, change: Change) -> bytes:
    return change(text.encode())


def _zipped(parts: dict[str, str], change: Change) -> bytes:
    """A zip file, of whose parts the longest is changed."""
    stream, longest = io.BytesIO(), max(parts.values(), key=len)
    with zipfile.ZipFile(stream, "w") as file:
        for name, text in parts.items():
            data = change(text.encode()) if text is longest else text.encode()
            file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _pdf(change: Change) -> bytes:
    """A PDF file, whose page is changed before it is packed."""
    page = zlib.compress(change(f"BT /F 9 Tf 9 700 Td ({_STORY}) Tj ET".encode()), 1)
    packed = b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(page), page)
    file, places = b"%PDF-1.4\n", []
    for number, body in enumerate((*_PRINT, packed), 1):
        places.append(len(file))
        file += b"%d 0 obj%b endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF" % len(file)
    return file + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


_CONTAINER = '<container><rootfile full-path="b.opf"/></container>'
FORMATS: dict[str, Callable[[Change], bytes]] = {
    ".html": partial(_plain, _PAGE),
    ".jsonl": partial(_plain, json.dumps(_ROW) + "\n" + json.dumps(_ROW | {"id": "2"})),
    ".json": partial(_plain, json.dumps({"articles": [_ROW]})),
    ".csv": partial(_plain, f'title,text,published\nBridge,"{_STORY}",2019-05-07\n'),
    ".tsv": partial(_plain, f"title\ttext\nBridge\t{_STORY}\n"),
    ".eml": partial(_plain, _MAIL),
    ".mhtml": partial(_plain, "MIME-Version: 1.0\nContent-Type: text/html\n\n" + _PAGE),
    ".mbox": partial(_plain, f"From a@b Tue May  7 08:00:00 2019\n{_MAIL}\n"),
    ".xml": partial(_plain, _FEED),
    ".rtf": partial(_plain, rf"{{\rtf1\ansi {_STORY}\par}}"),
    ".txt": partial(_plain, f"TITLE: Bridge\nDATE: 7 May 2019\n\n{_STORY}"),
    ".md": partial(_plain, f"# Bridge\n\n{_STORY} It is *long* and [new](x)."),
    ".warc": partial(_plain, _WARC),
    ".docx": partial(_zipped, {"[Content_Types].xml": _TYPES, "word/document.xml": _WORD}),
    ".epub": partial(
        _zipped, {"META-INF/container.xml": _CONTAINER, "b.opf": _BOOK, "a.html": _PAGE}
    ),
    ".pdf": _pdf,
}
_JUNK = (
    b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"<", b"<p", b"&#xd800;", b"\x85", b"]]>", b'"',
    b"'", b"\\ud800", b"{", b"}", b"[", b"<frameset>", b"<svg><p>", b"\x1b$B", b"\\", b",",
    b"<?xml encoding='utf-16'?>", b"\n", b"\r", b"\xe2\x80\xae", b"%s", b"1e999", b"-1", b"9" * 20,
)  # fmt: skip
_ENCODINGS = (
    "utf-16", "utf-16-be", "utf-32", "utf-7", "utf-8-sig", "cp1252", "cp037", "koi8-r", "gb18030",
    "shift_jis", "euc_kr", "iso2022_jp", "big5", "mac_roman",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**400, float("nan"), float("inf"), "", " ", [], {}, [[]], [None], "\ud800",
    "\0", "9999-99-99", "0000-00-00", "31/02/2020", "2019-05-07T25:61:61+99:99", "http://[", "//",
    "javascript:x", "http://\ud800", "a" * 5000, "\u202e", {"name": {"name": []}}, [{"x": "y"}],
)  # fmt: skip
_MAIL_KINDS = (
    "multipart/mixed; boundary=", "multipart/alternative; boundary=", "message/rfc822; x=",
)  # fmt: skip
# What is repeated to nest or to swell: an opening, what follows the last one, and a closing.
_NESTS = (
    ("<div>", _STORY, "</div>"), ("<b>", _STORY, ""), ("<table><tr><td>", _STORY, ""),
    ("<ul><li>", _STORY, "</ul>"), ("<svg><foreignObject>", _STORY, ""), ("[", "1", "]"),
    ('{"articles":', "[]", "}"), ('{"text":', '"' + _STORY + '"', "}"), ("{\\b ", _STORY, "}"),
    ("> ", _STORY, ""), ("**", _STORY, "**"), ("![", _STORY, "](x)"), ("- ", _STORY, ""),
    ("<w:tbl><w:tr><w:tc>", _STORY, ""), ("<item>", _STORY, "</item>"), ("(", _STORY, ")"),
)  # fmt: skip
_SWELLS = (
    "\n", " ", "a", "a ", "a - ", "\t", ",", '"', '""', "'", "&amp;", "&#", "<", "<p>", "</p>",
    "<!--", "<a href=/>a</a>", "<br>", " x=y", "<h1>Bridge</h1>", "-", "*", "_", "[a](b)", "|",
    "# ", "=\n", "=20", "\\'e9", "\\u233?", "{}", "[],", '{"text": "a b c."}\n', "\u0301", "\u4e00",
    "1. ", "Mr. ", "A.", "”", "By Mara Holt\n", "7 May 2019 ", "Read more\n", "Subject: x\n",
    "From a@b Tue May  7 08:00:00 2019\n\n", "--b\n\n", "https://a.example/ ", f"{_STORY} ",
    f"{_STORY}\n\n", f"<p>{_STORY}</p>", "BT ET ", f"({_STORY}) Tj ", "WARC/1.0\r\n\r\n",
    f"<w:p><w:r><w:t>{_STORY}</w:t></w:r></w:p>",
)  # fmt: skip


def make(seed: int, number: int) -> HostileFile:
    """The file of that number."""
    made = random.Random(f"{seed} {number}")
    way = made.choices(list(_WAYS), [weight for _, weight in _WAYS.values()])[0]
    suffix, data = _WAYS[way][0](made)
    if made.random() < 0.05:
        suffix, data = f"{suffix}.gz", _gz(data)
        data = _mutated(data, made) if made.random() < 0.3 else data
    return HostileFile(way, f"{number}{suffix}", data)


def _altered(made: random.Random) -> tuple[str, bytes]:
    suffix = made.choice(list(FORMATS))
    if made.random() < 0.5:
        return suffix, FORMATS[suffix](lambda data: _mutated(data, made))
    return suffix, _mutated(FORMATS[suffix](bytes), made)


def _mutated(data: bytes, made: random.Random) -> bytes:
    for _ in range(made.randint(1, 4)):
        start = made.randint(0, len(data))
        end = min(len(data), start + made.randint(0, 60))
        junk = made.choice(
            (made.choice(_JUNK), made.randbytes(made.randint(0, 8)), data[start:end])
        )
        data = data[:start] + junk * made.choice((1, 1, 1, 2, 50)) + data[end:]
    return data[: made.randint(0, len(data))] if made.random() < 0.4 else data


def _misnamed(made: random.Random) -> tuple[str, bytes]:
    return made.choice(list(FORMATS)), FORMATS[made.choice(list(FORMATS))](bytes)


def _recoded(made: random.Random) -> tuple[str, bytes]:
    """A text in an encoding that it does not state, or in two."""
    suffix = made.choice(list(FORMATS))
    text = "Brücke 橋 мост “wide” naïve \x85\x93 " + FORMATS[suffix](bytes).decode("latin-1")
    half = made.randint(0, len(text)) if made.random() < 0.3 else len(text)
    parts = (text[:half].encode(made.choice(_ENCODINGS), "ignore"), text[half:].encode())
    return suffix, b"".join(parts)


def _odd(made: random.Random) -> tuple[str, bytes]:
    """Rows with values that no field expects."""
    rows = []
    for _ in range(made.randint(1, 5)):
        names = made.sample(list(_ROW), made.randint(1, 3))
        rows.append(_ROW | {name: made.choice(_VALUES) for name in names})
    data = "\n".join(json.dumps(row) for row in rows).encode()
    return made.choice((".jsonl", ".json")), data


def _nested(made: random.Random) -> tuple[str, bytes]:
    suffix, (opening, middle, closing) = made.choice(list(FORMATS)), made.choice(_NESTS)
    depth = int(10 ** made.uniform(1, 6))
    core = (opening * depth + middle + closing * depth).encode()
    return suffix, _filled(suffix, core, made)


def _swollen(made: random.Random) -> tuple[str, bytes]:
    suffix, unit = made.choice(list(FORMATS)), made.choice(_SWELLS)
    size = int(10 ** made.uniform(3, 7.9))
    return suffix, _filled(suffix, (unit * (size // len(unit) + 1)).encode(), made)


def _filled(suffix: str, core: bytes, made: random.Random) -> bytes:
    """A file of the kind, with the core somewhere in it, in place of its story, or alone."""
    story, place = _STORY.encode(), made.random()

    def change(data: bytes) -> bytes:
        if place < 0.2:
            return core
        if place < 0.6:
            return data.replace(story, core)
        cut = int(place * len(data))
        return data[:cut] + core + data[cut:]

    return FORMATS[suffix](change)


def _packed(made: random.Random) -> tuple[str, bytes]:
    """A small .gz file of up to a billion bytes."""
    unit = made.choice(_SWELLS).encode()
    piece = _gz(unit * (2**22 // len(unit)))
    head = _gz(made.choice((b"", b"title,text\n", b'{"text": "', b"[")))
    suffix = made.choice((".csv", ".jsonl", ".json", ".txt", ".html"))
    return f"{suffix}.gz", head + piece * int(10 ** made.uniform(0, 2.4))


def _mail_of_mails(made: random.Random) -> tuple[str, bytes]:
    """Mails in mails, and files packed in files."""
    suffix, data = made.choice((".eml", ".mbox", ".mhtml")), _MAIL.encode()
    for level in range(int(10 ** made.uniform(0, 2.5))):
        kind = made.choice(
            ("multipart/mixed; boundary=", "multipart/alternative; boundary=", "message/rfc822; x=")
        )
        if len(data) < 2**20 and made.random() < 0.1:
            data = b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)
        data = f"Content-Type: {kind}b{level}\n\n--b{level}\n".encode() + data
    return suffix, data


_WAYS: dict[str, tuple[Callable[[random.Random], tuple[str, bytes]], float]] = {
    "altered": (_altered, 62),
    "misnamed": (_misnamed, 6),
    "recoded": (_recoded, 10),
    "odd values": (_odd, 10),
    "nested": (_nested, 5),
    "swollen": (_swollen, 4),
    "packed": (_packed, 1),
    "mails in mails": (_mail_of_mails, 2),
}
