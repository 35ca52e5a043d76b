"""Handles what is done with articles: values in, updates of components out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files

import gradio as gr

from ingest.pipeline import Outcome, edit, ingest
from rag.app.chat import library, uploads
from rag.app.chat.layout import CORRECTED, Components, Updates, unchanged
from rag.app.chat.library import Order
from rag.app.chat.service import Service
from rag.app.chat.views.article_list import counts_html, list_html, removed_html, results_html
from rag.app.chat.views.markup import button
from rag.app.chat.views.reader import article_html, correct_button
from rag.app.inputs import clean_input
from rag.errors import BylineError
from rag.model import Article, date_text
from rag.render.words import number
from rag.store.database import Listing

_SECONDS_BETWEEN_UPDATES = 0.3
_AT_ONCE = 50
_CLOSE = "Close"


class ArticleHandlers:
    """The Articles tab of one page, and the article that is open."""

    def __init__(self, ui: Components, service: Service) -> None:
        self._ui = ui
        self._tab = ui.articles
        self._service = service

    # ------------------------------------------------------------ the list

    def list_articles(
        self, text: str | None, paper: str | None, order: str | None, shown: int = 0
    ) -> Updates:
        """Shows the articles that are asked for, the first `shown` of them.

        Before the tab was ever open, gradio gives no values.
        """
        listing, words = self._service.listing(), clean_input(text)
        chosen = Order(order) if order in set(Order) else Order.NEWEST
        inside = self._service.sentences_with(words)
        found = library.find(listing, text=words, publisher=paper, order=chosen, inside=inside)
        count = max(shown, _AT_ONCE)
        return {
            self._tab.counts: counts_html(listing, found),
            self._tab.list: list_html(found, count, words, inside) if listing else "",
            self._tab.shown: count,
            self._tab.over_time: self._over_time(found),
        }

    def show_more(
        self, text: str | None, paper: str | None, order: str | None, shown: int
    ) -> Updates:
        """Shows the next fifty."""
        return self.list_articles(text, paper, order, shown + _AT_ONCE)

    def find(self, event: gr.EventData) -> Updates:
        """Opens the tab with the articles of a topic or a paper."""
        return {
            self._ui.tabs: gr.update(selected="articles"),
            self._tab.text: event._data.get("text", ""),
            self._tab.publisher: event._data.get("paper", ""),
        }

    @staticmethod
    def _over_time(found: Sequence[Listing]) -> object:
        """The plot; it is hidden unless most articles have a date."""
        dated = sum(item.published is not None for item in found)
        if dated < 2 or dated <= len(found) / 2:
            return gr.update(visible=False)
        counts = library.over_time(found)
        # Up to 4, so that no tick stands at half an article.
        return gr.update(
            value=counts, y_lim=[0, max(4, int(counts["Articles"].max()))], visible=True
        )

    # ------------------------------------------------------------ one article

    def read(self, event: gr.EventData) -> Updates:
        """Opens the article that was chosen."""
        return self._open(str(event._data.get("article", "")))

    def _open(self, article_id: str) -> Updates:
        article = self._service.archive.get(article_id)
        if article is None:
            gr.Info("This article is no longer there.")
            return unchanged()
        tools = (
            correct_button(article_id),
            button("Remove", icon_name="remove", act="remove_article", article=article_id),
        )
        page = article_html(article, back=_CLOSE, tools=tools)
        return {self._ui.reader: page, self._ui.details.form: gr.update(visible=False)}

    def close(self) -> Updates:
        """Closes the article."""
        return {self._ui.reader: "", self._ui.details.form: gr.update(visible=False)}

    def open_form(self, event: gr.EventData) -> Updates:
        """Opens the form that corrects an article."""
        form, article = self._ui.details, self._service.archive.get(str(event.article))
        if article is None:
            return unchanged()
        return {
            form.form: gr.update(visible=True),
            form.article: article.article_id,
            **dict(zip(form.values, _details(article), strict=True)),
        }

    def save(self, article_id: str, *values: str) -> Updates:
        """Corrects an article; the form stays open if that fails."""
        article = self._service.archive.get(article_id)
        if article is None:
            return self._open(article_id)
        said = map(clean_input, values)
        known = _details(article)
        # What stays as it is is still told by the document when that is read again.
        changed = {
            name: value
            for name, value, old in zip(CORRECTED, said, known, strict=True)
            if value != old
        }
        if not changed:
            return self._open(article_id)
        try:
            result = edit(self._service.archive, article_id, changed)
        except BylineError as error:
            warn(error)
            return unchanged()
        if result.outcome is Outcome.REFUSED:
            gr.Warning(f"This cannot be corrected: {result.reason}")
            return unchanged()
        gr.Info("Corrected. Earlier answers keep the version they quote.")
        return self._open(article_id)

    def cancel(self) -> Updates:
        """Closes the form."""
        return {self._ui.details.form: gr.update(visible=False)}

    # ------------------------------------------------------------ removing

    def remove(self, event: gr.EventData) -> Updates:
        """Takes an article off the page; it is removed unless that is undone at once."""
        article = self._service.archive.get(str(event.article))
        if article is None:
            return unchanged()
        self._service.removals.add(article.article_id)
        return self.close() | {self._ui.snack: removed_html(article.title, article.article_id)}

    def keep(self, event: gr.EventData) -> Updates:
        """Brings back an article that was about to be removed."""
        if not self._service.removals.keep(str(event.article)):
            gr.Info("It is too late: the article has been removed.")
        return {self._ui.snack: ""}

    # ------------------------------------------------------------ adding

    def upload(self, paths: Sequence[str] | None) -> Iterator[str]:
        """Adds files that were dropped on the page; writes each result as it comes."""
        if not paths:
            yield ""
            return
        yield f'<p class="by-meta" role="status">Reading {number(len(paths), "file")} …</p>'
        results: list[uploads.Uploaded] = []
        updated = 0.0
        for result in uploads.upload(self._service.archive, paths):
            results.append(result)
            # A table may hold thousands of articles.
            if time.monotonic() - updated > _SECONDS_BETWEEN_UPDATES:
                updated = time.monotonic()
                yield results_html(results)
        yield results_html(results)

    def add_samples(self) -> None:
        """Adds the sample articles."""
        try:
            with as_file(files("ingest") / "samples") as folder:
                ingest(self._service.archive, [folder])
        except BylineError as error:
            warn(error)


def _details(article: Article) -> tuple[str, ...]:
    """What the article states, in the order of `CORRECTED`."""
    published = date_text(article.published)
    return article.title, article.author or "", article.publisher or "", published or ""


def warn(error: BylineError) -> None:
    """Shows an error in the corner of the page."""
    sentences = (text.rstrip(".") for text in (error.message, error.hint) if text)
    gr.Warning(" ".join(f"{text[:1].upper()}{text[1:]}." for text in sentences))
