"""Answers a question with several parts: each part by itself, or marked as not found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answering import fact
from rag.answering.cues import without_frame
from rag.answering.findings import Finding, Inquiry, PartBegins, Tools
from rag.conversation.rewrite import understand
from rag.conversation.turn import Turn
from rag.text.names import bare_names
from rag.text.phrases import AUXILIARIES, PREPOSITIONS, QUESTION_WORDS

_WORD = rf"(?:{QUESTION_WORDS})"
# "When and where was …": several question words share what follows.
_SHARED = re.compile(
    rf"^(?P<words>{_WORD}(?:\s*,\s*{_WORD})*,?\s+and\s+{_WORD})\s+(?P<rest>(?:{AUXILIARIES})\b.*)",
    re.IGNORECASE,
)
# "… and when …", "… ? Who …", "…, how many …": where the next part begins. After a mere comma,
# "who", "which" and "where" may tell more of the word before.
_NEXT = re.compile(
    rf"\?\s+(?=\w)|,?\s+(?:and|but|or)\s+(?:also\s+)?(?=(?:(?:{PREPOSITIONS})\s+)?{_WORD}\b"
    rf"|(?:{AUXILIARIES})\s)"
    rf"|,\s+(?=(?:(?:{PREPOSITIONS})\s+)?(?:how|what|why)\b|(?:when|where)\s+(?:{AUXILIARIES})\b)",
    re.IGNORECASE,
)
# "In the flood of 2019", "When the mill burnt down": what holds for all parts.
_ASKS = re.compile(
    rf"(?!(?:when|where)\s+(?!(?:{AUXILIARIES})\b)\w+\s).*\b{_WORD}\b|(?:{AUXILIARIES})\b",
    re.IGNORECASE,
)
_PASSAGES = 12
MAX_PARTS = 4


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


def split(question: str) -> list[str]:
    """The parts of a question, at most four, each as a question.

    >>> split("When and where was the treaty signed?")
    ['When was the treaty signed?', 'Where was the treaty signed?']
    >>> split("Who bought the mill and how much did they pay?")
    ['Who bought the mill?', 'How much did they pay?']
    >>> split("In the flood, how many died and how much was lost?")
    ['In the flood, how many died?', 'In the flood, how much was lost?']
    """
    question = without_frame(question.strip())
    if shared := _SHARED.match(question):
        words = re.findall(_WORD, shared["words"], re.IGNORECASE)
        rest, *others = split(shared["rest"])
        return [*(_sentence(f"{word} {_uncapitalised(rest)}") for word in words), *others][
            :MAX_PARTS
        ]
    parts = [part for text in _NEXT.split(question) if (part := text.strip(" ,:"))]
    if len(parts) > 1 and not _ASKS.match(parts[0]):
        parts = [f"{parts[0]}, {part}" for part in parts[1:]]
    return [_sentence(part) for part in parts if re.search(r"\w", part)][:MAX_PARTS]


def _uncapitalised(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('?. ')}?"
