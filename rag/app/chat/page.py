"""The page: a service in, gradio's Blocks out. Lays the components out and says which event calls which handler.

Everything that asks shares one line of waiting, two at a time, so that nobody's answer waits behind an upload; nothing of a conversation
stays on the server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from rag.app.chat.api import Api
from rag.app.chat.article_handlers import ArticleHandlers
from rag.app.chat.handlers import Handlers
from rag.app.chat.layout import Parts, lay_out
from rag.app.chat.service import Service

_ASKING: dict[str, Any] = {"concurrency_id": "asking", "concurrency_limit": 2}
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_WRITING: dict[str, Any] = {"concurrency_id": "writing", "concurrency_limit": 1}
_SAVE = "(text) => bylineSave('{name}', '{type}', text)"


def build(service: Service, *, runs: Path) -> gr.Blocks:
    """The page over one archive; `runs` is the folder of evaluation runs."""
    blocks = gr.Blocks(
        title="Byline", fill_width=True, analytics_enabled=False, delete_cache=(3600, 3600)
    )
    with blocks:
        # First: a handler of the same name would take the endpoint's.
        _bind_api(Api(service))
        parts = lay_out(service.engine.llm)
        handlers = Handlers(parts, service)
        library = ArticleHandlers(parts, service, runs)
        _bind_asking(blocks, parts, handlers)
        _bind_conversations(parts, handlers)
        _bind_feedback(parts, handlers)
        _bind_articles(parts, handlers, library)
    return blocks


def _seen(parts: Parts) -> list[Any]:
    """What depends on the shelf."""
    ask = parts.ask
    return [
        parts.shelf,
        ask.chat,
        ask.sources,
        ask.question,
        ask.asked_as,
        parts.feedback.form,
        parts.side.picker,
    ]


def _state(parts: Parts) -> list[Any]:
    """What depends on the archive."""
    return [
        parts.head,
        parts.ask.chat,
        parts.ask.samples,
        parts.ask.filters.publisher,
        parts.articles.publisher,
    ]


def _bind_asking(blocks: gr.Blocks, parts: Parts, handlers: Handlers) -> None:
    ask, seen, asking = parts.ask, _seen(parts), [parts.shelf, *parts.ask.filters]
    opened = blocks.load(
        handlers.opened,
        [parts.shelf],
        [*dict.fromkeys([*seen, *_state(parts), *ask.filters])],
        **_PRIVATE,
    )
    opened.then(handlers.warmed, None, _state(parts), concurrency_limit=None, **_PRIVATE)
    opened.then(handlers.linked_asked, asking, seen, **_ASKING, **_PRIVATE).then(
        None, None, None, js="() => bylineAsked()"
    )
    ask.question.submit(
        handlers.ask,
        [ask.question, *asking],
        seen,
        js="(...given) => bylineSent(given)",
        **_ASKING,
        **_PRIVATE,
    )
    for event, handler, inputs in (
        (ask.asked_as.submit, handlers.ask_instead, [ask.asked_as, *asking]),
        (ask.chat.retry, handlers.again, asking),
        (ask.chat.edit, handlers.edited, asking),
        (ask.chat.example_select, handlers.example, asking),
    ):
        event(handler, inputs, seen, **_ASKING, **_PRIVATE)
    # Not with gradio's `cancels`: it may end what is asked next, too, and leaves the page as it was in the middle of the answer.
    ask.question.stop(handlers.stopped, None, None, **_PRIVATE)
    parts.bridge.select(handlers.source_opened, [parts.shelf], [ask.sources], **_PRIVATE)


def _bind_conversations(parts: Parts, handlers: Handlers) -> None:
    """What brings another conversation on the page ends the answer on its way first, which would bring this one back."""
    side, ask, seen = parts.side, parts.ask, _seen(parts)
    for event, handler, inputs in (
        (side.new.click, handlers.started, [parts.shelf]),
        (side.picker.input, handlers.picked, [side.picker, parts.shelf]),
        (side.drop.click, handlers.dropped, [parts.shelf]),
        (ask.chat.clear, handlers.cleared, [parts.shelf]),
    ):
        event(handlers.left, None, None, **_PRIVATE).then(handler, inputs, seen, **_PRIVATE)
    # While an answer is on its way, gradio does not let it be pressed.
    ask.chat.undo(handlers.undone, [parts.shelf], seen, **_PRIVATE)
    for event, export, then in (
        (
            side.markdown.click,
            handlers.as_markdown,
            _SAVE.format(name="conversation.md", type="text/markdown"),
        ),
        (
            side.json.click,
            handlers.as_json,
            _SAVE.format(name="conversation.json", type="application/json"),
        ),
        (ask.chat.copy, handlers.copied, "(text) => bylineCopy(text)"),
    ):
        event(export, [parts.shelf], [side.file], **_PRIVATE).then(None, [side.file], None, js=then)


def _bind_feedback(parts: Parts, handlers: Handlers) -> None:
    form = parts.feedback
    parts.ask.chat.like(handlers.rated, [parts.shelf], [*form[:5]], **_PRIVATE)
    form.send.click(
        handlers.told_why,
        [parts.shelf, form.turn, form.reason, form.correction, form.quote],
        [form.form],
        **_PRIVATE,
    )
    form.skip.click(handlers.skipped, None, [form.form], **_PRIVATE)


def _bind_articles(parts: Parts, handlers: Handlers, library: ArticleHandlers) -> None:
    tab = parts.articles
    asked = [tab.text, tab.publisher, tab.order, tab.number]
    listed = [tab.counts, tab.table, tab.chosen, tab.confirm]

    def then_show(event: Any) -> None:  # noqa: ANN401
        event.then(library.listed, asked, listed, **_PRIVATE).then(
            handlers.changed, None, _state(parts), **_PRIVATE
        )

    gr.on(
        [tab.tab.select, tab.text.submit, tab.number.submit, tab.number.input],
        library.listed,
        asked,
        listed,
        **_PRIVATE,
    )
    gr.on(
        [tab.text.change, tab.publisher.input, tab.order.input],
        lambda: 1,
        None,
        [tab.number],
        **_PRIVATE,
    ).then(library.listed, asked, listed, trigger_mode="always_last", **_PRIVATE)
    then_show(
        tab.files.upload(
            library.uploaded, [tab.files], [tab.results, tab.files], **_WRITING, **_PRIVATE
        )
    )
    then_show(parts.ask.samples.click(library.samples, None, [tab.results], **_WRITING, **_PRIVATE))
    tab.remove.click(
        library.asked_to_remove, [tab.chosen], [tab.confirm, tab.confirm_text], **_PRIVATE
    )
    then_show(
        tab.yes.click(
            library.removed, [tab.chosen], [tab.confirm, tab.chosen], **_WRITING, **_PRIVATE
        )
    )
    tab.no.click(library.kept, None, [tab.confirm], **_PRIVATE)
    parts.evaluation.tab.select(library.reported, None, [parts.evaluation.report], **_PRIVATE)


def _bind_api(offered: Api) -> None:
    api(offered.ask, api_name="ask", **_ASKING)
    api(offered.search, api_name="search", **_ASKING)
    api(offered.articles, api_name="articles")
