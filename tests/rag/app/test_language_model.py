"""A language model as people use one: command line, byline.toml, the page, its endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from rag.answer_json import answer_from_json
from rag.app.chat.api import Api
from rag.app.chat.layout import Components
from rag.app.chat.service import QUOTES, AskOptions, Service
from rag.app.chat.views.turns import turn_html
from rag.engine import Engine
from rag.events import Done
from rag.model import Status
from rag.render.layout import answer_page
from rag.render.markdown import to_markdown
from tests.fakes import FirstSentences, ScriptedModel, stated
from tests.llmserver import Action, LLMServer, Refuse, openai_server
from tests.rag.app.chat.test_service import archive as archive  # noqa: PLC0414  (the fixture)
from tests.rag.app.chat.test_service import ask, asked_about
from tests.rag.app.test_cli import QUESTION, Byline, byline, filled  # noqa: F401  (fixtures)

STATEMENT = "Rosa Lind is the captain of the ferry Alma."
KEY = "sk-not-a-real-key-0123456789"


def reply(request: dict[str, Any]) -> Iterator[Action]:
    told = request["messages"][-1]["content"]
    place = re.search(r"\[(\d+\.\d+)\] .*Rosa Lind", told)
    yield stated((place.group(1) if place else "9.9", STATEMENT))


@pytest.fixture
def server() -> Iterator[LLMServer]:
    with openai_server(reply) as up:
        yield up


def test_a_statement_is_shown_with_its_quote_and_who_wrote_it(
    filled: Byline,  # noqa: F811
    server: LLMServer,
) -> None:
    ran = filled("ask", QUESTION, "--llm", f"{server.url}#tiny")
    shown = " ".join(ran.out.split())
    assert (ran.code, ran.err) == (0, "")
    assert shown.index(STATEMENT) < shown.index(
        "Rosa Lind, the captain of the ferry Alma, waited for calmer water."
    )
    assert f"Written by {server.url}#tiny, first statement after" in shown
    answer = filled("ask", QUESTION, "--llm", f"{server.url}#tiny", "--json").json
    assert (answer["mode"], answer["usage"]["cached"]) == (f"llm:{server.url}#tiny", 1)
    assert filled("verify", stdin=json.dumps(answer)).code == 0


def test_the_model_may_stand_in_byline_toml_and_be_left_aside(
    filled: Byline,  # noqa: F811
    server: LLMServer,
) -> None:
    Path("byline.toml").write_text(
        f'llm = "{server.url}#tiny"\nllm_timeout = 20\n', encoding="utf-8"
    )
    assert filled("ask", QUESTION, "--quotes", "--json").json["mode"] == "extractive"
    assert server.asked == []
    assert filled("ask", QUESTION, "--json").json["mode"].startswith("llm:")


def test_questions_one_after_the_other(filled: Byline, server: LLMServer) -> None:  # noqa: F811
    ran = filled("ask", "--llm", f"{server.url}#tiny", stdin=f"{QUESTION}\n")
    assert STATEMENT in " ".join(ran.out.split())
    assert len(server.asked) == 1, "loading asks no model"


def test_a_server_that_fails_leaves_quotes_and_a_hint_and_no_key(
    filled: Byline,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("BYLINE_LLM_KEY", KEY)
    with openai_server(
        lambda _: [Refuse(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})]
    ) as up:
        ran = filled("ask", QUESTION, "--llm", f"{up.url}#tiny")
        assert up.asked != []
    assert ran.code == 0
    assert "Rosa Lind" in ran.out
    assert "quotes alone" in " ".join(ran.out.split())
    assert "BYLINE_LLM_KEY" in ran.out
    assert KEY not in ran.out + ran.err
    assert all(
        KEY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize("name", ["qwen3", "openai:", "http://", "http://me:secret@127.0.0.1/v1"])
def test_a_wrong_name_is_refused_before_anything_is_asked(
    filled: Byline,  # noqa: F811
    name: str,
) -> None:
    ran = filled("ask", QUESTION, "--llm", name)
    assert (ran.code, ran.out) == (2, "")
    assert "ollama:" in ran.err or "environment" in ran.err
    assert "secret" not in ran.err


# ---------------------------------------------------------------- the page


def model() -> ScriptedModel:
    def says(told: Any) -> str:
        place = re.search(r"\[(\d+\.\d+)\] In Skarn 34 people", told[1].text)
        return stated(
            (place.group(1) if place else "9.9", "In Skarn 34 people drowned."),
            ("9.9", "And 99 cats."),
        )

    return ScriptedModel(says)


@pytest.fixture
def service(archive: Any) -> Service:
    return Service(archive, Engine(archive, reader=FirstSentences(), llm=model()))


def test_the_page_asks_the_model_unless_quotes_alone_are_picked(service: Service) -> None:
    written, quoted = (
        ask(service, "In which town did 34 people drown?", AskOptions(answers=answers))
        for answers in ("", QUOTES)
    )
    assert (written.mode, quoted.mode) == ("llm:scripted", "extractive")
    assert written.text == "In Skarn 34 people drowned."


def test_the_picker_is_there_where_a_model_is() -> None:
    for llm, visible in ((None, False), ("ollama:qwen3:8b", True)):
        with gr.Blocks():
            answers = Components(llm).ask.options.answers
        assert answers.visible is visible
        assert [value for _, value in answers.choices] == ["", QUOTES]


def test_a_turn_says_who_wrote_it_and_what_was_left_out(service: Service) -> None:
    answer = ask(service, asked_about("Skarn"))
    with service.archive.record.snapshot() as record:
        shown = turn_html(answer, 0, record)
        again = answer_from_json(json.loads(json.dumps(answer.to_json())), record)
        assert (again.usage, turn_html(again, 0, record)) == (answer.usage, shown)
    assert "In Skarn 34 people drowned." in shown
    assert "Left out:" in shown
    assert "Written by scripted" in shown
    assert "no sentence of the articles says that" in to_markdown(answer_page(answer))


def test_the_endpoint_has_the_same_choice(service: Service) -> None:
    modes = [
        Api(service).ask(asked_about("Skarn"), quotes_alone=alone)["mode"]
        for alone in (False, True)
    ]
    assert modes == ["llm:scripted", "extractive"]


def test_parts_are_told(archive: Any) -> None:
    parts = [asked_about("Skarn"), asked_about("Lowick")]
    question = (
        "Please tell me, as far as the articles of these days know it, how many people drowned in "
        "the flood of Skarn, how many in Lowick, and why?"
    )
    plan = json.dumps({"question": question, "parts": parts, "more": False})
    engine = Engine(
        archive, reader=FirstSentences(1.0), llm=ScriptedModel(plan, stated(answered=False))
    )
    *_, last = engine.stream(question)
    assert isinstance(last, Done)
    assert last.answer.status is Status.NOT_IN_ARTICLES
    with archive.record.snapshot() as record:
        shown = turn_html(last.answer, 0, record)
    assert (
        f"Looked up: {parts[0]} (the articles do not say) · {parts[1]} (the articles do not say)"
        in shown
    )
