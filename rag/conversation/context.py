"""What a conversation has spoken of: who he or she may be, what `it`, where `there`, and what the last question was about.

In go turns; out come words for what a follow-up leaves out, or None. It knows no rule of when they are wanted, and no article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.text.mentions import (
    AUX,
    CAPITALISED,
    PEOPLE,
    PREPOSITIONS,
    PRONOUN,
    WH,
    full_name,
    is_person,
    is_plural,
    names,
    personal,
    phrases,
    pronoun_of,
)
from rag.text.terms import terms

if TYPE_CHECKING:
    from rag.conversation.rewrite import Turn

MAX_CHARS = 400
_TEXT_CHARS = 500
_TEXTS = 3
_TITLE_CHARS = 200
_TOPIC_CHARS = 160

BRACKETED = re.compile(r"\(([^()]*)\)$")
_OPENING = re.compile(
    rf"^(?:(?:and|but|so)\s)?(?:(?:{PREPOSITIONS})\s)?(?:(?:{WH})\b(?:\s(?:many|much|long|high|far|often|old|big|large|tall|deep|fast|soon)\b)?\s?)?"
    rf"(?:(?:{AUX}|['’]s)\b\s?)?(?:not\s)?",
    re.IGNORECASE,
)
PLACED = re.compile(
    rf"\b(?:in|at|near|on|off|around|outside|under)\s(?:the\s)?(?:[a-z]+\s(?:of|in)\s)?(?P<name>{CAPITALISED})"
)


_GROUP = re.compile(
    rf"\b(?:the\s(?P<kind>[\w’'-]+\s)??|[Hh]ow\smany\s|[Ww]hich\s|[Ww]hat\s|did\s|do\s|were\s|are\s|have\s|(?:{PREPOSITIONS})\s)"
    rf"(?P<noun>{'|'.join(PEOPLE)}|[a-z]+s)(?![\w’'-])(?P<of>\sof\s{CAPITALISED})?"
)
INVERTED = re.compile(
    rf"^(?P<wh>(?:(?:{PREPOSITIONS})\s)?(?:(?:how\s(?:many|much)|which|what)\s(?P<noun>(?!(?:{AUX})\b)[\w’'-]+(?:\s(?!(?:{AUX})\b)[\w’'-]+)?)|how(?:\s\w+)?|{WH}))"
    rf"\s(?P<aux>{AUX})\s(?P<rest>.+?)\s*\?*$",
    re.IGNORECASE,
)


class Scene:
    """The last turns, ready to be asked who and what they spoke of."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = [_bounded(turn) for turn in turns]
        self.last = " ".join(self.turns[-1].question.split())
        self.texts = [
            text for turn in self.turns for text in (*turn.answered, *turn.titles, turn.question)
        ]
        self.told = "\n".join(self.texts)
        self.answered = "\n".join(
            text for turn in self.turns for text in (*turn.answered, *turn.titles)
        )
        self.known = {
            term
            for turn in self.turns[-2:]
            for text in (turn.question, *turn.answered, *turn.titles)
            for term in terms(text)
        }
        self.names = [name for text in self.texts for name in names(text, self.told)]
        self.name_words = {
            word.casefold() for name in self.names for word in name.split() if len(word) > 3
        }

    def persons(self) -> Iterator[str]:
        """Persons, likeliest first: those of the last turn's question, unless it asked who, before those of its answer."""
        for turn in reversed(self.turns):
            asked, short = reversed(self._in(turn.question)), self._in(*turn.short[:1])
            first = (
                [*short, *asked]
                if re.search(r"\b[Ww]ho(?:m|se)?\b|\b[Ww]hich\b", turn.question)
                else [*asked, *short]
            )
            named = [*first, *self._in(*turn.answered), *self._in(*turn.titles)]
            # A name that nothing is known of stands after those that are known for persons.
            for name in sorted(
                (name for name in named if personal(name, self.told) >= 0),
                key=lambda name: not is_person(name, self.told),
            ):
                yield full_name(name, self.names)

    def _in(self, *texts: str) -> list[str]:
        return [name for text in texts for name in names(text, self.told)]

    def person(self, pronoun: str, taken: str) -> str | None:
        """Whom he, she or they may be; not somebody whom the question names itself."""
        found = [
            name for name in dict.fromkeys(self.persons()) if name.rpartition(" ")[2] not in taken
        ]
        fitting = [
            name for name in found if pronoun == "they" or self._pronoun(name) in (None, pronoun)
        ]
        return min(fitting, key=lambda name: self._pronoun(name) is None, default=None)

    def _pronoun(self, name: str) -> str | None:
        """`he` or `she`: as an article says, or as the person who asks has called them."""
        for turn in self.turns:
            last = name.rpartition(" ")[2]
            if (
                last in turn.question
                and last not in turn.typed
                and (said := PRONOUN.search(turn.typed))
            ):
                return "he" if said["he"] else "she"
        return pronoun_of(name, self.texts)

    def thing(self) -> str | None:
        """What `it` may be: the first phrase or name of the last question that is no person, otherwise its short answer."""
        last = without_topic(self.last)
        placed = {match["name"] for match in PLACED.finditer(last)}
        found = [
            phrase
            for phrase in phrases(last, self.answered)
            if phrase not in placed and not self._is_person(phrase)
        ]
        definite = [phrase for phrase in found if not re.match(r"(?i)an?\s", phrase)]
        made_definite = [re.sub(r"^(?i:an?)\s", "the ", phrase) for phrase in found]
        short = [
            name for name in self._in(*self.turns[-1].short[:1]) if not is_person(name, self.told)
        ]
        return next(iter([*definite[:1], *made_definite, *short]), None)

    def _is_person(self, phrase: str) -> bool:
        return not re.match(r"[Tt]he\s|[Aa]n?\s|.*[’']s\s", phrase) and is_person(phrase, self.told)

    def group(self) -> str | None:
        """Who `they` may be: people in the plural, or an organisation, of the last question."""
        last = without_topic(self.last)
        for match in _GROUP.finditer(last):
            if match["noun"] in PEOPLE or is_plural(match["noun"]):
                return f"the {match['kind'] or ''}{match['noun']}{match['of'] or ''}"
        placed = {match["name"] for match in PLACED.finditer(last)}
        found = [
            name
            for name in names(last, self.told)
            if name not in placed and not is_person(name, self.told)
        ]
        return next(
            (
                f"the {name}" if is_plural(name.casefold()) and " " not in name else name
                for name in found
            ),
            None,
        )

    def place(self) -> str | None:
        """Where `there` may be, with its preposition: where the last answer said, if that was asked, or as the last question put it."""
        if re.match(r"(?i)(?:\w+ )?(?:where|which|what)\b", self.last) and self.turns[-1].short:
            short = re.escape(self.turns[-1].short[0])
            if match := re.search(
                rf"\b(?:in|at|to|near|on)\s(?:the\s)?{short}", "\n".join(self.turns[-1].answered)
            ):
                return re.sub(r"^to\b", "at", match.group())
        match = next(iter(PLACED.finditer(self.last)), None)
        return match.group() if match and not is_person(match["name"], self.told) else None

    def topic(self) -> str:
        """What the last question was about, without its question words."""
        bracketed = BRACKETED.search(self.last)
        inverted = INVERTED.match(self.last)
        noun = f"{inverted['noun']} {inverted['rest']}" if inverted and inverted["noun"] else None
        bare = (
            bracketed.group(1)
            if bracketed
            else noun or _OPENING.sub("", self.last, count=1).strip(" ?!.,")
        )
        bare = re.sub(r"[()]", " ", bare if terms(bare) else self.last)
        return " ".join(_shortened(bare, _TOPIC_CHARS).split()).strip(" ?!.,")


def without_topic(question: str) -> str:
    """A question without the context that stands in brackets after it."""
    return BRACKETED.sub("", question).strip() or question


def _bounded(turn: Turn) -> Turn:
    """What a page has kept may be of any length."""
    return replace(
        turn,
        question=turn.question[:MAX_CHARS],
        answered=tuple(text[:_TEXT_CHARS] for text in turn.answered[:_TEXTS]),
        short=tuple(text[:_TITLE_CHARS] for text in turn.short[:_TEXTS]),
        titles=tuple(text[:_TITLE_CHARS] for text in turn.titles[:_TEXTS]),
        typed=turn.typed[:MAX_CHARS],
    )


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]
