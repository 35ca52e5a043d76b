"""Makes statements about gold evidence: true ones in other words, and fabrications of each kind.

A fabrication is a true statement with one thing in it made false: a number, a date, a name, a word
of direct speech, who did what, a "not". They are made by patterns and a seed, for English, and
must stay independent of the checks in `rag.checks`: what the checks do not know is their worth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache, partial
from itertools import chain, combinations, zip_longest
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


class Statement(NamedTuple):
    """A statement that a model could make of one piece of evidence, and how it was made."""

    kind: Kind
    text: str
    question_id: str
    source: str
    quote: str
    how: str


class _Evidence(NamedTuple):
    question_id: str
    source: str
    quote: str
    article: str


class _Edit(NamedTuple):
    """`text[start:end]` becomes `new`; `how` names the way."""

    start: int
    end: int
    new: str
    how: str

    def applied(self, text: str) -> tuple[str, str]:
        return text[: self.start] + self.new + text[self.end :], self.how


_Edits = Iterator[_Edit]

# ---------------------------------------------------------------- patterns

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTH = "|".join(_MONTHS)
_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).split()
_DIGITS = re.compile(
    r"(?<![\w.,/-])(?P<sign>[£$€]?)(?P<figure>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?"
    r"(?P<tail>st|nd|rd|th|bn|m|%)?(?![\w/-]|[.,]\d)"
)
_WORDS = re.compile(rf"\b(?P<word>{'|'.join(_CARDINALS[2:] + _ORDINALS[1:])})\b", re.IGNORECASE)
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s)?(?P<month>{_MONTH})\b"
    rf"(?:\s(?P<after>\d{{1,2}})\b(?!,\d))?(?:,?\s(?P<year>\d{{4}}))?"
    rf"|\b(?P<weekday>{'|'.join(_DAYS)})\b|(?<![\d,.£$€])(?P<alone>(?:19|20)\d\d)(?![\d,.]\d|\d)"
)
_CAPITAL = r"[A-Z][\w’'&]*[\w&]"
_NAME = re.compile(rf"(?<![\w’'-])(?:{_CAPITAL}|[A-Z])(?:[ -](?:(?:of|bin|al|&) )?{_CAPITAL})*")
_SPOKEN = re.compile(r"[\"“](?P<said>[^\"“”]{8,})[\"”]")
_NO_NAMES = frozenset(
    (
        "I'm I've We're Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays Like New "
        "Another Which Has Was Said Briefly Since However Welsh French Dutch The A An In On At As "
        "It He She They But And If This That These Those His Her Their Its Following Some Right "
        "For With After Before Thirteen Three Number Both During I We You There When What Old "
        "Former Last Local Filming Two Then Firefighters Profits Staff My"
    ).split()
) | {*_MONTHS, *_DAYS}
_COURTESY = frozenset(("Mr", "Mrs", "Ms", "Miss"))
# The place may be in the evidence in another form.
_OF_A_PLACE = re.compile(
    r"[A-Z]\w+(?:ish|ese|[ai]ns?|is?|ch|k)|UK|US|USA|Britain|America|United (?:States|Kingdom)"
)
_LISTED = re.compile(
    r"(?:,|,? and|,? or|,? with|,? both| \(.*|/|’s|'s|\s"
    rf"|{_CAPITAL}|\w+ed with| met| meets| as well as)*"
)
_MUTUAL = re.compile(r" (?:met|meets|spoke|talked|played|faced)(?: with| to)? ")
_AUXILIARY = re.compile(
    r"\b(will|would|can|could|is|are|was|were|has|have|had|should|must|may)\b"
    r"(?! (?:not|no|never|be no)\b)(?=\s[a-z])"
)
_PAST = re.compile(
    r"(?<=[a-z] )(?!based|led|owned|named|called|aged|estimated|related|convicted|added|selected)"
    r"(?P<verb>\w{3,}(?<!e)ed)\b"
    r"(?=\s(?:the|a|an|his|her|their|its|to|in|on|by|with|from|[A-Z£$\d]))"
)
_NO_PAST_AFTER = frozenset("was were been be is are has had have and not to of the a".split())
_NOT = re.compile(r"\b(?:(?P<aux>\w+) not|(?P<short>\w+?)n[’']t|never|cannot)\s")
_NO = re.compile(
    r"\b(?:no longer|no|neither|nobody|nothing|refused to|failed to|denied|rejected|unable to)\s"
    r"(?=[a-z])"
)
_REPLACED = {
    "no longer ": "still ", "no ": "a ", "neither ": "either ", "nobody ": "somebody ",
    "nothing ": "something ", "refused to ": "agreed to ", "failed to ": "managed to ",
    "denied ": "confirmed ", "rejected ": "accepted ", "unable to ": "able to ",
}  # fmt: skip


class _Name(NamedTuple):
    text: str
    start: int
    end: int


@lru_cache(maxsize=512)
def _names(text: str) -> tuple[_Name, ...]:
    """Runs of capitalised words, without a word that only begins the sentence or a possessive."""
    found = []
    for match in _NAME.finditer(text):
        start, name = match.start(), re.sub(r"[’']s?$", "", match.group())
        while (first := name.split(" ")[0]) in _NO_NAMES:
            name, start = name[len(first) + 1 :], start + len(first) + 1
        if len(name) > 1 and not set(re.split(r"[ -]", name)) & {*_MONTHS, *_DAYS}:
            found.append(_Name(name, start, start + len(name)))
    return tuple(found)


@lru_cache(maxsize=65536)
def _within(name: str, article: str) -> bool:
    """Whether a name stands within a sentence: a word that only ever begins one may be none."""
    return re.search(rf"[a-z,] {re.escape(name)}\b", article) is not None


def _in_a_date(text: str, place: int) -> bool:
    return any(match.start() <= place < match.end() for match in _DATE.finditer(text))


def _ordinal_tail(number: int) -> str:
    return (
        "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )


# ---------------------------------------------------------------- numbers and dates


def _numbers(statement: str, evidence: _Evidence, random: Random) -> _Edits:
    """A number for another one; a currency or a scale for another one."""
    taken = set(re.findall(r"\d+", _numbers_in_figures(evidence.quote).replace(",", "")))
    for match in _DIGITS.finditer(statement):
        if _in_a_date(statement, match.start()):
            continue
        for new in _other_figures(match, random):
            if not set(re.findall(r"\d+", new.replace(",", ""))) <= taken:
                yield _Edit(*match.span(), new, "another figure")
        for old, swapped in (("£", "$"), ("$", "£"), ("€", "$")):
            new = swapped + match.group()[1:]
            if match["sign"] == old and new not in evidence.quote:
                yield _Edit(*match.span(), new, "another currency")
        for old, swapped in (("bn", "m"), ("m", "bn"), ("%", "")):
            if match["tail"] == old:
                new = match.group().removesuffix(old) + swapped
                yield _Edit(*match.span(), new, "another scale")
    for match in _WORDS.finditer(statement):
        series = _CARDINALS if match["word"].lower() in _CARDINALS else _ORDINALS
        others = [
            word
            for word in series[2:13]
            if not re.search(rf"\b{word}\b", evidence.quote, re.IGNORECASE)
            and str(series.index(word)) not in taken
        ]
        for word in random.sample(others, 3):
            new = word.capitalize() if match.group()[0].isupper() else word
            yield _Edit(*match.span(), new, "another word")


def _other_figures(match: re.Match[str], random: Random) -> Iterator[str]:
    digits = list(match["figure"].replace(",", ""))
    value = int("".join(digits))
    near = {value + 1, value + 2, value + 10, value - 1, value * 10, value // 10}
    near.add(random.randrange(2, 2 * value + 30))
    random.shuffle(digits)
    near.add(int("".join(digits)))
    part, tail = match["part"] or "", match["tail"] or ""
    for other in sorted(near - {value}):
        if other > 1:
            grouped = f"{other:,}" if "," in match["figure"] or other > 9999 else str(other)
            end = _ordinal_tail(other) if tail in ("st", "nd", "rd", "th") else tail
            yield f"{match['sign']}{grouped}{part}{end}"
    if part:
        yield match.group().replace(part, f".{(int(part[1]) + 3) % 10}")


def _dates(statement: str, evidence: _Evidence, random: Random) -> _Edits:
    """A day, month, weekday or year for another one; a day or year that the evidence has not."""
    days = range(1, 29)
    for match in _DATE.finditer(statement):
        start, end = match.span()
        for part, choices in (
            ("month", _MONTHS),
            ("weekday", _DAYS),
            ("day", days),
            ("after", days),
        ):
            if match[part]:
                texts = map(str, choices)
                others = [o for o in texts if not re.search(rf"\b{o}\b", evidence.quote)]
                for other in random.sample(others, 3):
                    yield _Edit(*match.span(part), other, f"another {part}")
        for part in ("year", "alone"):
            for step in (-1, 1, 10) if match[part] else ():
                if (other := str(int(match[part]) + step)) not in evidence.quote:
                    yield _Edit(*match.span(part), other, "another year")
        has_day = match["day"] or match["after"]
        if match["month"] and not match["year"] and has_day:
            yield _Edit(end, end, f" {random.randrange(1990, 2024)}", "a year too many")
        if match["month"] and not has_day:
            yield _Edit(start, start, f"{random.randrange(2, 29)} ", "a day too many")
        if match["weekday"] and not match["month"]:
            new = f"{random.randrange(2, 29)} {random.choice(_MONTHS)}"
            yield _Edit(start, end, new, "a date for a weekday")


# ---------------------------------------------------------------- names and roles


def _swapped_names(
    statement: str, evidence: _Evidence, random: Random, elsewhere: Sequence[str]
) -> _Edits:
    """A name for another one of the same article, or of another; one part of a name for another."""
    quote, article = evidence.quote, evidence.article
    here = {name.text for name in _names(article) if name.text not in quote}
    local = sorted(name for name in here if _within(name, article))
    for name in _names(statement):
        if not name.start and " " not in name.text and not _within(name.text, article):
            continue
        for others, how in ((local, "from the article"), (elsewhere, "from another article")):
            fitting = [
                other
                for other in random.sample(others, min(20, len(others)))
                if not _OF_A_PLACE.fullmatch(other)
                and not _abbreviates(other, quote)
                and not any(_alike(other, its.text) for its in (name, *_names(quote)))
            ]
            for other in fitting[:2]:
                yield _Edit(name.start, name.end, other, how)
        first, _, last = name.text.partition(" ")
        full = [*local, *random.sample(elsewhere, min(20, len(elsewhere)))]
        mixed = [other.split(" ") for other in full if " " in other]
        mixed = [other for other in mixed if not other[0].isupper() and other[0] not in _COURTESY]
        # "UK Foreign" is no name.
        if last and mixed and not first.isupper():
            their_first, their_last = random.choice(mixed)[0], random.choice(mixed)[-1]
            new = f"{their_first} {last}"
            if their_first not in quote and their_first != first and new not in article:
                yield _Edit(name.start, name.end, new, "another first name")
            new = f"{first} {their_last}"
            if their_last not in quote and new not in article:
                yield _Edit(name.start, name.end, new, "another last name")


def _alike(one: str, other: str) -> bool:
    """Whether two names share a word, or its beginning: `Israel` and `Israeli` are no lie."""
    mine, theirs = (re.split(r"[ -]", name.casefold()) for name in (one, other))
    return any(a[:4] == b[:4] or a.startswith(b) or b.startswith(a) for a in mine for b in theirs)


def _abbreviates(name: str, text: str) -> bool:
    """Whether a name in capitals may stand for words of the text, or the other way round."""
    initials, own = (
        "".join(word[0] for word in re.findall(r"\b[A-Z]\w+", words)) for words in (text, name)
    )
    return (name.isupper() and name in initials) or (len(own) > 1 and own in text)


def _exchanged(statement: str, evidence: _Evidence, random: Random) -> _Edits:
    """Two names, or two numbers, in each other's place."""
    names = [
        name
        for name in _names(statement)
        if name.start or " " in name.text or _within(name.text, evidence.article)
    ]
    figures = [_Name(match.group(), *match.span()) for match in _DIGITS.finditer(statement)]
    for found, how in ((names, "names exchanged"), (figures, "numbers exchanged")):
        pairs = [pair for pair in combinations(found, 2) if not _is_same(*pair, statement)]
        for one, two in random.sample(pairs, min(3, len(pairs))):
            between = statement[one.end : two.start]
            yield _Edit(one.start, two.end, two.text + between + one.text, how)


