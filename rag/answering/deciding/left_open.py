"""Tells whether a sentence leaves open what it speaks of.

It asks, doubts, tells what somebody wants, claims or denies, or what is to come; or it speaks of
another thing of the same kind. English.
"""

from __future__ import annotations

import re

from rag.answering.deciding.predicates import Alike, says_predicate, stands_behind, words_for
from rag.answering.deciding.statements import Statement
from rag.checks.negation import says
from rag.text.person_roles import LESSER
from rag.text.terms import STOP_WORDS, stem, terms
from rag.text.tokens import tokens

# The sentence leaves open what it speaks of.
OPEN = re.compile(
    r"\b(?:whether|if|unless|unclear|undecided|(?-i:may)|might|could|should|likely to|rumou?r\w*"
    r"|speculation|how (?:much|many)|call(?:s|ed|ing)? for"
    r"|not (?:yet )?(?:decided?|known?|clear|sure|confirmed?))\b",
    re.IGNORECASE,
)
# The sentence itself asks.
ASKS = re.compile(r"\?\W*$")
# What was only expected; with a denial it did not happen.
EXPECTED = re.compile(
    r"\bhad (?:been )?(?:due|expected|tipped|hoped|planned|hoping|set|supposed) to\b", re.IGNORECASE
)
# What somebody wants to do, or is told to do, is not done yet.
_INTENDED = re.compile(
    r"(?<!\bno )\b(?:(?:want|wish|intend|aim|threaten|attempt)(?:s|es|ed|ing)?|plan(?:s|ned|ning)?"
    r"|hop(?:es?|ed|ing)|propos(?:es?|ed|ing)|seek(?:s|ing)?|sought|tr(?:y|ies|ied|ying)|effort"
    r"|vot(?:es?|ed|ing)|deserv(?:es?|ed|ing)|(?:offer|bid)(?:s|ed|ding)?|deals?"
    r"|(?:promis|pledg|prepar)(?:es?|ed|ing))"
    r"\s(?:[\w-]+\s){0,2}?to\s(?P<done>(?:\S+\s?){1,4})",
    re.IGNORECASE,
)
_TOLD_TO = re.compile(
    r"\b(?:(?:tell(?:s|ing)?|told|(?:ask|order|request|command|instruct|call|press)(?:s|ed|ing)?"
    r"|(?:urg|advis)(?:es?|ed|ing)|(?:expect|forecast|predict|tip)(?:s|p?ed|p?ing)?)"
    r"(?:\s[\w'’-]+){0,4}?\sto"
    r"|(?:demand|insist|request|recommend)(?:s|ed|ing)?\sthat)\s(?P<done>(?:\S+\s?){1,5})",
    re.IGNORECASE,
)
# What somebody claims, or denies that he did, may be so or not.
_CLAIMING = re.compile(
    r"\b(?:claim(?:s|ed|ing)?|alleg(?:es?|ed|edly|ing|ations?)|accus(?:es?|ed|ing|ations?)"
    r"|assert(?:s|ed|ing)?|purport\w*|den(?:y|ies|ied|ying)|suspected|suspicion)\b",
    re.IGNORECASE,
)
# "I don't think he will go" is an opinion.
_OPINION = re.compile(r"n['’]t\s(?:think|believe|feel|expect|imagine)\b", re.IGNORECASE)
_LESSER = rf"\b({'|'.join(sorted(LESSER))})"
_QUOTED = re.compile(r"(?:“|(?<![\w.,!?’'])\")(?P<said>[^“”\"]{20,})(?:[”\"]|$)")
_FIRST_PERSON = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]ur)\b")
# Another thing of the same kind: "the earlier crash", "in that crash, which …".
_ANOTHER = re.compile(
    r"\b(?:(?:another|other|earlier|previous)\s(?P<thing>[\w-]+)"
    r"|that\s(?P<told>[\w-]+)(?=[,.;]|\s(?:in|of|on|at|which)\b))",
    re.IGNORECASE,
)
# A statement on what is to come.
FUTURE = re.compile(rf"\b(?:will|would|going|due|set)\b|{_INTENDED.pattern}", re.IGNORECASE)
_OPEN_MODALS = frozenset("may might could should".split())
_CLAUSE_ENDS = re.compile(r"[;:()–—]|\s-\s|\b(?:but|while|although|though)\b", re.IGNORECASE)
# Behind one of these a verb tells what is to come.
_TO_COME = re.compile(
    r"(?:\b(?:will|shall|would|(?:is|are|was|were|be|been)\s(?:\w+ly\s)?(?:to|going\sto|due\sto|set\sto"
    r"|about\sto|expected\sto)|(?:will|would|could)\s(?:be|become)\s(?:[\w-]+\s){1,4}to"
    r"|eventual|planned|proposed|possible|imminent|expected)|[’']ll)"
    r"(?:\s(?:be|now|also|then|soon|the|an?|its|his|her|their|first|ever|\w+ly))*\s$",
    re.IGNORECASE,
)


