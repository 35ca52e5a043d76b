"""Drafted gold questions: short and plain, each with its answer in its quote."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.gold.draft import draft, proposals, write_csv
from eval.gold.questions import load_gold
from rag.errors import UsageError
from rag.store.archive import open_archive
from rag.store.rows import StoredArticle
from tests.fakes import HashingEmbedder, entry, fill

SAMPLES = Path(__file__).parents[3] / "ingest" / "samples"


def stored(text: str) -> StoredArticle:
    made = entry("a.txt", text)
    return StoredArticle(1, made.article, made.sentences)


def test_a_role_becomes_a_question_for_its_holder() -> None:
    (first, *_) = proposals(
        [stored("Owen Tarrant, the managing director of Fennmouth Terminals, spoke.")]
    )
    assert first.question == "Who is the managing director of Fennmouth Terminals?"
    assert first.answer == "Owen Tarrant"
    assert first.answer in first.quote


@pytest.mark.parametrize(
    "text",
    [
        "He said it was theirs.",
        "“We will not stop,” she said to them on Tuesday.",
        "Greta Lindqvist, who leads the dockers of Fennmouth, walked out.",
    ],
)
def test_sentences_that_need_others_ask_nothing(text: str) -> None:
    assert [item.question for item in proposals([stored(text)]) if " he " in item.question] == []
    for item in proposals([stored(text)]):
        assert not {"he", "she", "it", "they"} & set(item.question.lower().split())


def test_every_question_is_short_and_its_answer_stands_in_its_sentence() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.txt"))]
    found = list(proposals([stored(text) for text in texts]))
    assert found
    for item in found:
        assert item.question.endswith("?")
        assert len(item.question) <= 85
        assert item.answer in item.quote
        assert item.answer not in item.question


def test_a_drafted_file_is_read_as_gold_and_never_written_over(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(
        archive,
        entry("port", "Owen Tarrant, the managing director of Fennmouth Terminals, spoke."),
        entry("mill", "Ida Kern, the chief executive of Skarn Mills, left. It rained."),
        entry("rain", "It rained. It was wet."),
    )
    proposed = draft(archive, 5)
    assert {item.article.source for item in proposed} == {"port", "mill"}
    assert draft(archive, 1) == proposed[:1]
    table = tmp_path / "gold.csv"
    write_csv(table, proposed)
    for gold, item in zip(load_gold(table, sources=None), proposed, strict=True):
        assert (gold.question, gold.answers) == (item.question, ((item.answer,),))
        assert item.answer in item.quote
    with pytest.raises(UsageError, match="there already"):
        write_csv(table, proposed)
    assert len(load_gold(table, sources=None)) == 2
    archive.close()
