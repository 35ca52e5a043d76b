"""Shows an Answer, or passages, as terminal text and as Markdown.

First a `Page` is laid out; all its strings are clean (see `clean`). Then it is written for where it
goes: as `rich` text, or as Markdown in which nothing becomes markup. Quotes are shown as they are,
except that line breaks become spaces.
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
    AnswerValues,
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
    Sentence,
    ShortAnswer,
    Span,
    Status,
)

if TYPE_CHECKING:
    from rich.text import Text

_NEAREST = 3
_EXCERPT_CHARS = 300
_LEAST_COLUMNS, _MOST_COLUMNS = 20, 100

CONFLICT_KINDS = {
    ConflictKind.DISAGREE: "The articles disagree",
    ConflictKind.CHANGED: "This changed over time",
}

# ECMA-48: a control sequence, a string up to its terminator, or any other escape; each also with
# its one-character C1 form.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
# Control characters, marks that change the direction of text, and invisible tag characters.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~$^=#!])")
# What Markdown makes a link (a scheme, www, an address), or a list at the start of a line.
_SELF_LINKING = re.compile(r"(?<=[A-Za-z])(?=://)|(?<=[Ww]{3})(?=\.)|(?=@)|^(?=[-+])")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_URL_SAFE = "%:/?#@!$&*+,;=~-._"


# ---------------------------------------------------------------- words


def clean(text: str) -> str:
    """Removes what acts on a terminal or on the text around it; line breaks become spaces.

    >>> clean("red \\x1b[31malert\\x1b[0m\\nnow")
    'red alert now'
    """
    text = _SPACES.sub(" ", _ESCAPES.sub("", text))
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _UNSEEN.sub("", text))


def human_date(date: PartialDate | None) -> str:
    """Writes a date as exactly as it is known; times are in UTC.

    >>> human_date(PartialDate.parse("2024-10"))
    'October 2024'
    """
    if date is None:
        return "date unknown"
    start = date.start
    month = f"{start:%B} {start.year}"
    match date.precision:
        case Precision.YEAR:
            return str(start.year)
        case Precision.MONTH:
            return month
        case Precision.DAY:
            return f"{start.day} {month}"
    return f"{start.day} {month}, {start:%H:%M} UTC"


def filters_words(filters: Filters) -> str:
    """Describes which articles could answer; empty if all could.

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


def asked_as_words(question: str, asked_as: str) -> str:
    """Describes how a question was understood; empty if just as it was asked."""
    return "" if asked_as.strip() == question.strip() else f"Asked as: {asked_as.strip()}"


def parts_words(answer: AnswerValues) -> str:
    """Lists the questions that were looked up; empty if there was only one."""
    looked_up = (
        part.question if part.claims else f"{part.question} (the articles do not say)"
        for part in answer.parts
    )
    return f"Looked up: {' · '.join(looked_up)}" if answer.parts else ""


def usage_words(answer: AnswerValues) -> str:
    """Names the language model that wrote the answer, and its cost; empty without one."""
    usage = answer.usage
    if usage is None:
        return ""
    wrote = answer.mode.startswith("llm:")
    by = "Written by" if wrote else "Asked, without a statement that could be shown:"
    words = [f"{by} {usage.model}"]
    if "first_claim" in answer.timings_ms:
        words.append(f"first statement after {answer.timings_ms['first_claim'] / 1e3:.1f} s")
    words.append(f"{usage.requests} request{'' if usage.requests == 1 else 's'}")
    if usage.cached:
        words.append(f"{usage.cached} from the cache")
    if usage.tokens_in or usage.tokens_out:
        words.append(f"{usage.tokens_in:,} tokens in, {usage.tokens_out:,} out")
    return ", ".join(words) + "."


