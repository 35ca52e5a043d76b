"""Reads questions and filters as people and programs type them."""

from __future__ import annotations

from rag.errors import UsageError
from rag.model import Filters, PartialDate, Query


def parse_query(text: object, filters: Filters, k: int) -> Query:
    """Makes the query for a question.

    :raises UsageError: if the question is empty.
    """
    try:
        return Query(clean_input(text), filters, k)
    except ValueError as error:
        raise UsageError(
            f"{str(error).capitalize()}.", hint="Ask for example: Who won the vote?"
        ) from error


def parse_filters(
    *, publisher: object = None, include_undated: object = False, prefix: str = "", **dates: object
) -> Filters:
    """Reads dates such as 2024, 2024-10 or 2024-10-22; what is empty filters nothing.

    :param dates: any of `since`, `until` and `as_of`.
    :param prefix: stands before the name of a filter in an error message, such as "--".
    :raises UsageError: if a date is none, or no article can pass the filters.
    """
    parsed: dict[str, PartialDate | None] = {}
    for name, value in dates.items():
        text = clean_input(value)
        try:
            parsed[name] = PartialDate.parse(text) if text else None
        except ValueError as error:
            typed = f"{prefix}{name.replace('_', '-') if prefix else name}"
            problem = str(error).partition(" (use ")[0]  # the hint says how to write one
            raise UsageError(
                f"{typed}: {problem}.", hint="Write dates as 2024, 2024-10 or 2024-10-22."
            ) from error
    try:
        return Filters(
            **parsed,
            publisher=clean_input(publisher) or None,
            include_undated=bool(include_undated),
        )
    except ValueError as error:
        raise UsageError(
            f"No article can pass the filters: {error}.",
            hint=f"Give the earlier date to {prefix}since and the later to {prefix}until.",
        ) from error


def clean_input(value: object) -> str:
    """Returns text without spaces around it and without lone surrogates; None becomes "".

    Command lines and JSON can carry lone surrogates, which no tokenizer takes.
    """
    return "" if value is None else str(value).encode("utf-8", "replace").decode().strip()