def _is_same(one: _Name, two: _Name, statement: str) -> bool:
    """Whether two names may change places and leave the statement true.

    They share a word, stand in a list, where their order says nothing, are the day and the year of
    one date, or meet each other.
    """
    between = statement[one.end : two.start]
    return (
        re.fullmatch(rf" (?:{_MONTH}|[A-Z][a-z]{{2,3}}\.),? ", between) is not None
        or _MUTUAL.search(between) is not None
        or statement[: one.start].endswith("between ")
        or _alike(one.text, two.text)
        or _LISTED.fullmatch(between) is not None
        or between.endswith("(")
        or one.text in two.text
        or two.text in one.text
    )


# ---------------------------------------------------------------- speech and negation


def _altered_speech(statement: str, evidence: _Evidence, random: Random) -> _Edits:
    """Direct speech that the evidence does not have: a word replaced, left out or added."""
    spans = [match.span("said") for match in _SPOKEN.finditer(statement)]
    for start, end in spans:
        for new in _altered(statement[start:end], evidence, random):
            yield _Edit(start, end, new, "speech altered")
    words = [] if spans else list(re.finditer(r"\w\S*", statement))
    for _ in range(0 if spans else 3):
        size = random.randrange(4, 8)
        if len(words) > size + 2:
            at = random.randrange(0, len(words) - size)
            start, end = words[at].start(), words[at + size - 1].end()
            for new in _altered(statement[start:end].rstrip(".,"), evidence, random):
                if "-" not in new and "&" not in new:
                    yield _Edit(start, end, f"“{new}”", "speech made up")


