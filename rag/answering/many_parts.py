"""Answers a question with several parts: each part by itself, or marked as not found."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from rag.answering import fact
from rag.answering.amount import different
from rag.answering.asked.counted import best_figures
from rag.answering.asked.parts import split
from rag.answering.findings import Evidence, Finding, Inquiry, PartBegins, Tools, taken_in_turn
from rag.answering.kinds import classify
from rag.answering.list_items import items_of
from rag.conversation.references import body_of, references
from rag.conversation.rewrite import replaced, understand
from rag.conversation.turn import Turn
from rag.model import Kind
from rag.quotes import Draft
from rag.reading.excerpt import quoting_drafts
from rag.text.names import bare_names
from rag.text.persons import person_score
from rag.text.phrases import AUXILIARIES

_PASSAGES = 12
_MAX_CLAIMS = 3
_FIGURES_LOOKED_AT, _ITEMS_LOOKED_AT = 25, 60
# "Who bought the mill": what answers it is the subject.
_ASKS_SUBJECT = re.compile(rf"(?:who|which|what)\s(?!(?:{AUXILIARIES})\b)", re.IGNORECASE)
_IS_WHO = re.compile(r"who\s(?:is|was)\s", re.IGNORECASE)


class _Read(NamedTuple):
    """A part of the question, what was read for it, and what answers it."""

    part: str
    evidence: Evidence
    drafts: list[Draft]


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields each part as it was asked and what answers it.

    A part is read in the passages for itself and, in turn, those for the whole question: "and
    when?" finds none by itself. A sentence that answers one part best is not shown for another.
    """
    for_all = tools.find(inquiry, k=_PASSAGES)
    read, unanswered = list[_Read](), ""
    for part in split(inquiry.question):
        asked = _alone(part, inquiry.question, unanswered, [_turn_of(item) for item in read])
        own = tools.find(inquiry.about(asked), k=_PASSAGES)
        hits = taken_in_turn(own, for_all)[:_PASSAGES]
        evidence = tools.read_found(asked, own._replace(hits=hits))
        if unanswered and _is_of_somebody(asked):
            evidence = _naming(evidence, bare_names(inquiry.question, inquiry.question))
        articles = {span.article.article_id for draft in _all_drafts(read) for span in draft.spans}
        drafts = _drafts_of(evidence, tools, articles)
        read.append(_Read(part, evidence, drafts))
        unanswered = "" if drafts else unanswered or part
    for item in read:
        yield PartBegins(item.part)
        yield item.evidence
        yield from _own_drafts(item, read)


def _drafts_of(evidence: Evidence, tools: Tools, articles: Collection[str]) -> list[Draft]:
    """What answers a part, in the way of its kind; sentences of these articles are preferred."""
    asked, embedder = evidence.question, tools.archive.embedder
    kind = classify(asked, embedder).kind
    if kind not in (Kind.AMOUNT, Kind.LIST) or tools.abstains(evidence.reading):
        drafts = fact.drafts_of(evidence, tools, rather_from=articles)
        return _as_sure_as_read(drafts, evidence)
    candidates = fact.preferring(evidence.reading.candidates, articles)
    if kind is Kind.AMOUNT:
        candidates = candidates[:_FIGURES_LOOKED_AT]
        shown = different(candidates, best_figures(asked, candidates, embedder))
    else:
        shown = items_of(asked, candidates[:_ITEMS_LOOKED_AT], embedder)
    return quoting_drafts(shown[:_MAX_CLAIMS], evidence.hits)


def _is_of_somebody(asked: str) -> bool:
    """Whether a part asks about "him" or "them", and nothing tells whom that means."""
    return any(item.pronoun in ("he", "she", "they") for item in references(asked))


def _naming(evidence: Evidence, named: Sequence[str]) -> Evidence:
    """The evidence with those sentences alone that have a word of these names."""
    words = {word for name in named for word in name.split()}
    candidates = tuple(
        item
        for item in evidence.reading.candidates
        if not words.isdisjoint(re.findall(r"\w+", item.text))
    )
    return evidence._replace(reading=replace(evidence.reading, candidates=candidates))


