"""The endpoints /ask, /search and /articles: plain values in, the contract's JSON out. Docstrings are what clients and agents read.

A failure comes back as {"error": {"code", "message", "hint", "retryable"}}, never as an exception. Knows no gradio.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.app.chat.library import Order, find
from rag.app.chat.service import QUOTES, Asking, Service, typed
from rag.app.reports import listing_json, search_json
from rag.engine import Done
from rag.errors import BylineError, UsageError

_MOST_LISTED = 1_000


class Api:
    """The functions that are offered to programs, bound to one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

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
    ) -> dict[str, Any]:
        """Answers a question from the archive's articles with exact quotes, or says that the articles do not say.

        Args:
            question: The question in plain words.
            history: Answers of the conversation so far, as this endpoint gave them, oldest first; a follow-up is understood from them.
            since: Only articles published on this date (2024, 2024-10 or 2024-10-22) or later.
            until: Only articles published on this date or earlier.
            as_of: The archive as it stood at the end of this date.
            publisher: Only articles of this publisher.
            include_undated: Let articles without a known date pass the date filters.
            passages: How many passages to read, 1 to 50.
            quotes_alone: Without the language model, where there is one.
        """

        def answered() -> dict[str, Any]:
            asking = Asking(
                since,
                until,
                as_of,
                publisher,
                include_undated,
                passages,
                QUOTES if quotes_alone else "",
            )
            turns = [turn for turn in _answers(history) if isinstance(turn, dict)]
            return next(
                event.answer.to_json()
                for event in self._service.stream(question, asking, turns)
                if isinstance(event, Done)
            )

        return _answered(answered)

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
        """Finds the passages of the archive's articles that fit best.

        Args:
            query: What to look for.
            since: Only articles published on this date (2024, 2024-10 or 2024-10-22) or later.
            until: Only articles published on this date or earlier.
            as_of: The archive as it stood at the end of this date.
            publisher: Only articles of this publisher.
            include_undated: Let articles without a known date pass the date filters.
            passages: How many passages to find, 1 to 50.
        """

        def found() -> dict[str, Any]:
            asking = Asking(since, until, as_of, publisher, include_undated, passages)
            return search_json(query, asking.filters(), self._service.search(query, asking))

        return _answered(found)

    def articles(
        self, text: str = "", publisher: str = "", first: int = 0, most: int = 100
    ) -> dict[str, Any]:
        """Lists the archive's articles, newest first.

        Args:
            text: Only articles with these words in their title, source or publisher.
            publisher: Only articles of this publisher.
            first: How many articles to pass over.
            most: How many to list, at most 1000.
        """

        def listed() -> dict[str, Any]:
            listing = find(
                self._service.listing(),
                text=typed(text),
                publisher=typed(publisher) or None,
                order=Order.NEWEST,
            )
            shown = listing[_whole("first", first) :][: min(_whole("most", most), _MOST_LISTED)]
            return {"total": len(listing), "articles": [listing_json(item) for item in shown]}

        return _answered(listed)


def _answers(history: object) -> list[Any]:
    if history is not None and not isinstance(history, list):
        raise UsageError(
            "history is no list.",
            hint="Give the answers so far as this endpoint gave them, oldest first.",
        )
    return history or []


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise UsageError(f"{name} must be a whole number from 0.")
    return value


def _answered(give: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return give()
    except BylineError as error:
        return error.to_json()
