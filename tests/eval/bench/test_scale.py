"""The bench of growing archives on small ones."""

from __future__ import annotations

import pytest

from eval.bench import scale
from rag.errors import UsageError


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(scale, "_TIMED", 5)


def test_an_archive_grows_from_size_to_size(tmp_path):
    rows = list(scale.measure(tmp_path / "archive", [20, 10]))
    assert [row.articles for row in rows] == [10, 20]
    assert [row.passages for row in rows] == [10, 20]
    for row in rows:
        assert row.retrieval_ms.keys() == scale.KINDS.keys()
        assert (
            min(row.added_a_second, row.opening_s, row.database_mib, row.vectors_mib, row.words_mib)
            > 0
        )
    lines = scale.table(rows).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    with pytest.raises(UsageError, match="too many"):
        list(scale.measure(tmp_path / "archive", [20]))


def test_texts_of_one_topic_are_near():
    embedder = scale.MadeVectors()
    texts = [scale._document(n).data.decode() for n in range(200)]
    vectors = embedder.encode([text + " " + str(n) for n, text in enumerate(texts)])
    topics = [scale._topic_of(text) for text in texts]
    alike = vectors @ vectors.T
    same = [(i, j) for i in range(200) for j in range(i) if topics[i] == topics[j]]
    assert min(alike[pair] for pair in same) > 0.3
    assert embedder.encode(texts[:1]).tolist() == embedder.encode(texts[:1]).tolist()
