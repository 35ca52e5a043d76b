"""The endpoints /ask, /search and /articles for programs: plain values in and out.

Clients and agents read the docstrings. A failure comes back as {"error": {"code", "message",
"hint", "retryable"}}, never as an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from rag.app.chat.library import Order, find
from rag.app.chat.service import QUOTES, AskOptions, Service
from rag.app.inputs import clean_input
from rag.app.reports import listing_json, search_json
from rag.errors import BylineError, UsageError
from rag.events import Done

_MOST_LISTED = 1_000

Parameters = ParamSpec("Parameters")


def _with_errors_as_values(
    endpoint: Callable[Parameters, dict[str, Any]],
) -> Callable[Parameters, dict[str, Any]]:
    @wraps(endpoint)
    def guarded(*args: Parameters.args, **options: Parameters.kwargs) -> dict[str, Any]:
        try:
            return endpoint(*args, **options)
        except BylineError as error:
            return error.to_json()

    return guarded


class Api:
    """The functions that are offered to programs, bound to one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @_with_errors_as_values
    def ask(  # noqa: PLR0913, PLR0917
        self,
        question: str,
        history: list[dict[str, Any]] | None = None,
        since: str = "",
        until: str = "",
        as_of: str = "",
        publisher: str = "",
        include_undated: bool = False,
        passages: int = 10,
        quotes_alone: bool = False,
        ignore_dates: bool = False,
    ) -> dict[str, Any]:
        """Answers a question with exact quotes from the articles, or says that they do not.

        Args:
            question: The question in plain words.
            history: Answers of the conversation so far, as this endpoint gave them, oldest first.
            since: Only articles published on this date (2024, 2024-10 or 2024-10-22) or later.
            until: Only articles published on this date or earlier.
            as_of: The archive as it stood at the end of this date.
            publisher: Only articles of this publisher.
            include_undated: Let articles without a known date pass the date filters.
            passages: How many passages to read, 1 to 50.
            quotes_alone: Answer without the language model, if there is one.
            ignore_dates: Prefer no period, even if the question names one.
        """
        if history is not None and not isinstance(history, list):
            raise UsageError(
                "history is no list.",
                hint="Give the answers so far as this endpoint gave them, oldest first.",
            )
        answers = QUOTES if quotes_alone else ""
        options = AskOptions(
            since,
            until,
            as_of,
            publisher,
            include_undated,
            answers,
            passages,
            use_dates=not ignore_dates,
        )
        turns = [turn for turn in history or [] if isinstance(turn, dict)]
        return next(
            event.answer.to_json()
            for event in self._service.stream(question, options, turns)
            if isinstance(event, Done)
        )

    @_with_errors_as_values
    def search(  # noqa: PLR0913, PLR0917
        self,
        query: str,
        since: str = "",
        until: str = "",
        as_of: str = "",
        publisher: str = "",
        include_undated: bool = False,
        passages: int = 10,
    ) -> dict[str, Any]:
        """Finds the passages of the archive's articles that match best.

        Args:
            query: What to look for.
            since: Only articles published on this date (2024, 2024-10 or 2024-10-22) or later.
            until: Only articles published on this date or earlier.
            as_of: The archive as it stood at the end of this date.
            publisher: Only articles of this publisher.
            include_undated: Let articles without a known date pass the date filters.
            passages: How many passages to find, 1 to 50.
        """
        options = AskOptions(since, until, as_of, publisher, include_undated, passages=passages)
        found = self._service.search(query, options)
        return search_json(query, options.query(query).filters, found)

    @_with_errors_as_values
    def articles(
        self, text: str = "", publisher: str = "", first: int = 0, most: int = 100
    ) -> dict[str, Any]:
        """Lists the archive's articles, newest first.

        Args:
            text: Only articles with these words in their title, source or publisher.
            publisher: Only articles of this publisher.
            first: How many articles to skip.
            most: How many to list, at most 1000.
        """
        for name, value in (("first", first), ("most", most)):
            if not isinstance(value, int) or value < 0:
                raise UsageError(f"{name} must be a whole number from 0.")
        listing = find(
            self._service.listing(),
            text=clean_input(text),
            publisher=clean_input(publisher),
            order=Order.NEWEST,
        )
        shown = listing[first : first + min(most, _MOST_LISTED)]
        return {"total": len(listing), "articles": [listing_json(item) for item in shown]}