def _altered(speech: str, evidence: _Evidence, random: Random) -> Iterator[str]:
    words = re.findall(r"\S+", speech)
    long = [i for i, word in enumerate(words) if word.isalpha() and len(word) > 3]
    known = set(re.findall(r"\w+", evidence.quote.lower()))
    fresh = sorted(set(re.findall(r"\b[a-z]{4,}\b", evidence.article)) - known)
    if not long or not fresh:
        return
    at = random.choice(long)
    yield " ".join([*words[:at], random.choice(fresh), *words[at + 1 :]])
    if inner := [i for i in long if 0 < i < len(words) - 1]:
        at = random.choice(inner)
        yield " ".join([*words[:at], *words[at + 1 :]])
        yield " ".join([*words[:at], random.choice(fresh), *words[at:]])


def _negated(statement: str, random: Random) -> _Edits:
    """A "not" where there was none, or none where there was one."""
    for match in [*_AUXILIARY.finditer(statement)][:2]:
        new = random.choice((" not", " never"))
        yield _Edit(match.end(), match.end(), new, "a not too many")
    for match in [*_PAST.finditer(statement)][:1]:
        before = statement[: match.start()].split(" ")
        if len(before) <= 2 or before[-2].lower() not in _NO_PAST_AFTER:
            new = f"did not {_infinitive(match['verb'])}"
            yield _Edit(*match.span(), new, "a not too many")
    for match in _NOT.finditer(statement):
        cannot = "can" if match.group().startswith("cannot") else ""
        word = match["aux"] or match["short"] or cannot
        if word.lower() in ("do", "does", "did"):
            yield _Edit(*match.span(), "", "a not too few")
        elif word and word.lower() not in ("or", "but", "if", "though", "that"):
            new = {"wo": "will", "ca": "can"}.get(word, word)
            yield _Edit(*match.span(), f"{new} ", "a not too few")
    for match in _NO.finditer(statement):
        yield _Edit(*match.span(), _REPLACED[match.group().lower()], "a no too few")


