"""The options that several commands take, and what commands make of them."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.app.inputs import parse_filters
from rag.errors import ArchiveNotFound
from rag.model import Kind

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.settings import Settings
    from rag.store.archive import Archive
    from rag.store.database import Listing

# The exit code where some articles were refused or some quotes are not what the archive says.
PARTIAL = 3

ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        help="Folder of the archive. [BYLINE_ARCHIVE, else in the user's data folder]",
        metavar="FOLDER",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on stdout, errors included.")]
PublishedByOption = Annotated[
    str | None, typer.Option("--publisher", help="Who published it, if you know.", metavar="NAME")
]
PublishedOption = Annotated[
    str | None,
    typer.Option(help="When it was published (2024, 2024-10, 2024-10-22).", metavar="DATE"),
]
AuthorOption = Annotated[str | None, typer.Option(help="Who wrote it.", metavar="NAMES")]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--language", help="Its language (de, en-US), which orders 03/04/2024.", metavar="CODE"
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        help="Published on this date (2024, 2024-10, 2024-10-22) or later.", metavar="DATE"
    ),
]
UntilOption = Annotated[
    str | None, typer.Option(help="Published on this date or earlier.", metavar="DATE")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(help="The archive as it stood at the end of this date.", metavar="DATE"),
]
PublisherOption = Annotated[
    str | None, typer.Option(help="Only articles of this publisher.", metavar="NAME")
]
UndatedOption = Annotated[
    bool,
    typer.Option("--include-undated", help="Articles without a known date pass the date filters."),
]
LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        help="Language model that writes the answer: ollama:MODEL, openai:MODEL, anthropic:MODEL"
        " or a server's URL. [BYLINE_LLM]",
        metavar="MODEL",
    ),
]
QuotesOption = Annotated[
    bool, typer.Option("--quotes", help="Answer with quotes, even if a language model is set.")
]
IgnoreDatesOption = Annotated[
    bool, typer.Option("--ignore-dates", help="Prefer no period, even if the question names one.")
]
KindOption = Annotated[
    Kind | None,
    typer.Option("--kind", help="Form of the answer. [told by the question]", case_sensitive=False),
]
ExplainOption = Annotated[
    bool,
    typer.Option("--explain", help="Also tell why: what was found, read, weighed and refused."),
]
GoldOption = Annotated[
    Path | None,
    typer.Option(
        "--gold",
        help="With --explain: a file with the gold question, to tell where the answer went wrong.",
        metavar="FILE",
    ),
]
TopOption = Annotated[
    int | None, typer.Option("--top", "-k", min=1, max=1000, help="How many passages to read. [10]")
]


def read_settings(**flags: object) -> Settings:
    """The settings, with these options in place of what is set elsewhere."""
    from rag.settings import load_settings

    return load_settings(**flags)


def open_with(settings: Settings, *, create: bool = False) -> Archive:
    """Opens the archive that the settings name.

    :raises ArchiveNotFound: if there is none, with the folder that was looked for.
    """
    from rag.store.archive import open_archive

    try:
        return open_archive(
            settings.archive, create=create, model=settings.model, chroma=settings.chroma
        )
    except ArchiveNotFound as error:
        hint = f"{error.hint}; or name another archive with --archive FOLDER."
        raise ArchiveNotFound(error.message, hint=hint) from error


def open_to_ask(settings: Settings) -> Archive:
    """Opens the archive that the settings name, for questions.

    :raises ArchiveNotFound: if there is none in that folder, or one without articles.
    """
    archive = open_with(settings)
    with archive.record.snapshot() as snapshot:
        if snapshot.holds_chunks():
            return archive
    raise ArchiveNotFound(
        f"The archive in {archive.folder} has no articles.",
        hint=f"Fill it with: byline ingest FOLDER --archive {archive.folder}; or name another"
        " archive with --archive FOLDER.",
    )


def listing_of(archive: Archive) -> list[Listing]:
    """The articles of an archive as they are now."""
    with archive.record.snapshot() as snapshot:
        return snapshot.listing()


def engine_over(archive: Archive, settings: Settings, *, quotes: bool = False) -> Engine:
    """The engine that the settings describe; with `quotes`, without a language model."""
    from rag.engine import Engine
    from rag.reading.cascade import reader_of
    from rag.retrieval.rerank import Reranker

    llm = None
    if settings.llm is not None and not quotes:
        from rag.generation.llm.providers import language_model

        llm = language_model(settings.llm, timeout_s=settings.llm_timeout)
    return Engine(
        archive,
        reader=reader_of(settings.reader, settings.second_reader),
        reranker=None if settings.reranker is None else Reranker(settings.reranker),
        threshold=settings.threshold,
        llm=llm,
    )


read_filters = partial(parse_filters, prefix="--")


def stated_fields(**fields: str | None) -> dict[str, str]:
    """What the user stated of articles: the options that were given."""
    return {name: value for name, value in fields.items() if value is not None}


def at_terminal() -> bool:
    """Tells whether a person can be asked."""
    return sys.stdin.isatty()
