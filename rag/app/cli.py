"""The command line: `byline demo`, `ingest`, `ask`, `search`, `chat`, `articles` and more.

Results go to stdout, messages to stderr. Exit codes: 0 done, 1 failure, 2 usage, 3 some articles
were refused or some quotes are not what the archive says, 130 interrupted. The commands stand in
`rag.app.commands`; each imports what it needs when it runs, so that `--help` is there at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from eval.commands import app as evaluation
from rag.app import terminal
from rag.app.commands import ask, change, fill, look
from rag.errors import BylineError, UsageError

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

_INTERRUPTED = 130
_INGEST_KEPT = "All reported articles are in the archive; run the command again to go on."
# What to tell people who interrupt a command that changes something.
_KEPT = {
    "ingest": _INGEST_KEPT,
    "reclean": _INGEST_KEPT,
    "chat": "Articles you added are in the archive; conversations stay in the browser.",
    "run": "The answers so far are recorded; the same command goes on.",
    "reader": "The same command with --resume goes on.",
}


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


for command in (
    fill.demo,
    fill.ingest,
    ask.ask,
    ask.search,
    ask.chat,
    look.articles,
    look.stories,
    look.verify,
    look.doctor,
    change.tune,
    fill.reclean,
    change.edit,
    change.remove,
):
    app.command()(command)
feedback.command("export")(change.export_feedback)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("byline")
    except PackageNotFoundError:
        return "(run from its source folder, not installed)"


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
            wording().replace("Value error, ", ""),
            hint="byline --help lists the commands, byline COMMAND --help their options.",
        )
    return BylineError(
        f"{type(error).__name__}: {error}",
        hint="Run it again with --verbose to see where it comes from.",
    )


if __name__ == "__main__":
    sys.exit(main())
