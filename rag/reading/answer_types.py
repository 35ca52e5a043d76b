"""Tells how well a phrase looks like what a question asks for.

"Which striker …" asks for a name, "roughly what share …" for a percentage. The looks of answers
are learnt from pairs of questions and answers by `byline eval train answer-types`: for each trait
of an answer (has a digit, is all names, number of words) a logistic model over the question's
words, those around its question word counted separately (after the question classification of Li
and Roth, Learning Question Classifiers, COLING 2002). English.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import ModelError
from rag.reading.loading import TRAINED
from rag.text.terms import STOP_WORDS, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KINDS_FILE = "kinds.json"
# Weights are stored as whole hundredths.
SCALE = 100
_QUESTION_WORDS = frozenset("who whom whose when where why how what which".split())
_NEAR, _NEARBY = 3, 5
_PATTERNS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "digit": r"\d",
        "number word": r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
        r"|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
        r"|million|billion|dozen|half|third|quarter|twice|once)s?\b",
        "year": r"\b(?:1[5-9]\d\d|20\d\d)s?\b",
        "month": r"\b(?:january|february|march|april|may|june|july|august|september|october"
        r"|november|december)\b",
        "weekday": r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
        "percent": r"%|\bper ?cent",
        "money": r"[£$€¥]|\b(?:pounds?|dollars?|euros?|yen|(?<!per )cents?)\b",
        "duration": r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?"
        r"|centur(?:y|ies))\b",
        "measure": r"\b(?:m|km|kg|lbs?|metres?|meters?|feet|foot|inch(?:es)?|miles?|kilomet\w+"
        r"|tonnes?|tons?|grams?|acres?|degrees?|mph)\b",
        "ordinal": r"\b(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|last)\b",
        "list": r",|\b(?:and|or)\b",
        "preposition first": r"^(?:to|because|by|in|at|on|for|from|with|through|after|before|as"
        r"|that|of|due)\b",
        "article first": r"^(?:the|an?|his|her|its|their)\b",
        "gerund first": r"^\w+ing\b",
    }.items()
}
_NAMES = ("no name", "one name", "names", "names alone", "acronym")
_LENGTHS = {"one word": 1, "few words": 3, "some words": 7, "many words": 10**6}
TRAITS = (*_PATTERNS, *_NAMES, *_LENGTHS)


def traits(answer: str, *, begins: bool = False) -> tuple[bool, ...]:
    """Which of TRAITS the answer has; with `begins` the capital of its first word is ignored.

    >>> [name for name, has in zip(TRAITS, traits("26 October")) if has]
    ['digit', 'month', 'one name', 'names alone', 'few words']
    """
    said = words(answer)
    content = [word for word in said if word.casefold() not in STOP_WORDS and not word[0].isdigit()]
    names = [
        word
        for word in content
        if word[0].isupper() and not (begins and word is said[0] and word[1:].islower())
    ]
    named = (
        not names,
        len(names) == 1,
        len(names) > 1,
        0 < len(names) == len(content),
        any(len(word) > 1 and word.isupper() for word in said),
    )
    length = next(name for name, most in _LENGTHS.items() if len(said) <= most)
    patterns = (bool(pattern.search(answer)) for pattern in _PATTERNS.values())
    return (*patterns, *named, *(name == length for name in _LENGTHS))


def cues(question: str) -> set[str]:
    """The parts of a question that tell what it asks for: each word, and those around its question
    word by how near they are.
    """
    said = [word.casefold() for word in words(question)]
    at = next((place for place, word in enumerate(said) if word in _QUESTION_WORDS), 0)
    after = said[at + 1 :]
    begins = {f"{size}:{' '.join(said[at : at + size])}" for size in (1, 2, 3) if said}
    before = {f"before:{word}" for word in said[max(at - 1, 0) : at]}
    near = {f"near:{word}" for word in after[:_NEAR]}
    nearby = {f"nearby:{word}" for word in after[:_NEARBY]}
    return begins | before | near | nearby | {f"any:{word}" for word in said}


class ExpectedAnswer(NamedTuple):
    """Log odds (traits,) of each trait of an answer: to this question, and to any question."""

    asked: Floats
    usual: Floats

    def chance(self, trait: str) -> float:
        """How likely an answer to this question has one of TRAITS."""
        return 1 / (1 + math.exp(-self.asked[TRAITS.index(trait)]))

    def agreement(self, answer: str, *, begins: bool = False) -> float:
        """The sum of the log likelihood ratios of the answer's traits: how much likelier an answer
        of these looks is to this question than to any.
        """
        import numpy as np

        has = np.where(traits(answer, begins=begins), 1.0, -1.0)
        ratios = np.logaddexp(0, -has * self.usual) - np.logaddexp(0, -has * self.asked)
        return float(ratios.sum())


class AnswerTypes(NamedTuple):
    """The fitted weights: `usual` and `bias` (traits,), `weights` (cues, traits); `places` has the
    row of each cue.
    """

    usual: Floats
    bias: Floats
    places: dict[str, int]
    weights: Floats

    def expected(self, question: str) -> ExpectedAnswer:
        """What an answer to the question looks like, as far as its words are known."""
        known = sorted(self.places[cue] for cue in cues(question) if cue in self.places)
        return ExpectedAnswer(self.bias + self.weights[known].sum(axis=0), self.usual)


@cache
def fitted_answer_types(folder: Path = TRAINED) -> AnswerTypes:
    """The weights in that folder, by default those that ship.

    :raises ModelError: if they cannot be read, or were fitted for other traits.
    """
    import numpy as np

    path = folder / KINDS_FILE
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if tuple(plain["traits"]) != TRAITS:
            raise ValueError("other traits")
        rows = np.asarray(list(plain["cues"].values()), dtype=np.float64)
        weights = rows.reshape(-1, len(TRAITS)) / SCALE
        usual, bias = (
            np.asarray(plain[name], dtype=np.float64).reshape(len(TRAITS)) / SCALE
            for name in ("usual", "bias")
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} holds no weights for this release: {error!r}", hint="Install Byline again."
        ) from error
    places = {cue: place for place, cue in enumerate(plain["cues"])}
    return AnswerTypes(usual, bias, places, weights)
