"""The command line: `byline demo`, `ingest`, `ask`, `search`, `chat`, `articles` and more.

Results go to stdout, messages to stderr. Exit codes: 0 done, 1 failure, 2 usage, 3 some articles
were refused or some quotes are not what the archive says, 130 interrupted. Each command imports
what it needs when it runs, so that `--help` is there at once.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands import app as evaluation
from rag.app import terminal
from rag.app.terminal import number
from rag.errors import BylineError, UsageError
from rag.model import Kind

if TYPE_CHECKING:
    from eval.gold.questions import GoldQuestion
    from ingest.pipeline import Report, Workers
    from rag.engine import Engine
    from rag.model import Filters, Query
    from rag.settings import Settings
    from rag.store.archive import Archive
    from rag.store.database import Listing

app = typer.Typer(
    help="Answers from a news archive, quoted word for word.",
    epilog="Start with: byline demo",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(evaluation, name="eval")
feedback = typer.Typer(help="Use the feedback that people gave on answers.", no_args_is_help=True)
app.add_typer(feedback, name="feedback")

_PARTIAL, _INTERRUPTED = 3, 130
_INGEST_KEPT = "All reported articles are in the archive; run the command again to go on."
# What to tell people who interrupt a command that changes something.
_KEPT = {
    "ingest": _INGEST_KEPT,
    "reclean": _INGEST_KEPT,
    "chat": "Articles you added are in the archive; conversations stay in the browser.",
}

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


@app.callback(invoke_without_command=True)
def _byline(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    verbose: Annotated[  # noqa: ARG001  (`main` reads it)
        bool,
        typer.Option(
            "--verbose", help="Show the messages of libraries and where an error is from."
        ),
    ] = False,
) -> None:
    if version:
        typer.echo(f"byline {_version()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


# ---------------------------------------------------------------- fill an archive


@app.command()
def demo(
    archive: Annotated[
        Path | None,
        typer.Option(help="Keep the archive in this folder. [a temporary one]", metavar="FOLDER"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask four questions of sample articles that come with Byline."""
    with ExitStack() as stack:
        with terminal.status("Loading the model and reading the sample articles …"):
            from rag.app import demo as samples

            filled = stack.enter_context(samples.demo_archive(archive))
        answers = samples.demo_answers(filled)
        if as_json:
            terminal.show_json([answer.to_json() for answer in answers])
            return
        terminal.show(samples.introduction(_listing(filled)))
        for answer in answers:
            terminal.show(samples.question_and_answer(answer, terminal.width()))
        terminal.show(samples.next_steps(archive))


@app.command()
def ingest(  # noqa: PLR0913
    targets: Annotated[
        list[str], typer.Argument(help="Files and folders of articles.", metavar="TARGETS…")
    ],
    *,
    archive: ArchiveOption = None,
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
    publisher: PublishedByOption = None,
    published: PublishedOption = None,
    author: AuthorOption = None,
    language: LanguageOption = None,
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
    as_json: JsonOption = False,
) -> None:
    """Add files and folders of articles to the archive.

    A metadata.csv beside the files states what is known of each, in the columns file, title,
    author, publisher, published, updated, url and language.
    """
    from ingest import pipeline
    from rag.app.progress import Progress

    start = time.monotonic()
    stated = _stated(publisher=publisher, published=published, author=author, language=language)
    with terminal.status("Opening the archive …"):
        opened = _open(_settings(archive=archive, model=model, chroma=chroma), create=True)
    first = opened.record.revision() == 0
    with _workers(ray) as workers, Progress(_count_documents(map(Path, targets))) as progress:
        report = pipeline.ingest(
            opened,
            targets,
            collection=collection,
            stated=stated,
            prune=prune,
            workers=workers,
            on_result=lambda _: progress.advance(),
        )
    _finish_ingest(opened, report, time.monotonic() - start, first=first, as_json=as_json)


