"""Fitting the sentence reader on a small set made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.datasets import squad
from eval.train.ranker import Remembering, examples, fill, held_out, sample, write_weights
from rag.archive import open_archive
from rag.model import Span
from rag.reader import NONE_FEATURES, SENTENCE_FEATURES
from tests.fakes import HashingEmbedder

TOWNS = tuple(f"{name}{end}" for name in ("Ald", "Fen", "Thorn", "Grey", "Rook") for end in ("water", "mouth", "wick", "field"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One paragraph a town, each with a question that it answers."""
    articles = []
    for number, town in enumerate(TOWNS):
        answer = f"{number + 20} houses"
        context = f"{town} lies on the river. The flood in {town} ruined {answer} last spring. The mayor of {town} was away."
        question = {"id": f"q{number}", "question": f"How many houses did the flood in {town} ruin?"}
        question["answers"] = [{"text": answer, "answer_start": context.index(answer)}]
        articles.append({"title": town, "paragraphs": [{"context": context, "qas": [question]}]})
    path = tmp_path / "towns.json"
    path.write_text(json.dumps({"version": "1.1", "data": articles}), encoding="utf-8")
    return path


def test_the_ranker_learns_from_squad_files_and_writes_an_account(data: Path, tmp_path: Path) -> None:
    task = squad(data)
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, task, tmp_path)
    kept = [document for document in task.documents if not held_out(document)]
    assert 0 < len(kept) < len(TOWNS)
    found = list(examples(task, archive, sample(task, 100)))
    assert sum(example.answerable for example in found) == len(kept)
    out = tmp_path / "weights.json"
    write_weights(found, out, account={"data": ["towns"]})
    plain = json.loads(out.read_text(encoding="utf-8"))
    assert set(plain["sentence"]) == set(SENTENCE_FEATURES)
    assert set(plain["none"]) == set(NONE_FEATURES)
    assert 0 <= plain["threshold"] <= 1
    assert plain["account"]["quote_at"]["1"] == 1.0


def test_no_sentence_of_a_title_that_was_left_out_counts_as_right(data: Path, tmp_path: Path) -> None:
    task = squad(data)
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, task, tmp_path)
    out = {document.source for document in task.documents if held_out(document)}
    gone = [question for question in task.questions if question.evidence[0].source in out]
    assert gone
    assert not any(example.right.any() for example in examples(task, archive, gone))


def test_a_sample_is_the_same_however_large_the_rest(data: Path) -> None:
    task = squad(data)
    assert sample(task, 3) == sample(task, 100)[:3]


def test_an_embedder_that_remembers_reads_each_passage_once() -> None:
    embedder = HashingEmbedder()
    calls: list[int] = []
    plain = embedder.encode_parts

    def counted(texts, parts):
        calls.append(len(texts))
        return plain(texts, parts)

    embedder.encode_parts = counted
    remembering = Remembering(embedder)
    first = remembering.encode_parts(["a flood", "a port"], [[Span(0, 7)], [Span(2, 6)]])
    again = remembering.encode_parts(["a port", "a flood"], [[Span(2, 6)], [Span(0, 7)]])
    assert calls == [2]
    assert (first[0] == again[1]).all()
