"""Commands that ask an archive: ask, search, chat."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from rag.app import terminal
from rag.app.commands import options
from rag.app.commands.options import (
    at_terminal,
    engine_over,
    open_to_ask,
    open_with,
    read_filters,
    read_settings,
)
from rag.app.inputs import parse_query
from rag.errors import UsageError
from rag.render.words import number


def ask(  # noqa: PLR0913
    question: Annotated[
        str | None,
        typer.Argument(help="Without one, Byline asks for questions.", metavar="QUESTION"),
    ] = None,
    *,
    archive: options.ArchiveOption = None,
    since: options.SinceOption = None,
    until: options.UntilOption = None,
    as_of: options.AsOfOption = None,
    publisher: options.PublisherOption = None,
    include_undated: options.UndatedOption = False,
    ignore_dates: options.IgnoreDatesOption = False,
    top: options.TopOption = None,
    kind: options.KindOption = None,
    llm: options.LlmOption = None,
    quotes: options.QuotesOption = False,
    explain: options.ExplainOption = False,
    gold: options.GoldOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Answer a question with exact quotes, or say that the articles do not.

    Without a question, Byline holds a conversation; /help tells its commands, exit ends it.
    """
    if gold is not None and not explain:
        raise UsageError("--gold tells more with --explain.", hint="Add --explain.")
    settings = read_settings(archive=archive, k=top, llm=llm)
    filters = read_filters(
        since=since, until=until, as_of=as_of, publisher=publisher, include_undated=include_undated
    )
    if question is not None:
        parse_query(question, filters, settings.k)  # refuses an empty one before anything loads
    from eval.gold.questions import load_gold
    from rag.app.asking import Asking

    wanted = None if gold is None else load_gold(gold, sources=None)
    with terminal.status("Loading the model …"):
        opened = open_to_ask(settings)
        engine = engine_over(opened, settings, quotes=quotes)
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


def search(  # noqa: PLR0913
    query: Annotated[str, typer.Argument(help="What to look for.", metavar="QUERY")],
    *,
    archive: options.ArchiveOption = None,
    since: options.SinceOption = None,
    until: options.UntilOption = None,
    as_of: options.AsOfOption = None,
    publisher: options.PublisherOption = None,
    include_undated: options.UndatedOption = False,
    top: options.TopOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """List the passages that match best."""
    settings = read_settings(archive=archive, k=top)
    filters = read_filters(
        since=since, until=until, as_of=as_of, publisher=publisher, include_undated=include_undated
    )
    asked = parse_query(query, filters, settings.k)
    with terminal.status("Loading the model and searching …"):
        from rag.app import reports
        from rag.render.terminal import passages_to_terminal
        from rag.retrieval.retrieve import retrieve

        found = retrieve(open_to_ask(settings), asked)
    if as_json:
        terminal.show_json(reports.search_json(asked.text, filters, found))
        return
    terminal.show(passages_to_terminal(found.hits, width=terminal.width()))
    if found.undated:
        left_out = number(found.undated, "article")
        terminal.tell(f"{left_out} without a known date left out; include with --include-undated.")


def chat(  # noqa: PLR0913
    *,
    archive: options.ArchiveOption = None,
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
    llm: options.LlmOption = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Also serve MCP tools (needs the extra [mcp]).")
    ] = False,
) -> None:
    """Serve a web page to ask the archive."""
    import webbrowser

    from rag.app.chat import server

    # First, before anything is loaded: this may be refused.
    address = server.Address(host, port, root_path, server.read_auth(auth))
    settings = read_settings(archive=archive, llm=llm)
    with ExitStack() as page:
        with terminal.status("Opening the page …"):
            from rag.app.chat.service import Service

            opened = open_with(settings, create=True)
            service = Service(opened, engine_over(opened, settings))
            url = page.enter_context(server.serving(service, address, mcp=mcp))
        terminal.tell(f"Byline is at {url} (Ctrl-C ends it). The archive is {opened.folder}")
        if browser and at_terminal():
            webbrowser.open(url)
        server.wait()
