"""Builds gradio's components: what stands on the page, and where.

The words of articles reach the page only through `views`, which escapes them.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

import gradio as gr

from rag.app.chat.library import Order
from rag.app.chat.service import QUOTES, AskOptions
from rag.app.chat.uploads import Limits, accepted_types
from rag.app.chat.views.front import HEAD_LOADING

# What is kept in a browser stays readable only while both stay as they are.
_STORAGE_KEY, _STORAGE_SECRET = "byline-conversations", "byline"
ANY_PAPER = ("All papers", "")
# chat.js says what was done on the page, such as 'read'; the names are the events of the bridge.
# Not 'share': gradio's own page takes that.
_EVENTS = (
    "ask linked again anytime edited instead good wrong take why source choose rename delete"
    " restore more find read close edit_article remove_article keep_article"
).split()
_BRIDGE = (
    f"const events = {_EVENTS!r};"
    "document.addEventListener('byline', ({detail}) => trigger(detail.name, detail.data));"
)

_SIDE_NOTE = (
    '<p class="by-meta">Conversations are kept in this browser only.</p>'
    '<p class="by-meta">Save this one as</p>'
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
            "<span></span>", elem_id="by-bridge", js_on_load=_BRIDGE, visible="hidden"
        )
        # What chat.js shall do after a handler: copy, save a file, show reasons.
        self.reply = gr.Textbox(visible="hidden", elem_id="by-reply")
        self.side = Sidebar()
        self.head = _html(HEAD_LOADING, "by-head")
        with gr.Tabs(elem_id="by-tabs") as self.tabs:
            self.ask = AskTab(llm)
            self.articles = ArticlesTab()
        with gr.Column(elem_id="by-drawer"):
            self.reader = _html("", "by-reader")
            self.details = DetailsForm()
        self.snack = _html("", "by-snacks")


def _html(value: str, name: str) -> gr.HTML:
    return gr.HTML(value, elem_id=name, js_on_load=None, apply_default_css=False)


class Sidebar:
    """The bar at the left: conversations."""

    def __init__(self) -> None:
        with gr.Sidebar(label="Conversations", open=False, width=288, elem_id="by-side"):
            self.new = gr.Button("New conversation", size="sm", elem_id="by-new")
            self.list = _html("", "by-list")
            gr.HTML(_SIDE_NOTE, padding=False)
            with gr.Row(elem_id="by-save"):
                self.word = gr.Button("Word", size="sm", elem_id="by-save-word")
                self.markdown = gr.Button("Markdown", size="sm", elem_id="by-save-markdown")
                self.json = gr.Button("JSON", size="sm", elem_id="by-save-json")


class AskTab:
    """The first tab: the opening, or the conversation with its sources; the box for a question."""

    def __init__(self, llm: str | None) -> None:
        with gr.Tab("Ask", id="ask"), gr.Column(elem_id="by-ask"):
            with gr.Column(elem_id="by-thread"):
                self.turns = _html("", "by-turns")
                self.turn = _html("", "by-turn")
            self.hero = _html("", "by-hero")
            with gr.Column(elem_id="by-bar"):
                self.question = gr.Textbox(
                    label="Your question",
                    show_label=False,
                    placeholder="Ask the articles",
                    lines=1,
                    max_lines=6,
                    submit_btn=True,
                    stop_btn=False,
                    autofocus=True,
                    elem_id="by-question",
                    html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
                )
                self.options = OptionFields(llm)
            with gr.Row(visible=False, elem_id="by-start") as self.start:
                self.upload = gr.UploadButton(
                    "Add articles",
                    file_count="multiple",
                    file_types=accepted_types(),
                    variant="primary",
                    elem_id="by-start-upload",
                )
                self.samples = gr.Button("Use the sample articles", elem_id="by-samples")
            self.uploaded = _html("", "by-uploaded")
            with gr.Column(elem_id="by-opening") as self.opening:
                # Apart: questions are found later, and what is unfolded below stays so.
                self.questions = _html("", "by-starters")
                self.front = _html("", "by-front")


class OptionFields:
    """Fields of `AskOptions`, of the same names, in a drawer below the question."""

    def __init__(self, llm: str | None) -> None:
        self.summary = gr.Button("All articles", size="sm", elem_id="by-filter")
        with gr.Column(elem_id="by-filters", elem_classes="by-closed"):
            with gr.Row():
                self.since = self._date("Published from", "by-since")
                self.until = self._date("Published until", "by-until")
                self.as_of = self._date("Archive as of", "by-as-of")
                self.publisher = gr.Dropdown(
                    [ANY_PAPER],
                    value="",
                    label="Paper",
                    allow_custom_value=True,
                    min_width=150,
                    elem_id="by-publisher",
                )
            with gr.Row():
                self.include_undated = gr.Checkbox(
                    label="Also articles without a date", min_width=150, elem_id="by-undated"
                )
                self.answers = gr.Radio(
                    [(f"Written by {llm}", ""), ("Quotes alone", QUOTES)],
                    value="",
                    label="Answers",
                    visible=llm is not None,
                    elem_id="by-answers",
                )
            self.effect = _html("", "by-effect")

    @staticmethod
    def _date(label: str, name: str) -> gr.Textbox:
        return gr.Textbox("", label=label, placeholder="2024-10-22", min_width=120, elem_id=name)

    @property
    def inputs(self) -> list[Any]:
        """The fields in the order of `AskOptions`."""
        return [
            getattr(self, field.name) for field in fields(AskOptions) if hasattr(self, field.name)
        ]

    @property
    def linked(self) -> dict[str, Any]:
        """The fields that a link to a question carries."""
        return {name: getattr(self, name) for name in ("since", "until", "as_of", "publisher")}


class ArticlesTab:
    """The second tab: the articles of the archive, and beside them one article, or uploads."""

    def __init__(self) -> None:
        with gr.Tab("Articles", id="articles") as self.tab, gr.Row(elem_id="by-articles"):
            with gr.Column(scale=5, min_width=320, elem_id="by-found"):
                self._find()
                self.counts = _html("", "by-counts")
                self.list = _html("", "by-table")
                self.shown = gr.State(0)
            with gr.Column(scale=3, min_width=320, elem_id="by-add"):
                self._upload()

    def _find(self) -> None:
        with gr.Row(elem_id="by-find"):
            self.text = gr.Textbox(
                label="Find",
                placeholder="Words of a headline or of the text",
                min_width=300,
                scale=2,
                elem_id="by-find-text",
            )
            self.publisher = gr.Dropdown(
                [ANY_PAPER],
                value="",
                label="Paper",
                allow_custom_value=True,
                min_width=140,
                elem_id="by-find-paper",
            )
            self.order = gr.Dropdown(
                list(Order), value=Order.NEWEST, label="Sort by", min_width=140, elem_id="by-order"
            )

    def _upload(self) -> None:
        limits = Limits()
        self.files = gr.File(
            label="Add articles",
            file_count="multiple",
            file_types=accepted_types(),
            height=170,
            elem_id="by-files",
        )
        most = f"At most {limits.max_files} files at once, {limits.max_bytes // 10**6} MB each."
        gr.HTML(f'<p class="by-meta">{most}</p>', padding=False)
        self.results = _html("", "by-results")
        self.over_time = gr.BarPlot(
            x="Published",
            y="Articles",
            x_label_angle=-45,
            label="Articles over time",
            height=210,
            buttons=[],
            visible=False,
            elem_id="by-over-time",
        )


# What can be corrected on the page, by the names that `ingest.pipeline.edit` knows.
CORRECTED = ("title", "author", "publisher", "published")


class DetailsForm:
    """The form that corrects what is known about one article; `article` is its id."""

    def __init__(self) -> None:
        self.article = gr.State("")
        with gr.Column(visible=False, elem_id="by-details") as self.form:
            self.title = gr.Textbox(label="Title", max_lines=3)
            self.author = gr.Textbox(label="Author", max_lines=2)
            with gr.Row():
                self.publisher = gr.Textbox(label="Paper", min_width=140)
                self.published = gr.Textbox(
                    label="Published", placeholder="2024-10-22", min_width=120
                )
            with gr.Row():
                self.save = gr.Button(
                    "Save", variant="primary", size="sm", elem_id="by-save-details"
                )
                self.cancel = gr.Button("Cancel", size="sm")

    @property
    def values(self) -> list[Any]:
        """The fields of the article, in the order of `CORRECTED`."""
        return [self.title, self.author, self.publisher, self.published]
