"""Follow-ups: the turns before and a question in, a question that stands alone out. By rules over words; no model.

What a follow-up leaves out is what was said last: a pronoun stands for a name or a phrase of the last turns, a fragment ("and in August?")
for the last question with that part changed. Where the words cannot be put in place, what the last question was about is added in
brackets. A question that names its own matter comes back as it was. English; it knows no archive and no article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from rag.conversation.context import BRACKETED, INVERTED, MAX_CHARS, PLACED, Scene, without_topic
from rag.conversation.references import (
    ABOUT,
    BEGINS,
    TIED,
    Reference,
    Refers,
    body_of,
    is_fragment,
    references,
)
from rag.model import Answer
from rag.text.mentions import (
    AUX,
    CAPITALISED,
    DATE,
    PEOPLE,
    PREPOSITIONS,
    WH,
    beside,
    is_plural,
    names,
    personal,
    phrases,
)
from rag.text.terms import stem, terms

_TURNS = 4
_MOST_REPLACED = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn leaves behind: the question as it stood alone, the claims shown and their short answers, best first, and the titles
    of the articles quoted; `typed` has the words of the person, which may tell he from she.
    """

    question: str
    answered: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    typed: str = ""

    @classmethod
    def of(cls, answer: Answer) -> Turn:
        """The turn that ended with this answer."""
        return cls(
            answer.asked_as,
            tuple(claim.text for claim in answer.claims),
            tuple(claim.answer.text for claim in answer.claims if claim.answer is not None),
            tuple(dict.fromkeys(quote.title for claim in answer.claims for quote in claim.quotes)),
            answer.question,
        )

    @classmethod
    def of_json(cls, answer: Mapping[str, Any]) -> Turn:
        """The same from Answer JSON; what is missing or malformed there is left out."""
        claims = _objects(answer.get("claims"))
        quotes = [quote for claim in claims for quote in _objects(claim.get("quotes"))]
        return cls(
            next(iter(_texts([answer.get("asked_as"), answer.get("question")])), ""),
            _texts(claim.get("text") for claim in claims),
            _texts(
                short.get("text") for short in _objects([claim.get("answer") for claim in claims])
            ),
            tuple(dict.fromkeys(_texts(quote.get("title") for quote in quotes))),
            next(iter(_texts([answer.get("question")])), ""),
        )


def _objects(value: object) -> list[Mapping[str, Any]]:
    return (
        [item for item in value if isinstance(item, Mapping)]
        if isinstance(value, list | tuple)
        else []
    )


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and value.strip())


class Understood(NamedTuple):
    """A question that stands alone, and whether the words typed did not."""

    question: str
    follow_up: bool


def understand(question: str, history: Sequence[Turn]) -> Understood:
    """The question as it stands alone after these turns, oldest first.

    A question that needs none of them comes back as it was, and so does one longer than `MAX_CHARS`; what is rewritten is no longer than
    that. What comes out, asked again with the same turns, stays as it is.

    >>> turn = Turn("Who runs the port of Fennmouth?", ("Owen Tarrant runs the port.",), ("Owen Tarrant",))
    >>> understand("and who replaced him?", [turn]).question
    'Who replaced Owen Tarrant?'
    """
    turns = [turn for turn in history[-_TURNS:] if terms(turn.question)]
    typed = " ".join(question.split())
    if not turns or not re.search(r"\w", typed) or len(typed) > MAX_CHARS:
        return Understood(question, False)
    scene = Scene(turns)
    if not _depends(typed, scene):
        return Understood(question, False)
    alone = _sentence(_rewritten(typed, scene))
    if len(alone) > MAX_CHARS or _depends(alone, scene):
        alone = _with_topic(alone if len(alone) <= MAX_CHARS else typed, scene)
    return Understood(alone, True) if len(alone) <= MAX_CHARS else Understood(question, False)


# ---------------------------------------------------------------- does a question stand alone?


