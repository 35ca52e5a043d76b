"""Question and passages in, claims that stand on exact quotes out, one after the other as a model writes them.

The model writes statements and points at sentences; each is checked before it is told. What did not pass is asked for once more, with the
reasons. Also here: what a model makes of a follow-up and of a question that asks for several things. It knows no provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import StrEnum

from rag.conversation.context import MAX_QUESTION
from rag.conversation.turn import Turn
from rag.errors import LLMTooLong
from rag.generation.claim_checker import Checker
from rag.generation.llm.types import Message
from rag.generation.numbered_passages import numbered
from rag.generation.prompts import (
    ANSWER_SCHEMA,
    MOST_PARTS,
    PLAN_SCHEMA,
    answer_messages,
    cited_messages,
    plan_messages,
    retry_messages,
)
from rag.generation.replies import BadReply, Draft, Plan, Reply, ReplyReader, read_plan
from rag.generation.session import Session
from rag.model import Claim, Conflict, Hit, Notice, Reading, Rejected
from rag.store.archive import Archive
from rag.text.phrases import AUXILIARIES, QUESTION_WORDS

_TURNS = 4
# A question that may ask for several things: asking a model costs a request, so the others are spared it.
_SEVERAL = re.compile(
    rf"\?.*\?|\b(?:and|or|as well as)\s(?:also\s)?(?:{QUESTION_WORDS}|{AUXILIARIES})\b"
    r"|\b(?:compare[ds]?|compar\w+|difference|versus|vs|respectively|each of|both|in common|relation between|before and after)\b",
    re.IGNORECASE | re.DOTALL,
)
_MANY_WORDS = 24


class Outcome(StrEnum):
    """How writing ended: with statements, with the model saying that nothing answers, or with nothing that passed the checks."""

    STATED = "stated"
    SILENT = "silent"
    UNBORNE = "unborne"


Item = Claim | Rejected | Conflict | Notice | Outcome


class Writer:
    """Writes about one archive, within one session."""

    def __init__(self, archive: Archive, session: Session) -> None:
        self._archive, self._session = archive, session

    def write(self, question: str, hits: Sequence[Hit], reading: Reading) -> Iterator[Item]:
        """Claims as each is checked, what was left out, conflicts, notices; last the Outcome.

        :raises LLMError: if the model does not reply; claims that were told before stand.
        """
        read = len(hits)
        while True:
            try:
                yield from self._written(question, hits[:read], reading)
            except LLMTooLong:
                if read <= 1:
                    raise
                read = (read + 1) // 2
                continue
            if read < len(hits):
                yield Notice(
                    "degraded",
                    f"The language model could read only the best {read} of {len(hits)} passages at once.",
                )
            return

    def _written(self, question: str, hits: Sequence[Hit], reading: Reading) -> Iterator[Item]:
        passages = numbered(hits)
        if passages.withheld:
            number = (
                "1 sentence was"
                if passages.withheld == 1
                else f"{passages.withheld} sentences were"
            )
            yield Notice(
                "withheld",
                f"{number} not shown to the language model, because something there speaks to one.",
            )
        checker = Checker(self._archive, passages, hits, reading)
        asked = (
            cited_messages(question, passages.documents)
            if self._session.cites
            else answer_messages(question, passages.text)
        )
        attempt = _Attempt(checker, asked)
        yield from attempt.told(self._session)
        if attempt.faults:
            standing = attempt.standing
            attempt = _Attempt(checker, attempt.again(), standing)
            # The conversation is longer now: what stands already stays.
            with suppress(LLMTooLong):
                yield from attempt.told(self._session)
        if (
            attempt.reply is not None
            and attempt.standing
            and (conflict := checker.conflict(question, attempt.reply)) is not None
        ):
            yield conflict
        yield attempt.outcome

    def plan(
        self, question: str, history: Sequence[Turn], found: Sequence[tuple[str, str]] = ()
    ) -> Plan:
        """The question as it stands alone after these turns, oldest first, and the parts to look up; with those `found` already, and what
        came of them, the parts that are still missing. Together there are at most four.

        A question without turns before it that seems to ask for one thing comes back as it is, without a request.

        :raises LLMError: if the model does not reply.
        """
        unplanned = Plan(question, () if found else (question,), False)
        if not history and not found and not _asks_for_several(question):
            return unplanned
        before = [
            (turn.question, " ".join(turn.answered) or "The articles do not say.")
            for turn in history[-_TURNS:]
        ]
        try:
            plan = read_plan(
                self._session.whole(plan_messages(question, before, found), PLAN_SCHEMA)
            )
        except BadReply:
            return unplanned
        known = {_folded(part) for part, _ in found}
        fresh = dict.fromkeys(
            part for part in plan.parts if len(part) <= MAX_QUESTION and _folded(part) not in known
        )
        parts = tuple(fresh)[: MOST_PARTS - len(found)]
        alone = plan.question if history and 0 < len(plan.question) <= MAX_QUESTION else question
        if not found and (not parts or (len(parts) == 1 and not plan.more)):
            parts = (alone,)
        return Plan(alone, parts, plan.more)


class _Attempt:
    """One reply: what passed the checks, what did not, and what the model says beside."""

    def __init__(
        self, checker: Checker, messages: list[Message], standing: Sequence[Claim] = ()
    ) -> None:
        self._checker, self._messages, self._reader = checker, messages, ReplyReader()
        self.standing = list(standing)
        self.faults: list[Rejected] = []
        self.reply: Reply | None = None

    def told(self, session: Session) -> Iterator[Claim | Rejected]:
        for piece in session.stream(self._messages, ANSWER_SCHEMA):
            for draft in self._reader.feed(piece):
                yield from self._checked(draft)
        try:
            self.reply = self._reader.finish()
        except BadReply as error:
            self.faults.append(Rejected("", str(error)))
            return
        if self.reply.answered and not self.standing and not self.faults:
            self.faults.append(
                Rejected("", "the reply says that the question is answered, and states nothing")
            )

    def again(self) -> list[Message]:
        return retry_messages(
            self._messages, self._reader.text, [claim.text for claim in self.standing], self.faults
        )

    @property
    def outcome(self) -> Outcome:
        if self.standing:
            return Outcome.STATED
        return (
            Outcome.SILENT
            if self.reply is not None and not self.reply.answered
            else Outcome.UNBORNE
        )

    def _checked(self, draft: Draft) -> Iterator[Claim | Rejected]:
        checked = self._checker.claim(draft)
        if isinstance(checked, Rejected):
            self.faults.append(checked)
        elif _folded(checked.text) in {_folded(claim.text) for claim in self.standing}:
            return
        else:
            self.standing.append(checked)
        yield checked


def _asks_for_several(question: str) -> bool:
    return bool(_SEVERAL.search(question)) or len(question.split()) > _MANY_WORDS


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".?!")
