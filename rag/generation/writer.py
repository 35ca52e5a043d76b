"""Writes claims about passages with a language model, one after the other.

The model writes statements and names sentences as evidence; each is checked before it is yielded.
Where some were rejected, the model is asked once more, with the reasons. It also completes
follow-ups and takes questions that ask for several things apart.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from rag.conversation.context import MAX_QUESTION
from rag.conversation.turn import Turn
from rag.errors import LLMTooLong
from rag.generation.claim_checker import ClaimChecker
from rag.generation.llm.types import Message
from rag.generation.numbered_passages import number_passages
from rag.generation.prompts import (
    ANSWER_SCHEMA,
    MAX_PARTS,
    PLAN_SCHEMA,
    Exchange,
    answer_messages,
    cited_messages,
    plan_messages,
    retry_messages,
)
from rag.generation.replies import BadReply, Plan, Reply, ReplyReader, read_plan
from rag.generation.session import Session
from rag.model import Claim, Conflict, Hit, Notice, Reading, Rejected, joined_text
from rag.store.archive import Archive
from rag.text.phrases import AUXILIARIES, QUESTION_WORDS

_MAX_TURNS = 4
# Only a question that may ask for several things is worth a request to take it apart.
_SEVERAL_THINGS = re.compile(
    rf"\?.*\?|\b(?:and|or|as well as)\s(?:also\s)?(?:{QUESTION_WORDS}|{AUXILIARIES})\b"
    r"|\b(?:compare[ds]?|compar\w+|difference|versus|vs|respectively|each of|both|in common"
    r"|relation between|before and after)\b",
    re.IGNORECASE | re.DOTALL,
)
_MANY_WORDS = 24


class Outcome(StrEnum):
    """How writing ended."""

    STATED = "stated"
    """At least one claim passed the checks."""
    NOT_ANSWERED = "not_answered"
    """The model replied that the articles do not answer."""
    UNSUPPORTED = "unsupported"
    """Nothing passed the checks."""


class Writer:
    """Writes about one archive within one session."""

    def __init__(self, archive: Archive, session: Session) -> None:
        self._archive, self._session = archive, session

    def write(
        self, question: str, hits: Sequence[Hit], reading: Reading
    ) -> Iterator[Claim | Rejected | Conflict | Notice | Outcome]:
        """Claims as each is checked, rejected ones, a conflict, notices; at last the Outcome.

        Passages that are too much for the model are halved until they fit.

        :raises LLMError: if the model does not reply; claims that were yielded before stand.
        """
        count = len(hits)
        while True:
            try:
                yield from self._write(question, hits[:count], reading)
            except LLMTooLong:
                if count <= 1:
                    raise
                count = (count + 1) // 2
                continue
            if count < len(hits):
                read = f"the best {count} of {len(hits)} passages"
                yield Notice("degraded", f"The language model could read only {read} at once.")
            return

    def _write(
        self, question: str, hits: Sequence[Hit], reading: Reading
    ) -> Iterator[Claim | Rejected | Conflict | Notice | Outcome]:
        passages = number_passages(hits)
        if number := passages.withheld:
            sentences = "1 sentence was" if number == 1 else f"{number} sentences were"
            yield Notice(
                "withheld",
                f"{sentences} not shown to the language model: the text there instructs one.",
            )
        checker = ClaimChecker(self._archive, passages, hits, reading)
        if self._session.cites:
            messages = cited_messages(question, passages.documents)
        else:
            messages = answer_messages(question, passages.text)
        accepted: list[Claim] = []
        attempt = yield from self._attempt(messages, checker, accepted)
        reply = attempt.reply
        if attempt.rejected:
            kept = [claim.text for claim in accepted]
            messages, reply = retry_messages(messages, attempt.text, kept, attempt.rejected), None
            # The conversation is longer now; what was accepted before stays.
            with suppress(LLMTooLong):
                reply = (yield from self._attempt(messages, checker, accepted)).reply
        if reply is not None and accepted:
            conflict = checker.conflict(question, reply)
            if conflict is not None:
                yield conflict
        if accepted:
            yield Outcome.STATED
        elif reply is not None and not reply.answered:
            yield Outcome.NOT_ANSWERED
        else:
            yield Outcome.UNSUPPORTED

    def _attempt(
        self, messages: Sequence[Message], checker: ClaimChecker, accepted: list[Claim]
    ) -> Generator[Claim | Rejected, None, _Attempt]:
        """Yields the checked statements of one reply; claims are added to `accepted`, each once."""
        reader, reply, rejected = ReplyReader(), None, list[Rejected]()
        for piece in self._session.stream(messages, ANSWER_SCHEMA):
            for statement in reader.feed(piece):
                checked = checker.check(statement)
                if isinstance(checked, Rejected):
                    rejected.append(checked)
                elif _normalized(checked.text) in {_normalized(claim.text) for claim in accepted}:
                    continue
                else:
                    accepted.append(checked)
                yield checked
        try:
            reply = reader.finish()
        except BadReply as error:
            rejected.append(Rejected("", str(error)))
        if reply is not None and reply.answered and not accepted and not rejected:
            reason = "the reply says that the question is answered, and states nothing"
            rejected.append(Rejected("", reason))
        return _Attempt(reader.text, reply, rejected)

    def plan(
        self, question: str, history: Sequence[Turn], answered: Sequence[Exchange] = ()
    ) -> Plan:
        """The question as it stands alone, and its parts.

        With the parts that were `answered` already, those that are still missing; at most four
        together. A question without history that seems to ask for one thing costs no request.

        :raises LLMError: if the model does not reply.
        """
        unplanned = Plan(question, () if answered else (question,), False)
        asks_for_several = (
            bool(_SEVERAL_THINGS.search(question)) or len(question.split()) > _MANY_WORDS
        )
        if not (history or answered or asks_for_several):
            return unplanned
        before = [
            Exchange(turn.question, joined_text(turn.answered)) for turn in history[-_MAX_TURNS:]
        ]
        messages = plan_messages(question, before, answered)
        try:
            plan = read_plan("".join(self._session.stream(messages, PLAN_SCHEMA)))
        except BadReply:
            return unplanned
        standalone = (
            plan.question if history and 0 < len(plan.question) <= MAX_QUESTION else question
        )
        known = {_normalized(part) for part, _ in answered}
        new = [
            part
            for part in dict.fromkeys(plan.parts)
            if len(part) <= MAX_QUESTION and _normalized(part) not in known
        ]
        parts = tuple(new[: MAX_PARTS - len(answered)])
        if not answered and (not parts or (len(parts) == 1 and not plan.more)):
            parts = (standalone,)
        return Plan(standalone, parts, plan.more)


class _Attempt(NamedTuple):
    """One reply of the model: its text, its content if it is not malformed, and what failed."""

    text: str
    reply: Reply | None
    rejected: list[Rejected]


def _normalized(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".?!")
