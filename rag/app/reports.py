"""Reports what commands other than `ask` did: as plain values for JSON, and as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from rag.answer_json import filters_to_json, hit_to_json
from rag.model import Article, Filters, date_text
from rag.news.stories import Story
from rag.render.words import clean, dates_words, human_date, number
from rag.store.database import Listing
from rag.store.doctor import Finding
from rag.verify import NOT_CHECKED, Removed, Replaced, Verified

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from ingest.pipeline import Report
    from rag.retrieval.retrieve import Retrieved

T = TypeVar("T")

_MOST_NAMED = 20
_MOST_CHARS = 80


def ingest_json(report: Report, archive: str, revision: int) -> dict[str, Any]:
    from ingest.pipeline import Outcome

    return {
        "archive": archive,
        "archive_revision": revision,
        "counts": {str(outcome): report.count(outcome) for outcome in Outcome},
        "results": [
            result._asdict() | {"outcome": str(result.outcome)} for result in report.results
        ],
        "gone": [{"article_id": item.article_id, "source": item.key} for item in report.gone],
        "pruned": report.pruned,
    }


def ingest_text(report: Report, archive: str, seconds: float) -> Text:
    """Writes counts, then what was refused and why."""
    from rich.text import Text

    from ingest.pipeline import Outcome

    counts = [f"{count:,} {item}" for item in Outcome if (count := report.count(item))]
    summary = (", ".join(counts) or "no article found", "bold")
    lines = [Text.assemble(summary, f" in {seconds:.1f} s; the archive is {clean(archive)}")]
    refused = [item for item in report.results if item.outcome is Outcome.REFUSED]
    for item in refused[:_MOST_NAMED]:
        reason = item.reason or ""
        if not reason.startswith(item.source):
            reason = f"{item.source} {reason}"
        lines.append(Text.assemble(("refused ", "yellow"), clean(reason)))
    if len(refused) > _MOST_NAMED:
        lines.append(Text(f"… and {len(refused) - _MOST_NAMED:,} more; --json lists them all"))
    if report.gone:
        lines += _gone_lines(report)
    return Text("\n").join(lines)


def _gone_lines(report: Report) -> Iterator[Text]:
    """What became of the articles whose files are gone; names those that were removed."""
    from rich.text import Text

    files = number(len({item.key.split("#")[0] for item in report.gone}), "file")
    articles = number(len(report.gone), "article")
    if not report.pruned:
        kept = f"{articles} still in the archive; byline ingest --prune removes them"
        yield Text(f"{files} gone: {kept}")
    else:
        yield Text(f"{files} gone: {articles} removed")
    word = "removed" if report.pruned else "gone"
    for item in report.gone[:_MOST_NAMED]:
        yield Text.assemble((f"{word} ", "yellow"), clean(item.key))
    if len(report.gone) > _MOST_NAMED:
        yield Text(f"… and {len(report.gone) - _MOST_NAMED:,} more; --json lists them all")


def listing_json(item: Listing) -> dict[str, Any]:
    return {
        "article_id": item.article_id,
        "version": item.version,
        "source": item.source,
        **_article_json(item),
        "passages": item.chunks,
        "versions": item.versions,
        "stated": list(item.stated),
    }


def _article_json(item: Listing | Article) -> dict[str, Any]:
    return {
        "title": item.title,
        "publisher": item.publisher,
        "published": date_text(item.published),
        "precision": item.published and str(item.published.precision),
        "url": item.url,
    }


def listing_table(items: Sequence[Listing]) -> Table:
    """Makes a table for a terminal, a row for each article; * marks what was entered by hand."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Published", "Publisher", "Title", "Source"):
        table.add_column(name, overflow="fold")
    for item in items:
        by_hand = dict.fromkeys(item.stated, "*")
        row = (
            human_date(item.published) + by_hand.get("published", ""),
            (item.publisher or "") + by_hand.get("publisher", ""),
            item.title + by_hand.get("title", ""),
            item.source,
        )
        table.add_row(*(Text(clean(cell)) for cell in row))
    return table


def listing_line(item: Listing) -> str:
    """Writes date, publisher, title, source and id between tabs, for a pipe."""
    date, publisher = date_text(item.published) or "", item.publisher or ""
    return "\t".join(map(clean, (date, publisher, item.title, item.source, item.article_id)))


def story_json(story: Story) -> dict[str, Any]:
    return {
        "title": story.title,
        "first": date_text(story.first),
        "latest": date_text(story.latest),
        "outlets": list(story.outlets),
        "articles": [
            {"article_id": item.article_id, "source": item.source, **_article_json(item)}
            for item in story.articles
        ],
    }


def story_line(story: Story) -> str:
    """Writes the number of articles, the title, the dates and the number of outlets of a story."""
    outlets = f", {number(len(story.outlets), 'outlet')}" if story.outlets else ""
    return clean(f"{len(story.articles):>4}  {story.title} ({dates_words(story.dates)}{outlets})")


def search_json(query: str, filters: Filters, found: Retrieved) -> dict[str, Any]:
    return {
        "query": query,
        "filters": filters_to_json(filters),
        "archive_revision": found.revision,
        "undated": found.undated,
        "passages": [
            hit_to_json(hit) | _article_json(hit.article) | {"similarity": round(hit.similarity, 6)}
            for hit in found.hits
        ],
    }


