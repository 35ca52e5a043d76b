"""Servers on loopback that speak the protocols of language models and do what a script says: reply,
be slow, fail, hang or die.

A script takes the JSON of a request and gives actions, in their order; a string is said as one
piece of the reply, and a reply that no action ends otherwise comes to a good end. What was asked is
kept.

    with openai_server(lambda request: ['{"answered": ', "true}"]) as server:
        language_model(f"{server.url}#any").stream(…)
"""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Wait:
    """Says nothing for so long."""

    seconds: float


@dataclass(frozen=True)
class Hang:
    """Says nothing more, and does not hang up."""


@dataclass(frozen=True)
class Die:
    """Cuts the connection."""


@dataclass(frozen=True)
class Vanish:
    """Ends the stream in good order, but in the middle of the reply."""


@dataclass(frozen=True)
class Refuse:
    """Answers with this status, instead of a stream."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Answers with status 200 and something that is no stream."""

    text: str
    kind: str = "text/html"


@dataclass(frozen=True)
class Fault:
    """An error inside the stream; without a kind, its words alone where the protocol has room for
    that.
    """

    message: str
    kind: str = "server_error"


@dataclass(frozen=True)
class Cited:
    """A piece of the reply that Anthropic cites for: (document, first sentence, sentence after the
    last), all from 0.
    """

    text: str
    places: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class End:
    """The reply's end, its reason and its tokens."""

    reason: str = "stop"
    given: int = 11
    written: int = 7


Action = str | Wait | Hang | Die | Vanish | Refuse | Page | Fault | Cited | End
Script = Callable[[dict[str, Any]], Iterable[Action]]


class Asked(NamedTuple):
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    json: dict[str, Any]


class LLMServer(ThreadingHTTPServer):
    """One server: `url` is what a model's name holds, `asked` what was asked, `hung_up` is set when
    a client goes before the end.
    """

    daemon_threads = True

    def __init__(
        self,
        handler: type[BaseHTTPRequestHandler],
        script: Script,
        path: str,
        models: tuple[str, ...],
        window: int,
    ) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.script, self.models, self.window = script, models, window
        self.url = f"http://127.0.0.1:{self.server_port}{path}"
        self.asked: list[Asked] = []
        self.visited: list[str] = []
        self.hung_up = threading.Event()
        self.closing = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silence: that clients go is what is tested."""
        self.hung_up.set()


@contextmanager
def openai_server(script: Script, *, models: tuple[str, ...] = ("tiny",)) -> Iterator[LLMServer]:
    """The OpenAI protocol at `/v1`: chat completions as server-sent events, a list of models."""
    with _served(LLMServer(_OpenAI, script, "/v1", models, 0)) as server:
        yield server


@contextmanager
def ollama_server(
    script: Script, *, models: tuple[str, ...] = ("tiny",), window: int = 32_768
) -> Iterator[LLMServer]:
    """Ollama's protocol, lines of JSON; it has pulled these models, each of which reads `window`
    tokens.
    """
    with _served(LLMServer(_Ollama, script, "", models, window)) as server:
        yield server


@contextmanager
def anthropic_server(script: Script) -> Iterator[LLMServer]:
    """Anthropic's messages as server-sent events."""
    with _served(LLMServer(_Anthropic, script, "", (), 0)) as server:
        yield server


