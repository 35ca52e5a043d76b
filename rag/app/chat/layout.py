"""Builds gradio's components: what stands on the page, and where.

The words of articles reach the page only through `messages`, `sources` and `library`, which escape
them.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

import gradio as gr

from rag.app.chat.library import HEAD_LOADING, Order
from rag.app.chat.service import MOST_PASSAGES, QUOTES, AskOptions
from rag.app.chat.sources import NOTHING_YET
from rag.app.chat.uploads import Limits, accepted_types
from rag.app.feedback import REASONS

# What is kept in a browser stays readable only while both stay as they are.
_STORAGE_KEY, _STORAGE_SECRET = "byline-conversations", "byline"
_WELCOME = (
    "### Ask the articles\nEvery answer stands on their exact words, with title, publisher and"
    " date. Where they do not say, Byline says so."
)
ANY_PUBLISHER = ("Any publisher", "")
# A mark in an answer was followed: chat.js says which.
_OPEN_SOURCE = (
    "document.addEventListener('byline-open', (event) => trigger('select', event.detail));"
)

Updates = dict[Any, Any]


def unchanged() -> Updates:
    """For a handler that has nothing to change on the page."""
    return cast("Updates", gr.skip())


class Components:
    """Everything on the page that an event reads or writes."""

    def __init__(self, llm: str | None) -> None:
        """Builds the components, inside a `gr.Blocks` block.

        :param llm: the name of the language model that can be picked.
        """
        self.stored = gr.BrowserState(None, storage_key=_STORAGE_KEY, secret=_STORAGE_SECRET)
        self.bridge = gr.HTML(
            "<span></span>", elem_id="by-bridge", js_on_load=_OPEN_SOURCE, visible="hidden"
        )
        self.side = Sidebar()
        self.head = gr.HTML(HEAD_LOADING, elem_id="by-head")
        with gr.Tabs(elem_id="by-tabs"):
            self.ask = AskTab(llm)
            self.articles = ArticlesTab()
            with gr.Tab("Evaluation", id="evaluation") as self.evaluation:
                self.report = gr.HTML(elem_id="by-report")


class Sidebar:
    """The bar at the left: conversations."""

    def __init__(self) -> None:
        with gr.Sidebar(label="Conversations", open=False, width=280, elem_id="by-side"):
            self.new = gr.Button("New conversation", variant="primary", size="sm", elem_id="by-new")
            self.picker = gr.Radio([], label="Conversations", elem_id="by-picker", show_label=True)
            with gr.Accordion("This conversation", open=True):
                gr.HTML('<p class="by-hint">Conversations stay in this browser.</p>')
                with gr.Row():
                    self.markdown = gr.Button(
                        "Save as Markdown", size="sm", elem_id="by-export-markdown"
                    )
                    self.json = gr.Button("Save as JSON", size="sm", elem_id="by-export-json")
                self.delete = gr.Button("Delete", size="sm", elem_id="by-delete")
            self.file = gr.Textbox(visible="hidden", elem_id="by-file")


class AskTab:
    """The first tab: the conversation, the box for a question, and the sources."""

    def __init__(self, llm: str | None) -> None:
        with gr.Tab("Ask", id="ask"), gr.Row(elem_id="by-ask", equal_height=False):
            with gr.Column(scale=5, min_width=340, elem_id="by-talk"):
                self.chat = gr.Chatbot(
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
                self.samples = gr.Button(
                    "Load the sample articles",
                    variant="primary",
                    visible=False,
                    elem_id="by-samples",
                )
                self.feedback = FeedbackForm()
                self.asked_as = gr.Textbox(
                    label="Asked as (change it to ask differently)",
                    submit_btn="Ask this instead",
                    visible=False,
                    max_lines=3,
                    elem_id="by-asked-as",
                )
                self.question = gr.Textbox(
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
                self.options = OptionFields(llm)
            with gr.Column(scale=4, min_width=320, elem_id="by-beside"):
                self.sources = gr.HTML(NOTHING_YET, elem_id="by-sources")


class OptionFields:
    """A field for each of `AskOptions`, of the same name."""

    def __init__(self, llm: str | None) -> None:
        with gr.Accordion("Filters", open=False, elem_id="by-filters"):
            with gr.Row():
                self.since = self._date("From", "by-since")
                self.until = self._date("Until", "by-until")
                self.as_of = self._date("As of", "by-as-of", info="The archive as it stood then")
            with gr.Row():
                self.publisher = gr.Dropdown(
                    [ANY_PUBLISHER],
                    value="",
                    label="Publisher",
                    allow_custom_value=True,
                    min_width=160,
                    elem_id="by-publisher",
                )
                self.passages = gr.Slider(
                    1,
                    MOST_PASSAGES,
                    value=10,
                    step=1,
                    label="Passages to read",
                    min_width=160,
                    elem_id="by-passages",
                )
                self.include_undated = gr.Checkbox(
                    label="Include undated articles", min_width=160, elem_id="by-undated"
                )
        self.answers = gr.Radio(
            [(f"{llm or ''} writes, supported by quotes", ""), ("Quotes alone", QUOTES)],
            value="",
            label="Answers",
            visible=llm is not None,
            elem_id="by-answers",
        )

    @staticmethod
    def _date(label: str, name: str, info: str | None = None) -> gr.Textbox:
        dates = "2024, 2024-10 or 2024-10-22"
        return gr.Textbox(
            "", label=label, placeholder=dates, info=info, min_width=140, elem_id=name
        )

    @property
    def inputs(self) -> list[Any]:
        """The fields in the order of `AskOptions`."""
        return [getattr(self, field.name) for field in fields(AskOptions)]

    @property
    def linked(self) -> dict[str, Any]:
        """The fields that a link to a question carries."""
        return {name: getattr(self, name) for name in ("since", "until", "as_of", "publisher")}


class FeedbackForm:
    """The form that a thumb down opens; `turn` is the turn it is about."""

    def __init__(self) -> None:
        self.turn = gr.State(0)
        with gr.Group(visible=False, elem_id="by-feedback") as self.form:
            self.reason = gr.Radio(
                list(REASONS), label="What is wrong with this answer?", elem_id="by-reason"
            )
            self.correction = gr.Textbox(
                label="What is right? (optional)", max_lines=4, elem_id="by-correction"
            )
            self.quote = gr.Textbox(
                label="Exact words of an article that answer (optional)",
                max_lines=4,
                elem_id="by-right-quote",
            )
            with gr.Row():
                self.send = gr.Button(
                    "Send", variant="primary", size="sm", elem_id="by-send-feedback"
                )
                self.close = gr.Button("Close", size="sm")


class ArticlesTab:
    """The second tab: the articles of the archive, uploads and removal."""

    def __init__(self) -> None:
        with gr.Tab("Articles", id="articles") as self.tab:
            self.counts = gr.HTML(elem_id="by-counts")
            self.over_time = gr.BarPlot(
                x="Published",
                y="Articles",
                y_lim=[0, None],
                label="Articles over time",
                height=160,
                buttons=[],
                elem_id="by-over-time",
            )
            self._find()
            with gr.Row(equal_height=False):
                with gr.Column(scale=3, min_width=340):
                    self.table = gr.HTML(elem_id="by-table")
                with gr.Column(scale=1, min_width=300):
                    self._upload()
                    self._remove()

    def _find(self) -> None:
        with gr.Row(elem_id="by-find"):
            self.text = gr.Textbox(
                label="Find",
                placeholder="Words of a title, source or publisher",
                min_width=220,
                elem_id="by-find-text",
            )
            self.publisher = gr.Dropdown(
                [ANY_PUBLISHER], value="", label="Publisher", allow_custom_value=True, min_width=160
            )
            self.order = gr.Dropdown(list(Order), value=Order.NEWEST, label="Order", min_width=140)
            self.number = gr.Number(1, label="Page", precision=0, minimum=1, min_width=90)

    def _upload(self) -> None:
        limits = Limits()
        self.files = gr.File(
            label="Add articles",
            file_count="multiple",
            file_types=accepted_types(),
            height=150,
            elem_id="by-files",
        )
        most = f"At most {limits.max_files} files at once, {limits.max_bytes // 10**6} MB each."
        gr.HTML(f'<p class="by-hint">{most}</p>')
        self.results = gr.HTML(elem_id="by-results")

    def _remove(self) -> None:
        self.chosen = gr.Dropdown(
            [],
            label="Remove articles",
            info="Those of the page above",
            multiselect=True,
            elem_id="by-chosen",
        )
        self.remove = gr.Button("Remove …", size="sm", elem_id="by-remove")
        with gr.Group(visible=False) as self.confirm:
            self.confirm_text = gr.HTML()
            with gr.Row():
                self.yes = gr.Button("Remove", variant="stop", size="sm", elem_id="by-remove-yes")
                self.no = gr.Button("Keep", size="sm")
