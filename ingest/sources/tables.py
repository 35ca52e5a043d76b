"""A file of many articles in, its rows out, one at a time: JSON, JSON lines, CSV and TSV.

A row that cannot be read is handed out as a `BadRow`, and the others follow. Knows no collection and no key, and of an article
only which fields hold its text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ingest.extract.rows import TEXT_FIELDS, field_name
from ingest.sources.encoding import decode
from ingest.sources.files import opened, read_document, survey
from rag.errors import SourceError

ROW_LIMIT = 64 * 2**20
_LISTS = ("articles", "items", "data")
_DELIMITERS = (",", ";", "\t", "|")
_BAD_IN_A_ROW = 100


class Row(NamedTuple):
    """The fields of one article; `number` counts the rows of its file from 1, and is None where the file is one article."""

    number: int | None
    fields: Mapping[str, Any]


class BadRow(NamedTuple):
    """A row that is no article, and why."""

    number: int
    reason: str


def read_table(path: Path, suffix: str) -> Iterator[Row | BadRow]:
    """The rows of the file, in order, read as they are asked for; `suffix` says which kind of table it is.

    :raises SourceError: while reading, if the file as a whole cannot be read, or nothing more of it can.
    """
    bad = 0
    for row in _READERS[suffix](path):
        bad = bad + 1 if isinstance(row, BadRow) else 0
        yield row
        if bad == _BAD_IN_A_ROW:
            raise SourceError(f"was given up after {bad} rows in succession that cannot be read")


def _read_json(path: Path) -> Iterator[Row | BadRow]:
    text = decode(read_document(path))
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        yield from _lines_in_json(text, error)
        return
    rows = _list_of(value)
    if rows is None:
        yield (
            Row(None, value)
            if isinstance(value, dict)
            else BadRow(1, "is not a JSON object with the fields of an article")
        )
        return
    for number, item in enumerate(rows, 1):
        yield (
            Row(number, item) if isinstance(item, dict) else BadRow(number, "is not a JSON object")
        )


def _list_of(value: object) -> list[object] | None:
    """The articles of a JSON value that holds several."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or any(
        field_name(name) in TEXT_FIELDS and isinstance(item, str) for name, item in value.items()
    ):
        return None
    return next((item for name in _LISTS if isinstance(item := value.get(name), list)), None)


def _lines_in_json(text: str, error: Exception) -> Iterator[Row | BadRow]:
    """JSON lines under the name of JSON, which is common."""
    first = text.lstrip("\ufeff \r\n\t").split("\n", 1)[0]
    if not isinstance(_row_of(first, 1), Row):
        raise SourceError(f"is not JSON ({error})") from error
    yield from _rows_of(io.StringIO(text.lstrip("\ufeff")))


def _read_lines(path: Path) -> Iterator[Row | BadRow]:
    encoding = survey(path)
    with opened(path) as stream, io.TextIOWrapper(stream, encoding.name, encoding.errors) as text:
        yield from _rows_of(text)


def _rows_of(stream: TextIO) -> Iterator[Row | BadRow]:
    number = 0
    while line := stream.readline(ROW_LIMIT + 1):
        if not line.strip():
            continue
        number += 1
        if len(line) > ROW_LIMIT:
            _skip_line(stream)
            yield BadRow(number, _TOO_LONG)
        else:
            yield _row_of(line, number)


_TOO_LONG = f"is longer than {ROW_LIMIT // 2**20} MiB"


def _skip_line(stream: TextIO) -> None:
    while (piece := stream.readline(2**20)) and not piece.endswith("\n"):
        pass


def _row_of(line: str, number: int) -> Row | BadRow:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(number, f"is not JSON ({error})")
    return (
        Row(number, fields) if isinstance(fields, dict) else BadRow(number, "is not a JSON object")
    )


def _read_csv(path: Path) -> Iterator[Row | BadRow]:
    encoding = survey(path)
    # The limit is one for the whole process: it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), ROW_LIMIT))
    with (
        opened(path) as stream,
        io.TextIOWrapper(stream, encoding.name, encoding.errors, newline="") as text,
    ):
        lines = _CappedLines(text)
        first = next(lines, "")
        reader = csv.reader(chain([first], lines), delimiter=_delimiter(first, path))
        try:
            yield from _csv_rows(reader, lines)
        except csv.Error as error:
            raise SourceError(f"cannot be read from row {reader.line_num} on ({error})") from error


def _csv_rows(reader: Iterator[list[str]], lines: _CappedLines) -> Iterator[Row | BadRow]:
    names = [name.strip() for name in next(reader, [])]
    if not any(field_name(name) in TEXT_FIELDS for name in names):
        found = ", ".join(name[:40] for name in names[:20] if name) or "none"
        raise SourceError(
            f"has no column with the text of its articles: its columns are {found}; one of {', '.join(TEXT_FIELDS)} is needed"
        )
    lines.taken = 0
    number = 0
    for cells in reader:
        lines.taken = 0
        if not any(cell.strip() for cell in cells):
            continue
        number += 1
        if any(cell.strip() for cell in cells[len(names) :]):
            yield BadRow(
                number,
                f"has {len(cells)} cells for {len(names)} columns; is a text with commas not in quotes?",
            )
        else:
            yield Row(
                number, {name: cell for name, cell in zip(names, cells, strict=False) if name}
            )


def _delimiter(header: str, path: Path) -> str:
    if ".tsv" in [suffix.lower() for suffix in path.suffixes]:
        return "\t"
    return max(_DELIMITERS, key=header.count)


class _CappedLines:
    """The lines of a CSV file; a row, which may run over many of them, may not outgrow `ROW_LIMIT`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.taken = 0

    def __iter__(self) -> _CappedLines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(ROW_LIMIT + 1)
        self.taken += len(line)
        if self.taken > ROW_LIMIT:
            raise SourceError(
                f"has a row longer than {ROW_LIMIT // 2**20} MiB; is a quote left open?"
            )
        if not line:
            raise StopIteration
        return line


_READERS = {
    ".json": _read_json,
    ".jsonl": _read_lines,
    ".ndjson": _read_lines,
    ".csv": _read_csv,
    ".tsv": _read_csv,
}
TABLE_SUFFIXES = frozenset(_READERS)
