"""Serves one archive and its engine to the page and the API, to many people at once.

The models are loaded in the background.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

from eval.gold.draft import proposals
from rag.answer import Answer
from rag.app.chat.good_questions import answered, topics
from rag.app.chat.library import Order, find
from rag.app.chat.removals import Removals
from rag.app.chat.views.front import MOST_STORIES, Topic
from rag.app.chat.workers import ItemStream, background
from rag.app.inputs import clean_input, parse_filters, parse_query
from rag.conversation.turn import Turn
from rag.engine import Engine
from rag.errors import ArchiveDamaged, BylineError, UsageError
from rag.events import Event
from rag.explanation import Explanation
from rag.model import AnswerValues, Filters, Query
from rag.news.stories import Story, shared_stories
from rag.retrieval.retrieve import Retrieved, retrieve
from rag.store.archive import Archive
from rag.store.database import Listing
from rag.store.doctor import examine
from rag.store.rows import StoredArticle

MOST_QUESTION = 2_000
MOST_PASSAGES = 50
# Articles that questions to begin with are made of, and how many questions.
_ASKED_ABOUT, _MOST_QUESTIONS = 200, 3
# Passages that are looked through for words.
_SEARCHED = 400
QUOTES = "quotes"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How a question is asked, as people type it; see `rag.app.inputs.parse_filters`.

    `answers` is `QUOTES` for an answer without the language model; `use_dates` is false where a
    period in the question's words is not to count. The values come from a page or a
    program and may be anything, None where a field was emptied.
    """

    since: str = ""
    until: str = ""
    as_of: str = ""
    publisher: str = ""
    include_undated: bool = False
    answers: str = ""
    passages: int = 10
    use_dates: bool = True

    def filters(self) -> Filters:
        """Reads the filters.

        :raises UsageError: if a date is none, or no article can pass.
        """
        return parse_filters(
            since=self.since,
            until=self.until,
            as_of=self.as_of,
            publisher=self.publisher,
            include_undated=self.include_undated,
        )

    def query(self, text: object) -> Query:
        """Makes the query for a question; at most 50 passages are read.

        :raises UsageError: if the question is empty or too long, or an option makes no sense.
        """
        question = clean_input(text)
        if len(question) > MOST_QUESTION:
            length = f"{len(question):,} characters; at most {MOST_QUESTION:,} are read"
            raise UsageError(f"The question has {length}.", hint="Ask it in fewer words.")
        try:
            passages = max(1, min(int(self.passages), MOST_PASSAGES))
        except (TypeError, ValueError, OverflowError) as error:
            raise UsageError(
                "The number of passages is not a number.",
                hint=f"Give a number from 1 to {MOST_PASSAGES}.",
            ) from error
        return parse_query(question, self.filters(), passages)


class Overview(NamedTuple):
    """What one revision of the archive holds: its articles, and what many of them are about."""

    revision: int
    items: list[Listing]
    topics: list[Topic]


