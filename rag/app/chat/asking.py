"""Handles what asks a question: values in, updates of components out.

Each handler takes the conversations as the browser sent them and gives them back changed: the
server keeps nothing of a conversation, and nobody can get another's answer. An event's own data is
a handler's first parameter, since gradio fills in none that comes after `*options`.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.answer import Answer
from rag.answer_json import shortened
from rag.app.chat.conversations import Conversations, Turn
from rag.app.chat.layout import Components, Updates, unchanged
from rag.app.chat.service import AskOptions, Service
from rag.app.chat.shown import Shown
from rag.app.chat.views.turns import READING, partial_turn_html
from rag.app.chat.workers import Ended, Runs
from rag.app.inputs import clean_input
from rag.errors import BylineError
from rag.events import Asked, Checked, Done, Found, Step
from rag.model import Claim

_STOPPED = {"code": "stopped", "message": "You stopped this answer.", "hint": ""}
_BROKEN = {
    "code": "failure",
    "message": "Something went wrong that should not have.",
    "hint": "Ask again. If it happens again, tell whoever runs Byline here.",
}
log = logging.getLogger(__name__)


class Asking:
    """The box for a question and everything else on one page that asks."""

    def __init__(self, ui: Components, service: Service, shown: Shown) -> None:
        self._ui = ui
        self._service = service
        self._shown = shown
        self._runs: Runs[str | Answer] = Runs()

    def ask(
        self,
        request: gr.Request,
        question: str,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks the question that was typed."""
        if question.strip():
            yield from self._answer(
                request, Conversations.read(stored), question, AskOptions(*options)
            )
        else:
            gr.Info("Type a question first.")
            yield unchanged()

    def ask_linked(
        self,
        event: gr.EventData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks the question of a link, in a conversation of its own."""
        conversations = Conversations.read(stored).start()
        yield from self._answer(request, conversations, str(event.question), AskOptions(*options))

    def ask_this(
        self,
        event: gr.EventData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks a question that stands on the page."""
        conversations = Conversations.read(stored)
        yield from self._answer(request, conversations, str(event.question), AskOptions(*options))

    def ask_instead(
        self,
        event: gr.EventData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks a turn again in the words that are given, which stand alone."""
        conversations = _cut(Conversations.read(stored), int(event.turn))
        yield from self._answer(
            request, conversations, str(event.text), AskOptions(*options), alone=True
        )

    def ask_edited(
        self,
        event: gr.EventData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks another question in that turn; what came after it is deleted."""
        conversations = _cut(Conversations.read(stored), int(event.turn))
        yield from self._answer(request, conversations, str(event.text), AskOptions(*options))

    def ask_again(
        self,
        event: gr.EventData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks the question of that turn again; what came after it is deleted."""
        yield from self._repeat(event, request, stored, options)

    def ask_anytime(
        self,
        event: gr.EventData,
        request: gr.Request,
        stored: object,
        *options: Any,  # noqa: ANN401
    ) -> Iterator[Updates]:
        """Asks the question of that turn again, whatever date it names."""
        yield from self._repeat(event, request, stored, options, use_dates=False)

    def _repeat(
        self,
        event: gr.EventData,
        request: gr.Request,
        stored: object,
        options: Sequence[Any],
        *,
        use_dates: bool = True,
    ) -> Iterator[Updates]:
        conversations, turn = Conversations.read(stored), int(event.turn)
        question = str(conversations.turns[turn]["question"])
        conversations = _cut(conversations, turn)
        yield from self._answer(
            request, conversations, question, replace(AskOptions(*options), use_dates=use_dates)
        )

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
        options: AskOptions,
        *,
        alone: bool = False,
    ) -> Iterator[Updates]:
        """Streams one turn onto the page; it is stored with the whole answer only."""
        ask, history = self._ui.ask, conversations.turns
        # Again with each part: where one follows another closely, a page may show the last alone.
        reading = {
            ask.turns: self._shown.turns(history),
            ask.question: gr.update(submit_btn=False, stop_btn=True),
            ask.hero: gr.update(visible=False),
            ask.opening: gr.update(visible=False),
            self._ui.reader: "",
        }
        place = len(history)
        yield reading | {ask.turn: partial_turn_html(question, question, (), place)}

        def items() -> Generator[str | Answer]:
            return self._partial(question, options, () if alone else history, place)

        turn: Turn = {"question": clean_input(question)}
        try:
            for item in self._runs.follow(request.session_hash or "", items):
                if isinstance(item, Answer):
                    turn = shortened(item.to_json())
                else:
                    yield reading | {ask.turn: item}
        except Ended as ended:
            if ended.dropped:
                return
            turn["error"] = _STOPPED
        except BylineError as error:
            turn |= error.to_json()
        except Exception:
            # gradio would lay its own message over the page.
            log.exception("a question could not be answered")
            turn["error"] = _BROKEN
        yield self._shown.conversations(conversations.with_turns((*history, turn)))

    def _partial(
        self,
        question: str,
        options: AskOptions,
        history: Sequence[Mapping[str, Any]],
        place: int,
    ) -> Generator[str | Answer]:
        """Yields turns that grow with each checked claim, then the answer."""
        claims: list[Claim] = []
        asked_as, step = question, READING
        for event in self._service.stream(question, options, history):
            match event:
                case Asked(question=asked_as):
                    pass
                case Step(question=part):
                    step = f"Looking up: {part}"
                case Found() | Checked():
                    claims += [event.claim] if isinstance(event, Checked) else []
                    yield partial_turn_html(question, asked_as, claims, place, step)
                case Done(answer):
                    yield answer


def _cut(conversations: Conversations, turn: int) -> Conversations:
    """The current conversation without that turn and what came after it."""
    return conversations.with_turns(conversations.turns[:turn])
