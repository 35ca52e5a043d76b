"""Defines Answer: what one question comes to, with the forms that people and programs read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.answer_json import answer_to_json
from rag.model import AnswerValues


NOT_IN_ARTICLES = "The articles do not say."


def joined_text(claims: Sequence[str]) -> str:
    """The text of an answer whose claims have these texts."""
    return " ".join(claims) or NOT_IN_ARTICLES


class Answer(AnswerValues):
    """The answer to one question."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`: schema 1 of the Answer contract."""
        return answer_to_json(self)
