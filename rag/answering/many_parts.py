"""Answers a question with several parts: each part by itself, or marked as not found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answering import fact
from rag.answering.asked.parts import split
from rag.answering.findings import Finding, Inquiry, PartBegins, Tools, taken_in_turn
from rag.text.names import bare_names

_PASSAGES = 12


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields each part as it was asked and what answers it.

    A part is read in the passages for itself and, in turn, those for the whole question: "and
    when?" finds none by itself. A pronoun stays as it is: "he" may be who answers the part before,
    or whom that part names.
    """
    for_all = tools.find(inquiry, k=_PASSAGES)
    unanswered, articles = "", set[str]()
    for part in split(inquiry.question):
        yield PartBegins(part)
        asked = _alone(part, inquiry.question, unanswered)
        own = tools.find(inquiry.about(asked), k=_PASSAGES)
        hits = taken_in_turn(own, for_all)[:_PASSAGES]
        evidence = tools.read_found(asked, own._replace(hits=hits))
        yield evidence
        drafts = fact.drafts_of(evidence, tools, rather_from=articles)
        yield from drafts
        articles |= {span.article.article_id for draft in drafts for span in draft.spans}
        unanswered = "" if drafts else unanswered or part


def _alone(part: str, whole: str, unanswered: str) -> str:
    """A part without a name, with those of the whole question: the reader reads it alone.

    :param unanswered: a part before it that the articles do not answer; it goes along, likewise
        with the names, so that no other event answers this one.

    >>> _alone("Why was it lifted?", "Why was Agnes Tull banned and why was it lifted?", "")
    'Why was it lifted, Agnes Tull?'
    >>> _alone("And who paid?", "What does the port buy and who paid?", "What does the port buy?")
    'And who paid? (What does the port buy)'
    """
    named = bare_names(whole, whole)
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", part) for name in named):
        return part
    if unanswered:
        return f"{part} ({_alone(unanswered, whole, '').rstrip('?')})"
    return f"{part.rstrip('?')}, {', '.join(named)}?" if named else part
