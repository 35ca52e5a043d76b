"""Questions that only look as if their passage answered them: one name, figure or other word that the passage speaks of is changed.

In go questions with their passages; out come the same questions asking about something else, which the passage does not answer. It is
the mechanical cousin of the adversarial questions of SQuAD 2.0 (Rajpurkar, Jia, Liang, Know What You Don't Know, ACL 2018). Knows no model
and no training. English.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from eval.train.data import Question
from rag.model import Span
from rag.reading.span_model import Context
from rag.text.terms import STOP_WORDS, terms

_NAME = r"[A-Z][\w-]*(?:\s(?:(?:of|the|de|van)\s)?[A-Z][\w-]*)*"
_PART = re.compile(
    rf"(?P<figure>\d+(?:[.,]\d+)*)|(?P<name>(?<!^)\b{_NAME})|(?:(?P<before>\b[a-z]+)\s)?(?P<word>\b[a-z]{{4,}}\b)"
)
_ENDINGS = ("ing", "ed", "ly", "s")
_DRAWS = 12


class _Part(NamedTuple):
    """What may be changed in a question: its place, and its kind, within which it may be changed for another."""

    span: Span
    kind: str


class Swaps:
    """All names, figures and words that the questions of a set ask about, to be changed for one another."""

    def __init__(self, questions: Iterable[Question]) -> None:
        known: dict[str, dict[str, None]] = {}
        for question in questions:
            for span, kind in _parts(question.text):
                known.setdefault(kind, {})[question.text[span.start : span.end]] = None
        self._pools = {kind: list(found) for kind, found in known.items()}

    def swapped(self, question: Question, passage: Context, draw: random.Random) -> Question | None:
        """The question with one part changed for a thing of its kind that the passage does not speak of, and so without an answer.

        `None` if no part of the question stands in the passage, or nothing to change it for was found in a dozen draws.
        """
        spoken = set(terms(f"{passage.title}\n{passage.text}"))
        parts = [
            part
            for part in _parts(question.text)
            if spoken.issuperset(terms(question.text[part.span.start : part.span.end]))
        ]
        # Names and figures first: they are what a false premise is most often about.
        parts = [part for part in parts if not part.kind.startswith("word")] or parts
        if not parts:
            return None
        span, kind = draw.choice(parts)
        for _ in range(_DRAWS):
            other = draw.choice(self._pools[kind])
            if (said := terms(other)) and spoken.isdisjoint(said):
                text = question.text[: span.start] + other + question.text[span.end :]
                return replace(
                    question, id=f"{question.id}/swapped", text=text, spans=(), accepted=()
                )
        return None


def _parts(text: str) -> list[_Part]:
    found = ((match, match.lastgroup or "") for match in _PART.finditer(text))
    return [
        _Part(Span(*match.span(group)), _kind(match, group))
        for match, group in found
        if match[group] not in STOP_WORDS and terms(match[group])
    ]


def _kind(match: re.Match[str], group: str) -> str:
    """What changes for one another, so that the question stays a sentence: figures of as many signs, names of as many words, and words
    with the same ending behind the same word.
    """
    said = match[group]
    if group == "figure":
        return f"figure {len(said)}"
    if group == "name":
        return f"name {len(said.split())}"
    return f"word {match['before']} {next((ending for ending in _ENDINGS if said.endswith(ending)), '')}"
