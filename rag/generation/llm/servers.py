"""Asks servers for the names of their models: those of this machine, and the one that replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rag.generation.llm.model_name import ModelName, key_of

# llama.cpp, LM Studio, vLLM
_PORTS = (8080, 1234, 8000)
_LOCAL_TIMEOUT_S = 0.5
_TIMEOUT_S = 10.0


class LocalModel(NamedTuple):
    """A model: what Byline calls it, and what its server calls it."""

    name: str
    model: str


def local_models(ports: Sequence[int] = _PORTS) -> list[LocalModel]:
    """The models of Ollama, and of servers of OpenAI's protocol at these ports."""
    found: list[LocalModel] = []
    ollama = ModelName.parse("ollama:any")
    if ollama.loopback:
        names = _names(_listed(ollama, _LOCAL_TIMEOUT_S), "model")
        found += [LocalModel(f"ollama:{name}", name) for name in names]
    for port in ports:
        server = ModelName.parse(f"http://127.0.0.1:{port}/v1")
        ids = _names(_listed(server, _LOCAL_TIMEOUT_S), "id")
        one = len(ids) == 1
        found += [LocalModel(server.url if one else f"{server.url}#{name}", name) for name in ids]
    return found


def served_model(name: ModelName, timeout_s: float) -> str | None:
    """What a server of one's own calls the model that replies; None if it does not say.

    At Ollama it is the digest of the model, which changes when the model is pulled anew.
    """
    models = _listed(name, min(_TIMEOUT_S, timeout_s), key=key_of(name))
    if name.provider == "ollama":
        wanted = {name.model, f"{name.model}:latest"}
        digests = (item.get("digest") for item in models if item.get("model") in wanted)
        return next((str(digest)[:12] for digest in digests if digest), None)
    ids = _names(models, "id")
    return name.model if name.model in ids else next(iter(ids), None)


def _listed(name: ModelName, timeout_s: float, *, key: str = "") -> list[dict[str, Any]]:
    """The models that a server lists; none if there is no server, or it is none of models."""
    import httpx

    path, field = ("/api/tags", "models") if name.provider == "ollama" else ("/models", "data")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(timeout=timeout_s, **name.direct) as client:
            reply = client.get(name.url + path, headers=headers).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return []
    listed = reply.get(field) if isinstance(reply, dict) else None
    items = listed if isinstance(listed, list) else []
    return [item for item in items if isinstance(item, dict)]


def _names(models: Sequence[dict[str, Any]], field: str) -> list[str]:
    return [str(item[field]) for item in models if item.get(field)]
