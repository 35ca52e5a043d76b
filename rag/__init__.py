"""Byline: answers from a news archive, quoted word for word.

    from rag import open_archive, Engine
    answer = Engine(open_archive("my-archive")).ask("Who did Amos Hochstein meet in Beirut?")

The public API, loaded when first used: importing this package loads nothing heavy. Passages alone: `rag.retrieval.retrieve.retrieve`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.conversation.turn import Turn
    from rag.engine import Engine
    from rag.errors import BylineError
    from rag.answer import Answer
    from rag.model import (Filters, PartialDate, Query, Quote)
    from rag.store.archive import Archive, open_archive

__all__ = [
    "Answer",
    "Archive",
    "BylineError",
    "Engine",
    "Filters",
    "PartialDate",
    "Query",
    "Quote",
    "Turn",
    "open_archive",
]

_HOMES = {
    "Answer": "rag.model",
    "Archive": "rag.store.archive",
    "BylineError": "rag.errors",
    "Engine": "rag.engine",
    "Filters": "rag.model",
    "PartialDate": "rag.model",
    "Query": "rag.model",
    "Quote": "rag.model",
    "Turn": "rag.conversation.turn",
    "open_archive": "rag.store.archive",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
