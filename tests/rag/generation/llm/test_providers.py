"""The real clients against scripted servers: good, slow, hanging, dying, refusing ones."""

from __future__ import annotations

import gc
import hashlib
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rag.errors import LLMBusy, LLMError, LLMTooLong, LLMUnavailable, UsageError
from rag.generation.llm import exceptions, providers
from rag.generation.llm.dialects import MAX_THOUGHT_TOKENS, MAX_WRITTEN_TOKENS
from rag.generation.llm.providers import language_model, llamaindex_model
from rag.generation.llm.types import Message, Tokens, Waiting
from tests.llmserver import (
    Die,
    End,
    Fault,
    Hang,
    LLMServer,
    Page,
    Refuse,
    Script,
    Vanish,
    Wait,
    anthropic_server,
    ollama_server,
    openai_server,
)

pytest.importorskip("llama_index.llms.openai_like")
pytest.importorskip("llama_index.llms.ollama")
pytest.importorskip("llama_index.llms.anthropic")

KEY = "sk-proj-verysecret-0123456789abcdef"
SAY = [Message("system", "Answer in JSON."), Message("user", "Who swam?")]
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "maxLength": 40}},
    "required": ["answer"],
    "additionalProperties": False,
}
GOOD = ['{"answer": ', '"Ann', 'a"}']


class Way(NamedTuple):
    """One provider: its server, a model's name, and the variable with the server's address."""

    serve: Callable[[Script], AbstractContextManager[LLMServer]]
    name: str
    variable: str | None


