"""Handles the events of the Articles and Evaluation tabs: values in, updates of components out."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import gradio as gr

from ingest.pipeline import ingest
from rag.app.chat import library, uploads
from rag.app.chat.evaluation import latest_report, report_frame
from rag.app.chat.layout import Components, Updates, unchanged
from rag.app.chat.library import Order
from rag.app.chat.service import Service
from rag.app.terminal import number
from rag.errors import BylineError

_SECONDS_BETWEEN_UPDATES = 0.3


class ArticleHandlers:
    """The second and third tab of one page."""

    def __init__(self, ui: Components, service: Service, runs: Path) -> None:
        self._tab = ui.articles
        self._report = ui.report
        self._service = service
        self._runs = runs

    def list_articles(
        self, text: str | None, publisher: str | None, order: str | None, page: float | None
    ) -> Updates:
        """Shows a page of the articles that are asked for.

        Before the tab was ever open, gradio gives no values.
        """
        listing = self._service.listing()
        chosen = Order(order) if order in set(Order) else Order.NEWEST
        found = library.find(listing, text=text or "", publisher=publisher, order=chosen)
        shown = library.page(found, int(page or 1))
        return {
            self._tab.counts: library.counts_html(listing),
            self._tab.over_time: library.over_time(listing),
            self._tab.table: library.rows_html(shown),
            self._tab.chosen: gr.update(choices=library.choices(shown.items), value=[]),
            self._tab.confirm: gr.update(visible=False),
        }

    def upload(self, paths: Sequence[str] | None) -> Iterator[Updates]:
        """Adds files that were dropped on the page; shows each result as it comes."""
        if not paths:
            yield unchanged()
            return
        reading = f"Reading {number(len(paths), 'file')} …"
        yield {self._tab.results: f'<p class="by-hint" role="status">{reading}</p>'}
        results: list[uploads.Uploaded] = []
        updated = 0.0
        for result in uploads.upload(self._service.archive, paths):
            results.append(result)
            # A table may hold thousands of articles.
            if time.monotonic() - updated > _SECONDS_BETWEEN_UPDATES:
                updated = time.monotonic()
                yield {self._tab.results: uploads.results_html(results)}
        yield {self._tab.results: uploads.results_html(results), self._tab.files: None}

    def add_samples(self) -> Updates:
        """Adds the sample articles."""
        try:
            with as_file(files("ingest") / "samples") as folder:
                ingest(self._service.archive, [folder])
        except BylineError as error:
            warn(error)
        return unchanged()

    def ask_to_remove(self, chosen: Sequence[str]) -> Updates:
        """Asks for a confirmation."""
        if not chosen:
            gr.Info("Choose the articles to remove first.")
            return self.keep()
        words = (
            f"Remove {number(len(chosen), 'article')} with all versions?"
            " Answers that quote them cannot be checked any more."
        )
        return {
            self._tab.confirm: gr.update(visible=True),
            self._tab.confirm_text: f"<p>{html.escape(words)}</p>",
        }

    def remove(self, chosen: Sequence[str]) -> Updates:
        """Removes the chosen articles."""
        try:
            gr.Info(f"{number(uploads.remove(self._service.archive, chosen), 'article')} removed.")
        except BylineError as error:
            warn(error)
        return self.keep() | {self._tab.chosen: gr.update(value=[])}

    def keep(self) -> Updates:
        """Closes the confirmation."""
        return {self._tab.confirm: gr.update(visible=False)}

    def show_report(self) -> Updates:
        """Shows the latest evaluation."""
        return {self._report: report_frame(latest_report(self._runs))}


def warn(error: BylineError) -> None:
    """Shows an error in the corner of the page."""
    gr.Warning(f"{error.message} {error.hint}".strip())
