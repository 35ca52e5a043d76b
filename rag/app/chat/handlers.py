"""What happens on the page: an event's values in, new values for components out. The asking side; `articles.py` has the other tab's.

Each handler takes the shelf as the browser sent it and gives it back changed, so that the server keeps nothing of a conversation and
nobody can get another's answer. An event's own data is a handler's first parameter: gradio fills in none that comes after `*asking`.
Knows which components there are, not where they stand.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from rag.app.answers import answer_of, slim
from rag.app.chat import cards, conversations, messages
from rag.app.chat.head import head_html
from rag.app.chat.layout import Parts, Updates, unchanged
from rag.app.chat.running import Ended, Runs, Signal
from rag.app.chat.service import Asking, Service
from rag.app.export import conversation_json, conversation_markdown
from rag.app.feedback import Feedback, record_feedback
from rag.app.render import answer_page, clean, escape_markdown, to_markdown
from rag.engine import Asked, Checked, Done, Found, Step
from rag.errors import BylineError, UsageError
from rag.model import Answer, Claim

# The filters that a deep link may carry, in the order of their fields; `cards.question_link` writes them.
LINKED = ("since", "until", "as_of", "publisher")
_MOST_EXAMPLES = 4
_STOPPED = {"code": "stopped", "message": "You stopped this answer.", "hint": ""}
_BROKEN = {
    "code": "failure",
    "message": "Something went wrong that should not have.",
    "hint": "Ask again; byline doctor examines the archive, and the program's window says more.",
}
log = logging.getLogger(__name__)


class Handlers:
    """The asking side of one page."""

    def __init__(self, parts: Parts, service: Service) -> None:
        self._parts = parts
        self._service = service
        self._runs: Runs[str | Answer] = Runs()

    # ------------------------------------------------------------ the page opens

    def opened(self, request: gr.Request, kept: object) -> Updates:
        """What this browser had on the page when it left, the state of the archive, and the filters of a deep link."""
        view, chat = self._view(conversations.opened(kept)), self._parts.ask.chat
        if view[self._parts.shelf] == kept:
            del view[self._parts.shelf]  # other tabs would take it for something new
        updates = (
            view | self._state() | {chat: gr.update(value=view[chat], examples=self._examples())}
        )
        for name, field in zip(LINKED, self._parts.ask.filters, strict=False):
            if given := request.query_params.get(name):
                updates[field] = updates.get(field, gr.update()) | {"value": given}
        return updates

    def warmed(self) -> Updates:
        """The state of the archive when the models are there, with example questions."""
        self._service.warm()
        self._service.warmed.wait()
        return self._state()

    def changed(self) -> Iterator[Updates]:
        """The state of the archive after articles came or went: at once, and again with new example questions."""
        yield self._state()
        try:
            self._service.refresh_examples()
        except BylineError as error:
            gr.Warning(f"{error.message} {error.hint}".strip())
        yield self._state()

    def _state(self) -> Updates:
        ask, articles = self._parts.ask, self._parts.articles
        listing = self._service.listing()
        publishers = sorted({item.publisher for item in listing if item.publisher})
        choices = gr.update(
            choices=[("Any publisher", ""), *((clean(name), name) for name in publishers)]
        )
        return {
            self._parts.head: head_html(
                listing, warmed=self._service.warmed.is_set(), failed=self._service.failed
            ),
            ask.chat: gr.update(examples=self._examples()),
            ask.samples: gr.update(visible=not listing),
            ask.filters.publisher: choices,
            articles.publisher: choices,
        }

    def _examples(self) -> list[dict[str, str]]:
        return [{"text": text} for text in self._service.examples[:_MOST_EXAMPLES]]

    def linked_asked(self, request: gr.Request, kept: object, *asking: Any) -> Iterator[Updates]:  # noqa: ANN401
        """Asks what a deep link brought, in a conversation of its own; a page without one stays as it is."""
        question = request.query_params.get("q", "")
        if question.strip():
            yield from self._answered(
                request,
                conversations.started(conversations.opened(kept)),
                question,
                Asking(*asking),
            )
        else:
            yield unchanged()

    # ------------------------------------------------------------ asking

    def ask(
        self, request: gr.Request, question: str, kept: object, *asking: Any
    ) -> Iterator[Updates]:  # noqa: ANN401
        """The next turn, as it comes."""
        if not question.strip():
            gr.Info("Type a question first.")
            yield unchanged()
            return
        yield from self._answered(request, conversations.opened(kept), question, Asking(*asking))

    def ask_instead(
        self, request: gr.Request, asked_as: str, kept: object, *asking: Any
    ) -> Iterator[Updates]:  # noqa: ANN401
        """The last turn again with the question as edited, which stands alone."""
        opened = conversations.opened(kept)
        yield from self._answered(
            request,
            conversations.with_turns(opened, opened.turns[:-1]),
            asked_as,
            Asking(*asking),
            alone=True,
        )

    def again(
        self, event: gr.RetryData, request: gr.Request, kept: object, *asking: Any
    ) -> Iterator[Updates]:  # noqa: ANN401
        """The turn of that message again; what came after it goes."""
        opened, turn = conversations.opened(kept), _turn(event.index)
        question = str(opened.turns[turn]["question"])
        yield from self._answered(
            request,
            conversations.with_turns(opened, opened.turns[:turn]),
            question,
            Asking(*asking),
        )

    def edited(
        self, event: gr.EditData, request: gr.Request, kept: object, *asking: Any
    ) -> Iterator[Updates]:  # noqa: ANN401
        """The turn of that message with another question; what came after it goes."""
        opened, turn = conversations.opened(kept), _turn(event.index)
        yield from self._answered(
            request,
            conversations.with_turns(opened, opened.turns[:turn]),
            str(event.value),
            Asking(*asking),
        )

    def example(
        self, event: gr.SelectData, request: gr.Request, kept: object, *asking: Any
    ) -> Iterator[Updates]:  # noqa: ANN401
        """An example question, asked."""
        yield from self._answered(
            request, conversations.opened(kept), str(event.value["text"]), Asking(*asking)
        )

    def undone(self, event: gr.UndoData, kept: object) -> Updates:
        """Without that turn and what came after it; its question is back in the box."""
        opened, turn = conversations.opened(kept), _turn(event.index)
        question = str(opened.turns[turn]["question"]) if turn < len(opened.turns) else ""
        box = gr.update(value=question, submit_btn=True, stop_btn=False)
        return self._view(conversations.with_turns(opened, opened.turns[:turn])) | {
            self._parts.ask.question: box
        }

    def stopped(self, request: gr.Request) -> None:
        """The answer on its way ends; its question stays, to be asked again."""
        self._runs.end(_tab(request), Signal.STOPPED)

    def left(self, request: gr.Request) -> None:
        """The answer on its way ends, and nothing of it will come on the page any more."""
        self._runs.end(_tab(request), Signal.DROPPED)

    def _answered(
        self,
        request: gr.Request,
        opened: conversations.Shelf,
        question: str,
        asking: Asking,
        *,
        alone: bool = False,
    ) -> Iterator[Updates]:
        """Streams one turn onto the page; the shelf is given back only with the whole answer."""
        ask, history = self._parts.ask, opened.turns
        before = self._messages(history)
        # Again with each part: where one follows another closely, a page may be shown the last alone.
        reading = {
            ask.question: gr.update(submit_btn=False, stop_btn=True),
            ask.asked_as: gr.update(visible=False),
            self._parts.feedback.form: gr.update(visible=False),
        }
        yield reading | {ask.chat: [*before, _said(question), _told(f"*{messages.READING}*")]}
        turn: conversations.Turn = {}
        try:
            for event in self._runs.follow(
                _tab(request), lambda: self._partial(question, asking, () if alone else history)
            ):
                if isinstance(event, Answer):
                    turn = slim(event.to_json())
                else:
                    yield reading | {ask.chat: [*before, _said(question), _told(event)]}
        except Ended as ended:
            if ended.dropped:
                return
            turn = {"question": question, "error": _STOPPED}
        except BylineError as error:
            turn = {"question": question, **error.to_json()}
        except Exception:
            # gradio would lay its own word over the whole conversation.
            log.exception("a question could not be answered")
            turn = {"question": question, "error": _BROKEN}
        yield self._view(conversations.with_turns(opened, (*history, turn)))

    def _partial(
        self, question: str, asking: Asking, history: Sequence[Mapping[str, Any]]
    ) -> Generator[str | Answer]:
        """Messages that grow with each checked claim, then the answer."""
        claims: list[Claim] = []
        asked_as, doing = question, messages.READING
        for event in self._service.stream(question, asking, history):
            match event:
                case Asked(question=asked_as):
                    pass
                case Step(question=part):
                    doing = f"Looking up: {part}"
                case Found() | Checked():
                    claims += [event.claim] if isinstance(event, Checked) else []
                    yield messages.partial_message(question, asked_as, claims, len(history), doing)
                case Done(answer):
                    yield answer

    # ------------------------------------------------------------ sources

    def source_opened(self, event: gr.EventData, kept: object) -> Updates:
        """A mark was followed: the sources of its turn, with that one open."""
        opened = conversations.opened(kept)
        turn, number = int(event.turn), int(event.number)
        if not 0 <= turn < len(opened.turns):
            return unchanged()
        return {self._parts.ask.sources: self._sources(opened.turns, turn, opened=number)}

    def _sources(self, turns: Sequence[conversations.Turn], turn: int, *, opened: int = 0) -> str:
        if not turns or "error" in turns[turn]:
            return cards.NOTHING_YET
        with self._service.archive.record.snapshot() as record:
            try:
                return cards.sources_html(
                    answer_of(turns[turn], record), turn, record, opened=opened
                )
            except UsageError:
                return cards.NOTHING_YET

    # ------------------------------------------------------------ conversations

    def started(self, kept: object) -> Updates:
        """A new conversation."""
        return self._view(conversations.started(conversations.opened(kept)))

    def cleared(self, kept: object) -> Updates:
        """The current conversation without its turns."""
        return self._view(conversations.with_turns(conversations.opened(kept), ()))

    def picked(self, name: str | None, kept: object) -> Updates:
        """Another conversation on the page."""
        return self._view(conversations.chosen(conversations.opened(kept), name))

    def dropped(self, kept: object) -> Updates:
        """The current conversation is deleted."""
        return self._view(conversations.dropped(conversations.opened(kept)))

    def as_markdown(self, kept: object) -> str:
        """The current conversation as Markdown with its citations; empty where nothing is answered."""
        opened, answers = conversations.opened(kept), []
        with self._service.archive.record.snapshot() as record:
            for turn in self._answered_turns(kept):
                with suppress(UsageError):  # the page shows of such a turn that it cannot be shown
                    answers.append(answer_of(turn, record))
        return conversation_markdown(answers, title=opened.shown.title) if answers else ""

    def as_json(self, kept: object) -> str:
        """The current conversation as JSON, which `byline verify` reads; empty where nothing is answered."""
        turns = self._answered_turns(kept)
        return (
            conversation_json(turns, title=conversations.opened(kept).shown.title) if turns else ""
        )

    def _answered_turns(self, kept: object) -> list[conversations.Turn]:
        turns = [turn for turn in conversations.opened(kept).turns if "error" not in turn]
        if not turns:
            gr.Info("There is no answer in this conversation yet.")
        return turns

    def copied(self, event: gr.CopyData, kept: object) -> str:
        """A copied message as it reads outside the page: the question as typed, the answer with its citations."""
        value, turns = str(event.value).strip(), conversations.opened(kept).turns
        shown = [str(message["content"]).strip() for message in self._messages(turns)]
        if value not in shown:
            return value
        turn, is_answer = turns[shown.index(value) // 2], shown.index(value) % 2
        if not is_answer:
            return str(turn["question"])
        if "error" in turn:
            return value
        with self._service.archive.record.snapshot() as record:
            return to_markdown(answer_page(answer_of(turn, record)))

    def _view(self, opened: conversations.Shelf) -> Updates:
        """Everything on the page that depends on the conversations."""
        ask, side, turns = self._parts.ask, self._parts.side, opened.turns
        last = turns[-1] if turns else {}
        understood = str(last.get("asked_as") or "")
        differs = bool(understood) and understood != str(last["question"]).strip()
        return {
            self._parts.shelf: conversations.kept(opened),
            ask.chat: self._messages(turns),
            ask.sources: self._sources(turns, len(turns) - 1),
            ask.question: gr.update(submit_btn=True, stop_btn=False),
            ask.asked_as: gr.update(value=understood, visible=differs),
            self._parts.feedback.form: gr.update(visible=False),
            side.picker: gr.update(
                choices=[(clean(item.title), item.id) for item in opened.conversations],
                value=opened.current,
            ),
        }

    def _messages(self, turns: Sequence[conversations.Turn]) -> list[gr.MessageDict]:
        with self._service.archive.record.snapshot() as record:
            shown = []
            for number, turn in enumerate(turns):
                try:
                    text = (
                        messages.error_message(turn["error"])
                        if "error" in turn
                        else messages.message(answer_of(turn, record), number)
                    )
                except UsageError as error:
                    text = messages.error_message(
                        {"message": f"This answer cannot be shown again: {error.message}"}
                    )
                shown += [_said(str(turn["question"])), _told(text)]
        return shown

    # ------------------------------------------------------------ feedback

    def rated(self, event: gr.LikeData, kept: object) -> Updates:
        """A thumb: up is kept at once, down opens the form."""
        form = self._parts.feedback
        opened, turn = conversations.opened(kept), _turn(event.index)
        if event.liked is False:
            return {
                form.form: gr.update(visible=True),
                form.turn: turn,
                form.reason: None,
                form.correction: "",
                form.quote: "",
            }
        if event.liked is True:
            self._keep(opened, turn, "up")
        return {form.form: gr.update(visible=False)}

    def told_why(
        self, kept: object, turn: int, reason: str | None, correction: str, quote: str
    ) -> Updates:
        """The form, sent."""
        kept_it = self._keep(
            conversations.opened(kept),
            turn,
            "down",
            reason=reason or "",
            correction=correction,
            quote=quote,
        )
        return {self._parts.feedback.form: gr.update(visible=not kept_it)}

    def _keep(self, opened: conversations.Shelf, turn: int, verdict: str, **more: str) -> bool:
        if not 0 <= turn < len(opened.turns) or "error" in opened.turns[turn]:
            return True
        try:
            record_feedback(
                self._service.archive.folder,
                Feedback(
                    answer=opened.turns[turn], verdict=verdict, time=datetime.now(UTC), **more
                ),
            )
        except BylineError as error:
            gr.Warning(f"{error.message} {error.hint}".strip())
            return False
        gr.Info("Thank you. Your word is kept beside the archive.")
        return True

    def skipped(self) -> Updates:
        """The form is closed."""
        return {self._parts.feedback.form: gr.update(visible=False)}


def _tab(request: gr.Request) -> str:
    return request.session_hash or ""


def _turn(index: int | tuple[int, int]) -> int:
    """The turn of a message: question and answer alternate."""
    return (index if isinstance(index, int) else index[0]) // 2


def _said(question: str) -> gr.MessageDict:
    """A question may come from a link that somebody else made, so it is no Markdown either."""
    return {
        "role": "user",
        "content": "\n".join(escape_markdown(line.strip()) for line in question.splitlines()),
    }


def _told(text: str) -> gr.MessageDict:
    return {"role": "assistant", "content": text}
