"""Anthropic's own citations: the real client against a scripted server, and the usual checks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer
from rag.conversation.turn import Turn
from rag.engine import Engine
from rag.generation.anthropic_citations import CitedReply
from rag.generation.llm.types import Document, DocumentSentence
from rag.generation.prompts import form_of
from rag.generation.replies import ReplyReader
from rag.model import Kind, Status
from rag.store.archive import Archive, open_archive
from rag.verify import verify_answer
from tests.fakes import HashingEmbedder, SharedWords, entry, fill
from tests.llmserver import Action, Cited, LLMServer, anthropic_server

pytest.importorskip("llama_index.llms.anthropic")

NAME = "anthropic+citations:claude-sonnet-4-5"
QUESTION = "Where did 18 people drown?"
DROWNED = "In Aldwater 18 people drowned."
FLOOD = (
    "The Dell burst its banks on Thursday.",
    "In Aldwater 18 people drowned in the flood.",
    "Mayor Anna Reyes thanked the crews.",
)

Reply = Callable[["Given"], Sequence[Action]]


class Given:
    """What a request asks about: its documents, and the place of a sentence among them."""

    def __init__(self, request: dict[str, Any]) -> None:
        content = request["messages"][0]["content"]
        self.documents = [block for block in content if block["type"] == "search_result"]
        self.after = [block for block in content if block["type"] != "search_result"]
        self.number = len(request["messages"])

    def place(self, words: str) -> tuple[int, int, int]:
        """The one sentence with these words."""
        return next(
            (number, at, at + 1)
            for number, document in enumerate(self.documents)
            for at, sentence in enumerate(document["content"])
            if words in sentence["text"]
        )


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(
        made,
        entry("fair.txt", "The fair opens on Monday.", "It has 12 stalls.", title="Fair opens"),
        entry(
            "flood.txt",
            *FLOOD,
            title="River Dell floods Aldwater",
            published="2024-10-03",
            publisher="Aldwater Post",
        ),
    )
    return made


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Reply], LLMServer]]:
    """A server that replies so."""
    made: list[Any] = []

    def started(reply: Reply) -> LLMServer:
        context = anthropic_server(lambda request: reply(Given(request)))
        made.append(context)
        server = context.__enter__()
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        return server

    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-none")
    yield started
    for context in made:
        context.__exit__(None, None, None)


def ask(archive: Archive, *, most: float = 0.9, **more: Any) -> Answer:
    answer = Engine(archive, reader=SharedWords(most=most), llm=NAME).ask(QUESTION, **more)
    with archive.record.snapshot() as record:
        assert all(item.ok for item in verify_answer(record, answer.to_json()))
    return answer


def test_a_cited_line_stands_on_the_sentences_it_cites(
    archive: Archive, serve: Callable[[Reply], LLMServer]
) -> None:
    serve(
        lambda given: [
            "- ",
            Cited("In Aldwater 18 people", (given.place("18 people"),)),
            " ",
            Cited("drowned.", (given.place("18 people"),)),
        ]
    )
    answer = ask(archive)
    [claim] = answer.claims
    assert (answer.status, answer.mode, claim.text) == (Status.ANSWERED, f"llm:{NAME}", DROWNED)
    assert [quote.text for quote in claim.quotes] == [FLOOD[1]]
    assert answer.usage is not None
    assert (answer.usage.tokens_in, answer.usage.requests) == (11, 1)


def test_articles_go_in_as_documents_of_single_sentences_without_a_form_for_the_reply(
    archive: Archive, serve: Callable[[Reply], LLMServer]
) -> None:
    server = serve(lambda given: [Cited(DROWNED, (given.place("18 people"),))])
    ask(archive)
    [asked] = server.asked
    given = Given(asked.json)
    flood = next(document for document in given.documents if "Aldwater" in document["title"])
    assert flood["title"] == "River Dell floods Aldwater | Aldwater Post | published 2024-10-03"
    assert tuple(sentence["text"] for sentence in flood["content"]) == FLOOD
    assert all(document["citations"] == {"enabled": True} for document in given.documents)
    assert [block["text"] for block in given.after] == [
        f'{form_of(Kind.FACT).wish}\nThe question: "{QUESTION}"'
    ]
    assert "output_config" not in asked.json


@pytest.mark.parametrize(
    ("text", "cites", "reason"),
    [
        ("Nobody drowned there.", None, "Nobody"),
        ("In Aldwater 81 people drowned.", "18 people", "81"),
        ("Anna Reyes of Skarn thanked the crews.", "Anna Reyes", "Skarn"),
    ],
)
def test_a_line_that_its_citations_do_not_bear_out_is_asked_for_once_more(
    archive: Archive, serve: Callable[[Reply], LLMServer], text: str, cites: str | None, reason: str
) -> None:
    def reply(given: Given) -> Sequence[Action]:
        if given.number > 1:
            return [Cited(DROWNED, (given.place("18 people"),))]
        return [text] if cites is None else [Cited(text, (given.place(cites),))]

    server = serve(reply)
    answer = ask(archive)
    assert [claim.text for claim in answer.claims] == [DROWNED]
    [rejected] = answer.rejected
    assert rejected.text == text
    assert reason in rejected.reason
    _, again = server.asked
    _, said, told = again.json["messages"]
    assert said["content"][0]["text"] == text
    assert reason in told["content"][0]["text"]


def test_citations_of_what_was_not_given_are_ignored(
    archive: Archive, serve: Callable[[Reply], LLMServer]
) -> None:
    serve(lambda _given: [Cited(DROWNED, ((7, 0, 1), (0, 90, 91)))])
    [claim] = ask(archive).claims
    assert (claim.text, [quote.text for quote in claim.quotes]) == (DROWNED, [FLOOD[1]])


def test_what_is_not_answered_is_not_in_the_articles(
    archive: Archive, serve: Callable[[Reply], LLMServer]
) -> None:
    serve(lambda _given: ["NOT ", "ANSWERED."])
    answer = ask(archive, most=0.3)
    assert (answer.status, answer.claims, answer.rejected) == (Status.NOT_IN_ARTICLES, (), ())


def test_a_follow_up_is_condensed_in_the_usual_form(
    archive: Archive, serve: Callable[[Reply], LLMServer]
) -> None:
    plan = json.dumps({"question": QUESTION, "parts": [QUESTION], "more": False})
    server = serve(
        lambda given: [Cited(DROWNED, (given.place("18 people"),))] if given.documents else [plan]
    )
    ask(archive, history=[Turn("What happened in Aldwater?", ("The Dell burst its banks.",), ())])
    condensed, asked = server.asked
    assert "output_config" in condensed.json
    assert Given(asked.json).documents


LINES = st.lists(st.text(st.characters(categories=["L", "Nd", "P", "Zs"]), max_size=30), max_size=5)


@given(LINES, st.lists(st.integers(0, 160), max_size=12), st.integers(0, 3))
def test_however_a_reply_is_cut_into_blocks_its_lines_are_its_statements(
    lines: list[str], cuts: list[int], cited: int
) -> None:
    whole = "\n".join(f"Said: {line}" for line in lines)
    events = list(
        _events(whole, sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))}), cited)
    )
    sentences = (DocumentSentence("1.1", "a"), DocumentSentence("1.2", "b"))
    reply, reader = CitedReply([Document("one", sentences)]), ReplyReader()
    statements = [statement for event in events for statement in reader.feed(reply.feed(event))]
    assert [statement.text for statement in statements] == [
        " ".join(f"Said: {line}".split()) for line in lines
    ]
    assert not statements or reader.finish()
    assert all(statement.evidence == ("1.1", "1.2")[:cited] for statement in statements)


def _events(text: str, cuts: list[int], cited: int) -> Iterator[dict[str, Any]]:
    """Each part of the text is a block, its citation before or after it."""
    place = SimpleNamespace(
        type="search_result_location",
        search_result_index=0,
        start_block_index=0,
        end_block_index=cited,
    )
    citation = {
        "type": "content_block_delta",
        "delta": SimpleNamespace(type="citations_delta", citation=place),
    }
    for number, (start, end) in enumerate(pairwise(cuts)):
        said = {
            "type": "content_block_delta",
            "delta": SimpleNamespace(type="text_delta", text=text[start:end]),
        }
        yield from ((citation, said) if number % 2 else (said, citation))
        yield {"type": "content_block_stop"}
    yield {"type": "message_delta"}
