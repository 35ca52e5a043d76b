"""Fakes that tests share: an embedder that hashes words, and documents made on the spot."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from rag.model import Span
from rag.terms import terms


class HashingEmbedder:
    """Adds up one fixed random vector a term, so that texts sharing words are near; counts what it was asked to encode."""

    def __init__(self, name: str = "hashing", *, dim: int = 64, max_tokens: int = 64) -> None:
        self.name = name
        self.identity = f"{name}-{dim}"
        self.dim = dim
        self.max_tokens = max_tokens
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, self.dim), dtype=np.float32)

    def encode_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> list[np.ndarray]:
        return [
            np.stack([self._vector(text[span.start : span.end]) for span in spans]) if spans else np.zeros((0, self.dim), dtype=np.float32)
            for text, spans in zip(texts, parts, strict=True)
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def _vector(self, text: str) -> np.ndarray:
        vector = np.full(self.dim, 1e-3, dtype=np.float32)
        for term in terms(text):
            seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
            vector += np.random.default_rng(seed).standard_normal(self.dim, dtype=np.float32)
        return vector / np.linalg.norm(vector)
