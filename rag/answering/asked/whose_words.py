"""Finds whose words on what a question asks for: one speaker's, or those of several. English."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from rag.answering.topics.articles_on import topic_of
from rag.text.names import TITLES, bare_names
from rag.text.phrases import AUXILIARIES, is_plural
from rag.text.speakers import Role, Speaker
from rag.text.terms import terms
from rag.text.tokens import base, tokens
from rag.text.word_lists import word_groups, word_set

_VERBS = "|".join(sorted(word_set("words", "saying"), key=len, reverse=True))
_VIEWS = (
    "view|opinion|reaction|response|stance|position|comment|statement|remark|verdict|answer|reply"
    "|word|criticism|explanation|argument|attitude"
)
_ASKED = (
    # "What did X say about Y", "how does X react to Y", "compare what X says about Y"
    re.compile(
        rf"\b(?:{AUXILIARIES}|what(?!\s+(?:{AUXILIARIES})\b))\s+(?P<who>\S.{{0,150}}?)\s+"
        r"(?:have\s+)?(?:to\s+)?"
        rf"(?:{_VERBS}|make|react|have|told|said)\b(?:\s+(?:to say|of))?(?P<what>.*)",
        re.IGNORECASE,
    ),
    # "What was X's reaction to Y"
    re.compile(
        rf"^(?:.{{0,200}}?\b(?:{AUXILIARIES})\s+)?(?P<who>\S.{{0,150}}?)(?:['’]s|['’])\s+"
        rf"(?:\w+\s+)?(?:{_VIEWS})s?\b"
        r"(?P<what>.*)",
        re.IGNORECASE,
    ),
    # "The reaction of X to Y"
    re.compile(
        rf"\b(?:{_VIEWS})s?\s+(?:of|by|from)\s+(?P<who>\S.{{0,150}}?)\s+"
        r"(?P<what>(?:on|about|to|over)\b.*)",
        re.IGNORECASE,
    ),
)
_SAYS = r"(?:ha(?:ve|s|d) to say|says?|said|thinks?|thought|believes?|claims?|argues?)"
# What several people are asked for: their words, views, or how they differ.
_SEVERAL = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:compare\s)?what\s(?:(?:do|does|did)\s)?(?P<who>.{{1,150}}?)\s{_SAYS}\s"
        r"(?P<about>(?:about|on|of|over)\b.+)",
        rf"^(?:(?:compare|what (?:are|were))\s)?(?:the\s)?(?:{_VIEWS})s?\s(?:of|by|from)\s"
        r"(?P<who>.{1,150}?)\s(?P<about>(?:about|on|over|to)\b.+)",
        rf"^(?:(?:compare|what (?:are|were))\s)?(?P<who>.{{1,150}}?)['’]s?\s(?:{_VIEWS})s?\s"
        r"(?P<about>(?:about|on|over|to)\b.+)",
        r"^how\s(?:do|does|did)\s(?P<who>.{1,150}?)\s(?:differ|disagree|clash)\s"
        r"(?P<about>(?:about|on|over)\b.+)",
    )
)
# Several speakers are named: "Mr Tull, the Ferry Company and the Post".
_AND = re.compile(r",\s+(?:and\s+)?|\s+and\s+")
_NAMED = re.compile(r"(?:the\s)?[^\W\d_a-zß-öø-ÿ]")
_OF = re.compile(r"\s(?:of|from|at|for|in)\s")
# Whoever has such a role has not the role itself.
_LESSER = frozenset("shadow former ex deputy vice assistant".split())
_LIKE_ROLES = tuple(frozenset(map(base, group)) for group in word_groups("names", "like_roles"))
_EACH_OTHER = re.compile(r"\b(?:each other|one another)\b", re.IGNORECASE)


class WhoseWords(NamedTuple):
    """Whose words on what a question asks for."""

    who: str
    about: str
    """What on, as it stands in the question: "about the ferry"."""

    @property
    def what(self) -> str:
        """What on, in bare words: "ferry"; empty if the question does not say."""
        return topic_of(self.about) if self.about else ""

    @property
    def question(self) -> str:
        """The question for these words alone."""
        does = "do" if is_plural(self.who.split()[-1].casefold()) and " " in self.who else "does"
        return f"What {does} {self.who} say {self.about}?"

    @property
    def keys(self) -> frozenset[str]:
        """The last words of the speaker's name: with "of London" behind it, and without.

        Of a role it is the role alone: what the bank says is not said by the head of the bank.
        """
        whole = re.sub(r"^(?:the|a|an)\s", "", self.who, flags=re.IGNORECASE)
        short = _OF.split(whole)[0]
        if self.role:
            return frozenset({Speaker(short).key})
        is_person = short != whole and len(bare_names(f"by {short}", short)) == 1 and " " in short
        named = (short,) if is_person else (short, whole)
        return frozenset(Speaker(name).key for name in named if tokens(name))

    @property
    def role(self) -> str | None:
        """The base of the word that names a role: "founder" in "the firm's founder", "ceo"."""
        last = _OF.split(self.who)[0].rpartition(" ")[2]
        is_role = (last.islower() or last.isupper()) and last != self.who
        is_title = last.islower() or last.casefold() in TITLES
        return base(last.casefold()) if is_role and is_title else None

    @property
    def house(self) -> str:
        """The last word of the name behind a role: "chelsea" of "the manager of Chelsea"; empty
        without one.
        """
        _, *houses = _OF.split(self.who)
        is_name = self.role is not None and bool(houses) and houses[0] != houses[0].lower()
        return houses[0].rpartition(" ")[2].casefold() if is_name else ""

    def keys_in(self, text: str) -> frozenset[str]:
        """The keys that mean the speaker in this text: "the head" only where the house is named."""
        is_named = not self.house or any(word.norm == self.house for word in tokens(text))
        return self.keys if is_named else frozenset()

    def holders(self, called: Mapping[str, Iterable[Role]]) -> frozenset[str]:
        """Who has the role asked for, among people by what they are called.

        Rather those who are called by its house, "the Chelsea manager"; else those called by none.
        Where nobody has that role, the head may be the boss.
        """
        like = frozenset(word for group in _LIKE_ROLES if self.role in group for word in group)
        return self._holders(called, {self.role}) or self._holders(called, like)

    def _holders(
        self, called: Mapping[str, Iterable[Role]], nouns: Collection[str | None]
    ) -> frozenset[str]:
        own: dict[str, set[str]] = {}
        people = ((key, roles) for key, roles in called.items() if key != self.house)
        for key, roles in people:
            for role in roles:
                before = frozenset(word.casefold() for word in role.of)
                if base(role.noun) in nouns and before & _LESSER <= set(self.who.split()):
                    house = (word for word in role.of if word != word.lower())
                    own.setdefault(key, set()).update(terms(" ".join(house)))
        wanted = set(terms(self.house))
        of_house = frozenset(key for key, houses in own.items() if wanted and wanted <= houses)
        of_none = frozenset(key for key, houses in own.items() if not (wanted and houses))
        return of_house or of_none


def whose_words(question: str) -> WhoseWords | None:
    """Whose words on what a question asks for, if it has that form.

    >>> whose_words("What did Ms Tull say about the ferry?")
    WhoseWords(who='Ms Tull', about='about the ferry')
    """
    text = question.strip().rstrip("?!. ")
    for pattern in _ASKED:
        if (match := pattern.search(text)) and tokens(match["who"]):
            return WhoseWords(match["who"].strip(), match["what"].strip(" ,"))
    return None


def each_speaker(question: str) -> tuple[WhoseWords, ...]:
    """Whose words are asked for where there are several speakers; empty for one or none.

    >>> [asked.question for asked in each_speaker("What do Ms Tull and Mr Holm say about pay?")]
    ['What does Ms Tull say about pay?', 'What does Mr Holm say about pay?']
    >>> each_speaker("What did the crew say about pay?")
    ()
    """
    text = question.strip().rstrip("?!. ")
    match = next(filter(None, (pattern.match(text) for pattern in _SEVERAL)), None)
    if match is None:
        return ()
    named = re.sub(r"^both\s", "", match["who"], flags=re.IGNORECASE)
    speakers = [re.sub(r"['’]s?$", "", who) for who in _AND.split(named)]
    if len(speakers) < 2 or not all(map(_NAMED.match, speakers)):
        return ()
    others = (" and ".join(one for one in speakers if one != who) for who in speakers)
    return tuple(
        WhoseWords(who, _EACH_OTHER.sub(other, match["about"]))
        for who, other in zip(speakers, others, strict=True)
    )


def is_one_name(speakers: Sequence[WhoseWords], texts: Iterable[str]) -> bool:
    """Whether texts show that these are parts of one name, "Marks and Spencer".

    They stand together there, and the first never alone.
    """
    together, text = " and ".join(asked.who for asked in speakers), "\n".join(texts)
    return together in text and speakers[0].who not in text.replace(together, "")
