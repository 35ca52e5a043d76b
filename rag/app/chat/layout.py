"""What stands on the page and where: builds gradio's components, and binds nothing.

Out comes a `Parts` with every component that an event reads or writes. The words of articles reach the page only through `messages`,
`cards` and `library`, which escape them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import gradio as gr

from rag.app.chat.cards import NOTHING_YET
from rag.app.chat.head import HEAD_BEFORE
from rag.app.chat.library import Order
from rag.app.chat.service import MOST_PASSAGES, QUOTES
from rag.app.chat.uploads import Limits, accepted_types
from rag.app.feedback import REASONS

# What is kept in a browser stays readable only while both stay as they are.
_STORAGE_KEY, _STORAGE_SECRET = "byline-conversations", "byline"
_WELCOME = "### Ask the articles\nEvery answer stands on their exact words, with title, publisher and date. Where they do not say, Byline says so."

ORDERS = {
    "Newest first": Order.NEWEST,
    "Oldest first": Order.OLDEST,
    "Publisher": Order.PUBLISHER,
    "Title": Order.TITLE,
}


Updates = dict[Any, Any]


def unchanged() -> Updates:
    """For a handler that has nothing to change on the page."""
    return cast("Updates", gr.skip())


class Filtering(NamedTuple):
    """The fields of `service.Asking`, in its order."""

    since: gr.Textbox
    until: gr.Textbox
    as_of: gr.Textbox
    publisher: gr.Dropdown
    include_undated: gr.Checkbox
    passages: gr.Slider
    answers: gr.Radio


class Ask(NamedTuple):
    """The first tab."""

    chat: gr.Chatbot
    question: gr.Textbox
    asked_as: gr.Textbox
    filters: Filtering
    sources: gr.HTML
    samples: gr.Button


class Feedback(NamedTuple):
    """The form that a thumb down opens; `turn` is the turn it is about."""

    form: gr.Group
    turn: gr.State
    reason: gr.Radio
    correction: gr.Textbox
    quote: gr.Textbox
    send: gr.Button
    skip: gr.Button


class Side(NamedTuple):
    """The bar at the left: conversations."""

    new: gr.Button
    picker: gr.Radio
    drop: gr.Button
    markdown: gr.Button
    json: gr.Button
    file: gr.Textbox


class Articles(NamedTuple):
    """The second tab."""

    tab: gr.Tab
    counts: gr.HTML
    text: gr.Textbox
    publisher: gr.Dropdown
    order: gr.Dropdown
    number: gr.Number
    table: gr.HTML
    files: gr.File
    results: gr.HTML
    chosen: gr.Dropdown
    remove: gr.Button
    confirm: gr.Group
    confirm_text: gr.HTML
    yes: gr.Button
    no: gr.Button


class Evaluation(NamedTuple):
    """The third tab."""

    tab: gr.Tab
    report: gr.HTML


class Parts(NamedTuple):
    """Every component that an event reads or writes."""

    shelf: gr.BrowserState
    bridge: gr.HTML
    head: gr.HTML
    side: Side
    ask: Ask
    feedback: Feedback
    articles: Articles
    evaluation: Evaluation


def lay_out(llm: str | None) -> Parts:
    """Builds the components, inside a `gr.Blocks` block; `llm` names the language model that can be picked."""
    shelf = gr.BrowserState(None, storage_key=_STORAGE_KEY, secret=_STORAGE_SECRET)
    bridge = gr.HTML(
        "<span></span>", elem_id="by-bridge", js_on_load=_OPEN_SOURCE, visible="hidden"
    )
    side = _side()
    head = gr.HTML(HEAD_BEFORE, elem_id="by-head")
    with gr.Tabs(elem_id="by-tabs"):
        with gr.Tab("Ask", id="ask"):
            ask, feedback = _ask(llm)
        articles = _articles()
        evaluation = _evaluation()
    return Parts(shelf, bridge, head, side, ask, feedback, articles, evaluation)


# A mark in an answer was followed: tells the page which; chat.js says so.
_OPEN_SOURCE = (
    "document.addEventListener('byline-open', (event) => trigger('select', event.detail));"
)


def _side() -> Side:
    with gr.Sidebar(label="Conversations", open=False, width=280, elem_id="by-side"):
        new = gr.Button("New conversation", variant="primary", size="sm", elem_id="by-new")
        picker = gr.Radio([], label="Conversations", elem_id="by-picker", show_label=True)
        with gr.Accordion("This conversation", open=True):
            gr.HTML('<p class="by-hint">Conversations stay in this browser.</p>')
            with gr.Row():
                markdown = gr.Button("Save as Markdown", size="sm", elem_id="by-export-markdown")
                json = gr.Button("Save as JSON", size="sm", elem_id="by-export-json")
            drop = gr.Button("Delete", size="sm", elem_id="by-drop")
        file = gr.Textbox(visible="hidden", elem_id="by-file")
    return Side(new, picker, drop, markdown, json, file)


def _ask(llm: str | None) -> tuple[Ask, Feedback]:
    with gr.Row(elem_id="by-ask", equal_height=False):
        with gr.Column(scale=5, min_width=340, elem_id="by-talk"):
            chat = gr.Chatbot(
                label="Conversation",
                show_label=False,
                container=False,
                height="100%",
                layout="bubble",
                editable="user",
                buttons=["copy"],
                latex_delimiters=[],
                allow_tags=False,
                line_breaks=False,
                allow_file_downloads=False,
                placeholder=_WELCOME,
                elem_id="by-chat",
            )
            samples = gr.Button(
                "Load the sample articles", variant="primary", visible=False, elem_id="by-samples"
            )
            feedback = _feedback()
            asked_as = gr.Textbox(
                label="Asked as (change it to ask differently)",
                submit_btn="Ask this instead",
                visible=False,
                max_lines=3,
                elem_id="by-asked-as",
            )
            question = gr.Textbox(
                label="Your question",
                show_label=False,
                placeholder="Ask the articles …",
                lines=1,
                max_lines=6,
                submit_btn=True,
                stop_btn=False,
                autofocus=True,
                elem_id="by-question",
                html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
            )
            filters = _filters(llm)
        with gr.Column(scale=4, min_width=320, elem_id="by-beside"):
            sources = gr.HTML(NOTHING_YET, elem_id="by-sources")
    return Ask(chat, question, asked_as, filters, sources, samples), feedback


def _filters(llm: str | None) -> Filtering:
    date = "2024, 2024-10 or 2024-10-22"
    with gr.Accordion("Filters", open=False, elem_id="by-filters"):
        with gr.Row():
            since = gr.Textbox(
                "", label="From", placeholder=date, min_width=140, elem_id="by-since"
            )
            until = gr.Textbox(
                "", label="Until", placeholder=date, min_width=140, elem_id="by-until"
            )
            as_of = gr.Textbox(
                "",
                label="As of",
                placeholder=date,
                info="The archive as it stood then",
                min_width=140,
                elem_id="by-as-of",
            )
        with gr.Row():
            publisher = gr.Dropdown(
                [("Any publisher", "")],
                value="",
                label="Publisher",
                allow_custom_value=True,
                min_width=160,
                elem_id="by-publisher",
            )
            passages = gr.Slider(
                1,
                MOST_PASSAGES,
                value=10,
                step=1,
                label="Passages to read",
                min_width=160,
                elem_id="by-passages",
            )
            include_undated = gr.Checkbox(
                label="Let undated articles pass the dates", min_width=160, elem_id="by-undated"
            )
    answers = gr.Radio(
        [(f"{llm or ''} writes, quotes bear it out", ""), ("Quotes alone", QUOTES)],
        value="",
        label="Answers",
        visible=llm is not None,
        elem_id="by-answers",
    )
    return Filtering(since, until, as_of, publisher, include_undated, passages, answers)


def _feedback() -> Feedback:
    turn = gr.State(0)
    with gr.Group(visible=False, elem_id="by-feedback") as form:
        reason = gr.Radio(
            list(REASONS), label="What is wrong with this answer?", elem_id="by-reason"
        )
        correction = gr.Textbox(
            label="What is right? (optional)", max_lines=4, elem_id="by-correction"
        )
        quote = gr.Textbox(
            label="Exact words of an article that answer (optional)",
            max_lines=4,
            elem_id="by-right-quote",
        )
        with gr.Row():
            send = gr.Button("Send", variant="primary", size="sm", elem_id="by-send-feedback")
            skip = gr.Button("Close", size="sm")
    return Feedback(form, turn, reason, correction, quote, send, skip)


def _articles() -> Articles:
    limits = Limits()
    with gr.Tab("Articles", id="articles") as tab:
        counts = gr.HTML(elem_id="by-counts")
        with gr.Row(elem_id="by-find"):
            text = gr.Textbox(
                label="Find",
                placeholder="Words of a title, source or publisher",
                min_width=220,
                elem_id="by-find-text",
            )
            publisher = gr.Dropdown(
                [("Any publisher", "")],
                value="",
                label="Publisher",
                allow_custom_value=True,
                min_width=160,
            )
            order = gr.Dropdown(
                list(ORDERS), value=next(iter(ORDERS)), label="Order", min_width=140
            )
            number = gr.Number(1, label="Page", precision=0, minimum=1, min_width=90)
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=340):
                table = gr.HTML(elem_id="by-table")
            with gr.Column(scale=1, min_width=300):
                files = gr.File(
                    label="Add articles",
                    file_count="multiple",
                    file_types=list(accepted_types()),
                    height=150,
                    elem_id="by-files",
                )
                gr.HTML(
                    f'<p class="by-hint">At most {limits.max_files} files at once, {limits.max_bytes // 10**6} MB each.</p>'
                )
                results = gr.HTML(elem_id="by-results")
                chosen = gr.Dropdown(
                    [],
                    label="Remove articles",
                    info="Those of the page above",
                    multiselect=True,
                    elem_id="by-chosen",
                )
                remove = gr.Button("Remove …", size="sm", elem_id="by-remove")
                with gr.Group(visible=False) as confirm:
                    confirm_text = gr.HTML()
                    with gr.Row():
                        yes = gr.Button(
                            "Remove", variant="stop", size="sm", elem_id="by-remove-yes"
                        )
                        no = gr.Button("Keep", size="sm")
    return Articles(
        tab,
        counts,
        text,
        publisher,
        order,
        number,
        table,
        files,
        results,
        chosen,
        remove,
        confirm,
        confirm_text,
        yes,
        no,
    )


def _evaluation() -> Evaluation:
    with gr.Tab("Evaluation", id="evaluation") as tab:
        report = gr.HTML(elem_id="by-report")
    return Evaluation(tab, report)
