"""Fitting what speaks for a figure, on a small set made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.train.questions.amounts import train_amounts
from rag.answering.asked.counted import COUNTED_FILE, Signs, fitted_figures
from rag.errors import ModelError, UsageError
from tests.eval.train.squad import Asked, write_squad
from tests.fakes import HashingEmbedder

TOWNS = "Aldwater Brackwell Corn Dell Fennmouth Hollmark Skarn Tarn Tellis Vale Orvane Lind".split()


def squad_file(path: Path, count: int) -> Path:
    """Paragraphs with a figure of houses and one of ships, and a question for either."""
    paragraphs = []
    for number in range(count):
        town = f"{TOWNS[number % len(TOWNS)]} {TOWNS[number // len(TOWNS)]}"
        text = f"In {town} are {number + 20} houses. In May {number + 90} ships came to {town}."
        asked = [
            Asked(f"{number}/0", f"How many houses are in {town}?", [str(number + 20)]),
            Asked(f"{number}/1", f"How many ships came to {town}?", [str(number + 90)]),
            Asked(f"{number}/2", f"Which town has {number + 20} houses?", [town]),
        ]
        paragraphs.append((town, text, asked))
    return write_squad(path, paragraphs)


def test_what_is_fitted_tells_the_figure_that_is_asked_for(tmp_path: Path) -> None:
    data, out = squad_file(tmp_path / "towns.json", 40), tmp_path / "counted.json"
    figures = train_amounts([data], out, HashingEmbedder())
    assert figures["right_first"] > 0.8
    account = json.loads(out.read_text(encoding="utf-8"))["account"]
    assert account == {"data": ["towns"], "questions": 80, **figures}
    model = fitted_figures(out)
    assert model.odds(Signs(0.9, 0.9, 1.0, 1.0)) > model.odds(Signs(0.1, 0.1, 0.2, 0.0))


def test_too_few_questions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too few"):
        train_amounts([squad_file(tmp_path / "towns.json", 3)], tmp_path / "o", HashingEmbedder())


def test_the_shipped_weights_are_for_these_signs(tmp_path: Path) -> None:
    assert all(weight > 0 for weight in fitted_figures(COUNTED_FILE).weights)
    broken = tmp_path / "counted.json"
    broken.write_text('{"weights": {"clause": 1}, "bias": 0}', encoding="utf-8")
    with pytest.raises(ModelError):
        fitted_figures(broken)
