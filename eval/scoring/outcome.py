"""What one question came to: an Answer or an error, and what the archive has of its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from eval.scoring.answer import AnswerJson, ScoredAnswer, read_answer
from rag.validation import Malformed


class Held(StrEnum):
    """Whether the archive has a piece of gold evidence."""

    HELD = "held"
    LOST = "lost"  # the article is there, the words are not: cleaning took them out
    NO_ARTICLE = "no_article"


@dataclass(frozen=True, slots=True)
class ArchivedEvidence:
    """One item of gold evidence as the archive has it, with the text around it.

    Where the archive does not have it, `quote` has the gold question's words.
    """

    source: str
    part: int
    held: Held
    quote: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An Answer as it came, or the error that the question raised, in `wall_ms` milliseconds.

    `verbatim` says of each shown quote whether the archive reads it back; `None` if nobody looked.
    """

    id: str
    answer: AnswerJson | None = None
    error: str | None = None
    verbatim: tuple[bool, ...] | None = None
    wall_ms: float = 0.0
    evidence: tuple[ArchivedEvidence, ...] = ()

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.error is None):
            raise ValueError(f"{self.id} needs an answer or an error, and not both")

    def scored_answer(self) -> ScoredAnswer | None:
        """The Answer as it is scored; `None` for an error or for an Answer of another form."""
        try:
            return None if self.answer is None else read_answer(self.answer)
        except Malformed:
            return None
