"""The answers of a conversation in; one Markdown page for people, or one JSON document that `byline verify` reads, out.

Pure functions. Markdown shows what `rag.app.render` shows: nothing in an article becomes markup. Knows no archive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rag.app.render import answer_page, escape_markdown, filters_words, to_markdown
from rag.model import Answer


def conversation_markdown(answers: Sequence[Answer], *, title: str) -> str:
    """Each question as a heading over its answer, whose quotes carry title, publisher, dates, link, source and offsets."""
    return (
        "\n\n".join([f"# {escape_markdown(title)}", *(_turn(answer) for answer in answers)]) + "\n"
    )


def conversation_json(answers: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """`{"schema": 1, "title": …, "answers": […]}`, indented; the answers as the Answer contract has them."""
    text = json.dumps(
        {"schema": 1, "title": title, "answers": list(answers)}, indent=2, ensure_ascii=False
    )
    # Half a surrogate pair is no text that a file takes; JSON spells it as an escape.
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def _turn(answer: Answer) -> str:
    lines = [f"## {escape_markdown(answer.question)}"]
    if answer.asked_as.strip() != answer.question.strip():
        lines.append(f"*Asked as: {escape_markdown(answer.asked_as)}*")
    if filters := filters_words(answer.filters):
        lines.append(f"*Articles: {escape_markdown(filters)}*")
    return "\n\n".join([*lines, to_markdown(answer_page(answer)).strip()])
