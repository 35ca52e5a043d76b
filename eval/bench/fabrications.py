"""Gold evidence in, statements about it out: true ones in other words, and fabrications of each kind. Made mechanically, by a seed.

A fabrication is a true statement with one thing in it made false: a number, a date, a name, a word of direct speech, who did what, a "not".
It knows no archive, no model and nothing of how statements are checked. English, by patterns. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import chain, zip_longest
from random import Random
from typing import NamedTuple

from eval.gold.questions import GoldQuestion, SourceText


class Kind(StrEnum):
    """What was made false; `TRUE` where nothing was."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    SPEECH = "speech"
    ROLE = "role"
    NEGATION = "negation"
    TRUE = "true"


class Told(NamedTuple):
    """A statement that a model could make of one piece of evidence, and how it was made."""

    kind: Kind
    statement: str
    question_id: str
    source: str
    quote: str
    how: str


class _Evidence(NamedTuple):
    question_id: str
    source: str
    quote: str
    article: str


# ---------------------------------------------------------------- words

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTH = "|".join(_MONTHS)
_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "twenty"
).split()
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_DIGITS = re.compile(
    r"(?<![\w.,/-])(?P<sign>[£$€]?)(?P<figure>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?(?P<tail>st|nd|rd|th|bn|m|%)?(?![\w/-]|[.,]\d)"
)
_WORDS = re.compile(rf"\b(?P<word>{'|'.join(_CARDINALS[2:] + _ORDINALS[1:])})\b", re.IGNORECASE)
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s)?(?P<month>{_MONTH})\b(?:\s(?P<after>\d{{1,2}})\b(?!,\d))?(?:,?\s(?P<year>\d{{4}}))?|\b(?P<weekday>{'|'.join(_DAYS)})\b"
    r"|(?<![\d,.£$€])(?P<alone>(?:19|20)\d\d)(?![\d,.]\d|\d)"
)
_CAPITAL = r"[A-Z][\w’'&]*[\w&]"
_NAME = re.compile(rf"(?<![\w’'-])(?:{_CAPITAL}|[A-Z])(?:[ -](?:(?:of|bin|al|&) )?{_CAPITAL})*")
_SPOKEN = re.compile(r"[\"“](?P<said>[^\"“”]{8,})[\"”]")
_NO_NAMES = frozenset(
    (
        "I'm I've We're Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays Like New Another Which Has Was Said "
        "Briefly Since However Welsh French Dutch The A An In On At As It He She They But And If This That These Those His Her "
        "Their Its Following Some Right For With After Before Thirteen Three Number Both During I We You There When What Old "
        "Former Last Local Filming Two Then Firefighters Profits Staff"
    ).split()
) | {*_MONTHS, *_DAYS}


class _Name(NamedTuple):
    text: str
    start: int
    end: int


@lru_cache(maxsize=512)
def _names(text: str) -> tuple[_Name, ...]:
    """Runs of capitalised words, without a word that only begins the sentence, and without a possessive ending."""
    found = []
    for match in _NAME.finditer(text):
        start, name = match.start(), re.sub(r"[’']s?$", "", match.group())
        while (first := name.split(" ")[0]) in _NO_NAMES:
            name, start = name[len(first) + 1 :], start + len(first) + 1
        if len(name) > 1 and not set(re.split(r"[ -]", name)) & {*_MONTHS, *_DAYS}:
            found.append(_Name(name, start, start + len(name)))
    return tuple(found)


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


# ---------------------------------------------------------------- fabrications


def _numbers(statement: str, evidence: _Evidence, random: Random) -> Iterator[tuple[str, str]]:
    """A number for another one; a currency or a scale for another one."""
    dated = [match.span() for match in _DATE.finditer(statement)]
    taken = set(re.findall(r"\d+", _numbers_in_figures(evidence.quote).replace(",", "")))
    for match in _DIGITS.finditer(statement):
        if any(start <= match.start() < end for start, end in dated):
            continue
        for new in _other_figures(match, random):
            if not set(re.findall(r"\d+", new.replace(",", ""))) <= taken:
                yield _put(statement, *match.span(), new), "another figure"
        for old, swapped in (("£", "$"), ("$", "£"), ("€", "$")):
            if match["sign"] == old and (swapped + match.group()[1:]) not in evidence.quote:
                yield (
                    _put(statement, *match.span(), swapped + match.group()[1:]),
                    "another currency",
                )
        for old, swapped in (("bn", "m"), ("m", "bn"), ("%", "")):
            if match["tail"] == old:
                yield (
                    _put(statement, *match.span(), match.group().removesuffix(old) + swapped),
                    "another scale",
                )
    for match in _WORDS.finditer(statement):
        kinds = _CARDINALS if match["word"].lower() in _CARDINALS else _ORDINALS
        others = [
            word
            for word in kinds[2:13]
            if not re.search(rf"\b{word}\b", evidence.quote, re.IGNORECASE)
        ]
        others = [word for word in others if str(kinds.index(word)) not in taken]
        for word in random.sample(others, 3):
            yield (
                _put(
                    statement,
                    *match.span(),
                    word.capitalize() if match.group()[0].isupper() else word,
                ),
                "another word",
            )


