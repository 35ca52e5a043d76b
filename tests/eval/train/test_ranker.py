"""Fitting how the reader weighs what it knows, on a small set made on the spot."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from eval.gold.datasets import squad
from eval.gold.questions import GoldQuestion
from eval.train.data.files import read_file
from eval.train.data.summaries import summary_task
from eval.train.examples import Example, examples
from eval.train.ranker import (
    fill,
    fit_and_write,
    held_sources,
    left_out,
    sample,
    sentence_weights,
    unseen,
)
from ingest import ingest
from rag.errors import UsageError
from rag.reading.features import QUESTION_FEATURES, SENTENCE_FEATURES, question_features
from rag.reading.loading import shared_model
from rag.reading.reader import TrainedReader
from rag.store.archive import open_archive
from tests.eval.train.squad import Asked, write_squad
from tests.fakes import HashingEmbedder

TOWNS = tuple(
    f"{name}{end}"
    for name in ("Ald", "Fen", "Thorn", "Grey", "Rook")
    for end in ("water", "mouth", "wick", "field")
)


def scores_of(reader: TrainedReader, item: Example) -> np.ndarray:
    return item.evidence.matrix @ np.asarray(reader.combination.sentence)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One paragraph a town, each with a question that it answers."""
    paragraphs = []
    for number, town in enumerate(TOWNS):
        answer = f"{number + 20} houses"
        text = (
            f"{town} lies on the river. The flood in {town} ruined {answer} last spring. "
            f"The mayor of {town} was away."
        )
        asked = Asked(f"q{number}", f"How many houses did the flood in {town} ruin?", [answer])
        paragraphs.append((town, text, [asked]))
    return write_squad(tmp_path / "towns.json", paragraphs)


def test_the_ranker_learns_from_squad_files_and_writes_an_account(
    data: Path, tmp_path: Path
) -> None:
    task = squad(data)
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, task, tmp_path)
    kept = [document for document in task.documents if not left_out(document)]
    assert 0 < len(kept) < len(TOWNS)
    found = list(
        examples(
            archive,
            shared_model(None, bf16=True),
            sample(task.questions, 100),
            held=held_sources(task),
        )
    )
    assert sum(example.answerable for example in found) == len(kept)
    out = tmp_path / "mine" / "combination.json"
    out.parent.mkdir()
    fit_and_write(found, out, account={"data": ["towns"]})
    plain = json.loads(out.read_text(encoding="utf-8"))
    assert set(plain["sentence"]) == set(SENTENCE_FEATURES)
    assert set(plain["none"]) == set(plain["right"]) == {*QUESTION_FEATURES, "bias"}
    assert plain["account"]["quote_at"]["1"] == 1.0
    # A reader goes by what was written in its folder: it answers where it can, else is silent.
    reader = TrainedReader(str(out.parent))
    assert reader.threshold == plain["threshold"]
    chances = [
        reader.combination.none.chance(question_features(item.evidence, scores_of(reader, item)))
        for item in found
    ]
    answered = [item.answerable for item in found]
    assert max(chance for chance, known in zip(chances, answered, strict=True) if known) < min(
        chance for chance, known in zip(chances, answered, strict=True) if not known
    )


def test_no_sentence_of_a_title_that_was_left_out_counts_as_right(
    data: Path, tmp_path: Path
) -> None:
    task = squad(data)
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, task, tmp_path)
    out = {document.source for document in task.documents if left_out(document)}
    gone = [question for question in task.questions if question.evidence[0].source in out]
    assert gone
    assert not any(
        example.right.any()
        for example in examples(
            archive, shared_model(None, bf16=True), gone, held=held_sources(task)
        )
    )


def test_a_sample_is_the_same_however_large_the_rest(data: Path) -> None:
    task = squad(data)
    assert sample(task.questions, 3) == sample(task.questions, 100)[:3]


def test_only_unseen_questions_are_asked_each_with_a_twin_that_nothing_answers(data: Path) -> None:
    task, found = squad(data), read_file(data, None)
    asked = unseen(task, found)
    kept = {question.id for question in found.questions if found.held_out(question)}
    assert {question.id for question in asked if question.answerable} == kept
    twins = [question for question in asked if not question.answerable]
    assert all(
        question.evidence == () and question.id.removesuffix("/swapped") in kept
        for question in twins
    )


def test_a_question_about_a_date_is_asked_as_of_it(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    rows = (
        {
            "id": day,
            "title": "Fire",
            "published": f"2024-10-0{day}",
            "text": f"The fire took {day} barns.",
        }
        for day in "13"
    )
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    ingest(archive, [tmp_path / "rows.jsonl"])
    asked = [
        GoldQuestion("q", "How many barns did the fire take?", "number", True, (), as_of=as_of)
        for as_of in (None, "2024-10-02")
    ]
    counts = [
        len(example.evidence.sentences)
        for example in examples(archive, shared_model(None, bf16=True), asked)
    ]
    assert counts == [2, 1]


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """An article a ship, each with a summary whose name and number the article holds."""
    path = tmp_path / "ships.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for number in range(60):
            ship, port = f"Meridian{number}", f"Kelburn{number}"
            told = f"The ferry {ship} carried 40{number} passengers to {port} on Monday."
            document = f"{told} Rain fell all day. Captains said the sea was calm."
            row = {"id": f"s{number}", "document": document, "summary": told}
            lines.write(json.dumps(row) + "\n")
    return path


def test_questions_made_of_summaries_are_asked_of_whole_articles(news: Path) -> None:
    found = read_file(news, None)
    task = summary_task(news, found)
    assert task.questions
    texts = {document.source: document.text for document in task.documents}
    assert len(texts) == 60
    for question in task.questions:
        [evidence] = question.evidence
        assert evidence.quote in texts[evidence.source]
        assert question.answers[0][0] in evidence.quote


def test_sentence_weights_are_kept_and_the_chances_fitted(data: Path, tmp_path: Path) -> None:
    task = squad(data)
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, task, tmp_path)
    model = shared_model(None, bf16=True)
    found = list(examples(archive, model, task.questions, held=held_sources(task)))
    out, known = tmp_path / "combination.json", np.arange(len(SENTENCE_FEATURES), dtype=float)
    fit_and_write(found, out, account={}, sentence=known)
    plain = json.loads(out.read_text(encoding="utf-8"))
    assert list(plain["sentence"].values()) == known.tolist()
    assert any(plain["none"].values())
    assert sentence_weights(out).tolist() == known.tolist()
    out.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="no sentence weights"):
        sentence_weights(out)
