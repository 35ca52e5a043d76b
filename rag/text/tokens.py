"""Text to words with their places, and what is one word in other forms. English.

In goes a statement, a quote or an article; out come its tokens in order, with what stands before each. It does not know which of them
are numbers, dates or names.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rag.text.terms import STOP_WORDS, stem

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("’‘‛`´ʼ", "'"),
        **dict.fromkeys("„‟«", "“"),
        **dict.fromkeys("»", "”"),
        **dict.fromkeys("″＂", '"'),
        **dict.fromkeys("‐‑‒–−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u200a\u202f", " "),
        "—": " - ",
        "―": " - ",
        "…": "...",
        "\u00ad": "",
        "\u200b": "",
    }
)
_SPACED_GROUPS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_TOKEN = re.compile(
    r"(?P<money>(?:US|HK|NZ|AU|CA|A|C|S)?\$|[£€¥₹₩₪₽₺])"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<suffix>[^\W\d_]*)(?![^\W_])"
    r"|(?P<initials>(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?)"
    r"|(?P<word>[^\W_]+(?:'[^\W\d_]+)*)|(?P<percent>%)"
)
_SHORTENED = frozenset(
    "mr mrs ms dr st sr jr prof rev hon gen sen rep gov lt col sgt capt inc ltd co corp vs no jan feb mar apr jun jul aug sep sept "
    "oct nov dec mon tue tues wed thu thur thurs fri".split()
)
_OWNER = re.compile(r"' [a-z]")
_END = re.compile(r"[.?!:;\n](?:[\s\"')\]]|$)|[\"(\[]")
_FULL_STOP = re.compile(r"[.?!\n]")


class Token(NamedTuple):
    """One word, number or sign. `text` is as written, without a possessive ending; `fold` in lower case, without accents and full stops;
    `gap` is what stands before it. `opens` where a capital letter says nothing, since a sentence or direct speech begins here.
    """

    text: str
    fold: str
    start: int
    end: int
    gap: str
    opens: bool
    starts: bool
    owns: bool
    number: str
    suffix: str

    @property
    def capital(self) -> bool:
        return self.text != self.text.lower()

    @property
    def shouted(self) -> bool:
        """An acronym, as far as its letters say: `UN`, `U.N.`, `MPs`."""
        letters = self.text.replace(".", "").removesuffix("s")
        return len(letters) > 1 and letters.isupper()


@lru_cache(maxsize=512)
def folded(text: str) -> str:
    """The text with one kind of apostrophe, hyphen and space, and few kinds of quotation marks."""
    return _SPACED_GROUPS.sub("", unicodedata.normalize("NFC", text)).translate(_FOLDED)


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text that has been `folded`; places are places in that text."""
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        gap = text[end : match.start()].replace("“", '"').replace("”", '"')
        word = match.group()
        owns = word.endswith(("'s", "'S")) or bool(_OWNER.match(text, match.end()))
        plain = word[:-2] if word.endswith(("'s", "'S")) else word
        starts = not found or _starts(gap, found[-1])
        found.append(
            Token(
                plain,
                fold(plain),
                match.start(),
                match.end(),
                gap,
                starts or (bool(_END.search(gap)) and not _is_shortened(gap, found[-1])),
                starts,
                owns,
                match["number"] or "",
                match["suffix"] or "",
            )
        )
        end = match.end()
    return tuple(found)


def _starts(gap: str, before: Token) -> bool:
    return bool(_FULL_STOP.search(gap)) and not _is_shortened(gap, before)


def _is_shortened(gap: str, before: Token) -> bool:
    return (
        gap.startswith(".")
        and "\n" not in gap
        and (before.fold in _SHORTENED or (len(before.text) == 1 and before.text.isupper()))
    )


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """One word in lower case, without accents and full stops; `US` keeps apart from `us`."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char)
    ).replace(".", "")
    lower = plain.casefold()
    return plain if plain.isupper() and len(plain) > 1 and lower in STOP_WORDS else lower


def sentences(text: str) -> list[tuple[Token, ...]]:
    """The tokens of a folded text, sentence by sentence."""
    found: list[list[Token]] = []
    for token in tokens(text):
        if token.starts or not found:
            found.append([])
        found[-1].append(token)
    return [tuple(sentence) for sentence in found]


_IRREGULAR = (
    "arise arose arisen|bear bore borne|beat beaten|become became|begin began begun|bite bit bitten|blow blew blown|"
    "break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen|come came|deal dealt|"
    "do did done does|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|"
    "fight fought|find found|flee fled|fly flew flown|forbid forbade forbidden|forget forgot forgotten|freeze froze frozen|"
    "get got gotten|give gave given|go went gone goes|grow grew grown|hang hung|have had has|hear heard|hide hid hidden|hold held|"
    "keep kept|know knew known|lay laid|lead led|leave left|lend lent|lie lay lain|light lit|lose lost|make made|mean meant|"
    "meet met|pay paid|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|"
    "send sent|shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|sink sank sunk|sit sat|"
    "sleep slept|speak spoke spoken|spend spent|stand stood|steal stole stolen|stick stuck|strike struck|swear swore sworn|"
    "sweep swept|swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown|"
    "understand understood|wake woke woken|wear wore worn|win won|withdraw withdrew withdrawn|write wrote written|"
    "die died dying death dead|child children|man men|woman women|person people"
)
_BASES = {form: forms.split()[0] for forms in _IRREGULAR.split("|") for form in forms.split()}
# Forms that are a word of their own.
PAST_FORMS = (
    frozenset(_BASES)
    - set(_BASES.values())
    - {"children", "men", "women", "people", "death", "does", "goes", "has", "left"}
)


@lru_cache(maxsize=65536)
def base(word: str) -> str:
    """What all forms of a folded word share.

    >>> base("struck") == base("strikes"), base("launched") == base("launch")
    (True, True)
    """
    return stem(_BASES.get(word, word))
