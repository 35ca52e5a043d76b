"""A sentence of an article in, questions that it answers out: patterns over words, no language model.

What does not fit a pattern in full makes no question: a few that read well are better than many that sometimes stumble. English; it
knows no archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rag.model import Article, Sentence
from rag.text.terms import STOP_WORDS

_WORDS = range(3, 14)  # of a question


class Pattern(StrEnum):
    """What a question asks."""

    WHEN = "when"
    HOW_MANY = "how many"
    HOW_MUCH = "how much"
    WHY = "why"
    WHO_DID = "who did"
    WHO_HOLDS = "who holds"
    WHO_IS = "who is"


@dataclass(frozen=True, slots=True)
class Example:
    """A question and the sentence of an article that it was made from."""

    question: str
    pattern: Pattern
    article: Article
    sentence: Sentence

    @property
    def said(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.end]


# ---------------------------------------------------------------- words

_CAPITAL = (
    r"(?:[A-ZÀ-ÖØ-Þ][\w’'-]*\w|[A-Z]\.|(?:al|el|bin|ibn|van|von|de|da|der|du|la)(?=[ -][A-Z]))"
)
NAME = re.compile(rf"{_CAPITAL}(?: {_CAPITAL})*")
_FIRST = r"(?<![\w.’'-])(?=[A-ZÀ-ÖØ-Þ])(?!The )"
_FULL_NAME = rf"{_FIRST}{_CAPITAL}(?: {_CAPITAL}){{1,6}}"
# A name that another word does not govern: not "of Tyre", whatever stands after it.
_UNGOVERNED = (
    r"(?<!the )(?<!The )(?<!of )(?<!in )(?<!at )(?<!for )(?<!from )(?<!to )(?<!and )(?<!& )"
)
_FREE_NAME = _UNGOVERNED + _FULL_NAME
_NAMES_AND = re.compile(rf"{_CAPITAL} (?:and|&) (?={_CAPITAL})")
_HALFNAME = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Lord|Lady) \S+")
_DATELINE = re.compile(r"^[A-Z]{3,}[A-Z ]*(?:, [\w .]{2,20})?(?: \([\w ]+\))? ?[—–-]+ ")
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = (
    rf"(?:on (?:\d{{1,2}} {_MONTH}|{_MONTH} \d{{1,2}})(?:,? \d{{4}})?|in (?:{_MONTH} )?(?:19|20)\d\d|in {_MONTH}"
    r"|(?:on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|afternoon|evening|night))?)"
)
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?: (?:hundred|thousand|million|billion))?"
)
_MONEY = r"(?:(?:US)?[$£€]\d[\d.,]*(?:bn|m|k| billion| million)?|\d[\d.,]*(?: billion| million)? (?:crowns|dollars|euros|pounds))"
_ABOUT = (
    r"(?:about |around |some |nearly |almost |at least |more than |over |up to |no fewer than )?"
)
_THINGS = (
    r"(?P<things>(?:[a-z-]+ ){0,2}?(?:people|children|women|men|(?!years\b)[a-z-]{2,}[a-rt-z]s))"
)
_UNIQUE_ROLE = (
    r"(?:ambassador|captain|CEO|chairman|chairwoman|chancellor|chief|coach|commander|commissioner|director|editor|envoy|executive|founder"
    r"|governor|leader|manager|mayor|minister|owner|president|secretary|speaker)"
)
_ROLE = (
    rf"(?:{_UNIQUE_ROLE}|MP|actor|actress|analyst|architect|artist|author|councillor|curator|doctor|economist|engineer|general|historian"
    r"|judge|lawyer|lecturer|librarian|mediator|nurse|officer|producer|professor|prosecutor|researcher|scientist|senator|singer|spokesman"
    r"|spokesperson|spokeswoman|striker|surgeon|teacher|winger|writer)"
)
# Words that have a capital at the start of a sentence only.
_NONAME = re.compile(
    rf"{_ROLE}|meanwhile|however|yesterday|earlier|later|former|although|despite|instead|perhaps|according",
    re.IGNORECASE,
)
# What a question that stands alone must not lean on: the words before it, or the day it was written; and what starts another clause.
_LEANING = (
    r"(?:I|we|you|he|she|it|they|him|her|them|us|me|my|our|your|his|hers|its|their|this|that|these|those|there|here|who|which|what"
    r"|\w+day|tonight|tomorrow|now|ago|earlier|later|latest|last|next|previous|recent|recently|currently|former|then|so|such|also|both"
    r"|other|another|no|not|after|before|only|even|still|again|too|more|less|and|or|but|while|when|where|if|whether|than|as|said|says)\b"
)
_LEANS = re.compile(rf"\b{_LEANING}", re.IGNORECASE)
# "the case", "the company's": known to who has read on.
_OF_THE_STORY = re.compile(r" the [a-z]+\?$|\b[a-z]+['’]s\b")
_PLAIN = re.compile(r"[\w ,'’.&-]+\?")

# The past of a verb, and its form after "did".
_BASE = dict(
    pair.split(":")
    for pair in (
        "announced:announce approved:approve arrested:arrest arrived:arrive attacked:attack banned:ban beat:beat became:become began:begin"
        " bought:buy broke:break built:build climbed:climb closed:close completed:complete created:create cut:cut damaged:damage"
        " destroyed:destroy died:die drew:draw dropped:drop earned:earn employed:employ fell:fall fired:fire fled:flee gained:gain"
        " gave:give"
        " grew:grow had:have hired:hire"
        " hit:hit increased:increase injured:injure invaded:invade joined:join jumped:jump killed:kill"
        " launched:launch left:leave lost:lose made:make married:marry met:meet moved:move opened:open paid:pay planted:plant"
        " played:play produced:produce published:publish quit:quit raised:raise received:receive released:release resigned:resign"
        " retired:retire rose:rise scored:score sent:send shut:shut signed:sign sold:sell spent:spend stopped:stop suffered:suffer"
        " surrendered:surrender took:take treated:treat visited:visit walked:walk withdrew:withdraw won:win wounded:wound wrote:write"
    ).split()
)
_PAST = "|".join(_BASE)
_AUXILIARY = r"(?:was|were|is|are|will|would|could|(?:has|have|had)(?= been\b))"
_FINITE = re.compile(r"\b(?:did|was|were|is|are|has|have|will|would|could)\b")
# A verb, or what follows one, within what should be a subject: "The minister said the port was shut".
_NO_SUBJECT = re.compile(
    rf" (?:{_AUXILIARY}|{_PAST}|has|have|had|\w+ed|said|says|thinks?|thought|believes?|knows?|knew|hopes?|always|the|an?|to|by|on|for)\b"
)
_OWNED = r"(?:(?<=['’]s)(?: [a-z-]+){1,3})?"
_CLAUSE = re.compile(
    rf"(?P<subject>The (?:[\w’'-]+ ){{0,2}}?[\w’'-]+(?: (?:of|in|at|near|from) (?:the )?{_FULL_NAME})?"
    rf"|{_CAPITAL}(?: {_CAPITAL}){{0,4}}{_OWNED})"
    rf"(?:, [^,]+,)? (?P<verb>{_AUXILIARY}(?! (?:the|an?) )|{_PAST}) (?P<rest>.+)"
)
_SOME = r"[^,;:.]+?"
_END = r"(?:[,;](?!\S)(?! \d)|\.?$| –| —| - | after | because | amid | following )"
_PLACED = rf"(?P<rest>(?: (?:in|at|from|near|of|to|for|with|during) {_SOME})?)"
_COUNTED = re.compile(rf"{_ABOUT}{_NUMBER} {_THINGS}{_PLACED}{_END}", re.IGNORECASE)
_COUNTED_FIRST = re.compile(
    rf"{_ABOUT}{_NUMBER} (?P<rest>{_THINGS} (?:{_SOME} )?(?:(?:were|are|have|had|will)(?! (?:the|an?) )|died|walked out|took part|gathered"
    rf"|attended)(?: {_SOME})??){_END}",
    re.IGNORECASE,
)
_PRICED = re.compile(rf"{_ABOUT}{_MONEY}{_PLACED}{_END}", re.IGNORECASE)
_BECAUSE = re.compile(rf"(?P<rest>{_SOME})(?:,[^,;:.]*,)?,? because ")
_DATED = re.compile(rf"(?P<rest>{_SOME}) {_DATE}{_END}")
_DEED = re.compile(
    rf"{_FULL_NAME}(?:, [^,]+,)? (?P<deed>(?:won|beat|defeated|directed|founded|wrote|leads|heads|runs|chairs|succeeded|replaced|invented"
    rf"|discovered|designed) {_SOME}){_END}"
)
# A role in apposition, with nothing in it that could start another clause.
_ROLE_WORDS = rf"(?:(?!{_LEANING}|(?:since|until|in|on|by|to)\b)[\w’'-]+ ){{0,5}}?"
_PREPOSITION = r"(?:since|until|in|on|by|to|the|an?|of|for|with|at|from|\w+ed)\b"
_APPOSED = rf"(?:(?:the|an?) |(?!\w+(?:ing|ed)\b)){_ROLE_WORDS}{_ROLE}(?: (?:of|at|for|with|in|on|who|and) [^,;:]*)?"
_OFFICE = re.compile(
    rf"{_FREE_NAME}, (?!an? )(?:"
    rf"(?P<owned>(?:the )?{_CAPITAL}(?: {_CAPITAL}){{0,3}}['’]s {_ROLE_WORDS}{_UNIQUE_ROLE}(?: (?:of|for|at) {_SOME})?)"
    rf"|(?:the )?(?P<office>{_ROLE_WORDS}{_UNIQUE_ROLE} (?:of|for|at) (?:the )?{_CAPITAL}[^,;:.]*?)"
    r")(?:,|\.?$)"
    rf"|{_UNGOVERNED}(?<!ormer )(?!Deputy |Former |Acting ){_FIRST}(?P<title>{_CAPITAL}(?: {_CAPITAL}){{0,5}} "
    rf"(?P<rank>(?:(?!{_LEANING}|{_PREPOSITION})[a-z-]+ ){{0,3}}?)(?:(?:chief|head) [a-z]+|{_UNIQUE_ROLE})) "
    rf"{_FULL_NAME}(?= said| says|,|\.$| has| is| was)"
)
_OWNER = re.compile(rf"(?:the |{_CAPITAL} )*{_CAPITAL}(?<=['’]s) ")
_COMMON_ROLE = re.compile(
    r"(?<!chief)(?<!head) (?:captain|commander|director|editor|executive|founder|manager|minister|owner|secretary)$"
)
_PERSON = re.compile(
    rf"(?P<before>{_FREE_NAME}), {_APPOSED}(?:,|\.?[\"”]?$)|\b{_ROLE} (?P<after>{_FULL_NAME})(?= said|,|\.$| has| is| was)"
)


# ---------------------------------------------------------------- patterns


def made_of(article: Article, sentence: Sentence) -> Iterator[Example]:
    """The questions that the patterns make of one sentence; most sentences make none."""
    said = _DATELINE.sub("", article.text[sentence.start : sentence.end])
    for pattern, ask in _PATTERNS.items():
        question = ask(said)
        if (
            question is not None
            and _reads_well(question)
            and _opens_with_a_name(question, said, article.text)
        ):
            yield Example(question, pattern, article, sentence)


def _reads_well(question: str) -> bool:
    """Plain words, of a length to read at a glance, that name something and lean on nothing outside the question."""
    after = _NAMES_AND.sub("", question.partition(" ")[2])
    named = any(not re.fullmatch(_MONTH, name) for name in NAME.findall(after))
    stands_alone = (
        not _LEANS.search(after)
        and not _OF_THE_STORY.search(after)
        and len(_FINITE.findall(question)) < 2
    )
    return bool(
        named and stands_alone and _PLAIN.fullmatch(question) and len(question.split()) in _WORDS
    )


def _opens_with_a_name(question: str, said: str, text: str) -> bool:
    """Whether a sentence's first word, if it goes into the question with its capital, has that capital by itself.

    A single word has it where it stands within another sentence, and not after a forename, which the question would lack.
    """
    match = NAME.match(said)
    if match is None or match.group() not in question:
        return True
    word = match.group().split()[0]
    first = re.escape(word)
    if (
        word.casefold() in STOP_WORDS
        or _NONAME.fullmatch(word)
        or re.search(rf"\b{re.escape(word.lower())}\b", text)
    ):
        return False
    return " " in match.group() or bool(
        re.search(rf"[a-z,] {first}\b", text)
        and not re.search(rf"[A-Z][\w.]{{1,30}} {first}\b", text)
    )


class _Clause(NamedTuple):
    """`the strike | killed | 18 people`: what stands before and after the verb of a simple sentence."""

    subject: str
    verb: str
    rest: str

    @classmethod
    def of(cls, said: str) -> _Clause | None:
        """The sentence's main clause, if it starts with it and its subject has a name: "the singer" leans on the sentence before."""
        match = _CLAUSE.match(said)
        if match is None or _NO_SUBJECT.search(match["subject"].removeprefix("The")):
            return None
        bare = match["subject"].removeprefix("The ")
        unnamed = bare != match["subject"] and not re.search(_FULL_NAME, bare)
        return (
            None
            if unnamed
            else cls(
                match["subject"] if bare == match["subject"] else f"the {bare}",
                match["verb"],
                match["rest"],
            )
        )

    def asked(self, rest: str) -> str:
        """The clause with another `rest`, as it stands after a question word: "did the strike kill 18 people"."""
        base = _BASE.get(self.verb)
        return (
            f"did {self.subject} {base} {rest}".strip()
            if base
            else f"{self.verb} {self.subject} {rest}"
        )


