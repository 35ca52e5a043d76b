"""Decides whether a sentence says yes or no to a yes-or-no question, by its words.

The question becomes a statement, and the word that says what happened is its predicate. A sentence
says no if it denies the predicate, has its opposite, or has the opposite change of the same thing;
yes if it has the predicate and what stands with it; and leaves it open otherwise. English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import takewhile
from typing import NamedTuple, TypeAlias

from rag.answering.deciding.subjects import (
    NOTHING,
    WITH_OBJECT,
    Above,
    is_said_of_others,
    may_be_verb,
    told_names,
)
from rag.checks.negation import denies, says
from rag.model import Verdict
from rag.text.changes import opposed
from rag.text.dates import MONTHS
from rag.text.names import TITLES, bare_names, names
from rag.text.numbers import numbers
from rag.text.person_roles import LESSER
from rag.text.phrases import AUXILIARIES, is_plural
from rag.text.terms import STOP_WORDS, stem, terms
from rag.text.tokens import PAST_FORMS, Token, base, tokens
from rag.text.word_lists import word_file, word_set

# Which of some words have at least this cosine with one.
Alike: TypeAlias = Callable[[str, Sequence[str], float], Sequence[str]]

# A sentence speaks of a statement if it has more than this share of its words.
_SPEAKS = 0.5
# Two verbs mean much the same from this cosine on.
_ALIKE = 0.55
# Where no word for what happened is known, it says the statement with more than this share.
_SAYS_ALL = 0.75
# What is not ruled out is neither said nor denied.
_NOT_RULED_OUT = re.compile(r"(?:\bnot|n['’]t)\s(?:\w+\s)?rul(?:e|ed|ing)\sout\b", re.IGNORECASE)
# A statement on all of several things, or on one alone, is said by a sentence with such a word.
_SCOPES = (
    frozenset("all every each everyone everybody everything entire whole".split()),
    frozenset(("both",)),
    frozenset("only sole alone".split()),
    frozenset("first maiden".split()),
)
# The sentence leaves open what it speaks of.
OPEN = re.compile(
    r"\b(?:whether|if|unless|unclear|undecided|(?-i:may)|might|could|should|likely to|rumou?r\w*"
    r"|speculation|how (?:much|many)|not (?:yet )?(?:decided?|known?|clear|sure|confirmed?))\b",
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
    r"|vot(?:es?|ed|ing)|deserv(?:es?|ed|ing))"
    r"\sto\s(?P<done>(?:\S+\s?){1,4})",
    re.IGNORECASE,
)
_TOLD_TO = re.compile(
    r"\b(?:tell(?:s|ing)?|told|(?:ask|order|request|command|instruct)(?:s|ed|ing)?"
    r"|(?:urg|advis)(?:es?|ed|ing))(?:\s[\w'’-]+){0,4}?\sto\s(?P<done>(?:\S+\s?){1,4})",
    re.IGNORECASE,
)
# What somebody claims, or denies that he did, may be so or not.
_CLAIMING = re.compile(
    r"\b(?:claim(?:s|ed|ing)?|alleg(?:es?|ed|edly|ing|ations?)|accus(?:es?|ed|ing|ations?)"
    r"|assert(?:s|ed|ing)?|purport\w*|den(?:y|ies|ied|ying)|suspected|suspicion)\b",
    re.IGNORECASE,
)
# A rumour that is denied, and an opinion.
_DISMISSED = re.compile(
    r"\b(?:quash|dismiss|scotch|den(?:y|i)|reject|rubbish)(?:es|ed|ing|s)?\s(?:\w+\s){0,2}?"
    r"(?:speculation|rumou?rs?|reports?|suggestions?|talk)\b",
    re.IGNORECASE,
)
_OPINION = re.compile(r"n['’]t\s(?:think|believe|feel|expect|imagine)\b", re.IGNORECASE)
_LESSER = rf"\b({'|'.join(sorted(LESSER))})"
# What falls below 5 falls below 6.
_BOUND = re.compile(r"\b(?:below|under|above|over|than|least|most|beyond)\b", re.IGNORECASE)
_QUOTED = re.compile(r"(?:“|(?<![\w.,!?’'])\")(?P<said>[^“”\"]{20,})(?:[”\"]|$)")
_FIRST_PERSON = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]ur)\b")
# Another thing of the same kind: "the earlier crash", "in that crash, which …".
_ANOTHER = re.compile(
    r"\b(?:(?:another|other|earlier|previous)\s(?P<thing>[\w-]+)"
    r"|that\s(?P<told>[\w-]+)(?=[,.;]|\s(?:in|of|on|at|which)\b))",
    re.IGNORECASE,
)
_FUTURE = re.compile(rf"\b(?:will|would|going|due|set)\b|{_INTENDED.pattern}", re.IGNORECASE)
_ALTOGETHER = re.compile(r"\b(?:at|after) all\b", re.IGNORECASE)
_OPENS = re.compile(
    rf"^(?:(?:so|and|but)\s+)?(?P<verb>{AUXILIARIES})(?:n['’]t)?\s+(?P<rest>.+)$", re.IGNORECASE
)
# The topic of the last turn, which a follow-up carries along.
_TOPIC = re.compile(r"\s\([^()]*\)$")
_OPEN_MODALS = frozenset("may might could should".split())
_DO = frozenset({"do", "does", "did"})
_DONE = frozenset("was were has have had".split())
_MODALS = frozenset("will would can could should may might must".split())
# Verbs that say too little to be what a question asks.
_LIGHT = frozenset(map(base, "be have do get take make go keep give put come really".split()))
# What rises or falls may stand behind one of these, or be its subject.
_CHANGING = frozenset(
    map(
        base,
        word_set("words", "directions")
        | frozenset("report see post announce record show suffer enjoy forecast face make".split()),
    )
)
# Only one side does it to the other.
_CONTESTS = frozenset(map(base, "beat defeat overcome overtake surpass outlast thrash".split()))
# Verbs of which the verb behind them says what is asked.
_WITH_VERB = frozenset(map(base, "want need plan hope agree decide refuse try expect".split()))
_AFTER_VERB = frozenset("the a an its his her their to on for with against in from at".split())
_DETERMINERS = frozenset("the a an of its his her their".split())
_BEFORE_PREDICATE = frozenset("be been being going to not ever still also already now yet".split())
_TITLES = frozenset(map(stem, TITLES))
_OWNERS = frozenset("his her their its".split())
_GIVEN_BEHIND = frozenset("on about over after since during despite".split())
_NOT_GIVEN = frozenset("decision decide decided vote ruling rule talks rumours speculation".split())
_INDEFINITE = frozenset("a an any no".split())
_CLAUSE_ENDS = re.compile(r"[;:()–—]|\s-\s|\b(?:but|while|although|though)\b", re.IGNORECASE)
_VERBS = frozenset(map(base, word_set("words", "verbs") | word_set("words", "saying")))
_PLAIN_VERBS = frozenset(map(base, word_set("words", "plain_verbs")))
# What almost happened did not happen, nor did what something else was done instead of.
_ALMOST = re.compile(
    r"\b(?:almost|nearly|narrowly missed|close to|(?:brink|verge) of|rather than|instead of)\s$",
    re.IGNORECASE,
)
# Behind one of these a verb tells what is to come.
_TO_COME = re.compile(
    r"(?:\b(?:will|shall|would|(?:is|are|was|were|be)\s(?:\w+ly\s)?(?:to|going\sto|due\sto|set\sto"
    r"|about\sto|expected\sto)|eventual|planned|proposed|possible|imminent|expected)|[’']ll)(?:\s(?:be|now|also|then|soon|\w+ly))*\s$",
    re.IGNORECASE,
)
_MONTH = "|".join(month[:3] for month in MONTHS)
_IN_PLACE = re.compile(rf"\b(?:in|at|to|from|into)\s(?:the\s)?(?!{_MONTH})(?P<place>[A-Z][\w-]+)")
_INSTEAD = re.compile(
    r"\b(?:rather\sthan|instead\sof)\s(?P<what>(?:[\w-]+\s?){1,5})", re.IGNORECASE
)
# What is halted is not to come.
_HALTED = re.compile(
    r"\b(?:halt|block|suspend|overturn|cancel|scrap|shelv|abandon|postpon|veto|revers|call|stop)"
    r"(?:l?ed|e|es|s|ing|p?ed|p?ing)?\s(?:off\s)?(?:(?:the|its|his|her|their|all|any|plans?|for|of|to|a)\s)*"
    r"(?:[\w-]+\s)?$",
    re.IGNORECASE,
)
_TURNS_DOWN = re.compile(
    r"\b(?:turn(?:s|ed|ing)?\sdown|snub(?:s|bed|bing)?|(?:pull|back|drop)(?:s|p?ed|p?ing)?\sout\sof"
    r"|miss(?:es|ed|ing)?\sout\son)\s(?P<what>(?:[\w-]+\s?){1,6})",
    re.IGNORECASE,
)
# What is out of control is not under control.
_OUT_OF = re.compile(r"\bout\sof\s(?P<state>\w+)", re.IGNORECASE)


def _read_happenings() -> dict[str, dict[int, int]]:
    """For the base of each word for what happens, on which side it is of which group."""
    found: dict[str, dict[int, int]] = {}
    for group, line in enumerate(word_file("words")["happenings"].strip().splitlines()):
        for side, words in enumerate(line.split("|")):
            for word in words.split():
                found.setdefault(base(word), {})[group] = side
    return found


_HAPPENINGS = _read_happenings()


class Statement(NamedTuple):
    """What a question asks about; `predicate` is the norm of its verb or adjective, or empty.

    `is_done` where it asks what has happened.
    """

    text: str
    predicate: str
    is_done: bool = False

    @property
    def behind(self) -> frozenset[str]:
        """The verb that its predicate stands behind where it is a noun: "make a bid"."""
        words = tokens(self.text)
        if not self.predicate or self.predicate != _light_object(words):
            return frozenset()
        return WITH_OBJECT.intersection([words[_light_verb(words) or 0].norm])


def statement_of(question: str) -> Statement:
    """What a yes-or-no question asks about, as a statement.

    A topic in brackets, which a follow-up carries along, is left out.

    >>> statement_of("Did Blunkett resign?"), statement_of("Is the bridge open? (floods)").text
    (Statement(text='Blunkett resign', predicate='resign', is_done=True), 'the bridge is open')
    """
    text = _TOPIC.sub("", question.strip()).rstrip("?!. ")
    match = _OPENS.match(text)
    if match is None:
        told = re.sub(r",\s*(?:right|correct|yes|no|\w+n['’]t\s\w+)$", "", text)
        return Statement(told, _participle(tokens(told)))
    verb, rest = match["verb"].casefold(), match["rest"]
    if verb in _DO:
        return Statement(rest, _base_verb(tokens(rest)), verb == "did")
    words = rest.split(" ")
    if verb in _MODALS and " be " not in rest:
        predicate = _base_verb(tokens(rest))
    else:
        predicate = _participle(tokens(rest)) or _adjective(words, _subject_length(words))
    subject = _words_before(rest, predicate) or _subject_length(words)
    said = " ".join([*words[:subject], verb, *words[subject:]])
    return Statement(said, predicate, verb in _DONE)


def _words_before(rest: str, predicate: str) -> int:
    """How many words stand before a predicate and its adverbs; 0 if that is not clear."""
    found = tokens(rest)
    at = next((i for i, word in enumerate(found) if i and word.norm == predicate), 0)
    if not at or predicate == _light_object(found):
        return 0
    while at > 1 and (found[at - 1].norm in _BEFORE_PREDICATE or found[at - 1].norm[-2:] == "ly"):
        at -= 1
    return len(rest[: found[at].start].split())


def _subject_length(words: Sequence[str]) -> int:
    """How many words the subject has: a run of capitalised words, or an article and its noun."""
    if words[0][:1].isupper():
        return next((i for i, word in enumerate(words) if not word[:1].isupper()), len(words))
    return min(2, len(words)) if words[0].casefold() in {"the", "a", "an", "his", "her"} else 1


def _base_verb(words: Sequence[Token]) -> str:
    """The word after a subject that is likeliest its verb, in its base form; "" if none is."""
    if (noun := _light_object(words)) is not None:
        return noun
    likely = list(_likely(words))
    for known in (_PLAIN_VERBS, _VERBS):
        for place in likely:
            if base(place.word.norm) in known and not is_plural(place.word.norm):
                return place.word.norm
    for word, before, after in likely:
        of_name = before.capital and not before.possessive
        complement = after is None or after.capital or after.norm in _AFTER_VERB
        if is_plural(word.norm):
            continue
        if of_name or complement or (after and after.norm.endswith("ly")):
            return word.norm
    return ""


def _light_object(words: Sequence[Token]) -> str | None:
    """The noun behind "make a" or "have a", which says what is asked; "" behind "make the".

    None where no such verb follows the subject.
    """
    at = _light_verb(words)
    if at is None or words[at].capital or at + 2 >= len(words):
        return None
    if words[at + 1].norm not in _DETERMINERS | _INDEFINITE:
        return None
    if words[at + 1].norm not in _INDEFINITE:
        return ""
    nouns = takewhile(
        lambda word: not word.capital and word.norm.isalpha() and word.norm not in STOP_WORDS,
        words[at + 2 :],
    )
    return next((word.norm for word in reversed(list(nouns))), "")


def _light_verb(words: Sequence[Token]) -> int | None:
    return next((i for i, word in enumerate(words) if i and word.norm in WITH_OBJECT), None)


def _participle(words: Sequence[Token]) -> str:
    """The first word after a subject that is a verb or the participle of one; "" if none is."""
    likely = [place.word.norm for place in _likely(words)]
    past = (word for word in likely if word.endswith("ed") or word in PAST_FORMS)
    return next(past, next((word for word in likely if base(word) in _VERBS), ""))


def _adjective(words: Sequence[str], subject: int) -> str:
    """The word right after a subject that is a name: "Is Jonny Tull fit …"."""
    if not words[0][:1].isupper() or subject >= len(words) or words[subject - 1].endswith("s"):
        return ""
    found = tokens(words[subject])
    is_content = found and found[0].norm not in STOP_WORDS and base(found[0].norm) not in _LIGHT
    return found[0].norm if is_content else ""


class _Place(NamedTuple):
    """A word that may be a verb, with its neighbours."""

    word: Token
    before: Token
    after: Token | None


def _likely(words: Sequence[Token]) -> Iterator[_Place]:
    for before, word, after in zip(words, words[1:], [*words[2:], None], strict=False):
        small = word.norm in STOP_WORDS or base(word.norm) in _LIGHT or not word.norm.isalpha()
        if not (word.capital or small or before.norm in _DETERMINERS):
            yield _Place(word, before, after)


def verdict_of(
    statement: Statement,
    sentence: str,
    *,
    above: Above = NOTHING,
    alike: Alike | None = None,
) -> Verdict:
    """Whether the sentence says the statement is so.

    :param above: what stands above it; what that names need not stand in the sentence again.
    :param alike: finds words of like meaning; without it the same word counts alone.

    >>> str(verdict_of(statement_of("Did Tull resign?"), "Tull did not resign."))
    'no'
    """
    if not terms(statement.text) or ASKS.search(sentence):
        return Verdict.UNCLEAR
    said = _settles(statement, sentence, above, alike)
    if said is None or _leaves_open(statement, sentence, said=said, alike=alike):
        return Verdict.UNCLEAR
    if is_of_others(statement, sentence, above, alike):
        is_reversed = said and _is_reversed(statement, sentence, above, alike)
        return Verdict.NO if is_reversed else Verdict.UNCLEAR
    if said and _lacks_name(statement, sentence, above):
        return Verdict.UNCLEAR
    if said and (other := _other_number(statement.text, sentence)) is not None:
        return Verdict.NO if other else Verdict.UNCLEAR
    return Verdict.YES if said is not is_negative(statement) else Verdict.NO


def _settles(statement: Statement, sentence: str, above: Above, alike: Alike | None) -> bool | None:
    """Whether a sentence says what the statement says or rules it out, whoever it says it of."""
    said = _says(statement, sentence, alike)
    share = _share(statement, sentence, "\n".join(above))
    if said is None and not statement.predicate and share > _SAYS_ALL:
        said = _says_all(statement, sentence)
    least = _SPEAKS if _light_object(tokens(statement.text)) is None else _SAYS_ALL
    if base(statement.predicate) in _WITH_VERB:  # who does not want one thing may want another
        is_same = any(base(word.norm) == base(statement.predicate) for word in tokens(sentence))
        least = _SPEAKS if said and is_same else _SAYS_ALL
    elif said is False:
        least = -1.0
    if share <= least:
        return None
    if not said or _lacks_scope(statement.text, sentence):
        return None if said else said
    if not _HALTED.search(statement.text) and _stands_behind(_HALTED, statement, sentence, alike):
        said = None if statement.is_done else False
    elif _DISMISSED.search(sentence):
        said = False if _FUTURE.search(statement.text) else None
    elif EXPECTED.search(sentence):
        said = False if denies(sentence) else None
    elif _denies(statement, sentence) or _is_turned_down(statement, sentence):
        said = False
    return False if said and _is_missed(statement, sentence, alike) else said


def _says(statement: Statement, sentence: str, alike: Alike | None) -> bool | None:
    """Whether a sentence says the predicate of a statement, or its change of the same thing."""
    is_of_change = not statement.predicate or base(statement.predicate) in _CHANGING
    change = opposed(statement.text, sentence) if is_of_change else None
    # What does not rise need not fall.
    if _NOT_RULED_OUT.search(sentence) or (change and denies(sentence)):
        return None
    if change is not None:
        return not change
    return _says_predicate(statement, sentence, alike) if statement.predicate else None


def _says_all(statement: Statement, sentence: str) -> bool | None:
    """Whether a sentence with the words of a statement denies none of them; None if others."""
    if not denies(sentence):
        return not _is_out_of(statement, sentence)
    plain = [word.norm for word in tokens(statement.text) if not word.capital]
    has_nouns = any(word not in STOP_WORDS for word in plain)
    return False if _denies(statement, sentence) or not has_nouns else None


def _is_out_of(statement: Statement, sentence: str) -> bool:
    """Whether a sentence has "out of" before a word of the statement: not under "control"."""
    mine, its = (
        {match["state"].casefold() for match in _OUT_OF.finditer(text)}
        for text in (statement.text, sentence)
    )
    others = {word.norm for word in tokens(statement.text)}
    return bool((its - mine) & others)


def _leaves_open(statement: Statement, sentence: str, *, said: bool, alike: Alike | None) -> bool:
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
    verbs = set(_words_for(statement, sentence, alike))
    last = max((word.start for word in tokens(sentence) if word.norm in verbs), default=None)
    return any(
        last is None or match.start() < last or match[0].casefold() not in _OPEN_MODALS
        for match in OPEN.finditer(sentence)
    )


def is_negative(statement: Statement) -> bool:
    """Whether a statement denies its predicate; "reject" as the predicate denies nothing.

    >>> [is_negative(statement_of(f"Did Tull {verb}?")) for verb in ("not resign", "refuse")]
    [True, False]
    """
    if statement.predicate:
        return says(statement.text, statement.predicate) is False
    return denies(statement.text)


def _is_intended(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether somebody wants to do what the statement says is done, or is told to do it."""
    if _FUTURE.search(statement.text):
        return False
    patterns = (_INTENDED,) if _TOLD_TO.search(statement.text) else (_INTENDED, _TOLD_TO)
    wanted = (match["done"] for pattern in patterns for match in pattern.finditer(sentence))
    return any(_says_predicate(statement, done, alike) is not None for done in wanted)


