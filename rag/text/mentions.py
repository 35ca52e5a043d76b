"""What a text mentions: names, dates and noun phrases, by patterns over its words alone. English.

In go a text, and `told`: all that a conversation has said, by which a name is known for a person or a phrase for a phrase. It knows no
model, no article and no conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.text.terms import STOP_WORDS

# Words of English that the other modules of a conversation build their patterns of.
AUX = "did|does|do|was|were|is|are|has|have|had|will|would|can|could|should|may|might|must"
PREPOSITIONS = "in|on|at|by|for|from|to|with|of|since|until|till|before|after|during|about|near|under|over|into|against|between"
WH = "who|whom|whose|what|which|when|where|why|how"
CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w’'-]*(?:\s[A-ZÀ-ÖØ-Þ][\w’'-]*)*"
PEOPLE = ("people", "police", "children", "men", "women", "crew", "staff")

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
DATE = re.compile(
    rf"\b(?:(?:last|next|this)\s)?(?:{_WEEKDAY}(?:,?\s)?)?(?:(?:the\s)?\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?)?{_MONTH}\b(?:\s\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s\d{{4}})?"
    rf"|\b(?:(?:last|next|this)\s)?{_WEEKDAY}\b|\b(?:1[5-9]|20)\d\d\b|\b(?:last|next|this)\s(?:week|month|year|spring|summer|autumn|winter)\b"
    r"|\b(?:yesterday|today|tomorrow)\b"
)
_DATE_WORD = re.compile(rf"(?:{_MONTH}|{_WEEKDAY})s?")

_CAPITAL = r"[A-ZÀ-ÖØ-Þ]"
_PROPER = rf"{_CAPITAL}[\w’'&-]*"
_NAME = re.compile(
    rf"\b{_PROPER}(?:\s(?:(?:of\s(?:the\s)?|bin\s|al\s|el\s|de\s|da\s|van\s|von\s|ibn\s))?{_PROPER})*"
)
_POSSESSIVE = re.compile(r"[’']s?$")
_ROLES = (
    "minister|secretary|president|mayor|nurse|architect|envoy|librarian|director|judge|engineer|councillor|speaker|spokesman|spokeswoman|"
    "chief|leader|commander|ambassador|king|queen|prince|princess|sir|dame|lord|lady|dr|professor|mr|mrs|ms|miss|sheikh|captain|chairman|"
    "chairwoman|governor|senator|general|emir|head|prime|us|president-elect|baker|coach|driver|teacher|doctor|author"
)
_TITLES = frozenset(_ROLES.split("|"))
_THINGS = frozenset(
    "river bridge street lane row road square hospital university college school agency union council institute ministry party "
    "bank company terminals city town county forum house observer post gazette courier ledger echo times wire east west north "
    "south island islands sea war court department board rovers united club museum library station airport park harbour quay port "
    "valley lake mount bay army office parliament committee commission federation association history health".split()
)
_SAID = "said|says|told|tells|added|called|warned|promised|expects|expected|retired|resigned|answered|shrugged|asked|joined|became|cut"
# What speaks for a person or against one, with @ for the name, and how much.
_EVIDENCE = tuple(
    (re.compile(pattern), weight)
    for pattern, weight in (
        (rf"@(?:, [^.\n]{{1,80}},)? (?:{_SAID})\b", 2),
        (r"\b(?:said|says|asked|added) @", 2),
        (rf"\b(?i:{_ROLES})\.? @", 2),
        (r"@, (?:the|a|an|who|his|her)\b", 1),
        (r"\b(?:with|by) @", 1),
        (r"\b(?:in|at|near|off|outside|around|across|towards?|into) (?:the )?@", -2),
        (r"\b[Tt]he @|\b(?:port|town|city|village|people|mayor) of @", -2),
    )
)
_TITLED = {
    "he": re.compile(
        r"\b(?:Mr|Sir|King|Lord|Prince|Sheikh|[Cc]hairman|[Ss]pokesman|[Hh]usband|[Ff]ather|[Bb]rother)\.?,? (?:\w+ )?@"
    ),
    "she": re.compile(
        r"\b(?:Ms|Mrs|Miss|Dame|Queen|Lady|Princess|[Cc]hairwoman|[Ss]pokeswoman|[Ww]ife|[Mm]other|[Ss]ister)\.?,? (?:\w+ )?@"
    ),
}
PRONOUN = re.compile(
    r"\b(?:(?P<he>he|him|his|himself)|(?P<she>she|her|hers|herself))\b", re.IGNORECASE
)

_VERBS = frozenset(
    "open reopen close shut rise fall start begin end stop happen take cost say tell think want need lose win get go come leave "
    "move run walk die kill hurt sink burn break fail hold meet talk speak vote ask answer give lend pay promise build repair "
    "reach hit last stay remain become make do have be expect agree refuse accept warn claim describe rebuild resume return arrive "
    "land fly flow work serve cover warn collapse survive succeed join head lead own keep know find see use bring send set put cut "
    "lie stand grow shrink receive treat host".split()
)
_ENDS = STOP_WORDS | {
    "who",
    "whom",
    "again",
    "ever",
    "still",
    "yet",
    "so",
    "already",
    "today",
    "yesterday",
    "tomorrow",
    "per",
    "according",
}
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_LONGEST_PHRASE = 4
_ATTACHED = re.compile(
    rf"\s(?:of|in|at|on|near|between|off)\s(?:the\s)?(?!{_DATE_WORD.pattern}){_PROPER}(?:\s{_PROPER})*(?:(?<=[’']s)\s[a-z]+)?"
)


def names(text: str, told: str = "") -> list[str]:
    """The capitalised names of a text in order, each once, without titles and possessives.

    The first word of a sentence counts only where `told` or the text has it with a capital elsewhere.

    >>> names("Why did Mayor Luc Ferrand refuse to see Agnes Tull's letter?")
    ['Luc Ferrand', 'Agnes Tull']
    """
    found = (_trimmed(match, f"{text}\n{told}") for match in _NAME.finditer(text))
    return list(dict.fromkeys(name for name in found if name))


def _trimmed(match: re.Match[str], told: str) -> str:
    parts = match.group().split()
    before = match.string[: match.start()].rstrip()
    first_of_sentence = not before or before[-1] in ".!?:;\"“”‘'(—–"
    opening = first_of_sentence and len(parts) == 1
    while parts and (
        parts[0].casefold().strip("’'") in STOP_WORDS | _TITLES | {"of"}
        or _DATE_WORD.fullmatch(parts[0])
    ):
        parts, opening = parts[1:], False
    while parts and _DATE_WORD.fullmatch(_POSSESSIVE.sub("", parts[-1])):
        parts = parts[:-1]
    name = _POSSESSIVE.sub("", " ".join(parts)).rstrip("&-")
    if opening and not re.search(rf"[\w,] {re.escape(name)}\b", told):
        return ""
    return name.title() if name.isupper() and len(name) > 4 else name if len(name) > 1 else ""


def is_person(name: str, told: str) -> bool:
    """Whether a name is likelier a person's than a place's or a thing's."""
    return personal(name, told) > 0


