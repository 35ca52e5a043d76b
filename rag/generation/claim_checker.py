"""A drafted statement in, a claim with exact quotes out, or the reason for leaving it out. The only way from a model's words to a claim.

The ids that a draft points at become quotes, cut from the record and checked like any other; then the statement's own words are compared
with theirs (`rag.checks.check`), and its meaning by the embedder. It knows no model and no prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.checks.check import Backing, why_unsupported, word_overlap
from rag.generation.numbered_passages import Numbered, Place
from rag.generation.replies import Draft, Reply
from rag.model import (
    Article,
    Candidate,
    Claim,
    Conflict,
    ConflictKind,
    Hit,
    Quote,
    Reading,
    Rejected,
    Side,
    Span,
)
from rag.quotes import MAX_CHARS, Claimed, Refusal, make_quote, outlets_of
from rag.reading.excerpt import quoted_span, short_answer
from rag.store.archive import Archive

_MOST_EVIDENCE = 6
_LONGEST_STATEMENT = 600
_LONGEST_VALUE = 120
# Cosine between a statement and its quotes, below which they are not about the same.
_LEAST_ALIKE = 0.4
# From this share of words in common on, they are about the same in any case.
_PLAIN = 0.6


class _Cut(NamedTuple):
    """Quotes, and the articles that they stand in."""

    quotes: tuple[Quote, ...]
    backing: tuple[Backing, ...]


class Checker:
    """Checks drafts about the passages of one question."""

    def __init__(
        self, archive: Archive, passages: Numbered, hits: Sequence[Hit], reading: Reading
    ) -> None:
        self._archive, self._passages, self._hits = archive, passages, hits
        self._candidates = {
            _key(item.article, item.sentence): item for item in reversed(reading.candidates)
        }

    def claim(self, draft: Draft) -> Claim | Rejected:
        """The draft as a claim, if its quotes bear it out."""
        if not 0 < len(draft.text) <= _LONGEST_STATEMENT:
            return Rejected(
                draft.text[:_LONGEST_STATEMENT],
                "it is empty" if not draft.text else "it is too long to be one statement",
            )
        cut = self._cut(draft.evidence)
        if isinstance(cut, str):
            return Rejected(draft.text, cut)
        if (wrong := why_unsupported(draft.text, cut.backing, self._passages.plain)) is not None:
            return Rejected(draft.text, wrong)
        support = self._support(draft.text, cut)
        if support < _LEAST_ALIKE:
            return Rejected(draft.text, "its quotes are about something else")
        best = self._best(draft.evidence)
        confidence, answer = (
            (0.0, None) if best is None else (best.score, short_answer(best, cut.quotes))
        )
        return Claim(draft.text, cut.quotes, confidence, min(1.0, support), answer)

    def conflict(self, subject: str, reply: Reply) -> Conflict | None:
        """The values in which articles differ, as a model has told them, if the quotes have at least two of them."""
        sides: dict[str, Side] = {}
        for draft in reply.sides:
            cut = self._cut(draft.evidence)
            if (
                isinstance(cut, str)
                or not 0 < len(draft.text) <= _LONGEST_VALUE
                or why_unsupported(draft.text, cut.backing, self._passages.plain)
            ):
                continue
            sides.setdefault(
                draft.text.casefold(), Side(draft.text, cut.quotes, cut.quotes[0].published)
            )
        if len(sides) < 2:
            return None
        dates = [side.published for side in sides.values()]
        changed = reply.changed and None not in dates and len(set(dates)) == len(dates)
        order = sorted(
            sides.values(), key=lambda side: side.published.first_epoch if side.published else 0
        )
        return Conflict(
            subject, ConflictKind.CHANGED if changed else ConflictKind.DISAGREE, tuple(order)
        )

    def _cut(self, evidence: Sequence[str]) -> _Cut | str:
        """Quotes of the sentences with these ids, or why there can be none."""
        ids = dict.fromkeys(evidence)
        unknown = [name for name in ids if name not in self._passages.places]
        if not ids or unknown:
            return (
                f"there is no sentence {', '.join(unknown)[:80]}"
                if unknown
                else "it names no evidence"
            )
        if len(ids) > _MOST_EVIDENCE:
            return f"it names more than {_MOST_EVIDENCE} sentences as its evidence"
        quotes: list[Quote] = []
        backing: list[Backing] = []
        with self._archive.record.snapshot() as record:
            for article, span in self._spans([self._passages.places[name] for name in ids]):
                text = article.text[span.start : span.end]
                claimed = Claimed(article.article_id, article.version, span.start, span.end, text)
                quote = make_quote(record, claimed, outlets=outlets_of(article, text, self._hits))
                if isinstance(quote, Refusal):
                    return quote.reason
                quotes.append(quote)
                backing.append(Backing(quote.text, article.text, article.published))
        return _Cut(tuple(quotes), tuple(backing))

    def _spans(self, places: Sequence[Place]) -> list[tuple[Article, Span]]:
        """What to quote: neighbours together, as far as a quote may go; articles in the order in which they are named."""
        by_article: dict[tuple[str, str], list[Place]] = {}
        for place in places:
            by_article.setdefault((place.article.article_id, place.article.version), []).append(
                place
            )
        return [
            (found[0].article, span)
            for found in by_article.values()
            for span in self._spans_in(found)
        ]

    def _spans_in(self, places: Sequence[Place]) -> list[Span]:
        spans: list[Span] = []
        single = False
        for place in sorted(places, key=lambda place: place.sentence.start):
            start, end = place.sentence.start, place.sentence.end
            last = spans[-1] if spans else None
            if last is not None and end <= last.end:
                continue
            if (
                last is not None
                and single
                and not place.article.text[last.end : start].strip()
                and end - last.start <= MAX_CHARS
            ):
                spans[-1], single = Span(last.start, end), False
                continue
            wide = quoted_span(Candidate(place.article, place.sentence, 0.0, None, 0), self._hits)
            span = wide if last is None or wide.start >= last.end else Span(start, end)
            spans.append(span)
            single = span.start == start
        return spans

    def _support(self, statement: str, cut: _Cut) -> float:
        """The share of words that the quotes have; where it is small, how near the meanings are, which takes the embedder."""
        words = word_overlap(statement, cut.backing)
        if words >= _PLAIN:
            return words
        texts = [
            statement,
            *(quote.text for quote in cut.quotes),
            " ".join(quote.text for quote in cut.quotes),
        ]
        said, *others = self._archive.embedder.encode(texts)
        return max(float(said @ other) for other in others)

    def _best(self, evidence: Sequence[str]) -> Candidate | None:
        """What the reader thinks best of among the sentences that are pointed at."""
        places = [self._passages.places[name] for name in evidence]
        found = [
            item for place in places for item in self._candidates.values() if _within(place, item)
        ]
        return max(found, key=lambda item: item.score, default=None)


def _key(article: Article, sentence: object) -> tuple[str, str, object]:
    return article.article_id, article.version, sentence


def _within(place: Place, candidate: Candidate) -> bool:
    """Whether the sentence is the candidate's, or a piece of it."""
    same = (place.article.article_id, place.article.version) == (
        candidate.article.article_id,
        candidate.article.version,
    )
    return (
        same
        and candidate.sentence.start <= place.sentence.start
        and place.sentence.end <= candidate.sentence.end
    )
