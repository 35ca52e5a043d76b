"""A reranker by name: the real cross-encoder code on a checkpoint made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest import ingest
from rag.engine import Engine
from rag.errors import ModelError
from rag.retrieval.rerank import Reranker
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder
from tests.rag.reading.test_reader import hit
from tests.tinybert import tiny_base

QUESTION = "Who leads the town?"


def cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """A cross-encoder with random weights."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    tokenizer = AutoTokenizer.from_pretrained(
        tiny_base(folder / "base", QUESTION, "Anna Reyes leads. Rain fell. The sun shone.").folder
    )
    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=labels,
    )
    config.initializer_range = 0.5
    BertForSequenceClassification(config).save_pretrained(folder / "sorter")
    tokenizer.save_pretrained(folder / "sorter")
    return folder / "sorter"


def test_hits_come_by_the_cross_encoders_score_with_ranks_of_their_own(tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    folder = cross_encoder(tmp_path)
    hits = [
        hit(text, rank=rank, name=str(rank))
        for rank, text in enumerate(("Rain fell.", "Anna Reyes leads.", "The sun shone."), start=1)
    ]
    found = Reranker(str(folder)).rerank(QUESTION, hits)
    scores = CrossEncoder(str(folder)).predict(
        [(QUESTION, f"{item.article.title}\n{item.text}") for item in hits]
    )
    expected = [hits[i].text for i in sorted(range(3), key=lambda i: -scores[i])]
    assert [item.text for item in found] == expected
    assert [item.rank for item in found] == [1, 2, 3]
    assert {(item.text, item.score, item.similarity) for item in found} == {
        (item.text, item.score, item.similarity) for item in hits
    }
    assert Reranker(str(folder)).rerank(QUESTION, []) == ()


def test_the_engine_reads_the_best_of_more_passages(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "\n".join(
            json.dumps({"id": str(n), "title": f"Day {n}", "text": f"Rain fell on day {n}."})
            for n in range(40)
        )
    )
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    ingest(archive, [rows])
    reranker = Reranker(str(cross_encoder(tmp_path)))
    plain, reranked = (
        Engine(archive).ask("When did rain fall?", k=5),
        Engine(archive, reranker=reranker).ask("When did rain fall?", k=5),
    )
    assert [found.rank for found in reranked.passages] == [1, 2, 3, 4, 5]
    assert {found.text for found in reranked.passages} != {found.text for found in plain.passages}


def test_what_is_no_reranker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="3 scores a pair"):
        Reranker(str(cross_encoder(tmp_path, labels=3))).rerank(QUESTION, [hit("Rain fell.")])
    with pytest.raises(ModelError, match="no cross-encoder"):
        Reranker(str(tmp_path / "base")).rerank(QUESTION, [hit("Rain fell.")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        Reranker(str(tmp_path / "empty")).rerank(QUESTION, [hit("Rain fell.")])
    assert "MS MARCO" in caught.value.hint
    with pytest.raises(ModelError, match="is neither a folder here"):
        Reranker("../no/such/sorter").rerank(QUESTION, [hit("Rain fell.")])
