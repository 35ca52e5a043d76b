"""Answers a question for a list: every item from as many articles as it takes.

Each sentence that names items is a claim; it is left out if it says the opposite of what is asked
("rise" where "fall" was asked) or names only what a better one has named. How likely it is depends
on the reader's score and on how near it comes to the question in meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.answering.findings import Finding, Inquiry, Tools
from rag.checks.negation import contradiction
from rag.embed import Embedder
from rag.model import Candidate, Notice
from rag.reading.answer_types import fitted_answer_types
from rag.reading.excerpt import quoting_drafts
from rag.text.changes import opposed
from rag.text.names import names
from rag.text.person_roles import without_titles
from rag.text.persons import person_score
from rag.text.phrases import AUXILIARIES, PREPOSITIONS
from rag.text.terms import terms
from rag.text.tokens import PAST_FORMS

_PASSAGES = 20
_LOOKED_AT = 60
_MAX_CLAIMS = 10
# A sentence after the first is shown if its confidence is at least this share of the first one's.
_SHOWN_SHARE = 0.15
# Beside a row, what a sentence needs of the likeliest one's value, and of its chance if it says
# what the question says of the items.
_ROW_SHARE = 0.06
_SAYS_SHARE = 0.1
_SAYS = 0.6
# What a mere name counts where things without names are asked for.
_MERE_NAME = 0.1
_MERE_NAME_WORDS = 3
# What a cosine of question and sentence weighs beside the log of the reader's score, and how much
# likelier a sentence is that has the change that is asked for.
_NEARNESS = 4.0
_SAME_CHANGE = 5.0
# How much likelier a sentence is that enumerates, if it stands in an article with a likely one.
_ENUMERATES = 20.0
_LEAST_ENUMERATING = 0.03
_LIKELY_SHARE = 0.3
# Names are asked for if an answer has none with less than this chance.
_NAMELESS = 0.45
# The likeliest answer with a name has at least this share of the likeliest one's score.
_NAMED_SHARE = 0.15
# Things that are told in words, and seldom have a name: charges, demands, reasons.
_ITEM = re.compile(r"\b(?:which|what)\s(?P<item>[\w-]+)", re.IGNORECASE)
_NAMELESS_THINGS = re.compile(
    r"\b(?:which|what)\s(?:(?:is|are|was|were)\s(?:the\s)?)?(?:[a-z-]+\s)?(?P<item>accusations|aims"
    r"|allegations|arguments|benefits|causes|changes|charges|claims|complaints|concerns|conditions"
    r"|consequences|counts|crimes|criticisms|demands|differences|difficulties|effects|excuses|fears"
    r"|goals|improvements|injuries|issues|measures|mistakes|objections|obstacles|plans|powers"
    r"|problems|promises|proposals|questions|reasons|recommendations|reforms|requirements|results"
    r"|risks|rules|steps|symptoms|tasks|terms|threats|warnings|weaknesses)\b"
    r"(?=\W*$|\s(?:of|in|for|on|against|behind|from|did|do|does|has|have|had|is|are|was|were|will"
    r"|would|could|can|might)\b)",
    re.IGNORECASE,
)
_MOST_WORDS = 5
_OF_CLAUSES = frozenset(f"{AUXILIARIES}|said|says|it|he|she|they|we|i|who|which|that".split("|"))
_ASKS_WHO = re.compile(r"\b(?:who|whose|whom|names)\b", re.IGNORECASE)
_LINE_END = re.compile(r"\s*\n\s*")
_ENDS_LINE = re.compile(r"[^\S\n]*(?:\n|$)")
_INCLUDES = re.compile(r"\b(?:includ(?:es?|ing|ed)|among|such as|namely)\b", re.IGNORECASE)
# Things in a row, "A, B and C": the first and the last run into the rest of the sentence.
_ROW = re.compile(r",(?P<middle>[^;:.]*?),? (?:and|or) ")

# A verb with what it is done to.
_ACTS = re.compile(rf"\b[a-z]+ed\s(?:the|an?|his|her|its|their|{PREPOSITIONS})\b")


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence, the sentences with items, and how many were found."""
    evidence = tools.read(inquiry, k=_PASSAGES)
    yield evidence
    if tools.abstains(evidence.reading):
        return
    candidates = evidence.reading.candidates[:_LOOKED_AT]
    found = items_of(inquiry.question, candidates, tools.archive.embedder)
    found = with_lines_below(found, candidates)
    yield from quoting_drafts(found, evidence.hits)
    if len(found) > 1:
        articles = len({candidate.article.article_id for candidate in evidence.reading.candidates})
        yield Notice("count", f"{len(found)} found in the {articles} articles read.")


