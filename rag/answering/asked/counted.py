"""Tells how well each figure of a sentence counts what a question asks for.

"How many people were killed?" asks for a figure before "people" and "killed"; "312 people had come
to donate" counts people, but none who were killed. Seven signs speak for a figure: its clause means
what the question means, the words after it mean what the question counts, its sentence has the
question's words, the names of the question stand in its article, it is a total and no addition to
others, it has a unit of the sort that is asked for, and what became of those it counts is what is
asked. What the first three weigh is fitted by `eval.train.questions.amounts`. English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rag.embed import Embedder
from rag.errors import ModelError
from rag.model import Article, Candidate, Span
from rag.news.figure_states import figure_state, states
from rag.reading.excerpt import refers_back
from rag.text.dates import MONTHS
from rag.text.names import bare_names
from rag.text.numbers import CURRENCIES, Number, Value, numbers
from rag.text.phrases import AUXILIARIES
from rag.text.terms import terms

COUNTED_FILE = Path(__file__).with_name("counted.json")
# Kinds of numbers that are no amounts: ordinals, fractions, multiples, decades.
_NO_AMOUNTS = frozenset({"th", "/", "x", "s", "many"})
_ASKS_COUNT = re.compile(
    rf"\bhow (?:many|much)\b\s*(?P<counted>.*?)(?=\s(?:{AUXILIARIES})\b|[?,]|$)", re.IGNORECASE
)
_CLAUSE_ENDS = re.compile(r"[,;:()\"“”]\s|\s(?:while|but|and|after|compared with)\s| - ")
# What is counted ends here: "21 girls before he left", "people who fled".
_COUNTED_ENDS = re.compile(
    r"\s(?:before|when|where|who|which|that|including|since|because|until|as)\s"
)
# "Another 24 inches", "2.5 million more"; "a total of 62 inches".
_ADDITION = re.compile(
    r"\b(?:another|(?:an\s)?(?:additional|extra)|(?:a\s)?further)\s\S{0,3}$", re.IGNORECASE
)
_IS_MORE = re.compile(r"\s(?:(?!or\b|and\b|in\b|to\b)\w+\s)?(?:more\b(?!\sthan)|others?\b)")
_TOTAL = re.compile(
    r"(?:\btotal(?:s|l?ed|l?ing)\s|\btotal\s(?:[^,;:]{0,60}\s)?(?:of|to|at|is|was|reached)\s"
    r"|\b(?:[Ii]n all|[Aa]ltogether),?\s)(?:[a-z]+\s){0,2}\S{0,3}$"
)
_ASKS_MORE = re.compile(r"\b(?:more|others?|another|additional|extra|further)\b", re.IGNORECASE)
# Of those "affected", none are counted by "Skarn has 900 clients".
_ASKS_HIT = re.compile(r"\b(?:affected|hit|impacted|exposed|involved)\b", re.IGNORECASE)
_HAS = re.compile(
    r"\b(?:has|have|serv(?:es?|ing)|employ(?:s|ing)?)\s(?:(?:about|some|around|more|than|over|nearly|almost"
    r"|at|least)\s)*$",
    re.IGNORECASE,
)
# Who is taken to hospital is hurt.
_HURT = frozenset({"injured", "treated"})
_LENGTHS = frozenset("metre kilometre centimetre millimetre mile foot yard inch".split())
_TIMES = frozenset("second minute hour day week month year decade century".split())
_WEIGHTS = frozenset("gram kilogram tonne pound ounce stone".split())
# The units in which "how …" is answered.
_SORTS = {
    "far": _LENGTHS,
    "high": _LENGTHS,
    "tall": _LENGTHS,
    "deep": _LENGTHS,
    "wide": _LENGTHS,
    "long": _LENGTHS | _TIMES,
    "heavy": _WEIGHTS,
    "fast": _LENGTHS | {"mph", "kph", "knot"},
    "much time": _TIMES,
}
_ASKS_SORT = re.compile(rf"\bhow ({'|'.join(_SORTS)})\b(?! ago)", re.IGNORECASE)
# "How much money", "how much did the firm pay": an amount of money, or a share.
_ASKS_MONEY = re.compile(
    rf"\bhow much (?:money\b|(?:(?:more|less) )?(?:{AUXILIARIES}) (?:[^\s?]+ ){{0,8}}?"
    r"(?:pays?|paid|costs?|spends?|spent|earn(?:s|ed)?|owe[sd]?|fined|worth)\b)",
    re.IGNORECASE,
)
_PAID = CURRENCIES | {"%"}
# Whose ordinal it is: "his 11th trip".
_OWNED = re.compile(r"(?:\b(?:his|her|its|their)|['’]s)\s$", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_BEFORE_YEAR = re.compile(
    rf"\b(?:in|since|by|from|until|till|before|after|during|of|early|late|mid|{'|'.join(MONTHS)})[\s-]$",
    re.IGNORECASE,
)
# "At 8:34 a.m.", "16 miles away", "998 horizontal miles", "flew 2,700 km": no heights.
_HEIGHTS = frozenset({"high", "tall"})
_FLAT_BEFORE = re.compile(
    r"\b(?:travel\w*|flew|flown|fly|flying|drove|walked|ran|sailed|within|distance of|away)\s"
    r"(?:(?:a|about|some|only|around|nearly|over|up to|more than|distance of)\s)*$",
    re.IGNORECASE,
)
_FLAT_AFTER = re.compile(
    r"(?:\s?\([^)]*\))?[\s-](?:away|from|off|north|south|east|west|inland|horizontal\w*|wide|long|apart"
    r"|along|across|further|farther)\b"
    r"|(?:\s?\([^)]*\))?\s(?:the|it|he|she|they)\s(?:[\w-]+\s){0,4}(?:flew|travelled|traveled|drove|sailed)\b",
    re.IGNORECASE,
)
_UP = re.compile(r"\b(?:high|tall|altitude|height|above|elevation|up|lofted)\b", re.IGNORECASE)
# "3,700 kilometers (2,300 miles)"
_IN_BRACKETS = re.compile(r"\([^)\d]{0,8}$")
_NOUN_WORDS = 2
_LEAST_WORDS, _MOST_WORDS = 4, 5
_BEFORE_CHARS = 200


class Signs(NamedTuple):
    """What speaks for a figure, each in [0, 1] or a cosine in [-1, 1].

    `clause` and `counted` are cosines: of its clause and the question, and of the words after it
    and what is counted. `words` and `names` are the shares of the question's that stand there.
    `whole` is 1 for a total and -1 for an addition, unless the question asks for more; `others` is
    1 where something else became of those it counts, and `sort` for a figure in another unit than
    the question asks for.
    """

    clause: float
    counted: float
    words: float
    names: float
    whole: float = 0.0
    others: float = 0.0
    sort: float = 0.0


FITTED = ("clause", "counted", "words")
# Set by hand: what it costs if all names of the question are lacking. Passages of reading
# comprehension have them; news tells of many events of one kind.
_LACKED = 1.5
# Set by hand, since reading comprehension hardly has these: what a total wins and an addition
# loses, and what a figure of others loses, of those on board where the injured are asked for.
_WHOLE = 1.5
_OTHERS = 3.0
# Set by hand: what a figure that is no length loses where "how far" is asked, and a sentence that
# has none.
_SORT = 3.0


class FigureModel(NamedTuple):
    """Weights of FITTED, and the bias of the log odds where an article has all names."""

    weights: tuple[float, ...]
    bias: float

    def odds(self, signs: Signs) -> float:
        fitted = sum(w * x for w, x in zip(self.weights, signs[: len(FITTED)], strict=True))
        lost = _LACKED * (1 - signs.names) + _OTHERS * signs.others + _SORT * signs.sort
        return self.bias + fitted - lost


class Figure(NamedTuple):
    """An amount in a candidate's sentence, and the log odds that it counts what is asked for.

    `value` is None for a sentence without any; `span` is the amount's place in the article where it
    stands outside the short answer.
    """

    value: Value | None
    odds: float
    span: Span | None = None


# Set by hand: the log odds of a sentence without a figure, about one in twenty, and what an amount
# outside the short answer loses.
_NO_FIGURE = Figure(None, -3.0)
_OUTSIDE = 2.0


@cache
def fitted_figures(path: Path = COUNTED_FILE) -> FigureModel:
    """The weights in that file, by default those of this release.

    :raises ModelError: if they cannot be read.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        weights = tuple(float(plain["weights"][name]) for name in FITTED)
        return FigureModel(weights, float(plain["bias"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} holds no weights for this release: {error!r}", hint="Install Byline again."
        ) from error


def best_figures(
    question: str, candidates: Sequence[Candidate], embedder: Embedder
) -> list[Figure]:
    """The figure of each candidate that likeliest counts what is asked.

    Where the short answer has a figure, rather that one; of a sentence rather a total than what is
    added to it.
    """
    found = [
        (number, item)
        for item in candidates
        for number in _counting(item)
        if not _is_date_or_rank(question, item.text, number)
    ]
    best = dict[int, tuple[float, Figure]]()
    model = fitted_figures()
    for (number, item), signs in zip(found, signs_of(question, found, embedder), strict=True):
        odds, span = model.odds(signs), None
        rank = odds + _WHOLE * signs.whole
        if not _is_inside(item, number):
            span = Span(item.sentence.start + number.start, item.sentence.start + number.end)
            rank -= _OUTSIDE
        if id(item) not in best or rank > best[id(item)][0]:
            best[id(item)] = rank, Figure(number.values[0], odds, span)
    none = _NO_FIGURE
    if _ASKS_SORT.search(question):
        none = none._replace(odds=none.odds - _SORT)
    return [best[id(item)][1] if id(item) in best else none for item in candidates]


def _counting(candidate: Candidate) -> list[Number]:
    """The amounts of a sentence, and the numbers of its short answer whatever their kind."""
    return [
        number
        for number in numbers(candidate.text)
        if number.values[0].kind not in _NO_AMOUNTS or _is_inside(candidate, number)
    ]


def _is_date_or_rank(question: str, text: str, number: Number) -> bool:
    """Whether a number is an ordinal or a year, and counts nothing that the question counts.

    "The 11th month in a row" and "in 2004" are no counts; "his 11th trip" is one, also of tours.
    """
    if _OWNED.search(text[: number.start]):
        return False
    before = text[: number.start]
    is_year = _YEAR.fullmatch(number.text) is not None and _BEFORE_YEAR.search(before) is not None
    if number.values[0].kind != "th" and not is_year:
        return False
    asked = _ASKS_COUNT.search(question)
    counted_here = terms(" ".join(text[number.end :].split()[:_NOUN_WORDS]))
    return asked is None or set(counted_here).isdisjoint(terms(asked["counted"]))


def asks_amount(question: str) -> bool:
    """Whether a question asks "how many" or "how much"."""
    return _ASKS_COUNT.search(question) is not None


def signs_of(
    question: str, figures: Sequence[tuple[Number, Candidate]], embedder: Embedder
) -> list[Signs]:
    """The signs of numbers, each with the candidate in whose sentence it stands."""
    asked = _Asked(question)
    places = [_InPlace.of(candidate, number) for number, candidate in figures]
    texts = list(dict.fromkeys(text for place in places for text in place))
    whole, counted, *others = embedder.encode([question, asked.counted, *texts])
    vectors = dict(zip(texts, others, strict=True))
    shares = {id(candidate): asked.shares(candidate) for _, candidate in figures}
    return [
        Signs(
            float(whole @ vectors[place.clause]),
            float(counted @ vectors[place.after]),
            *shares[id(candidate)],
            0 if _ASKS_MORE.search(question) else _whole(candidate.text, number),
            _counts_others(asked.states, candidate.text, number)
            or (asked.hit and _HAS.search(candidate.text[: number.start]) is not None),
            _is_of_other_sort(question, candidate.text, number),
        )
        for place, (number, candidate) in zip(places, figures, strict=True)
    ]


def _whole(text: str, number: Number) -> int:
    """1 for a total, -1 for what comes on top of others, 0 for any other figure."""
    before = text[: number.start]
    if _ADDITION.search(before) or _IS_MORE.match(text, number.end):
        return -1
    return int(_TOTAL.search(before) is not None)


def _counts_others(asked: frozenset[str], text: str, number: Number) -> bool:
    """Whether the figure counts people of another state than those asked for."""
    state = figure_state(text, number) if asked else ""
    return bool(state) and state not in asked and not (asked | {state} <= _HURT)


def _is_of_other_sort(question: str, text: str, number: Number) -> bool:
    """Whether a figure has no unit of the sort that the question asks for, or is no height."""
    if _ASKS_MONEY.search(question):
        return _PAID.isdisjoint(value.kind for value in number.values)
    match = _ASKS_SORT.search(question)
    if match is None:
        return False
    sort = match[1].casefold()
    return number.unit not in _SORTS[sort] or (sort in _HEIGHTS and _is_flat(text, number))


def _is_flat(text: str, number: Number) -> bool:
    """Whether a length lies flat: "flew 900 km", "900 km away"; not "flew 900 km high"."""
    if _IN_BRACKETS.search(text[: number.start]):
        outer = [item for item in numbers(text) if item.end < number.start]
        number = outer[-1] if outer else number
    before, after = text[: number.start], text[number.end :]
    if _UP.search(" ".join(after.split()[:4])) or _UP.search(" ".join(before.split()[-4:])):
        return False
    return bool(_FLAT_BEFORE.search(before) or _FLAT_AFTER.match(after))


def amounts(candidate: Candidate) -> list[Number]:
    """The numbers in the candidate's short answer, or else the amounts in its sentence."""
    found = _counting(candidate)
    return [number for number in found if _is_inside(candidate, number)] or found


def _is_inside(candidate: Candidate, number: Number) -> bool:
    """Whether a number stands in the short answer."""
    answer, start = candidate.answer, candidate.sentence.start
    return (
        answer is not None
        and answer.start < start + number.end
        and start + number.start < answer.end
    )


class _InPlace(NamedTuple):
    """The clause that an amount stands in, and the words after it."""

    clause: str
    after: str

    @classmethod
    def of(cls, candidate: Candidate, number: Number) -> _InPlace:
        text, ends = candidate.text, list(_CLAUSE_ENDS.finditer(candidate.text))
        start = max((end.end() for end in ends if end.end() <= number.start), default=0)
        end = min((end.start() for end in ends if end.start() >= number.end), default=len(text))
        if len(text[start:end].split()) < _LEAST_WORDS:
            start = max((item.end() for item in ends if item.end() < start), default=0)
        before = text[: number.start].split()[-3:]
        after = _COUNTED_ENDS.split(text[number.end : end])[0].split()[:4]
        return cls(text[start:end], " ".join(after or before))


class _Asked:
    """What a question counts, its words and its names."""

    def __init__(self, question: str) -> None:
        match = _ASKS_COUNT.search(question)
        words = match["counted"].split() if match else []
        self.counted = " ".join(words[:_MOST_WORDS]) or question
        self.states = states(question)
        self.hit = _ASKS_HIT.search(question) is not None
        # "Affected" says nothing of the verb: "stole the data of 900 clients".
        self._words = frozenset(terms(_ASKS_HIT.sub(" ", question)))
        self._names = frozenset(
            word for name in bare_names(question, question) for word in terms(name)
        )
        self._named: dict[str, float] = {}

    def shares(self, candidate: Candidate) -> tuple[float, float]:
        """The shares of the question's words in the sentence and of its names in the article."""
        article, start = candidate.article, candidate.sentence.start
        before = article.text[max(0, start - _BEFORE_CHARS) : start]
        said = set(
            terms(f"{before}\n{candidate.text}" if refers_back(candidate.text) else candidate.text)
        )
        return _share(self._words, said), self._named_in(article)

    def _named_in(self, article: Article) -> float:
        """The share of the question's names that the article has."""
        if article.article_id not in self._named:
            said = set(terms(f"{article.title}\n{article.text}"))
            self._named[article.article_id] = _share(self._names, said)
        return self._named[article.article_id]


def _share(asked: frozenset[str], said: set[str]) -> float:
    return len(asked & said) / len(asked) if asked else 1.0
