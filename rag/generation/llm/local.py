"""Finds the language models that run on this machine, at the usual ports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rag.generation.llm.model_name import ModelName

# llama.cpp, LM Studio, vLLM
_PORTS = (8080, 1234, 8000)
_TIMEOUT_S = 0.5


class LocalModel(NamedTuple):
    """A model: what Byline calls it, and what its server calls it."""

    name: str
    model: str


def local_models(ports: Sequence[int] = _PORTS) -> list[LocalModel]:
    """The models of Ollama, and of servers of OpenAI's protocol at these ports."""
    found = list(_ollama_models())
    for port in ports:
        url = f"http://127.0.0.1:{port}/v1"
        ids = _listed(f"{url}/models", "data", "id")
        one = len(ids) == 1
        found += [LocalModel(url if one else f"{url}#{model}", model) for model in ids]
    return found


def _ollama_models() -> Iterator[LocalModel]:
    server = ModelName.parse("ollama:any")
    if server.loopback:
        for model in _listed(f"{server.url}/api/tags", "models", "model"):
            yield LocalModel(f"ollama:{model}", model)


def _listed(url: str, key: str, field: str) -> list[str]:
    """What a server lists there; nothing if there is none, or it is no server of models."""
    import httpx

    direct: dict[str, Any] = {"mounts": dict.fromkeys(("all://", "http://", "https://"))}
    try:
        with httpx.Client(timeout=_TIMEOUT_S, **direct) as client:
            reply = client.get(url).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return []
    listed = reply.get(key) if isinstance(reply, dict) else None
    items = listed if isinstance(listed, list) else []
    return [str(item[field]) for item in items if isinstance(item, dict) and item.get(field)]
