"""The endpoints for programs over HTTP: names, the contract, errors as values, many callers."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from rag.answer_json import find_answers
from rag.app.chat.api import Api
from rag.app.chat.server import Address, serving
from rag.app.chat.service import Service
from rag.store.archive import Archive
from rag.verify import verify_answer
from tests.rag.app.chat.test_service import DROWNED, asked_about, filled

FILTERS = ["since", "until", "as_of", "publisher", "include_undated", "passages"]
CONTRACT = {
    "schema", "id", "question", "asked_as", "filters", "status", "mode", "text", "confidence",
    "archive_revision", "claims", "candidates", "conflicts", "parts", "rejected", "notices",
    "passages", "usage", "timings_ms", "kind", "verdict", "period",
}  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return filled(tmp_path_factory.mktemp("api") / "archive")


@pytest.fixture(scope="module", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What serving sets and leaves goes with these tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "GRADIO_TEMP_DIR",
            "GRADIO_ANALYTICS_ENABLED",
            "GRADIO_ANALYTICS_CACHE_FREQUENCY",
            "HF_HUB_DISABLE_TELEMETRY",
            "no_proxy",
        ):
            patch.setenv(name, "")
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
        yield


@contextmanager
def served(archive: Archive, *, mcp: bool = False) -> Iterator[str]:
    service = Service(archive)
    with serving(service, Address(port=0), mcp=mcp) as url:
        assert service.warmed.wait(300)
        yield url


@pytest.fixture(scope="module")
def url(archive: Archive) -> Iterator[str]:
    with served(archive) as at:
        yield at


@pytest.fixture(scope="module")
def client(url: str) -> Any:
    return a_client(url)


def a_client(url: str) -> Any:
    from gradio_client import Client

    return Client(url, verbose=False, analytics_enabled=False)


# ---------------------------------------------------------------- what is offered


def test_three_endpoints_are_offered_and_no_more(client: Any) -> None:
    offered = client.view_api(return_format="dict", print_info=False)
    assert offered["unnamed_endpoints"] == {}
    parameters = {
        name: [item["parameter_name"] for item in found["parameters"]]
        for name, found in offered["named_endpoints"].items()
    }
    assert parameters == {
        "/ask": ["question", "history", *FILTERS, "quotes_alone", "ignore_dates"],
        "/search": ["query", *FILTERS],
        "/articles": ["text", "publisher", "first", "most"],
    }


def test_only_the_question_must_be_given_and_each_endpoint_says_what_it_does(client: Any) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    needed = {
        name: [
            item["parameter_name"]
            for item in found["parameters"]
            if not item["parameter_has_default"]
        ]
        for name, found in named.items()
    }
    assert needed == {"/ask": ["question"], "/search": ["query"], "/articles": []}
    assert all(found["description"].endswith(".") for found in named.values())


def test_what_the_page_does_is_not_offered(client: Any) -> None:
    for name in ("/removed", "/uploaded", "/restored", "/ask_1"):
        with pytest.raises(ValueError, match="Cannot find a function"):
            client.predict(api_name=name)


# ---------------------------------------------------------------- the contract


def test_an_answer_is_the_contracts_and_is_borne_out(client: Any, archive: Archive) -> None:
    answer = client.predict(asked_about("Skarn"), api_name="/ask")
    assert answer.keys() == CONTRACT
    assert (answer["schema"], answer["status"], answer["claims"][0]["answer"]["text"]) == (
        1,
        "answered",
        "34",
    )
    (read,) = find_answers(json.dumps(answer)).answers
    with archive.record.snapshot() as record:
        checked = verify_answer(record, read)
    assert {item.place for item in checked} >= {
        "claim 1, quote 1",
        "claim 1, short answer",
        "candidate 1",
        "passage 1",
    }
    assert all(item.ok for item in checked)


def test_filters_are_kept_to(client: Any) -> None:
    answer = client.predict(
        "How many people drowned?", since="2017", until="2017", passages=3, api_name="/ask"
    )
    assert {passage["source"] for passage in answer["passages"]} == {"Skarn.txt"}
    assert answer["filters"] == {"as_of": None, "since": "2017", "until": "2017", "publisher": None}
    found = client.predict("flood", publisher="Lowick Post", api_name="/search")
    assert [passage["source"] for passage in found["passages"]] == ["Lowick.txt"]
    assert found.keys() == {"query", "filters", "archive_revision", "undated", "passages"}


def test_history_makes_a_follow_up(client: Any) -> None:
    first = client.predict(asked_about("Skarn"), api_name="/ask")
    error = client.predict("", api_name="/ask")
    second = client.predict("And in Penrock?", history=[first, error], api_name="/ask")
    assert (second["question"], second["asked_as"]) == ("And in Penrock?", asked_about("Penrock"))
    assert second["claims"][0]["answer"]["text"] == "74"
    assert client.predict("And in Penrock?", api_name="/ask")["asked_as"] == "And in Penrock?"


def test_articles_are_listed_newest_first_in_pieces(client: Any) -> None:
    whole = client.predict(api_name="/articles")
    assert whole["total"] == len(DROWNED)
    assert [item["source"] for item in whole["articles"]] == [
        f"{town}.txt" for town in reversed(DROWNED)
    ]
    piece = client.predict(first=2, most=3, api_name="/articles")
    assert (piece["total"], piece["articles"]) == (len(DROWNED), whole["articles"][2:5])
    assert [
        item["title"]
        for item in client.predict(text="flood OXHAVEN", api_name="/articles")["articles"]
    ] == ["Flood in Oxhaven"]
    assert client.predict(publisher="lowick post", api_name="/articles")["total"] == 1
    assert client.predict(first=100, api_name="/articles")["articles"] == []


# ---------------------------------------------------------------- errors are values


@pytest.mark.parametrize(
    ("endpoint", "given", "words"),
    [
        ("/ask", {"question": " "}, "The question is empty."),
        ("/ask", {"question": None}, "The question is empty."),
        (
            "/ask",
            {"question": "flood " * 500},
            "The question has 2,999 characters; at most 2,000 are read.",
        ),
        ("/ask", {"question": "x", "since": "last week"}, "since: not a date: 'last week'"),
        (
            "/ask",
            {"question": "x", "since": "2024", "until": "2023"},
            "No article can pass the filters",
        ),
        ("/ask", {"question": "x", "passages": "many"}, "The number of passages is not a number."),
        ("/ask", {"question": "x", "history": "before"}, "history is no list."),
        ("/search", {"query": ""}, "The question is empty."),
        ("/search", {"query": "x", "as_of": "2024-13"}, "as_of: no such date"),
        ("/articles", {"first": -1}, "first must be a whole number from 0."),
        ("/articles", {"most": "all"}, "most must be a whole number from 0."),
    ],
)
def test_an_error_is_a_value_in_words(
    client: Any, endpoint: str, given: dict[str, Any], words: str
) -> None:
    (error,) = client.predict(api_name=endpoint, **given).values()
    assert error.keys() == {"code", "message", "hint", "retryable"}
    assert (error["code"], error["retryable"]) == ("usage", False)
    assert error["message"].startswith(words)


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**80,
    1.5,
    float("inf"),
    float("nan"),
    "",
    "\ud800",
    "x" * 10**5,
    [],
    ["x"],
    [{}],
    {"a": {}},
    [[None]],
]


def test_whatever_a_program_gives_it_gets_a_value(archive: Archive) -> None:
    api = Api(Service(archive))
    for odd in ODD:
        values = [
            api.ask(odd),
            api.ask("x", odd),
            api.search(odd),
            *(api.ask("x", **{name: odd}) for name in FILTERS),
        ]
        values += [api.articles(**{name: odd}) for name in ("text", "publisher", "first", "most")]
        for value in values:
            assert "error" in value or "passages" in value or "articles" in value
            json.dumps(value).encode()


# ---------------------------------------------------------------- many at once, other sites


def test_each_of_eight_clients_gets_their_own_answer(url: str) -> None:
    def ask(town: str) -> list[dict[str, Any]]:
        mine = a_client(url)
        return [mine.predict(asked_about(town), api_name="/ask") for _ in range(2)]

    with ThreadPoolExecutor(8) as pool:
        asked = {town: pool.submit(ask, town) for town in DROWNED}
        answers = {town: task.result(timeout=300) for town, task in asked.items()}
    told = {
        town: [(answer["question"], answer["claims"][0]["answer"]["text"]) for answer in given]
        for town, given in answers.items()
    }
    assert told == {town: [(asked_about(town), count)] * 2 for town, count in DROWNED.items()}
    assert len({answer["id"] for given in answers.values() for answer in given}) == 2 * len(DROWNED)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_another_site_is_refused(url: str, origin: str) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    asked = httpx.options(f"{url}gradio_api/call/articles", headers=headers, trust_env=False)
    assert "access-control-allow-origin" not in asked.headers
    assert (
        "access-control-allow-origin"
        not in httpx.get(f"{url}config", headers={"Origin": origin}, trust_env=False).headers
    )
    # What a browser sends without asking first.
    body = json.dumps({"data": ["", "", 0, 100]})
    for path in ("call/articles", "queue/join", "run/articles"):
        sent = httpx.post(
            f"{url}gradio_api/{path}",
            content=body,
            headers={"Origin": origin, "Content-Type": "text/plain"},
            trust_env=False,
        )
        assert 400 <= sent.status_code < 500


# ---------------------------------------------------------------- MCP


def test_the_same_three_are_tools_of_an_mcp_server(archive: Archive) -> None:
    pytest.importorskip("mcp", reason="the extra byline[mcp] is not installed")
    with served(archive, mcp=True) as url:
        tools, answered, failed = asyncio.run(_use_tools(f"{url}gradio_api/mcp/"))
    assert {name: set(needed) for name, needed in tools.items()} == {
        "ask": {"question"},
        "search": {"query"},
        "articles": set(),
    }
    assert f"In Skarn {DROWNED['Skarn']} people drowned" in answered
    assert "The question is empty." in failed


async def _use_tools(url: str) -> tuple[dict[str, list[str]], str, str]:
    """The tools with what each must be given, an answer, and an error."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(url) as (reading, writing, _),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        tools = {
            tool.name: tool.inputSchema.get("required", [])
            for tool in (await session.list_tools()).tools
        }
        results = [
            await session.call_tool("ask", {"question": question})
            for question in (asked_about("Skarn"), "")
        ]
        assert not any(result.isError for result in results)
        answered, failed = (result.content[0].text for result in results)
        return tools, answered, failed
