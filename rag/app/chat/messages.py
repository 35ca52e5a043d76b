"""An Answer as the Markdown of one chat message, and which quotes its numbered marks stand for.

In goes an Answer; out comes Markdown in which every word of an article is escaped and every mark is a link `#by-<turn>-<number>`, which
the page's script opens in the sources panel. Pure functions; knows no page and no archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.app.render import Card, escape_markdown, human_date, nearest, quote_card
from rag.model import Answer, Claim, Conflict, ConflictKind, Quote, Status

READING = "Reading the articles …"
_KINDS = {ConflictKind.DISAGREE: "The articles disagree", ConflictKind.CHANGED: "This changed over time"}


def shown_quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes that are shown, in the order of their marks: of the claims, then of the sides of each conflict; each span once."""
    quotes = [quote for claim in answer.claims for quote in claim.quotes]
    quotes += [quote for conflict in answer.conflicts for side in conflict.sides for quote in side.quotes]
    return tuple({_place(quote): quote for quote in reversed(quotes)}[place] for place in dict.fromkeys(map(_place, quotes)))


def _place(quote: Quote) -> tuple[str, str, int, int]:
    return quote.article_id, quote.version, quote.start, quote.end


def message(answer: Answer, turn: int) -> str:
    """The whole message of one turn; turns count from 0."""
    blocks = [_asked_as(answer)] if answer.asked_as != answer.question.strip() else []
    if answer.status is Status.NOT_IN_ARTICLES:
        blocks += [f"**{escape_markdown(answer.text)}**", *_nearest(answer, turn)]
    else:
        numbers = _numbers(answer)
        blocks += [claim_markdown(claim, turn, numbers) for claim in answer.claims]
        blocks += [part for conflict in answer.conflicts for part in _conflict(conflict, turn, numbers)]
        blocks.append(_footing(answer))
    blocks += [f"*Note: {escape_markdown(notice.message)}*" for notice in answer.notices]
    return "\n\n".join(blocks)


def partial_message(question: str, asked_as: str, claims: Sequence[Claim], turn: int) -> str:
    """What is shown while an answer is on its way: the claims that have been checked so far."""
    numbers = {_place(quote): number for number, quote in enumerate((q for claim in claims for q in claim.quotes), start=1)}
    blocks = [f"*Asked as: {escape_markdown(asked_as)}*"] if asked_as != question.strip() else []
    blocks += [claim_markdown(claim, turn, numbers) for claim in claims]
    return "\n\n".join([*blocks, f"*{READING}*"])


def error_message(error: Mapping[str, Any]) -> str:
    """A failure as the Answer contract spells it, for people."""
    message, hint = str(error.get("message", "")), str(error.get("hint", ""))
    return "\n\n".join([f"**{escape_markdown(message or 'Something went wrong.')}**", *([escape_markdown(hint)] if hint else [])])


def claim_markdown(claim: Claim, turn: int, numbers: Mapping[tuple[str, str, int, int], int]) -> str:
    """The claim, its short answer in bold, then a mark for each of its quotes."""
    card = quote_card(claim.quotes[0], claim.answer)
    said = _words(card) if claim.text == claim.quotes[0].text else escape_markdown(claim.text)
    # A mark stays on the line of the word before it.
    return f"{said}\N{NO-BREAK SPACE}{_marks(claim.quotes, turn, numbers)}"


def _words(card: Card) -> str:
    marked = card.marked.strip()
    # Emphasis may not begin or end with a space.
    bold = f"**{escape_markdown(marked)}**" if marked else ""
    return f"{escape_markdown(card.before)}{bold}{escape_markdown(card.after)}".strip()


def _marks(quotes: Sequence[Quote], turn: int, numbers: Mapping[tuple[str, str, int, int], int]) -> str:
    return " ".join(f"[{number}](#by-{turn}-{number})" for number in dict.fromkeys(numbers[_place(quote)] for quote in quotes))


def _numbers(answer: Answer) -> dict[tuple[str, str, int, int], int]:
    return {_place(quote): number for number, quote in enumerate(shown_quotes(answer), start=1)}


def _asked_as(answer: Answer) -> str:
    return f"*Asked as: {escape_markdown(answer.asked_as)}*"


def _conflict(conflict: Conflict, turn: int, numbers: Mapping[tuple[str, str, int, int], int]) -> Iterator[str]:
    """A table with a column for each side: date, value, words."""
    yield f"**{_KINDS[conflict.kind]}:** {escape_markdown(conflict.subject)}"
    sides = conflict.sides
    values = [f"**{escape_markdown(side.value)}** {_marks(side.quotes, turn, numbers)}" for side in sides]
    words = [escape_markdown(f"“{side.quotes[0].text}”") if side.quotes else "" for side in sides]
    rows = [[escape_markdown(human_date(side.published)) for side in sides], ["---"] * len(sides), values, words]
    yield "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _footing(answer: Answer) -> str:
    count = len(shown_quotes(answer))
    quotes = "1 quote, exact and checked" if count == 1 else f"{count} quotes, exact and checked"
    left_out = f" · {len(answer.rejected)} left out" if answer.rejected else ""
    return f"*{answer.confidence:.0%} sure · {quotes}{left_out}*"


def _nearest(answer: Answer, turn: int) -> Iterator[str]:
    found = nearest(answer)
    if found:
        yield "*Nearest in the articles, but not an answer:*"
    for number, candidate in enumerate(found, start=1):
        yield f"> {escape_markdown(candidate.text)}\N{NO-BREAK SPACE}[{number}](#by-{turn}-{number})"
