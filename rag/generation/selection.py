"""Decides which statements of a language model are shown, so that none hides a better quote.

A statement that stands on a quote of the answer says it in words and takes its place. One that
stands on something much less likely is shown after the quotes; quotes that are likelier than every
statement are always shown. Where there are no quotes, or it is that unlikely, a statement has to
stand on an article about the question.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.embed import Embedder
from rag.generation.claim_checker import Supported
from rag.generation.material import FoundPart, Material, covers
from rag.generation.numbered_passages import NumberedPassages
from rag.model import Claim, Kind, Rejected
from rag.quotes import Draft, version_key
from rag.text.terms import terms

# A statement counts as likely if its confidence is at least this share of the best quote's.
_LIKELY = 0.1
# Kinds of questions with one answer a part; for others, every quote is needed.
_ONE_ANSWER = frozenset({Kind.FACT, Kind.YES_NO, Kind.COMPARE, Kind.MANY_PARTS})
# The least cosine between a question and the closest sentence of an article about it. 95% of gold
# evidence passes, and nothing for questions off topic. The cosine of the evidence alone would stop
# a third of it and let through something for as many questions that the articles do not answer.
_ABOUT = 0.5


class Selection:
    """The statements for one question, each of them once."""

    def __init__(self, material: Material, passages: NumberedPassages, embedder: Embedder) -> None:
        self._material, self._passages, self._embedder = material, passages, embedder
        self._shown: list[Claim] = []
        self._held: list[Claim] = []

    @property
    def empty(self) -> bool:
        """Whether no statement was accepted."""
        return not self._shown and not self._held

    def place(self, checked: Supported | Rejected) -> Iterator[Claim | Rejected]:
        """Yields the claim if it can be shown now, rejected if it does not answer the question."""
        if isinstance(checked, Rejected):
            yield checked
            return
        claim, leads = checked
        beside_quotes = bool(self._material.drafts)
        likely = self._is_on_topic(claim) or any(
            _is_likely(claim, part) for part in self._material.parts
        )
        if not likely and self._closeness(claim) < _ABOUT:
            yield Rejected(claim.text, "it does not answer the question")
        elif beside_quotes and not (likely and leads):
            self._held.append(claim)
        else:
            self._shown.append(claim)
            yield claim

    def rest(self) -> Iterator[Claim | Draft]:
        """Yields the quotes that no statement puts in words, and the statements held back."""
        quoted = [
            draft
            for part in self._material.parts
            for draft in part.drafts
            if not any(_says(claim, draft) for claim in self._shown)
            and (self._material.kind not in _ONE_ANSWER or self._is_likelier(draft, part))
        ]
        yield from quoted
        for claim in self._held:
            if not any(covers(claim, draft) for draft in quoted):
                yield claim

    def _is_likelier(self, draft: Draft, part: FoundPart) -> bool:
        """Whether the quote is likelier than every other thing that the statements stand on."""
        others = (part.chance(claim) for claim in self._shown if not covers(claim, draft))
        return draft.confidence > max(others, default=0.0)

    def _is_on_topic(self, claim: Claim) -> bool:
        """Whether the question is about a topic, and the claim quotes an article on it."""
        on_topic = {version_key(item.article) for item in self._material.candidates}
        return self._material.by_topic and any(
            version_key(quote) in on_topic for quote in claim.quotes
        )

    def _closeness(self, claim: Claim) -> float:
        """The cosine of the question and the closest sentence of the articles that are quoted.

        Compared are the sentences that the model was shown, and the quotes.
        """
        quoted = {version_key(quote) for quote in claim.quotes}
        shown = self._passages.sentences.values()
        texts = [item.text for item in shown if version_key(item.article) in quoted]
        texts += [quote.text for quote in claim.quotes]
        question, *others = self._embedder.encode([self._material.question, *texts])
        return max(float(question @ other) for other in others)


def _is_likely(claim: Claim, part: FoundPart) -> bool:
    """Whether the claim stands on a quote of the part, or something nearly as likely."""
    if not part.drafts:
        return False
    likely = part.chance(claim) >= _LIKELY * part.drafts[0].confidence
    return likely or any(covers(claim, draft) for draft in part.drafts)


def _says(claim: Claim, draft: Draft) -> bool:
    """Whether the claim puts the draft in words: it quotes it, and has its short answer."""
    short = set() if draft.answer is None else set(terms(draft.answer.text))
    return covers(claim, draft) and 2 * len(short & set(terms(claim.text))) >= len(short)
