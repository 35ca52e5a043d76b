"""Turns a sentence into a question: takes out a name, a number or a date and asks for it.

The question keeps the other words of the sentence (Lewis, Denoyer, Riedel, Unsupervised Question
Answering by Cloze Translation, ACL 2019). Where rules find the verb, the question word goes to
the front; elsewhere it stays in the gap. English.

>>> usage = Usage(["He will play in Rome. In Rome it rains. Rome is near Rome."])
>>> sentence = "Sterling was born in Rome in 1994."
>>> for gap in gaps(sentence, usage):
...     print(ask(sentence, gap, usage))
Who was born in Rome in 1994?
Where was Sterling born in 1994?
In what year was Sterling born in Rome?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eval.train.data.usage import WORD, Usage
from rag.model import Span

_CAPITAL = r"[A-Z][\w’'\-]*\b"
_NAME = re.compile(rf"{_CAPITAL}(?:(?: (?:of|the|de|van|von|al|bin|of the))? {_CAPITAL}){{0,4}}")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.|Feb\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.)"
)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATE = re.compile(
    rf"\b(?:(?:{_DAY},? )?"
    rf"(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH})(?:,? {_YEAR})?"
    rf"|{_MONTH},? (?:of )?{_YEAR}|{_DAY}(?: (?:morning|afternoon|evening|night))?"
    rf"|{_MONTH}(?= |,|\.)|{_YEAR})\b"
)
SMALL_NUMBERS = "two three four five six seven eight nine ten eleven twelve".split()
_FUNCTION = (
    "of|and|or|in|on|at|by|for|with|from|to|the|a|an|as|but|than|per|who|which|that|when|where|while"
    "|after|before|since|until|during|against|over|under|into|about|is|are|was|were|will|would|has"
    "|have|had|can|could|may|might|must|should|did|does|not|also|if|because|despite|amid|following"
    "|via|near|across|between|through|around|without|within|this|last|next|later|ago"
)
_MODIFIES = re.compile(rf"^(?: |-)(?!(?:{_FUNCTION})\b)[a-z]{{3,}}")
_AND_MORE = re.compile(r"^(?: and|,| or|/|-|&) ?[A-Z]|^ (?:who|whose|which|where)\b|^[/&-]")
_CLUMSY_BEFORE = re.compile(r"(?:, |[\"”’'] |[A-Z][\w-]* )$")
_CLUMSY_BEHIND = re.compile(r" (?:who|whose|which|where)\b|, [A-Z]| [a-z]+ [A-Z]")
_ARTICLE = re.compile(r"\b(?:the|a|an) $", re.IGNORECASE)
_MONEY = re.compile(r"(?:£|\$|€)\d[\d,.]*\d?(?: ?(?:million|billion|trillion|m|bn|k))?\b")
_SHARE = re.compile(r"\b\d+(?:\.\d+)? ?(?:%|per ?cent\b|percent\b)")
_AGE = re.compile(r"(?<=, )\d{1,2}(?=,)|\b\d{1,2}(?=-year-old)")
_COUNT = re.compile(
    rf"\b(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?(?: million| billion)?|{'|'.join(SMALL_NUMBERS)})"
    rf"(?= (?!(?:{_FUNCTION}|x)\b)[a-z])"
)
_PREPOSITION = re.compile(
    r"\b(in|on|at|from|to|near|across|by|since|until|during|of|for|with|against)( the)? $"
)
# `when` and `where` include these.
_SWALLOWED = ("in", "on", "at", "near", "across", "during")
_AUXILIARY = frozenset(
    "is are was were will would has have had can could may might must should did does".split()
)
_BREAK = re.compile(
    r"[,;:()\"“”—]| (?:who|that|which|when|after|as|because|while|if|and|but|before|where|-) "
)
_TITLE_BEFORE = re.compile(
    r"\b((?:[A-Z][\w-]+ )?(?:boss|manager|coach|striker|midfielder|defender|winger|goalkeeper"
    r"|captain|star|singer|actor|actress|president|minister|prime minister|secretary|senator|judge"
    r"|doctor|author|model|driver|teacher|officer|mayor|chairman|owner|director|executive|professor"
    r"|leader|spokesman|spokeswoman|mother|father|wife|husband|son|daughter|brother|sister|player"
    r"|jockey|boxer|champion|presenter|designer|photographer|comedian|rapper|politician)) $"
)
_HUMAN_VERB = re.compile(
    r"^(?:,[^,]{2,40},)? (?:said|says|told|believes|claims|admitted|admits|insists|wants|hopes"
    r"|faces|died|married|signed|scored|joined|wrote|added|revealed|reveals|pleaded|denies|denied"
    r"|resigned|retired|appeared|thinks|wore|tweeted|posted|was arrested|was jailed"
    r"|was sentenced|was born|was found guilty|has been charged|is accused)\b"
)
_VERB_BEHIND = re.compile(
    r"^(?:, (?:aged )?\d\d,)? (?:[a-z]+ed|[a-z]+s|[a-z]{2,4}|became|found|held|took|made|struck)\b"
)
_NO_VERB = frozenset("of and or in on at by for with from to the a an as but than per".split())
_APPOSITION = re.compile(r"^, (?:aged )?\d\d,")
_YEAR_SIGNS = 4
_WORDS = {
    "person": "who",
    "place": "where",
    "money": "how much",
    "share": "what percentage",
    "count": "how many",
}
NAMES = ("person", "place", "other")
_TIME_OR_PLACE = ("when", "where", "in what year")


class Gap(NamedTuple):
    """What a question asks for: its span in the sentence, and its kind."""

    span: Span
    kind: str


def gaps(sentence: str, usage: Usage) -> list[Gap]:
    """The names, numbers and dates of a sentence, in order, without overlap."""
    found: list[Gap] = []
    numbers = {"date": _DATE, "money": _MONEY, "share": _SHARE, "age": _AGE, "count": _COUNT}
    for kind, pattern in numbers.items():
        _add(found, [Gap(Span(*match.span()), kind) for match in pattern.finditer(sentence)])
    _add(found, list(_names(sentence, usage)))
    return sorted(found, key=lambda gap: gap.span.start)


def _add(found: list[Gap], more: list[Gap]) -> None:
    """Adds the gaps that overlap none of those found before."""
    found += [
        one
        for one in more
        if all(one.span.end <= old.span.start or old.span.end <= one.span.start for old in found)
    ]


def _names(sentence: str, usage: Usage) -> Iterator[Gap]:
    for match in _NAME.finditer(sentence):
        start, end = match.span()
        first, *more = match.group().split()
        if start == 0 and not usage.is_name(first, more[0] if more else ""):
            start += len(first) + 1
        name = sentence[start:end].removesuffix("'s").removesuffix("’s")
        if name and name[0].isupper() and (len(name) > 3 or name.isupper()):
            span = Span(start, start + len(name))
            yield Gap(span, _kind_of(sentence, span, usage))


def _kind_of(sentence: str, span: Span, usage: Usage) -> str:
    before, behind = sentence[: span.start], sentence[span.end :]
    if _MODIFIES.match(behind) and _ARTICLE.search(before):
        return "other"
    if _TITLE_BEFORE.search(before) or _APPOSITION.match(behind) or _HUMAN_VERB.match(behind):
        return "person"
    return usage.kind(sentence[span.start : span.end])


# ---------------------------------------------------------------- from gap to question


def ask(sentence: str, gap: Gap, usage: Usage) -> str | None:
    """The question for the words in the gap; None where the rules would spoil the sentence."""
    before, behind = sentence[: gap.span.start], sentence[gap.span.end :].rstrip(" .!?")
    if gap.kind == "age":
        return _ask_age(before, behind)
    bracketed = before.count("(") > before.count(")")
    if bracketed or _CLUMSY_BEFORE.search(before) or _CLUMSY_BEHIND.match(behind):
        return None
    if gap.kind == "person":
        behind = _APPOSITION.sub("", behind)
    if possessive := re.match(r"['’]s?(?= )", behind):
        return _in_place(_ARTICLE.sub("", before), "whose", behind[possessive.end() :])
    if gap.kind == "person" and (_described(before) or _TITLE_BEFORE.search(before)):
        return _ask_described(before, behind)
    if gap.kind in ("place", "other") and _MODIFIES.match(behind) and before.strip():
        return _in_place(_ARTICLE.sub("", before), "which", behind)
    return _finished(before, _question_word(gap, behind), behind, usage)


def _ask_described(before: str, behind: str) -> str | None:
    """`Which striker says …` for a person with a description or a title."""
    described = _described(before)
    if described and _starts_with_verb(behind):
        return _in_place("", f"which {described}", behind)
    titled = _TITLE_BEFORE.search(before)
    if titled is None:
        return _in_place(before, "who", behind)
    before = before[: titled.start()]
    if before.strip() and not re.fullmatch(_FUNCTION, re.split(r"\s", before.strip())[-1].lower()):
        return None
    return _in_place(_ARTICLE.sub("", before), f"which {titled.group(1)}", behind)


def _described(before: str) -> str | None:
    """The first few words of a sentence if they describe a person: `Former striker …`."""
    words = before.split()
    if (
        not 0 < len(words) <= 4
        or not words[-1][0].islower()
        or not before.replace(" ", "").isalnum()
    ):
        return None
    if any(re.fullmatch(_FUNCTION, word.lower()) for word in words):
        return None
    return " ".join(words).replace("Former ", "former ")


def _in_place(before: str, word: str, behind: str) -> str:
    return _sentence(f"{before}{word}{behind}")


def _ask_age(before: str, behind: str) -> str | None:
    named = re.search(rf"({_CAPITAL}(?: {_CAPITAL}){{0,2}}), $", before)
    return f"How old is {named.group(1)}?" if named and behind.startswith(",") else None


def _question_word(gap: Gap, behind: str) -> str:
    if gap.kind == "date":
        return "in what year" if gap.span.end - gap.span.start == _YEAR_SIGNS else "when"
    if gap.kind == "other":
        return "who" if _HUMAN_VERB.match(behind) else "what"
    return _WORDS[gap.kind]


def _finished(before: str, word: str, behind: str, usage: Usage) -> str | None:
    """The question with its question word in front if possible, else in the gap."""
    counts = word.startswith(("how", "what p"))
    if not _ARTICLE.sub("", before).strip():
        asked = "which place" if word == "where" else word
        return _in_place("", asked, behind) if counts or _starts_with_verb(behind) else None
    if _AND_MORE.match(behind):
        asked = {"where": "what place", "in what year": "what year"}.get(word, word)
        return _in_place(before, asked, behind)
    if not counts:
        before = _ARTICLE.sub("", before)
    if turned := _turned(before, word, behind, usage):
        return _sentence(turned)
    if word in _TIME_OR_PLACE:
        return _sentence(_in_the_gap(before, word, behind))
    return _in_place(before, word, behind)


def _starts_with_verb(behind: str) -> bool:
    match = _VERB_BEHIND.match(behind)
    return match is not None and match.group().split()[-1] not in _NO_VERB


def _in_the_gap(before: str, word: str, behind: str) -> str:
    """The question word in the gap; it replaces a preposition that it includes."""
    found = _PREPOSITION.search(before)
    if found is None:
        asked = {"where": "what place", "when": "what day", "in what year": "what year"}[word]
        return f"{before}{asked}{behind}"
    kept = before[: found.start()] if found.group(1) in _SWALLOWED else before
    if kept == before:
        word = {"where": "what place", "when": "what date", "in what year": "what year"}[word]
    return f"{kept}{word}{behind}"


def _turned(before: str, word: str, behind: str, usage: Usage) -> str | None:
    """Question word, auxiliary, subject, rest; None if the verb is not found."""
    found = _verb(before, usage)
    if found is None:
        return None
    subject, auxiliary, rest = found
    if word.startswith("how") or word == "what percentage":
        return _turned_count(subject, auxiliary, rest, word, behind)
    preposition = _PREPOSITION.search(rest)
    if word == "what" and preposition and preposition.group(1) in ("in", "at", "near"):
        word = "where"
    if word in _TIME_OR_PLACE:
        if preposition is None and word == "where":
            word = "what place"
        elif preposition and preposition.group(1) in _SWALLOWED:
            rest = rest[: preposition.start()]
        elif word != "where":
            return None
    return None if _BREAK.search(rest) else _joined(word, auxiliary, subject, rest, behind)


def _turned_count(subject: str, auxiliary: str, rest: str, word: str, behind: str) -> str | None:
    """Moves `how many` to the front together with the noun that is counted."""
    if word == "how much":
        return None if _BREAK.search(rest) else _joined(word, auxiliary, subject, rest, behind)
    counted = re.match(r" (?:more |other |different |of the )?[a-z]+s\b|(?: of)? [a-z]+s\b", behind)
    if counted is None or _BREAK.search(rest) or _PREPOSITION.search(rest):
        return None
    return _joined(word + counted.group(), auxiliary, subject, rest, behind[counted.end() :])


def _joined(*parts: str) -> str:
    return (
        " ".join(part.strip() for part in parts if part.strip())
        .replace(" ,", ",")
        .replace(" ’", "’")
        .replace(" '", "'")
    )


class _Clause(NamedTuple):
    """The words before a gap, taken apart at the verb."""

    subject: str
    auxiliary: str
    rest: str


def _verb(before: str, usage: Usage) -> _Clause | None:
    """Takes the words before a gap apart; None if no verb is found among the first eight."""
    words = list(WORD.finditer(before))
    for number, match in enumerate(words[:8]):
        word = match.group()
        if number and word[0].islower():
            subject = before[: match.start()]
            if _BREAK.search(f"{subject} ") or any(
                usage.base_form(part) for part in subject.split() if part.islower()
            ):
                return None
            if word in _AUXILIARY:
                return _Clause(_lowered(subject, usage), word, before[match.end() :])
            base = usage.base_form(word)
            if base and not _goes_on_as_noun(before, words, number):
                return _Clause(_lowered(subject, usage), "did", base + before[match.end() :])
    return None


def _goes_on_as_noun(before: str, words: list[re.Match[str]], number: int) -> bool:
    """Whether what looks like a past verb describes a noun, as in `the stolen car was`."""
    following = {match.group() for match in words[number + 1 : number + 6]}
    behind = before[words[number].end() :]
    return bool(following & _AUXILIARY) or behind.startswith(" by")


def _lowered(subject: str, usage: Usage) -> str:
    first, *_ = subject.split()
    return subject if usage.is_name(first) else subject[0].lower() + subject[1:]


def _sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" ,.")
    return f"{text[0].upper()}{text[1:]}?"
