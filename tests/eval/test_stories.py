"""Stories are scored against the events that the articles name."""

from __future__ import annotations

import gzip
import json

import pytest

from eval.scoring.metrics import b_cubed
from eval.stories import score
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
    assert score(path, embedder=HashingEmbedder()).f1 == 1.0


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
        score(path, embedder=HashingEmbedder())
