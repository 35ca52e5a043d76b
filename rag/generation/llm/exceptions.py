"""Maps the exceptions of the providers' clients to ours, with a hint and whether to try again.

An exception without a server's reply is mapped by its class or that of a cause, a server's error by
its status. Keys are removed from what a server says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from typing import Final, NamedTuple

from rag.errors import BylineError, LLMBusy, LLMError, LLMTooLong, LLMUnavailable
from rag.generation.llm.model_name import KEY_VARIABLES, Provider

FEWER_PASSAGES: Final = "Ask with fewer passages, or a larger model."
# A server that asks for a longer wait gets no second request.
_MAX_WAIT_S: Final = 20.0
_SHORT_WAIT_S = 0.5
_BUSY_WAIT_S = 2.0
_MAX_QUOTED_CHARS = 300
_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|xai|key)-[\w*.-]{6,}|(?<=Bearer )\S+", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context.{0,3}(?:length|size|window|limit)|too many (?:input )?tokens|reduce the length"
    r"|(?:prompt|input|request) (?:is |was )?too (?:long|large)",
    re.IGNORECASE,
)
_LOADING = re.compile(r"\bloading\b|not ready|starting up|warming up", re.IGNORECASE)
_BUSY = re.compile(r"busy|overloaded|capacity", re.IGNORECASE)
_NO_CREDIT = re.compile(r"insufficient_quota|billing|credit balance|spend.limit", re.IGNORECASE)
# Errors inside a stream have a type or a code instead of a status.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "exceed_context_size_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "overloaded_error": 529,
}


class Peer(NamedTuple):
    """The model that is asked, as messages name it; one brought by the user has no provider."""

    name: str
    provider: Provider | None = None
    model: str | None = None
    url: str = ""
    timeout_s: float | None = None


class Failure(NamedTuple):
    """The error to raise, and what else may help.

    `retry_after_s` is the wait before the same request may succeed, None where it would not.
    `refusal` is the server's message where it did not accept the form of the request. `loading`
    says that the server is still loading the model.
    """

    error: BylineError
    retry_after_s: float | None = None
    refusal: str | None = None
    loading: bool = False


class WrongReply(Exception):
    """A reply with a good status that is no stream; `body` is its JSON error, if it has one."""

    def __init__(self, body: Mapping[str, object] | None) -> None:
        super().__init__("not a stream")
        self.body = body


class _ErrorReply(NamedTuple):
    """A server's error: its HTTP status, its message, and the wait that it asks for."""

    status: int
    message: str
    wait_s: float | None


def failure(error: Exception, peer: Peer) -> Failure:
    """Maps an exception of any provider's client."""
    if isinstance(error, BylineError):
        return Failure(error, _SHORT_WAIT_S if isinstance(error, LLMUnavailable) else None)
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    replies = (_error_reply(link) for link in chain)
    reply = next((reply for reply in replies if reply is not None), None)
    return _no_reply(chain, peer) if reply is None else _refused(reply, peer)


def broken_off(peer: Peer) -> LLMError:
    """The error for a reply that stops before its end."""
    message = f"{peer.name} broke off in the middle of its reply."
    return LLMUnavailable(message, hint=_availability_hint(peer))


def _no_reply(chain: list[BaseException], peer: Peer) -> Failure:
    """Maps an exception without a server's reply by its class, or that of a cause."""
    import httpx

    def is_any(*classes: type[BaseException]) -> bool:
        return any(isinstance(link, classes) for link in chain)

    name, alive = peer.name, _availability_hint(peer)
    unreachable = is_any(httpx.ConnectError, httpx.ConnectTimeout, ConnectionRefusedError)
    # Ollama's client raises the bare class where it cannot connect.
    if unreachable or any(type(link) is ConnectionError for link in chain):
        where = f" at {peer.url}" if peer.url and not name.startswith(peer.url) else ""
        return Failure(LLMUnavailable(f"{name} was not reached{where}.", hint=alive))
    if is_any(httpx.TimeoutException, TimeoutError):
        seconds = f" for {peer.timeout_s:g} s" if peer.timeout_s is not None else ""
        hint = "It may still be loading, or be too slow for this machine: ask again."
        return Failure(LLMUnavailable(f"{name} said nothing{seconds}.", hint=hint), 0.0)
    if is_any(WrongReply, JSONDecodeError, UnicodeDecodeError):
        message = f"What {name} sent is no reply of a language model."
        return Failure(LLMError(message, hint=_address_hint(peer)))
    if is_any(httpx.TransportError, ConnectionError):
        error = LLMUnavailable(f"{name} broke the connection off.", hint=alive)
        return Failure(error, _SHORT_WAIT_S)
    message = f"{name} failed: {type(chain[0]).__name__}: {_clean(str(chain[0]))}"
    return Failure(LLMError(message))