# Words that say nothing of the matter.
_GENERIC = (
    "happen people say tell know find take make give get go come call exact exactly time day year week month number many thing "
    "someone anyone anybody somebody anything something everyone else next long much like kind sort mean described explain new "
    "town city country man woman person later earlier first last also ago again recently actually really still today precise "
    "precisely one more detail"
)
_DEFINITION = re.compile(
    r"^(?:what|who)(?:['’]s|\s(?:is|are|was|were))\s(?!(?:the|that|this|these|those|its|his|her|their)\b)[\w’'-]+",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"what\s(?:time|day|date)\s(?:is|was)\sit\b", re.IGNORECASE)
# Somebody holds these of something: without a name, of what was spoken of.
_ROLES = (
    "mayor minister ministry mediator president director company union council spokesman spokeswoman chief head leader manager "
    "architect owner captain victim victims survivors residents rescuers police judge agency army crew staff workers strikers toll"
)
_PERSONAL = re.compile(r"\b(?:I|you|your|my|we|our)\b", re.IGNORECASE)


@cache
def _stems(words: str) -> frozenset[str]:
    return frozenset(map(stem, words.split()))


def _depends(question: str, scene: Scene) -> bool:
    """Whether the question leaves something out that the turns before have said."""
    if question.endswith(")"):  # its context stands with it
        return False
    if next(references(question), None):
        return True
    own = _own_names(question, scene)
    if is_fragment(question) and (not own or BEGINS.match(question)):
        return True
    return not own and _leaves_out(question, scene)


def _leaves_out(question: str, scene: Scene) -> bool:
    """Of a question without names or pronouns: too few words of its own, or words that were said before."""
    content = [term for term in terms(question) if term not in _stems(_GENERIC)]
    body = body_of(question)
    asked = {term for term in terms(without_topic(scene.last)) if term not in _stems(_GENERIC)}
    in_full = len(asked) > 1 and 3 * len(asked & set(content)) >= 2 * len(asked)
    if in_full or (_DEFINITION.match(body) and content) or _CLOCK.match(body):
        return False
    if len(content) <= 1:
        asks = re.match(
            rf"(?:(?:{PREPOSITIONS})\s)?(?:{WH}|{AUX})\b", body, re.IGNORECASE
        ) or question.endswith("?")
        return bool(asks or re.search(r"\bmore\b|\bdetails\b", question)) and not (
            content and _PERSONAL.search(question)
        )
    known = [term for term in content if term in scene.known]
    if TIED.match(question) and (known or len(content) == 2):
        return True
    definite = {
        term
        for phrase in phrases(question, scene.answered)
        if phrase[:3].casefold() == "the"
        for term in terms(phrase)
    }
    if len(content) == 2 and any(
        stem(noun) in _stems(_ROLES) for noun in re.findall(r"\b[Tt]he\s(\w+)", question)
    ):
        return True
    return bool(definite & set(known)) and 2 * len(known) >= len(content)


def _own_names(question: str, scene: Scene) -> list[str]:
    """The names in a question, also those that were typed without capitals."""
    small = [
        word
        for word in re.findall(r"[^\W\d_]{4,}", question)
        if word.islower() and word in scene.name_words and word not in _COMMON
    ]
    return names(question, scene.told) + small


_COMMON = frozenset(
    "with house bank post city town river bridge street school port times party union council hospital library".split()
)


# ---------------------------------------------------------------- saying it in full


def _rewritten(question: str, scene: Scene) -> str:
    """The question with what it leaves out, in the best words there are; it may still depend on what was said."""
    body = body_of(question)
    return _completed(body, scene) or _with_names(_resolved(body, scene), question, scene)


def _resolved(body: str, scene: Scene) -> str:
    """The question with names and phrases for its pronouns; those that nothing is known for stay."""
    after = -1
    for _ in range(_MOST_REPLACED):
        found = (
            (item, _meant(item, body, scene))
            for item in islice(references(body), _MOST_REPLACED)
            if item.start > after
        )
        reference, said = next(
            ((item, said) for item, said in found if said is not None), (None, "")
        )
        if reference is None:
            break
        owner = (
            said if not reference.possessive else f"{said}'" if said.endswith("s") else f"{said}'s"
        )
        # A name that stands there now is what a later pronoun means.
        body, after = body[: reference.start] + owner + body[reference.end :], reference.start
    return _definite_named(body, scene)


