"""Names the figures of a report: their labels, what they mean, and which way is better."""

from __future__ import annotations

import csv
from enum import StrEnum
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple


class Better(StrEnum):
    """Which way a figure is better."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class Unit(StrEnum):
    """How a figure is written."""

    SHARE = "share"
    NUMBER = "number"
    MILLISECONDS = "ms"


class Measure(NamedTuple):
    """How a figure is called in a report and read."""

    name: str
    label: str
    help: str
    better: Better
    unit: Unit


def _read() -> dict[str, tuple[Measure, ...]]:
    text = files("eval.report").joinpath("measures.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        group: tuple(
            Measure(
                row["name"], row["label"], row["help"], Better(row["better"]), Unit(row["unit"])
            )
            for row in found
        )
        for group, found in groupby(rows, key=lambda row: row["group"])
    }


HEADLINE = _read()
"""All measures by the title of their block, in the order of a report."""
MEASURES = {measure.name: measure for group in HEADLINE.values() for measure in group}
SLICED = tuple(
    MEASURES[name]
    for name in ("right", "quote@1", "exact_match", "f1", "evidence_recall", "passage_recall@10")
)
"""What is shown of each slice of the questions."""
