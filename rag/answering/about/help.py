"""Answers greetings, thanks and questions about Byline itself: what can be asked, with examples.

Nothing is searched; the examples are made of the archive's headlines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answering.about.examples import example_questions
from rag.answering.findings import Finding, Inquiry, Statement, Tools
from rag.model import Filters, Status

_REPLIES = (
    ("You are welcome.", r"\b(?:thanks?|thank you|thx|ty|cheers|merci|danke|gracias)\b"),
    ("Goodbye.", r"\b(?:bye|goodbye|ciao|cya|farewell|good night|see you|exit|quit)\b"),
    ("Hello.", r"\b(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening)|hola|hallo)\b"),
)
_HELP = (
    "Byline answers questions from the {articles} in this archive, in their own words: facts, "
    "figures, lists, comparisons, yes or no, who said what, summaries and timelines."
)
_EMPTY = "Byline answers questions from news articles; this archive has none yet."


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields one statement: a reply to the greeting, what can be asked, and three examples."""
    with tools.archive.record.snapshot() as snapshot:
        headlines, revision = snapshot.headlines(Filters()), snapshot.revision
    articles = "one article" if len(headlines) == 1 else f"{len(headlines):,} articles"
    about = _HELP.format(articles=articles) if headlines else _EMPTY
    lines = [f"{_reply(inquiry.question)}{about}"]
    if examples := example_questions(headlines):
        lines += ["For example:", *examples]
    yield Statement(Status.HELP, "\n".join(lines), revision)


def _reply(question: str) -> str:
    matching = (reply for reply, said in _REPLIES if re.search(said, question, re.IGNORECASE))
    reply = next(matching, "")
    return f"{reply} " if reply else ""
