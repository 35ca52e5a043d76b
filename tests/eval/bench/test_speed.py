"""The sums of the bench; its long measurements are run by hand."""

from __future__ import annotations

from eval.bench.speed import (
    SpeedRow,
    latencies,
    mean_recall,
    passage_inputs,
    table,
    up_to,
)
from eval.gold.questions import Evidence, GoldQuestion
from ingest import ingest
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder

QUESTION = GoldQuestion(
    id="q1",
    question="Who runs the port?",
    type="person",
    answerable=True,
    answers=(("Owen Tarrant",),),
    evidence=(
        Evidence("a.txt", "Owen Tarrant runs the port of Fennmouth."),
        Evidence("b.txt", "Ruth Ellery ran it before him.", 2),
    ),
)


def test_the_baseline_gets_as_many_words_as_we_hand_on() -> None:
    texts = [
        "The ferry sails at noon today.",
        "Owen Tarrant runs the port of Fennmouth.",
        "Ruth Ellery ran it before him.",
    ]
    # Six words are reached by the first text, thirteen by the second, all nineteen by the third.
    assert [len(up_to(texts, words)) for words in (6, 7, 13, 14, 19)] == [1, 2, 2, 3, 3]
    recalls = [mean_recall([QUESTION], [up_to(texts, words)]) for words in (6, 13, 19)]
    assert recalls == [0.0, 0.5, 1.0]


def test_every_question_is_timed_in_every_round() -> None:
    asked: list[str] = []
    found = latencies(asked.append, [QUESTION, QUESTION])
    assert len(found) == len(asked) == 6
    assert all(value >= 0 for value in found)


def test_passage_inputs_are_exactly_what_was_encoded(tmp_path) -> None:
    (tmp_path / "news").mkdir()
    for name in ("a", "b"):
        (tmp_path / "news" / f"{name}.txt").write_text(
            "Port shut\n\nDockers shut the port of Fennmouth on Monday morning.\n"
        )
    embedder = HashingEmbedder()
    archive = open_archive(tmp_path / "archive", create=True, embedder=embedder)
    ingest(archive, [tmp_path / "news"])
    assert sorted(passage_inputs(archive)) == sorted(embedder.encoded)


def test_the_table_is_markdown() -> None:
    assert table([SpeedRow("speed", "3", "4")]).splitlines() == [
        "| figure | to reach | measured |",
        "|---|---|---|",
        "| speed | 3 | 4 |",
    ]