def _infinitive(past: str) -> str:
    stem = past[:-2]
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if re.search(r"([bdgmnprt])\1$", stem):
        return stem[:-1]
    ends_in_e = re.search(r"(?:[cgsuvz]|at|[^aeiou][iou]r|[aiou]d|[^aeou]in)$", stem)
    return f"{stem}e" if ends_in_e and not stem.endswith("ss") else stem


# ---------------------------------------------------------------- true statements


def _numbers_in_words(text: str) -> str:
    def word(match: re.Match[str]) -> str:
        plain = match["figure"].isdigit() and not match["sign"] and not match["part"]
        if not plain or _in_a_date(text, match.start()):
            return match.group()
        value, tail = int(match["figure"]), match["tail"]
        if tail in ("st", "nd", "rd", "th"):
            return _ORDINALS[value] if 0 < value < len(_ORDINALS) else match.group()
        return match.group() if tail or not 1 < value < len(_CARDINALS) else _CARDINALS[value]

    return text if '"' in text or "“" in text else _DIGITS.sub(word, text)


def _numbers_in_figures(text: str) -> str:
    def figure(match: re.Match[str]) -> str:
        word = match["word"].lower()
        if word == "second":
            return match.group()
        if word in _CARDINALS:
            return str(_CARDINALS.index(word))
        value = _ORDINALS.index(word)
        return f"{value}{_ordinal_tail(value)}"

    return _outside_speech(text, partial(_WORDS.sub, figure))


