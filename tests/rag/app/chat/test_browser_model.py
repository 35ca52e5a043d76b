"""A language model on the page, in a real browser: a scripted server of the OpenAI protocol."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from ingest import ingest
from rag.store.archive import open_archive
from tests.fakes import stated
from tests.llmserver import Action, LLMServer, Refuse, openai_server
from tests.rag.app.chat.browser import Screen, Served, serve
from tests.rag.app.conftest import SAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("llama_index.llms.openai_like")

PORT = "Who ran the port of Fennmouth before Owen Tarrant?"
STATEMENT = "Ruth Ellery ran the port before Owen Tarrant, for nine years."
LIE = "Ruth Ellery ran the port for eleven years."
QUOTED = "Tarrant took over in July from Ruth Ellery"


def write(request: dict[str, Any]) -> Sequence[Action]:
    """Writes a lie and the truth about the port; asked about anything else, it is overloaded."""
    told = request["messages"]
    place = re.search(rf"\[(\d+\.\d+)\] {QUOTED}", told[1]["content"])
    if place is None:
        return [Refuse(503, {"error": {"message": "overloaded", "type": "server_error"}})]
    return [stated((place[1], LIE), (place[1], STATEMENT))]


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with openai_server(write) as up:
        yield up


@pytest.fixture(scope="module")
def written(
    browser: Browser, server: LLMServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("written")
    archive = open_archive(folder / "archive", create=True)
    ingest(archive, [SAMPLES])
    with serve(archive, f"{server.url}#tiny") as served:
        assert served.service.warmed.wait(300)
        yield served


@pytest.fixture
def page(written: Served, new_screen: Callable[..., Screen]) -> Screen:
    return new_screen().open(written.url)


def test_a_statement_stands_on_its_quote_and_what_was_left_out_can_be_seen(
    page: Screen, server: LLMServer
) -> None:
    text = page.ask(PORT)
    assert STATEMENT in text
    assert LIE not in page.page.locator(".by-answer").inner_text()
    assert f"Written by {server.url}#tiny" in text
    assert QUOTED in page.cards.first.locator("mark").first.inner_text()


def test_the_quotes_alone_can_be_picked_and_no_model_is_asked(
    page: Screen, server: LLMServer
) -> None:
    page.filter()
    page.page.get_by_label("Quotes alone").check()
    before = len(server.asked)
    text = page.ask(PORT)
    assert "Ruth Ellery" in text
    assert "Written by" not in text
    assert len(server.asked) == before


def test_where_the_model_fails_the_quotes_are_the_answer_and_it_says_so(page: Screen) -> None:
    text = page.ask(
        "How many people were killed late on Monday near Rafik Hariri University Hospital?"
    )
    assert "18" in text or "13" in text
    assert "quotes alone" in text.lower()
