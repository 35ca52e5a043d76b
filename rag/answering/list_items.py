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
from rag.model import BlockKind, Candidate, Notice
from rag.reading.answer_types import fitted_answer_types
from rag.reading.excerpt import quoting_drafts
from rag.text.changes import opposed
from rag.text.names import names
from rag.text.numbers import numbers
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
# One whose short answer is a row of names needs less of the likeliest one's chance.
_LEAST_ROW = 0.01
_LIKELY_SHARE = 0.3
# Names are asked for if an answer has none with less than this chance.
_NAMELESS = 0.45
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

# "And other Tarn songs": what has these words names more of the items.
_OTHERS = re.compile(
    r"\b(?:and|or|among)\s(?:\w+\s)?others?\b(?P<things>(?:\s[\w’'-]+){0,2})", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?:;…][\"”’')\]]*$")

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
    told = [item for item in candidates if not _is_heading(item)] or candidates
    fitting = [item for item in _with_names(question, told) if _fits(question, item.text)]
    if not fitting:
        return []
    chances = _chances(question, fitting, embedder)
    values = _values(fitting, chances, _stems(_NAMELESS_THINGS.search(question)))
    best = max(fitting, key=lambda item: chances[id(item)])
    # An enumeration as the best answer has most of the items; others must be nearly as likely.
    more = _says_others(best)
    is_row = re.search(r",|\band\b", _short(best)) is not None and more is None
    others = _things_told(more["things"], question) if more else frozenset()
    least = _ROW_SHARE * values[id(best)] if is_row else _SHOWN_SHARE * chances[id(best)]
    said = _said_of_items(question)
    asked, shown, named = set(terms(question)), list[Candidate](), set[str]()
    for candidate in sorted(fitting, key=lambda item: -values[id(item)])[:_LOOKED_AT]:
        says = is_row and len(said & set(terms(candidate.text))) >= _SAYS * max(1, len(said))
        needed = min(least, _SAYS_SHARE * chances[id(best)]) if says else least
        is_other = candidate.article is best.article and _names_one(candidate, others, question)
        if len(shown) == _MAX_CLAIMS or (values[id(candidate)] < needed and not is_other):
            continue
        if new := _named(candidate) - asked - named:
            score = max(candidate.score, _SHOWN_SHARE * best.score) if is_other else candidate.score
            shown.append(replace(candidate, score=score))
            named |= new
    return shown


def _says_others(candidate: Candidate) -> re.Match[str] | None:
    """Where a candidate says that there are more items than it names: "and other Tarn songs"."""
    start = candidate.answer.start - candidate.sentence.start if candidate.answer else 0
    return _OTHERS.search(candidate.text, start)


def _names_one(candidate: Candidate, things: frozenset[str], question: str) -> bool:
    """Whether a sentence has one of the words for things, and its short answer a new name."""
    has_thing = not things.isdisjoint(re.findall(r"\w+", candidate.text))
    return has_thing and bool(_sorts_named(candidate, question))


def _things_told(text: str, question: str) -> frozenset[str]:
    """The words for things, as they are written, that the question has not got."""
    asked = set(terms(question))
    return frozenset(word for word in re.findall(r"\w+", text) if set(terms(word)) - asked)


def _is_heading(candidate: Candidate) -> bool:
    """Whether a candidate is a heading: a line alone between sentences, without a full stop."""
    text, sentence = candidate.article.text, candidate.sentence
    before, after = text[: sentence.start], text[sentence.end :]
    if sentence.kind is BlockKind.HEADING:
        return True
    is_line = before.rstrip(" ").endswith("\n") and after.lstrip(" ").startswith("\n")
    if not is_line or _ENDS.search(candidate.text):
        return False
    return all(map(_ENDS.search, (before.rstrip(), after.lstrip().partition("\n")[0])))


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
    nameless = [item for item, own in named if not own and not _is_number(_short(item))]
    is_likely = _mass(having) * (1 - chance) >= _mass(nameless) * chance
    return having if having and is_likely else candidates


def _mass(candidates: Sequence[Candidate]) -> float:
    return sum(item.score for item in candidates)


def _is_number(text: str) -> bool:
    """Whether an answer only counts the items: "six", "three of them"."""
    return any(number.start == 0 for number in numbers(text))


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
        is_row = len(names(_short(item))) > 2
        may = fits and chance >= (_LEAST_ROW if is_row else _LEAST_ENUMERATING) * best
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