def _meant(reference: Reference, body: str, scene: Scene) -> str | None:
    if reference.refers is Refers.HE:
        return scene.person("he", body)
    if reference.refers is Refers.SHE:
        return scene.person("she", body)
    if reference.refers is Refers.THEY:
        return scene.group() or scene.person("they", body)
    if reference.refers is Refers.THERE:
        return scene.place()
    about = re.search(
        r"\b(?:about|of|for|on|to|with|after|before|during|since)\s$", body[: reference.start]
    )
    return scene.thing() if reference.refers is Refers.IT or about else None


def _definite_named(body: str, scene: Scene) -> str:
    """`the bridge` as Sallow Bridge, where a name that was said ends so and the question has none."""
    if names(body, scene.told):
        return body
    for match in re.finditer(r"\b[Tt]he\s([a-z]+)\b", body):
        for name in reversed(scene.names):
            if name.casefold().endswith(f" {match.group(1)}"):
                return f"{body[: match.start()]}{name}{body[match.end() :]}"
    return body


def _with_names(rewritten: str, typed: str, scene: Scene) -> str:
    """What has no name yet gets the place or the matter of the last question, and a fragment all of it."""
    if (
        is_fragment(typed)
        and not ABOUT.match(rewritten)
        and not re.match(rf"(?:{PREPOSITIONS}|{WH})\b", rewritten, re.IGNORECASE)
    ):
        rewritten = f"What about {rewritten.strip(' ?!.')}"
    elif rewritten != body_of(typed) and not is_fragment(typed):
        return _with_place(rewritten, scene)
    return _with_topic(rewritten, scene)


def _with_place(rewritten: str, scene: Scene) -> str:
    if names(rewritten, scene.told) or not names(scene.last, scene.told):
        return rewritten
    place = PLACED.search(without_topic(scene.last))
    return _inserted(rewritten, place.group()) if place else _with_topic(rewritten, scene)


def _with_topic(question: str, scene: Scene) -> str:
    return f"{_sentence(without_topic(question))} ({scene.topic()})"


def _inserted(question: str, words: str) -> str:
    """Words before the question mark."""
    bare, bracket = without_topic(question), BRACKETED.search(question)
    return f"{bare.rstrip(' ?!.')} {words}?" + (f" {bracket.group()}" if bracket else "")


def _sentence(text: str) -> str:
    text = text.strip(" ,")
    ended = text if text.endswith(("?", "!", ".", ")")) else f"{text}?"
    return ended[:1].upper() + ended[1:]


# ---------------------------------------------------------------- fragments


_ADJUNCT = re.compile(
    rf"^(?:(?:{PREPOSITIONS})\s(?:which|what)\s[\w-]+|(?:since|until|from)\swhen|for\show\slong|how\slong|when|where|why)(?:\s(?:exactly|precisely))?$",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"^(when|where|why|how)\s(?:was|is|did)\s(?:that|this|it)(?:\s(?:happen|happening|be|so))?$",
    re.IGNORECASE,
)
_STRANDED = re.compile(r"\b(?:to|with|from|for|about|by|of)(?:\s(?:in|at|on)\b|$)")


def _completed(body: str, scene: Scene) -> str | None:
    """The last question with the part that a fragment changes, or None where the fragment does not fit into it."""
    bare = ABOUT.sub("", body).strip(" ?!.,")
    if event := _EVENT.match(bare):
        bare = event.group(1)
    last = without_topic(scene.last)
    return (
        _another_adjunct(bare, last)
        or _another_date(bare, last)
        or _another_name(bare, body, last, scene)
    )


