"""Finds where one sentence ends and the next begins, within one line of text.

The rules here decide where news has habits of its own: ranks and titles, initials, datelines,
company names, speech. Other abbreviations are decided by nupunkt (the Punkt algorithm of Kiss and
Strunk, 2006). Both look at two words before a stop and a few after it, so time is linear.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

# Possessive quantifiers: a run of a million stops is read once.
_STOP = re.compile(
    # Scripts whose stops need no space after them.
    r"(?P<wide>[。！？｡।॥۔؟]++)(?P<wide_closing>[」』”’）】〉》\"')]*+)"
    r"|(?P<marks>[.!?…]++(?:\s++[.!?…]++(?![\w$£€]))*+)"
    r"(?P<closing>[\"'”’)\]}»*]*+(?:\s++[\"”)\]}»]++(?=\s))?+)"
)
_NEXT = re.compile(r"\s++(?P<opening>(?:[\"'“‘(\[{«¿¡–—•·▪*-]\s?+)*+)(?P<word>\S{0,40})")
# "Is it over?" Ms. Able asked: the speaker belongs to the question.
_SPEAKER = re.compile(
    r"\s++(?:[A-Z][\w.'’-]{0,30}\s){1,4}"
    r"(?:said|says|asked|asks|told|wrote|writes|added|replied|shouted|cried|wondered|tweeted)\b"
)
# 「もう十分だ。」と述べた。 “走吧！”他说。 The speaker belongs to what was said.
_WIDE_SPEAKER = re.compile(r"[とっ]|[^，。！？“「]{1,12}(?:说|說|道|表示|称|稱|问|問)[，。：]")
_ENUMERATOR = re.compile(r"\d{1,3}|[A-Za-z]|[ivxIVX]{1,5}")
_ACRONYM = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]{1,2}|[A-Z][a-z]?\.[A-Z]")
# iPod, eBay, al-Jazeera: lower case, and yet at the head of a sentence.
_LOWER_NAME = re.compile(r"[a-z]{1,4}[A-Z]|(?:al|el)-[A-Z]")
# nupunkt learned from court reports, where "month", "Park" and "found" are abbreviations. Those
# that hold in news, such as Blvd and Pkwy, have no vowel.
_VOWELLESS = re.compile(r"[B-DF-HJ-NP-TV-XZ]?[b-df-hj-np-tv-xz]+")
_LOOK_BACK = 80
_DASHES = frozenset("–—-")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "Mr Mrs Ms Mx Messrs Mme Mlle Dr Drs Prof Profs Rev Revd Fr Msgr Rt Hon Gen Gens Lt Col Maj "
    "Capt Cmdr Cdr Adm Sgt Cpl Pvt Pfc Spc Brig Sen Sens Rep Reps Gov Govs Pres Amb Supt Insp Det "
    "Cllr Atty Asst"
)
_NEVER_LAST = _words("vs v e.g i.e eg ie cf viz approx ca fl")
_BEFORE_NUMBER = _words(
    "No Nos NO NOS no nos p pp Art Fig Vol Ch Pt Sec Hwy Rte Est est ext Apt "
    "Mon Tue Tues Wed Weds Thu Thur Thurs Fri "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
_MAY_BE_LAST = _words(
    "St Ste Mt Ft Sec Ave Dept Univ Assn Govt Natl Intl Jr Sr Inc Co Corp Ltd Cos Bros Esq al "
    "Jan Feb Aug Sept Oct Nov Dec"
)
_STATES = _words(
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont "
    "Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo"
)
# Abbreviations of German, Spanish, French and their neighbours that no English word is spelled as.
_FOREIGN = _words(
    "Mio Mrd Tsd bzw ca ggf evtl inkl exkl vgl sog bspw usw zzgl Nr Abs Hrsg Jh Jhd Chr geb gest "
    "Tel Str Dipl Ing Hr Frl Sra Srta Dra Dña Lic Av núm Núm pág págs aprox Mgr MM Cie env éd "
    "dhr mevr resp enz Sig Sigg Dott Avv"
)
# Before an ordinal: der 3. Oktober, im 19. Jahrhundert. "Am" is a verb of English.
_BEFORE_ORDINAL = _words("der dem den des vom zum im ab bis seit beim zur ihr ihre sein seine")
_GERMAN_MONTHS = _words(
    "Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember"
)
_FOREIGN_FUNCTION_WORDS = _words(
    "Der Die Das Dem Den Des Ein Eine Einer Er Sie Es Wir Ich Im In Am An Auf Aus Bei Beim Mit "
    "Nach Für Aber Und Doch Dabei Dort Damit Dann Auch So Wenn Als Während Laut Zudem Seit Von "
    "Vor Zu Zum Zur Nun Ob Da Dies Diese Dieser "
    "El La Los Las Lo Un Una Unos Pero Y En Con Por Según Para Es Se Su Sus Al Este Esta Ese "
    "Le Les Une Il Elle Ils Elles On Nous Mais Et Dans Selon Pour Avec Ce Cette Ces De Du "
    "Het Een Hij Zij Maar Gli Uno Ma"
)
_DOUBLED = re.compile(r"([A-Z])\1")
_ONE_LETTER = re.compile(r"[^\W\d_]\.")
_LETTERED = _words(
    "group plan serie vitamin hepatitis type class grade section schedule part category league "
    "option phase"
)
_SHOUTED_NAMES = _words("Yahoo Jeopardy Wham Oklahoma Oliver")
_CLOCK = _words("a.m p.m A.M P.M")
# 9 p.m. Saturdays, 9 p.m. Feb. 3, 9 p.m. Eastern, 9 p.m. GMT.
_AFTER_CLOCK = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:January|February|March|April|May|June|July"
    r"|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    r"|Eastern|Central|Mountain|Pacific|Greenwich)\b|[A-Z]{2}"
)
# A capitalised function word is the surest sign that a sentence begins. "Under" and "No" are left
# out: U.S. Under Secretary, U.S. No. 1.
_FUNCTION_WORDS = _words(
    "The A An This That These Those He She It They We You I His Her Its Their Our My Your There "
    "Here And But Or Nor Yet So If When While Although Though Because Since As After Before Until "
    "Once Unless Whether In On At By For From With Without To Of Into During Despite Amid Among "
    "Between Against About Across Following According Also However Meanwhile Moreover Nevertheless "
    "Then Now Still Instead Both Each Every Some Many Most All Any Another Others Few Several Such "
    "Who What Where Why How Which Whose Is Are Was Were Do Does Did Has Have Had Can Could Would "
    "Should Not Only Just Even Later Earlier Yesterday Today Last Asked"
)


class _Context(NamedTuple):
    """The words around one stop: two before it and one after it, without opening quotes."""

    previous: str
    word: str
    follower: str
    opens_sentence: bool
    after_dash: bool

    @property
    def before_lower(self) -> bool:
        return self.follower[:1].islower() and not _LOWER_NAME.match(self.follower)

    @property
    def before_function_word(self) -> bool:
        # A dash after an abbreviation is a dateline: EVANSVILLE, Ind. — The mayor …
        return not self.after_dash and self.follower_stem in _FUNCTION_WORDS

    @property
    def follower_stem(self) -> str:
        return re.split(r"['’,]", self.follower, maxsplit=1)[0]


def boundaries(line: str) -> list[int]:
    """Finds the offsets at which a sentence ends and another follows, in order.

    >>> boundaries('Gen. Able left. "Why?" he asked.')
    [15]
    """
    found: list[int] = []
    last = 0
    for stop in _STOP.finditer(line):
        end = stop.end()
        if end == len(line):
            continue
        if stop["wide"]:
            if not (stop["wide_closing"] and _WIDE_SPEAKER.match(line, end)):
                found.append(end)
                last = end
            continue
        if not line[end].isspace():
            continue
        context = _context(line, stop, last)
        if context is not None and _ends(stop, context, line):
            found.append(end)
            last = end
    return found


def _context(line: str, stop: re.Match[str], last: int) -> _Context | None:
    """Reads the words around a stop, back to the last boundary; None if a side has no word."""
    start = max(last, stop.start() - _LOOK_BACK)
    before = line[start : stop.start()].split()
    after = _NEXT.match(line, stop.end())
    if not before or after is None or not after["word"]:
        return None
    previous = before[-2] if len(before) > 1 else ""
    opens_sentence = not previous and start == last
    return _Context(
        previous, _bare(before[-1]), after["word"], opens_sentence, after["opening"][:1] in _DASHES
    )


def _bare(word: str) -> str:
    return re.split(r"[-–—/:]", word.lstrip("\"'“‘([{«*"))[-1]


def _ends(stop: re.Match[str], context: _Context, line: str) -> bool:
    marks, closing = stop["marks"], stop["closing"]
    if "!" in marks or "?" in marks:
        return _ends_at_exclamation(context) and not (closing and _SPEAKER.match(line, stop.end()))
    if marks == "…" or marks.startswith(".."):
        # "I think... I know" goes on; so does a pause before a name.
        return context.before_function_word and context.follower_stem != "I"
    if (closing or len(marks) > 1) and context.before_lower:
        return False
    return _ends_at_period(context)


def _ends_at_exclamation(context: _Context) -> bool:
    return (
        context.before_function_word if context.word in _SHOUTED_NAMES else not context.before_lower
    )


def _ends_at_period(context: _Context) -> bool:
    word, follower = context.word, context.follower
    if (
        word in _TITLES
        or word in _NEVER_LAST
        or (word in _BEFORE_NUMBER and (follower[0].isdigit() or context.before_lower))
    ):
        return False
    if _is_foreign_abbreviation(context):
        return context.follower_stem in _FOREIGN_FUNCTION_WORDS
    if context.opens_sentence and _ENUMERATOR.fullmatch(word):
        return False
    if word in _CLOCK:
        return follower[0].isupper() and not _AFTER_CLOCK.match(follower)
    if (
        _is_initial(context)
        or word in _MAY_BE_LAST
        or _ACRONYM.fullmatch(word)
        or (word in _STATES and context.previous.endswith(","))
    ):
        return context.before_function_word
    return _punkt_ends(word, follower)


def _is_foreign_abbreviation(context: _Context) -> bool:
    """Recognizes ordinals, letters and abbreviations of languages other than English.

    Examples: am 3. Oktober; z. B.; EE. UU.; 5 Mio. Euro; млн. рублей.
    """
    word, previous, follower = context.word, context.previous, context.follower
    if word.isdigit() and len(word) < 3:
        return (
            context.before_lower
            or previous.lower() in _BEFORE_ORDINAL
            or (previous in ("am", "Am") and context.follower_stem in _GERMAN_MONTHS)
        )
    if len(word) == 1 and word.islower():
        letters = _ONE_LETTER.fullmatch(previous) or _ONE_LETTER.match(follower)
        return context.before_lower or letters is not None
    if _DOUBLED.fullmatch(word):
        return _DOUBLED.match(follower) is not None or _DOUBLED.match(previous) is not None
    # Poststr., Hauptstr.
    is_known = word in _FOREIGN or word.endswith("str")
    return is_known or (context.before_lower and not follower.isascii())


def _is_initial(context: _Context) -> bool:
    return (
        len(context.word) == 1
        and context.word.isupper()
        and context.previous.lower() not in _LETTERED
    )


def _punkt_ends(word: str, follower: str) -> bool:
    if _VOWELLESS.fullmatch(word) and word.lower() in _abbreviations():
        return _abbreviation_ends(word, follower)
    return True


@lru_cache(maxsize=1 << 14)
def _abbreviation_ends(word: str, follower: str) -> bool:
    # nupunkt decides on these two words alone. The article before them keeps it from taking a
    # short word at the head of a line for the number of a list.
    return len(_punkt().spans(f"the {word}. {follower}")) > 1


@cache
def _punkt() -> PunktSentenceTokenizer:
    import nupunkt

    return nupunkt.load("default")


@cache
def _abbreviations() -> frozenset[str]:
    # The property copies the set at each call.
    return _punkt().abbreviations
