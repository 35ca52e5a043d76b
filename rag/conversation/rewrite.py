"""Rewrites a follow-up question, with the turns before it, so that it stands alone. By rules.

A pronoun gets the name or phrase that it means; a fragment ("and in August?") becomes the last
question with that part changed. Where neither fits, the topic of the last question is added in
brackets. A question that names its own topic stays as it is. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from rag.conversation.context import (
    BRACKETED,
    INVERTED,
    MAX_QUESTION,
    PLACED,
    TurnContext,
    without_topic,
)
from rag.conversation.references import (
    ABOUT,
    BEGINS,
    TIED,
    Reference,
    body_of,
    is_fragment,
    only_date,
    references,
)
from rag.conversation.turn import Turn
from rag.text.dates import MONTHS, dates
from rag.text.persons import person_score
from rag.text.phrases import (
    AUXILIARIES,
    CAPITALISED,
    PEOPLE,
    PREPOSITIONS,
    QUESTION_WORDS,
    is_plural,
    phrases,
)
from rag.text.terms import stem, terms
from rag.text.word_lists import word_set

_MOST_TURNS = 4
_MOST_REPLACED = 4


class Understood(NamedTuple):
    """A question that stands alone, and whether it was a follow-up before.

    `readings` are the questions that it may be where a pronoun fits two persons.
    """

    question: str
    follow_up: bool
    readings: tuple[str, ...] = ()


def understand(question: str, history: Sequence[Turn]) -> Understood:
    """The question as it stands alone after these turns, oldest first.

    A question that needs none of them comes back unchanged, and so does one longer than
    `MAX_QUESTION`. The result is not longer than that, and asked again, stays as it is.

    >>> turn = Turn("Who runs the port?", ("Owen Tarrant runs the port.",), ("Owen Tarrant",))
    >>> understand("and who replaced him?", [turn]).question
    'Who replaced Owen Tarrant?'
    """
    turns = [turn for turn in history[-_MOST_TURNS:] if terms(turn.question)]
    typed = " ".join(question.split())
    if not turns or not re.search(r"\w", typed) or len(typed) > MAX_QUESTION:
        return Understood(question, False)
    context = TurnContext(turns)
    if not _depends(typed, context):
        return Understood(question, False)
    alone = _sentence(_rewritten(typed, context))
    if len(alone) > MAX_QUESTION or _depends(alone, context):
        alone = _with_topic(alone if len(alone) <= MAX_QUESTION else typed, context)
    if len(alone) > MAX_QUESTION:
        return Understood(question, False)
    return Understood(alone, True, _readings(typed, context))


def context_of(history: Sequence[Turn]) -> str:
    """The last turn in words to search with: its question, and the title that answered it best."""
    last = next((turn for turn in reversed(history) if terms(turn.question)), None)
    return "" if last is None else " ".join([last.question[:MAX_QUESTION], *last.titles[:1]])


def _readings(question: str, context: TurnContext) -> tuple[str, ...]:
    """The question with each of the persons whom its pronoun fits equally well."""
    body = body_of(question)
    for reference in references(body):
        if reference.pronoun in ("he", "she") and context.person(reference.pronoun, body) is None:
            persons = context.rivals(reference.pronoun, body)
            return tuple(_sentence(replaced(body, reference, name)) for name in persons)
    return ()


# ---------------------------------------------------------------- does a question stand alone?


_DEFINITION = re.compile(
    r"^(?:what|who)(?:['’]s|\s(?:is|are|was|were))"
    r"\s(?!(?:the|that|this|these|those|its|his|her|their)\b)[\w’'-]+",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"what\s(?:time|day|date)\s(?:is|was)\sit\b", re.IGNORECASE)
_ASKS = re.compile(rf"(?:(?:{PREPOSITIONS})\s)?(?:{QUESTION_WORDS}|{AUXILIARIES})\b", re.IGNORECASE)
# "Who won?", "What came second?"
_OWN_VERB = re.compile(rf"(?:who|what)\s(?!(?:{AUXILIARIES}|else|about)\b)[a-z]+", re.IGNORECASE)
_PERSONAL = re.compile(r"\b(?:I|you|your|my|we|our)\b", re.IGNORECASE)


@cache
def _stems(name: str) -> frozenset[str]:
    return frozenset(map(stem, word_set("words", name)))


def _depends(question: str, context: TurnContext) -> bool:
    """Whether the question leaves out something that the turns before have said."""
    if question.endswith(")"):  # its topic stands with it
        return False
    if next(references(question), None):
        return True
    named = bool(context.names_in(question)) or _has_lower_case_name(question, context.names)
    if is_fragment(question) and (not named or BEGINS.match(question)):
        return True
    return not named and _leaves_out(question, context)


def _has_lower_case_name(question: str, names: Iterable[str]) -> bool:
    """Whether a word of these names stands in the question without its capital.

    Nouns such as "bridge" are parts of names as well; they do not count.
    """
    words = {word.casefold() for name in names for word in name.split()}
    typed = {word for word in re.findall(r"[^\W\d_]{4,}", question) if word.islower()}
    return bool(typed & words - word_set("names", "things") - {"with"})


def _leaves_out(question: str, context: TurnContext) -> bool:
    """Whether a question without names or pronouns has too few words of its own, or words that
    refer to the turns before.
    """
    content = [term for term in terms(question) if term not in _stems("generic")]
    body = body_of(question)
    asked = set(terms(without_topic(context.last))) - _stems("generic")
    in_full = len(asked) > 1 and 3 * len(asked & set(content)) >= 2 * len(asked)
    if in_full or (_DEFINITION.match(body) and content) or _CLOCK.match(body):
        return False
    if len(content) <= 1:
        asks = _ASKS.match(body) or re.search(r"\?$|\bmore\b|\bdetails\b", question)
        return bool(asks) and not (content and _PERSONAL.search(question))
    known = [term for term in content if term in context.known_terms]
    if TIED.match(question) and (known or len(content) == 2):
        return True
    definite = re.findall(r"\b[Tt]he\s(\w+)", question)
    if len(content) == 2 and not _stems("belonging").isdisjoint(map(stem, definite)):
        return True
    referring = {
        term
        for phrase in phrases(question, context.answered)
        if phrase[:3].casefold() == "the"
        for term in terms(phrase)
    }
    return not referring.isdisjoint(known) and 2 * len(known) >= len(content)


# ---------------------------------------------------------------- rewriting


def _rewritten(question: str, context: TurnContext) -> str:
    """The question with what it leaves out; it may still depend on the turns before."""
    body = body_of(question)
    if completed := _completed(body, context):
        return completed
    resolved = _resolved(body, context)
    fragment = is_fragment(question)
    if fragment and not re.match(
        rf"(?:{PREPOSITIONS}|{QUESTION_WORDS})\b", resolved, re.IGNORECASE
    ):
        resolved = f"What about {resolved.strip(' ?!.')}"
    elif resolved != body and not fragment:
        if context.names_in(resolved) or not context.names_in(context.last):
            return resolved
        if place := PLACED.search(without_topic(context.last)):
            return _inserted(resolved, place.group())
    return _with_topic(resolved, context)


def _resolved(body: str, context: TurnContext) -> str:
    """The question with names and phrases for its pronouns, as far as any is known."""
    done = -1
    for _ in range(_MOST_REPLACED):
        found = (
            (reference, _antecedent(reference, body, context))
            for reference in islice(references(body), _MOST_REPLACED)
            if reference.start > done
        )
        reference, said = next((item for item in found if item[1] is not None), (None, None))
        if reference is None or said is None:
            break
        # A name that stands there now is what a later pronoun means.
        body, done = replaced(body, reference, said), reference.start
    return _with_full_names(body, context)


def replaced(body: str, reference: Reference, said: str) -> str:
    """The question with what a pronoun means in its place."""
    if reference.possessive:
        said += "'" if said.endswith("s") else "'s"
    return body[: reference.start] + said + body[reference.end :]


def _antecedent(reference: Reference, body: str, context: TurnContext) -> str | None:
    match reference.pronoun:
        case "he" | "she":
            return context.person(reference.pronoun, body)
        case "they":
            return context.group() or context.person("they", body)
        case "there":
            return context.place()
        case "that":
            about = r"\b(?:about|of|for|on|to|with|after|before|during|since)\s$"
            return context.thing(body) if re.search(about, body[: reference.start]) else None
    return context.thing(body)


def _with_full_names(body: str, context: TurnContext) -> str:
    """`the bridge` as Sallow Bridge, where a known name ends so and the question has no name."""
    if context.names_in(body):
        return body
    for match in re.finditer(r"\b[Tt]he\s([a-z]+)\b", body):
        for name in reversed(context.names):
            if name.casefold().endswith(f" {match.group(1)}"):
                return f"{body[: match.start()]}{name}{body[match.end() :]}"
    return body


def _with_topic(question: str, context: TurnContext) -> str:
    bare = without_topic(question)
    has_own_verb = _OWN_VERB.match(body_of(bare)) and not next(references(bare), None)
    topic = (context.scene() if has_own_verb else "") or context.topic()
    return f"{_sentence(bare)} ({topic})"


def _inserted(question: str, words: str) -> str:
    """The question with these words before its question mark."""
    bare, bracket = without_topic(question), BRACKETED.search(question)
    return f"{bare.rstrip(' ?!.')} {words}?" + (f" {bracket.group()}" if bracket else "")


def _sentence(text: str) -> str:
    text = text.strip(" ,")
    ended = text if text.endswith(("?", "!", ".", ")")) else f"{text}?"
    return ended[:1].upper() + ended[1:]


# ---------------------------------------------------------------- fragments


_ADJUNCT = re.compile(
    rf"^(?:(?:{PREPOSITIONS})\s(?:which|what)\s[\w-]+|(?:since|until|from)\swhen|for\show\slong"
    r"|how\slong|when|where|why)(?:\s(?:exactly|precisely))?$",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"^(when|where|why|how)\s(?:was|is|did)\s(?:that|this|it)(?:\s(?:happen|happening|be|so))?$",
    re.IGNORECASE,
)
_WHETHER = re.compile(rf"({AUXILIARIES})\s(.+)", re.IGNORECASE)
_WHY = re.compile(r"why|when|where|how", re.IGNORECASE)
_STRANDED = re.compile(r"\b(?:to|with|from|for|about|by|of)(?:\s(?:in|at|on)\b|$)")
_TIME_WORD = re.compile(r"(?:in|on|by|since|until|before|after|during)\s$")
_PLACE_WORDS = ("in", "at", "near", "on", "outside")
# "the Nord mini": an article, and a few words of which one has a capital.
_NAMED_PHRASE = re.compile(r"[Tt]he\s(?=.*[A-Z])[\w’'-]+(?:\s[\w’'-]+){0,2}(?<!\sone)")
_ANOTHER = re.compile(
    rf"(?:(?P<prep>{PREPOSITIONS})\s)?(?:the\s(?=[A-Z]))?(?P<name>{CAPITALISED}|[a-z-]+)"
)


def _completed(body: str, context: TurnContext) -> str | None:
    """The last question with the part that a fragment changes; None if it does not fit."""
    bare = ABOUT.sub("", body).strip(" ?!.,")
    if event := _EVENT.match(bare):
        bare = event.group(1)
    last = without_topic(context.last)
    return (
        _another_adjunct(bare, last)
        or _another_date(bare, last)
        or _another_name(bare, body, last, context)
        or _another_phrase(bare, last, context)
    )


def _another_adjunct(bare: str, last: str) -> str | None:
    """`Where?` after "When was the envoy shot?" as "Where was the envoy shot?"."""
    if (whether := _WHETHER.match(last)) and _WHY.fullmatch(bare):
        return f"{bare} {whether[1].casefold()} {whether[2].rstrip(' ?!.')}?"
    asked = INVERTED.match(last)
    if asked is None or not _ADJUNCT.match(bare) or _STRANDED.search(asked["rest"]):
        return None
    wh = asked["wh"].casefold()
    if bare.casefold() == wh:
        return None
    rest = f"{asked['aux']} {asked['rest']}?"
    of_time = re.match(r"(?:\w+\s)?(?:when|where|why|how)\b(?!\s(?:many|much))", wh)
    if of_time or asked["aux"].casefold() in ("did", "does", "do"):
        return f"{bare} {rest}"
    if asked["noun"] and wh.startswith(("how", "which")):
        article = "the " if wh.startswith("which") else ""
        return f"{bare} {asked['aux']} {article}{asked['noun']} {asked['rest']}?"
    return None


def _another_date(bare: str, last: str) -> str | None:
    """`in August` after "How much rain fell in July?" as "How much rain fell in August?"."""
    bare = re.sub(r"^(?:how (?:many|much)|what)\s(?=in\b|on\b)", "", bare, flags=re.IGNORECASE)
    old = next(iter(dates(last, years=True)), None)
    if old and (other := date_beside(last[old.start : old.end], bare)):
        return f"{last[: old.start]}{other}{last[old.end :]}"
    match = re.fullmatch(
        rf"(?:(?P<prep>{PREPOSITIONS})\s)?(?:the\s)?(?P<date>.+)", bare, re.IGNORECASE
    )
    if match is None or re.match(r"when\b", last, re.IGNORECASE):
        return None
    date = match["date"] if only_date(match["date"]) else match["date"].title()
    if not only_date(date):
        return None
    before = _TIME_WORD.search(last[: old.start]) if old else None
    prep = match["prep"] or (before and before.group().strip()) or ("on" if "day" in date else "in")
    relative = re.match(r"(?:last|next|this|yesterday|today|tomorrow)\b", date, re.IGNORECASE)
    said = date if relative else f"{prep} {date}"
    if old is None:
        return _inserted(last, said)
    return f"{last[: before.start() if before else old.start]}{said}{last[old.end :]}"


def date_beside(date: str, said: str) -> str | None:
    """The date that a few words name by another one; None if they do not.

    >>> date_beside("23 October 2024", "on the 22nd"), date_beside("July", "the month before")
    ('22 October 2024', 'June')
    """
    day = re.fullmatch(r"(?:on )?the (\d{1,2})(?:st|nd|rd|th)", said)
    if day and re.search(r"\b\d{1,2}\b", date):
        return re.sub(r"\b\d{1,2}(?:st|nd|rd|th)?\b", day.group(1), date, count=1)
    match = re.fullmatch(
        r"(?:in |a |the )*(?:(previous|next|following) )?(month|year)"
        r"(?: (before|after|earlier|later))?",
        said,
    )
    if match is None or not (match.group(1) or match.group(3)):
        return None
    step = -1 if {match.group(1), match.group(3)} & {"previous", "before", "earlier"} else 1
    if match.group(2) == "month":
        return MONTHS[(MONTHS.index(date) + step) % 12] if date in MONTHS else None
    changed = re.sub(r"\d{4}", lambda year: str(int(year.group()) + step), date)
    return changed if changed != date else None


def _another_name(bare: str, body: str, last: str, context: TurnContext) -> str | None:
    """`And Nassar?` after "What did Khoury say?" as "What did Nassar say?"; `and in Tripoli?`
    likewise, or added where the last question names no place.
    """
    match = _ANOTHER.fullmatch(bare)
    if match is None or next(references(bare), None):
        return None
    if not (ABOUT.match(body) or is_fragment(f"and {body}")) or _ASKS.match(match["name"]):
        return None
    name, prep = match["name"], match["prep"]
    if not name[0].isupper():
        return None if prep else _another_noun(name, last)
    if prep:
        preps = "|".join(_PLACE_WORDS) if prep in _PLACE_WORDS else prep
        starts = {date.start for date in dates(last, years=True)}
        for placed in re.finditer(rf"\b(?:{preps})\s(?:the\s)?(?P<name>{CAPITALISED})", last):
            if placed.start("name") not in starts:
                return f"{last[: placed.start()]}{bare}{last[placed.end() :]}"
        return _inserted(last, bare)
    alike = None if name in last else _alike(name, context.names_in(last), context.text)
    return last.replace(alike, bare, 1) if alike else None


def _another_phrase(bare: str, last: str, context: TurnContext) -> str | None:
    """`And the Nord mini?` after "How much does the Skarn plus cost?".

    The last answer must have the phrase as well, which shows where it ends.
    """
    if not _NAMED_PHRASE.fullmatch(bare):
        return None
    found = [one for one in phrases(last, context.answered) if _NAMED_PHRASE.fullmatch(one)]
    known = [one for one in found if one[4:].casefold() in context.answered.casefold()]
    return last.replace(known[0], bare, 1) if len(known) == 1 else None


def _alike(name: str, others: Sequence[str], text: str) -> str | None:
    """The first of the others that is of a kind with the name: both persons, or both not."""
    mine = person_score(name, text)
    scores = {other: person_score(other, text) for other in others}
    same = [o for o, score in scores.items() if (score > 0, score < 0) == (mine > 0, mine < 0)]
    maybe = [other for other, score in scores.items() if mine == 0 and score > 0]
    return next(iter([*same, *maybe]), None)


def _another_noun(noun: str, last: str) -> str | None:
    """`And children?` after "How many adults were hurt?" as "How many children were hurt?"."""
    match = re.match(r"(?i)(how (?:many|much)\s)([\w’'-]+)(?=\s)", last)
    if match is None or noun == match.group(2) or not (noun in PEOPLE or is_plural(noun)):
        return None
    return f"{match.group(1)}{noun}{last[match.end() :]}"
