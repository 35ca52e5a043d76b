"""Exports a conversation: Markdown, Word and rich text for people, JSON for `byline verify`."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from rag.model import AnswerValues
from rag.render.cards import Card, Words, quote_card
from rag.render.layout import Form, Page, Row, answer_page
from rag.render.markdown import escape_markdown, to_markdown
from rag.render.words import asked_as_words, clean, filters_words, period_words

if TYPE_CHECKING:
    from docx.document import Document


def conversation_markdown(answers: Sequence[AnswerValues], *, title: str) -> str:
    """Writes each question as a heading over its answer with full citations."""
    blocks = [f"# {escape_markdown(title)}"]
    for answer in answers:
        blocks.append(f"## {escape_markdown(answer.question)}")
        blocks += [f"*{escape_markdown(note)}*" for note in _asked(answer)]
        blocks.append(answer_markdown(answer).strip())
    return "\n\n".join(blocks) + "\n"


def answer_markdown(answer: AnswerValues) -> str:
    """Writes one answer with full citations."""
    return to_markdown(answer_page(answer))


def conversation_json(answers: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """Writes `{"schema": 1, "title": …, "answers": […]}`, indented."""
    plain = {"schema": 1, "title": title, "answers": list(answers)}
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    # No file takes a lone surrogate; JSON can spell it as an escape.
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def _asked(answer: AnswerValues) -> Iterator[str]:
    """How the question was understood, and which articles could answer it."""
    if asked_as := asked_as_words(answer.question, answer.asked_as):
        yield asked_as
    if filters := filters_words(answer.filters):
        yield f"Articles: {filters}"
    if period := period_words(answer.period):
        yield period


# ---------------------------------------------------------------- statements and their sources


def _statements(page: Page) -> Iterator[tuple[str, Row]]:
    """The rows of a page, each with what stands before its words."""
    for block in page.blocks:
        for place, row in enumerate(block.rows):
            heading = block.heading if place == 0 and block.form is not Form.TEXT else ""
            yield " · ".join(part for part in (heading, row.head) if part), row


def _short(page: Page) -> str:
    hedge = f"{page.hedge}: " if page.hedge and page.lead else ""
    return hedge + page.lead


def _facts(card: Card) -> str:
    also = f"; also in {', '.join(card.outlets)}" if card.outlets else ""
    return ", ".join(card.facts) + also


# ---------------------------------------------------------------- rich text


def rich_text(answer: AnswerValues) -> str:
    """Writes an answer as HTML for the clipboard: documents keep its links and quotes."""
    page = answer_page(answer)
    parts = [f"<h3>{_safe(answer.question)}</h3>"]
    parts += [f"<p><strong>{_safe(_short(page))}</strong></p>"] if page.lead else []
    parts += [f"<p>{_safe(text)}</p>" for text in page.text]
    for head, row in _statements(page):
        marks = "".join(f"<sup>[{source}]</sup>" for source in row.sources)
        before = f"<strong>{_safe(head)}</strong> " if head else ""
        parts.append(f"<p>{before}{_safe(row.words.text)}{marks}</p>")
    sources = "".join(f"<li>{_rich_source(quote_card(item.quote))}</li>" for item in page.sources)
    return "".join(parts) + (f"<h4>Sources</h4><ol>{sources}</ol>" if sources else "")


def _rich_source(card: Card) -> str:
    title = _safe(card.title)
    if card.link is not None:
        title = f'<a href="{html.escape(card.link)}">{title}</a>'
    return f"“{_safe(card.words.text)}” <cite>{title}</cite>, {_safe(_facts(card))}"


def _safe(text: str) -> str:
    return html.escape(text, quote=False)


# ---------------------------------------------------------------- Word


def conversation_docx(answers: Sequence[AnswerValues], *, title: str) -> bytes:
    """Writes a Word document: each question over its answer, with sources that link."""
    from docx import Document

    document = Document()
    document.add_heading(_for_xml(title), level=1)
    for answer in answers:
        document.add_heading(_for_xml(answer.question), level=2)
        for note in _asked(answer):
            document.add_paragraph().add_run(_for_xml(note)).italic = True
        _add_answer(document, answer_page(answer))
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _add_answer(document: Document, page: Page) -> None:
    if page.lead:
        document.add_paragraph().add_run(_for_xml(_short(page))).bold = True
    for text in page.text:
        document.add_paragraph(_for_xml(text))
    for head, row in _statements(page):
        paragraph = document.add_paragraph()
        if head:
            paragraph.add_run(f"{_for_xml(head)} ").bold = True
        paragraph.add_run(_for_xml(row.words.text))
        for number in row.sources:
            paragraph.add_run(f" [{number}]").font.superscript = True
    if page.sources:
        document.add_heading("Sources", level=3)
    for source in page.sources:
        _add_source(document, source.number, quote_card(source.quote))
    for note in page.notes:
        document.add_paragraph().add_run(f"Note: {_for_xml(note)}").italic = True


def _add_source(document: Document, number: int, card: Card) -> None:
    paragraph = document.add_paragraph(f"[{number}] “")
    _add_words(paragraph, card.words)
    paragraph.add_run("” ")
    paragraph.add_run(_for_xml(card.title)).italic = True
    paragraph.add_run(f", {_for_xml(_facts(card))}")
    if card.link is not None:
        paragraph.add_run(f" {card.link}")


def _add_words(paragraph: Any, words: Words) -> None:  # noqa: ANN401
    paragraph.add_run(_for_xml(words.before))
    paragraph.add_run(_for_xml(words.marked)).bold = True
    paragraph.add_run(_for_xml(words.after))


def _for_xml(text: str) -> str:
    """XML has no control characters and no surrogates."""
    return "".join(char for char in clean(text) if char.isprintable() or char.isspace())
