"""Handles the events of the Ask tab and the sidebar: values in, updates of components out.

Each handler takes the conversations as the browser sent them and gives them back changed: the
server keeps nothing of a conversation, and nobody can get another's answer. An event's own data is
a handler's first parameter, since gradio fills in none that comes after `*options`.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from rag.answer import Answer
from rag.answer_json import answer_from_json, shortened
from rag.app.chat import messages
from rag.app.chat.article_handlers import warn
from rag.app.chat.conversations import Conversations, Turn
from rag.app.chat.layout import ANY_PUBLISHER, Components, Updates, unchanged
from rag.app.chat.library import head_html
from rag.app.chat.sample_questions import sample_questions
from rag.app.chat.service import AskOptions, Service
from rag.app.chat.sources import NOTHING_YET, sources_html
from rag.app.chat.workers import Ended, Runs
from rag.app.export import conversation_json, conversation_markdown
from rag.app.feedback import Feedback, record_feedback
from rag.app.inputs import clean_input
from rag.errors import BylineError, UsageError
from rag.events import Asked, Checked, Done, Found, Step
from rag.model import Claim
from rag.render import answer_page, asked_as_words, clean, escape_markdown, to_markdown

_STOPPED = {"code": "stopped", "message": "You stopped this answer.", "hint": ""}
_BROKEN = {
    "code": "failure",
    "message": "Something went wrong that should not have.",
    "hint": "Ask again; byline doctor checks the archive, and the program's window says more.",
}
log = logging.getLogger(__name__)


class Handlers:
    """The Ask tab and the sidebar of one page."""

    def __init__(self, ui: Components, service: Service) -> None:
        self._ui = ui
        self._service = service
        self._runs: Runs[str | Answer] = Runs()

    # ------------------------------------------------------------ the page opens

    def open_page(self, request: gr.Request, stored: object) -> Updates:
        """Shows what this browser had on the page, the archive, and the filters of a link."""
        ask = self._ui.ask
        view = self._view(Conversations.read(stored))
        updates = view | self.show_archive()
        updates[ask.chat] |= {"value": view[ask.chat]}
        if view[self._ui.stored] == stored:
            del updates[self._ui.stored]  # other tabs would take it for a change
        for name, field in ask.options.linked.items():
            if given := request.query_params.get(name):
                updates[field] = updates.get(field, gr.update()) | {"value": given}
        return updates

    def wait_for_models(self) -> Updates:
        """Shows the archive as ready when the models are loaded."""
        self._service.warm()
        self._service.warmed.wait()
        return self.show_archive()

    def show_archive(self) -> Updates:
        """Shows everything that depends on the archive."""
        listing = self._service.listing()
        publishers = sorted({item.publisher for item in listing if item.publisher})
        choices = gr.update(choices=[ANY_PUBLISHER, *((clean(name), name) for name in publishers)])
        examples = [{"text": text} for text in sample_questions(listing)]
        warmed, failed = self._service.warmed.is_set(), self._service.failed
        return {
            self._ui.head: head_html(listing, warmed=warmed, failed=failed),
            self._ui.ask.chat: gr.update(examples=examples),
            self._ui.ask.samples: gr.update(visible=not listing),
            self._ui.ask.options.publisher: choices,
            self._ui.articles.publisher: choices,
        }

    def ask_linked(self, request: gr.Request, stored: object, *options: Any) -> Iterator[Updates]:  # noqa: ANN401
        """Asks the question of a link, if there is one, in a conversation of its own."""
        question = request.query_params.get("q", "")
        if question.strip():
            conversations = Conversations.read(stored).start()
            yield from self._answer(request, conversations, question, options)
        else:
            yield unchanged()

    # ------------------------------------------------------------ asking

    def ask(
        self,
        request: gr.Request,
        question: str,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks the question that was typed."""
        if question.strip():
            yield from self._answer(request, Conversations.read(stored), question, options)
        else:
            gr.Info("Type a question first.")
            yield unchanged()

    def ask_example(
        self,
        event: gr.SelectData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks a sample question."""
        question = str(event.value["text"])
        yield from self._answer(request, Conversations.read(stored), question, options)

    def ask_instead(
        self,
        request: gr.Request,
        asked_as: str,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks the last turn again with the question as edited, which stands alone."""
        conversations = _cut(Conversations.read(stored), -1)
        yield from self._answer(request, conversations, asked_as, options, alone=True)

    def ask_again(
        self,
        event: gr.RetryData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks the turn of that message again; what came after it is deleted."""
        conversations, turn = Conversations.read(stored), _turn(event.index)
        question = str(conversations.turns[turn]["question"])
        yield from self._answer(request, _cut(conversations, turn), question, options)

    def ask_edited(
        self,
        event: gr.EditData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks another question in that turn; what came after it is deleted."""
        conversations = _cut(Conversations.read(stored), _turn(event.index))
        yield from self._answer(request, conversations, str(event.value), options)

    def undo(self, event: gr.UndoData, stored: object) -> Updates:
        """Deletes that turn and what came after it; its question is back in the box."""
        conversations, turn = Conversations.read(stored), _turn(event.index)
        asked = conversations.turns[turn : turn + 1]
        question = str(asked[0]["question"]) if asked else ""
        box = gr.update(value=question, submit_btn=True, stop_btn=False)
        return self._view(_cut(conversations, turn)) | {self._ui.ask.question: box}

    def stop(self, request: gr.Request) -> None:
        """Ends the answer on its way; its question stays, to be asked again."""
        self._runs.end(request.session_hash or "", dropped=False)

    def leave(self, request: gr.Request) -> None:
        """Ends the answer on its way, and nothing of it is shown any more."""
        self._runs.end(request.session_hash or "", dropped=True)

    def _answer(
        self,
        request: gr.Request,
        conversations: Conversations,
        question: str,
        options: Sequence[Any],
        *,
        alone: bool = False,
    ) -> Iterator[Updates]:
        """Streams one turn onto the page; it is stored with the whole answer only."""
        ask, history = self._ui.ask, conversations.turns
        before = [*self._messages(history), _user_message(question)]
        # Again with each part: where one follows another closely, a page may show the last alone.
        reading = {
            ask.question: gr.update(submit_btn=False, stop_btn=True),
            ask.asked_as: gr.update(visible=False),
            ask.feedback.form: gr.update(visible=False),
        }
        yield reading | {ask.chat: [*before, _bot_message(f"*{messages.READING}*")]}

        def items() -> Generator[str | Answer]:
            return self._partial(question, AskOptions(*options), () if alone else history)

        turn: Turn = {"question": clean_input(question)}
        try:
            for item in self._runs.follow(request.session_hash or "", items):
                if isinstance(item, Answer):
                    turn = shortened(item.to_json())
                else:
                    yield reading | {ask.chat: [*before, _bot_message(item)]}
        except Ended as ended:
            if ended.dropped:
                return
            turn["error"] = _STOPPED
        except BylineError as error:
            turn |= error.to_json()
        except Exception:
            # gradio would lay its own message over the whole conversation.
            log.exception("a question could not be answered")
            turn["error"] = _BROKEN
        yield self._view(conversations.with_turns((*history, turn)))

    def _partial(
        self, question: str, options: AskOptions, history: Sequence[Mapping[str, Any]]
    ) -> Generator[str | Answer]:
        """Yields messages that grow with each checked claim, then the answer."""
        claims: list[Claim] = []
        asked_as, step = question, messages.READING
        for event in self._service.stream(question, options, history):
            match event:
                case Asked(question=asked_as):
                    pass
                case Step(question=part):
                    step = f"Looking up: {part}"
                case Found() | Checked():
                    claims += [event.claim] if isinstance(event, Checked) else []
                    yield messages.partial_message(question, asked_as, claims, len(history), step)
                case Done(answer):
                    yield answer

    # ------------------------------------------------------------ sources

    def open_source(self, event: gr.EventData, stored: object) -> Updates:
        """Opens the source whose mark was followed, among those of its turn."""
        turns, turn = Conversations.read(stored).turns, int(event.turn)
        if not 0 <= turn < len(turns):
            return unchanged()
        return {self._ui.ask.sources: self._sources(turns, turn, opened=int(event.number))}

    def _sources(self, turns: Sequence[Turn], turn: int, *, opened: int = 0) -> str:
        if turns and "error" not in turns[turn]:
            with self._service.archive.record.snapshot() as snapshot, suppress(UsageError):
                answer = answer_from_json(turns[turn], snapshot)
                return sources_html(answer, turn, snapshot, opened=opened)
        return NOTHING_YET

    # ------------------------------------------------------------ conversations

    def start(self, stored: object) -> Updates:
        """Starts a conversation."""
        return self._view(Conversations.read(stored).start())

    def clear(self, stored: object) -> Updates:
        """Deletes the turns of the current conversation."""
        return self._view(_cut(Conversations.read(stored), 0))

    def choose(self, name: str | None, stored: object) -> Updates:
        """Shows another conversation."""
        return self._view(Conversations.read(stored).choose(name))

    def delete(self, stored: object) -> Updates:
        """Deletes the current conversation."""
        return self._view(Conversations.read(stored).delete())

    def as_markdown(self, stored: object) -> str:
        """Writes the current conversation as Markdown; empty if nothing is answered."""
        conversations, answers = Conversations.read(stored), []
        with self._service.archive.record.snapshot() as snapshot:
            for turn in _answered(conversations):
                with suppress(UsageError):  # the page says of such a turn that it cannot be shown
                    answers.append(answer_from_json(turn, snapshot))
        title = conversations.shown.title
        return conversation_markdown(answers, title=title) if answers else ""

    def as_json(self, stored: object) -> str:
        """Writes the current conversation for `byline verify`; empty if nothing is answered."""
        conversations = Conversations.read(stored)
        turns = _answered(conversations)
        return conversation_json(turns, title=conversations.shown.title) if turns else ""

    def copy(self, event: gr.CopyData, stored: object) -> str:
        """Writes a copied message as it reads elsewhere: an answer comes with its citations."""
        value, turns = str(event.value).strip(), Conversations.read(stored).turns
        shown = [str(message["content"]).strip() for message in self._messages(turns)]
        if value not in shown:
            return value
        turn, is_answer = divmod(shown.index(value), 2)
        if not is_answer:
            return str(turns[turn]["question"])
        if "error" in turns[turn]:
            return value
        with self._service.archive.record.snapshot() as snapshot:
            return to_markdown(answer_page(answer_from_json(turns[turn], snapshot)))

    def _view(self, conversations: Conversations) -> Updates:
        """Everything on the page that depends on the conversations."""
        ask, turns = self._ui.ask, conversations.turns
        last = turns[-1] if turns else {"question": ""}
        asked_as = str(last.get("asked_as") or "")
        differs = bool(asked_as and asked_as_words(str(last["question"]), asked_as))
        return {
            self._ui.stored: conversations.to_json(),
            ask.chat: self._messages(turns),
            ask.sources: self._sources(turns, len(turns) - 1),
            ask.question: gr.update(submit_btn=True, stop_btn=False),
            ask.asked_as: gr.update(value=asked_as, visible=differs),
            ask.feedback.form: gr.update(visible=False),
            self._ui.side.picker: gr.update(
                choices=[(clean(item.title), item.id) for item in conversations.items],
                value=conversations.current,
            ),
        }

    def _messages(self, turns: Sequence[Turn]) -> list[gr.MessageDict]:
        shown = []
        with self._service.archive.record.snapshot() as snapshot:
            for number, turn in enumerate(turns):
                try:
                    if "error" in turn:
                        text = messages.error_message(turn["error"])
                    else:
                        text = messages.message(answer_from_json(turn, snapshot), number)
                except UsageError as error:
                    fault = f"This answer cannot be shown again: {error.message}"
                    text = messages.error_message({"message": fault})
                shown += [_user_message(str(turn["question"])), _bot_message(text)]
        return shown

    # ------------------------------------------------------------ feedback

    def rate(self, event: gr.LikeData, stored: object) -> Updates:
        """Keeps a thumb up; opens the form on a thumb down."""
        form, turn = self._ui.ask.feedback, _turn(event.index)
        if event.liked is False:
            return {
                form.form: gr.update(visible=True),
                form.turn: turn,
                form.reason: None,
                form.correction: "",
                form.quote: "",
            }
        if event.liked is True:
            self._keep_feedback(stored, turn, "up")
        return self.close_feedback()

    def send_feedback(
        self, stored: object, turn: int, reason: str | None, correction: str, quote: str
    ) -> Updates:
        """Keeps what the form says; it stays open if that fails."""
        words = {"reason": reason or "", "correction": correction, "quote": quote}
        kept = self._keep_feedback(stored, turn, "down", **words)
        return self.close_feedback() if kept else {}

    def _keep_feedback(self, stored: object, turn: int, verdict: str, **words: str) -> bool:
        turns = Conversations.read(stored).turns
        if not 0 <= turn < len(turns) or "error" in turns[turn]:
            return True
        try:
            feedback = Feedback(turns[turn], verdict, datetime.now(UTC), **words)
            record_feedback(self._service.archive.folder, feedback)
        except BylineError as error:
            warn(error)
            return False
        gr.Info("Thank you. Your feedback is kept beside the archive.")
        return True

    def close_feedback(self) -> Updates:
        """Closes the form."""
        return {self._ui.ask.feedback.form: gr.update(visible=False)}


def _turn(index: int | tuple[int, int]) -> int:
    """The turn of a message: question and answer alternate."""
    return (index if isinstance(index, int) else index[0]) // 2


def _cut(conversations: Conversations, turn: int) -> Conversations:
    """The current conversation without that turn and what came after it."""
    return conversations.with_turns(conversations.turns[:turn])


def _answered(conversations: Conversations) -> list[Turn]:
    turns = [turn for turn in conversations.turns if "error" not in turn]
    if not turns:
        gr.Info("There is no answer in this conversation yet.")
    return turns


def _user_message(question: str) -> gr.MessageDict:
    # A question may come from a link that somebody else made, so it is no Markdown either.
    lines = (escape_markdown(line.strip()) for line in question.splitlines())
    return {"role": "user", "content": "\n".join(lines)}


def _bot_message(text: str) -> gr.MessageDict:
    return {"role": "assistant", "content": text}
