"""Drafted gold questions: short and plain, each with its answer in its quote."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.gold.draft import proposals
from rag.store.rows import StoredArticle
from tests.fakes import entry

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