def _other_figures(match: re.Match[str], random: Random) -> Iterator[str]:
    value = int(match["figure"].replace(",", ""))
    near = {value + step for step in (1, 2, 10, -1)} | {
        value * 10,
        random.randrange(2, 2 * value + 30),
        value // 10,
    }
    digits = list(match["figure"].replace(",", ""))
    random.shuffle(digits)
    near.add(int("".join(digits)))
    for other in sorted(near - {value}):
        if other > 1:
            tail = match["tail"] or ""
            ordinal = (
                {1: "st", 2: "nd", 3: "rd"}.get(other % 10, "th")
                if other % 100 not in (11, 12, 13)
                else "th"
            )
            grouped = f"{other:,}" if "," in match["figure"] or other > 9999 else str(other)
            yield f"{match['sign']}{grouped}{match['part'] or ''}{ordinal if tail in ('st', 'nd', 'rd', 'th') else tail}"
    if match["part"]:
        yield match.group().replace(match["part"], f".{(int(match['part'][1:2]) + 3) % 10}")


def _dates(statement: str, evidence: _Evidence, random: Random) -> Iterator[tuple[str, str]]:
    """A day, month, weekday or year for another one; a day or year that the evidence has not."""
    for match in _DATE.finditer(statement):
        for part, choices in (
            ("month", _MONTHS),
            ("weekday", _DAYS),
            ("day", range(1, 29)),
            ("after", range(1, 29)),
        ):
            if match[part]:
                others = [
                    str(other)
                    for other in choices
                    if not re.search(rf"\b{other}\b", evidence.quote)
                ]
                for other in random.sample(others, 3):
                    yield _put(statement, *match.span(part), other), f"another {part}"
        for part in ("year", "alone"):
            if match[part]:
                for step in (-1, 1, 10):
                    if (other := str(int(match[part]) + step)) not in evidence.quote:
                        yield _put(statement, *match.span(part), other), "another year"
        if match["month"] and not match["year"] and (match["day"] or match["after"]):
            yield (
                _put(statement, match.end(), match.end(), f" {random.randrange(1990, 2024)}"),
                "a year too many",
            )
        if match["month"] and not match["day"] and not match["after"]:
            yield (
                _put(statement, match.start(), match.start(), f"{random.randrange(2, 29)} "),
                "a day too many",
            )
        if match["weekday"] and not match["month"]:
            yield (
                _put(
                    statement, *match.span(), f"{random.randrange(2, 29)} {random.choice(_MONTHS)}"
                ),
                "a date for a weekday",
            )


