"""What goes wrong between a language model and us -> an error in words for people, and whether asking once more may help.

In go an exception of any provider's client and whom it spoke to; out comes an LLMError with a hint. Clients are told apart by what their
exceptions carry (status, body, kind), so that none is imported here. Keys are taken out of whatever a provider says. Standard library only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from rag.errors import BylineError, LLMBusy, LLMError, LLMTooLong, LLMUnavailable
from rag.generation.llm.model_name import KEY_VARIABLES, Provider

# A server that asks for more patience than this gets no second request.
LONGEST_WAIT_S: Final = 20.0
_SHORT_WAIT_S = 0.5
_UNTOLD_WAIT_S = 2.0
_MOST_SAID = 300
_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|xai|key)-[\w*.-]{6,}|(?<=Bearer )\S+", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context.{0,3}(?:length|size|window|limit)|(?:prompt|input|request) (?:is |was )?too (?:long|large)|too many (?:input )?tokens"
    r"|reduce the length",
    re.IGNORECASE,
)
_BUSY = re.compile(r"busy|overloaded|capacity", re.IGNORECASE)
_NO_CREDIT = re.compile(r"insufficient_quota|billing|credit balance|spend.limit", re.IGNORECASE)
# Errors inside a reply that began well have a kind where others have a status.
_STATUS_OF_KIND = {
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
    """Whom we speak to, as messages name it. What a library user brings has no provider that is known here."""

    name: str
    provider: Provider | None = None
    model: str | None = None
    address: str = ""
    timeout_s: float | None = None


class Fault(NamedTuple):
    """What went wrong. `again_s` says when asking once more may help, None where it would not; `refused` is what the server said where it
    would not take the request as it was put."""

    error: BylineError
    again_s: float | None = None
    refused: str | None = None


class WrongReply(Exception):
    """A reply that is no stream of pieces: an error as JSON, a page of HTML."""

    def __init__(self, body: object) -> None:
        super().__init__("not a stream")
        self.body = body


class _Said(NamedTuple):
    """What a server's error tells: its status, its kinds, its words, and for how long to wait."""

    status: int
    text: str
    wait_s: float | None


def fault(error: Exception, peer: Peer) -> Fault:
    """The error to raise instead of a client's, and what can be done about it."""
    if isinstance(error, BylineError):
        return Fault(error, _SHORT_WAIT_S if isinstance(error, LLMUnavailable) else None)
    chain = list(_chain(error))
    said = _said(chain)
    return _failed(chain, peer) if said is None else _answered(said, peer)


def broken_off(peer: Peer) -> LLMError:
    """The error for a reply that ends without having come to its end."""
    return LLMUnavailable(f"{peer.name} broke off in the middle of its reply.", hint=_alive(peer))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _failed(chain: list[BaseException], peer: Peer) -> Fault:
    """What it means that no answer came."""
    kinds = {cls.__name__ for link in chain for cls in type(link).__mro__}
    if kinds & {"ConnectError", "ConnectTimeout", "ConnectionRefusedError"} or any(
        type(link) is ConnectionError for link in chain
    ):
        where = f" at {peer.address}" if peer.address else ""
        return Fault(LLMUnavailable(f"{peer.name} was not reached{where}.", hint=_alive(peer)))
    if kinds & {"APITimeoutError", "TimeoutException", "TimeoutError"}:
        seconds = f" for {peer.timeout_s:g} s" if peer.timeout_s is not None else ""
        hint = "It may still be loading, or be too slow for this machine: ask again."
        return Fault(LLMUnavailable(f"{peer.name} said nothing{seconds}.", hint=hint), 0.0)
    if kinds & {"WrongReply", "JSONDecodeError", "UnicodeDecodeError"}:
        return Fault(
            LLMError(
                f"What {peer.name} sent is no reply of a language model.", hint=_address_hint(peer)
            )
        )
    if kinds & {"TransportError", "ConnectionError", "APIConnectionError"}:
        return Fault(
            LLMUnavailable(f"{peer.name} broke the connection off.", hint=_alive(peer)),
            _SHORT_WAIT_S,
        )
    return Fault(
        LLMError(f"{peer.name} failed: {type(chain[0]).__name__}: {_clean(str(chain[0]))}")
    )


def _said(chain: list[BaseException]) -> _Said | None:
    for link in chain:
        status, body = getattr(link, "status_code", None), getattr(link, "body", None)
        if body is None and isinstance(status, int):
            # Ollama's client keeps the words alone, and has no status for an error inside a stream.
            body = getattr(link, "error", None)
        if (
            isinstance(status, int)
            or isinstance(body, Mapping)
            or (isinstance(body, str) and not isinstance(link, WrongReply))
        ):
            inner = _inner(body)
            return _Said(_status(status, inner), _clean(_words(inner)), _wait(link))
    return None


def _inner(body: object) -> object:
    """The error itself: some clients unwrap it, some do not."""
    return body["error"] if isinstance(body, Mapping) and body.get("error") else body


def _status(status: object, inner: object) -> int:
    if isinstance(status, int) and status >= 400:
        return status
    kinds = [inner.get("code"), inner.get("type")] if isinstance(inner, Mapping) else []
    numbers = [kind for kind in kinds if isinstance(kind, int) and kind >= 400]
    known = [_STATUS_OF_KIND[kind] for kind in kinds if kind in _STATUS_OF_KIND]
    return next(iter(numbers + known), 500)