@contextmanager
def _served(server: LLMServer) -> Iterator[LLMServer]:
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Gone(Exception):
    """The client has gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LLMServer
    kind = "text/event-stream"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.visited.append(self.path)
        self.whole(
            200,
            {
                "object": "list",
                "data": [{"id": name, "object": "model"} for name in self.server.models],
            },
        )

    def do_POST(self) -> None:
        self.server.visited.append(self.path)
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.aside(request):
            self.server.asked.append(
                Asked(
                    self.path, {key.lower(): value for key, value in self.headers.items()}, request
                )
            )
            try:
                self.perform([*self.server.script(request), End()], request)
            except (_Gone, ConnectionError):
                self.server.hung_up.set()
                self.close_connection = True

    def aside(self, request: dict[str, Any]) -> bool:
        """Whether the request was another than for a reply, and is answered."""
        return False

    def perform(self, actions: Iterable[Action], request: dict[str, Any]) -> None:
        begun = False
        for action in actions:
            if isinstance(action, Wait | Hang):
                self.idle(action.seconds if isinstance(action, Wait) else 60.0)
                continue
            if not begun and not isinstance(action, Refuse | Page):
                self.begin()
                begun = True
            if self.act(action, request):
                return

    def act(self, action: Action, request: dict[str, Any]) -> bool:
        """Does it; whether nothing comes after it."""
        match action:
            case str():
                self.chunk(self.piece(action))
                return False
            case Refuse():
                self.whole(action.status, action.body, action.headers)
            case Page():
                self.whole(200, action.text, {"content-type": action.kind})
            case Die():
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case Vanish():
                self.chunk(b"")
            case Fault():
                self.chunk(self.fault(action))
                self.chunk(b"")
            case End():
                self.chunk(self.end(action, request))
                self.chunk(b"")
        return True

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("content-type", self.kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """A part of the stream; an empty one ends it."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def whole(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for key, value in ({"content-type": "application/json"} | (headers or {})).items():
            self.send_header(key, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def idle(self, seconds: float) -> None:
        """Waits, unless the client goes or the server closes."""
        for _ in range(max(1, round(seconds / 0.02))):
            if self.server.closing.is_set():
                raise _Gone
            # select() takes no descriptors above 1023, which a long run of tests reaches.
            waiting = select.poll()
            waiting.register(self.connection, select.POLLIN)
            readable = waiting.poll(20)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise _Gone

    def piece(self, text: str) -> bytes:
        raise NotImplementedError

    def fault(self, fault: Fault) -> bytes:
        raise NotImplementedError

    def end(self, end: End, request: dict[str, Any]) -> bytes:
        raise NotImplementedError


def _event(data: Any, name: str = "") -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


class _OpenAI(_Handler):
    def piece(self, text: str) -> bytes:
        return _event(_chunk({"role": "assistant", "content": text}))

    def fault(self, fault: Fault) -> bytes:
        return _event(
            {
                "error": {"message": fault.message, "type": fault.kind, "code": None}
                if fault.kind
                else fault.message
            }
        )

    def end(self, end: End, request: dict[str, Any]) -> bytes:
        events = _event(_chunk({}, end.reason))
        if request.get("stream_options", {}).get("include_usage"):
            total = end.given + end.written
            usage = {
                "prompt_tokens": end.given,
                "completion_tokens": end.written,
                "total_tokens": total,
            }
            events += _event({**_chunk({}), "choices": [], "usage": usage})
        return events + _event("[DONE]")


def _chunk(delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "chat-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "tiny",
        "choices": [choice],
    }


class _Ollama(_Handler):
    kind = "application/x-ndjson"

    def do_GET(self) -> None:
        self.server.visited.append(self.path)
        digests = {name: sha256(name.encode()).hexdigest() for name in self.server.models}
        models = [{"model": f"{name}:latest", "digest": digests[name]} for name in digests]
        self.whole(200, {"models": models})

    def aside(self, request: dict[str, Any]) -> bool:
        if request["model"] not in self.server.models:
            self.whole(404, {"error": f"model '{request['model']}' not found"})
            return True
        if self.path == "/api/show":
            self.whole(200, {"model_info": {"tiny.context_length": self.server.window}})
        return self.path == "/api/show"

    def piece(self, text: str) -> bytes:
        return self.line(message={"role": "assistant", "content": text}, done=False)

    def fault(self, fault: Fault) -> bytes:
        return json.dumps({"error": fault.message}).encode() + b"\n"

    def end(self, end: End, request: dict[str, Any]) -> bytes:
        counts = {"prompt_eval_count": end.given, "eval_count": end.written}
        return self.line(
            message={"role": "assistant", "content": ""},
            done=True,
            done_reason=end.reason,
            **counts,
        )

    def line(self, **values: Any) -> bytes:
        return (
            json.dumps({"model": "tiny", "created_at": "2026-01-01T00:00:00Z", **values}).encode()
            + b"\n"
        )


class _Anthropic(_Handler):
    def begin(self) -> None:
        super().begin()
        ids = {"id": "m-1", "type": "message", "role": "assistant", "model": "tiny"}
        usage = {"input_tokens": 11, "output_tokens": 1}
        self.chunk(
            _typed(
                "message_start",
                message={
                    **ids,
                    "content": [],
                    "stop_reason": None,
                    "stop_sequence": None,
                    "usage": usage,
                },
            )
        )
        self.block = 0
        self.chunk(self.start() + _typed("ping"))

    def act(self, action: Action, request: dict[str, Any]) -> bool:
        if not isinstance(action, Cited):
            return super().act(action, request)
        cited = b"".join(
            self.delta(type="citations_delta", citation=_citation(*place))
            for place in action.places
        )
        self.chunk(self.next_block() + self.piece(action.text) + cited + self.next_block())
        return False

    def start(self) -> bytes:
        return _typed(
            "content_block_start", index=self.block, content_block={"type": "text", "text": ""}
        )

    def next_block(self) -> bytes:
        stop = _typed("content_block_stop", index=self.block)
        self.block += 1
        return stop + self.start()

    def delta(self, **values: Any) -> bytes:
        return _typed("content_block_delta", index=self.block, delta=values)

    def piece(self, text: str) -> bytes:
        return self.delta(type="text_delta", text=text)

    def fault(self, fault: Fault) -> bytes:
        return _typed("error", error={"type": fault.kind, "message": fault.message})

    def end(self, end: End, request: dict[str, Any]) -> bytes:
        reason = "end_turn" if end.reason == "stop" else end.reason
        delta = _typed(
            "message_delta",
            delta={"stop_reason": reason, "stop_sequence": None},
            usage={"output_tokens": end.written},
        )
        return _typed("content_block_stop", index=self.block) + delta + _typed("message_stop")


def _citation(document: int, start: int, end: int) -> dict[str, Any]:
    place = {"search_result_index": document, "start_block_index": start, "end_block_index": end}
    return {
        "type": "search_result_location",
        "cited_text": "…",
        "source": "…",
        "title": "…",
        **place,
    }


def _typed(kind: str, **values: Any) -> bytes:
    return _event({"type": kind, **values}, kind)
