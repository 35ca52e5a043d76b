"""Finds what a comparison compares, and asks for the measure of each side.

"Which ship was faster, the Asta or the Brin?" becomes "How fast was the Asta?" and "How fast was
the Brin?": articles give each figure by itself. "Compare the tolls of the Asta and the Brin" asks
what the toll of each was. "Compare the Asta and the Brin" names no measure: each side is a topic.
English.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.answering.cues import words_of_groups
from rag.text.numbers import CARDINALS
from rag.text.phrases import AUXILIARIES, CAPITALISED, PEOPLE, PREPOSITIONS
from rag.text.verbs import infinitive, third_person

# Two names with a word of comparison between them; the first word of a question is no name.
_NAMES = re.compile(
    rf"(?<=\s)(?P<first>{CAPITALISED})"
    r",?\s(?:and|or|than|versus|vs\.?|against|compared (?:with|to)|with|from|to)\s(?:the\s)?"
    rf"(?:that of\s)?(?:(?:{PREPOSITIONS})\s)?(?P<second>{CAPITALISED})"
)
# "Which is larger, A or B?"
_CHOICE = re.compile(r"^(?P<head>.+?),\s+(?P<first>[^,]+?)\s+or\s+(?P<second>[^,]+?)\s*\??$")
_MORE = rf"(?:{'|'.join(sorted(words_of_groups('more') - {'better', 'worse'}))})"
# "Is A longer than B?", "Did A sell more cars than B?"
_THAN = re.compile(r"^(?P<head>.+)\sthan\s(?P<second>.+?)\s*\??$", re.IGNORECASE)
_PEOPLE = "|".join(PEOPLE)
# What begins a time or a place, and belongs to no noun before it.
_SCOPE = (
    rf"(?:{PREPOSITIONS}|among|across|within|around|off|than|last|this|next|every|each|overall"
    r"|today|now)\b"
)
# "Which ship was faster": how a thing is. "Whose match had more viewers", "which is worth more":
# what it has. "Which grew faster": how it did. "Which made a larger profit".
_ASKS = (
    rf"^(?:which|what|who|(?P<whose>whose))\b\s?(?P<owned>.*?)\s?(?:\b(?P<aux>{AUXILIARIES})\s)?"
)
_IS_MORE = re.compile(
    r"^(?:which|what|who|(?P<whose>whose))\b\s?(?P<owned>.*?)\s?\b(?P<verb>is|are|was|were)\s"
    r"(?P<the>the\s)?"
    rf"(?:(?P<more>{_MORE})|(?:more|less)\s(?P<how>[a-z]+))"
    # The noun of "the larger firm in Dell".
    rf"(?(the)(?:\s(?!{_SCOPE})[\w-]+)*)(?P<rest>.*)$",
    re.IGNORECASE,
)
_HAS_MORE = re.compile(
    rf"{_ASKS}(?P<did>\w+)\s(?:more|fewer|less)\b\s?(?P<counted>(?:of\b)?.*)$", re.IGNORECASE
)
_DID_MORE = re.compile(
    rf"{_ASKS}(?P<did>\w+)\s(?:(?P<more>{_MORE})|(?:more|less)\s(?P<how>[a-z]+ly|often))"
    r"(?P<rest>(?:\s.*)?)$",
    re.IGNORECASE,
)
_MADE_MORE = re.compile(
    rf"{_ASKS}(?P<did>\w+)\s(?:an?|the)\s(?P<more>{_MORE})\s(?P<rest>\S.*)$", re.IGNORECASE
)
# "Is A longer", "Did A last longer", "Did A sell more cars".
_A_IS_MORE = re.compile(
    r"^(?P<verb>is|are|was|were)\s(?P<side>.+?)\s"
    rf"(?:(?P<more>{_MORE})|(?:more|less)\s(?P<how>[a-z]+))$",
    re.IGNORECASE,
)
_A_DID_MORE = re.compile(
    rf"^(?P<verb>{AUXILIARIES})\s(?P<side>.+)\s(?P<did>\S+)\s"
    rf"(?:(?P<more>{_MORE})|(?:more|fewer|less)(?P<counted>\s[\w-]+)?)$",
    re.IGNORECASE,
)
# "Did more young people work in A", "Were more ships sunk by A", "Was more money spent by A": a
# plural, or one word of a mass; no verb, as in "Did more die in A".
_MORE_OF = re.compile(
    rf"^(?P<verb>{AUXILIARIES})\s(?:more|fewer|less)\s(?!{_SCOPE})"
    rf"(?P<counted>(?:(?!{_SCOPE})[\w-]+\s){{0,2}}?(?:(?:{_PEOPLE})|[\w-]+(?<![sui])s)"
    r"|(?<=(?:is|as)\s(?:more|less)\s)[\w-]+)"
    rf"\s(?P<rest>(?!{_SCOPE}).+)$",
    re.IGNORECASE,
)
# "Compare A and B", "How do A and B differ?": without a measure.
_OPEN = re.compile(
    r"^(?:please\s)?(?:(?:compare|contrast)(?!\s(?:how|what|when|where|who)\b)"
    r"|what(?:['’]s|\s(?:is|are|was|were))\s(?:the\s)?differences?\sbetween"
    r"|how\s(?:do|does|did|are|is|were|was)(?=\s.*\s(?:differ|compare|different)\W*$))"
    r"\s(?P<both>[^,;?]+?)(?:\s(?:differ|compare|different))?\W*$",
    re.IGNORECASE,
)
# What has a figure: "the profits of Skarn", "Dell's bid", "the death toll in Aldwater".
_MEASURES = "|".join(
    sorted(words_of_groups("figure"))
    + (
        "age areas? bids? budgets? casualties costs? deaths? debts? dividends? earnings fares? "
        "fees? fines? goals? injuries lengths? majorit(?:y|ies) offers? populations? prices? "
        "profits? ranges? rates? revenues? "
        "salar(?:y|ies) scores? sentences? shares? sizes? speeds? tolls? "
        "turnouts? viewers votes? wages? weights?"
    ).split()
)
_OF_WHAT = r"(?:of|in|at|for|from|on|by|to|that|which|who)\b"
_MEASURE_OF = re.compile(
    rf"^(?:the\s)?(?P<measure>(?:[\w-]+\s){{0,3}}?(?:{_MEASURES}))(?P<link>\s{_OF_WHAT}\s)(?P<of>.+)$"
)
_OWN_MEASURE = re.compile(rf"^\S.*['’]s?\s(?:[\w-]+\s){{0,2}}(?:{_MEASURES})(?:\s{_OF_WHAT}.*)?$")
_LINK = re.compile(rf"^{_OF_WHAT}\s(?:the\s)?")
# "The shares of Skarn with those of Dell"
_OWN_LINK = re.compile(r"^(?:that|those)\s(?P<link>of|in|at|for|from|on|by)\s(?P<of>.+)$")
# "Bank of" before a name is a part of it.
_HOUSE_OF = re.compile(
    r"(?<=\s)(?:[A-Z][\w&-]+\s)*(?:Bank|University|House|Church|Court|Ministry|Department"
    r"|Institute|College|Board|Office|Port|Kingdom|Republic|Isle|City)\sof\s(?:the\s)?$"
)
_OF_NAME = re.compile(rf"\sof\s(?:the\s)?{CAPITALISED}")
_COMPARES_WITH = re.compile(
    r"^how\s(?:do|does|did)\s(?P<first>.+?)\scompare\s(?:with|to|against)\s"
    r"(?P<second>(?:that|those)\s(?:of|in|at|for|from|on|by)\s.+?)\W*$",
    re.IGNORECASE,
)
_IS_PLURAL = re.compile(r".*(?:[^s]s|ies)")
_ORDINAL = re.compile(
    r"^(?:the\s)?(?P<ordinal>first|second|third|fourth|fifth|initial|original|last|final|latest"
    r"|new|old|earlier|later|previous)\b"
)
_BETWEEN = re.compile(r"\s(?:and|with|to|versus|vs\.?)\s(?:the\s)?", re.IGNORECASE)
_IS_NOUN = re.compile(rf"(?:\s[a-z-]+(?:\s[a-z0-9-]+){{0,2}})?(?:\s(?:{PREPOSITIONS})\s.+)?")
_FIGURE = re.compile(rf"[\d$£€]|(?:{'|'.join(CARDINALS)})\b", re.IGNORECASE)
# "What's larger" is "What is larger"; "Who's sold more" is not.
_IS_SHORT = re.compile(
    rf"^(what|who|which)['’]s(?=\s(?:the\s)?(?:more|less|{_MORE})\b)", re.IGNORECASE
)
_OF_WHICH = re.compile(r"^(?:which|what)\s[\w-]+['’]s?\s", re.IGNORECASE)
_COMPARE = re.compile(r"^(?:please\s)?compare\s(?=how\b)", re.IGNORECASE)
_EACH_OTHER = re.compile(r",?\s(?:compared )?(?:with|to|from) each other\b", re.IGNORECASE)
_IRREGULAR = {"further": "far", "farther": "far"}
# Adjectives that end with "e" and lose one in their comparative.
_WITH_E = frozenset("large safe close loose wide late brave fine rare strange simple".split())


class Sides(NamedTuple):
    """The two things that a question compares, and the question about each of them.

    `questions` is None where no measure is named.
    """

    first: str
    second: str
    questions: tuple[str, str] | None


def sides_of(question: str) -> Sides | None:
    """What a question compares, if it names two things with a word of comparison between them.

    >>> sides_of("Did Nissan or Renault sell more cars?").questions
    ('How many cars did Nissan sell?', 'How many cars did Renault sell?')
    >>> sides_of("Which ship was faster, the Asta or the Brin?").questions
    ('How fast was the Asta?', 'How fast was the Brin?')
    >>> sides_of("Which club scored more often, Skarn or Dell?").questions
    ('How often did Skarn score?', 'How often did Dell score?')
    >>> sides_of("Compare the profits of Skarn and Dell in 2004").questions
    ('What were the profits of Skarn in 2004?', 'What were the profits of Dell in 2004?')
    >>> sides_of("Compare the first and the second bid that Skarn made").questions
    ('What was the first bid that Skarn made?', 'What was the second bid that Skarn made?')
    >>> sides_of("Compare Labour and Conservative tax plans")[:2]
    ('Labour tax plans', 'Conservative tax plans')
    >>> sides_of("Compare the results of Hill & Sons and Dell")[:2]
    ('results of Hill & Sons', 'results of Dell')
    """
    asked = _EACH_OTHER.sub("", _COMPARE.sub("", question.strip()))
    if match := _COMPARES_WITH.match(asked):
        asked = f"compare {match['first']} with {match['second']}"
    if match := _OPEN.match(asked):
        return _topics(match["both"])
    if match := _CHOICE.match(asked):
        first, second = match["first"], match["second"]
        return Sides(first, second, (_choice(match["head"], first), _choice(match["head"], second)))
    if (match := _THAN.match(asked)) and (head := _more(match["head"])):
        first, second = head["side"], match["second"]
        if first.casefold() == "there" or _FIGURE.match(second):
            return None
        return Sides(first, second, (_of_side(head, first), _of_side(head, second)))
    if match := _NAMES.search(asked):
        first, second = match["first"], match["second"]
        before, after = asked[: match.start()], asked[match.end() :]
        asking = (_measure(f"{before}{name}{after}") for name in (first, second))
        return Sides(first, second, (next(asking), next(asking)))
    return None


def _topics(both: str) -> Sides | None:
    """The two topics of "Labour and Conservative tax plans", or of "the plans of Labour and Tory".

    Both have what stands before and the noun that follows. Of topics with a measure it is asked
    for.
    """
    match = _NAMES.search(f" {both}")
    if match and _IS_NOUN.fullmatch(after := both[match.end() - 1 :]):
        before, first = both[: max(0, match.start("first") - 1)], match["first"]
        second = match["second"]
        if house := _HOUSE_OF.search(f" {before}"):
            # "The rates of the Bank of Skarn and the Dell Reserve" are not of "the Bank of Dell".
            before, first = before[: house.start() - 1], f"{house[0]}{first}"
            if own := _OF_NAME.match(after):
                second, after = f"{second}{own[0]}", after[own.end() :]
        before = before.removeprefix("the ")
        return _asked(f"{before}{first}{after}", f"{before}{second}{after}")
    parts = _BETWEEN.split(both, 1) if _BETWEEN.search(both) else both.split(" & ")
    if len(parts) != 2:
        return None
    first, second = parts[0].removeprefix("the "), parts[1]
    ordinal, other = _ORDINAL.fullmatch(first), _ORDINAL.match(second)
    if ordinal and other:
        first = f"{first}{second[other.end() :]}"
    shared = _MEASURE_OF.match(first)
    if shared and not ordinal and not _has_measure(second):
        own = _OWN_LINK.match(second)
        link, of = (f" {own['link']} ", own["of"]) if own else (shared["link"], second)
        second = f"{shared['measure']}{link}{_LINK.sub('', of)}"
    elif _BETWEEN.search(second):
        return None
    return _asked(first, second)


def _asked(first: str, second: str) -> Sides:
    """The two topics, with a question for the measure of each if both have one."""
    if _has_measure(first) and _has_measure(second):
        return Sides(first, second, (_what_was(first), _what_was(second)))
    return Sides(first, second, None)


def is_open(question: str) -> bool:
    """Whether a question asks to compare two things, and not which has more of something."""
    asked = question.strip()
    return bool(_OPEN.match(asked) or _COMPARES_WITH.match(asked))


def is_ordinal(word: str) -> bool:
    """Whether a word tells one of several things from the others: "first", "latest"."""
    return _ORDINAL.fullmatch(word) is not None


def _has_measure(topic: str) -> bool:
    return bool(_MEASURE_OF.match(topic) or _OWN_MEASURE.match(topic))


def _what_was(topic: str) -> str:
    """The question what the profits of Skarn were, or Skarn's profits."""
    measure = _MEASURE_OF.match(topic)
    noun = measure["measure"] if measure else re.split(rf"\s{_OF_WHAT}", topic)[0]
    verb = "were" if _IS_PLURAL.fullmatch(noun) else "was"
    the = "the " if measure and not topic.startswith("the ") else ""
    return _sentence(f"what {verb} {the}{topic}")