def leaves_open(statement: Statement, sentence: str, *, said: bool, alike: Alike | None) -> bool:
    """Whether a sentence leaves open what it speaks of, or speaks of another thing of its kind."""
    if _is_claimed(statement, sentence, alike) or _is_of_another_thing(statement, sentence):
        return True
    if not said and _OPINION.search(sentence):
        return True
    return said and (
        _is_open(statement, sentence, alike)
        or _is_intended(statement, sentence, alike)
        or _is_to_come(statement, sentence, alike)
    )


def _is_open(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether a sentence leaves open what the statement does not.

    A modal verb leaves open only what stands behind it.
    """
    if OPEN.search(statement.text):
        return False
    verbs = set(words_for(statement, sentence, alike))
    last = max((word.start for word in tokens(sentence) if word.norm in verbs), default=None)
    return any(
        last is None or match.start() < last or match[0].casefold() not in _OPEN_MODALS
        for match in OPEN.finditer(sentence)
    )


def _is_intended(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether somebody wants to do what the statement says is done, or is told to do it."""
    if FUTURE.search(statement.text):
        return False
    patterns = (_INTENDED,) if _TOLD_TO.search(statement.text) else (_INTENDED, _TOLD_TO)
    wanted = (match["done"] for pattern in patterns for match in pattern.finditer(sentence))
    return any(says_predicate(statement, done, alike) is not None for done in wanted)


def _is_to_come(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether a sentence tells as what is to come what the statement tells as done or as so."""
    is_now = statement.is_done or statement.is_so
    return (
        is_now
        and not FUTURE.search(statement.text)
        and stands_behind(_TO_COME, statement, sentence, alike)
    )


def _is_claimed(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether somebody claims what the statement says, or says that he did not do it.

    Of what is to come, a denial tells as much as a promise.
    """
    if _CLAIMING.search(statement.text):
        return False
    verbs = [statement.predicate, *words_for(statement, sentence, alike)]
    for quoted in _QUOTED.finditer(sentence):
        told = any(says(quoted["said"], verb) is not None for verb in verbs if verb)
        if told and not _FIRST_PERSON.search(quoted["said"]):
            return True
    for claim in _CLAIMING.finditer(sentence):
        if claim[0][:3].casefold() == "den" and FUTURE.search(statement.text):
            continue
        behind = _CLAUSE_ENDS.split(sentence[claim.end() :])[0]
        is_last = not re.search(r"\w+\W+\w+\W+\w", behind)
        if is_last or any(says(behind, verb) is not None for verb in verbs if verb):
            return True
    return False


def _is_of_another_thing(statement: Statement, sentence: str) -> bool:
    """Whether a sentence is on another thing of a kind that the statement names.

    To a mayor a former or a deputy mayor is another.
    """
    asked = frozenset(terms(statement.text))
    if not _ANOTHER.search(statement.text) and any(
        stem(match["thing"] or match["told"]) in asked for match in _ANOTHER.finditer(sentence)
    ):
        return True
    plain = {word.norm for word in tokens(statement.text) if not word.capital}
    nouns = plain - STOP_WORDS - {statement.predicate}
    return any(
        _is_lesser(noun, sentence) and not _is_lesser(noun, statement.text) for noun in nouns
    )


def _is_lesser(noun: str, text: str) -> bool:
    """Whether a text has a noun with "former", "deputy" or the like before it, and not without."""
    found = re.findall(
        rf"(?:{_LESSER}[\s-](?:\w+[\s-])?)?\b{re.escape(noun)}\b", text, re.IGNORECASE
    )
    return bool(found) and all(found)
