"""Averages the weights of several trained readers into one reader.

Networks that were trained from the same start with other data, order or length mostly lie in one
basin, and their mean reads better than each at the same cost (uniform soup; Wortsman et al.,
Model soups, ICML 2022). The mean of networks that lie apart is worthless, so measure it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.embed import LocalEmbedder
from rag.errors import UsageError
from rag.reading.loading import ACCOUNT_FILE, load_reader, save_reader, trained_part
from rag.reading.span_model import PAIRING, add_pairing

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def average(readers: Sequence[Path], out: Path, *, base: LocalEmbedder | None = None) -> None:
    """Writes the mean of the readers in these folders to `out`, with the account of each.

    A reader that scores starts and ends apart counts as one whose head for pairs is new, since a
    run that goes on from it begins with that head.

    :raises UsageError: if there are fewer than two, or their heads for pairs differ in size.
    :raises ModelError: if one cannot be loaded, or belongs to another embedding model.
    """
    import torch

    if len(readers) < 2:
        raise UsageError("A mean is of two readers or more.", hint="Name two folders or more.")
    base = base or LocalEmbedder()
    parts = _with_the_same_heads([load_reader(folder, base=base).network for folder in readers])
    weights = {name: torch.stack([part[name] for part in parts]).mean(dim=0) for name in parts[0]}
    stored = [json.loads((one / ACCOUNT_FILE).read_text(encoding="utf-8")) for one in readers]
    accounts = [{"sha256": item["weights"]["sha256"], **item["account"]} for item in stored]
    save_reader(out, weights, base, {"mean_of": accounts})


def _with_the_same_heads(networks: Sequence[PreTrainedModel]) -> list[dict[str, torch.Tensor]]:
    """The weights of each, with a new head for pairs where only others have one."""
    head = f"{PAIRING}.weight"
    states = [network.state_dict() for network in networks]
    ranks = {len(state[head]) // 2 for state in states if head in state}
    if len(ranks) > 1:
        raise UsageError(
            "Not all of these readers have the same heads.", hint="Train them from the same start."
        )
    for network in networks:
        if ranks and not hasattr(network, PAIRING):
            add_pairing(network, *ranks)
    return [trained_part(network) for network in networks]