def _swapped_names(
    statement: str, evidence: _Evidence, random: Random, elsewhere: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """A name for another one of the same article, or of another; one part of a name for that of another."""
    here = sorted(
        {
            name.text
            for name in _names(evidence.article)
            if name.text not in evidence.quote and _within(name.text, evidence.article)
        }
    )
    for name in _names(statement):
        if not name.start and " " not in name.text and not _within(name.text, evidence.article):
            continue
        for others, how in ((here, "from the article"), (elsewhere, "from another article")):
            drawn = [
                other
                for other in random.sample(others, min(20, len(others)))
                if not _OF_A_PLACE.fullmatch(other)
            ]
            drawn = [other for other in drawn if not _abbreviates(other, evidence.quote)]
            fitting = [
                other
                for other in drawn
                if not any(_alike(other, its.text) for its in (name, *_names(evidence.quote)))
            ]
            for other in fitting[:2]:
                yield _put(statement, name.start, name.end, other), how
        first, _, last = name.text.partition(" ")
        mixed = [
            other.split(" ")
            for other in [*here, *random.sample(elsewhere, min(20, len(elsewhere)))]
            if " " in other and not other.split(" ")[0].isupper()
        ]
        if last and mixed:
            their_first, their_last = random.choice(mixed)[0], random.choice(mixed)[-1]
            if (
                their_first not in evidence.quote
                and their_first != first
                and f"{their_first} {last}" not in evidence.article
            ):
                yield (
                    _put(statement, name.start, name.end, f"{their_first} {last}"),
                    "another first name",
                )
            if their_last not in evidence.quote and f"{first} {their_last}" not in evidence.article:
                yield (
                    _put(statement, name.start, name.end, f"{first} {their_last}"),
                    "another last name",
                )


# The place may be in the evidence in another form.
_OF_A_PLACE = re.compile(
    r"[A-Z]\w+(?:ish|ese|[ai]ns?|is?|ch|k)|UK|US|USA|Britain|America|United (?:States|Kingdom)"
)


@lru_cache(maxsize=65536)
def _within(name: str, article: str) -> bool:
    """Whether a name stands within a sentence: a word that only ever begins one may be none."""
    return re.search(rf"[a-z,] {re.escape(name)}\b", article) is not None


def _alike(one: str, other: str) -> bool:
    """Whether two names share a word, or the beginning of one: `Israel` and `Israeli` are no lie."""
    mine, theirs = (re.split(r"[ -]", name.casefold()) for name in (one, other))
    return any(a[:4] == b[:4] or a.startswith(b) or b.startswith(a) for a in mine for b in theirs)


def _abbreviates(name: str, text: str) -> bool:
    """Whether a name in capitals may stand for words of the text, or the name for capitals there."""
    initials, own = (
        "".join(word[0] for word in re.findall(r"\b[A-Z]\w+", said)) for said in (text, name)
    )
    return (name.isupper() and name in initials) or (len(own) > 1 and own in text)


def _altered_speech(
    statement: str, evidence: _Evidence, random: Random
) -> Iterator[tuple[str, str]]:
    """Words between quotation marks that the evidence has not so: one for another, one too few, one too many."""
    spans = [match.span("said") for match in _SPOKEN.finditer(statement)]
    if spans:
        for start, end in spans:
            for new in _altered(statement[start:end], evidence, random):
                yield _put(statement, start, end, new), "speech altered"
        return
    words = list(re.finditer(r"\w\S*", statement))
    for _ in range(3):
        size = random.randrange(4, 8)
        if len(words) > size + 2:
            at = random.randrange(0, len(words) - size)
            start, end = words[at].start(), words[at + size - 1].end()
            for new in _altered(statement[start:end].rstrip(".,"), evidence, random):
                if "-" not in new and "&" not in new:
                    yield _put(statement, start, end, f"“{new}”"), "speech made up"


def _altered(speech: str, evidence: _Evidence, random: Random) -> Iterator[str]:
    words = re.findall(r"\S+", speech)
    long = [i for i, word in enumerate(words) if word.isalpha() and len(word) > 3]
    fresh = sorted(
        set(re.findall(r"\b[a-z]{4,}\b", evidence.article))
        - set(re.findall(r"\w+", evidence.quote.lower()))
    )
    if not long or not fresh:
        return
    at = random.choice(long)
    yield " ".join([*words[:at], random.choice(fresh), *words[at + 1 :]])
    inner = [i for i in long if 0 < i < len(words) - 1]
    if inner:
        at = random.choice(inner)
        yield " ".join([*words[:at], *words[at + 1 :]])
        yield " ".join([*words[:at], random.choice(fresh), *words[at:]])


def _reversed(statement: str, evidence: _Evidence, random: Random) -> Iterator[tuple[str, str]]:
    """Two names, or two numbers, in each other's place."""
    names = [
        name
        for name in _names(statement)
        if name.start or " " in name.text or _within(name.text, evidence.article)
    ]
    figures = [_Name(match.group(), *match.span()) for match in _DIGITS.finditer(statement)]
    for found, how in ((names, "names"), (figures, "numbers")):
        pairs = [
            (one, two)
            for i, one in enumerate(found)
            for two in found[i + 1 :]
            if not _is_same(one, two, statement)
        ]
        for one, two in random.sample(pairs, min(3, len(pairs))):
            yield (
                _put(_put(statement, two.start, two.end, one.text), one.start, one.end, two.text),
                f"{how} exchanged",
            )


_MUTUAL = r" (?:met|meets|spoke|talked|played|faced)(?: with| to)? "


def _is_same(one: _Name, two: _Name, statement: str) -> bool:
    """Names that share a word, or stand in a list where their order says nothing, or both meet, are no lie in each other's place."""
    between = statement[one.end : two.start]
    listed = re.fullmatch(
        rf"(?:,|,? and|,? or|,? with|,? both| \(.*|/|’s|'s|\s|{_CAPITAL}|\w+ed with| met| meets| as well as)*",
        between,
    )
    mutual = re.search(_MUTUAL, between) or statement[: one.start].endswith("between ")
    return (
        bool(mutual)
        or _alike(one.text, two.text)
        or bool(listed)
        or between.endswith("(")
        or one.text in two.text
        or two.text in one.text
    )


_AUX = re.compile(
    r"\b(will|would|can|could|is|are|was|were|has|have|had|should|must|may)\b(?! (?:not|no|never|be no)\b)(?=\s[a-z])"
)
_PAST = re.compile(
    r"(?<=[a-z] )(?!based|led|owned|named|called|aged|estimated|related|convicted|added|selected)(?P<verb>\w{3,}(?<!e)ed)\b"
    r"(?=\s(?:the|a|an|his|her|their|its|to|in|on|by|with|from|[A-Z£$\d]))"
)
_NOT = re.compile(r"\b(?:(?P<aux>\w+) not|(?P<short>\w+?)n[’']t|never|cannot)\s")
_NO = re.compile(
    r"\b(?:no longer|no|neither|nobody|nothing|refused to|failed to|denied|rejected|unable to)\s(?=[a-z])"
)
_REPLACED = {"no longer ": "still ", "no ": "a ", "neither ": "either ", "nobody ": "somebody ", "nothing ": "something ",
             "refused to ": "agreed to ", "failed to ": "managed to ", "denied ": "confirmed ", "rejected ": "accepted ",
             "unable to ": "able to "}  # fmt: skip


def _negated(statement: str, random: Random) -> Iterator[tuple[str, str]]:
    """A "not" where there was none, or none where there was one."""
    for match in [*_AUX.finditer(statement)][:2]:
        yield (
            _put(statement, match.end(), match.end(), random.choice((" not", " never"))),
            "a not too many",
        )
    for match in [*_PAST.finditer(statement)][:1]:
        before = (
            statement[: match.start()].rsplit(" ", 2)[-2]
            if " " in statement[: match.start()].strip()
            else ""
        )
        if before.lower() not in {
            "was",
            "were",
            "been",
            "be",
            "is",
            "are",
            "has",
            "had",
            "have",
            "and",
            "not",
            "to",
            "of",
            "the",
            "a",
        }:
            yield (
                _put(statement, *match.span(), f"did not {_infinitive(match['verb'])}"),
                "a not too many",
            )
    for match in _NOT.finditer(statement):
        word = (
            match["aux"] or match["short"] or ("can" if match.group().startswith("cannot") else "")
        )
        if word and word.lower() not in ("do", "does", "did", "or", "but", "if", "though", "that"):
            yield (
                _put(
                    statement,
                    *match.span(),
                    f"{'will' if word == 'wo' else 'can' if word == 'ca' else word} ",
                ),
                "a not too few",
            )
        elif word.lower() in ("do", "does", "did"):
            yield _put(statement, *match.span(), ""), "a not too few"
    for match in _NO.finditer(statement):
        yield _put(statement, *match.span(), _REPLACED[match.group().lower()]), "a no too few"


def _infinitive(past: str) -> str:
    stem = past[:-2]
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if re.search(r"([bdgmnprt])\1$", stem):
        return stem[:-1]
    return (
        f"{stem}e"
        if re.search(r"(?:[cgsuvz]|at|[^aeiou][iou]r|[aiou]d|[^aeou]in)$", stem)
        and not stem.endswith("ss")
        else stem
    )


# ---------------------------------------------------------------- true statements


def _numbers_in_words(text: str) -> str:
    def word(match: re.Match[str]) -> str:
        if match["sign"] or match["part"] or not match["figure"].isdigit():
            return match.group()
        value, tail = int(match["figure"]), match["tail"]
        if tail in ("st", "nd", "rd", "th"):
            return _ORDINALS[value] if 0 < value < len(_ORDINALS) else match.group()
        return match.group() if tail or not 1 < value < len(_CARDINALS) else _CARDINALS[value]

    dated = [match.span() for match in _DATE.finditer(text)]
    rewritten = _DIGITS.sub(
        lambda match: (
            match.group() if any(a <= match.start() < b for a, b in dated) else word(match)
        ),
        text,
    )
    return text if '"' in text or "“" in text else rewritten


def _numbers_in_figures(text: str) -> str:
    def figure(match: re.Match[str]) -> str:
        word = match["word"].lower()
        if word == "second":
            return match.group()
        if word in _CARDINALS:
            return str(_CARDINALS.index(word))
        value = _ORDINALS.index(word)
        return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value, 'th') }".replace(" ", "")

    return _outside_speech(text, lambda piece: _WORDS.sub(figure, piece))


