"""Stories are scored against known events, copies against known pairs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.grouping import Pairs, score_copies, score_stories
from eval.scoring.metrics import b_cubed
from rag.errors import UsageError
from tests.fakes import HashingEmbedder

FERRY = "The ferry Kestrel sank off Aldwater with forty people on board. Divers are looking for it."
MILL = "Orvane has bought the old paper mill at Tellis for nine million crowns, its owner said."


def rows(*events: str) -> str:
    texts = {"ferry": FERRY, "mill": MILL}
    lines = (
        {"id": str(i), "event": name, "title": name, "text": texts[name], "published": "2024-05-06"}
        for i, name in enumerate(events)
    )
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_right_groups_score_1(tmp_path) -> None:
    path = tmp_path / "articles.jsonl.gz"
    path.write_bytes(gzip.compress(rows("ferry", "mill", "ferry").encode()))
    assert score_stories(path, embedder=HashingEmbedder()).f1 == 1.0


def test_b_cubed_is_the_mean_over_the_items() -> None:
    # Groups {1, 2, 3}, {4}; gold {1, 2}, {3, 4}.
    found = b_cubed([1, 1, 1, 2], ["x", "x", "y", "y"])
    assert found.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert found.recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)


@pytest.mark.parametrize("text", ["", "{}\n", "no json\n"])
def test_a_file_without_articles_and_events_is_refused(tmp_path, text) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError):
        score_stories(path, embedder=HashingEmbedder())


COPIED = "The ferry to Skarn was late on Monday because of the storm, and forty people had to wait."


def write(path: Path, *rows: dict[str, str]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_pairs_found_and_wrong_ones_are_counted(tmp_path: Path) -> None:
    other = "Nobody had expected the mayor to resign so soon after the vote on the new budget."
    texts = {"a": COPIED, "b": f"{COPIED} It rained.", "c": other, "d": other}
    articles = write(
        tmp_path / "articles.jsonl", *({"id": key, "text": text} for key, text in texts.items())
    )
    pairs = write(tmp_path / "pairs.jsonl", {"a": "a", "b": "b"}, {"a": "a", "b": "c"})
    assert score_copies(articles, pairs) == Pairs(known=2, found=1, wrong=1)


def test_a_line_without_a_text_is_told(tmp_path: Path) -> None:
    articles = write(tmp_path / "articles.jsonl", {"id": "a"})
    with pytest.raises(UsageError, match="line 1"):
        score_copies(articles, articles)
