"""Checks a statement of a language model: it becomes a claim with exact quotes, or is rejected.

Evidence is found for it by its words (`rag.generation.evidence`); where few of them are the same,
its meaning is compared with the quotes' by the embedder.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.checks.check import Backing, word_overlap
from rag.generation.evidence import EvidenceFinder, Unsupported
from rag.generation.material import Material
from rag.generation.numbered_passages import NumberedPassages, PassageSentence
from rag.generation.replies import Reply, Statement
from rag.model import Candidate, Claim, Conflict, ConflictKind, Rejected, Side
from rag.quotes import ArticleSpan, Draft, Refusal, make_claim, make_quotes
from rag.reading.excerpt import answer_span
from rag.store.archive import Archive
from rag.text.terms import terms

_MAX_STATEMENT_CHARS = 600
_MAX_VALUE_CHARS = 120
# Below this cosine, a statement and its quotes are about different things.
_MIN_SIMILARITY = 0.4
# From this share of common words on, they are about the same thing in any case.
_SAME_WORDS = 0.6


class ClaimChecker:
    """Checks statements about the material of one question."""

    def __init__(
        self,
        archive: Archive,
        material: Material,
        sentences: Sequence[PassageSentence],
        passages: NumberedPassages,
    ) -> None:
        """`sentences` are all that may be quoted, `passages` those that the model was shown."""
        self._archive, self._material, self._passages = archive, material, passages
        self._finder = EvidenceFinder(sentences, material.hits)

    def check(self, statement: Statement) -> Claim | Rejected:
        """The statement as a claim, if some evidence supports it."""
        text = statement.text
        if not text:
            return Rejected("", "it is empty")
        if len(text) > _MAX_STATEMENT_CHARS:
            reason = "it is too long to be one statement"
            return Rejected(text[:_MAX_STATEMENT_CHARS], reason)
        evidence = self._finder.find(text, self._hinted(statement))
        if isinstance(evidence, Unsupported):
            return Rejected(text, evidence.reason)
        support = self._support(text, evidence.spans)
        if support < _MIN_SIMILARITY:
            return Rejected(text, "its quotes are about something else")
        best = self._best_candidate(evidence.sentences)
        draft = Draft(
            spans=evidence.spans,
            text=text,
            confidence=0.0 if best is None else best.score,
            support=min(1.0, support),
            answer=_answer_within(text, best),
        )
        with self._archive.record.snapshot() as snapshot:
            return make_claim(snapshot, draft, self._material.hits)

    def conflict(self, subject: str, reply: Reply) -> Conflict | None:
        """The values in which articles differ, if the quotes support at least two of them."""
        sides: dict[str, Side] = {}
        for statement in reply.sides:
            value = statement.text
            if not 0 < len(value) <= _MAX_VALUE_CHARS:
                continue
            evidence = self._finder.within(value, self._hinted(statement))
            if isinstance(evidence, Unsupported):
                continue
            with self._archive.record.snapshot() as snapshot:
                quotes = make_quotes(snapshot, evidence.spans, self._material.hits)
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

    def _hinted(self, statement: Statement) -> list[PassageSentence]:
        """The sentences that the model names as evidence; ids that do not exist are ignored."""
        known = self._passages.sentences
        return [known[name] for name in dict.fromkeys(statement.evidence) if name in known]

    def _support(self, text: str, spans: Sequence[ArticleSpan]) -> float:
        """The share of words that the quotes have; where it is small, the similarity in meaning."""
        quotes = [span.text for span in spans]
        backing = [Backing(span.text, span.article.text, span.article.published) for span in spans]
        share = word_overlap(text, backing)
        if share >= _SAME_WORDS:
            return share
        vector, *others = self._archive.embedder.encode([text, *quotes, " ".join(quotes)])
        return max(float(vector @ other) for other in others)

    def _best_candidate(self, sentences: Sequence[PassageSentence]) -> Candidate | None:
        """The reader's best candidate among these sentences and their pieces."""
        found = (
            candidate
            for candidate in self._material.candidates
            if any(sentence.is_in(candidate) for sentence in sentences)
        )
        return max(found, key=lambda item: item.score, default=None)


def _answer_within(text: str, candidate: Candidate | None) -> ArticleSpan | None:
    """The candidate's short answer, if the statement has all of its words."""
    span = None if candidate is None else answer_span(candidate)
    return span if span is not None and set(terms(span.text)) <= set(terms(text)) else None
