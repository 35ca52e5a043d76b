"""Writes claims about passages with a language model, one after the other.

The model writes statements and names sentences as evidence; each is checked before it is yielded.
It also completes follow-ups and takes long questions apart.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from enum import StrEnum

from rag.conversation.context import MAX_QUESTION
from rag.conversation.turn import Turn
from rag.errors import LLMError, LLMTooLong
from rag.generation.claim_checker import ClaimChecker
from rag.generation.llm.types import Message, Waiting
from rag.generation.material import Material, Written
from rag.generation.numbered_passages import (
    NumberedPassages,
    PassageSentence,
    number_passages,
    passage_sentences,
)
from rag.generation.prompts import (
    MAX_PARTS,
    PLAN_SCHEMA,
    Exchange,
    answer_messages,
    answer_schema,
    form_of,
    plan_messages,
)
from rag.generation.replies import Plan, ReplyReader, read_plan
from rag.generation.selection import Selection
from rag.generation.session import Session
from rag.model import Claim, Notice, Rejected, joined_text
from rag.store.archive import Archive

_MAX_TURNS = 4
# A question with more words is worth a request to take it apart.
_MANY_WORDS = 24
# So few sentences are not cut any further where they are too much for a model.
_FEW_SENTENCES = 3


class Outcome(StrEnum):
    """How writing ended."""

    STATED = "stated"
    """At least one claim passed the checks."""
    NOT_ANSWERED = "not_answered"
    """The model replied that the articles do not answer."""
    UNSUPPORTED = "unsupported"
    """Nothing passed the checks."""
    FAILED = "failed"
    """The model did not reply, and nothing was written before."""


class Writer:
    """Writes about one archive within one session."""

    def __init__(self, archive: Archive, session: Session) -> None:
        self._archive, self._session = archive, session

    def write(self, material: Material) -> Iterator[Written | Outcome]:
        """Claims as each is checked, quotes beside them, notices; at last the Outcome.

        Passages that are too much for the model are cut to half until they fit.

        :raises LLMError: if the model does not reply; claims that were yielded before stand.
        """
        sentences = passage_sentences(material.hits, material.candidates)
        size, cut = form_of(material.kind).size, False
        while True:
            passages = number_passages(sentences, list(material.order), size)
            try:
                yield from self._write(material, sentences, passages)
            except LLMTooLong:
                if len(passages.sentences) < _FEW_SENTENCES:
                    raise
                chars = sum(len(sentence.text) for sentence in passages.sentences.values())
                size, cut = size._replace(chars=chars // 2), True
                continue
            if cut:
                message = "The language model could read only a part of the passages at once."
                yield Notice("degraded", message)
            return

    def _write(
        self,
        material: Material,
        sentences: Sequence[PassageSentence],
        passages: NumberedPassages,
    ) -> Iterator[Written | Outcome]:
        checker = ClaimChecker(self._archive, material, sentences, passages)
        selection = Selection(material, passages, self._archive.embedder)
        asked = answer_messages(material.question, material.kind, passages.text)
        try:
            answered = yield from self._statements(asked, passages, checker, selection)
        except LLMError:
            if not selection.empty:
                yield from selection.rest()
            raise
        if selection.empty:
            yield Outcome.NOT_ANSWERED if answered is False else Outcome.UNSUPPORTED
            return
        yield from selection.rest()
        yield Outcome.STATED

    def _statements(
        self,
        asked: Sequence[Message],
        passages: NumberedPassages,
        checker: ClaimChecker,
        selection: Selection,
    ) -> Generator[Claim | Rejected | Notice, None, bool | None]:
        """Yields the checked statements of the reply, each once.

        :return: whether the reply says that it answers; None for one that is malformed.
        """
        reader, said = ReplyReader(), set[str]()
        stream = self._session.stream(asked, answer_schema(list(passages.sentences)))
        with closing(stream):
            for piece in stream:
                if isinstance(piece, Waiting):
                    yield Notice("loading", piece.reason)
                    continue
                for statement in reader.feed(piece):
                    if (text := _normalized(statement.text)) not in said:
                        said.add(text)
                        yield from selection.place(checker.check(statement))
        return reader.finish()

    def plan(
        self, question: str, history: Sequence[Turn], answered: Sequence[Exchange] = ()
    ) -> Plan:
        """The question as it stands alone, and its parts.

        With the parts that were `answered` already, those that are still missing; at most four
        together. A short question without history costs no request.

        :raises LLMError: if the model does not reply.
        """
        unplanned = Plan(question, () if answered else (question,), False)
        if not (history or answered or len(question.split()) > _MANY_WORDS):
            return unplanned
        before = [
            Exchange(turn.question, joined_text(turn.answered)) for turn in history[-_MAX_TURNS:]
        ]
        messages = plan_messages(question, before, answered)
        pieces = self._session.stream(messages, PLAN_SCHEMA)
        plan = read_plan("".join(piece for piece in pieces if isinstance(piece, str)))
        if plan is None:
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


def _normalized(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".?!")