def items_of(question: str, candidates: Sequence[Candidate], embedder: Embedder) -> list[Candidate]:
    """The candidates that name items, the likeliest first, each with an item that is new."""
    fitting = [item for item in _with_names(question, candidates) if _fits(question, item.text)]
    if not fitting:
        return []
    chances = _chances(question, fitting, embedder)
    values = _values(fitting, chances, _stems(_NAMELESS_THINGS.search(question)))
    best = max(fitting, key=lambda item: chances[id(item)])
    # An enumeration as the best answer has most of the items; others must be nearly as likely.
    is_row = re.search(r",|\band\b", _short(best)) is not None
    least = _ROW_SHARE * values[id(best)] if is_row else _SHOWN_SHARE * chances[id(best)]
    said = _said_of_items(question)
    asked, shown, named = set(terms(question)), list[Candidate](), set[str]()
    for candidate in sorted(fitting, key=lambda item: -values[id(item)])[:_LOOKED_AT]:
        says = is_row and len(said & set(terms(candidate.text))) >= _SAYS * max(1, len(said))
        needed = min(least, _SAYS_SHARE * chances[id(best)]) if says else least
        if values[id(candidate)] < needed or len(shown) == _MAX_CLAIMS:
            continue
        if new := _named(candidate) - asked - named:
            shown.append(candidate)
            named |= new
    return shown


def _said_of_items(question: str) -> frozenset[str]:
    """The stems of what a question says of the items: "condemned" of "Which states condemned"."""
    of_names = " ".join(question[name.start : name.end] for name in names(question))
    item = _ITEM.search(question)
    return frozenset(terms(question)) - frozenset(terms(of_names)) - _stems(item)


def _stems(item: re.Match[str] | None) -> frozenset[str]:
    return frozenset(terms(item["item"])) if item else frozenset()


def with_lines_below(
    shown: Sequence[Candidate], candidates: Sequence[Candidate]
) -> list[Candidate]:
    """The items, with the lines of a list instead of the sentence before it that ends with ":".

    Each line is as likely as that sentence, or as its own score says.
    """
    items: dict[tuple[str, int], Candidate] = {}
    for candidate in shown:
        lines = _lines_below(candidate, candidates)
        for item in lines or [candidate]:
            likelier = replace(item, score=max(item.score, candidate.score))
            items.setdefault((item.article.article_id, item.sentence.start), likelier)
    return list(items.values())[:_MAX_CLAIMS]


