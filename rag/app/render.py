"""An Answer, or passages, as terminal text and as Markdown.

In go values of `rag.model`; out come strings and `rich` text. First a Page is laid out, whose strings are clean: no control
characters or escape sequences, nothing that turns the direction of what stands around it. Then a writer escapes them for
where they go. Pure functions; the words of a quote are shown as they are, only line breaks become spaces. Knows no archive.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from rag.model import (
    Answer,
    Article,
    Candidate,
    Claim,
    Conflict,
    ConflictKind,
    Filters,
    Hit,
    PartialDate,
    Precision,
    Quote,
    ShortAnswer,
    Status,
)

if TYPE_CHECKING:
    from rich.text import Text

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_NEAREST = 3
_EXCERPT_CHARS = 300
_MOST_COLUMNS = 100
_DATE_UNKNOWN = "date unknown"

# ECMA-48: a control sequence, a string up to its terminator, or any other escape; each also with its one-character C1 form.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
# Controls, marks that set or override the direction of text, tags that nobody sees.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~$^=#!])")
# What makes a link of itself (a scheme, www, an address), or a list at the start of a line.
_SELF_LINKING = re.compile(r"(?<=[A-Za-z])(?=://)|(?<=[Ww]{3})(?=\.)|(?=@)|^(?=[-+])")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_URL_SAFE = "%:/?#@!$&*+,;=~-._"


def clean(text: str) -> str:
    """The text without anything that acts on a terminal or on the text around it; breaks become spaces.

    >>> clean("red \\x1b[31malert\\x1b[0m\\nnow")
    'red alert now'
    """
    text = _SPACES.sub(" ", _ESCAPES.sub("", text))
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _UNSEEN.sub("", text))


def human_date(date: PartialDate | None) -> str:
    """The date as exactly as it is known, times in UTC.

    >>> human_date(PartialDate.parse("2024-10"))
    'October 2024'
    """
    if date is None:
        return _DATE_UNKNOWN
    start = date.start
    month = f"{_MONTHS[start.month - 1]} {start.year}"
    match date.precision:
        case Precision.YEAR:
            return str(start.year)
        case Precision.MONTH:
            return month
        case Precision.DAY:
            return f"{start.day} {month}"
    return f"{start.day} {month}, {start:%H:%M} UTC"


def filters_words(filters: Filters) -> str:
    """Which articles could answer; empty where all could.

    >>> filters_words(Filters(until=PartialDate.parse("2024-10"), publisher="The Post"))
    'published until October 2024, publisher The Post'
    """
    dates = {
        "published from": filters.since,
        "published until": filters.until,
        "as of": filters.as_of,
    }
    words = [f"{name} {human_date(date)}" for name, date in dates.items() if date is not None]
    if filters.publisher is not None:
        words.append(f"publisher {filters.publisher}")
    if filters.by_date and filters.include_undated:
        words.append("undated ones too")
    return ", ".join(words)


def web_link(url: str | None) -> str | None:
    """The URL if it is one that can be followed without harm (http, https) and has no character out of place."""
    if url is None or clean(url) != url or re.search(r"[\s<>\"\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


# ---------------------------------------------------------------- the page


@dataclass(frozen=True, slots=True)
class Card:
    """Words of an article, `before + marked + after`, and where they stand; `facts` in the order in which they are shown."""

    before: str
    marked: str
    after: str
    title: str
    facts: tuple[str, ...]
    link: str | None = None
    outlets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, which may be empty, and what stands under it. A `quiet` one is no part of the answer."""

    heading: str
    cards: tuple[Card, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown, in order: headline, sections, notes. All strings are clean."""

    headline: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()


def answer_page(answer: Answer, *, after_claims: bool = False) -> Page:
    """An answer laid out: claims with their quotes, unless they were shown before, conflicts, what was left out, notices; when
    abstaining, what came nearest.
    """
    notes = [
        f"Left out: {item.text} ({item.reason})" if item.text else f"Left out: {item.reason}"
        for item in answer.rejected
    ]
    notes += [notice.message for notice in answer.notices]
    notes += [words for words in (parts_words(answer), usage_words(answer)) if words]
    if answer.status is Status.NOT_IN_ARTICLES:
        return Page(clean(answer.text), tuple(_nearest(answer)), tuple(map(clean, notes)))
    sections = [] if after_claims else [_claim(claim) for claim in answer.claims]
    sections += [section for conflict in answer.conflicts for section in _conflict(conflict)]
    return Page("", tuple(sections), tuple(map(clean, notes)))


def claim_page(claim: Claim) -> Page:
    """One claim with its quotes."""
    return Page("", (_claim(claim),))


def parts_words(answer: Answer) -> str:
    """The questions that were looked up, where there were several; empty otherwise."""
    looked_up = (
        f"{part.question}{'' if part.claims else ' (the articles do not say)'}"
        for part in answer.parts
    )
    return f"Looked up: {' · '.join(looked_up)}" if answer.parts else ""


def usage_words(answer: Answer) -> str:
    """Who wrote it, how soon the first statement stood there, and what it cost; empty where no language model was asked."""
    usage = answer.usage
    if usage is None:
        return ""
    by = (
        "Written by"
        if answer.mode.startswith("llm:")
        else "Asked, without a statement that could be shown:"
    )
    words = [f"{by} {usage.model}"]
    if "first_claim" in answer.timings_ms:
        words.append(f"first statement after {answer.timings_ms['first_claim'] / 1e3:.1f} s")
    kept = f", {usage.cached} from what is kept" if usage.cached else ""
    words.append(f"{usage.requests} request{'' if usage.requests == 1 else 's'}{kept}")
    if usage.tokens_in or usage.tokens_out:
        words.append(f"{usage.tokens_in:,} tokens in, {usage.tokens_out:,} out")
    return ", ".join(words) + "."


def passages_page(hits: Sequence[Hit]) -> Page:
    """Passages as a search found them, cut to their beginnings."""
    headline = "" if hits else "Nothing was found."
    cards = (
        _excerpt(
            hit.article,
            hit.chunk.start,
            hit.chunk.end,
            f"score {hit.score:.3f}, similarity {hit.similarity:.2f}",
        )
        for hit in hits
    )
    return Page(
        headline,
        tuple(Section(f"{hit.rank}.", (card,)) for hit, card in zip(hits, cards, strict=True)),
    )


def _claim(claim: Claim) -> Section:
    """A claim that says no more than its quote needs no heading. How sure it is stands with its first quote."""
    said = claim.text if claim.text != claim.quotes[0].text else ""
    sure = (f"{claim.confidence:.0%} sure", *[""] * (len(claim.quotes) - 1))
    return Section(
        clean(said),
        tuple(
            quote_card(quote, claim.answer, more)
            for quote, more in zip(claim.quotes, sure, strict=True)
        ),
    )


def _conflict(conflict: Conflict) -> Iterator[Section]:
    kind = (
        "The articles disagree"
        if conflict.kind is ConflictKind.DISAGREE
        else "This changed over time"
    )
    yield Section(f"{kind}: {clean(conflict.subject)}")
    for side in conflict.sides:
        yield Section(
            f"{human_date(side.published)}: {clean(side.value)}",
            tuple(quote_card(quote) for quote in side.quotes),
        )


def quote_card(quote: Quote, answer: ShortAnswer | None = None, sure: str = "") -> Card:
    """A quote with its short answer marked, where it lies in the quote."""
    start = end = 0
    if answer is not None and (answer.article_id, answer.version) == (
        quote.article_id,
        quote.version,
    ):
        inside = quote.start <= answer.start < answer.end <= quote.end
        start, end = (answer.start - quote.start, answer.end - quote.start) if inside else (0, 0)
    dates = [human_date(quote.published)]
    if quote.updated is not None and quote.updated != quote.published:
        dates.append(f"updated {human_date(quote.updated)}")
    place = f"characters {quote.start}–{quote.end}"
    facts = (
        quote.publisher,
        *dates,
        quote.source,
        place,
        quote.speaker and f"said by {quote.speaker}",
        sure,
    )
    return Card(
        before=clean(quote.text[:start]),
        marked=clean(quote.text[start:end]),
        after=clean(quote.text[end:]),
        title=clean(quote.title),
        facts=tuple(clean(fact) for fact in facts if fact),
        link=web_link(quote.url),
        outlets=tuple(map(clean, quote.outlets)),
    )


def _excerpt(article: Article, start: int, end: int, *facts: str) -> Card:
    text = clean(article.text[start:end])
    if len(text) > _EXCERPT_CHARS:
        text = text[:_EXCERPT_CHARS].rsplit(" ", 1)[0] + " …"
    known = (
        article.publisher,
        human_date(article.published),
        article.source,
        f"characters {start}–{end}",
        *facts,
    )
    return Card(
        "",
        "",
        text,
        clean(article.title),
        tuple(clean(fact) for fact in known if fact),
        web_link(article.url),
    )


def nearest(answer: Answer) -> list[Candidate]:
    """The sentence that came nearest in each of the first few articles."""
    best = {candidate.article.article_id: candidate for candidate in reversed(answer.candidates)}
    order = dict.fromkeys(candidate.article.article_id for candidate in answer.candidates)
    return [best[name] for name in list(order)[:_NEAREST]]


def _nearest(answer: Answer) -> Iterator[Section]:
    cards = tuple(
        _excerpt(item.article, item.sentence.start, item.sentence.end) for item in nearest(answer)
    )
    if cards:
        yield Section("Nearest in the articles, but not an answer:", cards, quiet=True)


# ---------------------------------------------------------------- terminal


def to_terminal(page: Page, *, width: int) -> Text:
    """The page as lines of at most `width` columns (100 at most, 20 at least); styles where the terminal has them."""
    from rich.text import Text

    width = max(20, min(width, _MOST_COLUMNS))
    blocks: list[list[Text]] = (
        [_wrapped(Text(page.headline, style="bold"), "", width)] if page.headline else []
    )
    for section in page.sections:
        if section.heading:
            blocks.append(
                _wrapped(Text(section.heading, style="dim" if section.quiet else "bold"), "", width)
            )
        blocks += [_card_lines(card, width, quiet=section.quiet) for card in section.cards]
    blocks += [_wrapped(Text(f"Note: {note}", style="yellow"), "", width) for note in page.notes]
    return Text("\n\n").join(Text("\n").join(block) for block in blocks)


def _card_lines(card: Card, width: int, *, quiet: bool) -> list[Text]:
    from rich.text import Text

    bar = "  ┊ " if quiet else "  │ "
    words = Text.assemble(
        (card.before, ""), (card.marked, "bold green"), (card.after, "dim" if quiet else "")
    )
    lines = _wrapped(words, bar, width)
    lines += _wrapped(
        Text.assemble((card.title, "italic"), ", ", ", ".join(card.facts)), "    ", width
    )
    if card.outlets:
        lines += _wrapped(Text("also in " + ", ".join(card.outlets)), "    ", width)
    # A link that is cut at the edge cannot be followed.
    return lines if card.link is None else [*lines, Text.assemble("    ", (card.link, "cyan"))]


def _wrapped(text: Text, indent: str, width: int) -> list[Text]:
    from rich.console import Console
    from rich.text import Text

    lines = text.wrap(Console(width=width), width - len(indent), overflow="fold")
    for line in lines:
        line.rstrip()
    return [Text.assemble((indent, "dim"), line) for line in lines]


# ---------------------------------------------------------------- Markdown


def to_markdown(page: Page) -> str:
    """The page as Markdown: nothing in an article can become markup or a link."""
    blocks = [f"**{escape_markdown(page.headline)}**"] if page.headline else []
    for section in page.sections:
        if section.heading:
            blocks.append(
                f"*{escape_markdown(section.heading)}*"
                if section.quiet
                else f"**{escape_markdown(section.heading)}**"
            )
        blocks += [_card_markdown(card) for card in section.cards]
    blocks += [f"*Note: {escape_markdown(note)}*" for note in page.notes]
    return "\n\n".join(blocks) + "\n"


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, also at the start of a line."""
    text = _MARKDOWN.sub(r"\\\1", html.escape(clean(text), quote=False))
    text = _SELF_LINKING.sub(r"\\", text)
    return _NUMBERED.sub(r"\1\\\2", text)


def _card_markdown(card: Card) -> str:
    words = escape_markdown(card.before)
    words += f"**{escape_markdown(card.marked)}**" if card.marked else ""
    # Four spaces at the start would be a block of code.
    words = (words + escape_markdown(card.after)).strip()
    title = escape_markdown(card.title)
    if card.link is not None:
        title = f"[{title}](<{percent_encode(card.link, safe=_URL_SAFE)}>)"
    facts = ", ".join([title, *map(escape_markdown, card.facts)])
    also = f"; also in {', '.join(map(escape_markdown, card.outlets))}" if card.outlets else ""
    return f"> {words}\n>\n> — {facts}{also}"
