"""Splits exports of news databases, and digests, into their documents.

Known are the text exports of Nexis (old and new), ProQuest and Factiva, and mailboxes or digests
of several messages in one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ingest.clean.characters import normalize
from ingest.extract.dates import dates_in
from ingest.extract.headers import read_head

Fields = Mapping[str, str]

_QUICK = re.compile(
    rb"\d+ of \d+ DOCUMENTS?|Document \d+ of \d+|End of Document|^HD  ?\S|^Document [A-Z0-9]{10,}"
    rb"|^From \S+ .*\d{4}\r?$|^(?:Subject|Title|Headline|From|Date): ",
    re.MULTILINE,
)
_NUMBERED = re.compile(
    r"^(?:(?P<nexis>\d+ of \d+ DOCUMENTS?)|(?P<proquest>Document \d+ of \d+))$", re.MULTILINE
)
_END_OF_DOCUMENT = re.compile(r"^End of Document$", re.MULTILINE)
_FACTIVA_END = re.compile(r"^(?:AN )?Document (?P<id>[A-Z0-9]{10,}\w*)$", re.MULTILINE)
_RULE = re.compile(r"^[_=*-]{8,}$", re.MULTILINE)
_UPPER_KEY = re.compile(r"(?P<key>[A-Z][A-Z /-]{2,30}):\s*(?P<value>.*)")
_HEAD_KEYS = frozenset(
    ("byline", "section", "length", "dateline", "headline", "highlight", "source", "body", "series")
)
_MIXED_KEY = re.compile(
    r"(?P<key>title|author|publication info|abstract|full text|links|subject|location|people"
    r"|company / organization|publication title|publication year|publication date|publisher"
    r"|section|place of publication|country of publication|publication subject|issn|source type"
    r"|language(?: of publication)?|document type|proquest document id|document url|copyright"
    r"|last updated|database|pages?|column|first page|dateline|identifier / keyword|classification"
    r"|number of pages|volume|issue|byline|length|load-date):\s*(?P<value>.*)",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"(?:copyright\b|\(c\)|©).*|all rights reserved\.?", re.IGNORECASE)
_WORDS = re.compile(r"[\d,]+ words")
_FACTIVA_CODE = re.compile(
    r"(?P<key>SE|HD|BY|CR|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|LP|TD|ART|CT|RF|CO|IN|NS|RE|IPC|IPD|PUB|AN)"
    r"(?:\s+(?P<value>.*))?"
)
_FACTIVA_FIELDS = {"HD": "title", "BY": "author", "PD": "published", "SN": "publisher"}
_LANGUAGE = re.compile(r"(?:English|German|French|Spanish|Italian|Portuguese|Dutch)")
_MESSAGE = re.compile(r"^From \S+ .*\d{4}$", re.MULTILINE)
_HEADER_LINE = r"(?:From|Subject|Date|Title|Headline|Source|Author|By|Published|URL|Link): .+\n"
_LONGEST_PREFACE = 6
_HEADER_BLOCK = re.compile(rf"^(?:{_HEADER_LINE}){{2,}}", re.MULTILINE)


def may_be_export(data: bytes) -> bool:
    """Tells quickly whether the bytes of a text may hold several documents."""
    return len(_QUICK.findall(data)) > 1


def split_export(text: str) -> list[Fields]:
    """Splits a text into the fields of its documents; empty if it is not an export."""
    text = normalize(text)
    for split in (_numbered, _ended, _factiva, _messages):
        found = [fields for fields in split(text) if fields.get("text")]
        if found:
            return found
    return []


def _numbered(text: str) -> Iterator[Fields]:
    marks = list(_NUMBERED.finditer(text))
    stops = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, stop in zip(marks, stops, strict=False):
        part = text[mark.end() : stop]
        yield _nexis(part) if mark["nexis"] else _proquest(part)


def _nexis(part: str) -> Fields:
    """Reads a document of Nexis: publisher, date, title, keys in capitals, text, keys again."""
    fields: dict[str, str] = {}
    body: list[str] = []
    in_body = False
    for group in _groups(part):
        match = _UPPER_KEY.match(group)
        if _COPYRIGHT.fullmatch(group.split("\n")[0]):
            if in_body:
                break
        elif match and match["key"].lower() not in _HEAD_KEYS:
            break
        elif match:
            _take_key(fields, match)
            in_body = in_body or match["key"] == "LENGTH"
        elif in_body or ("title" in fields and "author" in fields):
            body.append(group)
        elif "publisher" not in fields:
            fields["publisher"] = _line(group)
        elif "published" not in fields:
            fields["published"] = _first_date(group)
        elif "title" not in fields:
            fields["title"] = _line(group)
        else:
            body.append(group)
    return fields | {"text": "\n\n".join(body)}


def _take_key(fields: dict[str, str], match: re.Match[str]) -> None:
    names = {"BYLINE": "author", "HEADLINE": "title"}
    if match["key"] in names:
        fields[names[match["key"]]] = match["value"].strip()


def _ended(text: str) -> Iterator[Fields]:
    """Splits an export of Nexis Uni, whose documents end in a line of their own."""
    for part in _END_OF_DOCUMENT.split(text)[:-1]:
        groups = list(_groups(part))
        lines = [line for group in groups for line in group.split("\n")]
        dated = next((n for n, line in enumerate(lines[:12]) if _first_date(line)), None)
        if dated is None or dated < 1:
            continue
        start = next((n + 1 for n, line in enumerate(lines) if line.lower() == "body"), dated + 1)
        stop = next((n for n, line in enumerate(lines) if line.startswith("Load-Date:")), None)
        keys = (_MIXED_KEY.fullmatch(line) for line in lines[dated:start])
        author = next((key["value"] for key in keys if key and key["key"] == "Byline"), "")
        yield {
            "title": lines[0],
            "publisher": lines[1] if dated > 1 else "",
            "published": _first_date(lines[dated]),
            "author": author,
            "text": "\n\n".join(
                line
                for line in lines[start:stop]
                if not _MIXED_KEY.fullmatch(line) and not _COPYRIGHT.fullmatch(line)
            ),
        }


def _proquest(part: str) -> Fields:
    values: dict[str, list[str]] = {}
    current = "title"
    for line in part.split("\n"):
        match = _MIXED_KEY.fullmatch(line)
        if match:
            current = match["key"].lower()
            values.setdefault(current, []).append(match["value"])
        elif not _RULE.fullmatch(line):
            values.setdefault(current, []).append(line)
    joined = {key: "\n".join(lines).strip() for key, lines in values.items()}
    return {
        "title": _line(joined.get("title", "")),
        "author": _natural(joined.get("author", "")),
        "publisher": joined.get("publication title")
        or joined.get("publication info", "").split(" ; ")[0],
        "published": joined.get("publication date", ""),
        "url": joined.get("document url", ""),
        "text": joined.get("full text", ""),
    }


def _factiva(text: str) -> Iterator[Fields]:
    ends = list(_FACTIVA_END.finditer(text))
    start = 0
    for end in ends:
        part = text[start : end.start()]
        start = end.end()
        reader = _factiva_codes if re.search(r"^HD  ?\S", part, re.MULTILINE) else _factiva_plain
        yield {**reader(part), "id": end["id"]}


def _factiva_codes(part: str) -> Fields:
    """Reads a document with two-letter codes: HD title, PD date, LP and TD text."""
    values: dict[str, list[str]] = {}
    code = ""
    for line in part.split("\n"):
        match = _FACTIVA_CODE.fullmatch(line)
        code = match["key"] if match else code
        values.setdefault(code, []).append((match["value"] or "") if match else line)
    fields = {
        name: _line("\n".join(values.get(code, ()))) for code, name in _FACTIVA_FIELDS.items()
    }
    return fields | {"text": "\n".join([*values.get("LP", ()), "", *values.get("TD", ())]).strip()}


def _factiva_plain(part: str) -> Fields:
    """Reads a document without codes: its head ends in its language and a copyright."""
    lines = [line for line in part.split("\n") if line and not _RULE.fullmatch(line)]
    counted = next((n for n, line in enumerate(lines[:12]) if _WORDS.fullmatch(line)), None)
    if counted is None or counted < 1:
        return {}
    head, rest = lines[:counted], lines[counted + 1 :]
    author = head.pop() if len(head) > 1 and re.match(r"by\s", head[-1], re.IGNORECASE) else ""
    dated = next((n for n, line in enumerate(rest[:4]) if _first_date(line)), None)
    if dated is None:
        return {}
    names = (line for line in rest[dated + 1 : dated + 4] if not re.fullmatch(r"[\d:]+.*", line))
    start = next(
        (n + 1 for n, line in enumerate(rest[:12]) if _LANGUAGE.fullmatch(line)), dated + 2
    )
    return {
        "title": head[-1],
        "author": author,
        "published": _first_date(rest[dated]),
        "publisher": next(names, ""),
        "text": "\n\n".join(line for line in rest[start:] if not _COPYRIGHT.fullmatch(line)),
    }


def _messages(text: str) -> Iterator[Fields]:
    """Splits a mailbox or a digest at its blocks of header lines."""
    blocks = [block for block in _HEADER_BLOCK.finditer(text) if _has_title(block[0])]
    if len(blocks) < 2 or text[: blocks[0].start()].count("\n\n") > _LONGEST_PREFACE:
        return
    stops = [*(block.start() for block in blocks[1:]), len(text)]
    for block, stop in zip(blocks, stops, strict=True):
        headed = read_head(text[block.start() : stop])
        body = _RULE.sub("", _MESSAGE.sub("", headed.body)).strip()
        yield {**headed.fields, "text": body}


def _has_title(block: str) -> bool:
    return re.search(r"^(?:Subject|Title|Headline): ", block, re.MULTILINE) is not None


def _groups(text: str) -> Iterator[str]:
    """Yields the runs of lines between blank lines."""
    return (group.strip("\n") for group in re.split(r"\n{2,}", text) if group.strip())


def _line(text: str) -> str:
    return " ".join(text.split())


def _first_date(text: str) -> str:
    found = next(dates_in(text), None)
    return text[found.start : found.end] if found else ""


def _natural(author: str) -> str:
    """Turns "Holt, Mara" into "Mara Holt"; several authors are parted by semicolons."""
    names = (name.strip() for name in author.split(";"))
    return ", ".join(" ".join(reversed(name.split(", ", 1))) for name in names if name)
