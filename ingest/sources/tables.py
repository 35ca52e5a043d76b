"""Reads the rows of a file of many articles, one at a time: JSON, JSON lines, CSV and TSV.

A row that cannot be read is yielded as a `BadRow`; the others follow.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ingest.clean.bounds import check_count
from ingest.extract.rows import TEXT_FIELDS, field_name, has_text
from ingest.sources.encoding import decode
from ingest.sources.files import opened, read_document, survey
from rag.errors import SourceError

ROW_LIMIT = 16 * 2**20
_MOST_JSON_PARTS = 4_000_000
_DEPTH, _LOOKED_AT = 5, 20
_DELIMITERS = (",", ";", "\t", "|")
_BAD_IN_A_ROW, _BLANK_IN_A_ROW, _SHORT_IN_A_ROW = 100, 1_000_000, 50_000
_SHORT = 20


class TableRow(NamedTuple):
    """The fields of one article, and its number in the file from 1; None if it is the only one."""

    number: int | None
    fields: Mapping[str, Any]


class BadRow(NamedTuple):
    """A row that cannot be read, and why."""

    number: int
    reason: str


def read_table(path: Path, suffix: str) -> Iterator[TableRow | BadRow]:
    """Reads the rows of a file in order; `suffix` is the kind of table.

    :raises SourceError: while reading, if the file, or the rest of it, cannot be read.
    """
    bad = short = 0
    for row in _READERS[suffix](path):
        bad = bad + 1 if isinstance(row, BadRow) else 0
        short = short + 1 if isinstance(row, TableRow) and _is_short(row) else 0
        yield row
        if short == _SHORT_IN_A_ROW:
            raise SourceError(f"was given up after {short:,} rows in succession without a text")
        if bad == _BAD_IN_A_ROW:
            raise SourceError(f"was given up after {bad} rows in succession that cannot be read")


def _is_short(row: TableRow) -> bool:
    fields = row.fields
    return not has_text(fields) or sum(len(str(value)) for value in fields.values()) < _SHORT


def _read_json(path: Path) -> Iterator[TableRow | BadRow]:
    text = decode(read_document(path)).lstrip("\ufeff")
    check_count(text, "[{,", _MOST_JSON_PARTS, "values")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield from _lines_in_json(text, error)
        return
    rows = _list_of(value)
    if rows is not None:
        yield from (_checked(item, number) for number, item in enumerate(rows, 1))
    elif isinstance(value, dict):
        yield TableRow(None, value)
    else:
        yield BadRow(1, "is not a JSON object with the fields of an article")


def _checked(item: object, number: int) -> TableRow | BadRow:
    if isinstance(item, dict):
        return TableRow(number, item)
    return BadRow(number, "is not a JSON object")


def _list_of(value: object) -> Sequence[object] | None:
    """Finds the articles of a JSON value that holds several, at any of the usual depths.

    An object that holds a text itself is one article; a list in it may be its comments.
    """
    if isinstance(value, list):
        return value
    level: list[object] = [value]
    for _ in range(_DEPTH):
        objects = [item for item in level if isinstance(item, dict)]
        if any(has_text(item) for item in objects):
            return None if objects == [value] else objects
        inner = [item for fields in objects for item in fields.values()]
        lists = [items for items in inner if isinstance(items, list) and _are_articles(items)]
        if lists:
            return max(lists, key=len)
        # The lists of an export may hold the objects with the lists that hold the articles.
        level = [
            item
            for value in inner
            for item in (value[:_LOOKED_AT] if isinstance(value, list) else [value])
            if isinstance(item, dict)
        ]
    return None


def _are_articles(items: list[object]) -> bool:
    return any(isinstance(item, dict) and has_text(item) for item in items[:_LOOKED_AT])


def _lines_in_json(text: str, error: Exception) -> Iterator[TableRow | BadRow]:
    """Reads JSON lines in a file named .json, which is common."""
    first = text.lstrip().split("\n", 1)[0]
    if not isinstance(_row_of(first, 1), TableRow):
        raise SourceError(f"is not JSON ({error})") from error
    yield from _rows_of(io.StringIO(text))


def _read_lines(path: Path) -> Iterator[TableRow | BadRow]:
    encoding = survey(path)
    with opened(path) as stream, io.TextIOWrapper(stream, encoding.name, encoding.errors) as text:
        yield from _rows_of(text)


def _rows_of(stream: TextIO) -> Iterator[TableRow | BadRow]:
    number = blank = 0
    while line := stream.readline(ROW_LIMIT + 1):
        blank = 0 if line.strip() else _one_more(blank)
        if blank:
            continue
        number += 1
        if len(line) > ROW_LIMIT:
            _skip_line(stream)
            yield BadRow(number, f"is longer than {ROW_LIMIT // 2**20} MiB")
        else:
            yield _row_of(line, number)


def _one_more(blank: int) -> int:
    if blank == _BLANK_IN_A_ROW:
        raise SourceError(f"was given up after {blank:,} empty rows in succession")
    return blank + 1


def _skip_line(stream: TextIO) -> None:
    while (piece := stream.readline(2**20)) and not piece.endswith("\n"):
        pass


def _row_of(line: str, number: int) -> TableRow | BadRow:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(number, f"is not JSON ({error})")
    return _checked(fields, number)


def _read_csv(path: Path) -> Iterator[TableRow | BadRow]:
    encoding = survey(path)
    # The limit is one for the whole process: it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), ROW_LIMIT))
    with (
        opened(path) as stream,
        io.TextIOWrapper(stream, encoding.name, encoding.errors, newline="") as text,
    ):
        lines = _CappedLines(text)
        first = next(lines, "")
        # Strict: a quote that is not closed must not swallow the rows that follow.
        reader = csv.reader(chain([first], lines), delimiter=_delimiter(first, path), strict=True)
        yield from _csv_rows(reader, lines)


def _csv_rows(reader: Iterator[list[str]], lines: _CappedLines) -> Iterator[TableRow | BadRow]:
    names = [name.strip() for name in next(reader, [])]
    if not any(field_name(name) in TEXT_FIELDS for name in names):
        found = ", ".join(name[:40] for name in names[:20] if name) or "none"
        raise SourceError(
            f"has no column with the text of its articles: its columns are {found}; "
            f"one of {', '.join(TEXT_FIELDS)} is needed"
        )
    number = blank = 0
    while (cells := _next_cells(reader, lines, number + 1)) is not None:
        blank = 0 if any(cell.strip() for cell in cells) else _one_more(blank)
        if blank:
            continue
        number += 1
        if any(cell.strip() for cell in cells[len(names) :]):
            yield BadRow(
                number,
                f"has {len(cells)} cells for {len(names)} columns; "
                "is a text with commas not in quotes?",
            )
        else:
            yield TableRow(
                number, {name: cell for name, cell in zip(names, cells, strict=False) if name}
            )


def _next_cells(reader: Iterator[list[str]], lines: _CappedLines, number: int) -> list[str] | None:
    lines.taken = 0
    try:
        return next(reader, None)
    except csv.Error as error:
        raise SourceError(
            f"cannot be read from row {number} on: a quote is not closed, or stands inside a cell "
            f"in quotes without being doubled ({error})"
        ) from error


def _delimiter(header: str, path: Path) -> str:
    if ".tsv" in [suffix.lower() for suffix in path.suffixes]:
        return "\t"
    return max(_DELIMITERS, key=header.count)


class _CappedLines:
    """Iterates over the lines of a CSV file; limits a row, of one or more lines, to `ROW_LIMIT`."""

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
