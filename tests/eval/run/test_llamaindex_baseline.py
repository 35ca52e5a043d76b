import json

import pytest

from eval.run.llamaindex_baseline import ArticleNode, LlamaIndexBaseline, _answer
from rag.errors import UsageError
from rag.model import Article, Block
from tests.fakes import answer_fault

TEXT = "The ferry sank. Nobody was hurt.\nThe ferry sank."


def test_it_needs_articles() -> None:
    with pytest.raises(UsageError, match="none were named"):
        LlamaIndexBaseline().over(None)


def test_nodes_become_an_answer_with_offsets_only_where_they_are_known() -> None:
    article = Article(
        "a", "v", "c", "k", "a.txt", "Ferry", TEXT, (Block(0, 32), Block(33, len(TEXT)))
    )

    class Found:
        score = 0.5

        def __init__(self, text: str) -> None:
            self.node = self
            self.text = text
            self.metadata = {"article_id": "a"}

        def get_content(self) -> str:
            return self.text

    once, twice = (
        ArticleNode.of(Found(text), {"a": article})
        for text in ("Nobody was hurt.\nThe ferry sank.", "The ferry sank.")
    )  # type: ignore[arg-type]
    answer = json.loads(json.dumps(_answer("Who?", [once, twice], 3.0)))
    assert answer_fault(answer) is None
    assert [candidate["text"] for candidate in answer["candidates"]] == [
        "Nobody was hurt.",
        "The ferry sank.",
        "The ferry sank.",
    ]
    placed = [item for item in [*answer["passages"], *answer["candidates"]] if "start" in item]
    assert len(placed) == 3
    assert all(TEXT[item["start"] : item["end"]] == item["text"] for item in placed)
    assert answer["claims"][0]["quotes"][0]["text"] == once.text
    assert _answer("Who?", [], 1.0)["status"] == "not_in_articles"