def _outside_speech(text: str, rewrite: Callable[[str], str]) -> str:
    pieces = re.split(r"([\"“][^\"“”]*(?:[\"”]|$))", text)
    pieces[::2] = map(rewrite, pieces[::2])
    return "".join(pieces)


def _scales_spelled(text: str) -> str:
    text = re.sub(r"(?<=\d)bn\b", " billion", text)
    before = ("£$€]\\d{2}", "£$€]\\d{3}", "£$€]\\d", "£$€]\\d\\.\\d")
    return re.sub("|".join(rf"(?<=[{one})m\b" for one in before), " million", text)


def _dates_turned(text: str) -> str:
    return re.sub(
        rf"\b(\d{{1,2}}) ({_MONTH})\b(?: (\d{{4}}))?",
        lambda m: f"{m[2]} {m[1]}" + (f", {m[3]}" if m[3] else ""),
        text,
    )


def _dates_turned_back(text: str) -> str:
    return re.sub(
        rf"\b({_MONTH}) (\d{{1,2}})\b(?:, (\d{{4}}))?",
        lambda m: f"{m[2]} {m[1]}" + (f" {m[3]}" if m[3] else ""),
        text,
    )


_SYNONYMS = {
    r"\bsaid\b(?! to\b)": "stated", r"\bsays\b": "states", r"\btold\b": "informed",
    r"\bannounced\b": "made known", r"\babout (?=\d|[£$€])": "around ", r"\blarge\b": "big",
    r"\bbegin\b": "start", r"\bbuy\b": "purchase", r"\bhelp\b": "assist",
    r"\bchildren\b": "youngsters", r"\bshut\b": "closed", r"\breported\b": "announced",
    r"\bmeeting\b": "event", r"\bmovie\b": "film", r"\bfirm\b": "company",
    r"\bget rid of\b": "abolish", r"\bscrap\b": "abolish", r"\bquit\b": "left",
    r"\bdue to\b": "expected to", r"\bkilled\b": "left dead", r"\bdisarray\b": "chaos",
    r"\bmatch\b": "game", r"\brecord\b": "all-time high", r"\bmaximum\b": "most",
    r"\bcheque\b": "payment", r"\bsmouldering\b": "burning", r"\bhurt\b": "injured",
    r"\bwill\b(?! (?:not|never))": "is going to", r"\bsome (?=\d)": "about ",
}  # fmt: skip


