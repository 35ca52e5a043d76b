"""Tells from a sentence that what it says is new, or that it was said and holds no more. English.

    "A further 2,000 were hit, bringing the total to 9,000."  -> 9,000 is new
    "Nine died, not six as previously reported."              -> six is old
    "Ada Tull, who stepped down last week as its head, spoke" -> Ada Tull is old

Such a sentence updates another answer, whatever the dates of their articles are.
"""

from __future__ import annotations

import re

from rag.news.figure_parts import is_part
from rag.news.values import AnswerValue, Form
from rag.text.numbers import Number, numbers
from rag.text.terms import terms

_ABOUT = r"(?:(?:at least|about|around|some|more than|over|nearly|almost|up to|the)\s)*"
_EARLIER = r"(?:previous|earlier|initial|original|first|last|prior|preliminary)"
_SUM = r"(?:toll|total|number|count|tally|figure|estimate|dead|deaths)s?"
_IS_NEW = re.compile(
    rf"\b(?:bring|brought|tak|took|push|rais|lift)\w*\s(?:the|its|their|his|her)\s[^,;.]{{0,40}}?"
    rf"\b{_SUM}\b[^,;.]{{0,40}}?\s(?:up\s)?to\s{_ABOUT}$"
    rf"|\b{_SUM}\b[^;.]{{0,60}}?\b(?:rose|risen|ris(?:es|ing)|climb\w+|increas\w+|rais\w+|revis\w+"
    r"|jump\w+|grew|grown|(?:went|gone) up|reduced|lowered|cut|corrected|updated|amended)\b"
    rf"[^;.]{{0,40}}?\bto\s{_ABOUT}$"
    rf"|\b(?:revis|correct|amend|updat)\w*\b[^;.]{{0,40}}?\b{_SUM}\b[^;.]{{0,40}}?\bto\s{_ABOUT}$",
    re.IGNORECASE,
)
_IS_NEW_NOW = re.compile(r"[^;.]{0,30}?,?\s(?:up|down|revised|raised)\sfrom\b", re.IGNORECASE)
_SAID_ONCE = (
    r"\b(?:previously|earlier|initially|originally|first|wrongly|mistakenly|incorrectly"
    r"|erroneously)\s(?:been\s)?(?:reported|said|stated|thought|put|estimated|believed|given"
    r"|announced|counted|feared|disclosed)\b"
)
_IS_OLD = re.compile(
    rf"{_SAID_ONCE}[^.;]{{0,60}}$"
    rf"|\b(?:up|down|revised|raised|risen|corrected|changed)\s(?:\w+\s){{0,3}}?from\s"
    rf"(?:(?:an?|its|his|her|their|the)\s)?(?:{_EARLIER}\s)?(?:[a-z]+\sof\s)?{_ABOUT}$",
    re.IGNORECASE,
)
_WAS_OLD = re.compile(
    rf"[^.,;]{{0,40}}?{_SAID_ONCE}|[^.;]{{0,30}}?,?\sas\s{_SAID_ONCE}", re.IGNORECASE
)
# "Up from 7 million a year earlier": that year's figure still holds.
_LAST_TIME = re.compile(
    r"(?:\s[\w%-]+){0,3}?\s(?:(?:a|one)\s(?:year|month|quarter|week)|(?:the\s)?(?:last|previous)\s"
    r"(?:year|month|quarter|week)|in\s\d{4})\b",
    re.IGNORECASE,
)
_ASKS_HOLDER = re.compile(
    r"^\W*who(?:['’]s|\s(?:is|was|are|leads?|led|runs?|ran|heads?|headed|chairs?|manages?))\b",
    re.IGNORECASE,
)
_LEFT = (
    r"(?:step(?:s|ped|ping)\s(?:down|aside)|resign(?:s|ed|ing)?|quit|retire[sd]|departed"
    r"|left(?=\W*$|[,;.]|\s(?:as|in|last|on|after|office|(?-i:[A-Z])\w+"
    r"|the\s(?:company|firm|bank|club|post|job|group|board)))"
    r"|(?:was|been|is|got)\s(?:\w+\s)?(?:fired|ousted|sacked|dismissed|replaced|removed|succeeded"
    r"|forced\sout|voted\sout))\b"
)
_HAS_LEFT = re.compile(
    rf"(?:,[^,.;]{{0,60}},)?,?\s(?:who\s)?(?:(?:has|had|have)\s)?(?:(?:also|since|\w+ly)\s)?{_LEFT}"
    r"|,\s(?:(?:the|its|their)\s)?(?:outgoing|ousted)\b",
    re.IGNORECASE,
)
_WAS_BEFORE = re.compile(
    r"\b(?:outgoing|ousted|departing|previous)[\s-](?:[\w'’&.-]+\s){0,6}?$"
    r"|\b(?:replac(?:e[sd]?|ing)|succeed(?:s|ed|ing)?|t(?:akes|ook|aking)\sover\sfrom)\s"
    r"(?:(?!by\b)[\w'’&.-]+\s){0,4}?$"
    r"|\b(?:resignation|departure|ouster|retirement)\sof\s(?:[\w'’&.-]+\s){0,5}?$",
    re.IGNORECASE,
)

# "Tull, the former head" left that role; "Tull, the former striker" may be the head.
_FORMER_BEHIND = re.compile(
    r",\s(?:(?:the|its|their|a)\s)?(?:former|ex)[\s-](?P<role>(?:[\w'’&.-]+\s?){1,5})",
    re.IGNORECASE,
)
_FORMER_BEFORE = re.compile(r"\b(?:former|ex)[\s-](?P<role>(?:[\w'’&.-]+\s){1,6}?)$", re.IGNORECASE)


def is_new(sentence: str, value: AnswerValue) -> bool:
    """Whether a sentence says that its figure takes the place of another one."""
    number = value.number
    if number is None or _is_old(sentence, number):
        return False
    if _IS_NEW.search(sentence[: number.start]) or _IS_NEW_NOW.match(sentence[number.end :]):
        return True
    others = (item for item in numbers(sentence) if item.start != number.start)
    return any(
        _is_like(item, number) and _is_old(sentence, item) and not is_part(sentence, item)
        for item in others
    )


def _is_like(one: Number, two: Number) -> bool:
    return one.values[0].kind == two.values[0].kind


def is_old(question: str, sentence: str, start: int, value: AnswerValue) -> bool:
    """Whether a sentence says that its answer holds no more.

    That is a figure that was reported before, or who held a role and left it.

    :param start: where the answer begins in the sentence.
    """
    if value.number is not None:
        return _is_old(sentence, value.number)
    if value.form is not Form.TEXT or not _ASKS_HOLDER.match(question):
        return False
    before, behind = sentence[:start], sentence[start + len(value.text) :]
    former = _FORMER_BEHIND.match(behind) or _FORMER_BEFORE.search(before)
    if former is not None and not set(terms(former["role"])).isdisjoint(terms(question)):
        return True
    return bool(_HAS_LEFT.match(behind) or _WAS_BEFORE.search(before))


def _is_old(sentence: str, number: Number) -> bool:
    """Whether a figure is what was reported before, with no other one in between."""
    if _LAST_TIME.match(sentence, number.end):
        return False
    before = _IS_OLD.search(sentence[: number.start])
    after = _WAS_OLD.match(sentence[number.end :])
    return bool(
        (before and not _figures_in(sentence, before.start(), number.start))
        or (after and not _figures_in(sentence, number.end, number.end + after.end()))
    )


def _figures_in(sentence: str, start: int, end: int) -> bool:
    return any(
        start <= item.start < end for item in numbers(sentence) if item.values[0].kind != "th"
    )
