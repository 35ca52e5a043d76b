"""Commands that fill an archive: demo, ingest, reclean."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.app import terminal
from rag.app.commands import options
from rag.app.commands.options import PARTIAL, listing_of, open_with, read_settings, stated_fields
from rag.errors import UsageError

if TYPE_CHECKING:
    from ingest.pipeline import Report, Workers
    from rag.store.archive import Archive


def demo(
    archive: Annotated[
        Path | None,
        typer.Option(help="Keep the archive in this folder. [a temporary one]", metavar="FOLDER"),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Ask four questions of sample articles that come with Byline."""
    with ExitStack() as stack:
        with terminal.status("Loading the model and reading the sample articles …"):
            from rag.app import demo as samples
            from rag.engine import Engine

            filled = stack.enter_context(samples.demo_archive(archive))
        answers = map(Engine(filled).ask, samples.QUESTIONS)
        if as_json:
            terminal.show_json([answer.to_json() for answer in answers])
            return
        terminal.show(samples.introduction(listing_of(filled)))
        for answer in answers:
            terminal.show(samples.question_and_answer(answer, terminal.width()))
        terminal.show(samples.next_steps(archive))


def ingest(  # noqa: PLR0913
    targets: Annotated[
        list[str], typer.Argument(help="Files and folders of articles.", metavar="TARGETS…")
    ],
    *,
    archive: options.ArchiveOption = None,
    collection: Annotated[
        str | None, typer.Option(help="Name of the collection. [the folder's name]", metavar="NAME")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Embedding model, by name or path, for a new archive.", metavar="MODEL"),
    ] = None,
    chroma: Annotated[
        str | None,
        typer.Option(
            help="URL of a Chroma server to keep a new archive's vectors on.", metavar="URL"
        ),
    ] = None,
    publisher: options.PublishedByOption = None,
    published: options.PublishedOption = None,
    author: options.AuthorOption = None,
    language: options.LanguageOption = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the articles whose files are gone.")
    ] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            help="Extract and encode in Ray's workers: local, or a cluster's address.",
            metavar="ADDRESS",
        ),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Add files and folders of articles to the archive.

    A metadata.csv beside the files states what is known of each, in the columns file, title,
    author, publisher, published, updated, url and language.
    """
    from ingest import pipeline
    from rag.app.progress import Progress

    start = time.monotonic()
    stated = stated_fields(
        publisher=publisher, published=published, author=author, language=language
    )
    _refuse_missing(targets)
    with terminal.status("Opening the archive …"):
        opened = open_with(read_settings(archive=archive, model=model, chroma=chroma), create=True)
    first = opened.record.revision() == 0
    with _workers(ray) as workers, Progress(count_documents(map(Path, targets))) as progress:
        report = pipeline.ingest(
            opened,
            targets,
            collection=collection,
            stated=stated,
            prune=prune,
            workers=workers,
            on_result=lambda _: progress.advance(),
        )
    if not report.results and not report.gone:
        folders = " and ".join(targets)
        raise UsageError(
            f"No article was found in {folders}; nothing was added.",
            hint=f"Byline reads files that end in {_readable()}.",
        )
    _finish_ingest(opened, report, time.monotonic() - start, first=first, as_json=as_json)


def _refuse_missing(targets: Iterable[str]) -> None:
    """Refuses all targets where some are neither there nor addresses, before anything changes."""
    missing = [
        target
        for target in targets
        if "://" not in target and not os.path.lexists(Path(target).expanduser())
    ]
    if missing:
        raise UsageError(
            f"There is no file or folder {' or '.join(missing)}; nothing was added.",
            hint="Correct or leave out what is not there, and run the command again.",
        )


def _readable() -> str:
    """The endings of the files that can be articles."""
    from ingest.sources.documents import SUFFIXES

    *first, last = sorted(SUFFIXES)
    return f"{', '.join(first)} or {last}"


def _workers(address: str | None) -> AbstractContextManager[Workers | None]:
    if address is None:
        return nullcontext()
    from ingest.ray_workers import RayWorkers

    return RayWorkers(address)


def reclean(archive: options.ArchiveOption = None, as_json: options.JsonOption = False) -> None:
    """Extract and clean the stored documents again with this release."""
    from ingest import pipeline
    from rag.app.progress import Progress

    start = time.monotonic()
    opened = open_with(read_settings(archive=archive))
    with Progress(len(listing_of(opened))) as progress:
        report = pipeline.reclean(opened, on_result=lambda _: progress.advance())
    _finish_ingest(opened, report, time.monotonic() - start, as_json=as_json)


def count_documents(targets: Iterable[Path]) -> int | None:
    """Estimates how many documents the targets hold, reading no more than the lines of tables.

    A file counts as one, a table as many as it has lines; None if a table cannot be counted so.
    What is hidden and metadata.csv are no documents.
    """
    from ingest.sources.metadata import METADATA_FILE
    from ingest.sources.tables import TABLE_SUFFIXES

    total = 0
    for target in targets:
        found = target.rglob("*") if target.is_dir() else [target]
        for path in (path for path in found if not path.is_dir()):
            below = path.relative_to(target).parts
            if any(part.startswith(".") or part == METADATA_FILE for part in below):
                continue
            name = path.name.lower()
            if Path(name.removesuffix(".gz")).suffix not in TABLE_SUFFIXES:
                total += 1
            elif name.endswith((".json", ".gz")):
                return None
            else:
                with suppress(OSError), path.open("rb") as file:
                    total += sum(1 for _ in file)
    return total


def _finish_ingest(
    archive: Archive, report: Report, seconds: float, *, first: bool = False, as_json: bool
) -> None:
    """Reports what came in; after the `first` articles of an archive, also what to do next."""
    from ingest.pipeline import Outcome
    from rag.app import reports

    folder = str(archive.folder)
    if as_json:
        terminal.show_json(reports.ingest_json(report, folder, archive.record.revision()))
    else:
        terminal.show(reports.ingest_text(report, folder, seconds))
        if first and report.count(Outcome.ADDED):
            _tell_what_to_ask(archive)
    if report.count(Outcome.REFUSED):
        raise typer.Exit(PARTIAL)


def _quoted(argument: str) -> str:
    """An argument as a shell takes it: in double quotes where nothing in it has a meaning there."""
    plain = shlex.quote(argument)
    return plain if plain == argument or re.search(r'["$`\\!]', argument) else f'"{argument}"'


def _tell_what_to_ask(archive: Archive) -> None:
    """Tells the first commands for an archive that has just been filled for the first time."""
    from eval.gold.draft import draft
    from rag.settings import load_settings

    where = ""
    if archive.folder != load_settings().archive.expanduser().resolve():
        where = f" --archive {_quoted(str(archive.folder))}"
    terminal.tell("Now ask, on the command line or on a page:")
    for item in draft(archive, 1):
        terminal.tell(f"  byline ask {_quoted(item.question)}{where}")
    terminal.tell(f"  byline ask{where}\n  byline chat{where}")
