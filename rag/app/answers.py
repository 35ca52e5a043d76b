"""A file's text in, the Answers (as JSON) in it out: one answer, an array, JSON lines, or a run file.

A line of a run file carries its answer under `answer`; one that carries an error instead has nothing to check. It knows no archive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from rag.errors import UsageError

_HINT = "byline verify reads what byline ask --json writes: one answer, an array of answers, or one a line."


class Answers(NamedTuple):
    """The answers in their order, and how many entries were passed over because they hold an error or are no answer."""

    answers: list[Mapping[str, Any]]
    skipped: int


def read_answers(text: str) -> Answers:
    """Finds the answers.

    :raises UsageError: if the text is not JSON, a claim has no quotes, or there is neither an answer nor an error in it.
    """
    entries = _entries(text)
    answers = [answer for entry in entries if (answer := _answer(entry)) is not None]
    failed = any(isinstance(entry, Mapping) and entry.get("error") for entry in entries)
    if not answers and not failed:
        raise UsageError("There is no answer in it.", hint=_HINT)
    return Answers(answers, len(entries) - len(answers))


def _entries(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [_line(line, number) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    return whole if isinstance(whole, list) else [whole]


def _line(line: str, number: int) -> Any:  # noqa: ANN401
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Line {number} is not JSON: {error}", hint=_HINT) from error


def _answer(entry: object) -> Mapping[str, Any] | None:
    if not isinstance(entry, Mapping):
        return None
    answer = entry if "claims" in entry else entry.get("answer")
    if not isinstance(answer, Mapping) or "claims" not in answer:
        return None
    claims = answer["claims"]
    if not isinstance(claims, list) or not all(isinstance(claim, Mapping) and isinstance(claim.get("quotes"), list) for claim in claims):
        raise UsageError("An answer's claims are not as the Answer contract has them: a list, each with a list of quotes.", hint=_HINT)
    return answer
