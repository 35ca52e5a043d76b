"""Detects contradictions: a statement that denies what its quotes say, or has the opposite word.

A "not" is taken to deny the words after it, up to the next comma or conjunction. English.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, tokens
from rag.text.word_lists import word_file, word_groups, word_set

_NEGATIONS = word_set("checks", "negations")
_DENYING = frozenset(map(base, word_set("checks", "denying")))
_DENYING_TO = frozenset(map(base, word_set("checks", "denying_to")))
_DENYING_OF = word_set("checks", "denying_of")
_RULE = frozenset("rule rules ruled ruling".split())
# These deny the verb before them, too: "they received none".
_OBJECTS = frozenset("none nobody nothing nowhere".split())
_TO = frozenset("to for with".split())
_AFTER_RULED_OUT = word_set("checks", "after_ruled_out")
_EMPTY_BEFORE = {word: after for word, *after in word_groups("checks", "empty_negations")}
_ENDS = word_set("checks", "denial_ends")
_WEAK = frozenset(map(base, word_set("checks", "weak")))
STATES = word_set("checks", "states")
_BE = word_set("checks", "be")
_MODALS = word_set("checks", "modals")
# So many words before a participle there may be a form of "be".
_NEAR_BE = 3
# How many words a negation can deny.
_REACH = 7


class _Denial(NamedTuple):
    """A word that denies, as written, and what it denies.

    `content` has the bases of the words that it reaches, the nearest first, without stop words,
    names and numbers; `reached` the indices of all tokens in reach. `plain` for "not" and the like,
    not for verbs such as "refuse"; `if_only` where it denies only in a case: "if it does not pay".
    """

    word: str
    content: tuple[str, ...]
    reached: frozenset[int]
    plain: bool
    if_only: bool

    @property
    def focus(self) -> str:
        """What it denies first of all; empty if nothing."""
        return next(iter(self.content), "")


def contradiction(statement: str, texts: Sequence[str]) -> str | None:
    """Where a statement contradicts its texts, in words for people; None if it does not."""
    said, denied = _content(statement)
    they_say, they_deny = (
        frozenset[str]().union(*contents) for contents in zip(*map(_content, texts), strict=True)
    )
    others = [denial for text in texts for denial in _denials(text)]
    for denial in _denials(statement):
        told = not they_say.isdisjoint(denial.content) and they_deny.isdisjoint(denial.content)
        unheard = denial.plain and (told or not others)
        if unheard or denial.focus in (denied & they_say) - they_deny:
            return f"it says “{denial.word}”, its quotes do not"
    for denial in others:
        if denial.focus in said - denied - they_say:
            return f"its quotes say “{denial.word}”, it does not"
    return next(_opposites(statement, texts), None)


def denies(text: str) -> bool:
    """Whether a text denies anything: "not", "never", "refused to"."""
    return any(not denial.if_only for denial in _denials(text))


def says(text: str, word: str, *, behind: Collection[str] = ()) -> bool | None:
    """Whether a text says a word or one of its side (True), or denies it or says its opposite.

    The first such word counts.

    :param word: in lower case, as `Token.norm`.
    :param behind: the verbs, in their base form, that a noun stands behind: "make a bid". Whoever
        refuses to make a bid makes none, but a rejected bid may have been made.
    :return: None if the text has neither, or leaves it open whether the noun was made.

    >>> says("The port was shut.", "open"), says("The port may open.", "open"), says("Hi.", "open")
    (False, True, None)
    >>> says("Dell paid a share to no one.", "pay"), says("Tull left and spoke to nobody.", "leave")
    (False, True)
    """
    mine, denied = _OPPOSITES.get(base(word), {}), _denied_tokens(text)
    unsure = denied ^ _denied_tokens(text, behind) if behind else set()
    for i, token in enumerate(tokens(text)):
        its = _OPPOSITES.get(base(token.norm), {})
        if base(token.norm) == base(word) or mine.items() & its.items():
            return None if i in unsure else i not in denied
        if mine.keys() & its.keys():
            return i in denied
    return None


def _content(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The bases of the words that a text says, and of those that it denies."""
    denied = _denied_tokens(text)
    content = [(i, base(word.norm)) for i, word in enumerate(tokens(text)) if _has_content(word)]
    return (
        frozenset(word for i, word in content if i not in denied),
        frozenset(word for i, word in content if i in denied),
    )


def _has_content(word: Token) -> bool:
    return (word.norm not in STOP_WORDS or word.norm in STATES) and not word.norm.endswith("n't")


def _denied_tokens(text: str, behind: Collection[str] = ()) -> set[int]:
    """The indices of the tokens that are denied; what is denied twice is said.

    With `behind` only what a "not" denies, or what is denied with one of these verbs.
    """
    words = tokens(text)
    reached = Counter(
        i
        for denial in _denials(text)
        if not denial.if_only
        and (
            not behind
            or denial.plain
            or any(base(words[at].norm) in behind for at in denial.reached)
        )
        for i in denial.reached
    )
    return {i for i, times in reached.items() if times % 2}