def _choice(head: str, side: str) -> str:
    """The question for one side of "Which ship was faster, A or B?"."""
    head = _OF_WHICH.sub("whose ", _IS_SHORT.sub(r"\1 is", head))
    if match := _IS_MORE.match(head):
        how = match["how"] or adjective(match["more"])
        return _sentence(f"how {how} {match['verb']} {_subject(match, side)}{match['rest']}")
    if match := _MADE_MORE.match(head):
        how = adjective(match["more"])
        return _sentence(_did(match, side, f"how {how} a {match['rest']}"))
    if match := _DID_MORE.match(head):
        how = match["how"] or adjective(match["more"])
        return _sentence(f"{_did(match, side, f'how {how}')}{match['rest']}")
    if match := _HAS_MORE.match(head):
        return _sentence(_did(match, side, _how_much(match["counted"])))
    return _sentence(f"{head}, {side}")


def _did(match: re.Match[str], side: str, measure: str) -> str:
    """The question how much a side did: "how much did A sell", "how much has A sold".

    A verb that no list has stays as it is: "A minted how much".
    """
    subject, verb = _subject(match, side), match["did"]
    if match["aux"]:
        return f"{measure} {match['aux']} {subject} {verb}"
    if verb.casefold() in ("is", "are", "was", "were"):
        return f"{measure} {verb} {subject}"
    plain = infinitive(verb)
    if plain is None:
        return f"{subject} {verb} {measure}"
    return f"{measure} {'does' if third_person(verb) else 'did'} {subject} {plain}"


