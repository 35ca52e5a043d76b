"""What the last turns of a conversation spoke of: whom "he" may mean, what "it", where "there"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rag.conversation.turn import Turn
from rag.text.names import PLACE_OF, TITLES, bare_names
from rag.text.persons import PRONOUN, full_name, person_score, pronoun_of
from rag.text.phrases import (
    AUXILIARIES,
    CAPITALISED,
    PEOPLE,
    PREPOSITIONS,
    QUESTION_WORDS,
    is_plural,
    phrases,
)
from rag.text.terms import terms
from rag.text.word_lists import word_set

# Longer questions, in characters, are not rewritten, and none becomes longer.
MAX_QUESTION = 400
_MAX_TEXT = 500
_MAX_TITLE = 200
# "The latest on the mill" is about the mill.
_LATEST_ON = re.compile(
    r"^(?:the |any |some )?(?:(?:latest|newest|most recent)(?: news| updates?)?|news|updates?)"
    r" (?:on|about|with|from|regarding) (?=\S)",
    re.IGNORECASE,
)
_MAX_TOPIC = 160
_MOST_TEXTS = 3
_ADDRESS = "(?:Mr|Mrs|Ms|Miss|Sir|Dame|Lord|Lady)"
_OFFICES = TITLES | word_set("names", "roles") | {"executive", "founder", "owner"}

BRACKETED = re.compile(r"\(([^()]*)\)$")
INVERTED = re.compile(
    rf"^(?P<wh>(?:(?:{PREPOSITIONS})\s)?(?:(?:how\s(?:many|much)|which|what)"
    rf"\s(?P<noun>(?!(?:{AUXILIARIES})\b)[\w’'-]+(?:\s(?!(?:{AUXILIARIES})\b)[\w’'-]+)?)"
    rf"|how(?:\s\w+)?|{QUESTION_WORDS}))"
    rf"\s(?P<aux>{AUXILIARIES})\s(?P<rest>.+?)\s*\?*$",
    re.IGNORECASE,
)
PLACED = re.compile(
    r"\b(?:in|at|near|on|off|around|outside|under)\s(?:the\s)?(?:[a-z]+\s(?:of|in)\s)?"
    rf"(?P<name>{CAPITALISED})"
)
_OPENING = re.compile(
    rf"^(?:(?:and|but|so)\s)?(?:(?:{PREPOSITIONS})\s)?(?:(?:{QUESTION_WORDS})\b"
    r"(?:\s(?:many|much|long|high|far|often|old|big|large|tall|deep|fast|soon)\b)?\s?)?"
    rf"(?:(?:{AUXILIARIES}|['’]s)\b\s?)?(?:not\s)?",
    re.IGNORECASE,
)
_JOINS = re.compile(rf"\s(?:{PREPOSITIONS}|and|or)\s", re.IGNORECASE)
_GROUP = re.compile(
    r"\b(?:the\s(?P<kind>[\w’'-]+\s)??|(?i:how\smany|which|what|did|do|were|are)\s"
    rf"|have\s|(?:{PREPOSITIONS})\s)(?P<name>{CAPITALISED}\s)?"
    rf"(?P<noun>{'|'.join(PEOPLE)}|[a-z]+s)(?![\w’'-])(?P<of>\sof\s{CAPITALISED})?"
)
_ASKS_WHO = re.compile(
    r"\bwho(?:m|se)?\b|^(?:which|what)\s(?:[\w-]+\s){0,2}?(?:(?:wo)?man|person|[a-z]{3,}"
    r"(?:er|or|ist|ian|man|ant|ess))\b",
    re.IGNORECASE,
)
# "Who was Nora Bell?" names the person itself.
_NAMES_WHOM = re.compile(rf"^[Ww]ho(?:['’]s|\s(?:is|was))\s(?P<name>{CAPITALISED})\W*$")
# "Who is the head of Skarn Line?" describes the person for whom it asks.
_NAMES_ROLE = re.compile(r"^[Ww]ho(?:['’]s|\s(?:is|was))\s(?P<role>the\s[^,;?]+?)\W*$")
_ROLE_OF = re.compile(rf"\bthe\s(?:[a-z-]+\s)?[a-z]+\sof\s(?:the\s)?{CAPITALISED}")
_ASKS_WHICH = re.compile(rf"(?:which|what)\s(?!(?:{AUXILIARIES})\b)\w", re.IGNORECASE)
_ASKS_WHERE = re.compile(r"(?:\w+ )?(?:where|which|what)\b", re.IGNORECASE)


class TurnContext:
    """The last turns, oldest first, and the names and words in them; at least one turn."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = [_bounded(turn) for turn in turns]
        self._last = self._turns[-1]
        self._texts = [
            text for turn in self._turns for text in (*turn.answered, *turn.titles, turn.question)
        ]
        self.last = " ".join(self._last.question.split())
        self.text = "\n".join(self._texts)
        self.answered = "\n".join(
            text for turn in self._turns for text in (*turn.answered, *turn.titles)
        )
        self.known_terms = {
            term
            for turn in self._turns[-2:]
            for text in (turn.question, *turn.answered, *turn.titles)
            for term in terms(text)
        }
        self.names = self.names_in(*self._texts)

    def names_in(self, *texts: str) -> list[str]:
        """The names of these texts, given all that the turns have said."""
        return [name for text in texts for name in bare_names(text, self.text)]

    def is_person(self, name: str) -> bool:
        """Whether a name is likelier a person's than a place's or a thing's."""
        surname = re.escape(name.rpartition(" ")[2])
        addressed = re.search(rf"\b{_ADDRESS}\.? (?:\w+ )?{surname}\b", self.text)
        return person_score(name, self.text) > 0 or addressed is not None

    def person(self, pronoun: str, question: str) -> str | None:
        """Whom "he", "she" or "they" may mean; nobody whom the question names itself, and nobody
        where the last question names two whom it fits.
        """
        fitting = self._fitting(pronoun, question, self._persons())
        if pronoun != "they":
            if (asked_for := self._asked_for()) in fitting:
                return asked_for
            if described := self._described():
                return described
            if len(self.rivals(pronoun, question)) > 1:
                return None
        return min(fitting, key=lambda name: self._pronoun_of(name) is None, default=None)

    def rivals(self, pronoun: str, question: str) -> list[str]:
        """The persons of the last question whom a pronoun fits equally well."""
        asked = [full_name(name, self.names) for name in self.names_in(self._last.question)]
        fitting = self._fitting(pronoun, question, filter(self.is_person, asked))
        known = [name for name in fitting if self._pronoun_of(name) is not None]
        return known or fitting

    def _fitting(self, pronoun: str, question: str, persons: Iterable[str]) -> list[str]:
        return [
            name
            for name in dict.fromkeys(persons)
            if name.rpartition(" ")[2] not in question
            and (pronoun == "they" or self._pronoun_of(name) in (None, pronoun))
        ]

    def _asked_for(self) -> str | None:
        """The person for whom the last question asked, unless somebody else was called "he"."""
        question = self._last.question
        if not _asks_who(question) or any(PRONOUN.search(turn.typed) for turn in self._turns):
            return None
        short = self.names_in(*self._last.short[:1])
        persons = [name for name in short if person_score(name, self.text) > 0]
        return full_name(persons[-1], self.names) if persons else None

    def _described(self) -> str | None:
        """The person whom the last question describes: "the head of Skarn Line"."""
        asked = _NAMES_ROLE.match(self.last)
        if asked is None and any(map(self.is_person, self.names_in(self.last))):
            return None
        told = _ROLE_OF.findall(self.last) if asked is None else [asked["role"]]
        roles = [role for role in told if not _OFFICES.isdisjoint(role.split())]
        return roles[0] if len(roles) == 1 else None

    def _persons(self) -> Iterator[str]:
        """The persons of the turns, likeliest first.

        Those of a question come before those of its answer, unless it asked who. Of the others that
        its sentences name, those count whom a text calls "he" or "she", or the only one.
        """
        for turn in reversed(self._turns):
            asked = self.names_in(turn.question)[::-1]
            short = self.names_in(*turn.short[:1])[::-1]
            first = [*short, *asked] if _asks_who(turn.question) else [*asked, *short]
            told = self.names_in(*turn.answered, *turn.titles)
            persons = {full_name(name, self.names) for name in told if self.is_person(name)}
            named = [
                *first,
                *(name for name in told if len(persons) == 1 or self._pronoun_of(name) is not None),
            ]
            possible = [
                name for name in named if person_score(name, self.text) >= 0 or self.is_person(name)
            ]
            # A name that may be anything stands after those that are known for persons.
            for name in sorted(possible, key=lambda name: not self.is_person(name)):
                yield full_name(name, self.names)

    def _pronoun_of(self, name: str) -> str | None:
        """ "he" or "she", as the person who asks has called somebody, or as a text says."""
        last = name.rpartition(" ")[2]
        for turn in self._turns:
            typed = PRONOUN.search(turn.typed) if last not in turn.typed else None
            if typed and last in turn.question:
                return "he" if typed["he"] else "she"
        return pronoun_of(name, self._texts)

    def thing(self, asked: str) -> str | None:
        """What "it" may mean in the question `asked`: a phrase or name of the last question that
        is no person and no place, otherwise its short answer.

        Nothing where both questions have a name: "it" may be what lies between that one and the
        other name of the last question.
        """
        question = without_topic(self.last)
        placed = {match["name"] for match in PLACED.finditer(question)}
        found = [
            phrase
            for phrase in phrases(question, self.answered)
            if phrase not in placed
            and (
                re.match(r"(?:the|an?)\s|.*[’']s\s", phrase, re.IGNORECASE)
                or not self.is_person(phrase)
            )
        ]
        found = [
            self._belongs_to(phrase) for phrase in found if not _is_adjective(phrase, question)
        ]
        indefinite = re.compile(r"^an?\s", re.IGNORECASE)
        definite = [phrase for phrase in found if not indefinite.match(phrase)]
        of_thing = _ASKS_WHICH.match(question) and not _ASKS_WHO.search(question)
        short = [
            name
            for name in self.names_in(*self._last.short[:1])
            if of_thing or not self.is_person(name)
        ]
        likeliest = [*definite[:1], *(indefinite.sub("the ", phrase) for phrase in found), *short]
        likeliest = [phrase for phrase in likeliest if not _owns(phrase, question)] or likeliest
        is_sure = set(self.names_in(question)).isdisjoint(self.names_in(asked))
        certain = [phrase for phrase in likeliest if is_sure or phrase[:1].islower()]
        return next(iter(certain), None)

    @staticmethod
    def _belongs_to(phrase: str) -> str:
        """`the head of Skarn Line` as Skarn Line: a person's office is not what "it" means."""
        office, of, name = phrase.partition(" of ")
        return name if of and _OFFICES.intersection(office.casefold().split()) else phrase

    def group(self) -> str | None:
        """Whom "they" may mean: people in the plural, or an organisation, of the last question."""
        question = without_topic(self.last)
        for match in _GROUP.finditer(question):
            if match["noun"] in PEOPLE or is_plural(match["noun"]):
                kind, of = match["kind"] or "", match["of"] or ""
                return f"the {kind}{match['name'] or ''}{match['noun']}{of}"
        placed = {match["name"] for match in PLACED.finditer(question)}
        for name in self.names_in(question):
            if name not in placed and not self.is_person(name):
                return f"the {name}" if is_plural(name.casefold()) and " " not in name else name
        return None

    def place(self) -> str | None:
        """Where "there" may be, with its preposition: as the last answer says, if its question
        asked for a place, otherwise as the question says.
        """
        if _ASKS_WHERE.match(self.last) and self._last.short:
            short = rf"\b(?:in|at|to|near|on)\s(?:the\s)?{re.escape(self._last.short[0])}"
            if match := re.search(short, "\n".join(self._last.answered)):
                return re.sub(r"^to\b", "at", match.group())
        match = PLACED.search(self.last)
        return match.group() if match and not self.is_person(match["name"]) else None

    def scene(self) -> str:
        """The phrases and names of the last question, without what it says of them; may be empty.

        A question with a verb of its own needs the scene alone: "And who won?". Where the last one
        asked which of several, that belongs to the scene too, and the whole topic is better.
        """
        question = without_topic(self.last)
        if _ASKS_WHICH.match(question):
            return ""
        spans: list[tuple[int, int]] = []
        for phrase in phrases(question, self.answered):
            start = question.find(phrase)
            end = start + len(phrase)
            between = question[spans[-1][1] : start] if spans else ""
            if spans and (start < spans[-1][1] or _JOINS.fullmatch(between)):
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return ", ".join(question[start:end] for start, end in spans)

    def topic(self) -> str:
        """What the last question was about, without its question words."""
        if bracketed := BRACKETED.search(self.last):
            topic = bracketed.group(1)
        elif (inverted := INVERTED.match(self.last)) and inverted["noun"]:
            topic = f"{inverted['noun']} {inverted['rest']}"
        else:
            topic = _OPENING.sub("", self.last, count=1).strip(" ?!.,")
        topic = _LATEST_ON.sub("", topic)
        topic = re.sub(r"[()]", " ", topic if terms(topic) else self.last)
        if len(topic) > _MAX_TOPIC:
            topic = topic[:_MAX_TOPIC].rpartition(" ")[0] or topic[:_MAX_TOPIC]
        return " ".join(topic.split()).strip(" ?!.,")