@lru_cache(maxsize=512)
def _denials(text: str) -> tuple[_Denial, ...]:
    words = tokens(text)
    return tuple(_denial(words, i) for i in range(len(words)) if _denies(words, i))


def _denies(words: Sequence[Token], i: int) -> bool:
    word = words[i].norm
    after = words[i + 1].norm if i + 1 < len(words) else ""
    if word.endswith("n't"):
        return True
    if word == "no" and ((words[i].capital and not words[i].opens) or after[:1].isdigit()):
        return False  # "Dr. No", "no. 5"
    if word in _NEGATIONS:
        return after not in _EMPTY_BEFORE.get(word, ())
    if i and words[i - 1].norm == "in":  # "put in doubt"
        return False
    if word in _RULE and after == "out":
        return i + 2 < len(words) and words[i + 2].norm not in _AFTER_RULED_OUT
    denies_after = (after == "to" and base(word) in _DENYING_TO) or (
        after == "of" and word in _DENYING_OF
    )
    return denies_after or (base(word) in _DENYING and not _is_passive(words, i))


def _is_passive(words: Sequence[Token], i: int) -> bool:
    """Whether "by" follows a participle: "rejected by the council" denies nothing of the council.

    In "the council refused by 5 votes to pay" it does not, for nothing "was" refused.
    """
    if i + 1 == len(words) or words[i + 1].norm != "by":
        return False
    before = words[max(0, i - _NEAR_BE) : i]
    is_alone = not i or not words[i].attached  # "the plan, rejected by the council"
    return is_alone or any(word.norm in _BE for word in before)


def _is_condition(words: Sequence[Token], i: int) -> bool:
    """Whether something is denied only in a case: "if it does not pay"."""
    for word in reversed(words[max(0, i - 4) : i + 1]):
        if word.norm in ("if", "unless", "whether"):
            return True
        if word.gap.strip(" '\""):
            return False
    return False


def _denial(words: Sequence[Token], i: int) -> _Denial:
    reached, content = list[int](), list[str]()
    # "Who failed to pay will leave": the other verb is not denied.
    ends = _ENDS | _MODALS if i + 1 < len(words) and words[i + 1].norm == "to" else _ENDS
    for at in range(i + 1, min(len(words), i + 1 + _REACH)):
        word = words[at]
        ended = word.starts_sentence or not set(word.gap).isdisjoint(',;:()"!?')
        if ended or (word.norm in ends and at > i + 1):
            break
        reached.append(at)
        # Names and numbers are rarely what is denied.
        common = not word.number and (not word.capital or word.opens)
        if common and _has_content(word) and base(word.norm) not in _WEAK:
            content.append(base(word.norm))
    before = _denied_before(words, i)
    reached += before
    content += [base(words[at].norm) for at in before]
    plain = words[i].norm in _NEGATIONS or words[i].norm.endswith("n't")
    return _Denial(
        words[i].text, tuple(content), frozenset(reached), plain, _is_condition(words, i)
    )


def _denied_before(words: Sequence[Token], i: int) -> list[int]:
    """What an object that denies, "nobody" or "no one", denies before it: the word with content
    there, and behind a preposition the verb and its object: "paid a share to nobody".
    """
    following = words[i + 1].norm if i + 1 < len(words) else ""
    if words[i].norm not in _OBJECTS and (words[i].norm, following) != ("no", "one"):
        return []
    is_behind = i > 0 and words[i].attached and words[i - 1].norm in _TO
    at, most = (i - 2, 2) if is_behind else (i - 1, 1)
    found: list[int] = []
    while at >= 0 and len(found) < most and words[at + 1].attached:
        if _has_content(words[at]):
            found.append(at)
        elif not is_behind:
            break
        at -= 1
    return found


# ---------------------------------------------------------------- opposite words


def _read_opposites() -> dict[str, dict[int, int]]:
    """For the base of each word, on which side it is of which group of opposite words."""
    found: dict[str, dict[int, int]] = {}
    for group, line in enumerate(word_file("words")["opposites"].strip().splitlines()):
        for side, words in enumerate(line.split("|")):
            for word in words.split():
                found.setdefault(base(word), {})[group] = side
    return found


_OPPOSITES = _read_opposites()


def _opposites(statement: str, texts: Sequence[str]) -> Iterator[str]:
    """Words of the statement of which the texts have the opposite and nothing like them."""
    mine, theirs = _sides([statement]), _sides(texts)
    for group, sides in mine.items():
        its = theirs.get(group, {})
        for side, word in sides.items():
            if its and len(sides) == 1 and side not in its:
                yield f"it says “{word}”, its quotes say “{next(iter(its.values()))}”"


def _sides(texts: Sequence[str]) -> dict[int, dict[int, str]]:
    """The sides of each group of opposite words that the texts are on and do not deny, with a word.

    The last word of a side counts.
    """
    found: dict[int, dict[int, str]] = {}
    for text in texts:
        denied = _denied_tokens(text)
        for i, word in enumerate(tokens(text)):
            for group, side in _OPPOSITES.get(base(word.norm), {}).items():
                if i not in denied:
                    found.setdefault(group, {})[side] = word.text
    return found