def _outside_speech(text: str, rewrite: Callable[[str], str]) -> str:
    pieces = re.split(r"([\"“][^\"“”]*(?:[\"”]|$))", text)
    pieces[::2] = map(rewrite, pieces[::2])
    return "".join(pieces)


def _scales_spelled(text: str) -> str:
    text = re.sub(r"(?<=\d)bn\b", " billion", text)
    return re.sub(
        r"(?<=[£$€]\d{2})m\b|(?<=[£$€]\d{3})m\b|(?<=[£$€]\d)m\b|(?<=[£$€]\d\.\d)m\b",
        " million",
        text,
    )


def _dates_turned(text: str) -> str:
    text = re.sub(
        rf"\b(\d{{1,2}}) ({_MONTH})\b(?: (\d{{4}}))?",
        lambda m: f"{m[2]} {m[1]}" + (f", {m[3]}" if m[3] else ""),
        text,
    )
    if not re.search(rf"\b(?:{_MONTH}) \d", text):
        return text
    return text


def _dates_turned_back(text: str) -> str:
    return re.sub(
        rf"\b({_MONTH}) (\d{{1,2}})\b(?:, (\d{{4}}))?",
        lambda m: f"{m[2]} {m[1]}" + (f" {m[3]}" if m[3] else ""),
        text,
    )