def _asks_who(question: str) -> bool:
    """Whether a question asks for a person, and does not name that person itself."""
    named = _NAMES_WHOM.match(question)
    names_whom = named and not set(named["name"].casefold().split()) <= _OFFICES | word_set(
        "names", "offices"
    )
    return bool(_ASKS_WHO.search(question)) and not names_whom


def _owns(name: str, question: str) -> bool:
    """Whether a name is the owner of another: "Skarn" in "Skarn's Heron"."""
    return re.search(rf"\b{re.escape(name)}[’']s\s[A-Z]", question) is not None


def _is_adjective(name: str, question: str) -> bool:
    """Whether a name only says which kind is meant: "which Tarn club", "the German club"."""
    word = name.casefold()
    of_place = word in PLACE_OF and PLACE_OF[word] != word
    before = r"\b" if of_place else r"^(?:[Ww]hich|[Ww]hat)\s"
    return re.search(rf"{before}{re.escape(name)}\s[a-z]", question) is not None


def without_topic(question: str) -> str:
    """A question without the topic that stands in brackets after it."""
    return BRACKETED.sub("", question).strip() or question


def _bounded(turn: Turn) -> Turn:
    """The turn with texts of limited number and length: a page may have kept anything."""
    return replace(
        turn,
        question=turn.question[:MAX_QUESTION],
        answered=tuple(text[:_MAX_TEXT] for text in turn.answered[:_MOST_TEXTS]),
        short=tuple(text[:_MAX_TITLE] for text in turn.short[:_MOST_TEXTS]),
        titles=tuple(text[:_MAX_TITLE] for text in turn.titles[:_MOST_TEXTS]),
        typed=turn.typed[:MAX_QUESTION],
    )