def web_link(url: str | None) -> str | None:
    """Returns the URL if it is http or https and has no character that could do harm, else None."""
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
    """Words of an article, `before + marked + after`, and facts about them in reading order."""

    before: str
    marked: str
    after: str
    title: str
    facts: tuple[str, ...]
    link: str | None = None
    outlets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, which may be empty, and its cards. A `quiet` one is not part of the answer."""

    heading: str
    cards: tuple[Card, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown, in reading order. All strings are clean.

    `lines` are what Byline says in its own words, below the headline.
    """

    headline: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def answer_page(answer: AnswerValues, *, after_claims: bool = False) -> Page:
    """Lays out an answer: claims, conflicts and notes; the nearest sentences if it abstains.

    :param after_claims: the claims were shown before and are left out.
    """
    notes = [
        f"Left out: {item.text} ({item.reason})" if item.text else f"Left out: {item.reason}"
        for item in answer.rejected
    ]
    notes += [notice.message for notice in answer.notices if notice.message != answer.text]
    notes += [words for words in (parts_words(answer), usage_words(answer)) if words]
    clean_notes = tuple(map(clean, notes))
    if answer.status in (Status.ABOUT_ARCHIVE, Status.HELP):
        return Page("", (), clean_notes, tuple(map(clean, answer.text.splitlines())))
    if answer.status is Status.NOT_IN_ARTICLES:
        return Page(clean(answer.text), tuple(_nearest_section(answer)), clean_notes)
    sections = [] if after_claims else [_claim_section(claim) for claim in answer.claims]
    sections += [part for conflict in answer.conflicts for part in _conflict_sections(conflict)]
    return Page("", tuple(sections), clean_notes)


def claim_page(claim: Claim) -> Page:
    """Lays out one claim with its quotes."""
    return Page("", (_claim_section(claim),))


def passages_page(hits: Sequence[Hit]) -> Page:
    """Lays out the beginnings of passages that a search found."""
    sections = []
    for hit in hits:
        scores = f"score {hit.score:.3f}, similarity {hit.similarity:.2f}"
        span = Span(hit.chunk.start, hit.chunk.end)
        sections.append(Section(f"{hit.rank}.", (_excerpt_card(hit.article, span, scores),)))
    return Page("" if hits else "Nothing was found.", tuple(sections))


def _claim_section(claim: Claim) -> Section:
    """The text of the claim is the heading, unless it is that of its quote."""
    heading = "" if claim.text == claim.quotes[0].text else clean(claim.text)
    first, *others = claim.quotes
    sure = quote_card(first, claim.answer, f"{claim.confidence:.0%} sure")
    return Section(heading, (sure, *(quote_card(quote, claim.answer) for quote in others)))


def _conflict_sections(conflict: Conflict) -> Iterator[Section]:
    yield Section(f"{CONFLICT_KINDS[conflict.kind]}: {clean(conflict.subject)}")
    for side in conflict.sides:
        heading = f"{human_date(side.published)}: {clean(side.value)}"
        yield Section(heading, tuple(quote_card(quote) for quote in side.quotes))


def _nearest_section(answer: AnswerValues) -> Iterator[Section]:
    cards = tuple(_excerpt_card(item.article, item.sentence) for item in nearest(answer))
    if cards:
        yield Section("Nearest in the articles, but not an answer:", cards, quiet=True)


def answer_quotes(answer: AnswerValues) -> list[Quote]:
    """Returns the quotes of the claims, then those of the conflicts."""
    quotes = [quote for claim in answer.claims for quote in claim.quotes]
    sides = (side for conflict in answer.conflicts for side in conflict.sides)
    return quotes + [quote for side in sides for quote in side.quotes]


def nearest(answer: AnswerValues) -> list[Candidate]:
    """Returns the best candidate of each of the first three articles, none if all are far."""
    if any(notice.code == "far" for notice in answer.notices):
        return []
    best: dict[str, Candidate] = {}
    for candidate in answer.candidates:
        best.setdefault(candidate.article.article_id, candidate)
    return list(best.values())[:_NEAREST]


def quote_card(quote: Quote, answer: ShortAnswer | None = None, *facts: str) -> Card:
    """Makes the card of a quote; the short answer is marked if it lies in the quote."""
    short = short_span(quote, answer)
    start, end = (short.start, short.end) if short else (quote.start, quote.start)
    dates = [human_date(quote.published)]
    if quote.updated is not None and quote.updated != quote.published:
        dates.append(f"updated {human_date(quote.updated)}")
    if quote.event_date is not None and quote.event_date != quote.published:
        dates.append(f"about {human_date(quote.event_date)}")
    place = f"characters {quote.start}–{quote.end}"
    shown = (quote.publisher, *dates, quote.source, place, *facts)
    return Card(
        before=clean(quote.text[: start - quote.start]),
        marked=clean(quote.text[start - quote.start : end - quote.start]),
        after=clean(quote.text[end - quote.start :]),
        title=clean(quote.title),
        facts=tuple(clean(fact) for fact in shown if fact),
        link=web_link(quote.url),
        outlets=tuple(map(clean, quote.outlets)),
    )


