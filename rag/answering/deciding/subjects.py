"""Tells whether a sentence says something of the subject of a statement, or of somebody else.

"Dell beat Skarn" has all the words of "Skarn beat Dell". Before a verb stands who acts, or whom it
happens to where the verb is passive. A case in doubt passes. English.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from rag.text.names import TITLES, names
from rag.text.phrases import AUXILIARIES
from rag.text.terms import STOP_WORDS, stem
from rag.text.tokens import PAST_FORMS, Token, base, tokens
from rag.text.verbs import infinitive
from rag.text.word_lists import word_set

_BE = frozenset("was were is are am been being be get gets got".split())
# Whoever it is said of, it is said of somebody.
ANYBODY = frozenset(map(stem, "anyone anybody someone somebody anything something".split()))
_PRONOUNS = frozenset("he she it they".split())
_OWNERS = frozenset("his her their its".split())
_RELATIVES = frozenset("who which that".split())
_DETERMINERS = frozenset("the a an its his her their this that these those some any no".split())
# A name behind one of these does nothing itself: "the mayor of Dell resigned".
_PREPOSITIONS = frozenset(
    "of in on at by for from to with near against between under over than into about".split()
)
# But it does something between these.
_SUBJECTS_BEHIND = frozenset({("for", "to"), ("of", "being"), ("from", "being"), ("of", "having")})
# Nor behind one of these: "Skarn, not Dell, won".
_EXCLUDING = frozenset("not unlike without except".split())
_PARTICLES = frozenset("out off down up past aside".split())
_AND = frozenset(("and", "or"))
# Verbs of which the object says what is asked, behind one of the indefinite words.
WITH_OBJECT = frozenset("have make take give".split())
# What may stand between a subject and its verb.
_BETWEEN = STOP_WORDS - _PREPOSITIONS - _PRONOUNS - _RELATIVES
# What may stand between a verb and its object, beside adjectives and nouns.
_BEFORE_OBJECT = _DETERMINERS | frozenset("and or both also just up down out off them".split())
_NOT_BEFORE_OBJECT = (STOP_WORDS | _PREPOSITIONS | _EXCLUDING) - _BEFORE_OBJECT
_BREAKS = frozenset("but while although though because whereas".split())
_VERBS = frozenset(
    base(word) for name in ("plain_verbs", "verbs", "saying") for word in word_set("words", name)
)
# A name behind one of these need not be its object: "he said Tull won", "four, including Tull".
_SAYING = frozenset(map(base, word_set("words", "saying") | word_set("checks", "reports")))
_BEFORE_CLAUSE = _SAYING | {base("including"), base("mean")}
# So many words before a participle there may be a form of "be", and so many behind it "by".
_NEAR_BE, _NEAR_BY = 3, 8


class Above(NamedTuple):
    """What stands above a sentence in its article: the title, and the beginning of the text."""

    title: str = ""
    lead: str = ""


NOTHING = Above()


def is_said_of_others(
    statement: str,
    predicate: str,
    sentence: str,
    *,
    verbs: Collection[str],
    above: Above = NOTHING,
) -> bool:
    """Whether no word for the predicate can be said of the subject of the statement.

    :param predicate: the statement's verb, as `Token.norm`.
    :param verbs: the words of the sentence that stand for it, as `Token.norm`.
    :param above: what stands above the sentence in its article.

    >>> is_said_of_others("Skarn beat Dell", "beat", "Dell beat Skarn.", verbs=["beat"])
    True
    """
    asked = _Asked.of(statement, predicate)
    places = [i for i, word in enumerate(tokens(sentence)) if word.norm in verbs]
    if asked is None or not places:
        return False
    title, lead = above
    acting = [item for item in _names(lead, 0, len(tokens(lead))) if item.acts]
    is_told = bool(acting) and asked.is_name and asked.may_be(acting[0])
    return not any(_may_be_said(asked, sentence, i, title, is_told=is_told) for i in places)


def may_be_verb(words: Sequence[Token], i: int) -> bool:
    """Whether a word has the form of a verb, and neither an article nor an owner before it."""
    word = words[i]
    before = words[i - 1] if i and word.attached else None
    if before and (before.norm in _DETERMINERS | {"of"} or before.possessive):
        return False
    if word.capital and not word.opens:
        return False
    is_past = word.norm.endswith(("ed", "ing")) or word.norm in PAST_FORMS
    return is_past or infinitive(word.norm) is not None or base(word.norm) in _VERBS


def told_names(statement: str, sentence: str) -> set[str]:
    """The stems of those names of a statement that a sentence has in one form or another.

    >>> sorted(told_names("Agnes Tull left Dell", "Ms Tull left."))
    ['agn', 'tull']
    """
    theirs = [set(name.words) for name in _names(sentence, 0, len(tokens(sentence)))]
    mine = [set(name.words) for name in _names(statement, 0, len(tokens(statement)))]
    return {
        word for name in mine for word in name if any(name <= its or its <= name for its in theirs)
    }


class _Mention(NamedTuple):
    """A name or noun: the stems of its words in order, and its tokens, half-open.

    It `acts` unless it has a preposition or a word such as "unlike" before it, or is an owner.
    """

    words: tuple[str, ...]
    start: int
    end: int
    acts: bool

    def acts_before(self, words: Sequence[Token], i: int) -> bool:
        """Whether it may be the subject of verb `i` behind it, rather than an object of another.

        In "Crane outbid Tull and won", Tull does not win.
        """
        has_clause = words[self.end].norm in _RELATIVES
        between = words[self.end + has_clause : i]
        if all(word.attached for word in (*between, words[i])):
            if has_clause:
                return self.acts
            if all(map(_is_between, between)):
                return self.acts and _AND.isdisjoint(word.norm for word in between)
        return self.acts and not self.is_other(words)

    def is_other(self, words: Sequence[Token]) -> bool:
        """Whether it is the object of a verb, or has a word such as "unlike" before it."""
        at = _word_before(words, self.start)
        if at < 0 or words[at].norm in _EXCLUDING:
            return at >= 0
        at -= words[at].norm in _PARTICLES  # "edged out Tull"
        is_verb = may_be_verb(words, at) and words[at].norm not in STOP_WORDS
        has_subject = at > 0 and words[at].attached
        return is_verb and has_subject and base(words[at].norm) not in _BEFORE_CLAUSE


class _Asked(NamedTuple):
    """The subject of a statement: the stems of its name or else of its noun; and the voice."""

    words: tuple[str, ...]
    is_name: bool
    is_passive: bool
    has_be: bool

    @classmethod
    def of(cls, statement: str, predicate: str) -> _Asked | None:
        """None for a statement without a subject before its predicate."""
        words = tokens(statement)
        at = next((i for i, word in enumerate(words) if word.norm == predicate), 0)
        be = next((i for i in range(at) if words[i].norm in _BE), None)
        end = at if be is None else be
        is_passive = be is not None and _is_participle(predicate)
        named = [item for item in _names(statement, 0, end) if item.acts_before(words, end)]
        if named:
            return cls(named[-1].words, True, is_passive, be is not None)
        nouns = _noun(words[:end])
        if not ANYBODY.isdisjoint(nouns):
            return None
        return cls(nouns, False, is_passive, be is not None) if nouns else None

    def mentions(self, sentence: str, first: int, last: int) -> list[_Mention]:
        """Where these tokens of a sentence name the subject."""
        words = tokens(sentence)
        nouns = [
            _mention(words, i, i + 1)
            for i in range(first, last)
            if stem(words[i].norm) in self.words
            and (not self.is_name or (i and words[i - 1].norm == "the" and not words[i].capital))
        ]
        if not self.is_name:
            return nouns
        named = [item for item in _names(sentence, first, last) if self.may_be(item)]
        return sorted((*named, *nouns), key=lambda item: item.start)  # "the prince"

    def may_be(self, other: _Mention) -> bool:
        """Whether a name may be another form of the subject's.

        "Tull" may be Agnes Tull, and "Mohamed Dell" Mohammed Dell, but North Skarn not South Skarn.
        """
        mine, its = set(self.words), set(other.words)
        first_letters = {self.words[0][0], other.words[0][0]}
        is_alike = self.words[-1] == other.words[-1] and len(first_letters) == 1
        return mine <= its or its <= mine or is_alike


def _is_participle(word: str) -> bool:
    return word.endswith("ed") or word in PAST_FORMS


def _noun(words: Sequence[Token]) -> tuple[str, ...]:
    """The stem of the noun that a subject without a name ends with.

    It stands before any preposition, and before the "make" of "make a profit".
    """
    found = ""
    for word in words:
        if word.norm in _PREPOSITIONS | WITH_OBJECT and found:
            break
        if word.norm not in STOP_WORDS and word.norm.isalpha() and not word.possessive:
            found = stem(word.norm)
    return (found,) if found else ()


def _names(text: str, first: int, last: int) -> Iterator[_Mention]:
    """The names among these tokens of a text; a title alone is none."""
    words = tokens(text)
    for name in names(text):
        start = max(first, name.words[0].first_token)
        end = min(last, name.words[-1].end_token)
        if start < end and (mention := _mention(words, start, end)).words:
            yield mention


def _mention(words: Sequence[Token], start: int, end: int) -> _Mention:
    inside = (word.norm for word in words[start:end])
    stems = tuple(stem(word) for word in inside if word not in TITLES | STOP_WORDS)
    at = _word_before(words, start)
    starts_behind = words[start].norm in _PREPOSITIONS  # "of Tull" in "instead of Tull"
    is_behind = starts_behind or (at >= 0 and words[at].norm in _PREPOSITIONS | _EXCLUDING)
    if is_behind and end < len(words) and words[end].attached and not starts_behind:
        # "plans for Tull to resign", "reports of Tull being hurt"
        is_behind = (words[at].norm, words[end].norm) not in _SUBJECTS_BEHIND
    return _Mention(stems, start, end, not (is_behind or words[end - 1].possessive))


def _word_before(words: Sequence[Token], start: int) -> int:
    """The token before a name or noun and its articles; -1 if none or behind punctuation."""
    at = start - 1
    while at >= 0 and words[at + 1].attached and words[at].norm in _DETERMINERS:
        at -= 1
    return at if at >= 0 and words[at + 1].attached else -1


class _Place(NamedTuple):
    """A word for the predicate in its clause: token `i` of the tokens `first` to `last`."""

    sentence: str
    first: int
    i: int
    last: int

    @property
    def words(self) -> Sequence[Token]:
        return tokens(self.sentence)

    @property
    def by(self) -> int | None:
        """The token "by" behind it, or "from" right behind a noun: "opposition from Dell"."""
        behind = [
            at
            for at in range(self.i + 1, min(self.last - 1, self.i + _NEAR_BY))
            if not self.words[at + 1].number  # "rose by 3%"
        ]
        owned = self.i > 0 and self.words[self.i - 1].norm in _OWNERS  # "his retirement from"
        is_noun = not (may_be_verb(self.words, self.i) or owned)
        return next(
            (
                at
                for at in behind
                if self.words[at].norm == "by"
                or (is_noun and at == self.i + 1 and self.words[at].norm == "from")
            ),
            None,
        )

    @property
    def is_passive(self) -> bool:
        near = self.words[max(self.first, self.i - _NEAR_BE) : self.i]
        has_be = any(word.norm in _BE for word in near) or self.by == self.i + 1
        return has_be and _is_participle(self.words[self.i].norm)

    @property
    def has_object(self) -> bool:
        """Whether an object follows at once: an article, a number or a name."""
        at = self.i + 1
        if at >= self.last or not self.words[at].attached:
            return False
        after = self.words[at]
        return after.norm in _DETERMINERS or after.capital or bool(after.number)


def _may_be_said(asked: _Asked, sentence: str, i: int, title: str, *, is_told: bool) -> bool:
    """Whether what the word at this token tells can be told of the subject."""
    words = tokens(sentence)
    place = _Place(sentence, _first(words, i), i, _last(words, i))
    before = asked.mentions(sentence, place.first, i)
    after = asked.mentions(sentence, i + 1, place.last)
    if asked.is_passive and not place.is_passive:
        is_object = any(_is_direct_object(words, i, item) for item in after)
        return is_object or (
            not (after or place.has_object) and _is_subject(asked, place, title, is_told=is_told)
        )
    if asked.has_be or (may_be_verb(words, i) and not place.is_passive):
        return _is_subject(asked, place, title, is_told=is_told)
    by = place.by
    agents = [] if by is None else list(_names(sentence, by + 1, min(place.last, by + _NEAR_BY)))
    if agents:
        return any(map(asked.may_be, agents)) or not asked.is_name
    if place.is_passive and before:  # "Dell was beaten" tells what happened to Dell
        return False
    if place.is_passive:
        return bool(after) or _is_about(asked, title, _names(sentence, place.first, place.last))
    return _is_subject(asked, place, title, is_told=is_told)


def _first(words: Sequence[Token], i: int) -> int:
    """The first token of the clause of a token; a comma does not end one."""
    return next((at for at in range(i, 0, -1) if _breaks(words[at])), 0)


def _last(words: Sequence[Token], i: int) -> int:
    """The token behind the clause of a token."""
    return next((at for at in range(i + 1, len(words)) if _breaks(words[at])), len(words))


def _breaks(word: Token) -> bool:
    is_short_form = word.acronym and word.gap.endswith("(")  # "Skarn Mills (SM)"
    breaking = not set(word.gap).isdisjoint(";:()–—?!") and not is_short_form
    ends = breaking or word.starts_sentence
    return ends or word.norm in _BREAKS


def _is_subject(asked: _Asked, place: _Place, title: str, *, is_told: bool) -> bool:
    """Whether the subject stands before a verb, and no other name between the two.

    A pronoun may be the subject where the sentence, the title or the lead (`is_told`) names it.
    """
    sentence, first, i, last = place
    words = place.words
    before = asked.mentions(sentence, first, i)
    at = _before(words, i)
    is_left = before and all(_is_left_behind(words, item, at) for item in before)
    if _is_taken(asked, place) or (is_left and not asked.is_name):
        return False
    if any(item.acts_before(words, i) for item in before):
        return True
    if at >= 0 and words[at].norm in _PRONOUNS:
        is_told |= bool(asked.mentions(sentence, 0, len(words)))
        return is_told or _may_be_on(asked, title)
    if before:
        is_noun = at > 0 and words[at - 1].norm == "the" and not before[-1].is_other(words)
        return _is_owner(words, before[-1], i) or is_noun
    if any(_is_object(words, i, item) for item in asked.mentions(sentence, i + 1, last)):
        return False
    return not asked.is_name or _is_about(asked, title, _names(sentence, first, i))


def _is_left_behind(words: Sequence[Token], item: _Mention, at: int) -> bool:
    """Whether another noun, at this token, follows behind a comma: "When the boy fell, a team"."""
    if at < item.end or not words[at + 1].attached or may_be_verb(words, at):
        return False
    has_comma = any("," in word.gap for word in words[item.end : at + 1])
    return has_comma and words[at].norm not in STOP_WORDS


def _is_owner(words: Sequence[Token], item: _Mention, i: int) -> bool:
    """Whether a name owns what a word tells: "Dell's offer", "Dell's decision to offer"."""
    if not words[item.end - 1].possessive or words[i].norm.endswith("ing"):
        return False
    return item.end == i or (words[i - 1].norm == "to" and item.end == i - 2)


def _is_object(words: Sequence[Token], i: int, item: _Mention) -> bool:
    """Whether a mention behind a verb is its object, rather than "as the director"."""
    between = {word.norm for word in words[i + 1 : item.start]}
    return between.isdisjoint(_PREPOSITIONS | {"as"})


def _is_direct_object(words: Sequence[Token], i: int, item: _Mention) -> bool:
    """Whether a mention is what a verb is done to, or has "of" before it behind a noun."""
    is_noun = not may_be_verb(words, i) and words[i + 1].norm == "of"
    between = words[i + 1 + is_noun : item.start]
    if any(word.norm in _NOT_BEFORE_OBJECT or _speaks(word) for word in between):
        return False
    if words[item.end - 1].possessive or (words[item.start].norm == "of" and not is_noun):
        return False
    after = words[item.end] if item.end < len(words) else None
    return is_noun or after is None or not (after.attached and _begins_predicate(after))


def _begins_predicate(word: Token) -> bool:
    """Whether a word behind a name makes it a subject: "Police arrested Crane, Tull said"."""
    is_auxiliary = re.fullmatch(AUXILIARIES, word.norm) is not None
    return is_auxiliary or _is_participle(word.norm) or _speaks(word)


def _speaks(word: Token) -> bool:
    return base(word.norm) in _SAYING and not word.capital


def _before(words: Sequence[Token], i: int) -> int:
    """The token before a verb that is no part of it; -1 if there is none."""
    at = i - 1
    while at >= 0 and words[at + 1].attached and _is_between(words[at]):
        at -= 1
    return at


def _is_between(word: Token) -> bool:
    return word.norm in _BETWEEN or (word.norm.endswith("ly") and not word.capital)


def _is_taken(asked: _Asked, place: _Place) -> bool:
    """Whether another name is the subject of a verb, alone or before "who".

    What is no name, such as "the mayor", may have that one.
    """
    sentence, first, i, _ = place
    words = place.words
    if not asked.is_name:
        return False
    at = _before(words, i)
    if at > 0 and words[at].norm in _RELATIVES:
        at -= 1
    elif not words[at + 1].attached:
        return False
    near = next((item for item in _names(sentence, first, i) if item.end == at + 1), None)
    if near is None or not near.acts or asked.may_be(near):
        return False
    if not near.acts_before(words, i):  # "Orr said Crane beat Dell and won": who beat Dell?
        verb = _word_before(words, near.start)
        return verb > first and _is_taken(asked, place._replace(i=verb))
    return not any(
        item.acts and {word.norm for word in words[item.end : near.start]} <= {"and", "or", "the"}
        for item in asked.mentions(sentence, first, near.start)
    )


def _is_about(asked: _Asked, title: str, others: Iterable[_Mention]) -> bool:
    """Whether an article may be about the subject where a sentence does not repeat it.

    The sentence names no other in its place, or the title names the subject alone.
    """
    named = _titled(title)
    only_one = bool(named) and all(map(asked.may_be, named))
    return only_one or not any(other.acts for other in others)


def _may_be_on(asked: _Asked, title: str) -> bool:
    """Whether a title names the subject, or nobody; what is no name may have any."""
    named = _titled(title)
    return not asked.is_name or not named or any(map(asked.may_be, named))


def _titled(title: str) -> list[_Mention]:
    return list(_names(title, 0, len(tokens(title))))