_SYNONYMS = (
    (r"\bsaid\b(?! to\b)", "stated"), (r"\bsays\b", "states"), (r"\btold\b", "informed"), (r"\bannounced\b", "made known"),
    (r"\babout (?=\d|[£$€])", "around "), (r"\blarge\b", "big"), (r"\bbegin\b", "start"), (r"\bbuy\b", "purchase"),
    (r"\bhelp\b", "assist"), (r"\bchildren\b", "youngsters"), (r"\bshut\b", "closed"), (r"\breported\b", "announced"),
    (r"\bmeeting\b", "event"), (r"\bmovie\b", "film"), (r"\bfirm\b", "company"), (r"\bget rid of\b", "abolish"), (r"\bscrap\b", "abolish"),
    (r"\bquit\b", "left"), (r"\bdue to\b", "expected to"), (r"\bkilled\b", "left dead"), (r"\bdisarray\b", "chaos"), (r"\bmatch\b", "game"),
    (r"\brecord\b", "all-time high"), (r"\bmaximum\b", "most"), (r"\bcheque\b", "payment"), (r"\bsmouldering\b", "burning"),
    (r"\bhurt\b", "injured"), (r"\bwill\b(?! (?:not|never))", "is going to"), (r"\bsome (?=\d)", "about "),
)  # fmt: skip


def _synonyms(text: str) -> str:
    """Reporting verbs and a few more in other words, outside direct speech."""

    def rewrite(piece: str) -> str:
        for pattern, other in _SYNONYMS:
            piece = re.sub(pattern, other, piece)
        return piece

    return _outside_speech(text, rewrite)


_PERSON = (
    rf"(?:(?:Mr|Ms|Mrs|Sir|Lord|Speaker|Secretary|Minister|President) )?{_CAPITAL}(?: {_CAPITAL})*"
)