def _words(inner: object) -> str:
    if not isinstance(inner, Mapping):
        # A page of HTML, as a gateway sends it, says nothing that a person could use.
        return "" if re.match(r"\s*<", str(inner)) else str(inner or "")
    words = str(inner.get("message") or inner.get("detail") or inner)
    code = inner.get("code")
    return f"{words} ({code})" if isinstance(code, str) and code not in words else words


def _wait(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    told = headers.get("retry-after")
    if not told:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _clean(text: str) -> str:
    """Without keys, on one line and not too long."""
    for variable in KEY_VARIABLES.values():
        if key := os.environ.get(variable, "").strip():
            text = text.replace(key, "…")
    text = " ".join(_KEY_LIKE.sub("…", text).split())
    return text if len(text) <= _MOST_SAID else f"{text[:_MOST_SAID]}…"


def _answered(said: _Said, peer: Peer) -> Fault:
    """What an error status means."""
    quoted = f": {said.text}" if said.text else "."
    meaning = next((meaning for holds, meaning in _MEANINGS if holds(said)), _refused)
    return meaning(said, peer, quoted)


def _too_long(said: _Said, peer: Peer, quoted: str) -> Fault:  # noqa: ARG001
    hint = "Ask with fewer passages, or a larger model."
    return Fault(
        LLMTooLong(f"The passages are more than {peer.name} can read at once{quoted}", hint=hint)
    )


def _wrong_key(said: _Said, peer: Peer, quoted: str) -> Fault:  # noqa: ARG001
    # What a server says of a wrong key often holds a part of it.
    return Fault(LLMError(f"{peer.name} did not accept the key.", hint=_key_hint(peer)))


def _no_credit(said: _Said, peer: Peer, quoted: str) -> Fault:  # noqa: ARG001
    hint = "See to its billing, or use another model."
    return Fault(
        LLMError(f"The account with {peer.name} has nothing left to spend{quoted}", hint=hint)
    )


def _forbidden(said: _Said, peer: Peer, quoted: str) -> Fault:  # noqa: ARG001
    return Fault(
        LLMError(f"{peer.name} may not be used with this key{quoted}", hint=_key_hint(peer))
    )


def _missing(said: _Said, peer: Peer, quoted: str) -> Fault:  # noqa: ARG001
    if peer.provider == "ollama":
        hint = f"Get it with: ollama pull {peer.model}"
    else:
        hint = _address_hint(peer) if peer.provider == "http" else "Check the name of the model."
    return Fault(LLMError(f"There is no {peer.name} where it was asked for{quoted}", hint=hint))


def _busy(said: _Said, peer: Peer, quoted: str) -> Fault:
    hint = f"Ask again in {said.wait_s:.0f} s." if said.wait_s else "Ask again in a moment."
    error = LLMBusy(
        f"{peer.name} takes no more requests for now{quoted}", hint=hint, wait_s=said.wait_s
    )
    return Fault(error, _patience(said, _UNTOLD_WAIT_S))


def _ailing(said: _Said, peer: Peer, quoted: str) -> Fault:
    error = LLMUnavailable(
        f"{peer.name} had a fault of its own ({said.status}){quoted}", hint=_alive(peer)
    )
    return Fault(error, _patience(said, _SHORT_WAIT_S))


def _refused(said: _Said, peer: Peer, quoted: str) -> Fault:
    return Fault(
        LLMError(f"{peer.name} refused the request ({said.status}){quoted}"), refused=said.text
    )


# The first that holds; where none does, the request was refused as it was put.
_MEANINGS: Final[
    tuple[tuple[Callable[[_Said], object], Callable[[_Said, Peer, str], Fault]], ...]
] = (
    (
        lambda said: (
            said.status == 413
            or (said.status not in (401, 403, 404, 429) and _TOO_LONG.search(said.text))
        ),
        _too_long,
    ),
    (lambda said: said.status == 401, _wrong_key),
    (
        lambda said: (
            said.status == 402 or (said.status in (400, 403, 429) and _NO_CREDIT.search(said.text))
        ),
        _no_credit,
    ),
    (lambda said: said.status == 403, _forbidden),
    (lambda said: said.status == 404, _missing),
    (
        lambda said: said.status in (429, 529) or (said.status == 503 and _BUSY.search(said.text)),
        _busy,
    ),
    (lambda said: said.status >= 500 or said.status == 408, _ailing),
)


def _patience(said: _Said, untold: float) -> float | None:
    wait = untold if said.wait_s is None else said.wait_s
    return wait if wait <= LONGEST_WAIT_S else None


def _alive(peer: Peer) -> str:
    if peer.provider == "ollama":
        return "Is it running? Start it with: ollama serve"
    return (
        "Is the server running?"
        if peer.provider in ("http", None)
        else "Check the connection, or ask again later."
    )


def _key_hint(peer: Peer) -> str:
    return f"Check {KEY_VARIABLES[peer.provider]}." if peer.provider else "Check the key."


def _address_hint(peer: Peer) -> str:
    where = f" {peer.address}" if peer.address else ""
    more = " (it usually ends in /v1), and the model after #" if peer.provider == "http" else ""
    return f"Check the address{where}{more}."
