"""Writes the Articles tab's own HTML: how many articles, the list, and what became of uploads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.pipeline import Outcome
from rag.app.chat.uploads import Uploaded
from rag.app.chat.views.markup import button, cut, safe
from rag.render.words import dates_words, human_date, number
from rag.store.database import Listing

_MOST_CHARS = 200
_MOST_LINES = 200
_OUTCOMES = {
    Outcome.ADDED: "added",
    Outcome.UPDATED: "updated",
    Outcome.UNCHANGED: "already here",
    Outcome.REFUSED: "not added",
}


def counts_html(listing: Sequence[Listing], found: Sequence[Listing]) -> str:
    """Writes how many articles are shown of how many, and from when to when they are."""
    if not listing:
        return '<p class="by-counts">There are no articles here yet.</p>'
    count = number(len(found), "article")
    if len(found) < len(listing):
        count = f"{len(found):,} of {number(len(listing), 'article')}"
    dates = [item.published for item in found if item.published is not None]
    parts = [count, *([dates_words(dates)] if dates else [])]
    if undated := len(found) - len(dates):
        parts.append(f"{undated:,} without a date")
    return f'<p class="by-counts" role="status">{safe(" · ".join(parts))}</p>'


def list_html(
    found: Sequence[Listing], shown: int, words: str, sentences: Mapping[str, str]
) -> str:
    """Writes the first `shown` articles.

    :param words: what was searched for.
    :param sentences: by article id, a sentence of its text that has the words.
    """
    if not found:
        return '<p class="by-nothing">No article matches.</p>'
    items = "".join(
        _item(item, words, sentences.get(item.article_id, "")) for item in found[:shown]
    )
    left = len(found) - shown
    more = button(f"Show more ({left:,} left)", act="more") if left > 0 else ""
    return f'<ol class="by-list">{items}</ol>{more}'


def _item(item: Listing, words: str, sentence: str) -> str:
    # A megabyte of title is cut before it is escaped.
    title = safe(cut(item.title.strip() or item.source, _MOST_CHARS))
    facts = [item.publisher or item.source, human_date(item.published)]
    facts += [number(item.versions, "version")] if item.versions > 1 else []
    meta = " · ".join(f"<bdi>{safe(cut(fact, _MOST_CHARS))}</bdi>" for fact in facts)
    inside = (
        f'<p class="by-inside" dir="auto">{_highlighted(sentence, words)}</p>' if sentence else ""
    )
    return (
        f'<li data-article-id="{safe(item.article_id)}"><h2 dir="auto"><button type="button"'
        f' class="by-title" data-act="read" data-article="{safe(item.article_id)}">{title}</button>'
        f'</h2><p class="by-meta">{meta}</p>{inside}</li>'
    )


def _highlighted(sentence: str, words: str) -> str:
    """The sentence with the words that were searched for in bold."""
    wanted = "|".join(map(re.escape, words.split()))
    parts = re.split(rf"(\b(?:{wanted}))", cut(sentence, 2 * _MOST_CHARS), flags=re.IGNORECASE)
    return "".join(f"<b>{safe(part)}</b>" if i % 2 else safe(part) for i, part in enumerate(parts))


def removed_html(title: str, article_id: str) -> str:
    """Writes that an article is being removed, with a button that keeps it."""
    undo = button("Undo", act="keep_article", article=article_id)
    return f'<p class="by-snack" role="status">Removed “{safe(cut(title, 80))}”{undo}</p>'


# ---------------------------------------------------------------- uploads


def results_html(results: Sequence[Uploaded]) -> str:
    """Writes counts, then a line for each result, refusals first; at most 200 lines."""
    counts = Counter(result.outcome for result in results)
    summary = ", ".join(f"{counts[item]:,} {_OUTCOMES[item]}" for item in Outcome if counts[item])
    ordered = sorted(results, key=lambda result: result.outcome is not Outcome.REFUSED)
    lines = "".join(map(_line, ordered[:_MOST_LINES]))
    more = ""
    if len(results) > _MOST_LINES:
        more = f"<p>… and {len(results) - _MOST_LINES:,} more.</p>"
    return f'<div class="by-uploads" role="status"><p>{summary}</p><ul>{lines}</ul>{more}</div>'


def _line(result: Uploaded) -> str:
    # The line begins with the name already.
    reason = result.reason.removeprefix(f"{result.name} ")
    name, reason, title = map(safe, (result.name, reason, result.title))
    parts = (
        name and f"<b>{name}</b>",
        f'<span class="by-outcome">{_OUTCOMES[result.outcome]}</span>',
        title and f"<cite>{title}</cite>",
        reason,
    )
    return f'<li class="by-{result.outcome}" dir="auto">{" · ".join(filter(None, parts))}</li>'
