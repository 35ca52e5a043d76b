"""Exported conversations: full citations for people, and JSON that verifies again."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

from docx import Document
from markdown_it import MarkdownIt

from rag.answer import Answer
from rag.answer_json import find_answers
from rag.app.export import (
    conversation_docx,
    conversation_json,
    conversation_markdown,
    rich_text,
)
from rag.model import Claim, Filters, PartialDate, Quote, Status
from rag.quotes import Claimed, Refusal, make_quote
from rag.store.rows import StoredArticle
from rag.verify import verify_answer
from tests.fakes import entry

PORT = entry(
    "port.txt",
    "Ruth Ellery ran the port for nine years.",
    publisher="Northern Ledger",
    published="2024-09-09",
    title="Port <b>shut</b>",
)
LINK = "https://ledger.example/port"


class Held:
    def version(self, article_id: str, version: str) -> StoredArticle | None:
        return (
            StoredArticle(1, PORT.article, PORT.sentences)
            if article_id == PORT.article.article_id
            else None
        )


def quote() -> Quote:
    article = PORT.article
    made = make_quote(
        Held(), Claimed(article.article_id, article.version, 0, len(article.text), article.text)
    )
    assert not isinstance(made, Refusal)
    return made


def answer(question: str, asked_as: str | None = None, *, filters: Filters = Filters()) -> Answer:
    claim = Claim(quote().text, (quote(),), 0.8, 1.0)
    return Answer(
        "1",
        question,
        asked_as or question,
        filters,
        Status.ANSWERED,
        "extractive",
        claim.text,
        0.8,
        1,
        (claim,),
    )


def test_a_page_cites_every_quote_in_full() -> None:
    page = conversation_markdown([answer("Who ran the port?")], title="My conversation")
    assert page == (
        "# My conversation\n\n## Who ran the port?\n\n"
        "> Ruth Ellery ran the port for nine years.\n>\n"
        "> — Port &lt;b&gt;shut&lt;/b&gt;, Northern Ledger, 9 September 2024, port.txt,"
        " characters 0–40, 80% sure\n"
    )


def test_a_page_links_to_the_article() -> None:
    linked = replace(
        answer("Who?"), claims=(Claim("Ellery.", (replace(quote(), url=LINK),), 0.8, 1.0),)
    )
    assert f"](<{LINK}>)" in conversation_markdown([linked], title="t")


def test_what_was_really_asked_and_the_filters_are_said_where_they_differ_or_are_set() -> None:
    filters = Filters(
        since=PartialDate.parse("2024-01"),
        as_of=PartialDate.parse("2024-10-22"),
        publisher="Ledger *",
        include_undated=True,
    )
    page = conversation_markdown(
        [answer("And before?", "Who ran the port before?", filters=filters)], title="t"
    )
    assert "## And before?\n\n*Asked as: Who ran the port before?*\n\n" in page
    assert (
        "*Articles: published from January 2024, as of 22 October 2024, publisher Ledger \\*,"
        " undated ones too*" in page
    )
    plain = conversation_markdown([answer(" Who? ", "Who?")], title="t")
    assert "Asked as" not in plain
    assert "Articles:" not in plain


def test_answers_stand_in_their_order_and_silence_is_shown() -> None:
    silent = Answer(
        "2",
        "Why?",
        "Why?",
        Filters(),
        Status.NOT_IN_ARTICLES,
        "extractive",
        "The articles do not say.",
        0.1,
        1,
    )
    page = conversation_markdown([answer("Who?"), silent], title="t")
    assert (
        page.index("## Who?") < page.index("## Why?") < page.index("**The articles do not say.**")
    )


def test_nothing_that_was_typed_becomes_markup() -> None:
    question = "<script>alert(1)</script>\n# head [x](javascript:y) ## "
    html = MarkdownIt().render(
        conversation_markdown([answer(question, question + "?")], title="<img src=x>\n1. a")
    )
    assert "<script" not in html
    assert "<img" not in html
    assert "<a " not in html
    assert (html.count("<h1>"), html.count("<h2>"), html.count("<ol>")) == (1, 1, 0)


def test_exported_json_is_read_and_verified_again() -> None:
    text = conversation_json([answer("Who ran the port? \ud800 “é”").to_json()], title="t")
    assert text.encode("utf-8")
    assert json.loads(text).keys() == {"schema", "title", "answers"}
    found = find_answers(text)
    assert [item["question"] for item in found.answers] == ["Who ran the port? \ud800 “é”"]
    assert all(item.ok for item in verify_answer(Held(), found.answers[0]))


def test_rich_text_keeps_quotes_links_and_marks_and_escapes_words() -> None:
    linked = replace(quote(), url=LINK, title="Port <b>shut</b>")
    claims = (Claim(linked.text, (linked,), 0.8, 1.0),)
    html = rich_text(replace(answer("Who <ran> it?"), claims=claims))
    assert "<h3>Who &lt;ran&gt; it?</h3>" in html
    assert "Ruth Ellery ran the port for nine years.<sup>[1]</sup>" in html
    assert f'<cite><a href="{LINK}">Port &lt;b&gt;shut&lt;/b&gt;</a></cite>' in html
    assert "<b>" not in html


def test_a_word_document_has_question_answer_and_sources() -> None:
    linked = replace(quote(), url=LINK)
    claims = (Claim(linked.text, (linked,), 0.8, 1.0),)
    strange = replace(answer("Who \x1b[31mran\ud800 it?", "Who ran the port?"), claims=claims)
    document = Document(BytesIO(conversation_docx([strange], title="The port")))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[:2] == ["The port", "Who ran\ufffd it?"]
    assert "Asked as: Who ran the port?" in lines
    assert "Ruth Ellery ran the port for nine years. [1]" in lines
    source = lines[lines.index("Sources") + 1]
    assert source.startswith("[1] “Ruth Ellery ran the port for nine years.” Port <b>shut</b>")
    assert source.endswith(LINK)
