"""Finds whose words on what a question asks for: one speaker's, or those of several. English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rag.answering.topics.articles_on import topic_of
from rag.text.names import TITLES, bare_names, name_words
from rag.text.person_roles import ROLE_NOUNS, Fit, House, Role, best_fit, role_of
from rag.text.phrases import AUXILIARIES, is_plural
from rag.text.speakers import Speaker
from rag.text.tokens import base, tokens
from rag.text.word_lists import word_groups, word_set

_VERBS = "|".join(sorted(word_set("words", "saying"), key=len, reverse=True))
# With a capital it is part of a name: "Islamic State".
_TELLS = f"{_VERBS}|make|react|have|told|said"
_VIEWS = (
    "view|opinion|reaction|response|stance|position|comment|statement|remark|verdict|answer|reply"
    "|word|criticism|explanation|argument|attitude"
)
_ASKED = (
    # "What did X say about Y", "how does X react to Y", "compare what X says about Y"
    re.compile(
        rf"\b(?:{AUXILIARIES}|what(?!\s+(?:{AUXILIARIES})\b))\s+(?P<who>\S.{{0,150}}?)\s+"
        r"(?:have\s+)?(?:to\s+)?"
        rf"(?-i:{_TELLS}|{_TELLS.upper()})\b(?:\s+(?:to say|of))?(?P<what>.*)",
        re.IGNORECASE,
    ),
    # "What was X's reaction to Y"
    re.compile(
        rf"^(?:.{{0,200}}?\b(?:{AUXILIARIES})\s+)?(?P<who>\S.{{0,150}}?)(?:['’]s|['’])\s+"
        rf"(?:\w+\s+)?(?:{_VIEWS})s?\b"
        r"(?P<what>.*)",
        re.IGNORECASE,
    ),
    # "The reaction of X to Y", "the latest from X on Y"
    re.compile(
        rf"\b(?:{_VIEWS}|latest|new|update)s?\s+(?:of|by|from)\s+(?P<who>\S.{{0,150}}?)\s+"
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
_ARTICLES = frozenset("the a an of and".split())
# What is described, and not named: "the Prime Minister", "Dell's Mayor".
_DESCRIBES = re.compile(r"^(?:the|a|an)\s|['’]s?\s", re.IGNORECASE)
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

        Of a role there is none: what the bank says is not said by the head of the bank.
        """
        whole = re.sub(r"^(?:the|a|an)\s", "", self.who, flags=re.IGNORECASE)
        short = _OF.split(whole)[0]
        if self.role:
            return frozenset()
        is_person = short != whole and len(bare_names(f"by {short}", short)) == 1 and " " in short
        named = (short,) if is_person else (short, whole)
        return frozenset(Speaker(name).key for name in named if tokens(name))

    @property
    def role(self) -> Role | None:
        """The role that is named instead of a person: "founder" in "the firm's founder"."""
        short, *house = _OF.split(self.who, maxsplit=1)
        words = tokens(short)
        if len(words) < 2 and not house:
            return None
        last = words[-1] if words else None
        if last is None or not (last.text.islower() or last.norm in TITLES):
            return None
        # "Mayor Anna Reyes", "Chief Ann Coach" and "anna reyes" are names.
        is_common = last.norm in ROLE_NOUNS and (house or not last.capital)
        is_written_as_role = is_common or last.acronym or _DESCRIBES.search(short)
        before = [word.text for word in words[:-1] if word.norm not in _ARTICLES]
        behind = [word.text for word in tokens(*house)] if house else []
        whose = [word for word in behind if word.casefold() not in _ARTICLES]
        return role_of(last.norm, (*whose, *before)) if is_written_as_role else None

    def may_speak_in(self, text: str) -> bool:
        """Whether a text names the house behind the role asked for, if the question names one."""
        house = self.role.house.names if self.role else frozenset[str]()
        if not house:
            return True
        said = House(frozenset(word.key for word in name_words(text)), frozenset())
        return any(House(frozenset({name}), frozenset()).is_within(said) for name in house)

    def holders(self, called: Mapping[str, Iterable[Role]]) -> frozenset[str]:
        """Who has the role asked for, among people by what they are called.

        Rather those who are called by its house, "the Chelsea manager"; else those called by none.
        Where nobody has that role, the head may be the boss.
        """
        fits = {key: self._fits(roles) for key, roles in called.items()}
        for fit in (Fit.SAME, Fit.UNKNOWN):
            for is_like in (False, True):
                if found := frozenset(key for key, own in fits.items() if own[is_like] == fit):
                    return found
        return frozenset()

    def is_noun_asked(self, role: Role, *, is_like: bool) -> bool:
        """Whether a role has the noun asked for, or one like it."""
        own = base(self.role.noun) if self.role else ""
        if not is_like:
            return base(role.noun) == own
        return any(own in group and base(role.noun) in group for group in _LIKE_ROLES)

    def _fits(self, roles: Iterable[Role]) -> tuple[Fit | None, Fit | None]:
        """How the roles of a person fit: those with the noun asked for, and with one like it."""
        if self.role is None:
            return None, None
        own = list(roles)
        exact, like = (
            best_fit((role for role in own if self.is_noun_asked(role, is_like=is_like)), self.role)
            for is_like in (False, True)
        )
        return exact, Fit.OTHER if exact is Fit.OTHER and like is Fit.UNKNOWN else like


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