class Service:
    """Answers from one archive; safe to share between threads."""

    def __init__(self, archive: Archive, engine: Engine | None = None) -> None:
        """:param engine: one over this archive; by default one with the reader that ships."""
        self.archive = archive
        self.engine = engine or Engine(archive)
        self._quoting = self.engine.quoting()
        self.failed: BylineError | None = None
        self.warmed = threading.Event()
        self._warm_now = threading.Event()
        self._cancelled = threading.Event()
        self._warming = threading.Lock()
        self._overview: Overview | None = None
        self._questions: dict[int, list[str]] = {}
        self._stories: dict[int, list[Story]] = {}
        self._finding = threading.Lock()
        self.removals = Removals(archive)

    def warm(self, *, after_s: float = 0.0) -> None:
        """Loads the models once, in the background; `warmed` is set when they are there.

        :param after_s: seconds to wait before, unless somebody calls again without it.
        """
        if not after_s:
            self._warm_now.set()
        if self._warming.acquire(blocking=False):
            background(partial(self._warm, after_s), name="byline-warm", stop=self.cancel_warming)

    def cancel_warming(self) -> None:
        """Loads nothing more after the step at hand; the archive may be closed."""
        self._cancelled.set()
        self._warm_now.set()

    def _warm(self, after_s: float) -> None:
        try:
            self._warm_now.wait(after_s)
            for _ in self._quoting.stream("What happened?"):
                if self._cancelled.is_set():
                    return
        except BaseException as error:  # also the panics of the indexes, which are written in Rust
            if not self._cancelled.is_set():
                self.failed = _diagnosis(self.archive, error)
        finally:
            self.warmed.set()

    def overview(self) -> Overview:
        """Describes the archive; it is read again only when it has changed."""
        revision = self.archive.record.revision()
        if self._overview is None or self._overview.revision != revision:
            with self.archive.record.snapshot() as snapshot:
                items = snapshot.listing()
            self._overview = Overview(revision, items, topics(items))
        hidden = self.removals.pending
        if not hidden:
            return self._overview
        left = [item for item in self._overview.items if item.article_id not in hidden]
        return self._overview._replace(items=left)

    def listing(self) -> list[Listing]:
        """Returns the archive's articles, without those that are about to be removed."""
        return self.overview().items

    def questions(self, *, wait: bool = False) -> list[str]:
        """Returns questions that the archive answers; with `wait` they are found if need be."""
        return self._of_revision(self._questions, self._find_questions, wait=wait)

    def stories(self, *, wait: bool = False) -> list[Story]:
        """Returns the largest stories of several outlets; with `wait` they are found if need be."""
        found = self._of_revision(self._stories, self._find_stories, wait=wait)
        hidden = self.removals.pending
        if not hidden:
            return found
        left = (
            story._replace(
                articles=tuple(item for item in story.articles if item.article_id not in hidden)
            )
            for story in found
        )
        return [story for story in left if len(story.outlets) > 1]

    def _of_revision(
        self, known: dict[int, list[Item]], find: Callable[[Overview], list[Item]], *, wait: bool
    ) -> list[Item]:
        """What is known of this revision; with `wait` it is found once, in the background."""
        overview = self.overview()
        if overview.revision in known or not wait:
            return known.get(overview.revision, [])
        with self._finding:
            if overview.revision not in known:
                # Not in a thread of the web server: the end of the program does not wait for these.
                found = ItemStream[list[Item]](lambda put: put(find(overview)))
                background(found.run, name="byline-find", stop=self.cancel_warming)
                items = next(iter(found))
                known.clear()
                known[overview.revision] = items
            return known[overview.revision]

    def _find_stories(self, overview: Overview) -> list[Story]:
        if not any(item.published and item.publisher for item in overview.items):
            return []
        with self.archive.view() as view:
            found = shared_stories(view.snapshot, Filters(), model=view.identity, dim=view.dim)
        return found[:MOST_STORIES]

    def _find_questions(self, overview: Overview) -> list[str]:
        newest = find(overview.items, order=Order.NEWEST)[:_ASKED_ABOUT]
        with self.archive.record.snapshot() as snapshot:
            stored = [snapshot.version(item.article_id, item.version) for item in newest]
        proposed = proposals([item for item in stored if item is not None])
        found = answered(proposed, self._ask_for_questions, _MOST_QUESTIONS)
        about = [f"What happened with {topic.name}?" for topic in overview.topics[:1]]
        return (found[: _MOST_QUESTIONS - len(about)] + about) or found

    def _ask_for_questions(self, question: str) -> Answer:
        if self._cancelled.is_set():
            raise BylineError("The page is being closed.")
        return self._quoting.ask(question)

    def explain(self, answer: AnswerValues, history: Sequence[Mapping[str, Any]]) -> Explanation:
        """Explains an answer from what asking its question again finds.

        :param history: the turns before it, as Answer JSON, oldest first.
        :raises BylineError: if the archive cannot be read, or a model cannot be loaded.
        """
        return self._quoting.explain(answer, history=_turns(history))

    def passing(self, filters: Filters) -> int:
        """Counts the articles that pass the filters."""
        with self.archive.record.snapshot() as snapshot:
            return len(snapshot.version_ids(filters))

    def sentences_with(self, words: str) -> dict[str, str]:
        """Finds articles that have all these words in their text: by id, a sentence with them."""
        wanted = [re.compile(rf"\b{re.escape(word)}", re.IGNORECASE) for word in words.split()]
        if not wanted:
            return {}
        with self.archive.view() as view:
            if not view.snapshot.holds_chunks():
                return {}
            with view.indexes() as indexes:
                held = view.snapshot.held(indexes.lexical.best(words, _SEARCHED), Filters())
            rows = view.snapshot.articles(row.version_id for row in held.values())
        found = {}
        for stored in rows.values():
            text = stored.article.text
            if all(word.search(text) for word in wanted):
                found[stored.article.article_id] = _sentence_with(stored, wanted)
        return found

    def stream(
        self, question: str, options: AskOptions, history: Sequence[Mapping[str, Any]] = ()
    ) -> Iterator[Event]:
        """Yields the engine's events.

        :param history: the turns before, as Answer JSON, oldest first.
        :raises UsageError: if the question is empty or too long, or a filter makes no sense.
        :raises ArchiveError: if the archive cannot be read.
        """
        query = options.query(question)
        engine = self._quoting if options.answers == QUOTES else self.engine
        yield from engine.stream(
            query.text,
            filters=query.filters,
            k=query.k,
            history=_turns(history),
            use_dates=bool(options.use_dates),
        )

    def search(self, words: str, options: AskOptions) -> Retrieved:
        """Finds the passages that match best.

        :raises UsageError: if there are no words, or a filter makes no sense.
        :raises ArchiveError: if the archive cannot be read.
        """
        return retrieve(self.archive, options.query(words))


def _sentence_with(stored: StoredArticle, wanted: Sequence[re.Pattern[str]]) -> str:
    """The first of the sentences that have most of the words."""
    text = stored.article.text
    sentences = [text[span.start : span.end] for span in stored.sentences]
    return max(
        sentences, key=lambda said: sum(bool(word.search(said)) for word in wanted), default=""
    )


def _diagnosis(archive: Archive, error: BaseException) -> BylineError:
    """What the doctor finds, or the error itself if it finds nothing."""
    broken = [finding for finding in examine(archive) if not finding.ok]
    if broken:
        message = " ".join(f"{item.part}: {item.message}." for item in broken)
        return ArchiveDamaged(message, hint=broken[0].hint)
    if isinstance(error, BylineError):
        return error
    return BylineError(f"{type(error).__name__}: {error}")


def _turns(history: Sequence[Mapping[str, Any]]) -> list[Turn]:
    return [_turn(plain) for plain in history if "error" not in plain]


def _turn(plain: Mapping[str, Any]) -> Turn:
    # JSON can spell lone surrogates, which no tokenizer takes.
    text = json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
    return Turn.of_json(json.loads(text))
