"""Tells in which precision the processor computes fast."""

from __future__ import annotations


def has_bf16() -> bool:
    """Whether the processor multiplies in bf16 (Intel AMX, or AVX-512 BF16, AMD since Zen 4)."""
    import torch

    # Without either, bf16 can be a hundred times slower, and even the timed check takes long.
    supported = (
        getattr(torch.cpu, f"_is_{kind}_supported", None) for kind in ("amx_tile", "avx512_bf16")
    )
    return any(check is not None and check() for check in supported)