def _according(text: str) -> str:
    """`X said Y` as `According to X, Y`."""
    match = re.fullmatch(
        rf"(?P<who>(?:The )?{_PERSON}) (?:said|says|has said|stated) (?:that )?(?P<what>[^\"“]+)",
        text,
    )
    if match:
        return f"According to {match['who'].replace('The ', 'the ')}, {match['what']}"
    match = re.fullmatch(rf"(?P<what>[^\"“]+), said (?P<who>{_PERSON})(?P<rest>,.*)?\.?", text)
    return f"According to {match['who']}, {_small(match['what'])}." if match else text


def _passive(text: str) -> str:
    """`A killed B` as `B was killed by A`, and back."""
    match = re.fullmatch(
        rf"(?P<who>{_PERSON}) (?!stated|announced|informed|reported|noted)(?P<verb>\w{{3,}}ed) "
        rf"(?P<whom>(?:the |a )?{_PERSON})(?P<rest>[ ,.].*)?",
        text,
    )
    if match:
        whom = match["whom"][0].upper() + match["whom"][1:]
        return f"{whom} was {match['verb']} by {match['who']}{match['rest'] or '.'}"
    match = re.fullmatch(
        rf"(?P<whom>.{{4,60}}?) (?:was|were|have been|has been) (?P<verb>\w{{3,}}ed) by (?P<who>(?:the )?{_PERSON})(?P<rest>[ ,.].*)",
        text,
    )
    return (
        f"{match['who'][0].upper() + match['who'][1:]} {match['verb']} {_small(match['whom'])}{match['rest']}"
        if match
        else text
    )


def _small(words: str) -> str:
    return words[0].lower() + words[1:] if words.partition(" ")[0] in _NO_NAMES else words


def _shortened(text: str) -> Iterator[str]:
    """Without its first or last clause, and without what stands in brackets."""
    plain = re.sub(r"\s\([^()]*\)", "", text)
    yield plain
    if '"' in text or "“" in text:
        return
    commas = [match.start() for match in re.finditer(r",\s", plain)]
    if commas and commas[-1] > len(plain) // 3:
        yield f"{plain[: commas[-1]].rstrip('.')}."
    lead = re.match(
        r"(?:But|However|Meanwhile|And|Right now|Last year|Now|Following [^,]+|With [^,]+|As [^,]+|During [^,]+),?\s",
        plain,
    )
    if lead and len(plain) - lead.end() > 30:
        yield plain[lead.end()].upper() + plain[lead.end() + 1 :]
    tail = re.search(
        r"\s(?:because|so that|while|when|after|before|where|which|who|since|although|despite) ",
        plain,
    )
    if tail and tail.start() > 30:
        yield f"{plain[: tail.start()].rstrip(',.')}."


def _full_names(text: str, article: str) -> str:
    """`Mr Bush` by the full name that the article has."""

    def full(match: re.Match[str]) -> str:
        names = {
            name.text
            for name in _names(article)
            if re.fullmatch(rf"{_CAPITAL} (?:\w )?{match[1]}", name.text)
        }
        first = {name.split(" ")[0] for name in names} - {
            "Mr",
            "Mrs",
            "Ms",
            "Sir",
            "Lord",
            "President",
            "Minister",
            "Secretary",
        }
        return f"{first.pop()} {match[1]}" if len(first) == 1 else match.group()

    return re.sub(rf"\bM(?:r|s|rs)\.? ({_CAPITAL})\b(?! {_CAPITAL})", full, text)


def _possessive(text: str) -> str:
    """`Israel's strike` as `the strike of Israel`."""
    return re.sub(
        rf"(?<![\w-])(?P<who>{_CAPITAL}(?: {_CAPITAL})?)[’']s (?P<what>[a-z]{{4,}})(?= (?:was|were|has|had|is|will|in|on|of|at|by|to)\b)",
        r"the \g<what> of \g<who>",
        text,
    )


_REWRITES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("numbers in words", _numbers_in_words),
    ("numbers in figures", _numbers_in_figures),
    ("scales spelled out", _scales_spelled),
    ("per cent for %", lambda text: text.replace("%", " per cent")),
    (
        "percent for per cent",
        lambda text: re.sub(r"\bper cent\b|%", " percent", text).replace("  ", " "),
    ),
    ("dates turned", _dates_turned),
    ("dates turned back", _dates_turned_back),
    (
        "months cut short",
        lambda text: re.sub(
            r"\b(Jan|Feb|Aug|Sept|Oct|Nov|Dec)(?:uary|ruary|ust|ember|ober)\b(?= \d|,)",
            r"\1.",
            text,
        ),
    ),
    ("synonyms", _synonyms),
    ("according to", _according),
    ("passive", _passive),
    ("possessive", _possessive),
    ("typewriter marks", lambda text: text.translate(str.maketrans("“”‘’—", "\"\"''-"))),
    ("typeset marks", lambda text: re.sub(r"\"([^\"]*)\"", r"“\1”", text).replace("'", "’")),
)


