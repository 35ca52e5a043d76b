"""Finds what a figure says became of those it counts: killed, injured, missing, freed. English.

    "The blast killed four men and wounded 30."     -> killed (four), injured (30)
    "There were 129 people on board."               -> aboard

Figures of different states count different people, whatever their sentences share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.text.numbers import Number

_FATES = {
    "killed": r"kill(?:s|ed|ing)?|die[sd]?|dying|dead|deaths?|fatal\w*|perish\w+|slain|massacred"
    r"|slaughtered",
    "injured": r"injur\w+|wound(?:ed|ing|s)?|hurt(?:s|ing)?",
    "treated": r"hospital\w*|critical condition",
    "missing": r"missing|unaccounted",
    "held": r"captivity",
    "taken": r"kidnap\w*|abduct\w*|captured|snatched|taken from",
    "freed": r"freed|frees|freeing|(?:set|to) free|free(?=\W*$| (?:in|on|from|after)\b)|releas\w+"
    r"|rescu\w+",
    "trapped": r"trap(?:s|ped|ping)?|stranded|stuck",
    "aboard": r"aboard|on board|carrying",
    "arrested": r"arrest\w*|detain\w*|custody",
    "homeless": r"homeless|displac\w+|evacuat\w+",
    "escaped": r"escap\w+|fled|flee\w*",
}
# Who people were: what became of them is told by any other word.
_PEOPLE = {"held": r"captives?|hostages?", "aboard": r"passengers?"}


def _any_of(words: Mapping[str, str]) -> re.Pattern[str]:
    groups = (f"(?P<{name}>{forms})" for name, forms in words.items())
    return re.compile(rf"\b(?:{'|'.join(groups)})\b", re.IGNORECASE)


_FATE, _WHO = _any_of(_FATES), _any_of(_PEOPLE)
# A noun after a state: of "120 evacuated patients died", the state tells who they were.
_NOUN = re.compile(r" (?:people|men|women|children|\w{4,}s)\b")
_CLAUSE_ENDS = re.compile(r"[,;:()\"“”]|\s(?:and|while|but|after)\s| [-–—] ")


def figure_state(sentence: str, number: Number) -> str:
    """What the figure says became of those it counts; "" where its sentence does not tell.

    The nearest word of its clause counts; without any, the sentence's if it tells but one state.
    """
    ends = [(end.start(), end.end()) for end in _CLAUSE_ENDS.finditer(sentence)]
    start = max((end for _, end in ends if end <= number.start), default=0)
    end = min((start for start, _ in ends if start >= number.end), default=len(sentence))
    found = _words(sentence, start, end)
    fates = [word for word in found if not _describes(word, number, sentence)] or found
    if fates:
        nearest = min(fates, key=lambda word: _distance(word, number))
        return nearest.lastgroup or ""
    told = states(sentence)
    return min(told) if len(told) == 1 else ""


def states(text: str) -> frozenset[str]:
    """Every state that a text tells of.

    >>> sorted(states("How many people were killed and injured?"))
    ['injured', 'killed']
    """
    return frozenset(word.lastgroup or "" for word in _words(text, 0, len(text)))


def _words(text: str, start: int, end: int) -> list[re.Match[str]]:
    """The words for what became of people; where there are none, those for who they were."""
    return list(_FATE.finditer(text, start, end)) or list(_WHO.finditer(text, start, end))


def _describes(word: re.Match[str], number: Number, sentence: str) -> bool:
    """Whether a state stands between a number and its noun: "120 evacuated patients"."""
    is_next = sentence[number.end : word.start()] == " "
    return is_next and _NOUN.match(sentence, word.end()) is not None


def _distance(word: re.Match[str], number: Number) -> int:
    return max(number.start - word.end(), word.start() - number.end, 0)
