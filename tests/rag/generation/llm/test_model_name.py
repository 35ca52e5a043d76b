"""Names of models are read into provider, model and address, or refused with a hint."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.generation.llm.model_name import ModelName


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OLLAMA_HOST", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("typed", "provider", "model", "url", "loopback"),
    [
        ("ollama:qwen3:8b", "ollama", "qwen3:8b", "http://127.0.0.1:11434", True),
        (
            "ollama:hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M",
            "ollama",
            "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M",
            "http://127.0.0.1:11434",
            True,
        ),
        (
            "ollama:gpt-oss:120b-cloud",
            "ollama",
            "gpt-oss:120b-cloud",
            "http://127.0.0.1:11434",
            True,
        ),
        ("openai:gpt-4o-mini", "openai", "gpt-4o-mini", "https://api.openai.com/v1", False),
        (
            "openai:ft:gpt-4o-mini:acme::abc",
            "openai",
            "ft:gpt-4o-mini:acme::abc",
            "https://api.openai.com/v1",
            False,
        ),
        (
            "anthropic:claude-sonnet-4-5",
            "anthropic",
            "claude-sonnet-4-5",
            "https://api.anthropic.com",
            False,
        ),
        ("http://127.0.0.1:8080/v1", "http", None, "http://127.0.0.1:8080/v1", True),
        (
            "http://127.0.0.1:8080/v1#Qwen/Qwen3-8B",
            "http",
            "Qwen/Qwen3-8B",
            "http://127.0.0.1:8080/v1",
            True,
        ),
        ("http://localhost:8080", "http", None, "http://localhost:8080/v1", True),
        ("http://[::1]:8080/v1/", "http", None, "http://[::1]:8080/v1", True),
        (
            "https://llm.example.org/api/v1/chat/completions#m",
            "http",
            "m",
            "https://llm.example.org/api/v1",
            False,
        ),
        ("http://192.168.1.7:8000/v1", "http", None, "http://192.168.1.7:8000/v1", False),
        ("http://127.0.0.1.example.org/v1", "http", None, "http://127.0.0.1.example.org/v1", False),
    ],
)
def test_names_are_read(
    typed: str, provider: str, model: str | None, url: str, loopback: bool
) -> None:
    name = ModelName.parse(f" {typed} ")
    assert (name.provider, name.model, name.url, name.loopback) == (provider, model, url, loopback)
    assert str(name) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "gpt-4o-mini",
        "qwen3:8b",
        "gemini:pro",
        "OpenAI:gpt-4o",
        "openai:",
        "anthropic+citations:claude-sonnet-4-5",
        "ollama: ",
        "ollama:two words",
        "ftp://127.0.0.1/v1",
        "file:///etc/passwd",
        "http://",
        "http:///v1",
        "http://127.0.0.1:port/v1",
        "http://127.0.0.1:99999/v1",
        "http://[::1/v1",
        "https://llm.example.org/v1?key=abc",
    ],
)
def test_other_names_are_refused_with_a_hint(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        ModelName.parse(typed)
    assert "openai:gpt-4o-mini" in caught.value.hint


@pytest.mark.parametrize(
    "typed", ["http://me:s3cret@127.0.0.1:8080/v1", "https://s3cret@llm.example.org/v1#m"]
)
def test_a_password_in_an_address_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        ModelName.parse(typed)
    assert "s3cret" not in f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"
    assert "BYLINE_LLM_KEY" in caught.value.hint


def test_a_password_in_the_environment_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, typed in (
        ("OPENAI_BASE_URL", "openai:m"),
        ("ANTHROPIC_BASE_URL", "anthropic:m"),
        ("OLLAMA_HOST", "ollama:m"),
    ):
        monkeypatch.setenv(variable, "https://me:s3cret@example.org")
        with pytest.raises(UsageError, match=variable) as caught:
            ModelName.parse(typed)
        assert "s3cret" not in f"{caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("gpu.example.org", "http://gpu.example.org:11434"),
        ("http://gpu.example.org", "http://gpu.example.org:80"),
        ("https://gpu.example.org/ollama/", "https://gpu.example.org:443/ollama"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_ollama_is_where_its_own_variable_says(
    host: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert ModelName.parse("ollama:qwen3:8b").url == url


def test_other_addresses_of_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1/")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "not an address")
    assert ModelName.parse("openai:gpt-4o-mini").url == "http://127.0.0.1:4000/v1"
    assert ModelName.parse("openai:gpt-4o-mini").loopback
    with pytest.raises(UsageError, match="ANTHROPIC_BASE_URL"):
        ModelName.parse("anthropic:claude-sonnet-4-5")
    monkeypatch.setenv("OLLAMA_HOST", "ftp://127.0.0.1")
    with pytest.raises(UsageError, match="OLLAMA_HOST"):
        ModelName.parse("ollama:qwen3:8b")


def test_reading_a_name_contacts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert ModelName.parse("http://llm.example.org/v1").model is None


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_is_refused(text: str) -> None:
    try:
        name = ModelName.parse(text)
    except UsageError:
        return
    assert name.url.startswith(("http://", "https://"))
    assert name.model is None or name.model
