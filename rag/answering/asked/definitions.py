"""Finds what a question such as "Who is Nora Bell?" asks to explain, and where a sentence does.

Sentences explain a name or a term in a few forms: "a podcast is a radio show", "Nora Bell, the
mayor of Skarn", "fake e-mails, or phishing", "oil giant Yukos". Surface patterns after Ravichandran
and Hovy, "Learning surface text patterns for a question answering system" (ACL 2002). English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from rag.answering.cues import without_frame
from rag.checks.negation import denies
from rag.model import Candidate, Span
from rag.text.dates import MONTHS, WEEKDAYS
from rag.text.names import HONORIFICS, TITLES
from rag.text.phrases import AUXILIARIES, PREPOSITIONS
from rag.text.terms import STOP_WORDS
from rag.text.tokens import PAST_FORMS, base
from rag.text.word_lists import word_set

_WORD = r"[^\W_]+(?:[.’'/-][^\W_]+)*"
_ASKS = re.compile(
    r"^(?P<wh>who|what)(?:['’]s|\s(?:is|are|was|were))\s(?P<article>an?\s|the\s)?"
    rf"(?P<term>{_WORD}(?:\s{_WORD}){{0,3}})\W*$",
    re.IGNORECASE,
)
# "The Tull Drive campaign", "Dell's Read More, Talk Less campaign": a name with what it is.
_CAPITAL = r"[A-Z\d][^\W_]*(?:[.’'/-][^\W_]+)*"
_ASKS_NAMED = re.compile(
    rf"^(?i:what(?:['’]s|\s(?:is|are|was|were)))\s(?:the\s|(?:{_CAPITAL}\s){{0,3}}{_CAPITAL}['’]s?\s)?"
    rf"(?P<term>{_CAPITAL}(?:,?\s{_CAPITAL}){{0,5}})(?:\s(?P<noun>[a-z]+))?\W*$"
)
# What has a name of its own; "the Skarn fire" has only that of a place.
_NAMED_THINGS = frozenset(
    """
    act agreement album app award band bill book campaign charity committee company conference
    course device festival film firm fund game group initiative law magazine mission operation party
    plan prize probe programme project rocket satellite scheme screensaver series service show site
    song system telescope tour trial virus website worm
    """.split()
)
_WHAT = (
    r"(?P<what>(?:an?|the|one of|his|her|its|their)\s[^,;:.()]{3,}?)"
    r"(?=\s(?:which|that|who|whose|where|when)\b|[,;:.()]|\s[–—-]\s|$)"
)
_IS_A = re.compile(
    r"(?:,?\s(?:which|that|who))?\s(?:is|are|was|were|means|stands for)\s(?:[a-z]+ly\s)?" + _WHAT
)
_BESIDE = re.compile(
    rf"(?:,\s|\s[–—-]\s)(?!(?:(?!\s[–—-]\s)[^,;:.()])*\s(?:{AUXILIARIES})\s)" + _WHAT
)
_OR = re.compile(r"(?<!, )\b(?P<what>\w[^,;:.()]{2,60})(?:, or|,? (?:known as|called|dubbed)) $")
# "Under the Tull Drive campaign, farmers lend their carts": what is done in it.
_UNDER = re.compile(r"\b(?:through|under|in|with)\s(?:the\s)?$", re.IGNORECASE)
_DOES = re.compile(r"(?:\s[a-z]+)?,\s(?P<what>[^,;:()]{10,}?)(?=[,;:()]|\.?$)")
_BEFORE = re.compile(rf"(?P<what>(?:{_WORD}\s+){{1,4}})$")
_SMALL = (
    STOP_WORDS
    | frozenset(PREPOSITIONS.split("|"))
    | frozenset(
        map(str.casefold, (*MONTHS, *WEEKDAYS, "now", "then", "so", "behind", "times", "yesterday"))
    )
)
_SAYING = frozenset(map(base, word_set("words", "saying")))
_VERBS = _SAYING | frozenset(map(base, word_set("words", "verbs")))
_ENDS_WITH_PREPOSITION = re.compile(rf"\b(?:{PREPOSITIONS})\s(?:the\s)?$", re.IGNORECASE)
_TITLES = TITLES | word_set("names", "roles") | word_set("names", "offices")
_HONORIFICS = "|".join(sorted(HONORIFICS))
# Adjectives that stand only before nouns, and "like".
_NO_HEADS = frozenset("former late fellow main mere only final like".split())
_NO_NOUN = re.compile(r".*(?:ed|ing|ly|\d.*)$")
# Of a long sentence so many places with the name are looked at, and so many characters before each.
_MOST_NAMED, _NEAR = 5, 120
# A sentence explains if its score is at least this share of the best one's.
_LEAST_SHARE = 0.02


class Term(NamedTuple):
    """A name or a common word that a question asks to explain; `noun` says what is so called."""

    text: str
    is_name: bool
    noun: str = ""


class Explanation(NamedTuple):
    """What a sentence says a term is, and how sure the form is; `head` is its noun, if it is one
    before a name."""

    span: Span
    sureness: int
    head: str = ""


def asked_term(question: str) -> Term | None:
    """The name or word that a question asks to explain; None for any other question.

    >>> asked_term("Who is Nora Bell?").text, asked_term("what is a podcast").text
    ('Nora Bell', 'podcast')
    >>> asked_term("What was the Tull Drive campaign?")
    Term(text='Tull Drive', is_name=True, noun='campaign')
    >>> asked_term("Who is the mayor of Skarn?")
    """
    question = without_frame(question.strip())
    if named := _named_term(question):
        return named
    match = _ASKS.match(question)
    if match is None:
        return None
    words = match["term"].split()
    if {word.casefold() for word in words} <= _TITLES | STOP_WORDS:
        return None
    if all(word[:1].isupper() or word[:1].isdigit() for word in words):
        return Term(match["term"], is_name=True)
    if match["wh"].casefold() == "what":
        is_word = len(words) == 1 and (match["article"] or "").strip().casefold() != "the"
        return Term(match["term"], is_name=False) if is_word else None
    is_person = len(words) > 1 and not match["article"] and STOP_WORDS.isdisjoint(words)
    is_person = is_person and not _may_be_verb(words[0])
    return Term(match["term"], is_name=True) if is_person else None


def _named_term(question: str) -> Term | None:
    """The name that a question gives together with what bears it, or a name with a comma."""
    match = _ASKS_NAMED.match(question)
    if match is None or not (match["noun"] or "," in match["term"]):
        return None
    noun = match["noun"] or ""
    return Term(match["term"], True, noun) if noun in _NAMED_THINGS | {""} else None


def explaining_first(candidates: Sequence[Candidate], term: Term) -> list[Candidate]:
    """The candidates, those first that explain the term, with that as their short answer.

    Surer forms come first, then nouns that several sentences put before the name. The scores stand
    in the order of the reader's.
    """
    least = _LEAST_SHARE * max((item.score for item in candidates), default=0.0)
    found = [
        explanation(term, item.text, is_known=_is_known(term, item.article.text))
        if item.score >= least
        else None
        for item in candidates
    ]
    heads = Counter(item.head for item in found if item and item.head)

    def sureness(place: int) -> tuple[int, int]:
        item = found[place]
        return (item.sureness, heads[item.head]) if item else (0, 0)

    order = sorted(range(len(candidates)), key=sureness, reverse=True)
    return [
        replace(_explaining(candidates[place], found[place]), score=beside.score)
        for place, beside in zip(order, candidates, strict=True)
    ]


def _is_known(term: Term, article: str) -> bool:
    """Whether an article has the whole name, and the surname with one title at most.

    Where it has both "Mr Bell" and "Mrs Bell", one of them is another.
    """
    surname = re.escape(term.text.rpartition(" ")[2])
    found = re.finditer(rf"\b(?P<title>{_HONORIFICS})\.?\s{surname}\b", article, re.IGNORECASE)
    return term.text in article and len({match["title"].casefold() for match in found}) <= 1


def _explaining(candidate: Candidate, found: Explanation | None) -> Candidate:
    if found is None:
        return candidate
    start = candidate.sentence.start
    short = Span(start + found.span.start, start + found.span.end)
    return replace(candidate, answer=short, answer_before=None)


def explanation(term: Term, text: str, *, is_known: bool = False) -> Explanation | None:
    """Where a text says what a term is, in the surest form.

    :param is_known: the article has the whole name, so that "Mr Bell" is Otto Bell.

    >>> text = "Sailors met oil giant Skarn, the owner of the port."
    >>> span = explanation(Term("Skarn", is_name=True), text).span
    >>> text[span.start : span.end]
    'the owner of the port'
    """
    found: list[Explanation] = []
    noun = rf"(?:\s{term.noun})?" if term.noun else "(?:s|es)?"
    name, surname = map(re.escape, (term.text, term.text.rpartition(" ")[2]))
    titled = rf"(?:{_HONORIFICS})\.?\s{surname}" if is_known and term.is_name else "(?!)"
    named = re.finditer(rf"\b(?:{name}{noun}|(?P<titled>{titled}))\b", text, re.IGNORECASE)
    if term.is_name:
        named = (match for match in named if _is_whole_name(match, term))
    for match in islice(named, _MOST_NAMED):
        end, start = match.end(), max(0, match.start() - _NEAR)
        before = text[start : match.start()]
        is_subject = not _ENDS_WITH_PREPOSITION.search(before) and not denies(before)
        for sureness, after in ((3, _IS_A.match(text, end)), (2, _BESIDE.match(text, end))):
            if after and is_subject and not (sureness == 2 and _says(after["what"])):
                found.append(Explanation(Span(*after.span("what")), sureness))
        if (other := _OR.search(before)) and not term.is_name:
            found.append(Explanation(_moved(Span(*other.span("what")), start), 2))
        elif term.noun and _UNDER.search(before) and (told := _DOES.match(text, end)):
            found.append(Explanation(Span(*told.span("what")), 2))
        elif term.is_name and not match["titled"] and (before_it := _noun_before(before, term)):
            found.append(before_it._replace(span=_moved(before_it.span, start)))
    return max(found, key=lambda item: item.sureness, default=None)


def _is_whole_name(match: re.Match[str], term: Term) -> bool:
    """Whether a name is written as one, and is no part of a longer one."""
    goes_on = re.match(r"\s[A-Z]", match.string[match.end() :])
    return not goes_on and not any(
        word[0].islower() for word in match.group().split() if word != term.noun
    )


def _says(clause: str) -> bool:
    """Whether a clause tells who speaks: "the firm said"."""
    last = clause.rsplit(maxsplit=1)[-1].casefold()
    is_finite = last in PAST_FORMS or last.endswith(("ed", "says"))
    return is_finite and base(last) in _SAYING


def _may_be_verb(word: str) -> bool:
    return word in PAST_FORMS or base(word) in _VERBS or word.endswith(("ed", "ing"))


def _may_be_noun(word: str) -> bool:
    is_verb = _NO_NOUN.match(word) or base(word) in _VERBS
    return word.islower() and word not in _SMALL and not is_verb


def _ends_noun(word: str) -> bool:
    """Whether a word before a noun does not belong to it: "met" in "met chief executive"."""
    return word in _SMALL or word in PAST_FORMS or base(word) in _VERBS


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _noun_before(before: str, term: Term) -> Explanation | None:
    """The words right before a name if they can say what it is: "chief executive".

    They end with the noun of the term, if it has one.
    """
    match = _BEFORE.search(before)
    if match is None:
        return None
    words = list(re.finditer(_WORD, before[match.start() :]))
    head = words[-1].group()
    if not (head.casefold() in _TITLES or _may_be_noun(head)) or head in _NO_HEADS:
        return None
    if term.noun and base(head) != base(term.noun):
        return None
    texts = [word.group().casefold() for word in words]
    ends = (i for i in reversed(range(len(texts) - 1)) if _ends_noun(texts[i]))
    first = next((i + 1 for i in ends), 0)
    if any(text[0].isdigit() for text in texts[first:]):
        return None
    start = match.start() + words[first].start()
    return Explanation(Span(start, match.start() + words[-1].end()), 1, base(head))
