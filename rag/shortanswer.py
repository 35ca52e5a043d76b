"""What kind of answer a question asks for, and where in a sentence words of that kind stand.

In go a question and sentences; out come a Kind and the span of the likeliest short answer. Patterns over the words alone: it knows no
model and no article. English.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from enum import StrEnum

from rag.model import Span
from rag.terms import STOP_WORDS, stem, words


class Kind(StrEnum):
    """Kinds of answers, after the coarse classes of Li and Roth, Learning Question Classifiers (COLING 2002)."""

    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    PLACE = "place"
    PERSON = "person"
    NAME = "name"
    REASON = "reason"
    SAYING = "saying"
    OTHER = "other"


_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    " thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen half quarter third twice"
    " first second fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).replace(" ", "|")
_SCALE = r"(?:\s?(?:bn|mn|m|k|tn|billion|million|trillion|thousand|hundred|dozen))?"
_FIGURE = r"\d+(?:[.,]\d+)*"
_MONTH = r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_PROPER_WORD = r"(?:(?:[A-Z]\.)+|(?:al|el|Al|El|bin|ibn|van|von|de|da|du|la|le|di)(?=[- ][A-Z])|[A-Z][\w’'&-]*|\d{1,4}(?=\s[A-Z]))"

_SPANS: dict[Kind, re.Pattern[str]] = {
    Kind.MONEY: re.compile(
        rf"(?:US|A|C|HK)?[$£€¥]\s?{_FIGURE}{_SCALE}|{_FIGURE}{_SCALE}\s(?:US )?(?:dollars?|euros?|pounds?|yen|francs?|rupees?|yuan|roubles?|cents?|pence)\b"
    ),
    Kind.PERCENT: re.compile(
        rf"{_FIGURE}\s?(?:%|per ?cent\b|percentage points?\b)|\b(?:half|a third|a quarter|one in \w+|two[- ]thirds)\b"
    ),
    Kind.DATE: re.compile(
        rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s)?{_MONTH}\b(?:\s\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s\d{{4}})?|\b{_WEEKDAY}\b|\b(?:1[5-9]|20)\d{{2}}s?\b"
        r"|\b(?:last|next|this|later this|earlier this)\s(?:week|month|year|spring|summer|autumn|winter)\b|\b(?:yesterday|today|tomorrow)\b"
    ),
    Kind.NUMBER: re.compile(
        rf"[$£€¥]?{_FIGURE}(?:st|nd|rd|th)?{_SCALE}%?(?![\w])|\b(?:{_NUMBER_WORDS})(?:[ -](?:{_NUMBER_WORDS}))*\b", re.IGNORECASE
    ),
    Kind.NAME: re.compile(rf"\b{_PROPER_WORD}(?:(?:\s|-|\s(?:of|the|for|and|&)\s(?:the\s)?){_PROPER_WORD})*"),
    Kind.SAYING: re.compile(r"[\"“](?P<said>[^\"”]{3,}?)[,.]?(?:[\"”]|$)|(?<![\w])['‘](?P<single>[^'’]{12,}?)[,.]?['’](?!\w)"),
    Kind.REASON: re.compile(
        r"\b(?:because(?: of)?|after|due to|owing to|amid|following|in order to|so that|thanks to|as a result of|blamed? on|caused by|since|for)"
        r"\s(?P<said>[^.;]{6,})"
    ),
}
_SPANS[Kind.PLACE] = _SPANS[Kind.PERSON] = re.compile(rf"\b{_PROPER_WORD}(?:(?:\s|-|\sof\s(?:the\s)?){_PROPER_WORD})*")
_NO_NAME = re.compile(rf"(?:{_WEEKDAY}|{_MONTH})\b")

_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (Kind.PERCENT, r"\b(?:what|which|how (?:large|big) an?) (?:percentage|per ?cent|proportion|share|fraction)\b"),
        (
            Kind.MONEY,
            r"\bhow much\b.*\b(?:cost|costs|pay|paid|worth|money|spend|spent|raise[ds]?|profit|earn|earned|owe|donate|donated|charge|fine|fined|sell|sold)\b"
            r"|\b(?:what|which) (?:\w+ ){0,2}(?:price|cost|salary|fee|profit|fine|penalty|sum|revenue|budget|turnover|bail|wage)\b"
            r"|\bhow (?:large|big|high) (?:was|is|were|a)\b.*\b(?:deficit|shortfall|profit|loss|debt|fine|fee|budget)\b",
        ),
        (Kind.DATE, r"^\W*(?:(?:since|until|from|by) )?when\b|\b(?:what|which) (?:date|dates|day|days|month|year|time of year|week)\b"),
        (
            Kind.REASON,
            r"(?:^\W*(?:\w+ ){0,2}|, )why\b|\bwhat (?:was the |were the |is the )?(?:reason|reasons|cause|causes|caused|led|prompted|made)\b|\bhow come\b",
        ),
        (
            Kind.NUMBER,
            r"\bhow (?:many|much|long|old|far|fast|tall|high|deep|large|big|heavy|often|wide)\b"
            r"|\b(?:what|which) (?:\w+ )?(?:number|amount|age|speed|distance|temperature|size|height|length|score|rate|toll|time)\b|\bpopulation\b",
        ),
        (
            Kind.SAYING,
            r"\b(?:what|how|which words?|in what terms)\b.*\b(?:say|said|tell|told|call|called|describe|described|think|claim|react|liken|argue|warn|respond|comment|remark)\b",
        ),
        (
            Kind.PLACE,
            r"^\W*where\b|\b(?:what|which) (?:\w+ ){0,2}(?:country|city|town|village|place|venue|state|region|stadium|district|suburb|island|continent|port|street)\b",
        ),
        (
            Kind.PERSON,
            r"\bwho(?:m|se)?\b|\b(?:what|which) (?:\w+ ){0,2}(?:person|man|woman|player|minister|actor|actress|singer|official|president|author)\b",
        ),
        (
            Kind.NAME,
            r"\b(?:what|which)\b.*\b(?:name|company|firm|organi[sz]ation|group|party|bank|team|club|agency|publisher|newspaper)\b|^\W*(?:in |on |at )?which\b",
        ),
    )
)


def kind_asked(question: str) -> Kind:
    """The kind of answer a question asks for, OTHER where its words do not tell.

    >>> kind_asked("How many people died in the flood?")
    <Kind.NUMBER: 'number'>
    """
    return next((kind for kind, pattern in _ASKS if pattern.search(question)), Kind.OTHER)


def short_answer(kind: Kind, sentence: str, asked: AbstractSet[str]) -> Span | None:
    """The span of the sentence that is likeliest the answer, or None where nothing of the kind stands there.

    `asked` are the question's terms: what the question says already is no answer to it, and an answer stands near what it says.
    Offsets are relative to the sentence.
    """
    pattern = _SPANS.get(kind)
    if pattern is None:
        return None
    spans = [span for match in pattern.finditer(sentence) if (span := _span(kind, match, asked)) is not None]
    anchors = [match.start() for match in re.finditer(r"\w+", sentence) if stem(match.group()) in asked]
    return min(spans, key=lambda span: (_distance(span, anchors), span.start), default=None)


def _span(kind: Kind, match: re.Match[str], asked: AbstractSet[str]) -> Span | None:
    groups = match.groupdict()
    name = next((name for name, value in groups.items() if value), None)
    start, end = match.span() if name is None else match.span(name)
    text = match.group() if name is None else match.group(name)
    if kind in (Kind.REASON, Kind.SAYING):
        return Span(start, end)
    if kind is Kind.NUMBER and re.fullmatch(r"(?:19|20)\d\d|first|one|second|half", text, re.IGNORECASE):
        return None  # a year, or a word that rarely counts
    if kind in (Kind.PLACE, Kind.PERSON, Kind.NAME):
        trimmed = re.sub(r"['’]s?$", "", _without_opening_words(text).rstrip(".,"))
        if not trimmed or _NO_NAME.match(trimmed):
            return None
        start += text.index(trimmed)
        end, text = start + len(trimmed), trimmed
    new = [word for word in words(text) if stem(word) not in asked and word.casefold() not in STOP_WORDS]
    return Span(start, end) if new else None


def _without_opening_words(name: str) -> str:
    """A sentence's first word has a capital whatever it is: what is a stop word there is no part of a name."""
    while name and (first := name.split(maxsplit=1)) and first[0].casefold().strip("’'.") in STOP_WORDS:
        name = first[1] if len(first) > 1 else ""
    return name


def _distance(span: Span, anchors: list[int]) -> int:
    return min((min(abs(anchor - span.start), abs(anchor - span.end)) for anchor in anchors), default=0)