def _another_adjunct(bare: str, last: str) -> str | None:
    """`Where?` after "When was the envoy shot?" as "Where was the envoy shot?"."""
    inverted = INVERTED.match(last)
    if not _ADJUNCT.match(bare) or inverted is None or bare.casefold() == inverted["wh"].casefold():
        return None
    wh, aux, rest, noun = (
        inverted["wh"].casefold(),
        inverted["aux"],
        inverted["rest"],
        inverted["noun"],
    )
    if _STRANDED.search(rest):
        return None
    if aux.casefold() in ("did", "does", "do") or re.match(
        r"(?:\w+\s)?(?:when|where|why|how)\b(?!\s(?:many|much))", wh
    ):
        return f"{bare} {aux} {rest}?"
    if noun and wh.startswith(("how", "which")):
        return f"{bare} {aux} {'the ' if wh.startswith('which') else ''}{noun} {rest}?"
    return None


def _another_date(bare: str, last: str) -> str | None:
    """`in August` after "How much rain fell in July?" as "How much rain fell in August?"."""
    bare = re.sub(r"^(?:how (?:many|much)|what)\s(?=in\b|on\b)", "", bare, flags=re.IGNORECASE)
    old = re.search(
        rf"(?:\b(?P<prep>in|on|by|since|until|before|after|during)\s)?(?P<date>{DATE.pattern})",
        last,
    )
    if old and (other := beside(old["date"], bare)):
        return f"{last[: old.start('date')]}{other}{last[old.end() :]}"
    match = re.fullmatch(
        rf"(?:(?P<prep>{PREPOSITIONS})\s)?(?:the\s)?(?P<date>{DATE.pattern})", bare, re.IGNORECASE
    )
    if match is None or re.match(r"(?i)when\b", last):
        return None
    date = match["date"] if DATE.fullmatch(match["date"]) else match["date"].title()
    prep = match["prep"] or (old and old["prep"]) or ("on" if "day" in date else "in")
    said = (
        date
        if date.split()[0].casefold() in ("last", "next", "this", "yesterday", "today", "tomorrow")
        else f"{prep} {date}"
    )
    return f"{last[: old.start()]}{said}{last[old.end() :]}" if old else _inserted(last, said)


def _another_name(bare: str, body: str, last: str, scene: Scene) -> str | None:
    """`And Nassar?` after "What did Khoury say?" as "What did Nassar say?"; `and in Tripoli?` likewise, or added where none was said."""
    match = re.fullmatch(
        rf"(?:(?P<prep>{PREPOSITIONS})\s)?(?:the\s(?=[A-Z]))?(?P<name>{CAPITALISED}|[a-z-]+)", bare
    )
    if (
        match is None
        or not (ABOUT.match(body) or is_fragment(f"and {body}"))
        or next(references(bare), None)
    ):
        return None
    if not match["name"][0].isupper():
        return _another_noun(match["name"], last) if not match["prep"] else None
    if match["prep"]:
        preps = (
            "in|at|near|on|outside"
            if match["prep"] in ("in", "at", "near", "on", "outside")
            else match["prep"]
        )
        placed = re.search(rf"\b(?:{preps})\s(?:the\s)?(?!{DATE.pattern}){CAPITALISED}", last)
        return (
            f"{last[: placed.start()]}{bare}{last[placed.end() :]}"
            if placed
            else _inserted(last, bare)
        )
    if match["name"] in last:
        return None
    alike = _alike(match["name"], names(last, scene.told), scene.told)
    return last.replace(alike, bare, 1) if alike else None


def _alike(name: str, others: Sequence[str], told: str) -> str | None:
    """The first of the others that is of the same kind: a person for a person, a name that may be one for a name that may be one."""
    kind = personal(name, told)
    kinds = {other: personal(other, told) for other in others}
    same = [
        other
        for other in others
        if (kinds[other] > 0) == (kind > 0) and (kinds[other] < 0) == (kind < 0)
    ]
    maybe = [other for other in others if kind == 0 and kinds[other] > 0]
    return next(iter([*same, *maybe]), None)


def _another_noun(noun: str, last: str) -> str | None:
    """`And children?` after "How many adults were hurt?" as "How many children were hurt?"."""
    match = re.match(r"(?i)(how (?:many|much)\s)([\w’'-]+)(?=\s)", last)
    fits = match and (noun in PEOPLE or is_plural(noun)) and noun != match.group(2)
    return f"{match.group(1)}{noun}{last[match.end() :]}" if match and fits else None
