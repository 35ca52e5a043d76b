"""Commands that change an archive or use what is beside it: edit, remove, tune, feedback export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.app import terminal
from rag.app.commands import options
from rag.app.commands.options import (
    at_terminal,
    listing_of,
    open_with,
    read_settings,
    stated_fields,
)
from rag.errors import UsageError
from rag.render.words import number

if TYPE_CHECKING:
    from rag.store.database import Listing

# How many articles of one file are named.
_MOST_PARTS = 10


def edit(  # noqa: PLR0913
    name: Annotated[
        str,
        typer.Argument(
            help="Source or id of an article, as byline articles lists it.", metavar="SOURCE_OR_ID"
        ),
    ],
    *,
    archive: options.ArchiveOption = None,
    title: Annotated[str | None, typer.Option(help="Its title.", metavar="TEXT")] = None,
    publisher: options.PublishedByOption = None,
    published: options.PublishedOption = None,
    author: options.AuthorOption = None,
    language: options.LanguageOption = None,
    url: Annotated[str | None, typer.Option(help="Its address.", metavar="URL")] = None,
) -> None:
    """Correct what an article states of itself; "" takes a statement away."""
    from ingest import pipeline

    stated = stated_fields(
        title=title,
        publisher=publisher,
        published=published,
        author=author,
        language=language,
        url=url,
    )
    if not stated:
        raise UsageError("Nothing was said to change.", hint="Add --title, --published or others.")
    opened = open_with(read_settings(archive=archive))
    article = _find(listing_of(opened), name)
    result = pipeline.edit(opened, article.article_id, stated)
    terminal.show(f"{article.source} {result.outcome}")


def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Sources or ids of articles, as byline articles lists them.",
            metavar="SOURCE_OR_ID…",
        ),
    ],
    archive: options.ArchiveOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Remove articles with all their versions."""
    opened = open_with(read_settings(archive=archive))
    with opened.record.snapshot() as snapshot:
        listing = snapshot.listing()
        known = {name for item in listing for name in (item.article_id, item.source)}
        # As when a run was killed and is done again.
        before = {name for name in names if snapshot.was_just_removed(name)} - known
    chosen = list(dict.fromkeys(_find(listing, name) for name in names if name not in before))
    if chosen and not yes and not _confirmed(chosen):
        terminal.tell("Nothing was removed.")
        raise typer.Exit(1)
    with opened.writer() as writer:
        writer.remove([item.article_id for item in chosen])
    if as_json:
        removed = [{"article_id": item.article_id, "source": item.source} for item in chosen]
        terminal.show_json({"removed": removed})
    else:
        terminal.show(f"{number(len(chosen), 'article')} removed.")
    if before:
        terminal.tell(f"{number(len(before), 'article')} had been removed before.")


def tune(as_json: options.JsonOption = False) -> None:
    """Make ingesting and reading faster on this processor (needs the extra [fast]).

    Takes up to a minute. Encoders in int8 of the embedding model and the reader are kept in the
    user's cache folder; delete that folder to compute as before.
    """
    from rag.app import tuning
    from rag.encoder.int8 import CACHE

    settings = read_settings()
    terminal.tell("Making and trying int8 encoders: up to a minute …")
    tuned = tuning.tune(settings.model, settings.reader)
    if as_json:
        terminal.show_json({what: trial._asdict() for what, trial in tuned._asdict().items()})
        return
    terminal.show(tuning.result("embedding model", tuned.embedder))
    terminal.show(tuning.result("reader", tuned.reader))
    if any(trial.gains for trial in tuned):
        terminal.tell(f"Delete {CACHE} to compute as before.")


def export_feedback(
    archive: options.ArchiveOption = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write. [stdout]", metavar="FILE")
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Write feedback as gold questions (JSON lines) for byline eval."""
    from rag.app.feedback import export_gold, write_pairs

    exported = export_gold(open_with(read_settings(archive=archive)).folder)
    if out is not None and exported.pairs:
        write_pairs(out, exported.pairs)
    if as_json:
        left_out = [item._asdict() for item in exported.left_out]
        terminal.show_json({"pairs": exported.pairs, "left_out": left_out})
    elif out is None:
        for pair in exported.pairs:
            terminal.show_json(pair)
    for item in exported.left_out:
        terminal.tell(f"  left out: {item.question or '(no question)'}: {item.reason}")
    written = f" in {out}" if out is not None and exported.pairs else ""
    count = number(len(exported.pairs), "gold question")
    terminal.tell(f"{count}{written}, {len(exported.left_out)} left out.")
    if not exported.pairs:
        raise typer.Exit(1)


def _find(listing: Sequence[Listing], name: str) -> Listing:
    """Returns the article with that id or source."""
    found = [item for item in listing if name in (item.article_id, item.source)]
    parts = [item.source for item in listing if item.source.startswith(f"{name}#")]
    if not found and parts:
        shown = ", ".join(parts[:_MOST_PARTS]) + (", …" if len(parts) > _MOST_PARTS else "")
        raise UsageError(
            f"{name} holds {number(len(parts), 'article')}; nothing was changed.",
            hint=f"Name those that you mean: {shown}",
        )
    if not found:
        raise UsageError(
            f"There is no article {name!r}; nothing was changed.",
            hint="byline articles lists what there is.",
        )
    if len(found) > 1:
        ids = ", ".join(item.article_id for item in found)
        raise UsageError(
            f"{len(found)} articles are called {name!r}; nothing was changed.",
            hint=f"Choose one by its id: {ids}.",
        )
    return found[0]


def _confirmed(chosen: Sequence[Listing]) -> bool:
    if not at_terminal():
        raise UsageError("Nobody is there to confirm; nothing was removed.", hint="Add --yes.")
    for item in chosen:
        terminal.tell(f"  {item.source}: {item.title}")
    return typer.confirm(f"Remove {number(len(chosen), 'article')} with all versions?", err=True)