def _ask_when(said: str) -> str | None:
    """The port of Fenn was shut on 4 May. -> When was the port of Fenn shut?"""
    clause = _Clause.of(said)
    match = clause and _DATED.match(clause.rest)
    return f"When {clause.asked(match['rest'])}?" if clause and match else None


def _ask_how_many(said: str) -> str | None:
    """The Fenn flood killed 18 people in Tyre. -> How many people did the Fenn flood kill in Tyre?"""
    if match := _COUNTED_FIRST.match(said):
        return f"How many {match['rest']}?"
    clause = _Clause.of(said)
    match = _COUNTED.match(clause.rest) if clause and clause.verb in _BASE else None
    return (
        f"How many {match['things']} {clause.asked(match['rest'].strip())}?"
        if clause and match
        else None
    )


def _ask_how_much(said: str) -> str | None:
    """Fenn Bank paid $4m for the pier. -> How much did Fenn Bank pay for the pier?"""
    clause = _Clause.of(said)
    match = (
        _PRICED.match(clause.rest)
        if clause and clause.verb in ("earned", "lost", "made", "paid", "raised", "spent")
        else None
    )
    return (
        f"How much did {clause.subject} {_BASE[clause.verb]} {match['rest'].strip()}".strip() + "?"
        if clause and match
        else None
    )


