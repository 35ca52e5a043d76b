"""Pairs of copies are scored against those that are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.copies import Pairs, score
from rag.errors import UsageError

TEXT = "The ferry to Skarn was late on Monday because of the storm, and forty people had to wait."


def write(path: Path, *rows: dict[str, str]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_pairs_found_and_wrong_ones_are_counted(tmp_path: Path) -> None:
    other = "Nobody had expected the mayor to resign so soon after the vote on the new budget."
    texts = {"a": TEXT, "b": f"{TEXT} It rained.", "c": other, "d": other}
    articles = write(
        tmp_path / "articles.jsonl", *({"id": key, "text": text} for key, text in texts.items())
    )
    pairs = write(tmp_path / "pairs.jsonl", {"a": "a", "b": "b"}, {"a": "a", "b": "c"})
    assert score(articles, pairs) == Pairs(known=2, found=1, wrong=1)


def test_a_line_without_a_text_is_told(tmp_path: Path) -> None:
    articles = write(tmp_path / "articles.jsonl", {"id": "a"})
    with pytest.raises(UsageError, match="cannot be read"):
        score(articles, articles)
