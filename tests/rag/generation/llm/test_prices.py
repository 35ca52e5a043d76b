"""What requests cost: known, free or unknown, and never another model's price."""

from __future__ import annotations

import pytest

from rag.generation.llm.prices import price_usd
from rag.generation.llm.types import Tokens

MILLION = Tokens(1_000_000, 1_000_000)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OLLAMA_HOST", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("openai:gpt-4o-mini", 0.75),
        ("openai:gpt-4o-mini-2024-07-18", 0.75),
        ("openai:gpt-4o-2024-11-20", 12.5),
        ("openai:gpt-5", 11.25),
        ("openai:gpt-5-mini-2025-08-07", 2.25),
        ("anthropic:claude-opus-4-20250514", 90.0),
        ("anthropic:claude-opus-4-0", 90.0),
        ("anthropic:claude-opus-4-5-20251101", 30.0),
        ("anthropic:claude-haiku-4-5", 6.0),
        ("anthropic+citations:claude-haiku-4-5", 6.0),
        ("anthropic:claude-3-5-haiku-latest", 4.8),
        ("ollama:qwen3:8b", 0.0),
        ("http://127.0.0.1:8080/v1", 0.0),
    ],
)
def test_prices(name: str, price: float) -> None:
    assert price_usd(name, MILLION) == pytest.approx(price)


@pytest.mark.parametrize(
    "name",
    [
        "openai:gpt-5-pro",
        "openai:gpt-4o-audio-preview",
        "openai:ft:gpt-4o-mini:acme::abc",
        "anthropic:claude-opus-9",
        "ollama:gpt-oss:120b-cloud",
        "https://llm.example.org/v1#gpt-4o-mini",
        "MockLLM",
    ],
)
def test_what_is_not_known_has_no_price(name: str) -> None:
    assert price_usd(name, MILLION) is None


def test_both_kinds_of_tokens_count() -> None:
    assert price_usd("openai:gpt-4o-mini", Tokens(2000, 500)) == pytest.approx(
        2000 * 0.15e-6 + 500 * 0.60e-6
    )
    assert price_usd("openai:gpt-4o-mini", Tokens(0, 0)) == 0.0
