"""Kills of the real command line, and whether a fault in a command is noticed."""

from __future__ import annotations

import random

from eval.bench.faults import kills
from eval.bench.faults.trials import table
from ingest.pipeline import ingest_documents
from rag.model import RawDocument
from rag.store.archive import open_archive


def test_killed_commands_lose_nothing_and_finish():
    trials = kills.measure(6, seed=1)
    assert trials.problems == []
    assert trials.made >= 6
    assert "0 lost, 0 doubled, 0 stuck, 0 misread |" in table([trials])


def test_what_is_lost_or_doubled_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(kills, "JOBS", kills.JOBS[-1:])
    run = kills._Run(kills._Bench(tmp_path), kills.JOBS[0], random.Random(1))
    with open_archive(run._archive, embedder=kills.MadeVectors()) as archive:
        first = next(archive.articles())
        document = RawDocument("more", "a.txt", "a.txt", "text/plain", first.text.encode())
        ingest_documents(archive, [document])
        archive.remove(first.article_id)
    assert {problem.sort for problem in run.finish()} == {"lost", "doubled", "misread"}
