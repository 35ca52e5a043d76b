"""Models on this machine are found at their ports, and asked for nothing but their names."""

from __future__ import annotations

import socket

import pytest

from rag.generation.llm.servers import LocalModel, local_models
from tests.llmserver import ollama_server, openai_server


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_models_of_servers_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        ollama_server(lambda _request: [], models=("tiny",)) as ollama,
        openai_server(lambda _request: [], models=("one",)) as single,
        openai_server(lambda _request: [], models=("a", "b")) as several,
    ):
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        found = local_models([single.server_port, closed_port(), several.server_port])
        assert found == [
            LocalModel("ollama:tiny:latest", "tiny:latest"),
            LocalModel(single.url, "one"),
            LocalModel(f"{several.url}#a", "a"),
            LocalModel(f"{several.url}#b", "b"),
        ]
        assert [server.asked for server in (ollama, single, several)] == [[], [], []]


def test_nothing_is_found_where_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{closed_port()}")
    assert local_models([closed_port()]) == []


def test_an_ollama_on_another_machine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://ollama.example.org:11434")
    assert local_models([]) == []
