"""Reads metadata.csv: what the user knows of the files beside it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from ingest.clean.characters import one_line
from ingest.extract.rows import TEXT_FIELDS, field_name
from ingest.extract.stated import FIELDS, checked
from ingest.sources.encoding import decode
from ingest.sources.files import read_document
from rag.errors import SourceError, UsageError

METADATA_FILE = "metadata.csv"
_FILE_COLUMNS = ("file", "filename", "path", "source", "name")


def read_metadata(path: Path) -> Mapping[str, Mapping[str, str]] | None:
    """Reads what a metadata.csv states, by file name; None if it is a table of articles.

    :raises SourceError: if it cannot be read, or a row states something that cannot be.
    """
    text = decode(read_document(path)).lstrip("\ufeff")
    reader = csv.DictReader(text.splitlines(), strict=True)
    names = {name: field_name(name) for name in reader.fieldnames or () if name}
    if any(name in TEXT_FIELDS for name in names.values()):
        return None
    column = next((name for name, plain in names.items() if plain in _FILE_COLUMNS), None)
    if column is None:
        raise SourceError("has no column with the names of the files: call it file")
    stated: dict[str, Mapping[str, str]] = {}
    try:
        for number, row in enumerate(reader, 1):
            fields = {
                names[name]: value
                for name, value in row.items()
                if name in names and names[name] in FIELDS and value and value.strip()
            }
            stated[one_line(row[column] or "")] = _checked_row(fields, number)
    except csv.Error as error:
        raise SourceError(f"is not a CSV file that can be read ({error})") from error
    return stated


def _checked_row(fields: Mapping[str, str], number: int) -> Mapping[str, str]:
    try:
        return checked(fields)
    except UsageError as error:
        raise SourceError(f"cannot be used: in row {number}, {error.message}") from error
