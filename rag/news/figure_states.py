"""Finds what a figure says became of those it counts: killed, injured, missing, freed. English.

    "The blast killed four men and wounded 30."     -> killed (four), injured (30)
    "There were 129 people on board."               -> aboard

Figures of different states count different people, whatever their sentences share.
"""

from __future__ import annotations

import re

from rag.text.numbers import Number

_STATES = {
    "killed": r"kill(?:s|ed|ing)|die[sd]|dying|dead|deaths?|fatal\w+|perish\w+|slain|massacred"
    r"|slaughtered|lives",
    "injured": r"injur\w+|wound(?:ed|ing|s)|hurt(?:s|ing)?",
    "treated": r"hospital\w*|critical condition",
    "missing": r"missing|unaccounted",
    "held": r"captives?|captivity|hostages?|remain\w*",
    "taken": r"kidnap\w*|abduct\w*|captured|snatched|taken from",
    "freed": r"free[ds]?|freeing|releas\w+|rescu\w+",
    "aboard": r"aboard|on board|carrying|passengers",
    "arrested": r"arrest\w*|detain\w*|custody",
    "homeless": r"homeless|displac\w+|evacuat\w+",
    "escaped": r"escap\w+|fled|flee\w*",
}
_STATE = re.compile(
    r"\b(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _STATES.items()) + r")\b",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(r"[,;:()\"“”]|\s(?:and|while|but|after)\s| [-–—] ")


def figure_state(sentence: str, number: Number) -> str:
    """What the figure says became of those it counts; "" where its sentence does not tell.

    The nearest word of its clause counts; without any, the sentence's if it tells but one state.
    """
    ends = [(end.start(), end.end()) for end in _CLAUSE_ENDS.finditer(sentence)]
    start = max((end for _, end in ends if end <= number.start), default=0)
    end = min((start for start, _ in ends if start >= number.end), default=len(sentence))
    found = list(_STATE.finditer(sentence, start, end))
    if found:
        nearest = min(found, key=lambda word: _distance(word, number))
        return nearest.lastgroup or ""
    told = states(sentence)
    return min(told) if len(told) == 1 else ""


def states(text: str) -> frozenset[str]:
    """Every state that a text tells of.

    >>> sorted(states("How many people were killed and injured?"))
    ['injured', 'killed']
    """
    return frozenset(word.lastgroup or "" for word in _STATE.finditer(text))


def _distance(word: re.Match[str], number: Number) -> int:
    return max(number.start - word.end(), word.start() - number.end, 0)
