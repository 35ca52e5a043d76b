"""What tokens cost: list prices of well-known models, in US dollars for a million tokens given and a million written.

In go a model's name and its tokens; out comes a price, or None where none is known. Prices are those of `AS_OF` and change; discounts
for what a provider has kept of earlier requests are not counted, nor are surcharges on very long requests. Standard library only.
"""

from __future__ import annotations

import re
from typing import Final

from rag.errors import UsageError
from rag.generation.llm.model_name import ModelName, Provider
from rag.generation.llm.types import Tokens

AS_OF: Final = "2026-10-10"
_PRICES: Final[dict[Provider, dict[str, tuple[float, float]]]] = {
    "openai": {
        "gpt-6-astra": (10.0, 50.0),
        "gpt-6-sol": (2.0, 10.0),
        "gpt-6-luna": (0.10, 0.50),
        "gpt-5.6-sol": (5.0, 30.0),
        "gpt-5.6-terra": (2.0, 12.0),
        "gpt-5.6-luna": (0.20, 1.20),
        "gpt-5.5": (5.0, 30.0),
        "gpt-5.4": (2.50, 15.0),
        "gpt-5.4-mini": (0.75, 4.50),
        "gpt-5.4-nano": (0.20, 1.25),
        "gpt-5.2": (1.75, 14.0),
        "gpt-5.1": (1.25, 10.0),
        "gpt-5": (1.25, 10.0),
        "gpt-5-mini": (0.25, 2.0),
        "gpt-5-nano": (0.05, 0.40),
        "gpt-4.1": (2.0, 8.0),
        "gpt-4.1-mini": (0.40, 1.60),
        "gpt-4.1-nano": (0.10, 0.40),
        "gpt-4o": (2.50, 10.0),
        "gpt-4o-mini": (0.15, 0.60),
        "gpt-4-turbo": (10.0, 30.0),
        "gpt-3.5-turbo": (0.50, 1.50),
        "o4-mini": (1.10, 4.40),
        "o3": (2.0, 8.0),
        "o3-mini": (1.10, 4.40),
        "o1": (15.0, 60.0),
    },
    "anthropic": {
        "claude-fable-5": (10.0, 50.0),
        "claude-opus-5-5": (4.0, 20.0),
        "claude-opus-5": (5.0, 25.0),
        "claude-opus-4-8": (5.0, 25.0),
        "claude-opus-4-7": (5.0, 25.0),
        "claude-opus-4-6": (5.0, 25.0),
        "claude-opus-4-5": (5.0, 25.0),
        "claude-opus-4-1": (15.0, 75.0),
        "claude-opus-4": (15.0, 75.0),
        "claude-sonnet-5-5": (2.0, 10.0),
        "claude-sonnet-5": (2.0, 10.0),
        "claude-sonnet-4-6": (3.0, 15.0),
        "claude-sonnet-4-5": (3.0, 15.0),
        "claude-sonnet-4": (3.0, 15.0),
        "claude-haiku-5-5": (0.10, 0.50),
        "claude-haiku-4-5": (1.0, 5.0),
        "claude-3-7-sonnet": (3.0, 15.0),
        "claude-3-5-haiku": (0.80, 4.0),
        "claude-3-haiku": (0.25, 1.25),
    },
}
# A date or an alias after a family's name. Anything else may be another model at another price: gpt-5-pro is not gpt-5.
_EDITION = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|latest|0)$")


def price_usd(name: str, tokens: Tokens) -> float | None:
    """What a request cost: nothing on a machine of one's own, None where no price is known.

    >>> price_usd("openai:gpt-4o-mini-2024-07-18", Tokens(given=1_000_000, written=100_000))
    0.21
    """
    try:
        model = ModelName.parse(name)
    except UsageError:
        return None
    if (model.provider == "ollama" and not model.passed_on) or (
        model.provider == "http" and model.local
    ):
        return 0.0
    prices = _family(model)
    return (
        None
        if prices is None
        else (tokens.given * prices[0] + tokens.written * prices[1]) / 1_000_000
    )


def _family(name: ModelName) -> tuple[float, float] | None:
    families, model = _PRICES.get(name.provider, {}), name.model or ""
    return families.get(model) or families.get(_EDITION.sub("", model))
