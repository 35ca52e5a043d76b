"""Builds the page: lays out the components and binds each event to its handler.

People ask in one queue and programs in another, each two at a time, so that no answer waits behind
an upload, and nobody behind all that a program asks. Who waits sees their place in the queue.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import api

from rag.app.chat.api import Api
from rag.app.chat.article_handlers import ArticleHandlers
from rag.app.chat.asking import Asking
from rag.app.chat.conversation_handlers import ConversationHandlers
from rag.app.chat.layout import Components
from rag.app.chat.service import Service
from rag.app.chat.shown import Shown

_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_PROGRAMS: dict[str, Any] = {"concurrency_id": "programs", "concurrency_limit": 2}
_WRITING: dict[str, Any] = _PRIVATE | {"concurrency_id": "writing", "concurrency_limit": 1}
_ALONE: dict[str, Any] = _PRIVATE | {"concurrency_limit": None}
# chat.js does what a handler's reply says.
_REPLY = "(text) => bylineReply(text)"


def build(service: Service) -> gr.Blocks:
    """Builds the page over one archive."""
    blocks = gr.Blocks(
        title="Byline", fill_width=True, analytics_enabled=False, delete_cache=(3600, 3600)
    )
    with blocks:
        # First: a handler of the same name would take the endpoint's.
        offered = Api(service)
        api(offered.ask, api_name="ask", **_PROGRAMS)
        api(offered.search, api_name="search", **_PROGRAMS)
        api(offered.articles, api_name="articles")
        ui = Components(service.engine.llm)
        shown = Shown(ui, service)
        asking = Asking(ui, service, shown)
        conversations = ConversationHandlers(ui, service, shown)
        _bind_opening(blocks, ui, conversations, shown)
        _bind_asking(ui, asking, shown)
        _bind_conversations(ui, asking, conversations, shown)
        _bind_answers(ui, conversations)
        _bind_articles(ui, conversations, ArticleHandlers(ui, service), shown)
    return blocks


def _bind_opening(
    blocks: gr.Blocks, ui: Components, handlers: ConversationHandlers, shown: Shown
) -> None:
    options = ui.ask.options
    everything = [*shown.of_conversations, *shown.of_archive, *options.inputs]
    outputs = list(dict.fromkeys(everything))
    opened = blocks.load(handlers.open_page, [ui.stored], outputs, **_PRIVATE)
    ready = opened.then(handlers.wait_for_models, None, shown.of_archive, **_ALONE)
    ready.then(handlers.find_openings, None, shown.of_archive, **_ALONE)
    opened.then(None, None, None, js="() => bylineOpened()")


def _bind_asking(ui: Components, asking: Asking, shown: Shown) -> None:
    ask, outputs = ui.ask, shown.of_conversations
    options = ask.options
    inputs = [ui.stored, *options.inputs]
    how: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_id": "asking",
        "concurrency_limit": 2,
        "show_progress": "minimal",  # gradio writes the place in the queue
        "show_progress_on": ask.turn,
    }
    sent = "(...given) => bylineSent(given)"
    ask.question.submit(asking.ask, [ask.question, *inputs], outputs, js=sent, **how)
    for event, handler in (
        (ui.bridge.ask, asking.ask_this),
        (ui.bridge.again, asking.ask_again),
        (ui.bridge.anytime, asking.ask_anytime),
        (ui.bridge.edited, asking.ask_edited),
        (ui.bridge.instead, asking.ask_instead),
    ):
        event(handler, inputs, outputs, **how)
    linked = ui.bridge.linked(asking.ask_linked, inputs, outputs, **how)
    linked.then(None, None, None, js="() => bylineAsked()")
    # Not with gradio's `cancels`: it may end what is asked next, too, and leaves the page as it was
    # in the middle of the answer.
    ask.question.stop(asking.stop, None, None, **_PRIVATE)
    gr.on(
        [field.change for field in options.inputs],
        shown.filters,
        options.inputs,
        [options.summary, options.effect],
        trigger_mode="always_last",
        **_PRIVATE,
    )
    options.summary.click(None, None, None, js="() => bylineDrawer('by-filters')")


def _bind_conversations(
    ui: Components, asking: Asking, handlers: ConversationHandlers, shown: Shown
) -> None:
    side, bridge = ui.side, ui.bridge
    outputs = [*shown.of_conversations, ui.snack]
    for event, handler in (
        (side.new.click, handlers.start),
        (bridge.choose, handlers.choose),
        (bridge.rename, handlers.rename),
        (bridge.delete, handlers.delete),
        (bridge.restore, handlers.restore),
    ):
        # An answer on its way would bring its conversation back.
        event(asking.leave, None, None, **_PRIVATE)
        event(handler, [ui.stored], outputs, **_PRIVATE)
    for button, save in (
        (side.word, handlers.save_word),
        (side.markdown, handlers.save_markdown),
        (side.json, handlers.save_json),
    ):
        button.click(save, [ui.stored], [ui.reply], **_PRIVATE).then(
            None, [ui.reply], None, js=_REPLY
        )


def _bind_answers(ui: Components, handlers: ConversationHandlers) -> None:
    bridge = ui.bridge
    for event, handler in (
        (bridge.take, handlers.share),
        (bridge.why, handlers.explain),
        (bridge.wrong, handlers.correct),
    ):
        event(handler, [ui.stored], [ui.reply], **_PRIVATE).then(None, [ui.reply], None, js=_REPLY)
    bridge.good(handlers.approve, [ui.stored], None, **_PRIVATE)
    bridge.source(handlers.read_source, [ui.stored], [ui.reader, ui.details.form], **_PRIVATE)


def _bind_articles(
    ui: Components, conversations: ConversationHandlers, articles: ArticleHandlers, shown: Shown
) -> None:
    tab, bridge, form = ui.articles, ui.bridge, ui.details
    asked = [tab.text, tab.publisher, tab.order]
    listed = [tab.counts, tab.list, tab.shown, tab.over_time]
    opened = [ui.reader, form.form]
    gr.on(
        [tab.tab.select, tab.text.change, tab.publisher.change, tab.order.input],
        articles.list_articles,
        asked,
        listed,
        trigger_mode="always_last",
        **_PRIVATE,
    )
    bridge.more(articles.show_more, [*asked, tab.shown], listed, **_PRIVATE)
    bridge.find(articles.find, None, [ui.tabs, tab.text, tab.publisher], **_PRIVATE)
    bridge.read(articles.read, None, opened, **_PRIVATE)
    bridge.close(articles.close, None, opened, **_PRIVATE)
    bridge.edit_article(
        articles.open_form, None, [form.form, form.article, *form.values], **_PRIVATE
    )
    form.cancel.click(articles.cancel, None, [form.form], **_PRIVATE)

    def then_show(event: Any) -> None:  # noqa: ANN401
        listing = event.then(articles.list_articles, [*asked, tab.shown], listed, **_PRIVATE)
        archive = listing.then(shown.archive, None, shown.of_archive, **_PRIVATE)
        archive.then(conversations.find_openings, None, shown.of_archive, **_ALONE)

    saved = [form.article, *form.values]
    then_show(form.save.click(articles.save, saved, opened, **_WRITING))
    then_show(bridge.remove_article(articles.remove, None, [*opened, ui.snack], **_PRIVATE))
    then_show(bridge.keep_article(articles.keep, None, [ui.snack], **_PRIVATE))
    start = ui.ask
    then_show(start.upload.upload(articles.upload, [start.upload], [start.uploaded], **_WRITING))
    then_show(start.samples.click(articles.add_samples, None, None, **_WRITING))
    uploaded = tab.files.upload(articles.upload, [tab.files], [tab.results], **_WRITING)
    uploaded.then(lambda: None, None, [tab.files], **_PRIVATE)
    then_show(uploaded)