def _as_sure_as_read(drafts: list[Draft], evidence: Evidence) -> list[Draft]:
    """The drafts, the first as sure as the reader is of it, in whichever article it stands."""
    if not drafts:
        return []
    chances = [
        item.score
        for item in evidence.reading.candidates
        if item.article is drafts[0].spans[0].article
        and item.sentence.start < drafts[0].spans[0].end <= item.sentence.end
    ]
    sure = max([drafts[0].confidence, *chances])
    return [replace(drafts[0], confidence=sure), *drafts[1:]]


def _all_drafts(read: Sequence[_Read]) -> Iterator[Draft]:
    return chain.from_iterable(item.drafts for item in read)


def _own_drafts(item: _Read, read: Sequence[_Read]) -> Iterator[Draft]:
    """The drafts of a part without those that answer another one better; its own best one stays."""
    yield from item.drafts[:1]
    others = [
        (other, is_best)
        for part in read
        if part is not item
        for other, is_best in zip(part.drafts, (True, *[False] * len(part.drafts)), strict=False)
    ]
    for draft in item.drafts[1:]:
        is_taken = any(
            draft.spans[0].overlaps(other.spans[0])
            and (is_best or other.confidence > draft.confidence)
            for other, is_best in others
        )
        if not is_taken:
            yield draft


def _turn_of(item: _Read) -> Turn:
    """A part as a turn of a conversation, for what the next one leaves out."""
    spans = [span for draft in item.drafts for span in draft.spans]
    shorts = [draft.answer for draft in item.drafts if draft.answer is not None]
    return Turn(
        item.part,
        tuple(span.article.text[span.start : span.end] for span in spans),
        tuple(short.article.text[short.start : short.end] for short in shorts),
        tuple(dict.fromkeys(span.article.title for span in spans)),
        item.part,
    )


def _alone(part: str, whole: str, unanswered: str, before: Sequence[Turn] = ()) -> str:
    """A part as the reader reads it alone: with what its pronoun means, or with names of the whole.

    :param unanswered: a part before it that the articles do not answer; it goes along, likewise
        with the names, so that no other event answers this one.
    :param before: the parts before it with their answers.

    >>> _alone("And who paid?", "What does the port buy and who paid?", "What does the port buy?")
    'And who paid? (What does the port buy)'
    >>> _alone("When does it open?", "Who runs the Nord mill and when does it open?", "",
    ...     [Turn("Who runs the Nord mill?")])
    'When does the Nord mill open?'
    """
    if resolved := _resolved(part, before):
        return resolved
    named = bare_names(whole, whole)
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", part) for name in named):
        return part
    if unanswered:
        return f"{part} ({_alone(unanswered, whole, '').rstrip('?')})"
    return f"{part.rstrip('?')}, {', '.join(named)}?" if named else part


def _resolved(part: str, before: Sequence[Turn]) -> str | None:
    """A part with what its pronoun means: a phrase of the parts before, or an answer to them.

    None where it has no pronoun, or what that means is not certain: "who hit Bo Tull, and when was
    he found?"
    """
    body = body_of(part)
    reference = next(references(body), None)
    if reference is None or not before:
        return None
    first = before[-1]
    is_person = reference.pronoun in ("he", "she", "they")
    if is_person and _ASKS_SUBJECT.match(first.question) and not _IS_WHO.match(first.question):
        names = [name for short in first.short[:1] for name in bare_names(short, short)]
        told = "\n".join(first.answered)
        is_open = any(person_score(name, told) > 0 for name in bare_names(first.question))
        return None if is_open or len(names) != 1 else replaced(body, reference, names[0])
    found = understand(part, before)
    is_certain = found.follow_up and not found.question.endswith(")")
    return found.question if is_certain else None
