"""Half of the shipped follow-ups with the real model: the right article first, no new topic
mistaken.
"""

from __future__ import annotations

from pathlib import Path

from eval.gate import CORPUS
from eval.gold.questions import folder_sources, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.run.record import record
from eval.run.systems import Byline
from eval.scoring.figures import figures
from rag.embed import LocalEmbedder

GOLD = CORPUS.parents[1] / "eval" / "gold" / "followups.jsonl"


def test_follow_ups_find_their_article_and_new_topics_are_left_alone(tmp_path: Path) -> None:
    every_other = tuple(load_gold(GOLD, sources=folder_sources(CORPUS)))[::2]
    archives = Archives(tmp_path / "archives", embedder=LocalEmbedder(bf16=False))
    scored = record(
        Byline(),
        [Job("followups", CORPUS, every_other)],
        tmp_path / "run",
        archives,
    ).score()
    follow_ups = {
        item.name: item
        for item in figures([score for score in scored.scores if score.type != "new_topic"])
    }
    topics = {
        item.name: item
        for item in figures([score for score in scored.scores if score.type == "new_topic"])
    }
    assert follow_ups["error"].value == topics["error"].value == 0.0
    assert (follow_ups["first_article"].n, topics["taken_as_it_was"].n) == (20, 8)
    assert follow_ups["first_article"].value is not None
    # Of all 40 it is .85 or more; a half of them may have two misses more.
    assert follow_ups["first_article"].value >= 0.75
    assert topics["taken_as_it_was"].value == 1.0