def _refused(reply: _ErrorReply, peer: Peer) -> Failure:
    """Maps a server's error by its status."""
    name, said = peer.name, f": {reply.message}" if reply.message else "."
    variable = KEY_VARIABLES[peer.provider] if peer.provider else "the key"
    final = {
        # What a server says of a wrong key often holds a part of it.
        401: LLMError(f"{name} did not accept the key.", hint=f"Check {variable}."),
        402: LLMError(
            f"The account with {name} has nothing left to spend{said}",
            hint="See to its billing, or use another model.",
        ),
        403: LLMError(f"{name} may not be used with this key{said}", hint=f"Check {variable}."),
        404: LLMError(
            f"There is no {name} where it was asked for{said}", hint=_missing_model_hint(peer)
        ),
        413: LLMTooLong(
            f"The passages are more than {name} can read at once{said}", hint=FEWER_PASSAGES
        ),
    }
    status, wait_s = _meant_status(reply), reply.wait_s
    if status in final:
        return Failure(final[status])
    if status == 429:
        hint = f"Ask again in {wait_s:.0f} s." if wait_s else "Ask again in a moment."
        message = f"{name} takes no more requests for now{said}"
        return _retried(LLMBusy(message, hint=hint, wait_s=wait_s), wait_s, _BUSY_WAIT_S)
    if status >= 500 or status == 408:
        if status == 503 and _LOADING.search(reply.message):
            hint = "Ask again when it is ready."
            return Failure(
                LLMUnavailable(f"{name} is still loading its model.", hint=hint), loading=True
            )
        message = f"{name} had an internal error ({status}){said}"
        error = LLMUnavailable(message, hint=_availability_hint(peer))
        return _retried(error, wait_s, _SHORT_WAIT_S)
    return Failure(LLMError(f"{name} refused the request ({status}){said}"), None, reply.message)


def _retried(error: LLMError, wait_s: float | None, default_s: float) -> Failure:
    """A failure that a second request may mend, unless the server asks for too long a wait."""
    wait_s = default_s if wait_s is None else wait_s
    return Failure(error, wait_s if wait_s <= _MAX_WAIT_S else None)


def _meant_status(reply: _ErrorReply) -> int:
    """The status that an error's message stands for, where servers use a more general one."""
    status, message = reply.status, reply.message
    if status not in (401, 403, 404, 429) and _TOO_LONG.search(message):
        return 413
    if status in (400, 403, 429) and _NO_CREDIT.search(message):
        return 402
    if status == 529 or (status == 503 and _BUSY.search(message)):
        return 429
    return status


def _error_reply(error: BaseException) -> _ErrorReply | None:
    """The server's error that a client's exception holds; None where no server replied."""
    status, body = getattr(error, "status_code", None), getattr(error, "body", None)
    if body is None and isinstance(status, int):
        # Ollama's client keeps the message alone.
        body = getattr(error, "error", None)
    if not isinstance(status, int) and not isinstance(body, Mapping | str):
        return None
    # Some clients unwrap the error, some do not.
    details = body["error"] if isinstance(body, Mapping) and body.get("error") else body
    return _ErrorReply(_status(status, details), _clean(_message(details)), _wait_s(error))


def _status(status: object, details: object) -> int:
    if isinstance(status, int) and status >= 400:
        return status
    types = [details.get("code"), details.get("type")] if isinstance(details, Mapping) else []
    numbers = [item for item in types if isinstance(item, int) and item >= 400]
    known = [_STATUS_OF_TYPE[item] for item in types if item in _STATUS_OF_TYPE]
    return next(iter(numbers + known), 500)


def _message(details: object) -> str:
    if not isinstance(details, Mapping):
        # A page of HTML, as a gateway sends it, helps nobody.
        return "" if re.match(r"\s*<", str(details)) else str(details or "")
    message = str(details.get("message") or details.get("detail") or details)
    code = details.get("code")
    return f"{message} ({code})" if isinstance(code, str) and code not in message else message


def _wait_s(error: BaseException) -> float | None:
    """The seconds that a server asks to wait for, given as a number or as a date."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    wait = headers.get("retry-after") or ""
    with suppress(ValueError):
        return max(0.0, float(wait))
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(wait) - datetime.now(UTC)).total_seconds())
    return None


def _clean(text: str) -> str:
    """The text without keys, on one line, and not too long."""
    for variable in KEY_VARIABLES.values():
        if key := os.environ.get(variable, "").strip():
            text = text.replace(key, "…")
    text = " ".join(_KEY_LIKE.sub("…", text).split())
    return text if len(text) <= _MAX_QUOTED_CHARS else f"{text[:_MAX_QUOTED_CHARS]}…"


def _availability_hint(peer: Peer) -> str:
    if peer.provider == "ollama":
        return "Is it running? Start it with: ollama serve"
    if peer.provider in ("http", None):
        return "Is the server running?"
    return "Check the connection, or ask again later."


def _missing_model_hint(peer: Peer) -> str:
    if peer.provider == "ollama":
        return f"Get it with: ollama pull {peer.model}"
    return _address_hint(peer) if peer.provider == "http" else "Check the name of the model."


def _address_hint(peer: Peer) -> str:
    where = f" {peer.url}" if peer.url else ""
    more = " (it usually ends in /v1), and the model after #" if peer.provider == "http" else ""
    return f"Check the address{where}{more}."
