"""Commands that look at an archive and at saved answers: articles, stories, verify, doctor."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rag.app import terminal
from rag.app.commands import options
from rag.app.commands.options import PARTIAL, listing_of, open_with, read_filters, read_settings
from rag.errors import UsageError
from rag.render.words import number


def articles(archive: options.ArchiveOption = None, as_json: options.JsonOption = False) -> None:
    """List the articles."""
    from rag.app import reports

    listing = listing_of(open_with(read_settings(archive=archive)))
    if as_json:
        terminal.show_json([reports.listing_json(item) for item in listing])
        return
    if terminal.stdout().is_terminal:
        terminal.stdout().print(reports.listing_table(listing))
    else:
        # rich would turn the tabs into spaces.
        sys.stdout.writelines(f"{reports.listing_line(item)}\n" for item in listing)
    terminal.tell(f"{number(len(listing), 'article')}.")


def stories(  # noqa: PLR0913
    *,
    archive: options.ArchiveOption = None,
    since: options.SinceOption = None,
    until: options.UntilOption = None,
    publisher: options.PublisherOption = None,
    include_undated: options.UndatedOption = False,
    top: Annotated[int, typer.Option("--top", min=1, help="How many stories to list.")] = 20,
    as_json: options.JsonOption = False,
) -> None:
    """List what several articles report on: articles grouped by event, the largest groups first."""
    from rag.app import reports

    filters = read_filters(
        since=since, until=until, publisher=publisher, include_undated=include_undated
    )
    with terminal.status("Comparing the articles …"):
        grouped = open_with(read_settings(archive=archive)).stories(filters)
    found = [story for story in grouped if len(story.articles) > 1]
    if as_json:
        terminal.show_json([reports.story_json(item) for item in found[:top]])
        return
    sys.stdout.writelines(f"{reports.story_line(item)}\n" for item in found[:top])
    counted = "1 story" if len(found) == 1 else f"{len(found):,} stories"
    terminal.tell(f"{counted} of two or more articles.")


def verify(
    file: Annotated[
        str, typer.Argument(help="Answers as --json writes them; - reads stdin.", metavar="FILE")
    ] = "-",
    archive: options.ArchiveOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also list what differs but was not shown to a reader.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Check that saved answers still quote the archive, word for word and field by field."""
    from rag.answer_json import find_answers
    from rag.app import reports
    from rag.verify import removed_quotes, replaced_quotes, verify_answer

    found = find_answers(_text(file))
    with open_with(read_settings(archive=archive)).record.snapshot() as record:
        verified = [verify_answer(record, answer) for answer in found.answers]
        replaced = [list(replaced_quotes(record, answer)) for answer in found.answers]
        removed = [list(removed_quotes(record, answer)) for answer in found.answers]
    if as_json:
        more = {
            "replaced": reports.replaced_json(replaced),
            "removed": reports.removed_json(removed),
            "skipped": found.skipped,
        }
        terminal.show_json(reports.verified_json(verified) | more)
    else:
        terminal.show(reports.verified_text(verified, every=every))
        for line in (*reports.replaced_lines(replaced), *reports.removed_lines(removed)):
            terminal.tell(line)
        if found.skipped:
            terminal.tell(f"{found.skipped} passed over: an error, or no answer.")
    if not all(item.ok or not item.shown for answer in verified for item in answer):
        raise typer.Exit(PARTIAL)


def doctor(
    archive: options.ArchiveOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="First rebuild both search indexes from the database.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Check the database and both search indexes."""
    from rag.app import reports, tuning
    from rag.generation.llm.servers import local_models
    from rag.store.doctor import examine

    settings = read_settings(archive=archive)
    opened = open_with(settings)
    if rebuild:
        message = "Rebuilding both search indexes"
        with terminal.status(f"{message} …") as update, opened.writer() as writer:
            rebuilt = writer.rebuild(lambda done: update(f"{message}: {done:,} passages …"))
        terminal.tell(f"Both search indexes rebuilt from the database: {rebuilt:,} passages.")
    with terminal.status("Checking …"):
        findings = examine(opened)
    sound = all(finding.ok for finding in findings)
    if as_json:
        plain = [asdict(finding) for finding in findings]
        terminal.show_json({"archive": str(opened.folder), "ok": sound, "findings": plain})
    else:
        terminal.show(reports.findings_text(findings))
        for line in tuning.engine_lines(opened.manifest.identity, settings.reader):
            terminal.tell(line)
        for model in local_models():
            terminal.tell(f"{model.model} runs on this machine: --llm {model.name}")
    if not sound:
        raise typer.Exit(1)


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"There is no file {file}.",
            hint='Save an answer first: byline ask "QUESTION" --json > answer.json',
        ) from error
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}.", hint="Name a file that can be read."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file} is not text in UTF-8.", hint="Name a file as byline ask --json writes it."
        ) from error
