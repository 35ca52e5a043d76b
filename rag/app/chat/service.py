"""One archive and its engine behind a page and an API: loaded in the background, asked by many at once.

In go questions with filters as people type them; out come engine events and Answers. Knows no gradio.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rag.app.chat.background import background
from rag.app.chat.examples import example_questions
from rag.conversation.turn import Turn
from rag.engine import Engine, Event
from rag.errors import ArchiveDamaged, BylineError, UsageError
from rag.model import Filters, PartialDate, Query
from rag.retrieval.retrieve import Retrieved, retrieve
from rag.store.archive import Archive
from rag.store.database import Listing
from rag.store.doctor import examine

MOST_QUESTION = 2_000
MOST_PASSAGES = 50
QUOTES = "quotes"


def typed(value: object) -> str:
    """What stands in a field; half a surrogate pair, which JSON can spell, is no text."""
    return "" if value is None else str(value).encode("utf-8", "replace").decode().strip()


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question is to be asked, as people type it: dates as 2024, 2024-10 or 2024-10-22; empty for any.

    `answers` is `QUOTES` for quotes alone; anything else leaves it to the engine. The values come from a page or a program and may be
    anything, None where a field was emptied.
    """

    since: str = ""
    until: str = ""
    as_of: str = ""
    publisher: str = ""
    include_undated: bool = False
    passages: int = 10
    answers: str = ""

    def filters(self) -> Filters:
        """:raises UsageError: if a date is none, or no article can pass."""
        dates = {name: self._date(name) for name in ("since", "until", "as_of")}
        try:
            return Filters(
                **dates,
                publisher=typed(self.publisher) or None,
                include_undated=bool(self.include_undated),
            )
        except ValueError as error:
            raise UsageError(
                f"No article can pass the filters: {error}.", hint="Is “from” the earlier one?"
            ) from error

    def count(self) -> int:
        """How many passages to read, 1 to 50.

        :raises UsageError: if it is no number.
        """
        try:
            return max(1, min(int(self.passages), MOST_PASSAGES))
        except (TypeError, ValueError, OverflowError) as error:
            raise UsageError(
                "The number of passages is not a number.",
                hint=f"Say a number from 1 to {MOST_PASSAGES}.",
            ) from error

    def _date(self, name: str) -> PartialDate | None:
        text = typed(getattr(self, name))
        try:
            return PartialDate.parse(text) if text else None
        except ValueError as error:
            words = {"since": "From", "until": "Until", "as_of": "As of"}[name]
            raise UsageError(
                f"{words}: {error}.", hint="Write dates as 2024, 2024-10 or 2024-10-22."
            ) from error


class Service:
    """Answers from one archive; safe to share between threads."""

    def __init__(self, archive: Archive, engine: Engine | None = None) -> None:
        """`engine` is one over this archive; it defaults to one with the reader that ships."""
        self.archive = archive
        self.engine = engine or Engine(archive)
        self._quoting = self.engine.quoting()
        self.examples: list[str] = []
        self.failed: BylineError | None = None
        self.warmed = threading.Event()
        self._warm_now = threading.Event()
        self._cancelled = threading.Event()
        self._warming = threading.Lock()
        self._listed: tuple[int, list[Listing]] | None = None

    def warm(self, *, after_s: float = 0.0) -> None:
        """Loads the models in a thread of its own, once, then makes example questions; `warmed` is set when both are there.

        With `after_s`, not before so many seconds, unless somebody asks for it sooner.
        """
        if not after_s:
            self._warm_now.set()
        if self._warming.acquire(blocking=False):
            background(partial(self._warm, after_s), name="byline-warm", stop=self.cancel_warming)

    def cancel_warming(self) -> None:
        """Loads nothing more once the step at hand is done; the archive may be closed."""
        self._cancelled.set()
        self._warm_now.set()

    def _warm(self, after_s: float) -> None:
        try:
            self._warm_now.wait(after_s)
            self._load()
        except BaseException as error:
            # Nobody else can say it, and panics of the indexes, which are written in Rust, are not Exceptions.
            self.failed = None if self._cancelled.is_set() else _diagnosed(self.archive, error)
        finally:
            self.warmed.set()

    def _load(self) -> None:
        for _ in self._quoting.stream("What happened?"):
            if self._cancelled.is_set():
                return
        self.examples = example_questions(self.archive, self._quoting)

    def refresh_examples(self) -> None:
        """New example questions, after articles came or went."""
        self.examples = example_questions(self.archive, self._quoting)

    def listing(self) -> list[Listing]:
        """The archive's articles; read again only when it has changed."""
        revision = self.archive.record.revision()
        if self._listed is None or self._listed[0] != revision:
            with self.archive.record.snapshot() as record:
                self._listed = record.revision, record.listing()
        return self._listed[1]

    def stream(
        self, question: str, asking: Asking, history: Sequence[Mapping[str, Any]] = ()
    ) -> Iterator[Event]:
        """The engine's events; `history` holds the turns before, as Answer JSON, oldest first.

        :raises UsageError: if the question is empty or too long, or a filter makes no sense.
        :raises ArchiveError: if the archive cannot be read.
        """
        query = _query(question, asking)
        turns = [_turn(plain) for plain in history if "error" not in plain]
        engine = self._quoting if asking.answers == QUOTES else self.engine
        yield from engine.stream(query.text, filters=query.filters, k=query.k, history=turns)

    def search(self, words: str, asking: Asking) -> Retrieved:
        """The passages that fit best.

        :raises UsageError: if there are no words, or a filter makes no sense.
        :raises ArchiveError: if the archive cannot be read.
        """
        return retrieve(self.archive, _query(words, asking))


def _diagnosed(archive: Archive, error: BaseException) -> BylineError:
    """What the doctor finds, or the error itself where it finds nothing."""
    faults = [finding for finding in examine(archive) if not finding.ok]
    if not faults:
        return (
            error
            if isinstance(error, BylineError)
            else BylineError(f"{type(error).__name__}: {error}")
        )
    return ArchiveDamaged(
        " ".join(f"{item.part}: {item.message}." for item in faults), hint=faults[0].hint
    )


def _turn(plain: Mapping[str, Any]) -> Turn:
    return Turn.of_json(
        json.loads(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))
    )


def _query(given: str, asking: Asking) -> Query:
    text = typed(given)
    if len(text) > MOST_QUESTION:
        raise UsageError(
            f"The question has {len(text):,} characters; at most {MOST_QUESTION:,} are read.",
            hint="Ask it in fewer words.",
        )
    filters, passages = asking.filters(), asking.count()
    try:
        return Query(text, filters, passages)
    except ValueError as error:
        raise UsageError(
            f"{str(error).capitalize()}.", hint="Ask for example: Who won the vote?"
        ) from error
