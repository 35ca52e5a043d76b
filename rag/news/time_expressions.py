"""Finds the time expressions of a sentence: calendar dates, weekdays, "last week", "two days ago".

Each one knows the tense of its clause, and whether it belongs to a side remark. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from rag.text.dates import WrittenDate, dates
from rag.text.numbers import CARDINALS
from rag.text.tokens import PAST_FORMS, normalized


class Tense(StrEnum):
    """Whether a clause tells what has happened or what is to come."""

    PAST = "past"
    FUTURE = "future"
    UNCLEAR = "unclear"


class Unit(StrEnum):
    """A unit of time that is counted from today."""

    DAY = "day"
    WEEK = "week"
    WEEKEND = "weekend"
    MONTH = "month"
    YEAR = "year"


class TimeExpression(NamedTuple):
    """A time expression: its offsets in the sentence, half-open, and what it says.

    `unit` and `shift` count from today: "last month" is MONTH and -1; `bound` is -1 for "earlier",
    1 for "later". Otherwise it is a date of the calendar as far as it is written, `weekday` from
    Monday, 0. `modifier` is "last", "next" or "this"; `year_shift` is -1 for "May of last year".
    `is_background` is set for what sets a limit or compares: "since Monday", "up from 70 in May".
    """

    start: int
    end: int
    tense: Tense = Tense.UNCLEAR
    is_background: bool = False
    unit: Unit | None = None
    shift: int = 0
    bound: int = 0
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    modifier: str = ""
    year_shift: int | None = None


_SHIFTS = {"last": -1, "this": 0, "next": 1, "previous": -1, "earlier": -1, "later": 1}
_DAYS_AWAY = {"yesterday": -1, "last night": -1, "tomorrow": 1}
_HOLIDAYS = {"christmas eve": (12, 24), "christmas day": (12, 25), "boxing day": (12, 26)} | {
    "new year's eve": (12, 31),
    "new year's day": (1, 1),
}
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_NUMBER = "|".join([r"\d{1,3}", "an?", *CARDINALS])
_RELATIVE = re.compile(
    rf"\b(?:(?P<count>{_NUMBER})\s(?P<ago>day|week|month|year|decade)s?\sago"
    r"|(?P<day>yesterday|(?<!USA )today|tonight|tomorrow|last night"
    r"|this (?:morning|afternoon|evening))"
    r"|(?:(?P<bound>earlier|later)\s)?(?P<which>this|last|next)\s(?P<unit>weekend|week|month|year)"
    r"|(?P<weekend>(?:over|at|during)\sthe\sweekend)"
    rf"|(?<=\bon )(?P<holiday>{'|'.join(_HOLIDAYS)}))\b",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(r"\s(?:of\s)?(?P<which>this|last|next)\syear\b", re.IGNORECASE)
_MODIFIER = re.compile(r"(?:last|next|this)\b", re.IGNORECASE)

# Words right before an expression that make it a limit, a habit or a part of a comparison.
_LIMIT = re.compile(
    r"\b(?:since|until|till|by|before|from|between|through|every|each|than|to"
    r"|between\b[^,;]*\sand"
    r"|(?:over|in|for|during) the (?:last|past|next)"
    r"|(?:over|in|for|during)(?= the $)"
    r"|(?<!morning\s)(?<!afternoon\s)(?<!evening\s)(?<!night\s)(?<!hours\s)of)"
    r"(?:\s(?:the|early|late|mid|around|about|at least))?[\s-]$",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:than|(?:up|down) from|compared (?:with|to))\b[^,;.]*$", re.IGNORECASE)
_SIDE_CLAUSE = re.compile(
    r", (?:which|who|whom|whose|where)\b[^,]*$|;[^;]*$|\b(?:since|until|till|before)\b[^,;]*$",
    re.IGNORECASE,
)
_HABIT = re.compile(r"(?:[Ee]very|[Ee]ach)\s$")
# A word after an article or "its" is no verb, one after "to" tells no time: "the plan", "to meet".
_WORD = re.compile(r"(?:\b(?:the|an?|its|his|her|their|to)\s)?[^\W\d_]+(?:'ll)?", re.IGNORECASE)
_FUTURE = frozenset(
    "will shall due plans plan planned expected expects expect scheduled going upcoming "
    "he'll she'll they'll it'll we'll must can".split()
)
_UNCLEAR = frozenset("would could should may might".split())
# What was expected may have happened or not.
_EXPECTED = frozenset("due planned expected scheduled".split())
_PAST = PAST_FORMS | frozenset(
    "was were had has have left bent bled bred burnt clung crept dug foresaw leapt learnt outbid "
    "overcame overtook overthrew slung sprang sprung spun strode swung underwent wept "
    "didn hadn hasn wasn weren".split()
)
# Verbs whose past form is their base form. Most need an object: "the cut on Monday" has no verb.
_LIKE_BASE = frozenset("burst hurt quit shut split spread".split())
_LIKE_BASE_WITH_OBJECT = frozenset(
    "beat bet bid broadcast cast cost cut hit let put rid set shed thrust upset".split()
)
_NO_OBJECT = frozenset("of on in at to for from with and or".split())
# What may stand between an auxiliary verb and a participle: "will not be opened".
_LINKS = frozenset("be been being have not also now then soon only".split())
# Words that are nouns where the clause has its verb already: "he revealed his plans".
_OBJECTS = frozenset("plan plans planned expected scheduled upcoming meets returns".split())
_TELLS = frozenset("said told added thought knew believed claimed warned confirmed".split())
_CLAUSE_WORD = re.compile(
    r"[,;:()\"“”]|\s[-–—]\s|\s(?:that|which|who|and|but|as|if|when|while|after|before|because)\s"
)
_NEXT_CLAUSE = re.compile(r",?\s(?:and|but|while|whereas|although|though)\s")
# Words that may stand before a date that opens its clause: "But late on Monday".
_OPENS = frozenset("and but on in at by during early late later earlier then of".split())
# Verbs whose present tense announces what is planned: "the pier reopens on 4 May".
_PLANNED = frozenset(
    "arrives begin begins closes comes departs ends expire expires finishes goes leaves meet meets "
    "opens reopens resume resumes returns start starts takes".split()
)
# "It comes after a fire on Monday": the date is not that of the verb.
_OF_ANOTHER = re.compile(
    r"\b(?:after|before|amid|following|with|since|until|from|than|despite|over)\b", re.IGNORECASE
)
_IS_ON = re.compile(r"\b(?:is|are)\s(?:(?:on|in|at)\s)?$", re.IGNORECASE)
_OWNS = re.compile(r"['’]s?\b")
_PERFECT = re.compile(r"\b(?:have|has|had|['’]ve)\b", re.IGNORECASE)
_MOST_WORDS_BACK = 12
# "…, said Lena Voss" and "…, the clerk said." tell who reports, and nothing of when.
_ATTRIBUTION = re.compile(
    r"""[^,”"]*[,”"]["”]?\s(?P<reports>(?:said|says|added|adds|told|tells|wrote|according)\b[^,]*
        |[^,]{1,60}\s(?:said|says|added|announced|wrote|reported|confirmed))(?=[,.]?$)""",
    re.VERBOSE,
)


def without_quoted(text: str) -> str:
    """The text with blanks for what stands in quotation marks; of the same length.

    A title or a saying in a question says nothing about when the question is asked for.

    >>> without_quoted("What does “Now or never” tell?")
    'What does                tell?'
    """
    return _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)


@lru_cache(maxsize=4096)
def time_expressions(sentence: str) -> tuple[TimeExpression, ...]:
    """The time expressions of a sentence, in order.

    >>> [(e.unit, e.shift) for e in time_expressions("It closed two weeks ago.")]
    [(<Unit.WEEK: 'week'>, -2)]
    """
    text = normalized(sentence)
    relative = [item for match in _RELATIVE.finditer(text) for item in _relative(match)]
    written = [_calendar(text, item) for item in dates(text, years=True) if not item.relative]
    found = [
        *relative,
        *(item for item in written if not any(_overlaps(item, other) for other in relative)),
    ]
    return tuple(
        item._replace(tense=_tense(text, item), is_background=_is_background(text, item))
        for item in sorted(_without_year_words(text, found))
    )


def is_simple_past(clause: str) -> bool:
    """Whether a clause tells what happened, and neither what has nor what had happened.

    >>> is_simple_past("12 people were killed"), is_simple_past("12 people have died")
    (True, False)
    """
    text = normalized(clause)
    end = TimeExpression(len(text), len(text))
    return _PERFECT.search(text) is None and _tense(text, end) is Tense.PAST


def _overlaps(one: TimeExpression, two: TimeExpression) -> bool:
    return one.start < two.end and two.start < one.end


def _relative(match: re.Match[str]) -> Iterator[TimeExpression]:
    item = TimeExpression(*match.span())
    if unit := match["ago"]:
        yield _ago(item, _count(match["count"]), unit.lower())
    elif day := match["day"]:
        yield item._replace(unit=Unit.DAY, shift=_DAYS_AWAY.get(day.lower(), 0))
    elif match["weekend"]:
        # On Monday it is the one before; at the end of a week, this one.
        yield item._replace(unit=Unit.WEEKEND, shift=-1)
    elif holiday := match["holiday"]:
        month, day_number = _HOLIDAYS[holiday.lower()]
        yield item._replace(month=month, day=day_number)
    else:
        bound = _SHIFTS.get((match["bound"] or "").lower(), 0)
        shift, unit = _SHIFTS[match["which"].lower()], Unit(match["unit"].lower())
        yield item._replace(unit=unit, shift=shift, bound=bound)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else CARDINALS.get(word.lower(), 1)


def _ago(item: TimeExpression, count: int, unit: str) -> TimeExpression:
    """A count of weeks is exact to the week, one of decades only to the year."""
    if unit == "decade":
        return item._replace(unit=Unit.YEAR, shift=-10 * count)
    return item._replace(unit=Unit(unit), shift=-count)


def _calendar(text: str, item: WrittenDate) -> TimeExpression:
    modifier = _MODIFIER.match(text, item.start)
    return TimeExpression(
        item.start,
        item.end,
        year=item.year,
        month=item.month,
        day=item.day,
        weekday=item.weekday,
        modifier=modifier.group().lower() if modifier else "",
    )


def _without_year_words(text: str, found: Sequence[TimeExpression]) -> Iterator[TimeExpression]:
    """Joins "May" and "of last year" into one expression."""
    joined: set[int] = set()
    for item in found:
        match = _OF_YEAR.match(text, item.end) if item.month and item.year is None else None
        if match is None:
            continue
        joined.add(match.start("which"))
        yield item._replace(end=match.end(), year_shift=_SHIFTS[match["which"].lower()])
        joined.add(item.start)
    yield from (item for item in found if item.start not in joined)


# ---------------------------------------------------------------- the clause around it


def _is_background(text: str, item: TimeExpression) -> bool:
    before = text[: item.start]
    if _LIMIT.search(before) or _COMPARES.search(before) or _SIDE_CLAUSE.search(before):
        return True
    is_plural = text[item.start : item.end].endswith("days")
    return is_plural or bool(_HABIT.search(before))


def _tense(text: str, item: TimeExpression) -> Tense:
    """By the verb next to the expression: the last one before it, else the first one after it.

    A verb behind a semicolon tells nothing of it, nor one of a clause that begins after it.
    """
    if _IS_ON.search(text, 0, item.start) and not _OWNS.match(text, item.end):
        return Tense.FUTURE
    before = list(_WORD.finditer(text, text.rfind(";", 0, item.start) + 1, item.start))
    after = list(_WORD.finditer(text, item.end, _clause_end(text, item, before)))
    for words, places in (
        (before, reversed(range(len(before)))),
        (after, iter(range(len(after)))),
    ):
        for i in places:
            is_plan = _at(words, i) in _PLANNED
            if is_plan and not _announces(text, item, words[i], before):
                continue
            if tense := _told_by(text, words, i):
                return tense
    return Tense.UNCLEAR


def _announces(
    text: str, item: TimeExpression, verb: re.Match[str], before: Sequence[re.Match[str]]
) -> bool:
    """Whether a verb in the present announces something for that time.

    It stands before it with nothing else that the time may belong to, or the time opens the clause.
    """
    if verb.start() > item.end:
        opens = all(word.group().lower() in _OPENS for word in before)
        return opens and not _OWNS.match(text, item.end)
    return _OF_ANOTHER.search(text, verb.end(), item.start) is None


def _clause_end(text: str, item: TimeExpression, before: Sequence[re.Match[str]]) -> int:
    """Where the clause of an expression ends: before who reports it, and before the next clause.

    After a date that opens its sentence, the first verb counts wherever it stands.
    """
    attribution = _ATTRIBUTION.match(text, item.end)
    ends = [attribution.start("reports") if attribution else len(text)]
    if (semicolon := text.find(";", item.end)) >= 0:
        ends.append(semicolon)
    has_begun = sum(word.group().lower() not in _OPENS for word in before) > 1
    if has_begun and (clause := _NEXT_CLAUSE.search(text, item.end)):
        ends.append(clause.start())
    return min(ends)


def _told_by(text: str, words: Sequence[re.Match[str]], i: int) -> Tense | None:
    """The tense that one word tells; None where it is no verb, or no finite one."""
    word, following = _at(words, i), _at(words, i + 1)
    if word == "set" and following.split(" ")[0] in {"to", "for"}:
        return Tense.FUTURE
    if word in _EXPECTED and _at(words, i - 1) in {"was", "were", "been"}:
        return Tense.UNCLEAR
    if word in _FUTURE or word in _PLANNED:
        return None if word in _OBJECTS and _has_verb_before(text, words, i) else Tense.FUTURE
    if word in _UNCLEAR:
        return Tense.PAST if (word, following) == ("could", "not") else Tense.UNCLEAR
    if word.startswith("to ") and (be := _at(words, i - 1)) in {"is", "are", "was", "were"}:
        return Tense.FUTURE if be in {"is", "are"} else Tense.UNCLEAR
    return _of_auxiliary(words, i) if _is_past(word, following) else None


def _at(words: Sequence[re.Match[str]], i: int) -> str:
    return words[i].group().lower() if 0 <= i < len(words) else ""


def _is_past(word: str, following: str) -> bool:
    if word in _LIKE_BASE_WITH_OBJECT:
        return following.split(" ", maxsplit=1)[0] not in _NO_OBJECT
    if word in _LIKE_BASE:
        return following != "of"
    return word in _PAST or (len(word) > 4 and word.endswith("ed"))


def _of_auxiliary(words: Sequence[re.Match[str]], i: int) -> Tense | None:
    """The tense of a past form or participle: of "will be opened", that of "will"."""
    first = i - 1
    while (link := _at(words, first)) in _LINKS or link.endswith("ly"):
        first -= 1
    between = {_at(words, at) for at in range(first + 1, i)}
    if link in {"will", "shall"} or (link in {"must", "can"} and "have" not in between):
        return Tense.FUTURE
    if link in _UNCLEAR and "have" not in between and (link != "could" or "not" not in between):
        return Tense.UNCLEAR
    return None if link == "to be" else Tense.PAST


def _has_verb_before(text: str, words: Sequence[re.Match[str]], i: int) -> bool:
    """Whether the clause of a word has a finite past verb before it: "revealed his bold plans"."""
    for at in reversed(range(max(0, i - _MOST_WORDS_BACK), i)):
        if _CLAUSE_WORD.search(text, words[at].end(), words[i].start()):
            return False
        word = _at(words, at)
        if word in _TELLS:
            return False
        if _is_past(word, _at(words, at + 1)) and _at(words, at + 1) != "by":
            return True
    return False
