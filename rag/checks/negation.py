"""Whether a statement denies what its quotes say, or says what they deny, or says the opposite word. English, by patterns.

In go folded texts. What a "not" denies is taken to be the words after it, up to the next comma or conjunction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.checks.backing import Backing
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, tokens

_PLAIN = frozenset(
    "not never no none nobody nothing nowhere neither nor without cannot hardly scarcely barely".split()
)
_VERBAL = frozenset(
    base(word)
    for word in "deny refuse reject lack avoid prevent doubt forbid prohibit incapable".split()
)
# These deny what comes after their "to".
_VERBAL_TO = frozenset(
    base(word) for word in "fail refuse yet unable unlikely unwilling impossible".split()
)
# Words after which "no" or "not" denies nothing.
_EMPTY_AFTER = {
    "not": frozenset("only just least merely necessarily simply to-mention surprisingly".split()),
    "no": frozenset("doubt matter fewer less more later earlier longer-than sooner wonder".split()),
    "nothing": frozenset(("but",)),
    "without": frozenset(("doubt",)),
}
_ENDS = frozenset(
    "but because although though when while if unless until since after before which who whom whose that whether than as and or".split()
)
_REACH = 7
# Stop words that can be all that is denied: "is not over".
_STATES = frozenset("over off out up down under same enough".split())
_WEAK = frozenset(
    base(word) for word in "side party yet either anyone anything any been being is was be".split()
)


class _Denied(NamedTuple):
    """One denial: the word that denies, as written; what it denies first; and the places of all words it reaches."""

    word: str
    focus: str
    reached: frozenset[int]
    plain: bool


@lru_cache(maxsize=512)
def _denials(text: str) -> tuple[_Denied, ...]:
    words = tokens(text)
    return tuple(
        _denied(words, i)
        for i in range(len(words))
        if _denies(words, i) and not _is_condition(words, i)
    )


def _is_condition(words: Sequence[Token], i: int) -> bool:
    """Whether something is denied only in case: "if it does not pay"."""
    for at in range(i, max(-1, i - 5), -1):
        if words[at].fold in ("if", "unless", "whether"):
            return True
        if words[at].gap.strip(" '\""):
            return False
    return False


def _denies(words: Sequence[Token], i: int) -> bool:
    word = words[i].fold
    if word.endswith("n't"):
        return True
    after = words[i + 1].fold if i + 1 < len(words) else ""
    if word in _PLAIN:
        return not (
            after in _EMPTY_AFTER.get(word, ())
            or (word == "no" and ((words[i].capital and not words[i].opens) or after[:1].isdigit()))
        )
    return base(word) in _VERBAL or (after == "to" and base(word) in _VERBAL_TO)


def _denied(words: Sequence[Token], i: int) -> _Denied:
    reached, focus = [], ""
    for at in range(i + 1, min(len(words), i + 1 + _REACH)):
        word = words[at]
        if set(word.gap) & set(',;:()"!?') or word.starts or (word.fold in _ENDS and at > i + 1):
            break
        reached.append(at)
        stem = base(word.fold)
        # Names and numbers are rarely what is denied.
        if (
            not focus
            and _has_content(word)
            and stem not in _WEAK
            and not word.number
            and (not word.capital or word.opens)
        ):
            focus = stem
    plain = words[i].fold in _PLAIN or words[i].fold.endswith("n't")
    return _Denied(words[i].text, focus, frozenset(reached), plain)


def _has_content(word: Token) -> bool:
    return (word.fold not in STOP_WORDS or word.fold in _STATES) and not word.fold.endswith("n't")


def _said(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The content of a text that it says, and that it denies."""
    denied = _denied_places(text)
    content = [(i, base(word.fold)) for i, word in enumerate(tokens(text)) if _has_content(word)]
    return frozenset(stem for i, stem in content if i not in denied), frozenset(
        stem for i, stem in content if i in denied
    )


def _denied_places(text: str) -> set[int]:
    """Which tokens are denied; what is denied twice is said."""
    reached = Counter(place for denial in _denials(text) for place in denial.reached)
    return {place for place, times in reached.items() if times % 2}