def _true_statements(evidence: _Evidence) -> Iterator[tuple[str, str]]:
    """The quote itself, shortened, and in other words: by one rewriting, and by all that fit together."""
    whole = _sentence(evidence.quote)
    yield whole, "word for word"
    for short in _shortened(whole):
        if short != whole:
            yield short, "shortened"
    for base in dict.fromkeys((whole, *_shortened(whole))):
        named = _full_names(base, evidence.article)
        if named != base:
            yield named, "full names"
        together, applied = base, 0
        for how, rewrite in _REWRITES:
            other = rewrite(base)
            if other != base:
                yield _sentence(other), how
            if how not in (
                "numbers in figures",
                "dates turned back",
                "typewriter marks",
                "percent for per cent",
            ):
                changed = rewrite(together)
                together, applied = changed, applied + (changed != together)
        if applied > 1:
            yield _sentence(together), "several ways"


def _sentence(text: str) -> str:
    """As a model would write it: with a capital and a full stop, and without the word that ties it to what came before."""
    text = re.sub(r"^(?:But|And|Right now,)\s", "", " ".join(text.split()))
    text = text[0].upper() + text[1:]
    return text if text[-1] in '.!?"”' else f"{text}."


# ---------------------------------------------------------------- all together


def fabricate(
    gold: Iterable[GoldQuestion], sources: SourceText, *, each: int, seed: int = 1
) -> list[Told]:
    """At most `each` statements of each kind about the evidence of these questions, spread evenly over it.

    No statement is told twice of one quote.
    """
    pieces = list(_evidence(gold, sources))
    elsewhere = sorted(
        {
            name.text
            for piece in pieces
            for name in _names(piece.article)
            if _within(name.text, piece.article)
        }
    )
    made: dict[Kind, list[list[Told]]] = {kind: [] for kind in Kind}
    for piece in pieces:
        random = Random(f"{seed} {piece.question_id} {piece.quote}")
        for kind, told in _all_about(piece, random, elsewhere).items():
            random.shuffle(told)
            made[kind].append(told)
    return [told for kind in Kind for told in _spread(made[kind], each, Random(f"{seed} {kind}"))]


def _evidence(gold: Iterable[GoldQuestion], sources: SourceText) -> Iterator[_Evidence]:
    seen = set()
    for question in gold:
        for item in question.evidence:
            quote = " ".join(item.quote.split())
            if quote not in seen:
                seen.add(quote)
                yield _Evidence(question.id, item.source, quote, sources(item.source) or "")


def _all_about(
    piece: _Evidence, random: Random, elsewhere: Sequence[str]
) -> dict[Kind, list[Told]]:
    """Each fabrication is made of the quote itself and of what can truly be said of it in other words."""
    true = list(dict.fromkeys(_true_statements(piece)))
    found: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
    found[Kind.TRUE] = dict(reversed(true))
    makers: dict[Kind, Callable[[str], Iterable[tuple[str, str]]]] = {
        Kind.NUMBER: lambda text: _numbers(text, piece, random),
        Kind.DATE: lambda text: _dates(text, piece, random),
        Kind.NAME: lambda text: _swapped_names(text, piece, random, elsewhere),
        Kind.SPEECH: lambda text: _altered_speech(text, piece, random),
        Kind.ROLE: lambda text: _reversed(text, piece, random),
        Kind.NEGATION: lambda text: _negated(text, random),
    }
    for text, _ in true:
        for kind, make in makers.items():
            found[kind].update(make(text))
    return {
        kind: [
            Told(kind, text, piece.question_id, piece.source, piece.quote, how)
            for text, how in told.items()
        ]
        for kind, told in found.items()
    }


def _spread(made: Sequence[list[Told]], each: int, random: Random) -> list[Told]:
    """One of each piece of evidence in turn."""
    shuffled = list(made)
    random.shuffle(shuffled)
    return [told for told in chain.from_iterable(zip_longest(*shuffled)) if told is not None][:each]
