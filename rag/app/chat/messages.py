"""An Answer as the Markdown of one chat message, and which quotes its numbered marks stand for.

In goes an Answer; out comes Markdown in which every word of an article is escaped and every mark is a link `#by-<turn>-<number>`, which
the page's script opens in the sources panel. Pure functions; knows no page and no archive.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.app.render import (
    Card,
    clean,
    escape_markdown,
    filters_words,
    human_date,
    nearest,
    parts_words,
    quote_card,
    usage_words,
)
from rag.model import Answer, Claim, Conflict, ConflictKind, Quote, Status
from rag.quotes import MAX_QUOTE_CHARS

READING = "Reading the articles …"
_KINDS = {
    ConflictKind.DISAGREE: "The articles disagree",
    ConflictKind.CHANGED: "This changed over time",
}


def shown_quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes that are shown, in the order of their marks: of the claims, then of the sides of each conflict; each span once."""
    quotes = [quote for claim in answer.claims for quote in claim.quotes]
    quotes += [
        quote for conflict in answer.conflicts for side in conflict.sides for quote in side.quotes
    ]
    return _distinct(quotes)


def _distinct(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    first = {_place(quote): quote for quote in reversed(quotes)}
    return tuple(first[place] for place in dict.fromkeys(map(_place, quotes)))


def _place(quote: Quote) -> tuple[str, str, int, int]:
    return quote.article_id, quote.version, quote.start, quote.end


def message(answer: Answer, turn: int) -> str:
    """The whole message of one turn; turns count from 0."""
    blocks = _asked_as(answer.question, answer.asked_as)
    if filters := filters_words(answer.filters):
        blocks.append(f"*Articles: {_escaped(filters)}*")
    if answer.status is Status.NOT_IN_ARTICLES:
        blocks += [f"**{_escaped(answer.text)}**", *_nearest(answer, turn)]
    else:
        numbers = _numbered(shown_quotes(answer))
        blocks += [claim_markdown(claim, turn, numbers) for claim in answer.claims]
        blocks += [
            part for conflict in answer.conflicts for part in _conflict(conflict, turn, numbers)
        ]
        blocks.append(_footing(answer))
    blocks += [f"*Note: {_escaped(notice.message)}*" for notice in answer.notices]
    blocks += [
        f"*{_escaped(words)}*" for words in (parts_words(answer), usage_words(answer)) if words
    ]
    return "\n\n".join(blocks)


def partial_message(
    question: str, asked_as: str, claims: Sequence[Claim], turn: int, doing: str = READING
) -> str:
    """What is shown while an answer is on its way: the claims that have been checked so far, and what is being done."""
    numbers = _numbered(_distinct([quote for claim in claims for quote in claim.quotes]))
    blocks = _asked_as(question, asked_as)
    blocks += [claim_markdown(claim, turn, numbers) for claim in claims]
    return "\n\n".join([*blocks, f"*{_escaped(doing)}*"])


def error_message(error: Mapping[str, Any]) -> str:
    """A failure as the Answer contract spells it, for people."""
    message, hint = (_escaped(str(error.get(name) or "")) for name in ("message", "hint"))
    return "\n\n".join([f"**{message or 'Something went wrong.'}**", *([hint] if hint else [])])


def claim_markdown(
    claim: Claim, turn: int, numbers: Mapping[tuple[str, str, int, int], int]
) -> str:
    """The claim, its short answer in bold, then a mark for each of its quotes."""
    card = quote_card(claim.quotes[0], claim.answer)
    said = _words(card) if claim.text == claim.quotes[0].text else _escaped(claim.text)
    # A mark stays on the line of the word before it.
    return f"{said}\N{NO-BREAK SPACE}{_marks(claim.quotes, turn, numbers)}"


def _words(card: Card) -> str:
    """The words of the quote with the short answer bold, or a little more than it where Markdown cannot make just that bold."""
    text, core = card.before + card.marked + card.after, card.marked.strip()
    if not core:
        return _escaped(text)
    start = len(card.before) + card.marked.index(core)
    start, end = _bold_span(text, start, start + len(core))
    before, marked, after = text[:start].lstrip(), text[start:end], text[end:].rstrip()
    return f"{escape_markdown(before)}**{escape_markdown(marked)}**{escape_markdown(after)}"


def _bold_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Emphasis may not begin or end with a sign that touches a letter outside it (CommonMark 0.31, 6.2): of US$5m not $5m alone is bold."""
    if _is_sign(text[start]) and not _parts(text[start - 1 : start]):
        start = text.rfind(" ", 0, start) + 1
    if _is_sign(text[end - 1]) and not _parts(text[end : end + 1]):
        end = text.find(" ", end) if " " in text[end:] else len(text)
    return start, end


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _parts(char: str) -> bool:
    """Whether the character, or the edge of the text, parts words."""
    return not char or char.isspace() or _is_sign(char)


def _escaped(text: str) -> str:
    """For a line of its own: a space at its start makes code of it, one at its end ends no emphasis."""
    return escape_markdown(clean(text).strip())


def _marks(
    quotes: Sequence[Quote], turn: int, numbers: Mapping[tuple[str, str, int, int], int]
) -> str:
    return " ".join(
        f"[{number}](#by-{turn}-{number})"
        for number in dict.fromkeys(numbers[_place(quote)] for quote in quotes)
    )


def _numbered(quotes: Sequence[Quote]) -> dict[tuple[str, str, int, int], int]:
    return {_place(quote): number for number, quote in enumerate(quotes, start=1)}


def _asked_as(question: str, asked_as: str) -> list[str]:
    return [f"*Asked as: {_escaped(asked_as)}*"] if asked_as.strip() != question.strip() else []


def _conflict(
    conflict: Conflict, turn: int, numbers: Mapping[tuple[str, str, int, int], int]
) -> Iterator[str]:
    """A table with a column for each side: date, value, words."""
    yield f"**{_KINDS[conflict.kind]}:** {_escaped(conflict.subject)}"
    sides = conflict.sides
    values = [
        f"**{_escaped(side.value) or '?'}** {_marks(side.quotes, turn, numbers)}" for side in sides
    ]
    words = [escape_markdown(f"“{side.quotes[0].text}”") if side.quotes else "" for side in sides]
    rows = [
        [escape_markdown(human_date(side.published)) for side in sides],
        ["---"] * len(sides),
        values,
        words,
    ]
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
        yield f"> {_escaped(candidate.text[:MAX_QUOTE_CHARS])}\N{NO-BREAK SPACE}[{number}](#by-{turn}-{number})"
