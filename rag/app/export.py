"""Exports a conversation as Markdown for people, or as JSON that `byline verify` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rag.model import AnswerValues
from rag.render.layout import answer_page
from rag.render.markdown import escape_markdown, to_markdown
from rag.render.words import asked_as_words, filters_words


def conversation_markdown(answers: Sequence[AnswerValues], *, title: str) -> str:
    """Writes each question as a heading over its answer with full citations."""
    blocks = [f"# {escape_markdown(title)}"]
    for answer in answers:
        blocks.append(f"## {escape_markdown(answer.question)}")
        if asked_as := asked_as_words(answer.question, answer.asked_as):
            blocks.append(f"*{escape_markdown(asked_as)}*")
        if filters := filters_words(answer.filters):
            blocks.append(f"*Articles: {escape_markdown(filters)}*")
        blocks.append(to_markdown(answer_page(answer)).strip())
    return "\n\n".join(blocks) + "\n"


def conversation_json(answers: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """Writes `{"schema": 1, "title": …, "answers": […]}`, indented."""
    plain = {"schema": 1, "title": title, "answers": list(answers)}
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    # No file takes a lone surrogate; JSON can spell it as an escape.
    return text.encode("utf-8", "backslashreplace").decode() + "\n"
