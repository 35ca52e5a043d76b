"""Gold questions of Byline's own schema, and the articles they ask about, as a reading set.

The articles are cleaned and cut into passages as they are when they are ingested; nothing is embedded or indexed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from eval.gold.questions import Evidence, GoldQuestion, load_gold
from eval.scoring.matching import collapse_spaces
from eval.train.data import Question, ReadingSet
from rag.embed import LocalEmbedder, passage_title
from rag.errors import SourceError
from rag.model import Article, Span
from rag.reading.span_model import Context

_PASSAGE_TOKENS = 256
_SPECIAL_TOKENS = 2


class _Passages(NamedTuple):
    """All passages of a corpus; and, by source, the numbers of those of one article."""

    contexts: list[Context]
    groups: list[str]
    of: dict[str, list[int]]


def gold(path: Path, corpus: Path) -> ReadingSet:
    """The answerable questions whose evidence stands in a passage, each on the first such passage.

    A question that no article answers has no passage of its own, so nothing is learnt from it.

    :raises GoldError: if the gold file has faults.
    :raises UsageError: if there is no such corpus.
    """
    passages = _passages(corpus)
    found = (
        _question(question, passages)
        for question in load_gold(path, sources=None)
        if question.answerable
    )
    questions = tuple(question for question in found if question is not None)
    return ReadingSet(path.stem, tuple(passages.contexts), tuple(passages.groups), questions)


def _passages(corpus: Path) -> _Passages:
    from ingest.segment.chunks import chunks
    from ingest.segment.sentences import sentences

    count_tokens = LocalEmbedder().count_tokens
    found = _Passages([], [], {})
    for article in _articles(corpus):
        spans = sentences(article.text, article.blocks)
        counts = count_tokens(
            [passage_title(article.title), *(article.text[span.start : span.end] for span in spans)]
        )
        budget = max(_PASSAGE_TOKENS - _SPECIAL_TOKENS - counts[0], _PASSAGE_TOKENS // 4)
        cut = chunks(article, spans, counts[1:], budget=budget, count_tokens=count_tokens)
        found.of[article.source] = list(range(len(found.contexts), len(found.contexts) + len(cut)))
        found.contexts.extend(
            Context(article.title, article.text[chunk.start : chunk.end]) for chunk in cut
        )
        found.groups.extend(article.source for _ in cut)
    return found


def _articles(corpus: Path) -> Iterator[Article]:
    from ingest.extract.article import extract
    from ingest.sources.documents import Refused, read_sources

    for document in read_sources([corpus], roots={}):
        if not isinstance(document, Refused):
            try:
                yield extract(document)
            except SourceError:
                continue  # an article that is refused when it is ingested answers nothing


def _question(question: GoldQuestion, passages: _Passages) -> Question | None:
    for evidence in question.evidence:
        for number in passages.of.get(evidence.source, ()):
            quote = _quote(evidence, passages.contexts[number].text)
            if quote is not None:
                accepted = tuple(string for strings in question.answers for string in strings)
                short = _short_answers(passages.contexts[number].text, quote, accepted)
                return Question(
                    question.id,
                    question.question,
                    number,
                    short or (quote,),
                    accepted or (evidence.quote,),
                    inside=not short,
                )
    return None


def _quote(evidence: Evidence, text: str) -> Span | None:
    match = re.search(r"\s+".join(map(re.escape, collapse_spaces(evidence.quote).split())), text)
    return None if match is None else Span(*match.span())


def _short_answers(text: str, quote: Span, accepted: Sequence[str]) -> tuple[Span, ...]:
    """Where accepted answers stand within the quote as whole words, whatever their case."""
    patterns = [rf"(?<!\w){re.escape(answer)}(?!\w)" for answer in accepted if answer.strip()]
    found = (
        match.span()
        for pattern in patterns
        for match in re.finditer(pattern, text[quote.start : quote.end], re.IGNORECASE)
    )
    return tuple(
        dict.fromkeys(Span(quote.start + start, quote.start + end) for start, end in found)
    )
