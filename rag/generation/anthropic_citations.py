"""Converts a reply with Anthropic's own citations, event by event, to the JSON of other replies.

A cited reply is plain text in blocks, each with citations: a document, and from which sentence to
which. A line is a statement; its evidence is every sentence that a block of the line cites.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rag.generation.llm.types import Document
from rag.generation.prompts import NOT_ANSWERED

_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")
_BEGIN = '{"answered": true, "statements": ['
_END = "]}"
_NOT_ANSWERED_REPLY = '{"answered": false, "statements": []}'


class CitedReply:
    """Converts one reply to messages with these documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._ids = [[sentence_id for sentence_id, _ in item.sentences] for item in documents]
        self._block, self._line = _CitedText(), _CitedText()
        self._begun = self._not_answered = False

    def feed(self, event: Mapping[str, Any]) -> str:
        """The JSON that this event adds; a statement is added when its line is whole."""
        match event:
            case {"type": "content_block_delta", "delta": delta} if delta.type == "text_delta":
                self._block.text += delta.text
            case {"type": "content_block_delta", "delta": delta} if delta.type == "citations_delta":
                self._block.evidence |= dict.fromkeys(self._cited_ids(delta.citation))
            case {"type": "content_block_stop"}:
                return self._end_block()
            case {"type": "message_delta"}:
                pieces = self._end_block() + self._end_line()
                if self._begun:
                    return pieces + _END
                return _NOT_ANSWERED_REPLY if self._not_answered else ""
        return ""

    def _cited_ids(self, citation: Any) -> list[str]:  # noqa: ANN401
        if citation.type != "search_result_location":
            return []
        if citation.search_result_index >= len(self._ids):
            return []
        ids = self._ids[citation.search_result_index]
        return ids[citation.start_block_index : citation.end_block_index]

    def _end_block(self) -> str:
        """The statements that are whole with this block; its citations are for all of its text."""
        block, self._block = self._block, _CitedText()
        pieces = ""
        for number, text in enumerate(block.text.split("\n")):
            if number:
                pieces += self._end_line()
            self._line.text += text
            if text.strip():
                self._line.evidence |= block.evidence
        return pieces

    def _end_line(self) -> str:
        line, self._line = self._line, _CitedText()
        text = _BULLET.sub("", line.text.strip())
        if text.strip(" .*").upper() == NOT_ANSWERED:
            self._not_answered = True
            return ""
        if not text:
            return ""
        before, self._begun = ", " if self._begun else _BEGIN, True
        statement = {"evidence": list(line.evidence), "statement": text}
        return before + json.dumps(statement, ensure_ascii=False)


class _CitedText:
    """Text, and the ids of the sentences that it cites, in their order."""

    def __init__(self) -> None:
        self.text = ""
        self.evidence: dict[str, None] = {}