def _ask_why(said: str) -> str | None:
    """The port of Fenn was shut because of ice. -> Why was the port of Fenn shut?"""
    clause = _Clause.of(said)
    match = clause and _BECAUSE.match(clause.rest)
    return f"Why {clause.asked(match['rest'])}?" if clause and match else None


def _ask_who_did(said: str) -> str | None:
    """Mia Holt, 31, won the Fenn regatta. -> Who won the Fenn regatta?"""
    match = _DEED.match(said)
    return f"Who {match['deed']}?" if match else None


def _ask_who_holds(said: str) -> str | None:
    """Mia Holt, head of the Fenn Guild, … -> Who is the head of the Fenn Guild?"""
    match = _OFFICE.search(said)
    if match is None or (match["title"] and (_is_cut(match, "title") or _is_common(match))):
        return None
    office = match["owned"] or match["office"] or match["title"]
    return f"Who is {'' if _OWNER.match(office) else 'the '}{office}?"


def _is_common(match: re.Match[str]) -> bool:
    """Whether others hold the office, too: "the British director"."""
    return not match["rank"] and _COMMON_ROLE.search(match["title"]) is not None


def _ask_who_is(said: str) -> str | None:
    """Mia Holt, the harbour's chief engineer, … -> Who is Mia Holt?"""
    name = _whole_name(_PERSON.search(said))
    return f"Who is {name}?" if name else None


def _whole_name(match: re.Match[str] | None) -> str | None:
    """The name that was found, without the roles before it; None where less than a forename and a surname is left."""
    if match is None:
        return None
    found = "before" if match["before"] else "after"
    name = re.sub(rf"^.*\b{_ROLE}(?: |$)", "", match[found], flags=re.IGNORECASE)
    whole = (
        len(name.split()) in range(2, 5)
        and not _HALFNAME.fullmatch(name)
        and not _is_cut(match, found)
    )
    return name if whole else None


def _is_cut(match: re.Match[str], group: str) -> bool:
    """Whether the name goes on before what was found: "Angeles Lakers"."""
    return re.search(rf"{_CAPITAL} $", match.string[: match.start(group)]) is not None


_PATTERNS: dict[Pattern, Callable[[str], str | None]] = {
    Pattern.WHEN: _ask_when,
    Pattern.HOW_MANY: _ask_how_many,
    Pattern.HOW_MUCH: _ask_how_much,
    Pattern.WHY: _ask_why,
    Pattern.WHO_DID: _ask_who_did,
    Pattern.WHO_HOLDS: _ask_who_holds,
    Pattern.WHO_IS: _ask_who_is,
}
