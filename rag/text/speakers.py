"""Tells who says each sentence of an article: direct speech, and what is reported with "said".

Speech goes on over several sentences: what stands between quotation marks belongs to the person
named with it, before or after, and "he added" to the one who spoke last. Where a pronoun may mean
two people, nobody is named. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.model import Sentence
from rag.text.names import TITLES, Name, bare_names, names
from rag.text.person_roles import (
    Role,
    house_words,
    may_be_office,
    role_of,
    without_titles,
    words_before,
)
from rag.text.persons import person_score, pronoun_of
from rag.text.terms import STOP_WORDS
from rag.text.tokens import Token, base, normalized, tokens
from rag.text.word_lists import word_set

_SAYING = frozenset(map(base, word_set("words", "saying")))
_BE = frozenset("was were is are been being be".split())
_BETWEEN = frozenset("has have had also then later once would did still again since ever".split())
# "The head of the port of Dell": so many additions may stand behind a noun.
_MOST_BEHIND = 5
_PRONOUNS = frozenset({"he", "she"})
_OPENS = re.compile(r"[“]|(?<![\w.,!?…])\"(?=[\w$£€‘'\[(.…])")
_CLOSES = re.compile(r"[”]|\"")
# Single quotation marks count around whole speech only: they look like apostrophes.
_SINGLE = re.compile(
    r"(?<![\w.,])'(?=[A-Z])(?P<said>[^'\n]{0,1000}(?:'\w[^'\n]{0,200}){0,20}[,.?!])'(?!\w)"
)
# What is quoted was blanked out before.
_COLON_AND_QUOTATION = re.compile(r":\s{3,}")
_BEFORE_SPEECH = re.compile(r"[:,]\s{3,}")
_MOST_OF_NAME = 5
_CONJUNCTIONS = frozenset({"and", "but"})
_BEFORE_TIME = frozenset("on in at yesterday today".split())
_DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
# ", as Tull claims" adds that another says so, too.
_LINKS = frozenset("as who that because while although if when".split())
_PREPOSITIONS = frozenset("of for in at from on about".split())
_OWNER = frozenset("of for".split())
_ARTICLES = frozenset("the a an his her their its".split())
# "… which Tull says they have" tells what somebody else says of Tull.
_RELATIVES = frozenset("which what whom whose".split())


class Speaker(NamedTuple):
    """Who says a sentence: a name as the article has it, or "the director", or a pronoun.

    `of` are the words before a role: "Dell", "Post" of "the Dell Post director".
    """

    name: str
    of: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The last word in lower case: all forms of one person's name share it."""
        return tokens(self.name)[-1].norm

    @property
    def is_pronoun(self) -> bool:
        return self.name in _PRONOUNS

    @property
    def is_role(self) -> bool:
        """Whether it is a word such as "the director", and no name."""
        return self.name.islower() and not self.is_pronoun

    @property
    def role(self) -> Role:
        """The role of one who is no name."""
        return role_of(self.key, self.of)


# Whoever spoke last, where a verb of saying has no subject.
_SAME = Speaker("same")


class _Voice(NamedTuple):
    """A sentence in parts: who is named as its speaker, what is quoted, what the rest says.

    `narration` is the text with all that is quoted blanked out, at the same offsets.
    `begins_inside` and `ends_inside`: whether a quotation is open at that end.
    """

    speaker: Speaker | None
    narration: str
    has_quotation: bool
    begins_inside: bool
    ends_inside: bool

    @property
    def is_pure_quotation(self) -> bool:
        return self.has_quotation and not re.search(r"\w", self.narration)


def speakers(text: str, sentences: Sequence[Sentence]) -> tuple[Speaker | None, ...]:
    """Who says each sentence; None where nobody does, or it is not certain."""
    voices = list(_voices(text, sentences))
    found: list[Speaker | None] = []
    current: Speaker | None = None
    named: list[str] = []
    for i, voice in enumerate(voices):
        speaker = current if voice.speaker == _SAME else voice.speaker
        if speaker is None and voice.has_quotation:
            speaker = _of_quotation(voices, i) or (current if voice.is_pure_quotation else None)
        if speaker is not None and speaker.is_pronoun:
            speaker = _referent(speaker, current, named, text)
        if speaker is not None:
            current, named = speaker, []
        else:
            named += _persons(voice.narration, text)
            current = current if voice.is_pure_quotation or not named else None
        found.append(speaker)
    return tuple(found)


def _of_quotation(voices: Sequence[_Voice], i: int) -> Speaker | None:
    """Who is named with the quotation that goes on into the next sentences."""
    for before, voice in zip(voices[i:], voices[i + 1 :], strict=False):
        if not (before.ends_inside and voice.begins_inside):
            return None
        if voice.speaker is not None:
            return voice.speaker
    return None