def _workers(address: str | None) -> AbstractContextManager[Workers | None]:
    if address is None:
        return nullcontext()
    from ingest.ray_workers import RayWorkers

    return RayWorkers(address)


# ---------------------------------------------------------------- ask an archive


@app.command()
def ask(  # noqa: PLR0913
    question: Annotated[
        str | None,
        typer.Argument(help="Without one, Byline asks for questions.", metavar="QUESTION"),
    ] = None,
    *,
    archive: ArchiveOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_of: AsOfOption = None,
    publisher: PublisherOption = None,
    include_undated: UndatedOption = False,
    ignore_dates: IgnoreDatesOption = False,
    top: TopOption = None,
    kind: KindOption = None,
    llm: LlmOption = None,
    quotes: QuotesOption = False,
    explain: ExplainOption = False,
    gold: GoldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with exact quotes, or say that the articles do not.

    Without a question, Byline holds a conversation; /help tells its commands, exit ends it.
    """
    if gold is not None and not explain:
        raise UsageError("--gold tells more with --explain.", hint="Add --explain.")
    settings = _settings(archive=archive, k=top, llm=llm)
    filters = _filters(
        since=since, until=until, as_of=as_of, publisher=publisher, include_undated=include_undated
    )
    if question is not None:
        _query(question, filters, settings.k)
    from rag.app.asking import Asking

    wanted = None if gold is None else _gold_questions(gold)
    with terminal.status("Loading the model …"):
        opened = _open(settings)
        engine = _engine(settings, archive=opened, quotes=quotes)
        if question is None:
            engine.quoting().ask("What happened?", filters=filters)  # loads the models
    asking = Asking(
        opened,
        engine,
        filters,
        settings.k,
        kind,
        use_dates=not ignore_dates,
        explain=explain,
        gold=wanted,
        as_json=as_json,
    )
    if question is None:
        asking.converse()
    else:
        asking.ask(question)


@app.command()
def search(  # noqa: PLR0913
    query: Annotated[str, typer.Argument(help="What to look for.", metavar="QUERY")],
    *,
    archive: ArchiveOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_of: AsOfOption = None,
    publisher: PublisherOption = None,
    include_undated: UndatedOption = False,
    top: TopOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the passages that match best."""
    settings = _settings(archive=archive, k=top)
    filters = _filters(
        since=since, until=until, as_of=as_of, publisher=publisher, include_undated=include_undated
    )
    asked = _query(query, filters, settings.k)
    with terminal.status("Loading the model and searching …"):
        from rag.app import reports
        from rag.render.terminal import passages_to_terminal
        from rag.retrieval.retrieve import retrieve

        found = retrieve(_open(settings), asked)
    if as_json:
        terminal.show_json(reports.search_json(asked.text, filters, found))
        return
    terminal.show(passages_to_terminal(found.hits, width=terminal.width()))
    if found.undated:
        left_out = number(found.undated, "article")
        terminal.tell(f"{left_out} without a known date left out; include with --include-undated.")


@app.command()
def chat(  # noqa: PLR0913
    *,
    archive: ArchiveOption = None,
    host: Annotated[
        str,
        typer.Option(
            help="Address to serve the page at; any but this machine's own needs --auth.",
            metavar="HOST",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port; 0 takes one that is free.", min=0, max=65535, metavar="PORT")
    ] = 7860,
    auth: Annotated[
        str | None,
        typer.Option(help="NAME:PASSWORD, or a file of such lines.", metavar="NAME:PASSWORD"),
    ] = None,
    root_path: Annotated[
        str | None, typer.Option(help="Path of the page behind a proxy.", metavar="PATH")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    llm: LlmOption = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Also serve MCP tools (needs the extra [mcp]).")
    ] = False,
) -> None:
    """Serve a web page to ask the archive."""
    import webbrowser

    from rag.app.chat import server

    # First, before anything is loaded: this may be refused.
    address = server.Address(host, port, root_path, server.read_auth(auth))
    settings = _settings(archive=archive, llm=llm)
    with ExitStack() as page:
        with terminal.status("Opening the page …"):
            from rag.app.chat.service import Service

            opened = _open(settings, create=True)
            service = Service(opened, _engine(settings, archive=opened))
            url = page.enter_context(server.serving(service, address, mcp=mcp))
        terminal.tell(f"Byline is at {url} (Ctrl-C ends it). The archive is {opened.folder}")
        if browser and _at_terminal():
            webbrowser.open(url)
        server.wait()


# ---------------------------------------------------------------- look at an archive


@app.command()
def articles(archive: ArchiveOption = None, as_json: JsonOption = False) -> None:
    """List the articles."""
    from rag.app import reports

    listing = _listing(_open(_settings(archive=archive)))
    if as_json:
        terminal.show_json([reports.listing_json(item) for item in listing])
        return
    if terminal.stdout().is_terminal:
        terminal.stdout().print(reports.listing_table(listing))
    else:
        # rich would turn the tabs into spaces.
        sys.stdout.writelines(f"{reports.listing_line(item)}\n" for item in listing)
    terminal.tell(f"{number(len(listing), 'article')}.")


@app.command()
def stories(  # noqa: PLR0913
    *,
    archive: ArchiveOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    include_undated: UndatedOption = False,
    top: Annotated[int, typer.Option("--top", min=1, help="How many stories to list.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List what several articles report on: articles grouped by event, the largest groups first."""
    from rag.app import reports

    filters = _filters(
        since=since, until=until, publisher=publisher, include_undated=include_undated
    )
    with terminal.status("Comparing the articles …"):
        grouped = _open(_settings(archive=archive)).stories(filters)
    found = [story for story in grouped if len(story.articles) > 1]
    if as_json:
        terminal.show_json([reports.story_json(item) for item in found[:top]])
        return
    sys.stdout.writelines(f"{reports.story_line(item)}\n" for item in found[:top])
    counted = "1 story" if len(found) == 1 else f"{len(found):,} stories"
    terminal.tell(f"{counted} of two or more articles.")


@app.command()
def verify(
    file: Annotated[
        str, typer.Argument(help="Answers as --json writes them; - reads stdin.", metavar="FILE")
    ] = "-",
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that saved answers still quote the archive, word for word and field by field."""
    from rag.answer_json import find_answers
    from rag.app import reports
    from rag.verify import removed_quotes, replaced_quotes, verify_answer

    found = find_answers(_text(file))
    with _open(_settings(archive=archive)).record.snapshot() as record:
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
        terminal.show(reports.verified_text(verified))
        for line in (*reports.replaced_lines(replaced), *reports.removed_lines(removed)):
            terminal.tell(line)
        if found.skipped:
            terminal.tell(f"{found.skipped} passed over: an error, or no answer.")
    if not all(item.ok for answer in verified for item in answer):
        raise typer.Exit(_PARTIAL)


@app.command()
def doctor(
    archive: ArchiveOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="First rebuild both search indexes from the database.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the database and both search indexes."""
    from rag.app import reports, tuning
    from rag.generation.llm.servers import local_models
    from rag.store.doctor import examine

    settings = _settings(archive=archive)
    opened = _open(settings)
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
        terminal.tell(tuning.engine_line(settings.reader))
        for model in local_models():
            terminal.tell(f"{model.model} runs on this machine: --llm {model.name}")
    if not sound:
        raise typer.Exit(1)


@app.command()
def tune(as_json: JsonOption = False) -> None:
    """Make the reader faster on this processor (needs the extra [fast]).

    Takes up to a minute. The encoder in int8 is kept in the user's cache folder; delete its folder
    to read as before.
    """
    from rag.app import tuning
    from rag.reading.int8 import kept_folder
    from rag.reading.loading import reader_sha256

    reader = _settings().reader
    terminal.tell("Making and trying an int8 encoder of the reader: up to a minute …")
    trial = tuning.tune_reader(reader)
    folder = str(kept_folder(reader_sha256(reader))) if trial.gains else None
    if as_json:
        terminal.show_json({**trial._asdict(), "kept": folder})
        return
    terminal.show(tuning.result(trial))
    if folder is not None:
        terminal.tell(f"Delete {folder} to read as before.")


@feedback.command("export")
def export_feedback(
    archive: ArchiveOption = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write. [stdout]", metavar="FILE")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write feedback as gold questions (JSON lines) for byline eval."""
    from rag.app.feedback import export_gold, write_pairs

    exported = export_gold(_open(_settings(archive=archive)).folder)
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


# ---------------------------------------------------------------- change an archive


@app.command()
def reclean(archive: ArchiveOption = None, as_json: JsonOption = False) -> None:
    """Extract and clean the stored documents again with this release."""
    from ingest import pipeline
    from rag.app.progress import Progress

    start = time.monotonic()
    opened = _open(_settings(archive=archive))
    with Progress(len(_listing(opened))) as progress:
        report = pipeline.reclean(opened, on_result=lambda _: progress.advance())
    _finish_ingest(opened, report, time.monotonic() - start, as_json=as_json)


@app.command()
def edit(  # noqa: PLR0913
    name: Annotated[
        str,
        typer.Argument(
            help="Source or id of an article, as byline articles lists it.", metavar="SOURCE_OR_ID"
        ),
    ],
    *,
    archive: ArchiveOption = None,
    title: Annotated[str | None, typer.Option(help="Its title.", metavar="TEXT")] = None,
    publisher: PublishedByOption = None,
    published: PublishedOption = None,
    author: AuthorOption = None,
    language: LanguageOption = None,
    url: Annotated[str | None, typer.Option(help="Its address.", metavar="URL")] = None,
) -> None:
    """Correct what an article states of itself; "" takes a statement away."""
    from ingest import pipeline

    stated = _stated(
        title=title,
        publisher=publisher,
        published=published,
        author=author,
        language=language,
        url=url,
    )
    if not stated:
        raise UsageError("Nothing was said to change.", hint="Add --title, --published or others.")
    opened = _open(_settings(archive=archive))
    article = _find(_listing(opened), name)
    result = pipeline.edit(opened, article.article_id, stated)
    terminal.show(f"{article.source} {result.outcome}")


@app.command()
def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Sources or ids of articles, as byline articles lists them.",
            metavar="SOURCE_OR_ID…",
        ),
    ],
    archive: ArchiveOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove articles with all their versions."""
    opened = _open(_settings(archive=archive))
    listing = _listing(opened)
    chosen = list(dict.fromkeys(_find(listing, name) for name in names))
    if not yes and not _confirmed(chosen):
        terminal.tell("Nothing was removed.")
        raise typer.Exit(1)
    with opened.writer() as writer:
        writer.remove([item.article_id for item in chosen])
    if as_json:
        removed = [{"article_id": item.article_id, "source": item.source} for item in chosen]
        terminal.show_json({"removed": removed})
    else:
        terminal.show(f"{number(len(chosen), 'article')} removed.")


# ---------------------------------------------------------------- what the commands share


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("byline")
    except PackageNotFoundError:
        return "(run from its source folder, not installed)"


def _settings(**flags: object) -> Settings:
    from rag.settings import load_settings

    return load_settings(**flags)


def _open(settings: Settings, *, create: bool = False) -> Archive:
    from rag.store.archive import open_archive

    return open_archive(
        settings.archive, create=create, model=settings.model, chroma=settings.chroma
    )


def _listing(archive: Archive) -> list[Listing]:
    with archive.record.snapshot() as snapshot:
        return snapshot.listing()


def _engine(settings: Settings, *, archive: Archive | None = None, quotes: bool = False) -> Engine:
    from rag.engine import Engine
    from rag.reading.cascade import reader_of
    from rag.retrieval.rerank import Reranker

    archive, llm = archive or _open(settings), None
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


def _filters(**typed: object) -> Filters:
    from rag.app.inputs import parse_filters

    return parse_filters(**typed, prefix="--")


def _query(text: str, filters: Filters, k: int) -> Query:
    from rag.app.inputs import parse_query

    return parse_query(text, filters, k)


def _count_documents(targets: Iterable[Path]) -> int | None:
    """Estimates how many documents the targets hold, without reading them.

    A file counts as one, a table as many as it has lines; None if a table cannot be counted so.
    """
    from ingest.sources.tables import TABLE_SUFFIXES

    total = 0
    for target in targets:
        found = target.rglob("[!.]*") if target.is_dir() else [target]
        for path in (path for path in found if not path.is_dir()):
            name = path.name.lower()
            if Path(name.removesuffix(".gz")).suffix not in TABLE_SUFFIXES:
                total += 1
            elif name.endswith((".json", ".gz")):
                return None
            else:
                with suppress(OSError), path.open("rb") as file:
                    total += sum(1 for _ in file)
    return total


def _gold_questions(path: Path) -> list[GoldQuestion]:
    from eval.gold.questions import load_gold

    return load_gold(path, sources=None)


def _stated(**fields: str | None) -> dict[str, str]:
    """Returns what the user stated of articles."""
    return {name: value for name, value in fields.items() if value is not None}


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
        raise typer.Exit(_PARTIAL)


def _tell_what_to_ask(archive: Archive) -> None:
    """Tells the first commands for an archive that has just been filled for the first time."""
    from eval.gold.draft import draft
    from rag.settings import load_settings

    where = ""
    if archive.folder != load_settings().archive.expanduser().resolve():
        where = f" --archive {shlex.quote(str(archive.folder))}"
    terminal.tell("Now ask, on the command line or on a page:")
    for item in draft(archive, 1):
        terminal.tell(f"  byline ask {shlex.quote(item.question)}{where}")
    terminal.tell(f"  byline ask{where}\n  byline chat{where}")


def _find(listing: Sequence[Listing], name: str) -> Listing:
    """Returns the article with that id or source."""
    found = [item for item in listing if name in (item.article_id, item.source)]
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
    if not _at_terminal():
        raise UsageError("Nobody is there to confirm; nothing was removed.", hint="Add --yes.")
    for item in chosen:
        terminal.tell(f"  {item.source}: {item.title}")
    return typer.confirm(f"Remove {number(len(chosen), 'article')} with all versions?", err=True)


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error


# ---------------------------------------------------------------- main


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    :param arguments: those of the process by default.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json, verbose = "--json" in given, "--verbose" in given
    terminal.prepare(verbose=verbose)
    # An option of the program, which people put behind the command.
    given = ["--verbose", *(word for word in given if word != "--verbose")] if verbose else given
    try:
        code = app(args=given, prog_name="byline", standalone_mode=False) or 0
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except Exception as error:
        if verbose:
            raise
        failure = _as_byline_error(error)
        terminal.show_error(failure, as_json=as_json)
        return 2 if isinstance(failure, UsageError) else 1
    if code == _INTERRUPTED:
        command = next((word for word in given if word in _KEPT), "")
        terminal.tell(f"Stopped. {_KEPT.get(command, 'Nothing was changed.')}")
    return int(code)


def _as_byline_error(error: Exception) -> BylineError:
    if isinstance(error, BylineError):
        return error
    # An error of the command line's parser; typer does not export the base class of these.
    wording = getattr(error, "format_message", None)
    if wording is not None:
        return UsageError(
            wording(), hint="byline --help lists the commands, byline COMMAND --help their options."
        )
    return BylineError(
        f"{type(error).__name__}: {error}",
        hint="Run it again with --verbose to see where it comes from.",
    )


if __name__ == "__main__":
    sys.exit(main())
