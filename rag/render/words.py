"""Writes dates, filters, links and other facts in words; `clean` makes text harmless to show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from rag.model import AnswerValues, Filters, PartialDate, Period, Precision, Quote
from rag.render.scripts import mixed_scripts, scripts
from rag.text.publishers import is_called

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
# Embeddings, overrides and isolates: a name that needs one poses as another.
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """Removes what acts on a terminal or on the text around it; line breaks become spaces.

    >>> clean("red \\x1b[31malert\\x1b[0m\\nnow")
    'red alert now'
    """
    text = _SPACES.sub(" ", _ESCAPES.sub("", text))
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _UNSEEN.sub("", text))


def number(count: int, thing: str) -> str:
    """Writes a count and what is counted.

    >>> number(1, "article"), number(2000, "article")
    ('1 article', '2,000 articles')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def name_words(name: str) -> str:
    """Writes the name of a publisher or of a host; what makes it look like another's is marked.

    >>> name_words("BB\N{CYRILLIC CAPITAL LETTER ES} News")
    'BBС News (letters of two scripts: Cyrillic, Latin)'
    """
    shown = clean(_TURNS.sub(lambda mark: f"⟨U+{ord(mark[0]):04X}⟩", name))
    mixed = ", ".join(sorted(script.title() for script in mixed_scripts(name)))
    return f"{shown} (letters of two scripts: {mixed})" if mixed else shown


def host_words(url: str | None) -> str | None:
    """Tells how the host of a link is spelled; None for one in plain Latin letters.

    >>> host_words("https://xn--bb-pmc.com/news")
    'link to bbс.com (letters of two scripts: Cyrillic, Latin)'
    """
    host = urlsplit(url or "").hostname if web_link(url) else None
    if host is None:
        return None
    with suppress(UnicodeError):
        host = host.encode("ascii").decode("idna")
    used = ", ".join(sorted(script.title() for script in scripts(host)))
    shown = name_words(host)
    if host.isascii():
        return None
    return f"link to {shown}" if shown != clean(host) else f"link to {shown} ({used})"


def origin_words(publisher: str | None, source: str) -> list[str]:
    """The publisher that an article claims, and where it came from unless it is that publisher's.

    >>> origin_words("Coast Post", "rows.jsonl#7"), origin_words(None, "a.txt")
    (['Coast Post', 'row 7 of rows.jsonl'], ['a.txt'])
    """
    file, _, row = source.rpartition("#")
    in_table = bool(file) and row.isdecimal()
    where = f"row {row} of {clean(file)}" if in_table else clean(_short_id(source))
    if publisher is None:
        return [where]
    if in_table:
        return [name_words(publisher), where]
    _, found, address = source.partition("https://")
    host = address.partition("/")[0] if found else ""
    own = bool(host) and (is_called(host, publisher) or is_called(publisher, host))
    return [name_words(publisher), *([] if own else [f"from {where}"])]


def _short_id(source: str) -> str:
    """The source with the id of its record cut where it is longer than anybody reads."""
    return re.sub(r"(?<=#)([\w-]{12})[\w-]{13,}$", r"\1…", source)


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


def dates_words(dates: Sequence[PartialDate]) -> str:
    """Writes the first and the last of some dates, days at the most exactly.

    >>> dates_words([PartialDate.parse("2024-10-22T12:30"), PartialDate.parse("2024")])
    '2024 to 22 October 2024'
    """
    if not dates:
        return human_date(None)
    ends = min(dates, key=lambda date: date.start), max(dates, key=lambda date: date.last)
    days = (
        PartialDate(date.start, Precision.DAY) if date.precision is Precision.SECOND else date
        for date in ends
    )
    return " to ".join(dict.fromkeys(map(human_date, days)))


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


def period_words(period: Period | None) -> str:
    """Tells how a period in a question was read; empty if there is none.

    >>> day = PartialDate.parse("2024-08-31")
    >>> period_words(Period("by August", None, day))
    '“by August” is read as until 31 August 2024: articles of that time are preferred'
    """
    if period is None:
        return ""
    since, until = period.since, period.until
    if since is not None and until is not None:
        dates = dict.fromkeys((human_date(since), human_date(until)))
        when = " to ".join(dates)
    else:
        when = f"from {human_date(since)} on" if since else f"until {human_date(until)}"
    effect = "only articles of that time answer" if period.strict else ""
    effect = effect or "articles of that time are preferred"
    return f"“{clean(period.words)}” is read as {when}: {effect}"


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
    words.append(number(usage.requests, "request"))
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


def event_words(quote: Quote) -> str | None:
    """When the event of a quote was; None where unknown, and where it is the day of publication."""
    event, published = quote.event_date, quote.published
    if event is None:
        return None
    same = published is not None and (event.start.date(), event.last.date()) == (
        published.start.date(),
        published.last.date(),
    )
    return None if same else f"tells of {human_date(event)}"