def _is_to_come(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether a sentence tells as what is to come what the statement tells as done."""
    is_done = statement.is_done and not _FUTURE.search(statement.text)
    return is_done and _stands_behind(_TO_COME, statement, sentence, alike)


def _is_missed(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether what the statement says almost happened, or something else instead."""
    is_asked = any(_ALMOST.search(f"{part} ") for part in statement.text.split())
    return not is_asked and _stands_behind(_ALMOST, statement, sentence, alike)


def _is_turned_down(statement: Statement, sentence: str) -> bool:
    """Whether somebody turns down what is named behind the predicate, or has another thing."""
    asked = _names_behind(statement)
    behind = set(terms(statement.text.partition(f" {statement.predicate} ")[2]))
    return any(
        not asked.isdisjoint(terms(match["what"])) for match in _TURNS_DOWN.finditer(sentence)
    ) or any(
        behind and behind <= set(terms(match["what"])) for match in _INSTEAD.finditer(sentence)
    )


def _names_behind(statement: Statement) -> set[str]:
    """The stems of the names behind the predicate of a statement."""
    words = tokens(statement.text)
    at = next((i for i, word in enumerate(words) if word.norm == statement.predicate), len(words))
    return {stem(word.norm) for word in words[at + 1 :] if word.capital} - STOP_WORDS


def _stands_behind(
    pattern: re.Pattern[str], statement: Statement, sentence: str, alike: Alike | None
) -> bool:
    """Whether each word of a sentence for the predicate has this right before it."""
    verbs = set(_words_for(statement, sentence, alike))
    places = [word.start for word in tokens(sentence) if word.norm in verbs]
    return bool(places) and all(pattern.search(sentence[:start]) for start in places)


def _is_claimed(statement: Statement, sentence: str, alike: Alike | None) -> bool:
    """Whether somebody claims what the statement says, or says that he did not do it.

    Of what is to come, a denial tells as much as a promise.
    """
    if _CLAIMING.search(statement.text):
        return False
    verbs = [statement.predicate, *_words_for(statement, sentence, alike)]
    for quoted in _QUOTED.finditer(sentence):
        told = any(says(quoted["said"], verb) is not None for verb in verbs if verb)
        if told and not _FIRST_PERSON.search(quoted["said"]):
            return True
    for claim in _CLAIMING.finditer(sentence):
        if claim[0][:3].casefold() == "den" and _FUTURE.search(statement.text):
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


def _lacks_scope(statement: str, sentence: str) -> bool:
    """Whether a statement is on all, both or only some, and a sentence has no word for that."""
    asked, told = (
        {word.norm for word in tokens(_ALTOGETHER.sub("", text))} for text in (statement, sentence)
    )
    return any(asked & scope and not told & scope for scope in _SCOPES)


def _is_reversed(statement: Statement, sentence: str, above: Above, alike: Alike | None) -> bool:
    """Whether the other side of a contest won: "Did Dell beat Skarn?", "Skarn beat Dell"."""
    predicate, words = base(statement.predicate), tokens(statement.text)
    at = next((i for i, word in enumerate(words) if word.norm == statement.predicate), 0)
    mine = statement.text[: words[at].start]
    behind = next((name for name in names(statement.text) if name.start > words[at].end), None)
    if mine and predicate == base("win"):
        turned = Statement(f"{mine}was beaten", "beaten")
    elif mine and predicate in _CONTESTS and behind is not None:
        winner = statement.text[behind.start : behind.end]
        turned = Statement(f"{winner} {statement.predicate} {mine}", statement.predicate)
    else:
        return False
    says_so = _says_predicate(turned, sentence, alike)
    return says_so is True and not is_of_others(turned, sentence, above, alike)


def is_of_others(
    statement: Statement,
    sentence: str,
    above: Above = NOTHING,
    alike: Alike | None = None,
) -> bool:
    """Whether the sentence says the predicate of somebody else than the statement does."""
    if not statement.predicate:
        return False
    # Who made a bid is the subject of "made".
    made = [word.norm for word in tokens(sentence) if base(word.norm) in statement.behind]
    predicate = next(iter(statement.behind)) if made else statement.predicate
    verbs = made or _words_for(statement, sentence, alike)
    return is_said_of_others(statement.text, predicate, sentence, verbs=verbs, above=above)


def _denies(statement: Statement, sentence: str) -> bool:
    """Whether the sentence denies a word that the statement does not deny, names left out."""
    words = [word.norm for word in tokens(statement.text) if not word.capital]
    asked = [word for word in words if word not in STOP_WORDS]
    if _takes_as_given(statement, sentence):
        asked = [word for word in asked if word != statement.predicate]
    return denies(sentence) and any(
        says(sentence, word) is False and says(statement.text, word) is not False for word in asked
    )


def _says_predicate(statement: Statement, sentence: str, alike: Alike | None) -> bool | None:
    """Whether the sentence says the predicate or denies it; None if it has no word for it."""
    if says(sentence, statement.predicate) is not None:
        said = says(sentence, statement.predicate, behind=statement.behind)
        return True if _takes_as_given(statement, sentence) else said
    found = [
        says(sentence, word) is not (_is_like(statement.predicate, word) is False)
        for word in _words_for(statement, sentence, alike)
    ]
    return all(found) if found else None


def _takes_as_given(statement: Statement, sentence: str) -> bool:
    """Whether the noun of the predicate stands behind what is denied: "no word on her arrest"."""
    words = tokens(sentence)
    return any(
        base(word.norm) == base(statement.predicate)
        and before.norm in _OWNERS
        and at.norm in _GIVEN_BEHIND
        and first.norm not in _NOT_GIVEN
        and word.attached
        for first, at, before, word in zip(words, words[1:], words[2:], words[3:], strict=False)
    )


def _words_for(statement: Statement, sentence: str, alike: Alike | None) -> Sequence[str]:
    """The words of a sentence for the predicate or its opposite, or else those of like meaning."""
    words = [word.norm for word in tokens(sentence)]
    found = [word for word in words if says(word, statement.predicate) is not None]
    if found or not statement.predicate:
        return found
    known = [word for word in words if _is_like(statement.predicate, word) is not None]
    if known or alike is None:
        return known
    return alike(statement.predicate, _verbs_of(statement, sentence), _ALIKE)


def _is_like(predicate: str, word: str) -> bool | None:
    """Whether a word means that what a predicate tells happened, or rules that out."""
    mine, its = (_HAPPENINGS.get(base(norm), {}) for norm in (predicate, word))
    sides = {mine[group] == its[group] for group in mine.keys() & its.keys() if not mine[group]}
    if word == f"un{predicate}":
        return False
    return None if len(sides) != 1 else sides.pop()


def _verbs_of(statement: Statement, sentence: str) -> list[str]:
    """The words of a sentence that may mean what the predicate means.

    The other words of the statement are none: "contract" says nothing of whether it was signed.
    """
    predicate, words = statement.predicate, tokens(sentence)
    others = {base(word.norm) for word in tokens(statement.text)}
    return [
        word.norm
        for i, word in enumerate(words)
        if word.norm.isalpha()
        and word.norm not in STOP_WORDS
        and may_be_verb(words, i)
        and base(word.norm) not in _LIGHT | others
        and base(word.norm) != f"{base(predicate)}er"  # the builder has not built yet
    ]


def _share(statement: Statement, sentence: str, above: str) -> float:
    """The share of the statement's words that a sentence has, its predicate and numbers left out.

    A name may stand above it instead, or in another form: "Ms Tull" is Agnes Tull; and "made" says
    the "make" of "make a bid". 1 for a statement that has no others.
    """
    asked = set(terms(statement.text)) - set(terms(statement.predicate)) - _TITLES
    asked -= {stem(number.text) for number in numbers(statement.text)}
    capital = {stem(word.norm) for word in tokens(statement.text) if word.capital}
    verbs = statement.behind.intersection(base(word.norm) for word in tokens(sentence))
    have = set(terms(sentence)) | (capital & set(terms(above))) | set(map(stem, verbs))
    have |= told_names(statement.text, sentence)
    return len(asked & have) / len(asked) if asked else 1.0


def _lacks_name(statement: Statement, sentence: str, above: Above) -> bool:
    """Whether a name behind the predicate is told neither by a sentence nor above it.

    Where a sentence has another name, that may stand in its place.
    """
    missing = _names_behind(statement) - told_names(statement.text, sentence)
    missing -= set(terms(sentence))
    places = {stem(match["place"]) for match in _IN_PLACE.finditer(statement.text)}
    if missing & places and _IN_PLACE.search(sentence):
        return True
    missing -= set(terms(above.title))
    known = set(terms(f"{statement.text}\n{above.title}"))
    others = set(terms(" ".join(bare_names(sentence)))) - known
    return not missing <= (set() if others else set(terms(above.lead)))


def _other_number(statement: str, sentence: str) -> bool | None:
    """Whether the sentence has another number where the statement has one that it lacks.

    None if it has all numbers of the statement, years left out.
    """
    if _numbered(statement) - _numbered(sentence):
        return False
    theirs = {value for number in numbers(sentence) for value in number.values}
    for number in numbers(statement):
        value = number.values[0]
        is_year = not value.kind and 1000 <= value.amount <= 2100
        if not is_year and theirs.isdisjoint(number.values):
            if _BOUND.search(statement):
                return False
            return bool(value.kind) and any(other.kind == value.kind for other in theirs)
    return None


def _numbered(text: str) -> set[tuple[str, Fraction]]:
    """The words of a text that have a number of their own: "game seven", "Chapter 5"."""
    words = tokens(text)
    return {
        (before.norm, number.values[0].amount)
        for number in numbers(text)
        if number.first_token and words[number.first_token].attached and not number.values[0].kind
        if (before := words[number.first_token - 1]).norm.isalpha()
        and before.norm not in STOP_WORDS
        and not may_be_verb(words, number.first_token - 1)
    }
