"""What happens on the Articles and Evaluation tabs: an event's values in, new values for components out.

Knows which components there are, not where they stand; what is listed, brought in and removed is `library`'s and `uploads`' matter.
"""

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
from rag.app.chat.layout import ORDERS, Parts, Updates, unchanged
from rag.app.chat.service import Service
from rag.app.terminal import number
from rag.errors import BylineError

_EVERY_S = 0.3


class ArticleHandlers:
    """The second and third tab of one page."""

    def __init__(self, parts: Parts, service: Service, runs: Path) -> None:
        self._parts = parts.articles
        self._report = parts.evaluation.report
        self._service = service
        self._runs = runs

    def listed(
        self, text: str | None, publisher: str | None, order: str | None, page: float | None
    ) -> Updates:
        """The articles that are asked for, a page of them; before the tab was ever open, gradio gives no values."""
        listing = self._service.listing()
        found = library.find(
            listing,
            text=text or "",
            publisher=publisher or None,
            order=ORDERS.get(order or "", library.Order.NEWEST),
        )
        shown = library.page(found, int(page or 1))
        return {
            self._parts.counts: library.counts_html(listing) + library.histogram_html(listing),
            self._parts.table: library.rows_html(shown),
            self._parts.chosen: gr.update(choices=library.choices(shown.items), value=[]),
            self._parts.confirm: gr.update(visible=False),
        }

    def uploaded(self, paths: Sequence[str] | None) -> Iterator[Updates]:
        """Files that were dropped on the page: a line for each, as soon as it is in the archive or refused."""
        if not paths:
            yield unchanged()
            return
        results: list[uploads.Uploaded] = []
        shown = 0.0
        yield {
            self._parts.results: f'<p class="by-hint" role="status">Reading {number(len(paths), "file")} …</p>'
        }
        for result in uploads.upload(self._service.archive, [Path(path) for path in paths]):
            results.append(result)
            # A table may hold thousands of articles.
            if time.monotonic() - shown > _EVERY_S:
                shown = time.monotonic()
                yield {self._parts.results: uploads.results_html(results)}
        yield {self._parts.results: uploads.results_html(results), self._parts.files: None}

    def samples(self) -> Updates:
        """The sample articles, for whoever has none at hand yet."""
        try:
            with as_file(files("ingest") / "samples") as folder:
                ingest(self._service.archive, [folder])
        except BylineError as error:
            gr.Warning(f"{error.message} {error.hint}".strip())
        return unchanged()

    def asked_to_remove(self, chosen: Sequence[str]) -> Updates:
        """Nothing is removed before somebody says so."""
        if not chosen:
            gr.Info("Choose the articles to remove first.")
            return {self._parts.confirm: gr.update(visible=False)}
        words = f"Remove {number(len(chosen), 'article')} with all versions? Answers that quote them cannot be checked any more."
        return {
            self._parts.confirm: gr.update(visible=True),
            self._parts.confirm_text: f"<p>{html.escape(words)}</p>",
        }

    def removed(self, chosen: Sequence[str]) -> Updates:
        """The chosen articles go."""
        try:
            gr.Info(f"{number(uploads.remove(self._service.archive, chosen), 'article')} removed.")
        except BylineError as error:
            gr.Warning(f"{error.message} {error.hint}".strip())
        return {
            self._parts.confirm: gr.update(visible=False),
            self._parts.chosen: gr.update(value=[]),
        }

    def kept(self) -> Updates:
        """Nothing is removed."""
        return {self._parts.confirm: gr.update(visible=False)}

    def reported(self) -> Updates:
        """The latest evaluation."""
        return {self._report: report_frame(latest_report(self._runs))}
