"""The answers of a conversation in; one Markdown page for people, or one JSON document that `byline verify` reads, out.

Pure functions. Markdown shows what `rag.app.render` shows: nothing in an article becomes markup. Knows no archive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.app.render import answer_page, escape_markdown, human_date, to_markdown
from rag.model import Answer, Filters


def conversation_markdown(answers: Sequence[Answer], *, title: str) -> str:
    """Each question as a heading over its answer, whose quotes carry title, publisher, dates, link, source and offsets."""
    return "\n\n".join([f"# {escape_markdown(title)}", *(_turn(answer) for answer in answers)]) + "\n"


def conversation_json(answers: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """`{"schema": 1, "title": …, "answers": […]}`, indented; the answers as the Answer contract has them."""
    text = json.dumps({"schema": 1, "title": title, "answers": list(answers)}, indent=2, ensure_ascii=False)
    # Half a surrogate pair is no text that a file takes; JSON spells it as an escape.
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def _turn(answer: Answer) -> str:
    lines = [f"## {escape_markdown(answer.question)}"]
    if answer.asked_as.strip() != answer.question.strip():
        lines.append(f"*Asked as: {escape_markdown(answer.asked_as)}*")
    if filters := ", ".join(_filters(answer.filters)):
        lines.append(f"*Articles: {escape_markdown(filters)}*")
    return "\n\n".join([*lines, to_markdown(answer_page(answer)).strip()])


def _filters(filters: Filters) -> Iterator[str]:
    """Which articles could answer, in words; nothing where all could."""
    dates = {"published from": filters.since, "published until": filters.until, "as of": filters.as_of}
    yield from (f"{name} {human_date(date)}" for name, date in dates.items() if date is not None)
    if filters.publisher is not None:
        yield f"publisher {filters.publisher}"
    if filters.by_date and filters.include_undated:
        yield "undated ones too"
