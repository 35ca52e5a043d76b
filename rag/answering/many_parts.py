"""Answers a question with several parts: each part by itself, or marked as not found."""

from __future__ import annotations

from collections.abc import Iterator

from rag.answering import fact
from rag.answering.asked.parts import split
from rag.answering.findings import Finding, Inquiry, PartBegins, Tools
from rag.conversation.rewrite import understand
from rag.conversation.turn import Turn
from rag.text.names import bare_names

_PASSAGES = 12


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields each part and what answers it; a later part may refer to the ones before.

    All parts are read in the passages for the whole question: "and when?" finds none by itself.
    """
    found = tools.find(inquiry, k=_PASSAGES)
    turns, articles = list[Turn](), set[str]()
    for part in split(inquiry.question):
        question = understand(part, turns).question if turns else part
        yield PartBegins(question)
        evidence = tools.read_found(_with_names(question, inquiry.question), found)
        yield evidence
        drafts = fact.drafts_of(evidence, tools, rather_from=articles)
        yield from drafts
        texts = tuple(span.text for draft in drafts for span in draft.spans)
        articles |= {span.article.article_id for draft in drafts for span in draft.spans}
        short = tuple(draft.answer.text for draft in drafts if draft.answer)
        turns.append(Turn(question, texts, short, typed=part))


def _with_names(part: str, whole: str) -> str:
    """A part without a name, with those of the whole question: the reader reads it alone.

    >>> _with_names("Why was it lifted?", "Why was Agnes Tull banned and why was it lifted?")
    'Why was it lifted, Agnes Tull?'
    """
    named = bare_names(whole, whole)
    if not named or any(name in part for name in named):
        return part
    return f"{part.rstrip('?')}, {', '.join(named)}?"
