"""Changes one name, number or word of a question so that its passage no longer answers it.

A mechanical form of the adversarial questions of SQuAD 2.0 (Rajpurkar, Jia, Liang, Know What You
Don't Know, ACL 2018). English.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from eval.train.data.sets import Question
from rag.model import Span
from rag.reading.span_model import Context
from rag.text.terms import STOP_WORDS, terms

_NAME = r"[A-Z][\w-]*(?:\s(?:(?:of|the|de|van)\s)?[A-Z][\w-]*)*"
_PART = re.compile(
    rf"(?P<figure>\d+(?:[.,]\d+)*)|(?P<name>(?<!^)\b{_NAME})"
    r"|(?:(?P<before>\b[a-z]+)\s)?(?P<word>\b[a-z]{4,}\b)"
)
_ENDINGS = ("ing", "ed", "ly", "s")
_DRAWS = 12


class _Part(NamedTuple):
    """A part of a question that may be exchanged for another of the same kind."""

    span: Span
    kind: str


class Swaps:
    """The names, numbers and words that the questions of a set ask about."""

    def __init__(self, questions: Iterable[Question]) -> None:
        known: dict[str, dict[str, None]] = {}
        for question in questions:
            for span, kind in _parts(question.text):
                known.setdefault(kind, {})[question.text[span.start : span.end]] = None
        self._known = {kind: list(found) for kind, found in known.items()}

    def swapped(self, question: Question, passage: Context, draw: random.Random) -> Question | None:
        """The question with one part exchanged for one that the passage does not mention.

        None if the passage mentions no part of the question, or a dozen draws find nothing.
        """
        mentioned = set(terms(f"{passage.title}\n{passage.text}"))
        parts = [
            part
            for part in _parts(question.text)
            if mentioned.issuperset(terms(question.text[part.span.start : part.span.end]))
        ]
        # Names and numbers first: false premises are mostly about them.
        parts = [part for part in parts if not part.kind.startswith("word")] or parts
        if not parts:
            return None
        span, kind = draw.choice(parts)
        for _ in range(_DRAWS):
            other = draw.choice(self._known[kind])
            if (said := terms(other)) and mentioned.isdisjoint(said):
                text = question.text[: span.start] + other + question.text[span.end :]
                name = f"{question.id}/swapped"
                return replace(question, id=name, text=text, spans=(), accepted=())
        return None


def _parts(text: str) -> list[_Part]:
    matches = ((match, match.lastgroup or "") for match in _PART.finditer(text))
    return [
        _Part(Span(*match.span(group)), _kind(match, group))
        for match, group in matches
        if match[group] not in STOP_WORDS and terms(match[group])
    ]


def _kind(match: re.Match[str], group: str) -> str:
    """Numbers with as many characters, names with as many words, or words with the same ending
    after the same word; an exchange within a kind keeps the sentence grammatical.
    """
    said = match[group]
    if group == "figure":
        return f"figure {len(said)}"
    if group == "name":
        return f"name {len(said.split())}"
    ending = next((ending for ending in _ENDINGS if said.endswith(ending)), "")
    return f"word {match['before']} {ending}"
