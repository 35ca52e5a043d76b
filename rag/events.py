"""Defines the events that a question yields on its way to an Answer."""

from __future__ import annotations

from dataclasses import dataclass

from rag.answer import Answer
from rag.model import Claim, Conflict, Hit, Notice, Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it was understood; a follow-up is completed so that it stands alone."""

    question: str
    follow_up: bool


@dataclass(frozen=True, slots=True)
class Step:
    """The search for one of several parts of the question begins."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """The passages that were read for a question, and what the reader made of them."""

    question: str
    passages: tuple[Hit, ...]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim whose quotes were compared with the database."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Differing:
    """The articles differ, or the answer changed with time."""

    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something to know about the answer."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; always the last event."""

    answer: Answer


Event = Asked | Step | Found | Checked | Differing | Noticed | Done
