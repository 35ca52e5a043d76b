from pathlib import Path

import pytest

from eval.gold.questions import load_gold
from eval.run.jobs import Job, jobs_of
from rag.errors import UsageError


def test_each_data_set_says_what_it_needs(tmp_path: Path) -> None:
    gold, corpus = tmp_path / "gold.jsonl", tmp_path
    (tmp_path / "a.txt").write_text("News\n\nIt rained.\n")
    gold.write_text(
        '{"id": "q", "question": "Who?", "type": "x", "answerable": null, "answers": [["Ada"]]}\n'
    )
    assert jobs_of("gold", gold, corpus, tmp_path) == [
        Job("gold", corpus, tuple(load_gold(gold, sources=None)))
    ]
    for dataset, given, reason in [
        ("realtimeqa", None, "needs its articles"),
        ("rgb", corpus, "brings its own"),
        ("nope", None, "no dataset"),
    ]:
        with pytest.raises(UsageError, match=reason):
            jobs_of(dataset, gold, given, tmp_path)
