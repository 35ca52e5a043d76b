"""Byline: answers from a news archive, quoted word for word.

    from rag import Engine, open_archive
    with open_archive("my-archive") as archive:
        print(Engine(archive).ask("Who did Amos Hochstein meet in Beirut?"))

The public names below are loaded when first used: importing this package loads nothing heavy.
`model`, `errors`, `answer`, `answer_json`, `render`, `validation`, `verify`, `quotes`, `engine`,
`chain`, `events`, `answer_builder`, `explanation`, `embed`, `settings` and `llamaindex` stand at
the top; `encoder`, `store`, `retrieval`, `reading`, `answering`, `conversation`, `text`, `checks`,
`generation` and `app` are rooms.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.answer import Answer
    from rag.app.library import open_archive
    from rag.conversation.turn import Turn
    from rag.engine import Engine
    from rag.errors import BylineError
    from rag.model import Filters, PartialDate, Query, Quote
    from rag.store.archive import Archive

_HOMES = {
    "Answer": "rag.answer",
    "Archive": "rag.store.archive",
    "BylineError": "rag.errors",
    "Engine": "rag.engine",
    "Filters": "rag.model",
    "PartialDate": "rag.model",
    "Query": "rag.model",
    "Quote": "rag.model",
    "Turn": "rag.conversation.turn",
    "open_archive": "rag.app.library",
}
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


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
