"""Writes an Answer as the Markdown of one chat message, with numbered marks for its quotes.

Every word of an article is escaped. A mark is a link `#by-<turn>-<number>`, which the page's script
opens in the sources panel.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from rag.app.terminal import number
from rag.model import AnswerValues, Claim, Conflict, Quote, Status
from rag.quotes import MAX_QUOTE_CHARS
from rag.render import (
    CONFLICT_KINDS,
    Card,
    answer_quotes,
    asked_as_words,
    clean,
    escape_markdown,
    filters_words,
    human_date,
    nearest,
    parts_words,
    quote_card,
    usage_words,
)

READING = "Reading the articles …"


class Place(NamedTuple):
    """Where a quote stands; quotes of one place share a mark."""

    article_id: str
    version: str
    start: int
    end: int

    @classmethod
    def of(cls, quote: Quote) -> Place:
        return cls(quote.article_id, quote.version, quote.start, quote.end)


class Marks:
    """Numbers quotes from 1 in their order, each place once, and writes their marks."""

    def __init__(self, turn: int, quotes: Sequence[Quote]) -> None:
        """:param turn: the number of the message's turn, from 0."""
        self._turn = turn
        places = dict.fromkeys(map(Place.of, quotes))
        self._numbers = dict(zip(places, count(1), strict=False))

    def write(self, quotes: Sequence[Quote]) -> str:
        """Writes the marks of these quotes as Markdown."""
        numbers = dict.fromkeys(self._numbers[Place.of(quote)] for quote in quotes)
        return " ".join(f"[{number}](#by-{self._turn}-{number})" for number in numbers)


def shown_quotes(answer: AnswerValues) -> list[Quote]:
    """Returns the quotes in the order of their marks, each place once."""
    shown: dict[Place, Quote] = {}
    for quote in answer_quotes(answer):
        shown.setdefault(Place.of(quote), quote)
    return list(shown.values())


def message(answer: AnswerValues, turn: int) -> str:
    """Writes the whole message of a turn; turns count from 0."""
    blocks = []
    if filters := filters_words(answer.filters):
        blocks.append(_italic(f"Articles: {filters}"))
    if answer.status in (Status.ABOUT_ARCHIVE, Status.HELP):
        blocks += map(_escaped, answer.text.splitlines())
    elif answer.status is Status.NOT_IN_ARTICLES:
        blocks += [f"**{_escaped(answer.text)}**", *_nearest(answer, turn)]
    else:
        quotes = shown_quotes(answer)
        marks = Marks(turn, quotes)
        blocks += [claim_markdown(claim, marks) for claim in answer.claims]
        blocks += [part for item in answer.conflicts for part in _conflict(item, marks)]
        checked = f"{number(len(quotes), 'quote')}, exact and checked"
        left_out = f" · {len(answer.rejected)} left out" if answer.rejected else ""
        blocks.append(f"*{answer.confidence:.0%} sure · {checked}{left_out}*")
    notes = [notice.message for notice in answer.notices if notice.message != answer.text]
    blocks += [_italic(f"Note: {note.strip()}") for note in notes]
    blocks += [_italic(words) for words in (parts_words(answer), usage_words(answer)) if words]
    return "\n\n".join([*_asked_as(answer.question, answer.asked_as), *blocks])


def partial_message(
    question: str, asked_as: str, claims: Sequence[Claim], turn: int, step: str = READING
) -> str:
    """Writes the claims that have been checked so far, and the step that is being done."""
    marks = Marks(turn, [quote for claim in claims for quote in claim.quotes])
    shown = [claim_markdown(claim, marks) for claim in claims]
    return "\n\n".join([*_asked_as(question, asked_as), *shown, _italic(step)])


def error_message(error: Mapping[str, Any]) -> str:
    """Writes an error (JSON as the Answer contract has it) with its hint."""
    message, hint = (_escaped(str(error.get(name) or "")) for name in ("message", "hint"))
    return f"**{message or 'Something went wrong.'}**" + (f"\n\n{hint}" if hint else "")


def claim_markdown(claim: Claim, marks: Marks) -> str:
    """Writes the claim with its short answer in bold, and the marks of its quotes."""
    text = _escaped(claim.text)
    if claim.text == claim.quotes[0].text:
        text = _quote_words(quote_card(claim.quotes[0], claim.answer))
    # A mark stays on the line of the word before it.
    return f"{text}\N{NO-BREAK SPACE}{marks.write(claim.quotes)}"


def _quote_words(card: Card) -> str:
    """Writes a quote with its short answer bold, or a little more where Markdown needs it."""
    text, core = card.before + card.marked + card.after, card.marked.strip()
    if not core:
        return _escaped(text)
    start = len(card.before) + card.marked.index(core)
    end = start + len(core)
    # Emphasis may not begin or end with a sign that touches a letter outside it (CommonMark 0.31,
    # 6.2): in US$5m, not $5m alone can be bold.
    if _is_sign(text[start]) and not _is_boundary(text[start - 1 : start]):
        start = text.rfind(" ", 0, start) + 1
    if _is_sign(text[end - 1]) and not _is_boundary(text[end : end + 1]):
        end = text.find(" ", end) if " " in text[end:] else len(text)
    before, marked, after = text[:start].lstrip(), text[start:end], text[end:].rstrip()
    return f"{escape_markdown(before)}**{escape_markdown(marked)}**{escape_markdown(after)}"


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _is_boundary(char: str) -> bool:
    """Tells whether a character, or the edge of the text (""), separates words."""
    return not char or char.isspace() or _is_sign(char)


def _escaped(text: str) -> str:
    # A space at its start would make code of a line, one at its end would end no emphasis.
    return escape_markdown(clean(text).strip())


def _italic(text: str) -> str:
    return f"*{_escaped(text)}*"


def _asked_as(question: str, asked_as: str) -> list[str]:
    words = asked_as_words(question, asked_as)
    return [_italic(words)] if words else []


def _conflict(conflict: Conflict, marks: Marks) -> Iterator[str]:
    """Writes a heading and a table with a column for each side: date, value, words."""
    yield f"**{CONFLICT_KINDS[conflict.kind]}:** {_escaped(conflict.subject)}"
    columns = [
        (
            escape_markdown(human_date(side.published)),
            "---",
            f"**{_escaped(side.value) or '?'}** {marks.write(side.quotes)}",
            escape_markdown(f"“{side.quotes[0].text}”") if side.quotes else "",
        )
        for side in conflict.sides
    ]
    yield "\n".join(f"| {' | '.join(row)} |" for row in zip(*columns, strict=True))


def _nearest(answer: AnswerValues, turn: int) -> Iterator[str]:
    found = nearest(answer)
    if found:
        yield "*Nearest in the articles, but not an answer:*"
    for place, candidate in enumerate(found, start=1):
        text = _escaped(candidate.text[:MAX_QUOTE_CHARS])
        yield f"> {text}\N{NO-BREAK SPACE}[{place}](#by-{turn}-{place})"