def turned_round(statement: str, quotes: Sequence[Backing]) -> str | None:
    """What the statement denies and its quotes say, or the other way round, told for people; None where there is nothing of the kind."""
    said, denied = _said(statement)
    texts = [quote.text for quote in quotes]
    theirs = [_said(text) for text in texts]
    they_say = frozenset().union(*(item[0] for item in theirs))
    they_deny = frozenset().union(*(item[1] for item in theirs))
    mine, others = _denials(statement), [denial for text in texts for denial in _denials(text)]
    for denial in mine:
        unheard = denial.plain and not others and not _is_opposed(denial.focus, they_say)
        if unheard or (
            denial.focus in denied and denial.focus in they_say and denial.focus not in they_deny
        ):
            return f"it says “{denial.word}”, its quotes do not"
    for denial in others:
        if denial.focus in said and denial.focus not in denied and denial.focus not in they_say:
            return f"its quotes say “{denial.word}”, it does not"
    return next(_opposites(statement, texts), None) or next(_other_order(statement, texts), None)


# ---------------------------------------------------------------- opposite words

_OPPOSED = (
    "rise increase climb grow gain jump surge soar|fall decrease drop decline shrink plunge slump tumble",
    "win|lose",
    "open reopen|close shut",
    "accept|reject refuse",
    "buy acquire|sell",
    "arrive land|depart leave",
    "support back|oppose",
    "allow permit|ban forbid prohibit",
    "innocent acquit|guilty convict",
    "survive|die",
    "higher|lower",
    "more|less fewer",
    "above|below",
    "largest biggest|smallest",
    "highest|lowest",
    "most|least fewest",
    "best|worst",
    "earliest|latest",
    "first|last",
    "start begin|end finish stop",
    "north northern|south southern",
    "east eastern|west western",
    "morning|afternoon|evening",
    "male man boy|female woman girl",
    "husband father son brother|wife mother daughter sister",
    "king prince|queen princess",
    "he his him himself|she her hers herself",
    "true|false",
    "success succeed|failure fail",
    "early|late",
    "left|right",
    "up|down",
    "hire|sack fire dismiss",
    "strengthen|weaken",
    "raise|cut reduce lower",
    "attack|defend",
    "profit|loss",
    "friend ally|enemy rival",
    "optimistic confident|pessimistic",
    "agree|disagree",
    "legal|illegal",
    "likely|unlikely",
    "able|unable",
    "willing|unwilling",
    "possible|impossible",
)
# The word with the pair and the side that it stands on.
_SIDES: dict[str, list[tuple[int, int]]] = {}
for _pair, _opposite in enumerate(_OPPOSED):
    for _side, _words in enumerate(_opposite.split("|")):
        for _word in _words.split():
            _SIDES.setdefault(base(_word), []).append((_pair, _side))


def _is_opposed(stem: str, others: frozenset[str]) -> bool:
    """Whether the opposite of a word is among others: what is not open is shut."""
    return any(
        (pair, 1 - side) in _SIDES.get(other, ())
        for pair, side in _SIDES.get(stem, ())
        for other in others
    )


def _opposites(statement: str, texts: Sequence[str]) -> Iterator[str]:
    """Words of a statement of which its quotes have the opposite and nothing like them."""
    mine, theirs = _sides([statement]), _sides(texts)
    for (pair, side), word in mine.items():
        others = [
            its
            for (their_pair, their_side), its in theirs.items()
            if their_pair == pair and their_side != side
        ]
        if (
            others
            and (pair, side) not in theirs
            and not any((pair, other) in mine for other in range(3) if other != side)
        ):
            yield f"it says “{word}”, its quotes say “{others[0]}”"


def _sides(texts: Sequence[str]) -> dict[tuple[int, int], str]:
    """The words that have an opposite and are not denied."""
    found: dict[tuple[int, int], str] = {}
    for text in texts:
        denied = _denied_places(text)
        for i, word in enumerate(tokens(text)):
            if i not in denied:
                found.update(dict.fromkeys(_SIDES.get(base(word.fold), ()), word.text))
    return found


_ORDER = {"before": "after", "after": "before"}


def _other_order(statement: str, texts: Sequence[str]) -> Iterator[str]:
    """Where the statement has "before" and its quotes have "after", the same thing coming next."""
    theirs = {pair for text in texts for pair in _ordered(text)}
    for word, following in _ordered(statement):
        if (_ORDER[word], following) in theirs and (word, following) not in theirs:
            yield f"it says “{word}”, its quotes say “{_ORDER[word]}”"


def _ordered(text: str) -> list[tuple[str, str]]:
    words = tokens(text)
    found = []
    for i, word in enumerate(words):
        following = next(
            (base(its.fold) for its in words[i + 1 :] if its.fold not in STOP_WORDS), ""
        )
        if word.fold in _ORDER and following:
            found.append((word.fold, following))
    return found