@lru_cache(maxsize=1024)
def personal(name: str, told: str) -> int:
    """How much of what has been told speaks for a person: below 0 it is a place or a thing. Two or more words speak for a person."""
    parts = name.split()
    if _THINGS & {part.casefold() for part in parts} or " of " in name:
        return -1
    marked = re.sub(rf"\b(?:{re.escape(name)}|{re.escape(parts[-1])})\b", "@", told)
    return (len(parts) > 1) + sum(
        weight for evidence, weight in _EVIDENCE if evidence.search(marked)
    )


def full_name(name: str, known: Iterable[str]) -> str:
    """The longest known name that ends with this one: a surname alone is told in full where somebody has said it in full."""
    return max(
        (other for other in known if other == name or other.endswith(f" {name}")),
        key=len,
        default=name,
    )


def pronoun_of(name: str, texts: Iterable[str]) -> str | None:
    """`he` or `she` where a text says so: by a title, or by a pronoun after the only person that it names; else None."""
    last = name.rpartition(" ")[2]
    for text in texts:
        if last not in text:
            continue
        marked = re.sub(rf"\b{re.escape(last)}\b", "@", text)
        if titled := next(
            (pronoun for pronoun, title in _TITLED.items() if title.search(marked)), None
        ):
            return titled
        match = PRONOUN.search(text)
        before = names(text[: match.start()], text) if match else []
        if match and {other.rpartition(" ")[2] for other in before if is_person(other, text)} == {
            last
        }:
            return "he" if match["he"] else "she"
    return None