def _referent(
    pronoun: Speaker, current: Speaker | None, named: Sequence[str], text: str
) -> Speaker | None:
    """The one person that "he" or "she" can mean: named since somebody spoke, or who spoke last."""
    fitting = {
        name.rpartition(" ")[2]: name
        for name in named
        if pronoun_of(name, [text]) in (None, pronoun.name)
    }
    if not fitting:
        is_other = current is not None and pronoun_of(current.name, [text]) not in (
            None,
            pronoun.name,
        )
        return None if is_other else current
    return Speaker(next(iter(fitting.values()))) if len(fitting) == 1 else None


def _persons(narration: str, text: str) -> list[str]:
    return [name for name in bare_names(narration, text) if person_score(name, text) > 0]


# ---------------------------------------------------------------- quotation marks


def _voices(text: str, sentences: Sequence[Sentence]) -> Iterator[_Voice]:
    plain = _SINGLE.sub(r"“\g<said>”", normalized(text))
    spans = list(_quotations(plain))
    for sentence in sentences:
        start, end = sentence.start, sentence.end
        within = [span for span in spans if span.start < end and start < span.end]
        narration = list(plain[start:end])
        for span in within:
            first, last = max(0, span.start - start), min(end, span.end) - start
            narration[first:last] = " " * (last - first)
            # Only speech ends with a comma or full stop inside its marks.
            if plain[start + last - 2] in ",.?!":
                narration[last - 1] = '"'
        rest = "".join(narration)
        yield _Voice(
            _named_speaker(rest, text),
            rest,
            bool(within),
            any(span.start < start for span in within),
            any(end < span.end for span in within),
        )


class _Quotation(NamedTuple):
    start: int
    end: int


def _quotations(text: str) -> Iterator[_Quotation]:
    """What stands between quotation marks.

    A mark that opens while a quotation is open goes on with it, and so does a paragraph that begins
    with one; otherwise a quotation ends with its paragraph.
    """
    start: int | None = None
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\n" and start is not None and not _OPENS.match(text, at + 1):
            yield _Quotation(start, at)
            start = None
        elif _OPENS.match(text, at):
            start = at if start is None else start
        elif start is not None and _CLOSES.match(text, at):
            yield _Quotation(start, at + 1)
            start = None
        at += 1
    if start is not None:
        yield _Quotation(start, len(text))


# ---------------------------------------------------------------- "X said"


def _named_speaker(narration: str, text: str) -> Speaker | None:
    """Whom the first verb of saying has as its subject, rather one beside what is quoted.

    "Claiming" comes after all others: somebody else may tell that. A pronoun is as it is written.
    """
    words = tokens(narration)
    for i in sorted(range(len(words)), key=lambda at: _rank(narration, words, at)):
        word = words[i]
        if word.norm == "according" and narration.startswith(" to ", word.end):
            speaker = _named_from(narration, words, i + 2)
        elif base(word.norm) not in _SAYING or word.capital:
            continue
        elif _follows_speech(word) or _ends_with_name(words, i):
            speaker = _named_from(narration, words, i + 1)
        else:
            speaker = _subject_before(narration, words, i, text)
        if speaker is not None:
            return speaker
    return _before_colon(narration)


def _before_colon(narration: str) -> Speaker | None:
    """The name with a colon and a quotation behind it, as interviews and reactions are set.

    Nothing but the name and its office stands before the colon.
    """
    name = next(iter(names(narration)[-1:]), None)
    if name is None or not _COLON_AND_QUOTATION.match(narration, name.end):
        return None
    told = Speaker(without_titles(name))
    is_bare = all(map(may_be_office, tokens(narration[: name.end])))
    return told if is_bare and not told.is_role else None


def _ends_with_name(words: Sequence[Token], verb: int) -> bool:
    """Whether a verb after a comma and a name end the clause: ", argued Mr Tull on Monday"."""
    end = verb + 1
    while end < len(words) and end - verb <= _MOST_OF_NAME and words[end].capital:
        if not words[end].attached:
            break
        end += 1
    is_end = end == len(words) or not words[end].attached or words[end].norm in _BEFORE_TIME
    return "," in words[verb].gap and end > verb + 1 and is_end


def _rank(narration: str, words: Sequence[Token], i: int) -> int:
    """Where a verb stands among those that may name the speaker, lowest first."""
    if words[i].norm.endswith("ing"):
        return 3
    if _follows_speech(words[i]) or _BEFORE_SPEECH.match(narration, words[i].end):
        return 0
    return 1 if _closes(words, i) else 2


def _closes(words: Sequence[Token], verb: int) -> bool:
    """Whether a verb and its subject tell at the end who says the rest: ", a new book claims"."""
    if any(word.norm not in _BEFORE_TIME | _DAYS for word in words[verb + 1 :]):
        return False
    first = verb
    while first and words[first].attached:
        first -= 1
    is_own_clause = words[first].norm not in _CONJUNCTIONS | _RELATIVES | _LINKS
    return 0 < first < verb and "," in words[first].gap and is_own_clause


