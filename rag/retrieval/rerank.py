"""Reorders passages with a cross-encoder of sentence-transformers; optional, none ships."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from rag.embed import passage_input
from rag.encoder.files import model_folder
from rag.errors import ModelError
from rag.model import Hit

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# How many passages are retrieved to be reordered; deeper ones rarely answer.
RERANKED = 30
_BATCH = 16
_SORTS = "ForSequenceClassification"


class Reranker:
    """A cross-encoder by folder or hub name, loaded when first used; safe between threads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.RLock()

    def rerank(self, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Sorts the hits by the cross-encoder's score and ranks them anew; other fields stay.

        :raises ModelError: if the model is missing or cannot be loaded.
        """
        import numpy as np

        if not hits:
            return ()
        pairs = [(question, passage_input(hit.article.title, hit.text)) for hit in hits]
        with self._lock:
            scores = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
        return tuple(replace(hits[i], rank=rank) for rank, i in enumerate(order.tolist(), start=1))

    @cached_property
    def _model(self) -> CrossEncoder:
        from sentence_transformers import CrossEncoder
        from transformers import AutoConfig
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        folder = model_folder(self.name, "reranker")
        hint = "Give a cross-encoder with one score a pair, such as those trained on MS MARCO."
        try:
            known = AutoConfig.from_pretrained(folder, local_files_only=True).architectures or ()
            model: CrossEncoder = CrossEncoder(
                str(folder),
                device="cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:
            raise ModelError(
                f"The reranker {self.name!r} cannot be loaded: {error}", hint=hint
            ) from error
        # Any other encoder would be loaded with a head of random weights.
        if not any(name.endswith(_SORTS) for name in known):
            raise ModelError(f"{self.name} is no cross-encoder.", hint=hint)
        if model.num_labels != 1:
            raise ModelError(f"{self.name} gives {model.num_labels} scores a pair.", hint=hint)
        return model
