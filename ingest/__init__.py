"""Fills an archive with articles: reads documents, extracts and cleans them, segments, stores.

Modules: pipeline (the whole way into an archive; corrections of what an article states), prepare
(document to article to passages), ray_workers (the same in Ray's workers).
Folders: sources (finds and decodes), extract (document to draft to article), clean (removes
boilerplate), segment (sentences and chunks).

    from rag import open_archive
    from ingest import ingest
    report = ingest(open_archive("my-archive", create=True), ["articles/"])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.pipeline import Outcome, Report, Result, ingest, reclean

__all__ = ["Outcome", "Report", "Result", "ingest", "reclean"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'ingest' has no attribute {name!r}")
    value = getattr(import_module("ingest.pipeline"), name)
    globals()[name] = value
    return value