def _follows_speech(verb: Token) -> bool:
    return verb.gap.rstrip().endswith('"')


def _subject_before(narration: str, words: Sequence[Token], verb: int, text: str) -> Speaker | None:
    at, gaps = verb - 1, words[verb].gap
    while at >= 0 and (words[at].norm in _BETWEEN or words[at].norm.endswith("ly")):
        gaps, at = words[at].gap + gaps, at - 1
    if at < 0 or (at == 0 and words[0].norm in _CONJUNCTIONS):
        return _SAME
    if words[at].norm in _BE and words[verb].norm == "quoted":
        return _ending_at(narration, words, at - 1)
    if "," in gaps:
        head = next((i for i in range(at) if "," in words[i + 1].gap), at)
        named = _first_person(narration[: words[at].end], text)
        return named or _ending_at(narration, words, head)
    return _ending_at(narration, words, at)


def _first_person(narration: str, text: str) -> Speaker | None:
    """The pronoun or person's name that the sentence is about, rather one with a comma after it."""
    words = tokens(narration)
    opening = {word.start for word in words[:2]}
    persons = [
        name
        for name in names(narration)
        if not (name.words[-1].token.possessive or _has_preposition(words, name))
        and (person_score(without_titles(name), text) > 0 or name.start in opening)
    ]
    before_comma = [name for name in persons if narration.startswith(",", name.end)]
    pronoun = next((word for word in words if word.norm in _PRONOUNS), None)
    first = next(iter(before_comma or persons), None)
    if first is not None and not (pronoun and pronoun.start < first.start):
        return Speaker(without_titles(first))
    return Speaker(pronoun.norm) if pronoun else None


def _has_preposition(words: Sequence[Token], name: Name) -> bool:
    """Whether a name belongs to a noun before it, as both do in "allies of Mr Tull and Mr Orr"."""
    at = name.words[0].first_token - 1
    while at > 0 and words[at + 1].attached and (words[at].capital or words[at].norm == "and"):
        at -= 1
    return at > 0 and words[at].norm in _OWNER


def _ending_at(
    narration: str, words: Sequence[Token], at: int, *, most: int = _MOST_BEHIND
) -> Speaker | None:
    """The pronoun, name or noun whose last word this is, without "of London" behind it.

    :param most: how many such additions are left out.
    """
    if at < 0 or most < 0 or words[at].possessive:
        return None
    word = words[at]
    if word.norm in _PRONOUNS:
        return Speaker(word.norm)
    name = next((name for name in names(narration) if name.end == word.end), None)
    first = at if name is None else name.words[0].first_token
    first -= words[first - 1].norm in _ARTICLES
    if first > 1 and words[first - 1].norm in _PREPOSITIONS:
        told = _ending_at(narration, words, first - 2, most=most - 1)
        behind = () if name is None else tuple(word.token.text for word in name.words)
        is_role = told is not None and told.is_role
        return told._replace(of=(*behind, *told.of)) if told and is_role else told
    if _is_in_relative_clause(words, first):
        return None
    if name is not None:
        told = Speaker(without_titles(name))
        return told._replace(of=words_before(words, at)) if told.is_role else told
    return Speaker(word.norm, words_before(words, at)) if _is_noun(word) else None


def _is_in_relative_clause(words: Sequence[Token], first: int) -> bool:
    """Whether the subject that begins with this word, "Bolt and Tull" too, follows "which"."""
    if first > 1 and words[first - 1].norm == "and" and words[first - 2].capital:
        first -= 2
    return first > 0 and words[first].attached and words[first - 1].norm in _RELATIVES


def _named_from(narration: str, words: Sequence[Token], at: int) -> Speaker | None:
    """The pronoun, name or noun that begins with this word; small words before it are left out."""
    while at < len(words) and words[at].norm in _ARTICLES:
        at += 1
    if at >= len(words):
        return None
    if words[at].norm in _PRONOUNS:
        return Speaker(words[at].norm)
    end = at
    while end < len(words) and words[end].attached and words[end].norm not in STOP_WORDS:
        end += 1
    last = words[max(at, end - 1)]
    has_house = end < len(words) and words[end].attached and words[end].norm in _OWNER
    house = house_words(words, end + 1) if has_house else ()
    role = Speaker(last.norm, (*house, *words_before(words, max(at, end - 1))))
    if last.norm in TITLES and not last.capital:
        return role
    within = [name for name in names(narration) if words[at].start <= name.start < last.end]
    if within:
        return Speaker(without_titles(within[-1]))
    return role if _is_noun(last) else None


def _is_noun(word: Token) -> bool:
    """Whether a word can name who speaks: no stop word, no number."""
    return word.norm not in STOP_WORDS and word.norm.isalpha()