def _synonyms(text: str) -> str:
    def rewrite(piece: str) -> str:
        for pattern, other in _SYNONYMS.items():
            piece = re.sub(pattern, other, piece)
        return piece

    return _outside_speech(text, rewrite)


_TITLED = r"Mr|Ms|Mrs|Sir|Lord|Speaker|Secretary|Minister|President"
_PERSON = rf"(?:(?:{_TITLED}) )?{_CAPITAL}(?: {_CAPITAL})*"


def _according(text: str) -> str:
    """`X said Y` as `According to X, Y`."""
    match = re.fullmatch(
        rf"(?P<who>(?:The )?{_PERSON}) (?:said|says|has said|stated) (?:that )?"
        r"(?P<what>[^\"“]+)",
        text,
    )
    if match and match["who"] not in _NO_NAMES:
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
    if match and match["who"] not in _NO_NAMES:
        whom = match["whom"][0].upper() + match["whom"][1:]
        return f"{whom} was {match['verb']} by {match['who']}{match['rest'] or '.'}"
    match = re.fullmatch(
        r"(?P<whom>.{4,60}?) (?:was|were|have been|has been) (?P<verb>\w{3,}ed) "
        rf"by (?P<who>(?:the )?{_PERSON})(?P<rest>[ ,.].*)",
        text,
    )
    if match is None:
        return text
    who = match["who"][0].upper() + match["who"][1:]
    return f"{who} {match['verb']} {_small(match['whom'])}{match['rest']}"


def _small(words: str) -> str:
    return words[0].lower() + words[1:] if words.partition(" ")[0] in _NO_NAMES else words


def _possessive(text: str) -> str:
    """`Israel's strike` as `the strike of Israel`."""
    return re.sub(
        rf"(?<![\w-])(?P<who>{_CAPITAL}(?: {_CAPITAL})?)[’']s (?P<what>[a-z]{{4,}})"
        r"(?= (?:was|were|has|had|is|will|in|on|of|at|by|to)\b)",
        r"the \g<what> of \g<who>",
        text,
    )


def _months_cut(text: str) -> str:
    months = r"\b(Jan|Feb|Aug|Sept|Oct|Nov|Dec)(?:uary|ruary|ust|ember|ober)\b(?= \d|,)"
    return re.sub(months, r"\1.", text)


def _percent(text: str) -> str:
    return re.sub(r"\bper cent\b|%", " percent", text).replace("  ", " ")


def _typeset_marks(text: str) -> str:
    return re.sub(r"\"([^\"]*)\"", r"“\1”", text).replace("'", "’")


_REWRITES: dict[str, Callable[[str], str]] = {
    "numbers in words": _numbers_in_words,
    "numbers in figures": _numbers_in_figures,
    "scales spelled out": _scales_spelled,
    "per cent for %": lambda text: text.replace("%", " per cent"),
    "percent for per cent": _percent,
    "dates turned": _dates_turned,
    "dates turned back": _dates_turned_back,
    "months cut short": _months_cut,
    "synonyms": _synonyms,
    "according to": _according,
    "passive": _passive,
    "possessive": _possessive,
    "typewriter marks": lambda text: text.translate(str.maketrans("“”‘’—", "\"\"''-")),
    "typeset marks": _typeset_marks,
}
# These undo another rewriting, so they are not among those that are applied together.
_ALONE = ("numbers in figures", "dates turned back", "typewriter marks", "percent for per cent")


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
        r"(?:But|However|Meanwhile|And|Right now|Last year|Now|Following [^,]+|With [^,]+"
        r"|As [^,]+|During [^,]+),?\s",
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
        pattern = rf"{_CAPITAL} (?:\w )?{match[1]}"
        names = {name.text for name in _names(article) if re.fullmatch(pattern, name.text)}
        first = {name.split(" ")[0] for name in names} - {*_TITLED.split("|")}
        return f"{first.pop()} {match[1]}" if len(first) == 1 else match.group()

    return re.sub(rf"\bM(?:r|s|rs)\.? ({_CAPITAL})\b(?! {_CAPITAL})", full, text)


