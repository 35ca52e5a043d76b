"""Finds whose words on what a question asks for, and asks for each of several speakers. English."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.answering.topics.articles_on import topic_of
from rag.text.names import bare_names
from rag.text.phrases import AUXILIARIES
from rag.text.speakers import Speaker
from rag.text.tokens import base
from rag.text.word_lists import word_set

_VERBS = "|".join(sorted(word_set("words", "saying"), key=len, reverse=True))
_VIEWS = (
    "view|opinion|reaction|response|stance|position|comment|statement|remark|verdict|answer|reply"
    "|word|criticism|explanation|argument|attitude"
)
_ASKED = (
    # "What did X say about Y", "how does X react to Y", "compare what X says about Y"
    re.compile(
        rf"\b(?:{AUXILIARIES}|what(?!\s+(?:{AUXILIARIES})\b))\s+(?P<who>\S.*?)\s+(?:have\s+)?(?:to\s+)?"
        rf"(?:{_VERBS}|make|react|have|told|said)\b(?:\s+(?:to say|of))?(?P<what>.*)",
        re.IGNORECASE,
    ),
    # "What was X's reaction to Y"
    re.compile(
        rf"^(?:.*?\b(?:{AUXILIARIES})\s+)?(?P<who>\S.*?)(?:['’]s|['’])\s+(?:\w+\s+)?(?:{_VIEWS})s?\b"
        r"(?P<what>.*)",
        re.IGNORECASE,
    ),
    # "The reaction of X to Y"
    re.compile(
        rf"\b(?:{_VIEWS})s?\s+(?:of|by|from)\s+(?P<who>\S.*?)\s+(?P<what>(?:on|about|to|over)\b.*)",
        re.IGNORECASE,
    ),
    # "How do X and Y differ on Z"
    re.compile(
        rf"\b(?:{AUXILIARIES})\s+(?P<who>\S.*?)\s+(?:differ|disagree|clash|argue)\s+"
        r"(?P<what>(?:on|about|over)\b.*)",
        re.IGNORECASE,
    ),
)
# Several speakers are named: "Mr Tull, the Ferry Company and the Post".
_AND = re.compile(r",\s+(?:and\s+)?|\s+and\s+")
_NAMED = re.compile(r"(?:the\s)?[^\W\d_a-zß-öø-ÿ]")
_EACH_OTHER = re.compile(r"\b(?:each other|one another)\b", re.IGNORECASE)
# "How much did A and B report?" asks for figures, and for nobody's words.
_ASKS_FIGURES = re.compile(
    r"\bhow\s(?!do|does|did|have|has)\w|\b(?:which|when|where)\b", re.IGNORECASE
)


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
    def keys(self) -> frozenset[str]:
        """The last words of the speaker's name: with "of London" behind it, and without."""
        whole = re.sub(r"^(?:the|a|an)\s", "", self.who, flags=re.IGNORECASE)
        short = re.split(r"\s(?:of|from|at|for|in)\s", whole)[0]
        is_person = short != whole and len(bare_names(f"by {short}", short)) == 1 and " " in short
        return frozenset(Speaker(name).key for name in ((short,) if is_person else (short, whole)))

    @property
    def role(self) -> str | None:
        """The base of the word that names a role, as "founder" in "the company's founder"."""
        last = re.split(r"\s(?:of|from|at|for|in)\s", self.who)[0].rpartition(" ")[2]
        is_role = last.islower() and (last != self.who)
        return base(last) if is_role else None


def whose_words(question: str) -> WhoseWords | None:
    """Whose words on what a question asks for, if it has that form.

    >>> whose_words("What did Ms Tull say about the ferry?")
    WhoseWords(who='Ms Tull', about='about the ferry')
    """
    text = question.strip().rstrip("?!. ")
    for pattern in _ASKED:
        if match := pattern.search(text):
            return WhoseWords(match["who"].strip(), match["what"].strip(" ,"))
    return None


def for_each_speaker(question: str) -> tuple[str, ...]:
    """The question for each of several speakers; the question alone where it names one or none.

    >>> for_each_speaker("What do Ms Tull and Mr Holm say about the ferry?")
    ('What does Ms Tull say about the ferry?', 'What does Mr Holm say about the ferry?')
    >>> for_each_speaker("What did the crew say?")
    ('What did the crew say?',)
    """
    asked = whose_words(question)
    if asked is None or not asked.what or _ASKS_FIGURES.search(question):
        return (question,)
    speakers = [re.sub(r"['’]s$", "", who) for who in _AND.split(asked.who)]
    if len(speakers) < 2 or not all(map(_NAMED.match, speakers)):
        return (question,)
    others = (" and ".join(one for one in speakers if one != who) for who in speakers)
    topics = [_EACH_OTHER.sub(other, asked.about) for other in others]
    return tuple(f"What does {who} say {on}?" for who, on in zip(speakers, topics, strict=True))