WAYS = {
    "openai": Way(openai_server, "openai:gpt-4o-mini", "OPENAI_BASE_URL"),
    "http": Way(openai_server, "{url}#tiny", None),
    "ollama": Way(ollama_server, "ollama:tiny", "OLLAMA_HOST"),
    "anthropic": Way(anthropic_server, "anthropic:claude-sonnet-4-5", "ANTHROPIC_BASE_URL"),
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One certificate to trust: each client would read the usual hundreds, which is slow."""
    import certifi

    first, end, _ = (
        Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    )
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(first + end, encoding="utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, certificate: str) -> None:
    """Keys that must not be seen, proxies that must not be used, and waits that are short."""
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "BYLINE_LLM_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(variable, KEY)
    for variable in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in (
        "NO_PROXY",
        "no_proxy",
        "OLLAMA_HOST",
        "OPENAI_BASE_URL",
        "ANTHROPIC_BASE_URL",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(exceptions, "_SHORT_WAIT_S", 0.01)
    monkeypatch.setattr(exceptions, "_BUSY_WAIT_S", 0.01)


class Talk(NamedTuple):
    """A server, and a way to ask it once."""

    server: LLMServer
    name: str

    def ask(self, timeout_s: float = 5.0) -> list[str | Tokens | Waiting]:
        return list(self.stream(timeout_s))

    def stream(self, timeout_s: float = 5.0) -> Iterator[str | Tokens | Waiting]:
        return language_model(self.name, timeout_s=timeout_s).stream(SAY, SCHEMA)

    def failure(self, kind: type[LLMError], timeout_s: float = 5.0) -> LLMError:
        """The error that asking ends in: it names the model and has no cause and no key."""
        with pytest.raises(LLMError) as caught:
            self.ask(timeout_s)
        error = caught.value
        assert type(error) is kind
        assert self.name in error.message
        assert error.__cause__ is None
        assert error.__context__ is None
        assert "verysecret" not in f"{error!r} {error.hint} {error.to_json()}"
        return error


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch, way: str) -> Iterator[Callable[..., Talk]]:
    """Starts a server of one provider; the last script serves all further requests."""
    with pytest.MonkeyPatch.context() as patch:
        opened = []

        def start(*scripts: list[Any]) -> Talk:
            left = list(scripts)
            context = WAYS[way].serve(lambda _request: left.pop(0) if len(left) > 1 else left[0])
            server = context.__enter__()
            opened.append(context)
            if variable := WAYS[way].variable:
                patch.setenv(variable, server.url)
            return Talk(server, WAYS[way].name.format(url=server.url))

        yield start
        for context in opened:
            context.__exit__(None, None, None)


only = pytest.mark.parametrize


# --- what goes well


def test_a_reply_comes_in_pieces_and_its_tokens_last(talk) -> None:
    assert talk(GOOD).ask() == [*GOOD, Tokens(given=11, written=7)]


def test_pieces_come_as_they_are_written(talk) -> None:
    stream = talk([GOOD[0], Wait(0.4), *GOOD[1:]]).stream()
    next(stream)
    before = time.monotonic()
    assert next(stream) == GOOD[1]
    assert time.monotonic() - before > 0.2


def test_what_is_asked(talk, way: str) -> None:
    """The words, the schema, no heat, no thinking aloud."""
    server = talk(GOOD)
    server.ask()
    (asked,) = server.server.asked
    words = str(asked.json)
    assert "Answer in JSON." in words
    assert "Who swam?" in words
    assert asked.json["stream"] is True
    match way:
        case "ollama":
            assert asked.json["format"] == SCHEMA
            assert asked.json["options"]["temperature"] == 0.0
            assert asked.json["think"] is False
            assert asked.json["options"]["num_predict"] == MAX_WRITTEN_TOKENS
        case "anthropic":
            assert asked.json["output_config"]["format"]["schema"]["required"] == ["answer"]
            assert asked.json["temperature"] == 0.0
            assert asked.json["thinking"] == {"type": "disabled"}
            assert asked.json["system"] == "Answer in JSON."
            assert asked.json["max_tokens"] == MAX_THOUGHT_TOKENS
        case _:
            assert asked.json["response_format"]["json_schema"] == {
                "name": "answer",
                "strict": True,
                "schema": SCHEMA,
            }
            assert asked.json["temperature"] == 0.0
            assert ("chat_template_kwargs" in asked.json) == (way == "http")
            limits = [asked.json.get(key) for key in ("max_tokens", "max_completion_tokens")]
            local = way == "http"
            assert limits == ([MAX_WRITTEN_TOKENS, None] if local else [None, MAX_THOUGHT_TOKENS])


def test_the_key_goes_to_the_server_alone(
    talk, way: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    server = talk(GOOD)
    model = language_model(server.name, timeout_s=5.0)
    list(model.stream(SAY, SCHEMA))
    headers = server.server.asked[0].headers
    assert KEY in headers.get("authorization", "") + headers.get("x-api-key", "")
    out, err = capfd.readouterr()
    logged = " ".join(
        f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records
    )
    assert "verysecret" not in f"{model!r} {vars(model)} {out} {err} {logged}"


def test_the_key_is_in_no_event_of_llama_index(talk) -> None:
    from llama_index.core.instrumentation import get_dispatcher
    from llama_index.core.instrumentation.event_handlers import BaseEventHandler

    seen: list[Any] = []

    class Listener(BaseEventHandler):
        def handle(self, event: Any, **kwargs: Any) -> None:
            seen.append(event)

    dispatcher = get_dispatcher()
    listener = Listener()
    dispatcher.add_event_handler(listener)
    try:
        talk(GOOD).ask()
    finally:
        dispatcher.event_handlers.remove(listener)
    assert {"LLMChatStartEvent", "LLMChatEndEvent"} <= {type(event).__name__ for event in seen}
    assert "verysecret" not in " ".join(event.model_dump_json(fallback=repr) for event in seen)


def test_closing_hangs_up(talk) -> None:
    server = talk(["{", Hang()])
    stream = server.stream()
    assert next(stream) == "{"
    gc.disable()
    try:
        stream.close()
        assert server.server.hung_up.wait(2.0)
    finally:
        gc.enable()


def test_tokens_that_are_not_told_are_left_out(talk, way: str) -> None:
    if way in ("openai", "http"):
        server = talk(
            [Refuse(400, {"error": {"message": "Unknown parameter: stream_options"}})], GOOD
        )
        assert server.ask() == GOOD
        assert "response_format" in server.server.asked[1].json


# --- what is asked once more


def test_a_fault_of_the_server_is_asked_once_more(talk) -> None:
    assert talk([Refuse(500, {"error": {"message": "oops"}})], GOOD).ask()[:3] == GOOD


def test_and_only_once(talk) -> None:
    server = talk([Refuse(503, {"error": {"message": "no worker is there"}})])
    error = server.failure(LLMUnavailable)
    assert "503" in error.message
    assert "no worker is there" in error.message
    assert len(server.server.asked) == 2


def test_a_connection_cut_before_any_text_is_asked_once_more(talk) -> None:
    assert talk([Die()], GOOD).ask()[:3] == GOOD


def test_nothing_is_asked_again_once_something_was_written(talk) -> None:
    server = talk([GOOD[0], Die()], GOOD)
    stream = server.stream()
    assert next(stream) == GOOD[0]
    with pytest.raises(LLMUnavailable, match="broke"):
        next(stream)
    assert len(server.server.asked) == 1


def test_a_reply_that_ends_in_the_middle_is_no_reply(talk) -> None:
    assert "in the middle" in talk([GOOD[0], Vanish()]).failure(LLMUnavailable).message


def test_too_many_requests_are_waited_for(talk, way: str) -> None:
    server = talk([Refuse(429, {"error": {"message": "slow down"}}, {"retry-after": "0.3"})], GOOD)
    before = time.monotonic()
    assert server.ask()[:3] == GOOD
    # Ollama's client does not pass the time on.
    assert way == "ollama" or time.monotonic() - before > 0.3


def test_but_not_for_long(talk, way: str) -> None:
    server = talk([Refuse(429, {"error": {"message": "slow down"}}, {"retry-after": "45"})])
    error = server.failure(LLMBusy)
    assert isinstance(error, LLMBusy)
    if way != "ollama":
        assert error.wait_s == 45.0
        assert "45 s" in error.hint
        assert len(server.server.asked) == 1


def test_a_wait_may_be_told_as_a_date(talk, way: str) -> None:
    server = talk(
        [
            Refuse(
                429,
                {"error": {"message": "slow down"}},
                {"retry-after": "Wed, 21 Oct 2065 07:28:00 GMT"},
            )
        ]
    )
    error = server.failure(LLMBusy)
    assert isinstance(error, LLMBusy)
    assert way == "ollama" or error.wait_s > 1e6


def test_silence_has_an_end(talk) -> None:
    server = talk([Hang()])
    error = server.failure(LLMUnavailable, timeout_s=0.4)
    assert "0.4 s" in error.message
    assert len(server.server.asked) == 2


def test_silence_between_pieces_has_an_end(talk) -> None:
    server = talk([GOOD[0], Hang()])
    assert "0.4 s" in server.failure(LLMUnavailable, timeout_s=0.4).message
    assert len(server.server.asked) == 1


def test_a_slow_server_is_not_a_silent_one(talk) -> None:
    assert (
        talk([Wait(0.4), GOOD[0], Wait(0.4), GOOD[1], Wait(0.4), GOOD[2]]).ask(timeout_s=1.0)[:3]
        == GOOD
    )


# --- what is refused


def test_a_wrong_key(talk, way: str) -> None:
    server = talk(
        [
            Refuse(
                401,
                {
                    "error": {
                        "message": f"Incorrect API key provided: {KEY[:8]}****{KEY[-4:]}",
                        "code": "invalid_api_key",
                    }
                },
            )
        ]
    )
    error = server.failure(LLMError)
    variables = {
        "openai": "OPENAI_API_KEY",
        "http": "BYLINE_LLM_KEY",
        "ollama": "OLLAMA_API_KEY",
        "anthropic": "ANTHROPIC_API_KEY",
    }
    assert variables[way] in error.hint
    assert "sk-proj" not in error.message
    assert len(server.server.asked) == 1


def test_a_key_in_a_servers_words_is_taken_out(talk) -> None:
    error = talk(
        [Refuse(403, {"error": {"message": f"Key {KEY} of sk-other-0123456789 may not do this"}})]
    ).failure(LLMError)
    assert "may not do this" in error.message
    assert "0123456789" not in error.message


def test_a_model_that_is_not_there(talk, way: str) -> None:
    server = talk(
        [Refuse(404, {"error": {"message": "The model does not exist", "code": "model_not_found"}})]
    )
    name = "ollama:nosuch:1b" if way == "ollama" else server.name
    error = Talk(server.server, name).failure(LLMError)
    hints = {"ollama": "ollama pull nosuch:1b", "http": "/v1"}
    assert hints.get(way, "name of the model") in error.hint


@only(
    "words",
    [
        "This model's maximum context length is 4096 tokens. However, your messages resulted in "
        "9000 tokens.",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "the request exceeds the available context size, try increasing it",
    ],
)
def test_more_than_a_model_reads(talk, words: str) -> None:
    server = talk([Refuse(400, {"error": {"message": words, "code": "context_length_exceeded"}})])
    error = server.failure(LLMTooLong)
    assert "fewer passages" in error.hint
    assert len(server.server.asked) == 1


def test_a_schema_that_is_not_understood_is_left_out(talk, way: str) -> None:
    words = {
        "ollama": "invalid format: expected a string",
        "anthropic": "output_config: Extra inputs are not permitted",
    }
    refusal = Refuse(
        400,
        {
            "error": {
                "message": words.get(
                    way, "'response_format' of type 'json_schema' is not supported"
                )
            }
        },
    )
    server = talk([refusal], GOOD)
    model = language_model(server.name, timeout_s=5.0)
    assert list(model.stream(SAY, SCHEMA))[:3] == GOOD
    argument = {"ollama": "format", "anthropic": "output_config"}.get(way, "response_format")
    assert [argument in asked.json for asked in server.server.asked] == [True, False]
    assert list(model.stream(SAY, SCHEMA))[:3] == GOOD
    assert [argument in asked.json for asked in server.server.asked] == [True, False, False]


def test_heat_that_is_not_understood_is_left_out(talk, way: str) -> None:
    if way != "ollama":
        server = talk(
            [
                Refuse(
                    400,
                    {
                        "error": {
                            "message": "Unsupported parameter: 'temperature' is not supported "
                            "with this model."
                        }
                    },
                )
            ],
            GOOD,
        )
        assert server.ask()[:3] == GOOD
        assert "temperature" not in server.server.asked[1].json


def test_a_request_that_stays_refused(talk) -> None:
    server = talk([Refuse(400, {"error": {"message": "no such role"}})])
    assert "no such role" in server.failure(LLMError).message
    assert len(server.server.asked) == 2


def test_an_account_that_is_empty(talk) -> None:
    server = talk(
        [
            Refuse(
                429,
                {
                    "error": {
                        "message": "You exceeded your current quota",
                        "code": "insufficient_quota",
                    }
                },
            )
        ]
    )
    if "ollama" not in server.name:
        assert "spend" in server.failure(LLMError).message
        assert len(server.server.asked) == 1


# --- what has a good status and is none the less no reply


def test_an_error_inside_the_stream(talk) -> None:
    server = talk([Fault("the engine stopped", "server_error")], GOOD)
    assert server.ask()[:3] == GOOD
    error = talk([GOOD[0], Fault("the engine stopped", "server_error")]).failure(LLMUnavailable)
    assert "the engine stopped" in error.message


@only("way", ["openai", "http"], indirect=True)
def test_an_error_inside_the_stream_may_be_words_alone(talk) -> None:
    assert (
        "the engine stopped"
        in talk([GOOD[0], Fault("the engine stopped", kind="")]).failure(LLMUnavailable).message
    )


def test_an_overloaded_server_that_says_so_inside_the_stream(talk, way: str) -> None:
    if way != "ollama":
        assert (
            "Overloaded" in talk([Fault("Overloaded", "overloaded_error")]).failure(LLMBusy).message
        )


def test_an_error_instead_of_the_stream(talk, way: str) -> None:
    page = Page(
        '{"error": {"message": "the model failed to load", "type": "api_error"}}',
        "application/json",
    )
    if way == "ollama":
        page = Page('{"error": "the model failed to load"}\n', "application/x-ndjson")
    assert "failed to load" in talk([page]).failure(LLMUnavailable).message


def test_a_page_instead_of_the_stream(talk) -> None:
    error = talk([Page("<html><body>Welcome</body></html>")]).failure(LLMError)
    assert "no reply of a language model" in error.message
    assert "address" in error.hint


def test_a_page_with_a_bad_status_is_not_shown(talk) -> None:
    error = talk(
        [Refuse(502, "<html><body>Bad gateway</body></html>", {"content-type": "text/html"})]
    ).failure(LLMUnavailable)
    assert "<" not in error.message
    assert "502" in error.message


def test_an_empty_reply(talk) -> None:
    assert "empty" in talk([]).failure(LLMError).message
    assert "empty" in talk([Vanish()]).failure(LLMError).message


@only(("reason", "word"), [("length", "cut short"), ("content_filter", "withheld")])
def test_a_reply_that_is_cut_short_or_withheld(talk, way: str, reason: str, word: str) -> None:
    reasons = {"length": "max_tokens", "content_filter": "refusal"} if way == "anthropic" else {}
    assert word in talk([GOOD[0], End(reasons.get(reason, reason))]).failure(LLMError).message


def test_a_reply_without_end_is_cut_off(talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_MAX_PIECES", 20)
    assert "without end" in talk([" "] * 100).failure(LLMError).message


# --- who is not there


@only(
    "name",
    [
        "ollama:tiny",
        "http://127.0.0.1:{port}/v1",
        "http://127.0.0.1:{port}/v1#m",
        "openai:gpt-4o-mini",
        "anthropic:claude-sonnet-4-5",
    ],
)
def test_a_server_that_is_not_running(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for variable in ("OLLAMA_HOST", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("asked again"))
    with pytest.raises(LLMUnavailable, match="was not reached") as caught:
        list(language_model(name.format(port=port)).stream(SAY, SCHEMA))
    assert caught.value.hint
    assert caught.value.message.count(f"http://127.0.0.1:{port}") == 1, "the address stands once"
    if name.startswith("ollama"):
        assert "ollama serve" in caught.value.hint


@only(
    ("name", "variable"),
    [
        ("openai:gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic:claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_key_that_is_missing(name: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, " ")
    with pytest.raises(UsageError, match=variable):
        language_model(name)


@only(
    ("name", "extra"),
    [
        ("openai:m", "openai"),
        ("http://127.0.0.1/v1", "openai"),
        ("ollama:m", "ollama"),
        ("anthropic:m", "anthropic"),
    ],
)
def test_a_package_that_is_missing(name: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(module: str) -> None:
        raise ModuleNotFoundError(module)

    monkeypatch.setattr(providers, "find_spec", nothing)
    with pytest.raises(UsageError, match="not installed") as caught:
        language_model(name)
    assert f"pip install 'byline[{extra}]'" in caught.value.hint


def test_a_server_without_a_key_is_asked_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BYLINE_LLM_KEY")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    with openai_server(lambda _request: GOOD) as server:
        assert list(language_model(server.url).stream(SAY, SCHEMA))[:3] == GOOD
    headers = server.asked[0].headers
    assert KEY not in str(headers)
    assert "org-mine" not in str(headers)


# --- what belongs to one provider


def test_a_model_that_is_loading_is_waited_for(talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_LOADING_POLL_S", 0.01)
    refusal = Refuse(503, {"error": {"message": "Loading model", "type": "unavailable_error"}})
    first, *rest = talk([refusal], [refusal], GOOD).ask()
    assert isinstance(first, Waiting)
    assert "is loading its model" in first.reason
    assert rest[:3] == GOOD


def test_a_model_that_loads_for_too_long_is_given_up(talk) -> None:
    refusal = Refuse(503, {"error": {"message": "Loading model", "type": "unavailable_error"}})
    error = talk([refusal]).failure(LLMUnavailable, timeout_s=0.3)
    assert "still loading" in error.message


def test_the_model_behind_an_address_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for models, name, identity in (
        (("/models/small.gguf",), "{url}", "{url} (small.gguf)"),
        (("small", "large"), "{url}#large", "{url}#large"),
        (("small",), "{url}#large", "{url}#large (small)"),
        ((), "{url}", None),
    ):
        with openai_server(lambda _request: GOOD, models=models) as server:
            found = language_model(name.format(url=server.url)).identity()
            assert found == (identity and identity.format(url=server.url))
    with ollama_server(lambda _request: GOOD) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        digest = hashlib.sha256(b"tiny").hexdigest()[:12]
        assert language_model("ollama:tiny").identity() == f"ollama:tiny ({digest})"
    assert language_model("ollama:tiny").identity() is None, "nobody is there any more"
    assert language_model("openai:gpt-4o-mini").identity() == "openai:gpt-4o-mini"


def test_a_server_is_asked_for_its_model() -> None:
    with openai_server(lambda _request: GOOD, models=("first", "second")) as server:
        model = language_model(server.url)
        assert server.visited == []
        list(model.stream(SAY, SCHEMA))
        assert (server.asked[0].json["model"], model.name) == ("first", server.url)
    with (
        openai_server(lambda _request: GOOD, models=()) as server,
        pytest.raises(LLMError, match="which models") as caught,
    ):
        list(language_model(server.url).stream(SAY, SCHEMA))
    assert f"{server.url}#" in caught.value.hint


def test_a_reasoning_model_gets_no_heat_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with openai_server(lambda _request: GOOD) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        list(language_model("openai:gpt-5-mini").stream(SAY, SCHEMA))
        list(language_model("openai:gpt-99-unheard-of").stream(SAY, SCHEMA))
    reasoning, unknown = (asked.json for asked in server.asked)
    assert (reasoning["temperature"], reasoning["reasoning_effort"]) == (1.0, "low")
    assert (unknown["temperature"], unknown["model"]) == (0.0, "gpt-99-unheard-of")


def test_a_claude_that_llama_index_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    with anthropic_server(lambda _request: GOOD) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        with pytest.raises(LLMError, match="no model that llama-index knows") as caught:
            list(language_model("anthropic:claude-99").stream(SAY, SCHEMA))
    assert "pip install -U" in caught.value.hint
    assert server.asked == []


def test_ollama_is_told_how_much_room_to_make(monkeypatch: pytest.MonkeyPatch) -> None:
    with ollama_server(lambda _request: GOOD, window=20_000) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        model = language_model("ollama:tiny")
        for words in ("short", "long " * 8_000):
            list(model.stream([Message("user", words)], SCHEMA))
        assert [asked.json["options"]["num_ctx"] for asked in server.asked] == [8192, 16_384]
        with pytest.raises(LLMTooLong, match="20000 tokens"):
            list(model.stream([Message("user", "long " * 12_000)], SCHEMA))
        assert len(server.asked) == 2


# --- an LLM of one's own


def test_any_llm_of_llama_index_can_be_brought() -> None:
    from llama_index.core.llms import MockLLM

    model = llamaindex_model(MockLLM(max_tokens=3), "mine")
    assert model.name == "mine"
    assert "".join(piece for piece in model.stream(SAY, SCHEMA) if isinstance(piece, str))
    assert llamaindex_model(MockLLM()).name == "MockLLM"


def test_a_known_class_that_is_brought_is_held_to_the_schema() -> None:
    from llama_index.llms.openai import OpenAI

    with openai_server(lambda _request: GOOD) as server:
        llm = OpenAI(
            model="gpt-4o-mini", api_key=KEY, api_base=server.url, max_retries=0, temperature=0.3
        )
        llm._http_client = None
        with pytest.MonkeyPatch.context() as patch:
            for variable in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
                patch.delenv(variable)
            model = llamaindex_model(llm)
            assert list(model.stream(SAY, SCHEMA)) == [*GOOD, Tokens(11, 7)]
    assert model.name == "gpt-4o-mini"
    assert server.asked[0].json["response_format"]["json_schema"]["schema"] == SCHEMA
    assert server.asked[0].json["temperature"] == 0.3
    assert "verysecret" not in repr(model)


def test_what_an_llm_of_ones_own_raises_is_told() -> None:
    from llama_index.core.llms import MockLLM

    class Broken(MockLLM):
        def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
            raise NotImplementedError("no streams here")

    with pytest.raises(LLMError, match="mine failed: NotImplementedError: no streams here"):
        list(llamaindex_model(Broken(), "mine").stream(SAY, SCHEMA))


# --- what is left alone


def test_llama_index_settings_are_not_touched(talk) -> None:
    from llama_index.core import Settings

    talk(GOOD).ask()
    assert (Settings._llm, Settings._embed_model, Settings._callback_manager) == (None, None, None)


def test_a_name_loads_no_client() -> None:
    script = (
        "from rag.generation.llm.providers import language_model\n"
        "language_model('http://127.0.0.1:1/v1'); language_model('ollama:m')\n"
        "import sys\n"
        "heavy = {'openai', 'ollama', 'anthropic', 'httpx', 'tiktoken', 'torch'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('llama_index.')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert set(ran.stdout.split()) <= {"llama_index.llms"}
