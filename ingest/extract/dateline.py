"""Reads the date in the dateline of a report: LONDON, 4 May 2021 (Reuters) - The …"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.extract.dates import parse_date
from ingest.extract.draft import Line
from rag.model import PartialDate, Precision

_DATELINE = re.compile(
    r"[A-ZÀ-Þ][A-ZÀ-Þ .'’-]{2,30}(?:,\s[\w .'’-]{2,20}?)?(?:\s?\([^()]{2,30}\))?[\s,—–-]{1,3}"
    r"(?P<date>[\w., ]{6,30}?)[\s,]{0,2}(?:\([^()]{2,30}\)|[—–:-])\s"
)
_LINES = 3


def date_of_dateline(lines: Sequence[Line]) -> PartialDate | None:
    """Finds the day that a dateline in the first lines states, with its year."""
    for line in lines[:_LINES]:
        found = _DATELINE.match(line.text)
        date = parse_date(found["date"].strip(" ,")) if found else None
        if date is not None and date.precision is Precision.DAY:
            return date
    return None