def short_span(quote: Quote, answer: ShortAnswer | None) -> Span | None:
    """Returns where a short answer stands in its article, if it lies in the quote, else None."""
    if answer is None or not quote.start <= answer.start < answer.end <= quote.end:
        return None
    same = (answer.article_id, answer.version) == (quote.article_id, quote.version)
    return Span(answer.start, answer.end) if same else None


def _excerpt_card(article: Article, span: Span | Sentence, *facts: str) -> Card:
    text = clean(article.text[span.start : span.end])
    if len(text) > _EXCERPT_CHARS:
        text = text[:_EXCERPT_CHARS].rsplit(" ", 1)[0] + " …"
    place = f"characters {span.start}–{span.end}"
    shown = (article.publisher, human_date(article.published), article.source, place, *facts)
    return Card(
        before="",
        marked="",
        after=text,
        title=clean(article.title),
        facts=tuple(clean(fact) for fact in shown if fact),
        link=web_link(article.url),
    )


# ---------------------------------------------------------------- terminal


def to_terminal(page: Page, *, width: int) -> Text:
    """Writes the page in lines of at most `width` columns (kept between 20 and 100)."""
    from rich.text import Text

    width = max(_LEAST_COLUMNS, min(width, _MOST_COLUMNS))
    blocks = [_wrapped(Text(page.headline, style="bold"), "", width)] if page.headline else []
    if page.lines:
        blocks.append([part for line in page.lines for part in _wrapped(Text(line), "", width)])
    for section in page.sections:
        if section.heading:
            style = "dim" if section.quiet else "bold"
            blocks.append(_wrapped(Text(section.heading, style=style), "", width))
        blocks += [_card_lines(card, width, quiet=section.quiet) for card in section.cards]
    blocks += [_wrapped(Text(f"Note: {note}", style="yellow"), "", width) for note in page.notes]
    return Text("\n\n").join(Text("\n").join(block) for block in blocks)


def _card_lines(card: Card, width: int, *, quiet: bool) -> list[Text]:
    from rich.text import Text

    after = (card.after, "dim" if quiet else "")
    words = Text.assemble(card.before, (card.marked, "bold green"), after)
    lines = _wrapped(words, "  ┊ " if quiet else "  │ ", width)
    facts = Text.assemble((card.title, "italic"), ", ", ", ".join(card.facts))
    lines += _wrapped(facts, "    ", width)
    if card.outlets:
        lines += _wrapped(Text("also in " + ", ".join(card.outlets)), "    ", width)
    if card.link is not None:
        # A link that is cut at the edge cannot be followed.
        lines.append(Text.assemble("    ", (card.link, "cyan")))
    return lines


def _wrapped(text: Text, indent: str, width: int) -> list[Text]:
    from rich.console import Console
    from rich.text import Text

    lines = text.wrap(Console(width=width), width - len(indent), overflow="fold")
    for line in lines:
        line.rstrip()
    return [Text.assemble((indent, "dim"), line) for line in lines]


# ---------------------------------------------------------------- Markdown


def to_markdown(page: Page) -> str:
    """Writes the page as Markdown; nothing in an article can become markup or a link."""
    blocks = [f"**{escape_markdown(page.headline)}**"] if page.headline else []
    blocks += map(escape_markdown, page.lines)
    for section in page.sections:
        if section.heading:
            stars = "*" if section.quiet else "**"
            blocks.append(f"{stars}{escape_markdown(section.heading)}{stars}")
        blocks += [_card_markdown(card) for card in section.cards]
    blocks += [f"*Note: {escape_markdown(note)}*" for note in page.notes]
    return "\n\n".join(blocks) + "\n"


def escape_markdown(text: str) -> str:
    """Escapes text so that Markdown shows it as it is, also at the start of a line."""
    text = _MARKDOWN.sub(r"\\\1", html.escape(clean(text), quote=False))
    text = _SELF_LINKING.sub(r"\\", text)
    return _NUMBERED.sub(r"\1\\\2", text)


def _card_markdown(card: Card) -> str:
    marked = f"**{escape_markdown(card.marked)}**" if card.marked else ""
    # Four spaces at the start would be a block of code.
    words = (escape_markdown(card.before) + marked + escape_markdown(card.after)).strip()
    title = escape_markdown(card.title)
    if card.link is not None:
        title = f"[{title}](<{percent_encode(card.link, safe=_URL_SAFE)}>)"
    facts = ", ".join([title, *map(escape_markdown, card.facts)])
    also = f"; also in {', '.join(map(escape_markdown, card.outlets))}" if card.outlets else ""
    return f"> {words}\n>\n> — {facts}{also}"
