"""What one turn of a conversation leaves behind for the next question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.answer import Answer
from rag.model import Status

_LEAVE_NOTHING = (Status.ABOUT_ARCHIVE, Status.HELP)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation with its answer.

    A greeting or a question about the archive leaves nothing behind: its turn is empty.

    `question` stands alone; `typed` has the words that were typed, which may tell "he" from
    "she". `answered` has the claims and `short` their short answers, best first; `titles` those
    of the quoted articles.
    """

    question: str
    answered: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    typed: str = ""

    @classmethod
    def of(cls, answer: Answer) -> Turn:
        """The turn that ended with this answer."""
        if answer.status in _LEAVE_NOTHING:
            return cls("")
        return cls(
            answer.asked_as,
            tuple(claim.text for claim in answer.claims),
            tuple(claim.answer.text for claim in answer.claims if claim.answer is not None),
            tuple(dict.fromkeys(quote.title for claim in answer.claims for quote in claim.quotes)),
            answer.question,
        )

    @classmethod
    def of_json(cls, answer: Mapping[str, Any]) -> Turn:
        """The turn that ended with this Answer JSON; malformed parts of it are ignored."""
        if answer.get("status") in _LEAVE_NOTHING:
            return cls("")
        question, asked_as = _texts(answer, "question"), _texts(answer, "asked_as")
        return cls(
            [*asked_as, *question, ""][0],
            _texts(answer, "claims", "text"),
            _texts(answer, "claims", "answer", "text"),
            tuple(dict.fromkeys(_texts(answer, "claims", "quotes", "title"))),
            [*question, ""][0],
        )


def _texts(plain: object, *keys: str) -> tuple[str, ...]:
    """The texts under these keys, one inside the other, of a JSON value and all lists in it."""
    if isinstance(plain, list | tuple):
        return tuple(text for item in plain for text in _texts(item, *keys))
    if keys:
        return _texts(plain.get(keys[0]), *keys[1:]) if isinstance(plain, Mapping) else ()
    return (plain,) if isinstance(plain, str) and plain.strip() else ()
