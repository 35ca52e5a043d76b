"""Makes the updates of everything that depends on the conversations, or on the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from rag.answer_json import answer_from_json
from rag.app.chat.conversations import Conversations, Turn
from rag.app.chat.layout import ANY_PAPER, Components, Updates
from rag.app.chat.service import AskOptions, Service
from rag.app.chat.views.conversation_list import list_html
from rag.app.chat.views.front import front_html, head_html, hero_html, questions_html
from rag.app.chat.views.turns import failed_turn_html, turn_html
from rag.app.reports import replaced_words
from rag.errors import UsageError
from rag.render.words import clean, number
from rag.verify import replaced_quotes


class Shown:
    """What one page shows of its conversations and of the archive."""

    def __init__(self, ui: Components, service: Service) -> None:
        self._ui = ui
        self._service = service

    # ------------------------------------------------------------ conversations

    @property
    def of_conversations(self) -> list[Any]:
        """The components that `conversations` updates."""
        ui, ask = self._ui, self._ui.ask
        shown = [ask.turns, ask.turn, ask.hero, ask.opening, ask.start, ask.question]
        return [ui.stored, ui.side.list, *shown, ui.reader]

    def conversations(self, conversations: Conversations) -> Updates:
        """Shows the current conversation, and the list of all."""
        turns, ask = conversations.turns, self._ui.ask
        return {
            self._ui.stored: conversations.to_json(),
            self._ui.side.list: list_html(conversations),
            ask.turns: self.turns(turns[:-1]),
            ask.turn: self.turns(turns[-1:], first=max(0, len(turns) - 1)),
            ask.hero: gr.update(visible=not turns),
            ask.opening: gr.update(visible=not turns),
            ask.question: gr.update(submit_btn=True, stop_btn=False),
            self._ui.reader: "",
        }

    def turns(self, turns: Sequence[Turn], *, first: int = 0) -> str:
        """Writes turns; the first of them has that number in its conversation."""
        return "".join(self._turn(turn, place) for place, turn in enumerate(turns, start=first))

    def _turn(self, turn: Turn, place: int) -> str:
        question = str(turn["question"])
        if "error" in turn:
            return failed_turn_html(question, turn["error"], place)
        with self._service.archive.record.snapshot() as snapshot:
            try:
                changed = map(replaced_words, replaced_quotes(snapshot, turn))
                answer = answer_from_json(turn, snapshot)
                return turn_html(answer, place, snapshot, tuple(dict.fromkeys(changed)))
            except UsageError as error:
                fault = f"This answer cannot be shown again: {error.message}"
                return failed_turn_html(question, {"message": fault}, place)

    # ------------------------------------------------------------ the archive

    @property
    def of_archive(self) -> list[Any]:
        """The components that `archive` updates."""
        ask = self._ui.ask
        papers = [ask.options.publisher, self._ui.articles.publisher]
        shown = [ask.hero, ask.questions, ask.front, ask.start, ask.options.summary]
        return [self._ui.head, *shown, *papers]

    def archive(self) -> Updates:
        """Shows everything that depends on the archive alone."""
        overview, ask = self._service.overview(), self._ui.ask
        listing = overview.items
        papers = sorted({item.publisher for item in listing if item.publisher}, key=str.casefold)
        choices = gr.update(choices=[ANY_PAPER, *((clean(name), name) for name in papers)])
        warmed, failed = self._service.warmed.is_set(), self._service.failed
        return {
            self._ui.head: head_html(listing, warmed=warmed, failed=failed),
            ask.hero: gr.update(value=hero_html(listing)),
            ask.questions: questions_html(self._service.questions()) if listing else "",
            ask.front: front_html(listing, overview.topics, self._service.stories()),
            ask.start: gr.update(visible=not listing),
            ask.options.summary: gr.update(
                value=f"All {number(len(listing), 'article')}", visible=bool(listing)
            ),
            ask.options.publisher: choices,
            self._ui.articles.publisher: choices,
        }

    def filters(self, *options: object) -> Updates:
        """Shows how many articles the filters leave, or what is wrong with them."""
        shown = self._ui.ask.options
        total = len(self._service.listing())
        try:
            filters = AskOptions(*options).filters()  # type: ignore[arg-type]
        except UsageError as error:
            words = (
                f'<p class="by-fault" role="status">{clean(error.message)} {clean(error.hint)}</p>'
            )
            return {shown.effect: words}
        if filters.empty:
            return {shown.summary: f"All {number(total, 'article')}", shown.effect: ""}
        left = f"{self._service.passing(filters):,} of {number(total, 'article')}"
        return {
            shown.summary: gr.update(value=left),
            shown.effect: f'<p class="by-meta" role="status">{left} can answer.</p>',
        }
