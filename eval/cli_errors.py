"""Shows errors of the evaluation's commands to people: message, hint and exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from rag.errors import BylineError, UsageError

FAILED, USAGE, GATE = 1, 2, 3


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Turns an error into its message and its hint, without a traceback.

    :raises typer.Exit: with code 2 for a UsageError, 1 for another BylineError.
    """
    try:
        yield
    except BylineError as error:
        hint = f"\n{error.hint}" if error.hint else ""
        typer.echo(f"Error: {error.message}{hint}", err=True)
        raise typer.Exit(USAGE if isinstance(error, UsageError) else FAILED) from error
