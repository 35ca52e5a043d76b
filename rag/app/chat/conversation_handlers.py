"""Handles what is done with conversations and answers: values in, updates of components out."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import gradio as gr

from rag.answer_json import answer_from_json
from rag.app.chat.article_handlers import warn
from rag.app.chat.conversations import Conversations, Turn
from rag.app.chat.layout import Components, Updates, unchanged
from rag.app.chat.service import Service
from rag.app.chat.shown import Shown
from rag.app.chat.views.conversation_list import removed_html
from rag.app.chat.views.reader import article_html, correct_button
from rag.app.chat.views.reasons import reasons_html
from rag.app.export import (
    answer_markdown,
    conversation_docx,
    conversation_json,
    conversation_markdown,
    rich_text,
)
from rag.app.feedback import Feedback, record_feedback
from rag.app.shared_answers import keep_answer, kept_answer
from rag.errors import BylineError, UsageError
from rag.model import AnswerValues, Span
from rag.render.layout import answer_page

BACK_TO_ANSWER = "Back to the answer"


class ConversationHandlers:
    """The bar at the left, and the tools of each answer, of one page."""

    def __init__(self, ui: Components, service: Service, shown: Shown) -> None:
        self._ui = ui
        self._service = service
        self._shown = shown

    # ------------------------------------------------------------ the page opens

    def open_page(self, request: gr.Request, stored: object) -> Updates:
        """Shows what this browser had on the page, the archive, and what a link brings."""
        conversations = Conversations.read(stored)
        if shared := request.query_params.get("answer"):
            conversations = self._with_shared(conversations, shared)
        view, archive = self._shown.conversations(conversations), self._shown.archive()
        updates = view | {
            component: {**view.get(component, {}), **update} if isinstance(update, dict) else update
            for component, update in archive.items()
        }
        if view[self._ui.stored] == stored:
            del updates[self._ui.stored]  # other tabs would take it for a change
        for name, field in self._ui.ask.options.linked.items():
            if given := request.query_params.get(name):
                updates[field] = updates.get(field, gr.update()) | {"value": given}
        return updates

    def _with_shared(self, conversations: Conversations, name: str) -> Conversations:
        """Shows an answer that somebody shared, in a conversation of its own."""
        try:
            turn = kept_answer(self._service.archive.folder, name)
        except BylineError as error:
            warn(error)
            return conversations
        return conversations.start().with_turns((turn,))

    def wait_for_models(self) -> Updates:
        """Shows the archive as ready when the models are loaded."""
        self._service.warm()
        self._service.warmed.wait()
        return self._shown.archive()

    def find_openings(self) -> Iterator[Updates]:
        """Shows stories, then questions to begin with; both are found while people look around."""
        if self._service.failed is None:
            with suppress(BylineError):
                self._service.stories(wait=True)
                yield self._shown.archive()
                self._service.questions(wait=True)
        yield self._shown.archive()

    # ------------------------------------------------------------ the list

    def start(self, stored: object) -> Updates:
        """Starts a conversation."""
        return self._shown.conversations(Conversations.read(stored).start())

    def choose(self, event: gr.EventData, stored: object) -> Updates:
        """Shows another conversation."""
        return self._shown.conversations(Conversations.read(stored).choose(str(event.id)))

    def rename(self, event: gr.EventData, stored: object) -> Updates:
        """Gives a conversation a name."""
        renamed = Conversations.read(stored).rename(str(event.id), str(event.text))
        return self._shown.conversations(renamed)

    def delete(self, event: gr.EventData, stored: object) -> Updates:
        """Deletes a conversation, and offers to bring it back."""
        left = Conversations.read(stored).delete(str(event.id))
        return self._shown.conversations(left) | {self._ui.snack: removed_html(left)}

    def restore(self, stored: object) -> Updates:
        """Brings back the conversation that was deleted last."""
        restored = Conversations.read(stored).restore()
        return self._shown.conversations(restored) | {self._ui.snack: ""}

    # ------------------------------------------------------------ one answer

    def read_source(self, event: gr.EventData, stored: object) -> Updates:
        """Opens the article of a source, with all quotes that the answer takes from it."""
        answer = self._answer(stored, int(event.turn))
        page = None if answer is None else answer_page(answer)
        chosen = [item for item in page.sources if item.number == int(event.number)] if page else []
        if page is None or not chosen:
            return unchanged()
        quote = chosen[0].quote
        with self._service.archive.record.snapshot() as snapshot:
            stored_article = snapshot.version(quote.article_id, quote.version)
        if stored_article is None:
            return unchanged()
        same = [
            Span(item.quote.start, item.quote.end)
            for item in page.sources
            if (item.quote.article_id, item.quote.version) == (quote.article_id, quote.version)
        ]
        current = self._service.archive.get(quote.article_id)
        is_current = current is not None and current.version == quote.version
        tools = correct_button(quote.article_id) if is_current else ""
        page_html = article_html(stored_article.article, same, back=BACK_TO_ANSWER, tools=(tools,))
        return {self._ui.reader: page_html, self._ui.details.form: gr.update(visible=False)}

    def explain(self, event: gr.EventData, stored: object) -> str:
        """Says why the answer of a turn is what it is: what was found and read for it."""
        turn = int(event.turn)
        answer = self._answer(stored, turn)
        try:
            reasons = ""
            if answer is not None:
                before = Conversations.read(stored).turns[:turn]
                reasons = reasons_html(self._service.explain(answer, before))
        except BylineError as error:
            warn(error)
            reasons = ""
        return _reply("reasons", turn=turn, html=reasons)

    def _answer(self, stored: object, turn: int) -> AnswerValues | None:
        turns = Conversations.read(stored).turns
        if not 0 <= turn < len(turns) or "error" in turns[turn]:
            return None
        with self._service.archive.record.snapshot() as snapshot, suppress(UsageError):
            return answer_from_json(turns[turn], snapshot)
        return None

    # ------------------------------------------------------------ sharing

    def share(self, event: gr.EventData, stored: object) -> str:
        """Writes one answer for the clipboard or as a file, as `event.form` says."""
        turns, turn = Conversations.read(stored).turns, int(event.turn)
        answer = self._answer(stored, turn)
        if answer is None:
            return _NOTHING
        match event.form:
            case "copy":
                return _reply("copy", html=rich_text(answer), text=answer_markdown(answer))
            case "link":
                return self._link(turns[turn])
        return self._file([turns[turn]], answer.asked_as, str(event.form))

    def _link(self, turn: Turn) -> str:
        try:
            name = keep_answer(self._service.archive.folder, turn)
        except BylineError as error:
            warn(error)
            return _NOTHING
        return _reply("link", query=f"?answer={name}")

    def save_word(self, stored: object) -> str:
        """Writes the current conversation for Word."""
        return self._save(stored, "docx")

    def save_markdown(self, stored: object) -> str:
        """Writes the current conversation as Markdown."""
        return self._save(stored, "md")

    def save_json(self, stored: object) -> str:
        """Writes the current conversation for `byline verify`."""
        return self._save(stored, "json")

    def _save(self, stored: object, form: str) -> str:
        shown = Conversations.read(stored).shown
        turns = [turn for turn in shown.turns if "error" not in turn]
        if not turns:
            gr.Info("There is no answer in this conversation yet.")
            return _NOTHING
        return self._file(turns, shown.title, form)

    def _file(self, turns: Sequence[Turn], title: str, form: str) -> str:
        """Writes answers as a file, which the browser saves."""
        answers = []
        with self._service.archive.record.snapshot() as snapshot:
            for turn in turns:
                with suppress(UsageError):  # the page says of such a turn that it cannot be shown
                    answers.append(answer_from_json(turn, snapshot))
        match form:
            case "docx":
                data = conversation_docx(answers, title=title)
            case "md":
                data = conversation_markdown(answers, title=title).encode()
            case _:
                data = conversation_json(turns, title=title).encode()
        name = "answer" if len(turns) == 1 else "conversation"
        return _reply("save", name=f"{name}.{form}", data=b64encode(data).decode())

    # ------------------------------------------------------------ feedback

    def approve(self, event: gr.EventData, stored: object) -> None:
        """Keeps that an answer is good."""
        self._keep_feedback(stored, int(event.turn), "up")

    def correct(self, event: gr.EventData, stored: object) -> str:
        """Keeps what is wrong with an answer; the form closes if that works."""
        turn = int(event.turn)
        words = {
            "reason": str(event.reason or ""),
            "correction": str(event.correction),
            "quote": str(event.quote),
        }
        kept = self._keep_feedback(stored, turn, "down", **words)
        return _reply("close_feedback", turn=turn) if kept else _NOTHING

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
        gr.Info("Thank you. Byline keeps your feedback in the archive's folder.")
        return True


def _reply(what: str, **values: object) -> str:
    """What chat.js shall do, as JSON."""
    return json.dumps({"do": what, **values})


_NOTHING = _reply("nothing")