def _true_statements(evidence: _Evidence) -> Iterator[tuple[str, str]]:
    """The quote, shortened and in other words: by one rewriting, and by all that fit together."""
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
        for how, rewrite in _REWRITES.items():
            other = rewrite(base)
            if other != base:
                yield _sentence(other), how
            if how not in _ALONE:
                changed = rewrite(together)
                together, applied = changed, applied + (changed != together)
        if applied > 1:
            yield _sentence(together), "several ways"


def _sentence(text: str) -> str:
    """As a model would write it: capital, full stop, no word that ties it to what came before."""
    text = re.sub(r"^(?:But|And|Right now,)\s", "", " ".join(text.split()))
    text = text[0].upper() + text[1:]
    return text if text[-1] in '.!?"”' else f"{text}."


# ---------------------------------------------------------------- all together


def fabricate(
    gold: Iterable[GoldQuestion], sources: SourceText, *, each: int, seed: int = 1
) -> list[Statement]:
    """At most `each` statements of each kind about the evidence of these questions.

    They are spread evenly over the evidence, and no statement is made twice of one quote.
    """
    pieces = _evidence(gold, sources)
    names = {(name.text, piece.article) for piece in pieces for name in _names(piece.article)}
    elsewhere = sorted({name for name, article in names if _within(name, article)})
    made: dict[Kind, list[list[Statement]]] = {kind: [] for kind in Kind}
    for piece in pieces:
        random = Random(f"{seed} {piece.question_id} {piece.quote}")
        for kind, statements in _all_about(piece, random, elsewhere).items():
            random.shuffle(statements)
            made[kind].append(statements)
    found: list[Statement] = []
    for kind, of_pieces in made.items():
        # One statement of each piece of evidence in turn.
        Random(f"{seed} {kind}").shuffle(of_pieces)
        in_turn = chain.from_iterable(zip_longest(*of_pieces))
        found += [statement for statement in in_turn if statement is not None][:each]
    return found


def _evidence(gold: Iterable[GoldQuestion], sources: SourceText) -> list[_Evidence]:
    found: dict[str, _Evidence] = {}
    for question in gold:
        for item in question.evidence:
            quote = " ".join(item.quote.split())
            piece = _Evidence(question.id, item.source, quote, sources(item.source) or "")
            found.setdefault(quote, piece)
    return list(found.values())


def _all_about(
    piece: _Evidence, random: Random, elsewhere: Sequence[str]
) -> dict[Kind, list[Statement]]:
    """Fabrications of the quote itself, and of what can truly be stated in other words."""
    true = list(dict.fromkeys(_true_statements(piece)))
    makers: dict[Kind, Callable[[str], _Edits]] = {
        Kind.NUMBER: lambda text: _numbers(text, piece, random),
        Kind.DATE: lambda text: _dates(text, piece, random),
        Kind.NAME: lambda text: _swapped_names(text, piece, random, elsewhere),
        Kind.SPEECH: lambda text: _altered_speech(text, piece, random),
        Kind.ROLE: lambda text: _exchanged(text, piece, random),
        Kind.NEGATION: lambda text: _negated(text, random),
    }
    found: dict[Kind, dict[str, str]] = {kind: {} for kind in makers}
    found[Kind.TRUE] = dict(reversed(true))
    for text, _ in true:
        for kind, make in makers.items():
            found[kind].update(edit.applied(text) for edit in make(text))
    return {
        kind: [
            Statement(kind, text, piece.question_id, piece.source, piece.quote, how)
            for text, how in statements.items()
        ]
        for kind, statements in found.items()
    }