def _lines_below(intro: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that are the lines right below a sentence that ends with ":", in order."""
    if not intro.text.rstrip().endswith(":"):
        return []
    text, end = intro.article.text, intro.sentence.end
    lines = []
    for item in sorted(candidates, key=lambda item: item.sentence.start):
        if item.article is not intro.article or item.sentence.start < end:
            continue
        is_next = _LINE_END.fullmatch(text, end, item.sentence.start) is not None
        end = item.sentence.end
        if not is_next or not _ENDS_LINE.match(text, end):
            break
        lines.append(item)
    return lines if len(lines) > 1 else []


def _with_names(question: str, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """The candidates whose short answers name items, if the question asks for names.

    The items are places where the likeliest ones are. A name that the question has is none.
    """
    chance = fitted_answer_types().expected(question).chance("no name")
    if chance >= _NAMELESS or _NAMELESS_THINGS.search(question):
        return candidates
    sorts = [_sorts_named(item, question) for item in candidates]
    named = list(zip(candidates, sorts, strict=True))
    asked = max(
        ("name", "place"), key=lambda sort: sum(item.score for item, own in named if own == {sort})
    )
    having = [item for item, own in named if asked in own]
    # Where the likeliest answers have no name, the question does not ask for any.
    is_likely = having and having[0].score >= _NAMED_SHARE * candidates[0].score
    return having if is_likely else candidates


def _fits(question: str, text: str) -> bool:
    """Whether a sentence says nothing that is opposed to what is asked."""
    opposite_change = opposed(question, text)
    if opposite_change is not None:
        return not opposite_change
    return contradiction(question, [text]) is None


def _chances(
    question: str, candidates: Sequence[Candidate], embedder: Embedder
) -> dict[int, float]:
    """How likely each candidate is to answer beside the others, by its identity."""
    first, *others = embedder.encode([question, *(item.text for item in candidates)])
    nameless = _NAMELESS_THINGS.search(question)
    chances = {}
    for item, vector in zip(candidates, others, strict=True):
        asked_for = _SAME_CHANGE if opposed(question, item.text) is False else 1.0
        if nameless and _is_mere_name(item, question):
            asked_for *= _MERE_NAME
        chances[id(item)] = item.score * math.exp(_NEARNESS * float(first @ vector)) * asked_for
    return chances


def _values(
    candidates: Sequence[Candidate], chances: Mapping[int, float], things: frozenset[str]
) -> dict[int, float]:
    """How likely each candidate is to name items: more if it enumerates beside a likely one.

    :param things: the stem of things without names that are asked for; more if it enumerates them.
    """
    best = max(chances.values())
    likely = {
        item.article.article_id for item in candidates if chances[id(item)] >= _LIKELY_SHARE * best
    }
    values = {}
    for item in candidates:
        chance = chances[id(item)]
        fits = item.article.article_id in likely or things & set(terms(item.text))
        may = fits and chance >= _LEAST_ENUMERATING * best
        values[id(item)] = chance * (_ENUMERATES if may and enumerates(item.text) else 1.0)
    return values


def enumerates(text: str) -> bool:
    """Whether a sentence has three things or more in a row, or says "including".

    >>> enumerates("They are Skarn, Aldwater and Fennmouth."), enumerates("It sank, and he ran.")
    (True, False)
    """
    return bool(_INCLUDES.search(text)) or any(
        all(map(_is_thing, row["middle"].split(","))) for row in _ROW.finditer(text)
    )


def _is_thing(text: str) -> bool:
    """Whether a few words can be a thing in a row, and no clause: "came", "killed a man"."""
    words = text.casefold().split()
    # "Rose bushes" and "Led Zeppelin" begin with no verb; "the police came" ends with one.
    acts = _ACTS.search(text) is not None or not PAST_FORMS.isdisjoint(words[-1:])
    return 0 < len(words) <= _MOST_WORDS and _OF_CLAUSES.isdisjoint(words) and not acts


def _sorts_named(candidate: Candidate, question: str) -> frozenset[str]:
    """Whether the short answer has a name, a place or both that the question lacks.

    Where "who" is asked, only a person's name counts.
    """
    asked, short = set(terms(question)), _short(candidate)
    text = candidate.article.text
    asks_who = _ASKS_WHO.search(question) is not None
    sorts = set()
    for name in names(short):
        is_new = not asked.issuperset(terms(short[name.start : name.end]))
        if is_new and (not asks_who or person_score(without_titles(name), text) > 0):
            sorts.add("place" if all(word.is_place for word in name.words) else "name")
    return frozenset(sorts)


def _named(candidate: Candidate) -> set[str]:
    """The stems of the items: of the whole sentence where it enumerates, else the short answer."""
    return set(terms(candidate.text if enumerates(candidate.text) else _short(candidate)))


def _is_mere_name(candidate: Candidate, question: str) -> bool:
    words = _short(candidate).split()
    return len(words) <= _MERE_NAME_WORDS and bool(_sorts_named(candidate, question))


def _short(candidate: Candidate) -> str:
    answer = candidate.answer
    return "" if answer is None else candidate.article.text[answer.start : answer.end]
