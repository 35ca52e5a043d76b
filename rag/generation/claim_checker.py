"""Checks a statement of a language model: it becomes a claim with exact quotes, or is rejected.

Evidence is found for it by its words (`rag.generation.evidence`); where few of them are the same,
its meaning is compared with the quotes' by the embedder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.checks.check import word_overlap
from rag.generation.evidence import EvidenceFinder, backing_of
from rag.generation.material import Material, span_of
from rag.generation.numbered_passages import NumberedPassages, PassageSentence
from rag.generation.replies import Statement
from rag.model import Candidate, Claim, Rejected
from rag.quotes import ArticleSpan, Draft, make_claim
from rag.reading.excerpt import answer_span
from rag.store.archive import Archive
from rag.text.terms import STOP_WORDS, terms
from rag.text.tokens import base, tokens

_MAX_STATEMENT_CHARS = 600
# Below this cosine, a statement and its quotes are about different things.
_MIN_SIMILARITY = 0.4
# From this share of common words on, they are about the same thing in any case.
_SAME_WORDS = 0.6
_SENTENCE_END = re.compile(r"[.!?…][\"”’')]*$")


class Supported(NamedTuple):
    """A claim; one that `leads` may stand before the quotes of the answer."""

    claim: Claim
    leads: bool


class ClaimChecker:
    """Checks statements about the material of one question.

    A statement that is no sentence, such as a bare name, only points at its quotes: they become the
    claim, and it becomes their short answer. So does one that answers in words of the question
    which its quotes do not have, unless it stands on the likeliest quote.
    """

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

    def check(self, statement: Statement) -> Supported | Rejected:
        """The statement as a claim, if some evidence supports it."""
        text = statement.text
        if not text:
            return Rejected("", "it is empty")
        if len(text) > _MAX_STATEMENT_CHARS:
            reason = "it is too long to be one statement"
            return Rejected(text[:_MAX_STATEMENT_CHARS], reason)
        # Ids that do not exist are ignored.
        known = self._passages.sentences
        named = [known[name] for name in statement.evidence if name in known]
        evidence = self._finder.find(text, named)
        if isinstance(evidence, Rejected):
            return evidence
        support = self._support(text, evidence.spans)
        if support < _MIN_SIMILARITY:
            return Rejected(text, "its quotes are about something else")
        best = self._best_candidate(evidence.sentences)
        is_sentence = _SENTENCE_END.search(text) is not None
        likeliest = self._is_likeliest(evidence.spans)
        echoes = _echoes(self._material.question, text, evidence.spans)
        worded = is_sentence and (likeliest or not echoes)
        draft = Draft(
            spans=evidence.spans,
            text=text if worded else None,
            confidence=0.0 if best is None else best.score,
            support=min(1.0, support),
            answer=_answer_within(text, best) if is_sentence else _place_of(text, evidence.spans),
            speaker=self._speaker(evidence.spans),
        )
        with self._archive.record.snapshot() as snapshot:
            claim = make_claim(snapshot, draft, self._material.hits)
        return claim if isinstance(claim, Rejected) else Supported(claim, worded or likeliest)

    def _support(self, text: str, spans: Sequence[ArticleSpan]) -> float:
        """The share of words that the quotes have; where it is small, the similarity in meaning."""
        share = word_overlap(text, [backing_of(span) for span in spans])
        if share >= _SAME_WORDS:
            return share
        quotes = [span.text for span in spans]
        vector, *others = self._archive.embedder.encode([text, *quotes, " ".join(quotes)])
        return max(float(vector @ other) for other in others)

    def _is_likeliest(self, spans: Sequence[ArticleSpan]) -> bool:
        """Whether one of the spans is in the likeliest quote of a part of the question."""
        best = [part.drafts[0].spans for part in self._material.parts if part.drafts]
        return any(span.overlaps(other) for span in spans for own in best for other in own)

    def _speaker(self, spans: Sequence[ArticleSpan]) -> str | None:
        """Who says what is quoted, if that was found out for all of it."""
        drafts = self._material.drafts
        speakers = {
            next((draft.speaker for draft in drafts if span.overlaps(draft.spans[0])), None)
            for span in spans
        }
        return speakers.pop() if len(speakers) == 1 else None

    def _best_candidate(self, sentences: Sequence[PassageSentence]) -> Candidate | None:
        """The reader's best candidate among these sentences and their pieces."""
        found = (
            candidate
            for candidate in self._material.candidates
            if any(sentence.span.overlaps(span_of(candidate)) for sentence in sentences)
        )
        return max(found, key=lambda item: item.score, default=None)


def _echoes(question: str, statement: str, spans: Sequence[ArticleSpan]) -> bool:
    """Whether a statement has a common word from the question that its quotes do not have.

    A model that answers "Who was the captain?" with the manager of the quote says "captain".
    """
    have = {base(word.norm) for span in spans for word in tokens(span.text)}
    asked = {base(word.norm) for word in tokens(question)} - have
    return any(
        base(word.norm) in asked
        for word in tokens(statement)
        if not word.capital and word.norm not in STOP_WORDS
    )


def _place_of(words: str, spans: Sequence[ArticleSpan]) -> ArticleSpan | None:
    """Where one of the spans has these words."""
    for span in spans:
        if (start := span.text.find(words)) >= 0:
            start += span.start
            return span._replace(start=start, end=start + len(words))
    return None


def _answer_within(text: str, candidate: Candidate | None) -> ArticleSpan | None:
    """The candidate's short answer, if the statement has all of its words."""
    span = None if candidate is None else answer_span(candidate)
    return span if span is not None and set(terms(span.text)) <= set(terms(text)) else None
