"""Writes small files in the format of SQuAD, made on the spot."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A question and its answers, words of the paragraph; without any it is not answered."""

    id: str
    question: str
    answers: Sequence[str] = ()


def write_squad(path: Path, paragraphs: Iterable[tuple[str, str, Sequence[Asked]]]) -> Path:
    """Writes articles of one paragraph: its title, its text and the questions on it."""
    articles = [
        {
            "title": title,
            "paragraphs": [{"context": text, "qas": [_row(item, text) for item in asked]}],
        }
        for title, text, asked in paragraphs
    ]
    path.write_text(json.dumps({"version": "2.0", "data": articles}), encoding="utf-8")
    return path


def _row(asked: Asked, text: str) -> dict[str, Any]:
    answers = [{"text": words, "answer_start": text.index(words)} for words in asked.answers]
    row = {"id": asked.id, "question": asked.question, "answers": answers}
    return row if answers else row | {"is_impossible": True}
