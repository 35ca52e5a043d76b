"""Checks a statement of a language model: it becomes a claim with exact quotes, or is rejected.

The sentences of the ids that it names are quoted; then its words are compared with the quotes
(`rag.checks.check`), and where few are the same, its meaning by the embedder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.checks.check import Backing, why_unsupported, word_overlap
from rag.generation.numbered_passages import NumberedPassages, NumberedSentence
from rag.generation.replies import Reply, Statement
from rag.model import Candidate, Claim, Conflict, ConflictKind, Hit, Reading, Rejected, Side
from rag.quotes import (
    MAX_QUOTE_CHARS,
    ArticleSpan,
    Draft,
    Refusal,
    make_claim,
    make_quotes,
    version_key,
)
from rag.reading.excerpt import answer_span, span_to_quote
from rag.store.archive import Archive

_MAX_EVIDENCE = 6
_MAX_STATEMENT_CHARS = 600
_MAX_VALUE_CHARS = 120
# Below this cosine, a statement and its quotes are about different things.
_MIN_SIMILARITY = 0.4
# From this share of common words on, they are about the same thing in any case.
_SAME_WORDS = 0.6


class ClaimChecker:
    """Checks statements about the passages of one question."""

    def __init__(
        self, archive: Archive, passages: NumberedPassages, hits: Sequence[Hit], reading: Reading
    ) -> None:
        self._archive, self._passages, self._hits = archive, passages, hits
        self._candidates = reading.candidates
        # All that was read: it helps to tell names from other words.
        self._text = "\n".join(sentence.text for sentence in passages.sentences.values())

    def check(self, statement: Statement) -> Claim | Rejected:
        """The statement as a claim, if its evidence supports it."""
        text = statement.text
        if not text:
            return Rejected("", "it is empty")
        if len(text) > _MAX_STATEMENT_CHARS:
            reason = "it is too long to be one statement"
            return Rejected(text[:_MAX_STATEMENT_CHARS], reason)
        spans = self._spans_to_quote(statement.evidence)
        if isinstance(spans, Refusal):
            return Rejected(text, spans.reason)
        backing = _backing(spans)
        if (problem := why_unsupported(text, backing, self._text)) is not None:
            return Rejected(text, problem)
        support = self._support(text, backing)
        if support < _MIN_SIMILARITY:
            return Rejected(text, "its quotes are about something else")
        best = self._best_candidate(statement.evidence)
        draft = Draft(
            spans=spans,
            text=text,
            confidence=0.0 if best is None else best.score,
            support=min(1.0, support),
            answer=None if best is None else answer_span(best),
        )
        with self._archive.record.snapshot() as snapshot:
            return make_claim(snapshot, draft, self._hits)

    def conflict(self, subject: str, reply: Reply) -> Conflict | None:
        """The values in which articles differ, if the quotes support at least two of them."""
        sides: dict[str, Side] = {}
        for statement in reply.sides:
            value, spans = statement.text, self._spans_to_quote(statement.evidence)
            if isinstance(spans, Refusal) or not 0 < len(value) <= _MAX_VALUE_CHARS:
                continue
            if why_unsupported(value, _backing(spans), self._text) is not None:
                continue
            with self._archive.record.snapshot() as snapshot:
                quotes = make_quotes(snapshot, spans, self._hits)
            if not isinstance(quotes, Refusal):
                sides.setdefault(value.casefold(), Side(value, quotes, quotes[0].published))
        if len(sides) < 2:
            return None
        dates = [side.published for side in sides.values()]
        changed = reply.changed and None not in dates and len(set(dates)) == len(dates)
        in_order = sorted(
            sides.values(), key=lambda side: side.published.first_epoch if side.published else 0
        )
        kind = ConflictKind.CHANGED if changed else ConflictKind.DISAGREE
        return Conflict(subject, kind, tuple(in_order))

    def _spans_to_quote(self, ids: Iterable[str]) -> tuple[ArticleSpan, ...] | Refusal:
        """The spans of the sentences with these ids, or why there are none.

        Two neighbours are one span, as far as a quote may be long. Articles stand in the order in
        which they are named.
        """
        known, ids = self._passages.sentences, list(dict.fromkeys(ids))
        unknown = [sentence_id for sentence_id in ids if sentence_id not in known]
        if unknown:
            return Refusal(f"there is no sentence {', '.join(unknown)[:80]}")
        if not ids:
            return Refusal("it names no evidence")
        if len(ids) > _MAX_EVIDENCE:
            return Refusal(f"it names more than {_MAX_EVIDENCE} sentences as its evidence")
        by_article: dict[tuple[str, str], list[NumberedSentence]] = {}
        for numbered in (known[sentence_id] for sentence_id in ids):
            by_article.setdefault(version_key(numbered.article), []).append(numbered)
        return tuple(span for group in by_article.values() for span in self._joined(group))

    def _joined(self, group: Sequence[NumberedSentence]) -> list[ArticleSpan]:
        """The spans of sentences of one article, in the order of its text."""
        spans: list[ArticleSpan] = []
        single = False  # whether the last span is one sentence, so that another fits in
        for article, sentence in sorted(group, key=lambda item: item.sentence.start):
            last = spans[-1] if spans else None
            if last is not None and sentence.end <= last.end:
                continue
            if last is not None and single:
                adjacent = not article.text[last.end : sentence.start].strip()
                if adjacent and sentence.end - last.start <= MAX_QUOTE_CHARS:
                    spans[-1], single = last._replace(end=sentence.end), False
                    continue
            span = span_to_quote(article, sentence, self._hits)
            if last is not None and span.start < last.end:
                span = ArticleSpan(article, sentence.start, sentence.end)
            spans.append(span)
            single = span.start == sentence.start
        return spans

    def _support(self, text: str, backing: Sequence[Backing]) -> float:
        """The share of words that the quotes have; where it is small, the similarity in meaning."""
        share = word_overlap(text, backing)
        if share >= _SAME_WORDS:
            return share
        quotes = [quote.text for quote in backing]
        vector, *others = self._archive.embedder.encode([text, *quotes, " ".join(quotes)])
        return max(float(vector @ other) for other in others)

    def _best_candidate(self, ids: Iterable[str]) -> Candidate | None:
        """The reader's best candidate among the sentences with these ids and their pieces."""
        named = [self._passages.sentences[sentence_id] for sentence_id in ids]
        found = (item for item in self._candidates if any(_is_in(one, item) for one in named))
        return max(found, key=lambda item: item.score, default=None)


def _backing(spans: Sequence[ArticleSpan]) -> list[Backing]:
    return [Backing(span.text, span.article.text, span.article.published) for span in spans]


def _is_in(numbered: NumberedSentence, candidate: Candidate) -> bool:
    """Whether the numbered sentence is the candidate's, or a piece of it."""
    outer, inner = candidate.sentence, numbered.sentence
    same = version_key(numbered.article) == version_key(candidate.article)
    return same and outer.start <= inner.start and inner.end <= outer.end
