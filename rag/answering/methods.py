"""Names the way in which each kind of question is answered."""

from __future__ import annotations

from rag.answering import (
    amount,
    articles,
    brief,
    compare,
    fact,
    list_items,
    many_parts,
    speech,
    timeline,
    yes_no,
)
from rag.answering.about import archive, help
from rag.answering.findings import Answering
from rag.model import Kind

_METHODS: dict[Kind, Answering] = {
    Kind.FACT: fact.answer,
    Kind.AMOUNT: amount.answer,
    Kind.LIST: list_items.answer,
    Kind.COMPARE: compare.answer,
    Kind.MANY_PARTS: many_parts.answer,
    Kind.YES_NO: yes_no.answer,
    Kind.SPEECH: speech.answer,
    Kind.BRIEF: brief.answer,
    Kind.TIMELINE: timeline.answer,
    Kind.ARTICLES: articles.answer,
    Kind.ABOUT_ARCHIVE: archive.answer,
    Kind.HELP: help.answer,
}


def method_for(kind: Kind) -> Answering:
    """How questions of that kind are answered."""
    return _METHODS.get(kind, fact.answer)