def beside(date: str, said: str) -> str | None:
    """The date that a few words name by another one: its month with another day, the month or year before it or after it; else None.

    >>> beside("23 October 2024", "on the 22nd"), beside("July", "the month before")
    ('22 October 2024', 'June')
    """
    day = re.fullmatch(r"(?:on )?the (\d{1,2})(?:st|nd|rd|th)", said)
    if day and re.search(r"\b\d{1,2}\b", date):
        return re.sub(r"\b\d{1,2}(?:st|nd|rd|th)?\b", day.group(1), date, count=1)
    match = re.fullmatch(
        r"(?:in |a |the )*(?:(previous|next|following) )?(month|year)(?: (before|after|earlier|later))?",
        said,
    )
    if match is None or not (match.group(1) or match.group(3)):
        return None
    step = -1 if {match.group(1), match.group(3)} & {"previous", "before", "earlier"} else 1
    if match.group(2) == "year":
        return (
            re.sub(r"\d{4}", lambda year: str(int(year.group()) + step), date)
            if re.search(r"\d{4}", date)
            else None
        )
    return _MONTHS[(_MONTHS.index(date) + step) % 12] if date in _MONTHS else None


def phrases(text: str, told: str) -> list[str]:
    """Noun phrases of a question that begin with an article or a possessive, and its names, in order.

    A phrase goes on as far as `told` has its words together, otherwise up to a verb; a place named right after it belongs to it.

    >>> phrases("When will the dialysis unit open in Beirut?", "The dialysis unit could reopen Thursday")
    ['the dialysis unit', 'Beirut']
    """
    found: list[tuple[int, str]] = []
    for match in re.finditer(
        rf"\b(?:[Tt]he|[Aa]n?)\s(?=\w)|\b{_PROPER}(?:\s{_PROPER})*[’']s\s(?=[a-z])", text
    ):
        phrase = text[match.start() : _phrase_end(text, match.end(), told)]
        if phrase.strip().casefold() not in {"the", "a", "an"}:
            found.append((match.start(), phrase))
    covered = " ".join(phrase for _, phrase in found)
    found += [(text.find(name), name) for name in names(text, told) if name not in covered]
    return [phrase for _, phrase in sorted(found)]


def _phrase_end(text: str, start: int, told: str) -> int:
    end, number, lower = start, 0, told.casefold()
    for match in _WORD.finditer(text, start):
        between, word = text[end : match.start()].strip(), match.group()
        if between or number == _LONGEST_PHRASE or word.casefold() in _ENDS:
            break
        known = number > 0 and re.search(
            rf"\b{re.escape(text[start : match.end()].casefold())}\b", lower
        )
        if number > 0 and not known and _like_a_verb(word):
            break
        end, number = match.end(), number + 1
    attached = _ATTACHED.match(text, end) if number else None
    return attached.end() if attached else end


def _like_a_verb(word: str) -> bool:
    return word.casefold() in _VERBS or (
        word.islower() and word.endswith(("ed", "ing")) and len(word) > 4
    )


def is_plural(word: str) -> bool:
    return (
        len(word) > 3
        and word.endswith("s")
        and not word.endswith(("ss", "us", "is"))
        and word not in STOP_WORDS
    )
