"""Builds the page: lays out the components and binds each event to its handler.

Everything that asks shares one queue, two at a time, so that no answer waits behind an upload.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from rag.app.chat.api import Api
from rag.app.chat.article_handlers import ArticleHandlers
from rag.app.chat.handlers import Handlers
from rag.app.chat.layout import Components
from rag.app.chat.service import Service

_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_ASKING: dict[str, Any] = {"concurrency_id": "asking", "concurrency_limit": 2}
_WRITING: dict[str, Any] = _PRIVATE | {"concurrency_id": "writing", "concurrency_limit": 1}
_SAVE = "(text) => bylineSave('{name}', '{type}', text)"


def build(service: Service, *, runs: Path) -> gr.Blocks:
    """Builds the page over one archive; `runs` is the folder of evaluation runs."""
    blocks = gr.Blocks(
        title="Byline", fill_width=True, analytics_enabled=False, delete_cache=(3600, 3600)
    )
    with blocks:
        # First: a handler of the same name would take the endpoint's.
        offered = Api(service)
        api(offered.ask, api_name="ask", **_ASKING)
        api(offered.search, api_name="search", **_ASKING)
        api(offered.articles, api_name="articles")
        ui = Components(service.engine.llm)
        handlers = Handlers(ui, service)
        _bind_asking(blocks, ui, handlers)
        _bind_conversations(ui, handlers)
        _bind_articles(ui, handlers, ArticleHandlers(ui, service, runs))
    return blocks


def _conversation_outputs(ui: Components) -> list[Any]:
    """What depends on the conversations."""
    ask = ui.ask
    shown = [ask.chat, ask.sources, ask.question, ask.asked_as, ask.feedback.form]
    return [ui.stored, ui.side.picker, *shown]


def _archive_outputs(ui: Components) -> list[Any]:
    """What depends on the archive."""
    ask = ui.ask
    return [ui.head, ask.chat, ask.samples, ask.options.publisher, ui.articles.publisher]


def _bind_asking(blocks: gr.Blocks, ui: Components, handlers: Handlers) -> None:
    ask, shown, asking = ui.ask, _conversation_outputs(ui), _PRIVATE | _ASKING
    inputs = [ui.stored, *ask.options.inputs]
    everything = list(dict.fromkeys([*shown, *_archive_outputs(ui), *ask.options.inputs]))
    opened = blocks.load(handlers.open_page, [ui.stored], everything, **_PRIVATE)
    opened.then(
        handlers.wait_for_models, None, _archive_outputs(ui), concurrency_limit=None, **_PRIVATE
    )
    linked = opened.then(handlers.ask_linked, inputs, shown, **asking)
    linked.then(None, None, None, js="() => bylineAsked()")
    sent = "(...given) => bylineSent(given)"
    ask.question.submit(handlers.ask, [ask.question, *inputs], shown, js=sent, **asking)
    ask.asked_as.submit(handlers.ask_instead, [ask.asked_as, *inputs], shown, **asking)
    ask.chat.retry(handlers.ask_again, inputs, shown, **asking)
    ask.chat.edit(handlers.ask_edited, inputs, shown, **asking)
    ask.chat.example_select(handlers.ask_example, inputs, shown, **asking)
    # Not with gradio's `cancels`: it may end what is asked next, too, and leaves the page as it was
    # in the middle of the answer.
    ask.question.stop(handlers.stop, None, None, **_PRIVATE)
    ui.bridge.select(handlers.open_source, [ui.stored], [ask.sources], **_PRIVATE)


def _bind_conversations(ui: Components, handlers: Handlers) -> None:
    side, ask, shown = ui.side, ui.ask, _conversation_outputs(ui)
    for event, handler, inputs in (
        (side.new.click, handlers.start, [ui.stored]),
        (side.picker.input, handlers.choose, [side.picker, ui.stored]),
        (side.delete.click, handlers.delete, [ui.stored]),
        (ask.chat.clear, handlers.clear, [ui.stored]),
    ):
        # An answer on its way would bring its conversation back.
        event(handlers.leave, None, None, **_PRIVATE).then(handler, inputs, shown, **_PRIVATE)
    # While an answer is on its way, gradio does not let it be pressed.
    ask.chat.undo(handlers.undo, [ui.stored], shown, **_PRIVATE)
    save_markdown = _SAVE.format(name="conversation.md", type="text/markdown")
    save_json = _SAVE.format(name="conversation.json", type="application/json")
    for event, write, js in (
        (side.markdown.click, handlers.as_markdown, save_markdown),
        (side.json.click, handlers.as_json, save_json),
        (ask.chat.copy, handlers.copy, "(text) => bylineCopy(text)"),
    ):
        written = event(write, [ui.stored], [side.file], **_PRIVATE)
        written.then(None, [side.file], None, js=js)
    form = ask.feedback
    fields = [form.turn, form.reason, form.correction, form.quote]
    ask.chat.like(handlers.rate, [ui.stored], [form.form, *fields], **_PRIVATE)
    form.send.click(handlers.send_feedback, [ui.stored, *fields], [form.form], **_PRIVATE)
    form.close.click(handlers.close_feedback, None, [form.form], **_PRIVATE)


def _bind_articles(ui: Components, handlers: Handlers, articles: ArticleHandlers) -> None:
    tab = ui.articles
    inputs = [tab.text, tab.publisher, tab.order, tab.number]
    shown = [tab.counts, tab.over_time, tab.table, tab.chosen, tab.confirm]

    def then_show(event: Any) -> None:  # noqa: ANN401
        listed = event.then(articles.list_articles, inputs, shown, **_PRIVATE)
        listed.then(handlers.show_archive, None, _archive_outputs(ui), **_PRIVATE)

    asked = [tab.tab.select, tab.text.submit, tab.number.submit, tab.number.input]
    gr.on(asked, articles.list_articles, inputs, shown, **_PRIVATE)
    filtered = [tab.text.change, tab.publisher.input, tab.order.input]
    first_page = gr.on(filtered, lambda: 1, None, [tab.number], **_PRIVATE)
    first_page.then(articles.list_articles, inputs, shown, trigger_mode="always_last", **_PRIVATE)
    then_show(tab.files.upload(articles.upload, [tab.files], [tab.results, tab.files], **_WRITING))
    then_show(ui.ask.samples.click(articles.add_samples, None, [tab.results], **_WRITING))
    confirm = [tab.confirm, tab.confirm_text]
    tab.remove.click(articles.ask_to_remove, [tab.chosen], confirm, **_PRIVATE)
    then_show(tab.yes.click(articles.remove, [tab.chosen], [tab.confirm, tab.chosen], **_WRITING))
    tab.no.click(articles.keep, None, [tab.confirm], **_PRIVATE)
    ui.evaluation.select(articles.show_report, None, [ui.report], **_PRIVATE)
