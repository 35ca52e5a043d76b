"""Averages the weights of several trained readers into one reader.

Networks that were trained from the same start with other data, order or length mostly lie in one
basin, and their mean reads better than each at the same cost (uniform soup; Wortsman et al.,
Model soups, ICML 2022). The mean of networks that lie apart is worthless, so measure it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rag.embed import LocalEmbedder
from rag.errors import UsageError
from rag.reading.loading import ACCOUNT_FILE, load_reader, save_reader, trained_part


def average(readers: Sequence[Path], out: Path, *, base: LocalEmbedder | None = None) -> None:
    """Writes the mean of the readers in these folders to `out`, with the account of each.

    :raises UsageError: if there are fewer than two, or not all have the same heads.
    :raises ModelError: if one cannot be loaded, or belongs to another embedding model.
    """
    import torch

    if len(readers) < 2:
        raise UsageError("A mean is of two readers or more.", hint="Name two folders or more.")
    base = base or LocalEmbedder()
    parts = [trained_part(load_reader(folder, base=base).network) for folder in readers]
    if any(part.keys() != parts[0].keys() for part in parts):
        raise UsageError(
            "Not all of these readers have the same heads.", hint="Train them from the same start."
        )
    weights = {name: torch.stack([part[name] for part in parts]).mean(dim=0) for name in parts[0]}
    stored = [json.loads((one / ACCOUNT_FILE).read_text(encoding="utf-8")) for one in readers]
    accounts = [{"sha256": item["weights"]["sha256"], **item["account"]} for item in stored]
    save_reader(out, weights, base, {"mean_of": accounts})