def _subject(match: re.Match[str], side: str) -> str:
    """The side, or what it has: "whose shares" are "A's shares"."""
    owner = side if side.endswith(("'s", "’s")) else f"{side}'s"
    return f"{owner} {match['owned']}" if match["whose"] else side


def _measure(question: str) -> str:
    """The question "Is A longer?" or "Did A sell more cars?" as one for the figure."""
    text = question.rstrip(" ?")
    if of := _MORE_OF.match(text):
        return _sentence(f"{_how_much(of['counted'])} {of['verb'].casefold()} {of['rest']}")
    more = _more(text)
    return _of_side(more, more["side"]) if more else _sentence(text)


def _more(text: str) -> re.Match[str] | None:
    return _A_IS_MORE.match(text) or _A_DID_MORE.match(text)


def _of_side(more: re.Match[str], side: str) -> str:
    """How long a side is, or how many things it did."""
    found = more.groupdict(default="")
    how = found.get("how") or (found["more"] and adjective(found["more"]))
    adverb = f"how {how}" if how else ""
    measure = adverb or _how_much(found.get("counted", "").strip())
    verb = f" {found['did']}" if "did" in found else ""
    return _sentence(f"{measure} {found['verb'].casefold()} {side}{verb}")


def _how_much(counted: str) -> str:
    """How many cars, or how much money; only how much where nothing is named."""
    words = re.split(rf"\s(?:{PREPOSITIONS})\s", counted)[0].split()
    is_many = any(re.fullmatch(rf".*[^sui]s|{_PEOPLE}", word, re.IGNORECASE) for word in words)
    return f"how {'many' if is_many else 'much'} {counted}".strip()


def adjective(comparative: str) -> str:
    """The adjective of a comparative.

    >>> [adjective(word) for word in ("faster", "bigger", "heavier", "larger")]
    ['fast', 'big', 'heavy', 'large']
    """
    word = comparative.casefold()
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ier"):
        return f"{word[:-3]}y"
    if word[:-1] in _WITH_E:
        return word[:-1]
    stem = word.removesuffix("er")
    return stem[:-1] if stem[-1:] == stem[-2:-1] and stem[-1:] in "bdgmnt" else stem


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('?. ')}?"
