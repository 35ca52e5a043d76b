"""Loads and saves span models: the one that ships, one that training wrote, or any checkpoint.

Of our own models only the trained part is stored. The word embeddings are those of the embedding
model that they were trained on; loading checks that both belong together. Heavy libraries are
imported when a model is loaded.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.embed import LocalEmbedder
from rag.encoder.files import model_folder, sha256_of
from rag.encoder.int8 import kept_encoder
from rag.encoder.precision import has_bf16
from rag.errors import ModelError
from rag.reading.span_model import PAIRING, SpanModel, add_pairing, to_bf16

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

TRAINED = Path(__file__).resolve().parent / "trained"
ACCOUNT_FILE, WEIGHTS_FILE = "reader.json", "reader.safetensors"
_FORMAT = 1
_LOADING = threading.Lock()
# The weights that are neither trained nor stored.
_FROZEN = "word_embeddings.weight"
_AGAIN = "Install Byline again, or train the reader again."
_EXTRACTIVE = "ForQuestionAnswering"


def shared_model(name: str | None, *, bf16: bool, int8: bool = False) -> SpanModel:
    """The model of that name, loaded once for the whole process; None is the one that ships.

    :param bf16: allows the faster precision where the processor gains from it.
    :param int8: allows the encoder that `byline tune` made, if it made one.
    :raises ModelError: if there is no such model, or it cannot be loaded.
    """
    with _LOADING:
        return _loaded(name, bf16=bf16 and has_bf16(), int8=int8)


@cache
def _loaded(name: str | None, *, bf16: bool, int8: bool) -> SpanModel:
    if int8:
        model, encoder = _loaded(name, bf16=bf16, int8=False), kept_encoder(reader_sha256(name))
        return model if encoder is None else model.with_encoder(encoder)
    folder = TRAINED if name is None else Path(name).expanduser()
    if name is None or (folder / ACCOUNT_FILE).is_file():
        model = load_reader(folder)
    else:
        model = _extractive(name)
    if bf16:
        to_bf16(model.network)
    return model


def reader_sha256(name: str | None) -> str:
    """The hash of the model's weights as its account has it; empty for a model without an account.

    :raises ModelError: if the account cannot be read.
    """
    path = (TRAINED if name is None else Path(name).expanduser()) / ACCOUNT_FILE
    if name is not None and not path.is_file():
        return ""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["weights"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"There is no whole reader in {path.parent}: {error!r}", hint=_AGAIN
        ) from error


def untrained(base: LocalEmbedder, *, attention: str) -> SpanModel:
    """The embedding model's encoder in float32 under a new random span head, without dropout.

    :param attention: "eager", which trains faster on a processor, or "sdpa", which reads faster.
    :raises ModelError: if the embedding model is missing or cannot be loaded.
    """
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(base.folder, local_files_only=True)
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
        network = AutoModelForQuestionAnswering.from_config(config, attn_implementation=attention)  # type: ignore[no-untyped-call]
        state = load_file(base.folder / "model.safetensors")
        wanted = network.base_model.state_dict().keys()
        network.base_model.load_state_dict(
            {name: value for name, value in state.items() if name in wanted}
        )
        tokenizer = AutoTokenizer.from_pretrained(base.folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"The reader cannot be built on {base.name!r}: {error}", hint="Run: byline doctor"
        ) from error
    return SpanModel(network, tokenizer)


def trained_part(network: PreTrainedModel) -> dict[str, torch.Tensor]:
    """The weights that are trained and stored, by name: all but the word embeddings."""
    state = network.state_dict()
    return {name: value for name, value in state.items() if not name.endswith(_FROZEN)}


def save_reader(
    folder: Path,
    weights: Mapping[str, torch.Tensor],
    base: LocalEmbedder,
    account: Mapping[str, Any],
) -> None:
    """Writes the weights in float16, named as by `trained_part`, and their account as JSON."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: value.detach().to("cpu", torch.float16) for name, value in weights.items()}
    save_file({name: value.contiguous() for name, value in halves.items()}, folder / WEIGHTS_FILE)
    plain = {
        "format": _FORMAT,
        "base": {"name": base.name, "identity": base.identity},
        "weights": {"file": WEIGHTS_FILE, "sha256": sha256_of(folder / WEIGHTS_FILE)},
        "account": account,
    }
    text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
    (folder / ACCOUNT_FILE).write_text(text, encoding="utf-8")


def load_reader(
    folder: Path, *, base: LocalEmbedder | None = None, attention: str = "sdpa"
) -> SpanModel:
    """Loads a reader that `save_reader` wrote, in float32.

    :param base: the embedding model it was trained on; the packaged one unless given.
    :raises ModelError: if files are missing or altered, or belong to another embedding model.
    """
    from safetensors.torch import load_file

    base = base or LocalEmbedder()
    _check(folder, base)
    model = untrained(base, attention=attention)
    state = load_file(folder / WEIGHTS_FILE)
    pairing = state.get(f"{PAIRING}.weight")
    if pairing is not None:
        add_pairing(model.network, len(pairing) // 2)
    expected = {name: value.shape for name, value in trained_part(model.network).items()}
    if expected != {name: value.shape for name, value in state.items()}:
        raise ModelError(
            f"The weights in {folder} do not fit the embedding model {base.name!r}.",
            hint="Train the reader again.",
        )
    model.network.load_state_dict(state, strict=False)
    model.network.eval()  # type: ignore[no-untyped-call]
    return model


def _check(folder: Path, base: LocalEmbedder) -> None:
    """Checks that the files are whole and belong to this embedding model."""
    try:
        plain = json.loads((folder / ACCOUNT_FILE).read_text(encoding="utf-8"))
        known = plain["format"] == _FORMAT
        identity, sha256 = plain["base"]["identity"], plain["weights"]["sha256"]
        whole = sha256_of(folder / WEIGHTS_FILE) == sha256
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"There is no whole reader in {folder}: {error!r}", hint=_AGAIN) from error
    if not known or not whole:
        raise ModelError(
            f"{folder / WEIGHTS_FILE} is not the file that {ACCOUNT_FILE} speaks of.", hint=_AGAIN
        )
    if identity != base.identity:
        raise ModelError(
            f"The reader in {folder} was trained on another embedding model than {base.name!r}.",
            hint=_AGAIN,
        )


def _extractive(name: str) -> SpanModel:
    """Loads an extractive checkpoint of transformers whose first token stands for "no answer"."""
    import torch
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = model_folder(name, "reader")
    hint = (
        "Give an extractive question-answering checkpoint with a fast tokenizer, such as one "
        "trained on SQuAD 2.0."
    )
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        network = AutoModelForQuestionAnswering.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
    except Exception as error:
        raise ModelError(f"The reader {name!r} cannot be loaded: {error}", hint=hint) from error
    if not any(_EXTRACTIVE in architecture for architecture in config.architectures or ()):
        raise ModelError(f"{name} is no extractive question-answering checkpoint.", hint=hint)
    if not tokenizer.is_fast:
        raise ModelError(f"The tokenizer of {name} does not say where its tokens stand.", hint=hint)
    network.eval()
    return SpanModel(network, tokenizer)
