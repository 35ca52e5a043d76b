"""Converts gold questions and the articles they ask about to a reading set.

Articles are cleaned and cut into passages as ingesting does; nothing is embedded or indexed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from eval.gold.questions import GoldQuestion, load_gold
from eval.scoring.matching import find_quote
from eval.train.data.sets import Question, ReadingSet
from rag.embed import LocalEmbedder
from rag.model import Span
from rag.reading.span_model import Context


class _Passages(NamedTuple):
    """All passages of a corpus, the source of each, and the indices of each source's passages."""

    contexts: list[Context]
    sources: list[str]
    of: dict[str, range]


def gold_set(path: Path, corpus: Path) -> ReadingSet:
    """The answerable questions, each on the first passage that holds a quote of its evidence.

    Unanswerable questions are left out: no passage is theirs.

    :raises GoldError: if the gold file has faults.
    :raises UsageError: if there is no such corpus.
    """
    passages = _passages(corpus)
    asked = (item for item in load_gold(path, sources=None) if item.answerable)
    found = (_question(item, passages) for item in asked)
    questions = tuple(question for question in found if question is not None)
    return ReadingSet(path.stem, tuple(passages.contexts), tuple(passages.sources), questions)


def _passages(corpus: Path) -> _Passages:
    from ingest.prepare import Extracted, entries_of, extracted
    from ingest.sources.documents import Refused, read_sources

    documents = read_sources([corpus], roots={})
    read = [extracted(item) for item in documents if not isinstance(item, Refused)]
    articles = [item for item in read if isinstance(item, Extracted)]
    embedder, found = LocalEmbedder(), _Passages([], [], {})
    for entry in entries_of(articles, embedder, embedder.max_tokens):
        article, first = entry.article, len(found.contexts)
        found.of[article.source] = range(first, first + len(entry.chunks))
        found.sources.extend([article.source] * len(entry.chunks))
        found.contexts.extend(
            Context(article.title, article.text[chunk.start : chunk.end]) for chunk in entry.chunks
        )
    return found


def _question(question: GoldQuestion, passages: _Passages) -> Question | None:
    accepted = tuple(string for strings in question.answers for string in strings)
    for evidence in question.evidence:
        for number in passages.of.get(evidence.source, ()):
            text = passages.contexts[number].text
            quote = find_quote(text, evidence.quote)
            if quote is not None:
                short = _short_answers(text, quote, accepted)
                return Question(
                    question.id,
                    question.question,
                    number,
                    short or (quote,),
                    accepted or (evidence.quote,),
                    inside=not short,
                )
    return None


def _short_answers(text: str, quote: Span, accepted: Sequence[str]) -> tuple[Span, ...]:
    """Where accepted answers stand within the quote as whole words, whatever their case."""
    patterns = [rf"(?<!\w){re.escape(answer)}(?!\w)" for answer in accepted if answer.strip()]
    matches = (
        match
        for pattern in patterns
        for match in re.finditer(pattern, text[quote.start : quote.end], re.IGNORECASE)
    )
    spans = (Span(quote.start + match.start(), quote.start + match.end()) for match in matches)
    return tuple(dict.fromkeys(spans))
