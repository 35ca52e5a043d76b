"""Defines a reading set: passages, and questions on them with the spans that answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval.scoring.matching import words
from rag.model import Span
from rag.reading.span_model import Context

# One group in so many is held out.
_HELD_OUT = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A question on the passage with the index `passage`.

    `spans` are alternative answers in that passage; without any, the passage does not answer.
    With `inside`, each span is a sentence that holds the answer somewhere. Another passage that
    holds one of the `accepted` strings may answer too.
    """

    id: str
    text: str
    passage: int
    spans: tuple[Span, ...]
    accepted: tuple[str, ...] = ()
    inside: bool = False


@dataclass(frozen=True, slots=True)
class ReadingSet:
    """The passages of one file, the group of each, and the questions on them.

    A group, such as an article, is either trained on or held out.
    """

    name: str
    passages: tuple[Context, ...]
    groups: tuple[str, ...]
    questions: tuple[Question, ...]

    def held_out(self, question: Question) -> bool:
        """Whether the question is kept for judging and never trained on."""
        return digest(self.groups[question.passage]) % _HELD_OUT == 0

    def limited(self, most: int) -> ReadingSet:
        """The same set with at most `most` questions, spread evenly by the hash of their ids."""
        kept = sorted(self.questions, key=lambda question: digest(question.id))[:most]
        return replace(self, questions=tuple(kept))


def may_answer(question: Question, passage: Context) -> bool:
    """Whether the passage holds an accepted answer, word for word."""
    held = f" {' '.join(words(passage.text))} "
    return any(f" {' '.join(words(answer))} " in held for answer in question.accepted)


def account(sets: Sequence[ReadingSet]) -> dict[str, dict[str, int]]:
    """Counts the passages and questions of each set, and the answered and held-out questions."""
    return {
        item.name: {
            "passages": len(item.passages),
            "questions": len(item.questions),
            "answered": sum(bool(question.spans) for question in item.questions),
            "held_out": sum(map(item.held_out, item.questions)),
        }
        for item in sets
    }


def digest(text: str) -> int:
    """A number that spreads texts evenly and is the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
