"""Defines Answer: what one question comes to, with the forms that people and programs read."""

from __future__ import annotations

from typing import Any

from rag.answer_json import answer_to_json
from rag.model import AnswerValues
from rag.render.layout import answer_page
from rag.render.markdown import to_markdown
from rag.render.terminal import to_terminal

_COLUMNS = 100


class Answer(AnswerValues):
    """The answer to one question. `print(answer)` shows it with its sources."""

    __slots__ = ()

    def __str__(self) -> str:
        return to_terminal(answer_page(self), width=_COLUMNS).plain

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`: schema 1 of the Answer contract."""
        return answer_to_json(self)

    def to_markdown(self) -> str:
        """The answer with its quotes and their sources as Markdown."""
        return to_markdown(answer_page(self))

    def _repr_html_(self) -> str:
        """The Markdown as HTML, for notebooks; HTML in an article's text is escaped."""
        from markdown_it import MarkdownIt

        return str(MarkdownIt("commonmark", {"html": False}).render(self.to_markdown()))