def findings_text(findings: Sequence[Finding]) -> Text:
    """Writes a line for each finding, then the hints."""
    from rich.text import Text

    lines = []
    for finding in findings:
        mark = ("ok    ", "green") if finding.ok else ("wrong ", "bold red")
        lines.append(Text.assemble(mark, f"{finding.part:<15}", clean(finding.message)))
    hints = dict.fromkeys(finding.hint for finding in findings if finding.hint)
    return Text("\n").join([*lines, *(Text(clean(hint)) for hint in hints)])


def verified_json(answers: Sequence[Sequence[Verified]]) -> dict[str, Any]:
    """What `byline verify --json` shows: each checked part with its problems.

    `ok` and `failed` judge what readers were shown; `failed_unseen` counts the rest.
    """
    quotes = [
        {
            "answer": number,
            "place": item.place,
            "text": item.text,
            "shown": item.shown,
            "ok": item.ok,
            "reason": "; ".join(item.problems) or None,
        }
        for number, item in _numbered(answers)
    ]
    failed = [quote for quote in quotes if not quote["ok"]]
    seen = sum(bool(quote["shown"]) for quote in failed)
    return {
        "ok": not seen,
        "answers": len(answers),
        "checked": len(quotes),
        "failed": seen,
        "failed_unseen": len(failed) - seen,
        "quotes": quotes,
        "not_checked": list(NOT_CHECKED),
    }


def verified_text(answers: Sequence[Sequence[Verified]], *, every: bool = False) -> Text:
    """A line for each quote and each shown part that differs, then a summary.

    With `every`, also a line for each part that differs and was not shown.
    """
    from rich.text import Text

    lines = [
        _verified_line(number, item)
        for number, item in _numbered(answers)
        if (not item.ok and (item.shown or every)) or "quote" in item.place
    ]
    checked = [item for answer in answers for item in answer]
    lines.append(Text(_shown_summary(checked, len(answers))))
    unseen = [item for item in checked if not item.shown]
    differ = sum(not item.ok for item in unseen)
    if differ:
        them = f"{differ:,} of the {len(unseen):,} sentences and passages"
        told = "" if every else " (--all lists them)"
        lines.append(Text(f"Beside that, {them} that were read but not shown differ{told}."))
    lines.append(Text(f"Not checked: {'; '.join(NOT_CHECKED)}."))
    return Text("\n").join(lines)


def _shown_summary(checked: Sequence[Verified], answers: int) -> str:
    """Tells how many of the parts that were shown are as the archive has them."""
    quotes = sum("quote" in item.place for item in checked)
    shown = [item for item in checked if item.shown]
    differ = sum(not item.ok for item in shown)
    if differ:
        parts = f"{number(len(shown), 'part')} that {number(answers, 'answer')} showed"
        return f"{differ:,} of {parts} differ from the archive."
    found = f"{number(quotes, 'quote')} of {number(answers, 'answer')}"
    return f"{found} checked with every field cited: all as the archive has them."


def replaced_json(answers: Sequence[Sequence[Replaced]]) -> list[dict[str, Any]]:
    """The quotes of older versions that `byline verify --json` names."""
    return [
        {"answer": number, **item._asdict(), "since": date_text(item.since)}
        for number, item in _numbered(answers)
    ]


def removed_json(answers: Sequence[Sequence[Removed]]) -> list[dict[str, Any]]:
    """The quotes of articles that are gone, as `byline verify --json` names them."""
    return [{"answer": number, **item._asdict()} for number, item in _numbered(answers)]


def replaced_lines(answers: Sequence[Sequence[Replaced]]) -> Iterator[str]:
    """A line for each quote of an older version."""
    for place, item in _numbered(answers):
        yield clean(f"Answer {place}, {item.place}: {replaced_words(item)}")


def removed_lines(answers: Sequence[Sequence[Removed]]) -> Iterator[str]:
    """A line for each quote whose article is gone."""
    for place, item in _numbered(answers):
        yield clean(f"Answer {place}, {item.place}: {item.source} is no longer in the archive.")


def _numbered(answers: Sequence[Sequence[T]]) -> Iterator[tuple[int, T]]:
    """What was found of each answer, with the number of the answer from 1."""
    return ((number, item) for number, found in enumerate(answers, start=1) for item in found)


def replaced_words(item: Replaced) -> str:
    """What became of the words of a quote in the newer version of its article."""
    says = "still has" if item.still_says_it else "no longer has"
    if item.since is None:
        return clean(
            f"{item.source} was corrected in the archive; its present text {says} these words."
        )
    since = human_date(item.since)
    return clean(f"{item.source} has a newer version since {since}, which {says} these words.")


def _verified_line(number: int, item: Verified) -> Text:
    from rich.text import Text

    mark = ("ok       ", "green") if item.ok else ("DIFFERS  ", "bold red")
    text = clean(item.text)
    text = text if len(text) <= _MOST_CHARS else text[:_MOST_CHARS] + "…"
    problems = f" ({clean('; '.join(item.problems))})" if item.problems else ""
    return Text.assemble(mark, f"answer {number}, {item.place}: “{text}”", (problems, "red"))
