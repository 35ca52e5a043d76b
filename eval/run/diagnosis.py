"""Says at which stage of the chain one answer went wrong, against the gold question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.gold.questions import GoldQuestion
from eval.run.record import outcomes
from eval.run.systems import as_plain
from eval.scoring.failure_stages import Stage, stage_of
from eval.scoring.matching import words
from eval.scoring.score import score_question
from rag.answer import Answer
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.store.archive import Archive


def gold_for(question: str, gold: Sequence[GoldQuestion]) -> GoldQuestion:
    """Finds the gold question of these words; case and punctuation do not matter.

    :raises UsageError: if there is none.
    """
    for item in gold:
        if words(item.question) == words(question):
            return item
    raise UsageError(
        f"The gold file does not have the question {question!r}.",
        hint="Ask it in the words of the file, or add a line with it.",
    )


def stage_against(gold: GoldQuestion, answer: Answer, archive: Archive) -> Stage:
    """The stage at which the answer ended; gold evidence is looked up in the archive."""
    (outcome,) = outcomes([gold], lambda _, __: as_plain(answer), archive)
    return stage_of(score_question(gold, outcome))
