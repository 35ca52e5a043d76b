"""Fitting what answers look like, on a small set made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.train.questions.answer_types import train_answer_types
from rag.errors import UsageError
from rag.reading.answer_types import KINDS_FILE, fitted_answer_types
from tests.eval.conftest import Call
from tests.eval.train.squad import Asked, write_squad


def squad_file(path: Path, count: int) -> Path:
    """Paragraphs, each with a question for a number, one for a name and one it does not answer."""
    paragraphs = []
    for number in range(count):
        town = f"Town{chr(97 + number % 26)}{chr(97 + number // 26)}"
        asked = [
            Asked(f"{number}/0", f"How many houses has {town}?", [str(number + 20)]),
            Asked(f"{number}/1", f"Which place has {number + 20} houses?", [town]),
            Asked(f"{number}/n", f"Who built {town}?"),
        ]
        paragraphs.append((town, f"{town} has {number + 20} houses.", asked))
    return write_squad(path, paragraphs)


def test_what_is_fitted_tells_numbers_from_names(call: Call, tmp_path: Path) -> None:
    data, out = squad_file(tmp_path / "towns.json", 120), tmp_path / "mine" / KINDS_FILE
    assert call("train", "answer-types", data, "--out", out).exit_code == 0
    account = json.loads(out.read_text(encoding="utf-8"))["account"]
    assert account["data"] == ["towns"]
    # Held-out questions are not learnt from; they are told better by their words than by nothing.
    assert account["questions"] < 240
    assert account["held_out"]["asked"] < account["held_out"]["usual"]
    kinds = fitted_answer_types(out.parent)
    many, place = (
        kinds.expected("How many boats has Skarn?"),
        kinds.expected("Which place has boats?"),
    )
    assert many.agreement("30") > 0 > many.agreement("Skarn")
    assert place.agreement("Skarn") > 0 > place.agreement("30")


def test_too_few_questions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too few"):
        train_answer_types([squad_file(tmp_path / "few.json", 3)], tmp_path / KINDS_FILE)
    assert not (tmp_path / KINDS_FILE).exists()
