"""A reply with Anthropic's own citations, event by event in; the JSON that other models write by themselves, out.

A cited reply is plain text in blocks, each with the places it stands on: of which document, from which sentence to which. A line is a
statement, and its evidence is every sentence that a block of it cites. Nothing is believed here: a line without citations goes on without
evidence, which no check lets through. It knows no client.
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
_END = '], "sides": [], "changed": false}'
_SILENT = '{"answered": false, "statements": [], "sides": [], "changed": false}'


class CitedReply:
    """Reads one reply to messages with these documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._ids = [[name for name, _ in document.sentences] for document in documents]
        self._block, self._line = _Part(), _Part()
        self._begun = self._silent = False

    def feed(self, event: Mapping[str, Any]) -> str:
        """What this event adds to the JSON, mostly nothing: a statement is told when its line is whole."""
        match event:
            case {"type": "content_block_delta", "delta": delta} if delta.type == "text_delta":
                self._block.text += delta.text
            case {"type": "content_block_delta", "delta": delta} if delta.type == "citations_delta":
                self._block.evidence |= dict.fromkeys(self._cited(delta.citation))
            case {"type": "content_block_stop"}:
                return self._lines()
            case {"type": "message_delta"}:
                return self._end()
        return ""

    def _cited(self, citation: Any) -> list[str]:  # noqa: ANN401
        if citation.type != "search_result_location" or citation.search_result_index >= len(
            self._ids
        ):
            return []
        return self._ids[citation.search_result_index][
            citation.start_block_index : citation.end_block_index
        ]

    def _lines(self) -> str:
        """The statements that are whole with this block. Its citations may come before its text or after it, and are for all of it."""
        block, self._block = self._block, _Part()
        told = ""
        for number, text in enumerate(block.text.split("\n")):
            if number:
                told += self._statement()
            self._line.text += text
            if text.strip():
                self._line.evidence |= block.evidence
        return told

    def _statement(self) -> str:
        line, self._line = self._line, _Part()
        text = _BULLET.sub("", line.text.strip())
        if not text:
            return ""
        if text.strip(" .*").upper() == NOT_ANSWERED:
            self._silent = True
            return ""
        before, self._begun = ", " if self._begun else _BEGIN, True
        return before + json.dumps(
            {"evidence": list(line.evidence), "statement": text}, ensure_ascii=False
        )

    def _end(self) -> str:
        told = self._lines() + self._statement()
        return told + _END if self._begun else _SILENT if self._silent else ""


class _Part:
    """Text, and the ids of the sentences that it cites."""

    def __init__(self) -> None:
        self.text = ""
        self.evidence: dict[str, None] = {}
