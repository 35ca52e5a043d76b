"""Recognising injections is fitted, written and measured."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from eval.train.prompt_injections import OTHERS, fit, news_sentences, read_written
from eval.train.weights import write_weights
from rag.errors import UsageError
from rag.text.prompt_injection import WEIGHTS_FILE
from tests.fakes import HashingEmbedder

PLACES = ("harbour", "school", "mill", "bridge", "station", "market", "hall", "pier")
DEEDS = (
    "opened",
    "closed",
    "burned",
    "was sold",
    "was painted",
    "flooded",
    "reopened",
    "was named",
)


def news() -> list[str]:
    """Sentences of news, some of whose words injections have, too."""
    known = sorted({word for text in read_written(OTHERS) for word in text.split()})
    random = Random(0)
    return [
        f"The {place} in village number {number} {deed} and {' '.join(random.sample(known, 6))}."
        for place in PLACES
        for deed in DEEDS
        for number in range(90)
    ]


def test_injections_are_told_from_news(tmp_path: Path) -> None:
    fitted = fit(news(), HashingEmbedder())
    assert fitted.recognised_by_words > 0.6 * fitted.written == 0.6 * len(read_written())
    assert fitted.recognised > 0.5 * fitted.written
    assert fitted.false <= 0.001 * fitted.news
    write_weights(tmp_path / "weights.json", fitted.to_json())
    plain = json.loads((tmp_path / "weights.json").read_text(encoding="utf-8"))
    assert plain.keys() == json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")).keys()


def test_too_little_news_is_refused() -> None:
    with pytest.raises(UsageError):
        fit(["The harbour burned."], HashingEmbedder())


def test_sentences_are_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It rained. It snowed.\n\nThe sun came.", encoding="utf-8")
    assert news_sentences([tmp_path]) == ["It rained.", "It snowed.", "The sun came."]
